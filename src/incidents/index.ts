import {
  list,
  mapped,
  mapping,
  number,
  object,
  optional,
  orNull,
  parseDocument,
  Reader,
  required,
  scalar,
  word,
  type Node,
  type Shape,
  type ShapeValue,
} from '../document/index.ts';
import { problem, type Problem } from '../problems.ts';

/** A recorded real outage or attack, as its file says it. Times are ISO 8601 in UTC; null is not known. */
export type Incident = ShapeValue<typeof incidentShape>;

const MAX_TIMES = 20;
const MAX_SOURCES = 100;
const ID = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const id = scalar<string>({
  expected: 'an id such as cloudflare-2025-11-18',
  parse: (value, plain) =>
    value.length <= 100 && ID.test(value) && !isNull(value, plain) ? value : undefined,
  standIn: '',
  schema: { type: 'string', pattern: ID.source },
});
const line = clean('a line of text', 1000, /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u{202a}-\u{202e}\u{2066}-\u{2069}]/u);
const prose = clean('text', 8000, /(?![\n\t])[\p{Cc}\p{Cs}\u{202a}-\u{202e}\u{2066}-\u{2069}]/u);
const LINK = /^https?:\/\/[^\s\p{Cc}\p{Cf}\p{Cs}"'`<>\\^{|}]+$/u;
const link = scalar<string>({
  expected: 'a link such as https://example.com/post-mortem, or null',
  parse: (value) => (LINK.test(value) ? value : undefined),
  standIn: '',
  schema: { type: 'string', pattern: LINK.source, maxLength: 2000 },
  check: (value) => (value.length <= 2000 ? undefined : 'a link of at most 2000 characters'),
});

// The words of references as plans write them (src/plan/reference.ts).
const WORD = '[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?';
const NAME = new RegExp(`^${WORD}$`);
const SCOPE = new RegExp(`^(?:${WORD}|(?!global/)${WORD}/${WORD})$`);
const CAPABILITY = new RegExp(`^${WORD}(?:/${WORD})?$`);
const REFERENCE = new RegExp(`^(${WORD}(?:/${WORD})?)(?:@(${WORD}(?:/${WORD})?))?$`);
const provider = matching('the name of a provider such as cloudflare', NAME);
const event = matching(
  'the event of a provider, such as aws, aws@us-east-1, aws/s3@us-east-1 or cloudflare/cdn',
  REFERENCE,
);
const scope = matching(
  'global, a region such as us-east-1, or region/zone such as us-east-1/use1-az4',
  SCOPE,
);
const capability = mapped(
  matching('provider/capability such as cloudflare/cdn, a provider, or a service of the plan', REFERENCE, {
    pattern: CAPABILITY.source,
  }),
  (value, node, reader) => {
    const [, name = '', place] = REFERENCE.exec(value) ?? [];
    if (place !== undefined)
      reader.report('place-in-capability', node.at, { name: value, capability: name, scope: place });
    return value;
  },
  '',
);

const time = timeShape('a time in UTC that exists, such as 2025-11-18T11:28:00Z');
const timeOrNull = orNull(timeShape('a time in UTC that exists, such as 2025-11-18T11:28:00Z, or null'));
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
/** Modes of which some request fails: a severity of 0 says that none did. */
const FAILING: ReadonlySet<string> = new Set<(typeof INCIDENT_MODES)[number]>([
  'http-5xx',
  'http-503',
  'http-403',
  'timeout',
  'dns-failure',
  'connection-errors',
  'tls-failure',
  'host-loss',
  'zone-loss',
  'region-loss',
  'power-off',
  'permanent-loss',
  'halt',
]);

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
  capability: required(
    capability,
    'provider/capability, a provider for everything it offers at the scope, or a service of the plan.',
  ),
  scope: required(scope, 'global, region or region/zone; a set of customers is a cohort.'),
  phases: required(
    list('a list of phases', phase, { min: 1, max: 200 }),
    'What happened when; phases may overlap.',
  ),
  cohorts: optional(list('a list of cohorts', cohort, { max: 50 }), 'Customers who saw different things.'),
});
const counts = object('counts {event, from, to, reach}', {
  event: required(event, 'The one event of the catalogue that it counts towards.'),
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
  provider: required(provider, 'Who failed.'),
  cause_class: required(word(...CAUSES), 'The first cause.'),
  secondary_causes: optional(list('a list of causes', word(...CAUSES), { max: 20 }), 'Further causes.'),
  root_cause: required(prose, 'What happened, in our words.'),
  window: required(
    mapping(
      'a mapping of times',
      {
        pattern: /^[a-z][a-z_]{0,63}$/,
        what: 'lower-case letters and _, at most 64, beginning with a letter',
      },
      timeOrNull,
      { min: 1, max: MAX_TIMES },
    ),
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
        url: required(orNull(link), 'Address; null when it was not visible.'),
        title: required(line, 'Title.'),
        what: required(prose, 'Which facts.'),
      }),
      { min: 1, max: MAX_SOURCES },
    ),
    'Where the facts come from.',
  ),
});

export interface ParsedIncident {
  readonly incident: Incident | undefined;
  readonly problems: readonly Problem[];
}

export interface IncidentOptions {
  /** The file's name must be the incident's id. Standard input has none. @default true */
  readonly checksName?: boolean;
}

/** Reads one incident from the text of its file. */
export function parseIncident(
  contents: string,
  file: string,
  { checksName = true }: IncidentOptions = {},
): ParsedIncident {
  const document = parseDocument(contents, file);
  const unread = document.problems.map((found) =>
    found.code === 'empty-document'
      ? problem(found.code, { file, line: found.line, column: found.column }, { expected: 'an incident' })
      : found,
  );
  if (document.root === undefined) return { incident: undefined, problems: unread };
  const reader = new Reader(document.source, document.broken);
  const incident = incidentShape.read(document.root, reader);
  const checked = { incident, reader, at: placesOf(document.root) };
  checkWindow(checked);
  checkEffects(checked);
  checkCounts(checked);
  checkTimeline(checked);
  checkSources(checked);
  if (checksName) checkName(checked, file);
  const problems = [...unread, ...reader.problems];
  return { incident: problems.some((found) => found.severity === 'error') ? undefined : incident, problems };
}

interface Checked {
  readonly incident: Incident;
  readonly reader: Reader;
  /** Where the value at a path stands, or as much of the path as there is. */
  readonly at: (...path: readonly (string | number)[]) => number;
}

function checkWindow({ incident: { window }, reader, at }: Checked): void {
  const start = named(window, 'start');
  // One without any, or with too many to read, has been refused.
  if (start === undefined && window.length > 0 && window.length < MAX_TIMES)
    reader.report('missing-key', at('window'), { key: 'start', where: 'the window' });
  for (const second of ['mitigated', 'end'])
    checkOrder(start, named(window, second), ['start', second], at('window', second), reader);
}

function checkEffects(checked: Checked): void {
  const { incident, reader, at } = checked;
  const seen = new Set<string>();
  for (const [i, { capability, scope, phases, cohorts = [] }] of incident.effects.entries()) {
    const where = `${capability}@${scope}`;
    if (capability !== '' && scope !== '' && seen.has(where))
      reader.report('duplicate-effect', at('effects', i, 'capability'), { capability, scope });
    seen.add(where);
    const ids = new Set<string>();
    for (const [k, cohort] of cohorts.entries()) {
      checkId(cohort.id, ids, 'a cohort of this effect', at('effects', i, 'cohorts', k, 'id'), reader);
      if (cohort.effect === 'none' && cohort.severity !== 0 && cohort.broken?.includes('severity') !== true)
        reader.report('severity-contradicts-mode', at('effects', i, 'cohorts', k, 'severity'), {
          field: 'effect',
          how: 'none',
          severity: cohort.severity === undefined ? 'not given' : String(cohort.severity),
        });
    }
    for (const [k, one] of phases.entries()) {
      checkSpan(one, 'the phase', reader);
      checkBegin(one, at('effects', i, 'phases', k, 'from'), checked);
      checkSeverity(one, cohorts.length > 0, at('effects', i, 'phases', k, 'severity'), reader);
    }
    checkOverlaps(phases, reader);
  }
}

type Phase = ShapeValue<typeof phase>;

/** A begin outside the window is usually a day or a year mistyped. Phases may last longer than the window. */
function checkBegin({ from, to }: Phase, at: number, { incident: { window }, reader }: Checked): void {
  const start = named(window, 'start');
  const end = named(window, 'end');
  // What is the wrong way round has been said, and bounds nothing.
  if (from === null || isAfter(from, to) || isAfter(start, end)) return;
  if (isAfter(start, from)) reader.report('phase-outside-window', at, { from, bound: 'start', at: start });
  if (isAfter(from, end)) reader.report('phase-outside-window', at, { from, bound: 'end', at: end ?? '' });
}

/** With cohorts a severity of 0 is that of customers in general. */
function checkSeverity(
  { severity, mode, broken = [] }: Phase,
  hasCohorts: boolean,
  at: number,
  reader: Reader,
): void {
  if (broken.includes('severity') || broken.includes('mode')) return;
  if (mode === 'none' ? severity === 0 : severity !== 0 || hasCohorts || !FAILING.has(mode)) return;
  reader.report('severity-contradicts-mode', at, { field: 'mode', how: mode, severity: String(severity) });
}

/** Phases of one effect may overlap where their modes differ. */
function checkOverlaps(phases: readonly Phase[], reader: Reader): void {
  const known = phases
    .filter(({ from, to, mode, broken }) => mode !== 'none' && broken === undefined && isAfter(to, from))
    .map((one) => ({ ...one, begin: Date.parse(one.from ?? ''), until: Date.parse(one.to ?? '') }))
    .sort((a, b) => a.begin - b.begin);
  const last = new Map<string, (typeof known)[number]>();
  for (const one of known) {
    const before = last.get(one.mode);
    if (before !== undefined && one.begin < before.until)
      reader.report('phases-overlap', one.offset, { mode: one.mode, until: before.to ?? '' });
    if (before === undefined || one.until > before.until) last.set(one.mode, one);
  }
}

function checkCounts({ incident: { counts }, reader }: Checked): void {
  if (counts !== null) checkSpan(counts, 'the counted outage', reader);
}

function checkTimeline({ incident: { timeline = [] }, reader, at }: Checked): void {
  for (const [i, one] of timeline.entries()) {
    const before = timeline[i - 1];
    if (before !== undefined && isAfter(before.at, one.at))
      reader.report('timeline-order', at('timeline', i, 'at'), { at: one.at, before: before.at });
  }
}

function checkSources({ incident, reader, at }: Checked): void {
  const { sources, observed = [], broken = [] } = incident;
  const ids = new Set<string>();
  for (const [i, { id }] of sources.entries()) checkId(id, ids, 'a source', at('sources', i, 'id'), reader);
  // Where an id could not be read, or too many were there to read, an unknown one may be that.
  const isWhole =
    !broken.includes('sources') || (sources.length < MAX_SOURCES && sources.every(({ id }) => id !== ''));
  for (const [i, one] of observed.entries()) {
    checkOrder(one.from, one.to, ['from', 'to'], one.offset, reader);
    for (const [k, id] of one.sources.entries())
      if (id !== '' && !ids.has(id) && isWhole && ids.size > 0)
        reader.report('unknown-source', at('observed', i, 'sources', k), {
          id,
          known: [...ids],
          nearest: reader.nearest(id, ids),
        });
  }
}

function checkName({ incident: { id, offset }, reader }: Checked, file: string): void {
  const found =
    file
      .split(/[\\/]/)
      .at(-1)
      ?.replace(/\.(?:ya?ml|json)$/, '') ?? '';
  if (id !== '' && found !== id) reader.report('file-name', offset, { expected: id, found });
}

function checkId(id: string, before: Set<string>, of: string, at: number, reader: Reader): void {
  if (id === '') return;
  if (before.has(id)) reader.report('duplicate-id', at, { id, of });
  before.add(id);
}

/** A span that is over when it begins says nothing. */
function checkSpan(
  { from, to, offset }: { from: string | null; to: string | null; offset: number },
  what: string,
  reader: Reader,
): void {
  checkOrder(from, to, ['from', 'to'], offset, reader);
  if (from !== null && to !== null && Date.parse(from) === Date.parse(to))
    reader.report('span-without-length', offset, { what, at: from });
}

function checkOrder(
  begin: string | null | undefined,
  end: string | null | undefined,
  [first, second]: readonly [string, string],
  offset: number,
  reader: Reader,
): void {
  if (isAfter(begin, end)) reader.report('time-order', offset, { first, second, begin, end: end ?? '' });
}

/** Of two times that are known. */
function isAfter(one: string | null | undefined, other: string | null | undefined): one is string {
  return typeof one === 'string' && typeof other === 'string' && Date.parse(one) > Date.parse(other);
}

function named(window: Incident['window'], name: string): string | null | undefined {
  return window.find((one) => one.name === name)?.value;
}

function placesOf(root: Node): Checked['at'] {
  // Made once a mapping: a hostile one has many keys and many problems.
  const values = new WeakMap<Node, ReadonlyMap<string, Node>>();
  const valueAt = (node: Node, key: string): Node | undefined => {
    if (node.kind !== 'map') return undefined;
    const known = values.get(node) ?? new Map(node.entries.map((entry) => [entry.key, entry.value]));
    values.set(node, known);
    return known.get(key);
  };
  return (...path) => {
    let here = root;
    for (const step of path) {
      const next =
        typeof step === 'string' ? valueAt(here, step) : here.kind === 'list' ? here.items[step] : undefined;
      if (next === undefined) break;
      here = next;
    }
    return here.at;
  };
}

/** Text without what cannot be seen and changes how the rest is seen. */
function clean(what: string, max: number, refused: RegExp): Shape<string> {
  return scalar<string>({
    expected: what,
    parse: (value, plain) => (value === '' || isNull(value, plain) ? undefined : value),
    standIn: '',
    schema: { type: 'string', minLength: 1, maxLength: max },
    check: (value) =>
      value.length > max
        ? `${what} of at most ${max} characters`
        : refused.test(value)
          ? `${what} without control characters`
          : undefined,
  });
}

function matching(expected: string, pattern: RegExp, schema?: { pattern: string }): Shape<string> {
  return scalar<string>({
    expected,
    parse: (value, plain) => (pattern.test(value) && !isNull(value, plain) ? value : undefined),
    standIn: '',
    schema: { type: 'string', pattern: pattern.source, ...schema },
  });
}

function timeShape(expected: string): Shape<string> {
  return scalar<string>({
    expected,
    parse: (value) => (isIncidentTime(value) ? value : undefined),
    // Neither before nor after any other, so that nothing follows from it.
    standIn: '',
    schema: { type: 'string', format: 'date-time' },
  });
}

/** What says that there is nothing is no name or text. */
function isNull(value: string, plain: boolean): boolean {
  return plain && (value === 'null' || value === '~');
}

/** Whether a text is a time as incident files write them: UTC, to the minute or second. */
export function isIncidentTime(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z$/.test(value)) return false;
  const time = Date.parse(value);
  // Days that a month does not have roll over: what is written back must be what was written.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value.slice(0, 16));
}
