import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FormulaStore, GATE, type FormulaId } from './formula.ts';
import { groupPrivate, simplify } from './simplify.ts';

const VARIABLES = 7;
const STATES = 1 << VARIABLES;

interface Drawn {
  readonly conjunction: boolean;
  readonly args: readonly { readonly back: number; readonly negated: number }[];
}

/** A gate over earlier formulas, counted back from the newest, so that much is shared and much is used once. */
const gate: fc.Arbitrary<Drawn> = fc.record({
  conjunction: fc.boolean(),
  args: fc.array(fc.record({ back: fc.nat({ max: 8 }), negated: fc.integer({ min: 0, max: 4 }) }), {
    minLength: 1,
    maxLength: 4,
  }),
});

function build(store: FormulaStore, gates: readonly Drawn[]): FormulaId {
  const made = Array.from({ length: VARIABLES }, (_, i) => store.variable(i));
  for (const { conjunction, args } of gates) {
    const chosen = args.map(({ back, negated }) => {
      const arg = made.at(-1 - (back % made.length)) ?? 0;
      return negated === 0 ? store.not(arg) : arg;
    });
    made.push(conjunction ? store.and(chosen) : store.or(chosen));
  }
  return made.at(-1) ?? 0;
}

/** In which states a formula is true, as a word of zeros and ones. */
function truthsOf(store: FormulaStore, root: FormulaId): string {
  const known = new Map<FormulaId, Uint8Array>();
  const read = (id: FormulaId): Uint8Array => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const kind = store.kind(id);
    const [first = 0] = store.args(id);
    const below = kind > GATE.VARIABLE ? store.args(id).map(read) : [];
    const truths = Uint8Array.from({ length: STATES }, (_, state) => {
      if (kind === GATE.CONSTANT) return id;
      if (kind === GATE.VARIABLE) return (state >> first) & 1;
      if (kind === GATE.NOT) return 1 - (below[0]?.[state] ?? 0);
      return Number(kind === GATE.AND ? below.every((row) => row[state]) : below.some((row) => row[state]));
    });
    known.set(id, truths);
    return truths;
  };
  return read(root).join('');
}

test.each([
  ['simplified', (store: FormulaStore, roots: FormulaId[]) => simplify(store, roots, { factor: false })],
  [
    'simplified and factored',
    (store: FormulaStore, roots: FormulaId[]) => simplify(store, roots, { factor: true }),
  ],
  ['grouped', groupPrivate],
])('a formula with shared gates is the same function when it is %s', (_, change) => {
  fc.assert(
    fc.property(fc.array(gate, { minLength: 1, maxLength: 16 }), (gates) => {
      const store = new FormulaStore();
      const root = build(store, gates);
      const [changed = 0] = change(store, [root]);
      expect(truthsOf(store, changed)).toBe(truthsOf(store, root));
    }),
    { numRuns: 1000 },
  );
});

test('an argument is known below its own gate, but does not make itself known', () => {
  const store = new FormulaStore();
  const [a = 0, b = 0, c = 0] = [0, 1, 2].map((i) => store.variable(i));
  const known = store.and([a, store.or([b, store.and([a, c])])]);
  expect(simplify(store, [known], { factor: false })).toEqual([store.and([a, store.or([b, c])])]);
  const shared = store.or([store.and([store.not(a), b]), store.and([a, c])]);
  expect(simplify(store, [shared], { factor: false })).toEqual([shared]);
});

test('what several arguments have in common is taken out of them', () => {
  const store = new FormulaStore();
  const [a = 0, b = 0, c = 0] = [0, 1, 2].map((i) => store.variable(i));
  const root = store.or([store.and([a, b]), store.and([a, c])]);
  expect(simplify(store, [root], { factor: true })).toEqual([store.and([a, store.or([b, c])])]);
});
