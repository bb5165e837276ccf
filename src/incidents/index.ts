import {
  list,
  mapping,
  number,
  object,
  optional,
  orNull,
  parseDocument,
  Reader,
  required,
  scalar,
  text,
  word,
  type ShapeValue,
} from '../document/index.ts';
import type { Problem } from '../problems.ts';

/** A recorded real outage or attack, as its file says it. Times are ISO 8601 in UTC; null is not known. */
export type Incident = ShapeValue<typeof incidentShape>;

const ID = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const id = scalar<string>({
  expected: 'an id such as cloudflare-2025-11-18',
  parse: (value) => (ID.test(value) && value.length <= 100 ? value : undefined),
  standIn: '',
  schema: { type: 'string', pattern: ID.source },
});
const line = text('a line of text', 1000);
const prose = text('text', 8000);
const time = scalar<string>({
  expected: 'a time such as 2025-11-18T11:28:00Z',
  parse: (value) => (isTime(value) ? value : undefined),
  standIn: '1970-01-01T00:00:00Z',
  schema: { type: 'string', format: 'date-time' },
});
const timeOrNull = orNull(time);
const fraction = orNull(number({ min: 0, max: 1, standIn: 0, says: '0 to 1, or null for unknown' }));
const CAUSES = [
  'config-push',
  'dns',
  'control-plane',
  'capacity',
  'power',
  'network',
  'certificate',
  'software-release',
  'expiry',
  'ddos',
  'third-party',
  'cooling',
  'fire',
  'physical-attack',
  'provider-policy',
  'supply-chain',
  'unknown',
] as const;
export const INCIDENT_MODES = [
  'http-5xx',
  'http-503',
  'http-403',
  'timeout',
  'dns-failure',
  'connection-errors',
  'latency',
  'stale',
  'wrong-answer',
  'flapping',
  'login-unavailable',
  'challenge-unavailable',
  'challenge-degraded',
  'control-plane-errors',
  'api-errors',
  'throttled',
  'slow-provisioning',
  'host-loss',
  'volume-unavailable',
  'stuck-leaders',
  'zone-loss',
  'region-loss',
  'write-unavailable',
  'cold-cache',
  'change-freeze',
  'trading-halt',
  'halt',
  'tls-failure',
  'access-denied',
  'integrity-loss',
  'data-loss',
  'degraded-accuracy',
  'manual-recovery',
  'permanent-loss',
  'power-off',
  'silent',
  'partial',
  'none',
] as const;

const phase = object('a phase {from, to, severity, mode}', {
  from: required(timeOrNull, 'Begin; null when not known.'),
  to: required(timeOrNull, 'End; null when not known.'),
  severity: required(fraction, 'Share of requests that failed, 0 to 1; null when nobody published it.'),
  mode: required(word(...INCIDENT_MODES), 'How it failed.'),
  basis: optional(line, 'published, published-shape, derived, customer-report, press or encyclopedia.'),
  note: optional(prose, 'What to know.'),
});
const cohort = object('a cohort {id, condition, effect}', {
  id: required(id, 'Name, for cohorts: in a plan and --cohort.'),
  condition: required(line, 'Who belongs to it.'),
  effect: required(line, 'What it saw.'),
  severity: optional(fraction, 'Share of requests that failed for it.'),
  note: optional(prose, 'What to know.'),
});
const effect = object('an effect {capability, scope, phases}', {
  capability: required(line, 'provider/capability.'),
  scope: required(line, 'global, region, region/zone or a named set.'),
  phases: required(
    list('a list of phases', phase, { min: 1, max: 200 }),
    'What happened when; phases may overlap.',
  ),
  cohorts: optional(list('a list of cohorts', cohort, { max: 50 }), 'Customers who saw different things.'),
});
const counts = object('counts {event, from, to, reach}', {
  event: required(line, 'The one event of the catalogue that it counts towards.'),
  from: required(timeOrNull, 'Begin of the main outage as customers felt it.'),
  to: required(timeOrNull, 'Its end.'),
  reach: required(
    fraction,
    'Share of that event’s customers it reached; null when not published (taken as 1).',
  ),
  basis: required(prose, 'Why this event and this reach.'),
});

const incidentShape = object('an incident', {
  schema: required(
    number({ min: 1, max: 1, whole: true, standIn: 1, says: '1, the version of the layout' }),
    'Version of the layout: 1.',
  ),
  id: required(id, 'The name of the file.'),
  title: required(line, 'One line.'),
  kind: required(word('availability', 'security'), 'Whether something was unreachable or untrue.'),
  provider: required(line, 'Who failed.'),
  cause_class: required(word(...CAUSES), 'The first cause.'),
  secondary_causes: optional(list('a list of causes', word(...CAUSES), { max: 20 }), 'Further causes.'),
  root_cause: required(prose, 'What happened, in our words.'),
  window: required(
    mapping('a mapping of times', { pattern: /^[a-z_]+$/, what: 'lower-case letters and _' }, timeOrNull, {
      min: 1,
      max: 20,
    }),
    'start, detected, mitigated, end and further named times; null is not confirmed.',
  ),
  window_note: optional(prose, 'What to know of the times.'),
  effects: required(list('a list of effects', effect, { min: 1, max: 200 }), 'What was hit, where and when.'),
  counts: required(orNull(counts), 'What it counts towards in the catalogue’s rates; null when nothing.'),
  mechanism_chain: optional(
    list(
      'a list of {from, to, why}',
      object('{from, to, why}', {
        from: required(line, 'Cause.'),
        to: required(line, 'Effect.'),
        why: required(prose, 'How.'),
      }),
      { max: 200 },
    ),
    'The cascade inside.',
  ),
  timeline: optional(
    list(
      'a list of {at, event}',
      object('{at, event}', { at: required(time, 'When.'), event: required(prose, 'What.') }),
      { max: 500 },
    ),
    'Minute by minute, sorted.',
  ),
  observed: optional(
    list(
      'a list of what platforms saw',
      object('what a platform saw', {
        platform: required(line, 'Whose users.'),
        journey: required(line, 'What they came for.'),
        effect: required(prose, 'What they got.'),
        from: required(timeOrNull, 'Begin.'),
        to: required(timeOrNull, 'End.'),
        duration_hours_reported: optional(
          number({ min: 0, max: 1e6, says: '0 or more' }),
          'A duration without times. @unit hours',
        ),
        confidence: required(word('high', 'medium', 'low'), 'How sure.'),
        sources: required(list('a list of source ids', line, { max: 50 }), 'Which sources say so.'),
        note: optional(prose, 'What to know.'),
      }),
      { max: 200 },
    ),
    'Effects on platforms.',
  ),
  lessons: optional(list('a list of lessons', prose, { max: 100 }), 'What to take away.'),
  unconfirmed: optional(list('a list of doubts', prose, { max: 100 }), 'What could not be verified.'),
  sources: required(
    list(
      'a list of sources',
      object('a source {id, url, title, what}', {
        id: required(line, 'Id used above.'),
        url: required(orNull(text('a link', 2000)), 'Address; null when it was not visible.'),
        title: required(line, 'Title.'),
        what: required(prose, 'Which facts.'),
      }),
      { min: 1, max: 100 },
    ),
    'Where the facts come from.',
  ),
});

export interface ParsedIncident {
  readonly incident: Incident | undefined;
  readonly problems: readonly Problem[];
}

/** Reads one incident from the text of its file. */
export function parseIncident(contents: string, file: string): ParsedIncident {
  const document = parseDocument(contents, file);
  if (document.root === undefined) return { incident: undefined, problems: document.problems };
  const reader = new Reader(document.source, document.broken);
  const incident = incidentShape.read(document.root, reader);
  checkTimes(incident, reader);
  const name =
    file
      .split(/[\\/]/)
      .at(-1)
      ?.replace(/\.ya?ml$/, '') ?? '';
  if (incident.id !== '' && name !== incident.id)
    reader.report('file-name', incident.offset, { expected: incident.id, found: name });
  const problems = [...document.problems, ...reader.problems];
  return { incident: problems.some((found) => found.severity === 'error') ? undefined : incident, problems };
}

function checkTimes(incident: Incident, reader: Reader): void {
  for (const { phases } of incident.effects)
    for (const one of phases) inOrder(one.from, one.to, one.offset, reader);
  for (const one of incident.observed ?? []) inOrder(one.from, one.to, one.offset, reader);
  if (incident.counts !== null)
    inOrder(incident.counts.from, incident.counts.to, incident.counts.offset, reader);
}

function inOrder(from: string | null, to: string | null, offset: number, reader: Reader): void {
  if (from !== null && to !== null && Date.parse(from) > Date.parse(to))
    reader.report('time-order', offset, { first: 'from', second: 'to' });
}

function isTime(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z$/.test(value)) return false;
  const time = Date.parse(value);
  // Days that a month does not have roll over: what is written back must be what was written.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value.slice(0, 16));
}
