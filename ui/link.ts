import type { ReportData } from '../src/reporters/html.ts';
import { TABS, type View } from './view.ts';

/** More than a person can have clicked: links are input too. */
const MOST_LISTED = 200;
const MOST_LENGTH = 500;

/**
 * The state of the page as the part of its address after `#`: what is opened is what was sent. The view of a page that opens with
 * nothing said is said too where a page has a start of its own.
 *
 * @param start what the page opens where the address says nothing
 */
export function viewToHash(
  { plan, without, changes, tab, selected, incident, at }: View,
  start = '',
): string {
  const params = new URLSearchParams();
  if (plan > 0) params.set('plan', String(plan + 1));
  if (tab !== 'map') params.set('view', tab);
  for (const name of without) params.append('without', name);
  for (const change of changes) params.append('change', change);
  if (incident !== null) params.set('incident', incident);
  if (incident !== null && at !== null) params.set('at', new Date(at).toISOString());
  if (selected !== null) params.set('selected', selected);
  const hash = params.toString();
  return hash === '' && start !== '' ? 'view=map' : hash;
}

/** Reads it back. What makes no sense is left out: a link never breaks the page. */
export function hashToView(
  hash: string,
  { plans, incidents }: Pick<ReportData, 'plans' | 'incidents'>,
): View {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const list = (name: string): string[] =>
    params
      .getAll(name)
      .filter((value) => value !== '' && value.length <= MOST_LENGTH)
      .slice(0, MOST_LISTED);
  const plan = Number(params.get('plan') ?? '1') - 1;
  const at = Date.parse(params.get('at') ?? '');
  const incident = incidents.find(({ id }) => id === params.get('incident'))?.id ?? null;
  return {
    plan: Number.isInteger(plan) && plan >= 0 && plan < plans.length ? plan : 0,
    without: [...new Set(list('without'))],
    changes: list('change'),
    tab: TABS.find(({ id }) => id === params.get('view'))?.id ?? 'map',
    selected: list('selected')[0] ?? null,
    incident,
    at: Number.isNaN(at) ? null : at,
  };
}
