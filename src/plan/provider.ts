import {
  choice,
  day,
  duration,
  hasKey,
  isList,
  isText,
  list,
  mapped,
  mapping,
  number,
  object,
  optional,
  orNull,
  rate,
  required,
  scalar,
  text,
  word,
  type Shape,
  type ShapeValue,
} from '../document/index.ts';
import { NAME, NAME_SAYS, parseReference, REFERENCE_SAYS, SCOPE, SCOPE_SAYS } from './reference.ts';

export const PROTECTIONS = ['waf', 'ddos', 'bot', 'captcha', 'mtls'] as const;
export const HANDLES = ['content', 'credentials', 'keys', 'funds'] as const;
export type Protection = (typeof PROTECTIONS)[number];
export type Handled = (typeof HANDLES)[number];

const RATE_RANGE = { max: 1e6, says: '0/yr to 1000000/yr' };
const MEAN_RANGE = { min: 0, above: true, max: 87_660, says: 'more than 0 and at most 10yr' };
const source = text('a source: a link or a title', 2000);
const note = text('a note', 4000);

export const evidence = object('evidence {source, date, confidence}', {
  source: required(orNull(source), 'A link or a title; null when there is none.'),
  date: required(orNull(day()), 'When the source said so.'),
  confidence: required(word('high', 'medium', 'low'), 'How much weight it bears.'),
  basis: optional(text('how it was read', 200), 'How the source was read: read, recalled, trade press…'),
  incident: optional(text('an incident id', 100), 'The incident that is the only evidence, if one is.'),
  from: optional(orNull(day()), 'First day on which it holds.'),
  until: optional(orNull(day()), 'First day on which it no longer holds.'),
  note: optional(note, 'What the source says, in a sentence.'),
});
export type Evidence = ShapeValue<typeof evidence>;

const perField = optional(
  word('global', 'region', 'zone'),
  'One event everywhere, one a region in use, or one a zone in use. @default global',
);
/** A 90 % interval of a rate, with the place where it stands. @unit per year */
export interface RateInterval {
  readonly low: number;
  readonly high: number;
  readonly offset: number;
}
const interval = mapped(
  list('two rates [low, high]', rate(RATE_RANGE), { min: 2, max: 2 }),
  ([low = 0, high = 0], node): RateInterval => ({ low, high, offset: node.at }),
  { low: 0, high: 0, offset: 0 },
);

/** What is recorded of outages: never by itself, a stated rate, or counted from the incident library. */
export type Outages =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'stated';
      /** @unit per year */
      readonly rate: number;
      /** @unit hours */
      readonly mean: number;
      readonly per?: 'global' | 'region' | 'zone';
      readonly basis?: 'statement' | 'study' | 'assumed' | 'plan';
      readonly interval?: RateInterval;
      readonly broken?: readonly string[];
      readonly source?: string | null;
      readonly note?: string;
      /** Where it stands in the text of its file. */
      readonly offset?: number;
    }
  | {
      readonly kind: 'incidents';
      readonly per?: 'global' | 'region' | 'zone';
      /** Used where no counted incident has a known duration. @unit hours */
      readonly mean?: number;
      /** Over how many places the counted incidents are spread. */
      readonly in?: number;
      readonly note?: string;
      readonly offset?: number;
    };

const statedFields = {
  rate: required(rate(RATE_RANGE), 'How often it fails.'),
  mean: required(duration(MEAN_RANGE), 'How long a failure lasts on average.'),
  basis: optional(
    word('statement', 'study', 'assumed', 'plan'),
    'Where the figures come from. @default plan',
  ),
  interval: optional(interval, '90 % interval of the rate.'),
  source: optional(orNull(source), 'A link or a title.'),
  note: optional(note, 'What to know about the figures.'),
} as const;

const NONE: Outages = { kind: 'none' };
const isNone = (node: Parameters<typeof isText>[0]): boolean => isText(node);
const noneWord = mapped(word('none'), (): Outages => NONE, NONE);
const stated = (what: string, more: object): Shape<Outages> =>
  mapped(
    object(what, { ...statedFields, ...more }),
    (value) => ({ kind: 'stated', ...value }) as Outages,
    NONE,
  );
const counted = mapped(
  object('{from: incidents}', {
    from: required(word('incidents'), 'Counted from the incident library by the rule (n + ½) / T.'),
    per: perField,
    mean: optional(duration(MEAN_RANGE), 'Mean duration where no counted incident has a known one.'),
    in: optional(
      number({ min: 1, max: 100_000, whole: true, standIn: 1, says: 'at least 1' }),
      'Number of regions or zones watched.',
    ),
    note: optional(note, 'What to know about the figures.'),
  }),
  ({ from: _, ...value }): Outages => ({ kind: 'incidents', ...value }) as Outages,
  NONE,
);

/** Outages of a service: `none` or `{rate, mean}`. */
export const serviceOutages: Shape<Outages> = choice<Outages>(
  'none or {rate, mean}',
  [
    { when: isNone, shape: noneWord },
    { when: (node) => !isList(node), shape: stated('{rate, mean}', {}) },
  ],
  NONE,
);

/** Outages of a provider, a place or a capability. */
export const providerOutages: Shape<Outages> = choice<Outages>(
  'none, {rate, mean} or {from: incidents}',
  [
    { when: isNone, shape: noneWord },
    { when: (node) => hasKey(node, 'from'), shape: counted },
    { when: (node) => !isList(node), shape: stated('{rate, mean}', { per: perField }) },
  ],
  NONE,
);

/** What a capability needs inside or beyond its provider. */
export interface InnerNeed {
  readonly use: string;
  /** hard carries failure; cold to a control plane; change only where something is changed; degraded is listed only. */
  readonly kind: 'hard' | 'cold' | 'change' | 'degraded';
  readonly from?: string | null;
  readonly until?: string | null;
  readonly evidence?: Evidence;
  readonly offset: number;
}

const innerName = scalar<string>({
  expected: `${REFERENCE_SAYS}; @same carries the scope along`,
  parse: (value) => {
    const reference = parseReference(value);
    return reference === undefined || (reference.capability === undefined && reference.scope === '')
      ? undefined
      : value;
  },
  standIn: '',
  schema: { type: 'string', pattern: '^[a-z0-9][a-z0-9._/@-]*$' },
});
const NO_NEED: InnerNeed = { use: '', kind: 'hard', offset: 0 };
const innerNeed = choice<InnerNeed>(
  'a reference, or {use, kind}',
  [
    {
      when: isText,
      shape: mapped(innerName, (use, node): InnerNeed => ({ use, kind: 'hard', offset: node.at }), NO_NEED),
    },
    {
      when: () => true,
      shape: mapped(
        object('an inner need {use, kind}', {
          use: required(innerName, 'What is needed.'),
          kind: optional(word('hard', 'cold', 'change', 'degraded'), 'What it carries. @default hard'),
          from: optional(orNull(day()), 'First day on which the edge holds.'),
          until: optional(orNull(day()), 'First day on which it no longer holds.'),
          evidence: optional(evidence, 'Why it is believed.'),
        }),
        (value): InnerNeed => ({ ...value, kind: value.kind ?? 'hard' }),
        NO_NEED,
      ),
    },
  ],
  NO_NEED,
);

const scopeKey = { pattern: SCOPE, what: SCOPE_SAYS };
const place = object('a place {outages}', {
  outages: optional(providerOutages, 'Outages of the whole place.'),
});

export const protectsField = optional(
  list('a list of protections', word(...PROTECTIONS), { max: PROTECTIONS.length }),
  'Protections it puts on the path.',
);
export const handlesField = optional(
  list('a list of what it handles', word(...HANDLES), { max: HANDLES.length }),
  'What it sees in clear or can alter: makes it a target of compromise.',
);

export const capability = object('a capability', {
  title: optional(text('a title', 200), 'One line for people.'),
  kind: optional(
    text('a kind', 64),
    'What it is in general; another provider’s capability of the same kind can stand in.',
  ),
  plane: optional(word('data', 'control'), 'Serving traffic, or changing things. @default data'),
  home: optional(orNull(text('where it stands', 200)), 'Where the provider says it stands.'),
  outages: optional(
    providerOutages,
    'Its own outages. Left out: the plan’s assumption is used and reported.',
  ),
  at: optional(
    mapping('a mapping from places to records', scopeKey, place, { max: 500 }),
    'Records of single places; the longest that encloses is taken.',
  ),
  protects: protectsField,
  handles: handlesField,
  needs: optional(
    list('a list of needs', innerNeed, { max: 100 }),
    'What it needs, inside its provider or beyond.',
  ),
  evidence: optional(evidence, 'Why it is believed.'),
  note: optional(note, 'What to know.'),
});

export const providerFields = {
  name: optional(text('a name', 200), 'Name for people.'),
  kind: optional(text('a kind', 64), 'edge, cloud, dns, rpc, …'),
  outages: optional(providerOutages, 'Outages of everything it offers at once.'),
  scopes: optional(
    mapping('a mapping from places to records', scopeKey, place, { max: 500 }),
    'Regions and zones with outages of their own.',
  ),
  capabilities: optional(
    mapping('a mapping of capabilities', { pattern: NAME, what: NAME_SAYS }, capability, { max: 2000 }),
    'What it offers.',
  ),
} as const;

export const provider = object('a provider', providerFields);

export type Capability = ShapeValue<typeof capability>;
export type Provider = ShapeValue<typeof provider>;
