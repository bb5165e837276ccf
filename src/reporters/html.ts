import type { Assessment } from '../assess/index.ts';
import type { Catalog } from '../catalog/index.ts';
import type { Comparison } from '../compare/index.ts';
import type { Incident } from '../incidents/index.ts';
import type { Layout } from '../map/index.ts';
import type { Model } from '../model/index.ts';
import { printable, type Problem } from '../problems.ts';
import { firstLook } from './first-look.ts';
import { escapeHtml, escapeScript } from './html-text.ts';

/** What the page answers from: everything that the engine in it needs, and the first answers. Plain data. */
export interface ReportData {
  readonly schema: 'keelson.report/1';
  /** The version of Keelson that made it. */
  readonly version: string;
  readonly plans: readonly ReportPlan[];
  /** Of the plans; null where there is only one. */
  readonly comparison: Comparison | null;
  readonly catalog: Catalog;
  readonly incidents: readonly Incident[];
  /** What the first answers were asked with: the page asks with the same. */
  readonly options: { readonly top?: number; readonly draws?: number; readonly budget?: number };
  /** The view that is opened, as in a link; '' for the first. */
  readonly view: string;
  /** Served by `keelson open`: it is loaded again when the plan is saved. */
  readonly isLive: boolean;
}

export interface ReportPlan {
  readonly plan: Model['plan'];
  readonly problems: readonly Problem[];
  readonly assessment: Assessment;
  /** Of the map that `mapOf` makes of the plan's model. */
  readonly layout: Layout;
}

/** Where the build leaves room in the page. */
const DATA = '<!--data-->';
const TITLE = '<!--title-->';
/** What is read before the page's own script has run, or without it. */
const ANSWER = '<!--answer-->';
/** What may be connected to: nothing, or whoever served the page. */
const CONNECT = "connect-src 'none'";

/**
 * One page that needs nothing but itself: the template that the build made, with the data in it.
 *
 * @param template holds the places for data and title once each
 */
export function reportHtml(template: string, data: ReportData): string {
  const title = data.plans.map(({ plan }) => printable(plan.platform.name)).join(' · ');
  // As functions, so that no `$` in the data means anything.
  const page = template
    .replace(TITLE, () => `${escapeHtml(title)} – Keelson`)
    .replace(ANSWER, () =>
      data.plans
        .slice(0, 1)
        .map(({ assessment }) => firstLook(assessment))
        .join(''),
    )
    .replace(DATA, () => escapeScript(JSON.stringify(lean(data))));
  return data.isLive ? page.replace(CONNECT, () => "connect-src 'self'") : page;
}

/** Parts of an incident that the page neither replays nor shows. */
const NOT_SHOWN = new Set([
  'schema',
  'mechanism_chain',
  'lessons',
  'unconfirmed',
  'secondary_causes',
  'window_note',
]);
/** Parts of which only the times are replayed, where the window of an incident does not say when it was. */
const TIMES_ONLY = new Set(['timeline', 'observed', 'counts']);
const TIMES = new Set(['at', 'from', 'to']);

/** The data without what nobody reads in the page: a page is sent by mail. */
function lean(data: ReportData): unknown {
  const { catalog, incidents } = data;
  return { ...data, catalog: leanCatalog(catalog), incidents: incidents.map(leanIncident) };
}

/** The catalogue as the page has it: without what `keelson catalog` alone says, and what only a plan's problems ask. */
export function leanCatalog({ nodeHosts: _, ...catalog }: Catalog): Catalog {
  const providers = catalog.providers.map((provider) => ({
    ...provider,
    watchedNote: null,
    capabilities: provider.capabilities.map((one) => ({ ...one, title: null, home: null, note: null })),
  }));
  // Offsets are of files that the page does not have.
  const text = JSON.stringify({ ...catalog, providers }, (key, value) =>
    key === 'offset' ? undefined : value,
  );
  return JSON.parse(text) as Catalog; // less what only people and checks read
}

/** An incident as the page has it: replayed, it is what it was. */
export function leanIncident(incident: Incident): Incident {
  const isTimed = ['start', 'end'].every((edge) =>
    incident.window.some(({ name, value }) => name === edge && value !== null),
  );
  const kept = Object.entries(incident).filter(
    ([key]) => !NOT_SHOWN.has(key) && !(isTimed && TIMES_ONLY.has(key)),
  );
  const text = JSON.stringify(
    Object.fromEntries(kept.map(([key, value]) => [key, TIMES_ONLY.has(key) ? timesOf(value) : value])),
    (key, value) => (key === 'offset' ? undefined : value),
  );
  return JSON.parse(text) as Incident; // less what only people and checks read
}

function timesOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(timesOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => TIMES.has(key)));
}
