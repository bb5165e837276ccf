import fc from 'fast-check';

/** A small fault tree as it was drawn, and its text in the Open-PSA format. Nothing here is read back from the text. */
export interface DrawnTree {
  /** In the order of their numbers: each uses only gates before it. */
  readonly gates: readonly Formula[];
  /** The numbers of the gates, as they stand in the file. */
  readonly fileOrder: readonly number[];
  readonly singles: readonly Single[];
  readonly groups: readonly Group[];
  readonly parameters: readonly Expression[];
  /** Odd: groups and probabilities stand outside of the fault tree. */
  readonly places: number;
}

/** An event by its number: singles first, then the members of groups, a group after the other. */
export type Formula =
  | { readonly kind: 'event' | 'gate' | 'house'; readonly number: number; readonly style: number }
  | { readonly kind: 'constant'; readonly value: boolean }
  | Operation;

export interface Operation {
  readonly kind: 'operation';
  readonly connective: Connective;
  readonly args: readonly Formula[];
  readonly min: number;
  readonly max: number;
}

/** An event of its own; null where its probability is not given. */
export interface Single {
  readonly probability: Expression | null;
}

export interface Group {
  readonly model: (typeof GROUP_MODELS)[number];
  readonly size: number;
  readonly distribution: Expression;
  readonly factors: readonly number[];
  /** Whether its members are defined elsewhere, too. */
  readonly isDefined: boolean;
}

/** All are from 0 to 1. */
export type Expression =
  | { readonly kind: 'float' | 'complement' | 'exponential'; readonly value: number }
  | { readonly kind: 'parameter'; readonly number: number }
  | { readonly kind: 'mul' | 'mean' | 'first-if-less'; readonly args: readonly [Expression, Expression] };

export const CONNECTIVES = [
  'and',
  'or',
  'not',
  'nand',
  'nor',
  'xor',
  'iff',
  'imply',
  'atleast',
  'cardinality',
] as const;
export type Connective = (typeof CONNECTIVES)[number];
export const GROUP_MODELS = ['beta-factor', 'MGL', 'alpha-factor', 'phi-factor'] as const;

/** By number; the last says nothing, and so is false. */
export const HOUSES: readonly (boolean | undefined)[] = [true, false, undefined];

export const eventName = (number: number): string => `e${number}`;
export const gateName = (number: number): string => `g${number}`;

const MOST_GATES = 12;
const MOST_EVENTS = 8;
/** Events, those of combinations among them: all their states are gone through. */
const MOST_VARIABLES = 14;

const chance = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 0.01, max: 0.9, noNaN: true }) },
  { weight: 3, arbitrary: fc.double({ min: -9, max: -1, noNaN: true }).map((exponent) => 10 ** exponent) },
);
const share = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 0.01, max: 0.9, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1) },
);

/** A rate per hour: 1e-5 to 0.99 within a mission of a year. */
const rate = fc.double({ min: -9, max: -3.3, noNaN: true }).map((exponent) => 10 ** exponent);
const float = chance.map((value): Expression => ({ kind: 'float', value }));
const leaf = fc.oneof(
  float,
  fc
    .double({ min: 0.01, max: 0.99, noNaN: true })
    .map((value): Expression => ({ kind: 'complement', value })),
  rate.map((value): Expression => ({ kind: 'exponential', value })),
);

function expression(parameters: number): fc.Arbitrary<Expression> {
  const known =
    parameters === 0
      ? leaf
      : fc.oneof(
          leaf,
          fc.nat(parameters - 1).map((number): Expression => ({ kind: 'parameter', number })),
        );
  const call = fc
    .tuple(fc.constantFrom('mul' as const, 'mean' as const, 'first-if-less' as const), known, known)
    .map(([kind, a, b]): Expression => ({ kind, args: [a, b] }));
  return fc.oneof(
    { weight: 4, arbitrary: float },
    { weight: 2, arbitrary: known },
    { weight: 1, arbitrary: call },
  );
}

const PARAMETERS = 3;
const parameters = fc.tuple(...Array.from({ length: PARAMETERS }, (_, before) => expression(before)));

const certain = fc.constantFrom(0, 1).map((value): Expression => ({ kind: 'float', value }));
const single = (unknown: boolean): fc.Arbitrary<Single> =>
  fc
    .oneof(
      { weight: 12, arbitrary: expression(PARAMETERS) },
      { weight: 1, arbitrary: certain },
      { weight: unknown ? 5 : 0, arbitrary: fc.constant(null) },
    )
    .map((probability) => ({ probability }));

const group: fc.Arbitrary<Group> = fc
  .record({
    model: fc.constantFrom(...GROUP_MODELS),
    size: fc.integer({ min: 2, max: 4 }),
    levels: fc.integer({ min: 2, max: 4 }),
    shares: fc.tuple(share, share, share, share),
    distribution: fc.oneof(expression(PARAMETERS), float),
    isDefined: fc.boolean(),
  })
  .map(({ model, size, levels, shares, distribution, isDefined }) => {
    const most = Math.min(size, levels);
    const factors = shares.slice(0, model === 'beta-factor' ? 1 : model === 'MGL' ? most - 1 : most);
    if (model === 'alpha-factor' || model === 'phi-factor') {
      const sum = factors.reduce((a, b) => a + b, 0);
      if (sum === 0) factors[0] = 1;
      // Factors of this model are shares of one whole.
      else if (model === 'phi-factor') for (const [i, each] of factors.entries()) factors[i] = each / sum;
    }
    return { model, size, distribution, factors, isDefined };
  });

/** The combinations of members of a group that are events, as numbers within the group; docs/solve.md. */
export function combinationsOf({ model, size, factors }: Group): number[][] {
  const sizes =
    model === 'beta-factor'
      ? [1, size]
      : Array.from({ length: factors.length + (model === 'MGL' ? 1 : 0) }, (_, i) => i + 1);
  const all: number[][] = [];
  for (let set = 1; set < 1 << size; set++) {
    const members = Array.from({ length: size }, (_, i) => i).filter((i) => ((set >> i) & 1) === 1);
    if (sizes.includes(members.length)) all.push(members);
  }
  return all;
}

/** As many of the events as may be: of events and of their states there are bounds. */
function bounded(
  singles: readonly Single[],
  groups: readonly Group[],
): { singles: readonly Single[]; groups: readonly Group[] } {
  let events = 0;
  let variables = 0;
  const fits = (members: number, states: number): boolean => {
    if (events + members > MOST_EVENTS || variables + states > MOST_VARIABLES) return false;
    events += members;
    variables += states;
    return true;
  };
  const [first, ...others] = singles;
  const kept = first !== undefined && fits(1, 1) ? [first] : [];
  const keptGroups = groups.filter((one) => fits(one.size, combinationsOf(one).length));
  return { singles: [...kept, ...others.filter(() => fits(1, 1))], groups: keptGroups };
}

const style = fc.nat(2);
const pick = fc.nat(999);

/** References hold any number yet: `resolved` makes them fit. */
function formula(depth: number): fc.Arbitrary<Formula> {
  const reference = fc.oneof(
    { weight: 24, arbitrary: fc.record({ kind: fc.constant('event' as const), number: pick, style }) },
    { weight: 18, arbitrary: fc.record({ kind: fc.constant('gate' as const), number: pick, style }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('house' as const), number: fc.nat(HOUSES.length - 1), style }),
    },
    {
      weight: depth === 2 ? 0 : 1,
      arbitrary: fc.record({ kind: fc.constant('constant' as const), value: fc.boolean() }),
    },
  );
  if (depth === 0) return reference;
  const below = formula(depth - 1);
  const operation = fc
    .record({
      connective: fc.constantFrom(...CONNECTIVES),
      args: fc.array(below, { minLength: 2, maxLength: 5 }),
      isShort: fc.nat(9),
      min: fc.nat(5),
      more: fc.nat(5),
    })
    .map(({ connective, args: all, isShort, min, more }): Formula => {
      const args = all.slice(0, countOf(connective, all.length, isShort === 0));
      const least = connective === 'atleast' || connective === 'cardinality' ? min % (args.length + 1) : 0;
      return { kind: 'operation', connective, args, min: least, max: least + more };
    });
  return fc.oneof(
    { weight: depth === 2 ? 1 : 5, arbitrary: reference },
    { weight: depth === 2 ? 20 : 3, arbitrary: operation },
  );
}

function countOf(connective: Connective, drawn: number, isShort: boolean): number {
  switch (connective) {
    case 'not':
      return 1;
    case 'iff':
    case 'imply':
      return 2;
    case 'xor':
      return drawn;
    default:
      return isShort ? 1 : drawn;
  }
}

/** What stands for connectives that are not monotone in a tree that is to be coherent. */
const PLAIN: Partial<Record<Connective, Connective>> = {
  not: 'and',
  nand: 'and',
  nor: 'or',
  xor: 'atleast',
  iff: 'and',
  imply: 'or',
  cardinality: 'atleast',
};

interface Bounds {
  readonly events: number;
  readonly isPlain: boolean;
}

function resolved(drawn: Formula, gate: number, bounds: Bounds): Formula {
  const { events, isPlain } = bounds;
  switch (drawn.kind) {
    case 'operation': {
      const connective = (isPlain ? PLAIN[drawn.connective] : undefined) ?? drawn.connective;
      return { ...drawn, connective, args: drawn.args.map((arg) => resolved(arg, gate, bounds)) };
    }
    case 'gate':
      return gate === 0
        ? { ...drawn, kind: 'event', number: drawn.number % events }
        : { ...drawn, number: drawn.number % gate };
    case 'event':
      return { ...drawn, number: drawn.number % events };
    default:
      return drawn;
  }
}

/** @param unknown whether events may be without a probability */
export function faultTree(unknown: boolean): fc.Arbitrary<DrawnTree> {
  return fc
    .record({
      formulas: fc.array(formula(2), { minLength: 1, maxLength: MOST_GATES }),
      order: fc.tuple(...Array.from({ length: MOST_GATES }, () => pick)),
      singles: fc.array(single(unknown), { minLength: 3, maxLength: MOST_EVENTS }),
      groups: fc.array(group, { maxLength: 2 }),
      parameters,
      places: fc.nat(3),
      plain: fc.nat(2),
    })
    .map(({ formulas, order, parameters: values, places, plain, ...drawn }) => {
      const { singles, groups } = bounded(drawn.singles, drawn.groups);
      const events = groups.reduce((sum, { size }) => sum + size, singles.length);
      return {
        gates: formulas.map((one, gate) => resolved(one, gate, { events, isPlain: plain === 0 })),
        fileOrder: formulas.map((_, gate) => gate).sort((a, b) => (order[a] ?? 0) - (order[b] ?? 0) || a - b),
        singles,
        groups,
        parameters: values,
        places,
      };
    });
}

const REFERENCES = { event: 'basic-event', gate: 'gate', house: 'house-event' } as const;
const PREFIXES = { event: 'e', gate: 'g', house: 'h' } as const;

function formulaText(drawn: Formula): string {
  switch (drawn.kind) {
    case 'constant':
      return `<constant value="${drawn.value}"/>`;
    case 'operation': {
      const { connective, args, min, max } = drawn;
      const bounds =
        connective === 'atleast'
          ? ` min="${min}"`
          : connective === 'cardinality'
            ? ` min="${min}" max="${max}"`
            : '';
      return `<${connective}${bounds}>${args.map(formulaText).join('')}</${connective}>`;
    }
    default: {
      const { kind, number } = drawn;
      const name = `name="${PREFIXES[kind]}${number}"`;
      if (drawn.style === 0) return `<${REFERENCES[kind]} ${name}/>`;
      return drawn.style === 1 ? `<event ${name}/>` : `<event ${name} type="${REFERENCES[kind]}"/>`;
    }
  }
}

function expressionText(drawn: Expression): string {
  switch (drawn.kind) {
    case 'float':
      return `<float value="${drawn.value}"/>`;
    case 'complement':
      return `<sub><int value="1"/><float value="${drawn.value}"/></sub>`;
    case 'exponential':
      return `<exponential><float value="${drawn.value}"/><system-mission-time/></exponential>`;
    case 'parameter':
      return `<parameter name="p${drawn.number}"/>`;
    case 'first-if-less': {
      const [a, b] = drawn.args.map(expressionText);
      return `<ite><lt>${a}${b}</lt>${a}${b}</ite>`;
    }
    default:
      return `<${drawn.kind}>${drawn.args.map(expressionText).join('')}</${drawn.kind}>`;
  }
}

/** The model in the Open-PSA format. */
export function openPsaText({
  gates,
  fileOrder,
  singles,
  groups,
  parameters: values,
  places,
}: DrawnTree): string {
  const definitions: string[] = [];
  for (const [number, { probability }] of singles.entries()) {
    const text = probability === null ? '' : expressionText(probability);
    definitions.push(`<define-basic-event name="${eventName(number)}">${text}</define-basic-event>`);
  }
  for (const [number, isTrue] of HOUSES.entries()) {
    const text = isTrue === undefined ? '' : `<constant value="${isTrue}"/>`;
    definitions.push(`<define-house-event name="h${number}">${text}</define-house-event>`);
  }
  for (const [number, value] of values.entries())
    definitions.push(`<define-parameter name="p${number}">${expressionText(value)}</define-parameter>`);
  const groupTexts: string[] = [];
  let event = singles.length;
  for (const [number, { model, size, distribution, factors, isDefined }] of groups.entries()) {
    const names = Array.from({ length: size }, () => eventName(event++));
    if (isDefined) for (const name of names) definitions.push(`<define-basic-event name="${name}"/>`);
    groupTexts.push(`<define-CCF-group name="c${number}" model="${model}">
<members>${names.map((name) => `<basic-event name="${name}"/>`).join('')}</members>
<distribution>${expressionText(distribution)}</distribution>
<factors>${factors.map((factor) => `<factor><float value="${factor}"/></factor>`).join('')}</factors>
</define-CCF-group>`);
  }
  const gateTexts = fileOrder.map(
    (gate) =>
      `<define-gate name="${gateName(gate)}">${formulaText(gates[gate] ?? { kind: 'constant', value: false })}</define-gate>`,
  );
  const isOutside = (place: number): boolean => ((places >> place) & 1) === 1;
  return `<?xml version="1.0"?>
<opsa-mef name="drawn"><define-fault-tree name="f">
${[...gateTexts, ...(isOutside(0) ? [] : definitions), ...(isOutside(1) ? [] : groupTexts)].join('\n')}
</define-fault-tree>
${isOutside(1) ? groupTexts.join('\n') : ''}
${isOutside(0) ? `<model-data>\n${definitions.join('\n')}\n</model-data>` : ''}</opsa-mef>`;
}
