import {
  choice,
  day,
  duration,
  flag,
  isList,
  isText,
  list,
  mapped,
  mapping,
  moneyRate,
  number,
  object,
  optional,
  orNull,
  rate,
  required,
  scalar,
  share,
  text,
  word,
  type JsonSchema,
  type Named,
  type PlacedMoney,
  type Shape,
  type ShapeValue,
} from '../document/index.ts';
import {
  evidence,
  handlesField,
  PROTECTIONS,
  protectsField,
  provider,
  serviceOutages,
  type Evidence,
  type Outages,
} from './provider.ts';
import { drill, tries } from './drilling.ts';
import { NAME, NAME_SAYS } from './reference.ts';
import {
  allow,
  jsonrpc,
  jwt,
  limits,
  match,
  node,
  probe,
  snapshot,
  staticPage,
  steer,
  url,
} from './serving.ts';
import { alternative, atLeastNumber, parts, requirement } from './requirement.ts';

const names = { pattern: NAME, what: NAME_SAYS };
const time = duration({ max: 87_660, says: '0s to 10yr' });

const currency = mapped(
  text('a currency such as USD', 5),
  (value, node, reader) => {
    if (value !== '' && !/^[A-Z]{3,5}$/.test(value)) reader.report('bad-currency', node.at, { found: value });
    return value;
  },
  'USD',
);

const timeOfDay = scalar<number>({
  expected: 'a time of day such as 13:00',
  parse: (value) => {
    const match = /^(\d{2}):(\d{2})$/.exec(value);
    const [hours, minutes] = [Number(match?.[1]), Number(match?.[2])];
    const isTime = (hours < 24 && minutes < 60) || (hours === 24 && minutes === 0);
    return match !== null && isTime ? hours + minutes / 60 : undefined;
  },
  standIn: 0,
  schema: { type: 'string', pattern: '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$' },
});
const peak = object('peak {from, to, share}', {
  from: required(timeOfDay, 'When the busy hours begin, in UTC.'),
  to: required(timeOfDay, 'When they end, in UTC; may be past midnight.'),
  share: required(share({ max: 1, says: '0% to 100%' }), 'Share of a day’s business that falls into them.'),
});

const platform = object('platform {name}', {
  name: required(text('a name', 200), 'What is assessed.'),
  kind: optional(
    word('exchange', 'wallet', 'explorer', 'defi', 'rpc', 'chain', 'other'),
    'What it is. @default other',
  ),
  currency: optional(currency, 'The currency of every amount in the plan. @default USD'),
  asOf: required(
    day(),
    'The day that counts as now: edges, incidents and rates are taken as of it, never of the clock.',
  ),
  peak: optional(peak, 'The busy hours of a day: replay weighs losses by them. @default all hours alike'),
  note: optional(text('a note', 4000), 'What to know about the plan.'),
});

/** Loss rates in the order of the time since the first mode was left. */
export interface LossStep {
  /** @unit hours */
  readonly after: number;
  readonly rate: PlacedMoney;
  /** Where it stands in the text. */
  readonly offset: number;
}
const oneRate = mapped(
  moneyRate(),
  (value): readonly LossStep[] => [{ after: 0, rate: value, offset: value.offset }],
  [],
);
const lossSteps = list(
  'a list of {after, rate}',
  object('{after, rate}', {
    after: required(time, 'How long the first mode has been left.'),
    rate: required(moneyRate(), 'What is lost from then on.'),
  }),
  { min: 1, max: 50 },
);
const loss: Shape<readonly LossStep[]> = choice<readonly LossStep[]>(
  'money over time such as 250k USD/h, or a list of {after, rate}',
  [
    { when: isText, shape: oneRate },
    { when: isList, shape: lossSteps },
  ],
  [],
);

/** Which protections a journey or a mode needs, and what happens when one is missing. */
export interface Protections {
  readonly need: readonly (typeof PROTECTIONS)[number][];
  readonly missing: 'refuse' | 'serve';
}
const NO_PROTECTIONS: Protections = { need: [], missing: 'refuse' };
const protections: Shape<Protections> = choice<Protections>(
  'none or {need: […], missing: refuse | serve}',
  [
    { when: isText, shape: mapped(word('none'), () => NO_PROTECTIONS, NO_PROTECTIONS) },
    {
      when: (node) => !isList(node),
      shape: object('protections {need, missing}', {
        need: required(
          list('a list of protections', word(...PROTECTIONS), { min: 1, max: PROTECTIONS.length }),
          'Protections that must be on the path.',
        ),
        missing: required(
          word('refuse', 'serve'),
          'Without one: refuse (fail closed) or serve exposed (fail open).',
        ),
      }),
    },
  ],
  NO_PROTECTIONS,
);

const mode = object('a mode {needs}', {
  worth: optional(
    share({ max: 1, says: '0% to 100%' }),
    'What the mode is worth beside the first. @default 100% for the first',
  ),
  load: optional(
    share({ max: 1, says: '0% to 100%' }),
    'Share of full load that it puts on what it needs. @default 100%',
  ),
  needs: required(requirement, 'What must work for it.'),
  protections: optional(protections, 'Its own protections, in place of the journey’s.'),
  allow: optional(allow, 'For serve: which of the journey’s requests are let through. @default all'),
  snapshot: optional(snapshot, 'For serve: reads are answered with the last good answer, and its age.'),
  static: optional(staticPage, 'For serve: a page that answers everything.'),
});

const ladder = object('ladder {down, up}', {
  down: optional(
    time,
    'How long a mode must have stopped working before a lower one is taken; the journey is down meanwhile. @default 0s',
  ),
  up: optional(time, 'How long a better mode must have worked before it is taken. @default 0s'),
});
const reopen = object('reopen {after, step}', {
  after: required(time, 'How long the first mode must have been left for the way back to be in steps.'),
  step: required(time, 'How long each mode is kept on the way back.'),
});
const backlog = object('backlog {share, over}', {
  share: required(
    share({ max: 1, says: '0% to 100%' }),
    'Share of what could not be served that waits and comes back.',
  ),
  over: required(
    duration({ min: 0, above: true, max: 87_660, says: 'more than 0 and at most 10yr' }),
    'How long the waiting work takes to come back.',
  ),
});

const journey = object('a journey {modes}', {
  tier: optional(word('core', 'important', 'deferrable'), 'What is shed last and first. @default important'),
  slo: optional(share({ max: 1, says: '0% to 100%' }), 'The share of time it must work in some mode.'),
  loss: optional(loss, 'What not having it costs.'),
  usable: optional(
    share({ min: 0, above: true, max: 1, says: 'more than 0% and at most 100%' }),
    'Below this share of requests answered a mode does not count as working. @default 90%',
  ),
  protections: optional(protections, 'Protections that must be on the path of every mode. @default none'),
  match: optional(match, 'For serve: which requests are its own, and where they go; the first that fits.'),
  try: optional(tries, 'For drill: what a user does who comes for it.'),
  modes: required(mapping('a mapping of modes', names, mode, { min: 1, max: 20 }), 'The ladder, best first.'),
  ladder: optional(ladder, 'How slowly modes are changed: for replay and serve; assess leaves it aside.'),
  reopen: optional(reopen, 'Coming back in steps after a long stop: for replay and serve.'),
  backlog: optional(backlog, 'Work that waits while it cannot be served: for replay and serve.'),
});

const failover = object('failover {detect, switch, …}', {
  detect: optional(time, 'Until the failure is noticed. @default 0s'),
  approve: optional(time, 'Until a person has agreed. @default 0s'),
  switch: optional(time, 'Until the switch is made. @default 0s'),
  spread: optional(time, 'Over which users drift to the new one. @default 0s'),
  hold: optional(time, 'Of unbroken health before going back. @default 0s'),
  success: optional(share({ max: 1, says: '0% to 100%' }), 'Chance that the switch succeeds. @default 100%'),
  needs: optional(requirement, 'What must work to switch: the steering wheel.'),
});

const state = object('state {writer, lag}', {
  writer: required(word('single'), 'Only one copy writes.'),
  lag: optional(time, 'The most that a switch loses. @default 0s'),
});

const member = object('a member {use, capacity}', {
  use: required(requirement, 'What the member is.'),
  capacity: required(
    number({ min: 0, max: 1e15, says: '0 or more' }),
    'What it adds, in the unit of the pool.',
  ),
  grow: optional(
    number({ min: 0, max: 1e15, says: '0 or more' }),
    'What it can add once it has grown. @default 0',
  ),
  after: optional(time, 'How long growing takes. @default 0s'),
  needs: optional(requirement, 'What must work to grow.'),
  url: optional(url, 'For serve: where it is, where the service that it uses has no url of its own.'),
  probe: optional(probe, 'For serve: how it is asked whether it works.'),
});

const oneEvidence = mapped(evidence, (value): readonly Evidence[] => [value], []);
const evidences: Shape<readonly Evidence[]> = choice<readonly Evidence[]>(
  'evidence {source, date, confidence}, or a list of such',
  [
    { when: isList, shape: list('a list of evidence', evidence, { min: 1, max: 50 }) },
    { when: () => true, shape: oneEvidence },
  ],
  [],
);

const service = object('a service', {
  front: optional(
    flag(),
    'It stands before the gateway: steered by DNS or a signed list, not proxied. @default false',
  ),
  needs: optional(requirement, 'All of it must work.'),
  all: optional(parts, 'All of these must work; the same as needs.'),
  any: optional(
    list('a list of alternatives', alternative, { min: 1, max: 50 }),
    'Alternatives, in order of preference.',
  ),
  atLeast: optional(atLeastNumber, 'How many of `of` must work.'),
  of: optional(parts, 'Members, all active.'),
  pool: optional(list('a list of members', member, { min: 1, max: 200 }), 'Members whose capacities add up.'),
  outages: optional(
    serviceOutages,
    'Its own outages, apart from what it needs. Left out: the plan’s assumption.',
  ),
  maintenance: optional(
    object('{rate, mean}', {
      rate: required(rate({ max: 1e6, says: '0/yr to 1000000/yr' }), 'How often.'),
      mean: required(
        duration({ min: 0, above: true, max: 87_660, says: 'more than 0 and at most 10yr' }),
        'How long.',
      ),
    }),
    'Planned work that takes it away.',
  ),
  failover: optional(failover, 'How the switch between the alternatives of `any` is made.'),
  state: optional(state, 'It holds state that moves with a switch.'),
  verify: optional(
    word('quorum', 'proof', 'hash', 'signature'),
    'How answers are checked, so that a source need not be trusted.',
  ),
  protects: protectsField,
  handles: handlesField,
  cost: optional(moneyRate(), 'What it costs.'),
  evidence: optional(evidences, 'Why it is believed.'),
  url: optional(url, 'For serve and drill: where it is; of a front, what users open.'),
  probe: optional(probe, 'For serve and drill: how it is asked whether it works.'),
  jwt: optional(jwt, 'For serve: the tokens that a request needs in modes that need this service.'),
  jsonrpc: optional(jsonrpc, 'It is a pool of nodes of an EVM chain, asked by JSON-RPC.'),
  node: optional(node, 'For serve: how it is asked as a member of such a pool.'),
  steer: optional(steer, 'For serve: what really moves users from one alternative to another.'),
  note: optional(text('a note', 4000), 'What to know.'),
});

const meanOutage = object('{rate, mean}', {
  rate: required(rate({ max: 1e6, says: '0/yr to 1000000/yr' }), 'How often.'),
  mean: required(
    duration({ min: 0, above: true, max: 87_660, says: 'more than 0 and at most 10yr' }),
    'How long.',
  ),
});

export const planShape = object('a plan', {
  keelson: required(
    number({ min: 1, max: 1, whole: true, standIn: 1, says: '1, the version of the plan language' }),
    'Version of the plan language: 1.',
  ),
  platform: required(platform, 'What is assessed, and as of when.'),
  journeys: required(
    mapping('a mapping of journeys', names, journey, { min: 1, max: 500 }),
    'What users come for.',
  ),
  services: optional(
    mapping('a mapping of services', names, service, { max: 20_000 }),
    'Parts of the platform, with what they need.',
  ),
  providers: optional(
    mapping('a mapping of providers', names, provider, { max: 2000 }),
    'What the catalogue lacks, or has differently.',
  ),
  limits: optional(limits, 'For serve: how much is let in.'),
  drill: optional(drill, 'For drill: how a running system may be drilled. @default not at all'),
  cohorts: optional(
    list('a list of names', text('a name', 100), { max: 100 }),
    'Which side of split incidents the platform is on.',
  ),
  assumptions: optional(
    object('assumptions', {
      'service-outages': optional(meanOutage, 'For services that say nothing. @default 1/yr of 30m'),
      'capability-outages': optional(meanOutage, 'For capabilities without a record. @default 1/yr of 1h'),
    }),
    'Used where nothing better is known; every use is reported.',
  ),
  catalog: optional(
    orNull(word('default', 'none')),
    'Whether the catalogue that comes with Keelson is used. @default default',
  ),
});

export type PlanValue = ShapeValue<typeof planShape>;
export type Journey = ShapeValue<typeof journey>;
export type Mode = ShapeValue<typeof mode>;
export type Service = ShapeValue<typeof service>;
export type Failover = ShapeValue<typeof failover>;
export type PoolMember = ShapeValue<typeof member>;
export type ServiceOutages = Outages;
export type NamedService = Named<Service>;

/** JSON Schema (draft 2020-12) of a plan, for editors. */
export function planJsonSchema(): JsonSchema {
  const definitions: Record<string, JsonSchema> = {};
  const schema = planShape.schema(definitions);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Keelson plan',
    ...schema,
    $defs: definitions,
  };
}

/** Whether a service is `any` of something, at least some of it, or a pool: a redundancy. */
export function redundancyOf(value: Service): 'any' | 'atLeast' | 'pool' | undefined {
  if (value.any !== undefined) return 'any';
  if (value.of !== undefined) return 'atLeast';
  return value.pool === undefined ? undefined : 'pool';
}
