import {
  list,
  mapped,
  mapping,
  number,
  object,
  optional,
  orNull,
  required,
  scalar,
  word,
  type Shape,
  type ShapeValue,
} from '../document/index.ts';

/** A recorded real outage or attack, as its file says it. Times are ISO 8601 in UTC; null is not known. */
export type Incident = ShapeValue<typeof incidentShape>;

export const MAX_TIMES = 20;
export const MAX_SOURCES = 100;
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
export const FAILING: ReadonlySet<string> = new Set<(typeof INCIDENT_MODES)[number]>([
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

export const phase = object('a phase {from, to, severity, mode}', {
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

export const incidentShape = object('an incident', {
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
