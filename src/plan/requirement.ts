import {
  choice,
  type describe,
  hasKey,
  isList,
  isText,
  list,
  mapped,
  moneyRate,
  number,
  object,
  optional,
  recursive,
  required,
  scalar,
  share,
  type PlacedMoney,
  type Shape,
} from '../document/index.ts';
import {
  answer,
  arrives,
  node,
  probe,
  saysWhere,
  url,
  type Answer,
  type Arrives,
  type ChainNode,
  type Probe,
} from './serving.ts';
import { parseReference, REFERENCE_SAYS } from './reference.ts';

/** What must work. Every form carries its offset in the text as `offset`. */
export type Requirement =
  | { readonly kind: 'name'; readonly name: string; readonly offset: number }
  | { readonly kind: 'all'; readonly parts: readonly Requirement[]; readonly offset: number }
  | { readonly kind: 'any'; readonly of: readonly Requirement[]; readonly offset: number }
  | {
      readonly kind: 'atLeast';
      readonly atLeast: number;
      readonly of: readonly Requirement[];
      readonly offset: number;
    }
  | { readonly kind: 'from'; readonly pool: string; readonly atLeast: number; readonly offset: number };

/** Most parts of one requirement. */
const MAX_PARTS = 500;
const NOTHING: Requirement = { kind: 'all', parts: [], offset: 0 };
const EXPECTED =
  'a name, a list of requirements, {any: […]}, {all: […]}, {atLeast: k, of: […]} or {from: POOL, atLeast: amount}';

/** A service name or a reference such as `aws/ec2@us-east-1/use1-az4`. */
const nameText = scalar<string>({
  expected: REFERENCE_SAYS,
  parse: (text) => (parseReference(text) === undefined ? undefined : text),
  standIn: '',
  schema: { type: 'string', pattern: '^[a-z0-9][a-z0-9._/@-]*$' },
});

export const requirement: Shape<Requirement> = recursive('requirement', NOTHING, () =>
  choice<Requirement>(
    EXPECTED,
    [
      {
        when: isText,
        shape: mapped(
          nameText,
          (name, node): Requirement => ({ kind: 'name', name, offset: node.at }),
          NOTHING,
        ),
      },
      {
        when: isList,
        shape: mapped(
          parts,
          (items, node): Requirement => ({ kind: 'all', parts: items, offset: node.at }),
          NOTHING,
        ),
      },
      { when: (node) => hasKey(node, 'any'), shape: anyForm },
      { when: (node) => hasKey(node, 'all'), shape: allForm },
      { when: (node) => hasKey(node, 'from'), shape: fromForm },
      { when: (node) => hasKey(node, 'atLeast') || hasKey(node, 'of'), shape: atLeastForm },
      { when: (node) => hasKey(node, 'use'), shape: strayUse },
    ],
    NOTHING,
  ),
);

export const parts = list('a list of requirements', requirement, { min: 1, max: MAX_PARTS });

const anyForm = mapped(
  object('{any: […]}', {
    any: required(parts, 'Alternatives, in order of preference; inline they are free and sure.'),
  }),
  (value): Requirement => ({ kind: 'any', of: value.any, offset: value.offset }),
  NOTHING,
);

const allForm = mapped(
  object('{all: […]}', { all: required(parts, 'Every one must work.') }),
  (value): Requirement => ({ kind: 'all', parts: value.all, offset: value.offset }),
  NOTHING,
);

export const atLeastNumber = number({ min: 1, max: MAX_PARTS, whole: true, standIn: 1, says: 'at least 1' });

const atLeastForm = mapped(
  object('{atLeast: k, of: […]}', {
    atLeast: required(atLeastNumber, 'How many must work.'),
    of: required(parts, 'Members, all active.'),
  }),
  (value): Requirement => ({ kind: 'atLeast', atLeast: value.atLeast, of: value.of, offset: value.offset }),
  NOTHING,
);

export const amount = number({ min: 0, above: true, max: 1e15, standIn: 1, says: 'more than 0' });

const fromForm = mapped(
  object('{from: POOL, atLeast: amount}', {
    from: required(nameText, 'A service that is a pool.'),
    atLeast: required(amount, 'The capacity asked, in the unit of the pool.'),
  }),
  (value): Requirement => ({ kind: 'from', pool: value.from, atLeast: value.atLeast, offset: value.offset }),
  NOTHING,
);

/** `{use: …}` outside a service's own `any` and `pool`: said so, instead of "unknown key". */
const strayUse: Shape<Requirement> = {
  standIn: NOTHING,
  read(node, reader) {
    reader.report('stray-use', node.at, {});
    return NOTHING;
  },
  schema: () => ({ not: {} }),
};

/** One alternative of a service's own `any`. */
export interface Alternative {
  readonly use: Requirement;
  /** The chance that it is ready when it is needed. @unit share @default 1 */
  readonly ready?: number;
  /** The share of full load that it can carry. @unit share @default 1 */
  readonly carries?: number;
  /** @unit currency per hour */
  readonly cost?: PlacedMoney;
  readonly url?: string;
  readonly probe?: Probe;
  readonly answer?: Answer;
  readonly arrives?: Arrives;
  readonly node?: ChainNode;
  readonly offset: number;
  readonly broken?: readonly string[];
}

const alternativeFields = {
  use: required(requirement, 'What this alternative is.'),
  ready: optional(
    share({ max: 1, says: '0% to 100%' }),
    'Chance that it is ready when needed: measured in drills, or assumed. @default 100%',
  ),
  carries: optional(
    share({ max: 10, says: '0% to 1000%' }),
    'Share of full load it can carry. @default 100%',
  ),
  cost: optional(moneyRate(), 'What keeping it costs.'),
  url: optional(url, 'For serve: where it is, where the service that it uses has no url of its own.'),
  probe: optional(probe, 'For serve: how it is asked whether it works.'),
  answer: optional(answer, 'For serve, of a front: what resolvers say while users are on it.'),
  arrives: optional(arrives, 'For serve, of a front: how a request shows that it came through it.'),
  node: optional(node, 'For serve: how it is asked as a member of a pool of nodes of a chain.'),
} as const;

const NO_ALTERNATIVE: Alternative = { use: NOTHING, offset: 0 };

export const alternative: Shape<Alternative> = choice<Alternative>(
  EXPECTED,
  [
    {
      when: (node) => hasKey(node, 'use') || isOptions(node),
      shape: object('an alternative {use: …}', alternativeFields),
    },
    {
      when: () => true,
      shape: mapped(requirement, (use, node) => ({ use, offset: node.at }), NO_ALTERNATIVE),
    },
  ],
  NO_ALTERNATIVE,
);

function isOptions(node: Parameters<typeof describe>[0]): boolean {
  return hasKey(node, 'ready') || hasKey(node, 'carries') || saysWhere(node);
}
