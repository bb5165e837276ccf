import {
  day,
  list,
  mapped,
  mapping,
  number,
  object,
  orNull,
  required,
  scalar,
  text,
  word,
  type Named,
  type Shape,
} from '../../document/index.ts';
import { dataDigest } from './digests.ts';
import { BY_GRAVITY } from './evidence-of.ts';
import {
  MOST_FAULTS,
  MOST_FOUND,
  MOST_JOURNEYS,
  MOST_LINE,
  MOST_PARTS,
  MOST_RUNS,
  MOST_SERVICES,
  MOST_TEXT,
} from './limits.ts';
import type { Finding, Run } from './result.ts';

const line = text('a line of text', MOST_LINE);
const digest = matching('a digest such as sha256:5f0c…, of 64 digits', /^sha256:[0-9a-f]{64}$/);
const findingId = matching('twelve hexadecimal digits', /^[0-9a-f]{12}$/);
const partDigest = matching('sixteen hexadecimal digits', /^[0-9a-f]{16}$/);
const time = scalar<string>({
  expected: 'a time in UTC such as 2026-11-29T10:00:00.000Z',
  parse: (value) => (isTime(value) ? value : undefined),
  standIn: '1970-01-01T00:00:00.000Z',
  schema: { type: 'string', format: 'date-time' },
});
const count = number({ min: 0, max: 1_000_000, whole: true, says: '0 to 1000000' });
const as = word('refuse', 'hang', 'error');
const environment = word('sandbox', 'staging', 'production');
const PATH = { pattern: /^[a-z0-9][a-z0-9._[\]-]{0,299}$/, what: 'a path such as edge.any[2]' };

const fault = bare(
  object('a fault', {
    name: required(line, 'By which it is chosen.'),
    kind: required(
      word('provider', 'region', 'zone', 'part', 'steering', 'pair', 'incident'),
      'What failed.',
    ),
    as: required(as, 'How.'),
    same: required(list('a list of names', line, { max: MOST_FAULTS }), 'Other names that came to the same.'),
    injectedAt: required(time, 'When it was put.'),
    restoredAt: required(time, 'When it was taken away.'),
    outcome: required(word('agrees', 'better', 'wrong', 'stopped'), 'What came of it.'),
    journeys: required(
      list(
        'a list of {name, outcome}',
        bare(
          object('{name, outcome}', {
            name: required(line, 'The journey.'),
            outcome: required(word('agrees', 'better', 'wrong'), 'What came of it.'),
          }),
        ),
        { max: MOST_JOURNEYS },
      ),
      'What became of them.',
    ),
    misswitched: required(
      list('a list of services', line, { max: MOST_SERVICES }),
      'Services that were not switched as predicted.',
    ),
  }),
);

const switches = tried(
  object('{service, made, tried}', {
    service: required(line, 'Whose.'),
    made: required(count, 'Made in time.'),
    tried: required(count, 'To be made.'),
  }),
  ({ made }) => made,
  'made',
);

const standbys = tried(
  object('{service, alternative, name, served, tried}', {
    service: required(line, 'Whose.'),
    alternative: required(number({ min: 2, max: 50, whole: true, says: '2 to 50' }), 'Its position in any.'),
    name: required(line, 'What the plan calls it.'),
    served: required(count, 'How often it served.'),
    tried: required(count, 'How often it was in use.'),
  }),
  ({ served }) => served,
  'served',
);

const shownFields = {
  fault: required(line, 'The fault.'),
  as: required(as, 'How it failed.'),
  about: required(word('journey', 'service'), 'What was not as predicted: a journey, or a switch.'),
  name: required(line, 'Its name.'),
} as const;
const foundFields = {
  id: required(findingId, 'Of the part and the kind.'),
  edge: required(line, 'The part of the plan.'),
  kind: required(word(...BY_GRAVITY), 'The gravest thing that users saw of it.'),
  says: required(text('a text', MOST_TEXT), 'What was seen.'),
  explains: required(
    list('a list of {fault, as, about, name}', bare(object('{fault, as, about, name}', shownFields)), {
      max: MOST_FOUND,
    }),
    'What showed it.',
  ),
} as const;

const parts = mapped(
  mapping('a mapping from paths to digests', PATH, partDigest, { max: MOST_PARTS }),
  (named: readonly Named<string>[]) => Object.fromEntries(named.map(({ name, value }) => [name, value])),
  {},
);

const NO_RUN: Run = {
  id: '',
  plan: { name: '', digest: null, asOf: '' },
  environment: 'sandbox',
  versions: { keelson: '', node: '', faults: '' },
  speed: 1,
  startedAt: '',
  endedAt: '',
  toleranceMs: 0,
  outcome: 'stopped',
  faults: [],
  switches: [],
  standbys: [],
  blame: [],
  parts: {},
};

const run: Shape<Run> = mapped(
  object('a run', {
    id: required(digest, 'Of everything else.'),
    plan: required(
      bare(
        object('plan {name, digest, asOf}', {
          name: required(line, 'The platform.'),
          digest: required(orNull(digest), 'Of the file.'),
          asOf: required(day(), 'The plan’s day.'),
        }),
      ),
      'What was drilled.',
    ),
    environment: required(environment, 'Where.'),
    versions: required(
      bare(
        object('versions {keelson, node, faults}', {
          keelson: required(line, 'Of Keelson.'),
          node: required(line, 'Of Node.'),
          faults: required(line, 'Of what made things fail.'),
        }),
      ),
      'With what.',
    ),
    speed: required(number({ min: 1, max: 1_000, says: '1 to 1000' }), 'How fast the plan’s times passed.'),
    startedAt: required(time, 'When it began.'),
    endedAt: required(time, 'When it ended.'),
    toleranceMs: required(
      number({ min: 0, max: 86_400_000, says: '0 to 86400000' }),
      'How late something may be seen.',
    ),
    outcome: required(word('agrees', 'wrong', 'stopped'), 'What came of it.'),
    faults: required(list('a list of faults', fault, { max: MOST_FAULTS }), 'What was failed.'),
    switches: required(
      list('a list of switches', switches, { max: MOST_SERVICES }),
      'How often they were made.',
    ),
    standbys: required(
      list('a list of standbys', standbys, { max: MOST_SERVICES }),
      'How often they served.',
    ),
    blame: required(
      list('a list of findings', bare(object('a finding of a run', foundFields)), { max: MOST_FOUND }),
      'What was found wrong.',
    ),
    parts: required(parts, 'What the plan said, by digests.'),
  }),
  ({ offset: _, broken, ...read }, node, reader): Run => {
    const { id, ...rest } = read;
    // Of what could not be read, the digest says nothing.
    const expected = broken === undefined ? dataDigest(rest) : id;
    if (expected !== id) reader.report('drill-evidence-altered', node.at, { id, expected });
    return read;
  },
  NO_RUN,
);

const moment = bare(
  object('{run, at, digest}', {
    run: required(digest, 'The run.'),
    at: required(time, 'When it began.'),
    digest: required(orNull(digest), 'Of its plan.'),
  }),
);

const finding: Shape<unknown> = object('a finding', {
  ...foundFields,
  plan: required(line, 'The platform.'),
  environment: required(environment, 'Where.'),
  state: required(word('open', 'mended', 'drilled'), 'How it stands.'),
  times: required(count, 'How many runs found it.'),
  first: required(moment, 'The first run that found it.'),
  last: required(moment, 'The last one.'),
  mended: required(
    orNull(
      bare(
        object('{digest, at}', {
          digest: required(orNull(digest), 'Of the plan.'),
          at: required(orNull(time), 'When that was first drilled.'),
        }),
      ),
    ),
    'Where the part is another.',
  ),
  drilled: required(orNull(moment), 'When all of it agreed.'),
} satisfies Record<keyof Finding, unknown>);

export const evidenceShape = object('evidence of drills {schema, runs, findings}', {
  schema: required(word('keelson.drill-evidence/1'), 'What this is.'),
  runs: required(list('a list of runs', run, { max: MOST_RUNS }), 'The drills.'),
  findings: required(list('a list of findings', finding, { max: MOST_FOUND * 10 }), 'What they found wrong.'),
});

/** An object as plain data, without where it stands. */
function bare<T extends { readonly offset: number; readonly broken?: readonly string[] }>(
  shape: Shape<T>,
): Shape<Omit<T, 'offset' | 'broken'>> {
  const strip = ({ offset: _, broken: __, ...rest }: T): Omit<T, 'offset' | 'broken'> => rest;
  return mapped(shape, strip, strip(shape.standIn));
}

/** Trials of which so many came well: never more than there were. */
function tried<
  T extends { readonly tried: number; readonly offset: number; readonly broken?: readonly string[] },
>(shape: Shape<T>, well: (value: T) => number, what: string): Shape<Omit<T, 'offset' | 'broken'>> {
  const checked = mapped(
    shape,
    (value, node, reader) => {
      if (well(value) > value.tried && value.broken === undefined)
        reader.report('out-of-range', node.at, {
          expected: `${what} to be at most the ${value.tried} that were tried`,
          found: String(well(value)),
        });
      return value;
    },
    shape.standIn,
  );
  return bare(checked);
}

function matching(expected: string, pattern: RegExp): Shape<string> {
  return scalar<string>({
    expected,
    parse: (value) => (pattern.test(value) ? value : undefined),
    standIn: '',
    schema: { type: 'string', pattern: pattern.source },
  });
}

function isTime(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/.test(value)) return false;
  const time = Date.parse(value);
  return !Number.isNaN(time) && new Date(time).toISOString() === value;
}
