import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  assumeFalse,
  BudgetSpent,
  compile,
  countBySize,
  CutSets,
  FormulaStore,
  GATE,
  Probability,
  smallestSets,
  structuralSingles,
  topSets,
  Transitions,
  type Compiled,
  type FormulaId,
} from './index.ts';

/** A formula as drawn: read once into the store and once by the letter. */
type Drawn =
  | { readonly kind: 'variable'; readonly number: number }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Drawn[] }
  | { readonly kind: 'not'; readonly part: Drawn }
  | {
      readonly kind: 'exceeds';
      readonly weights: readonly number[];
      readonly parts: readonly Drawn[];
      readonly slack: number;
    };

fc.configureGlobal({ seed: 1, numRuns: 300 });

const VARIABLES = 6;
const STATES = 1 << VARIABLES;
const BUDGET = 100_000;

function drawn(monotone: boolean): fc.Arbitrary<Drawn> {
  const variable = fc
    .integer({ min: 0, max: VARIABLES - 1 })
    .map((number): Drawn => ({ kind: 'variable', number }));
  const at = (depth: number): fc.Arbitrary<Drawn> => {
    if (depth === 0) return variable;
    const below = at(depth - 1);
    const parts = fc.array(below, { minLength: 0, maxLength: 4 });
    const gate = fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), parts)
      .map(([kind, some]): Drawn => ({ kind, parts: some }));
    const exceeds = fc
      .tuple(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), below), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 8 }),
      )
      .map(
        ([pairs, slack]): Drawn => ({
          kind: 'exceeds',
          weights: pairs.map(([weight]) => weight),
          parts: pairs.map(([, part]) => part),
          slack,
        }),
      );
    const not = below.map((part): Drawn => ({ kind: 'not', part }));
    return monotone ? fc.oneof(variable, gate, gate, exceeds) : fc.oneof(variable, gate, gate, exceeds, not);
  };
  return at(3);
}

function isTrue(formula: Drawn, state: number): boolean {
  switch (formula.kind) {
    case 'variable':
      return ((state >> formula.number) & 1) === 1;
    case 'and':
      return formula.parts.every((part) => isTrue(part, state));
    case 'or':
      return formula.parts.some((part) => isTrue(part, state));
    case 'not':
      return !isTrue(formula.part, state);
    default: {
      const { weights, slack } = formula;
      const sum = formula.parts.reduce(
        (total, part, i) => total + (isTrue(part, state) ? (weights[i] ?? 0) : 0),
        0,
      );
      return sum > slack;
    }
  }
}

function into(store: FormulaStore, formula: Drawn): FormulaId {
  switch (formula.kind) {
    case 'variable':
      return store.variable(formula.number);
    case 'and':
      return store.and(formula.parts.map((part) => into(store, part)));
    case 'or':
      return store.or(formula.parts.map((part) => into(store, part)));
    case 'not':
      return store.not(into(store, formula.part));
    default:
      return store.exceeds(
        formula.weights,
        formula.parts.map((part) => into(store, part)),
        formula.slack,
      );
  }
}

function truthOfStored(store: FormulaStore, id: FormulaId, state: number): boolean {
  const args = store.args(id);
  switch (store.kind(id)) {
    case GATE.VARIABLE:
      return ((state >> (args[0] ?? 0)) & 1) === 1;
    case GATE.AND:
      return args.every((arg) => truthOfStored(store, arg, state));
    case GATE.OR:
      return args.some((arg) => truthOfStored(store, arg, state));
    case GATE.NOT:
      return !truthOfStored(store, args[0] ?? 0, state);
    default:
      return id === 1;
  }
}

const states = Array.from({ length: STATES }, (_, state) => state);
const truths = (formula: Drawn): boolean[] => states.map((state) => isTrue(formula, state));

/** The numbers of the true variables of a state. */
const members = (state: number): number[] =>
  Array.from({ length: VARIABLES }, (_, i) => i).filter((i) => ((state >> i) & 1) === 1);

/** How likely a state is, variables left out of `but`. */
function weigh(state: number, q: readonly number[], but = -1): number {
  return q.reduce(
    (product, p, i) => (i === but ? product : product * (((state >> i) & 1) === 1 ? p : 1 - p)),
    1,
  );
}

const probabilityOf = (table: readonly boolean[], q: readonly number[]): number =>
  states.reduce((sum, state) => (table[state] === true ? sum + weigh(state, q) : sum), 0);

const chances = (min: number, max: number): fc.Arbitrary<number[]> =>
  fc.array(fc.double({ min, max, noNaN: true }), { minLength: VARIABLES, maxLength: VARIABLES });

/** Chances from one in a thousand million upwards, all sizes alike. */
const rareChances = fc
  .array(fc.double({ min: -9, max: -0.01, noNaN: true }), { minLength: VARIABLES, maxLength: VARIABLES })
  .map((exponents) => exponents.map((exponent) => 10 ** exponent));

const byLevel = (compiled: Compiled, byVariable: readonly number[]): Float64Array =>
  Float64Array.from(compiled.order, (variable) => byVariable[variable] ?? 0);

function compiled(formula: Drawn): { all: Compiled; root: number; store: FormulaStore; id: FormulaId } {
  const store = new FormulaStore();
  const id = into(store, formula);
  const all = compile(store, [id], BUDGET);
  return { all, root: all.roots[0] ?? 0, store, id };
}

/** The smallest states in which a table is true, each as the sorted numbers of its variables. */
function minimalSets(table: readonly boolean[]): string[] {
  const found = states.filter((state) => table[state] === true);
  return found
    .filter((state) => !found.some((other) => other !== state && (other & state) === other))
    .map((state) => members(state).join())
    .sort();
}

const setsOf = (all: Compiled, levels: readonly (readonly number[])[]): string[] =>
  levels.map((set) => [...set.map((level) => all.order[level] ?? -1)].sort((a, b) => a - b).join()).sort();

const close = (actual: number, wanted: number, relative: number): void =>
  expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(relative * Math.abs(wanted));

describe('a random formula', () => {
  test('is true in the store in exactly the states in which it is by the letter', () => {
    fc.assert(
      fc.property(drawn(false), (formula) => {
        const store = new FormulaStore();
        const id = into(store, formula);
        expect(states.map((state) => truthOfStored(store, id, state))).toEqual(truths(formula));
      }),
    );
  });

  test('has the edge of every other formula that is true in the same states', () => {
    fc.assert(
      fc.property(drawn(false), drawn(false), (one, other) => {
        const store = new FormulaStore();
        const same = truths(one).join() === truths(other).join();
        const { roots } = compile(store, [into(store, one), into(store, other)], BUDGET);
        expect(roots[0] === roots[1]).toBe(same);
      }),
    );
  });

  test('has its probability to twelve digits', () => {
    fc.assert(
      fc.property(drawn(false), chances(0.01, 0.99), (formula, q) => {
        const { all, root } = compiled(formula);
        const probability = new Probability(all.diagram, [root]);
        probability.evaluate(byLevel(all, q));
        close(probability.of(root), probabilityOf(truths(formula), q), 1e-12);
      }),
    );
  });

  test('has the probability of the contrary on the complemented edge', () => {
    fc.assert(
      fc.property(drawn(false), chances(0.01, 0.99), (formula, q) => {
        const { all, root } = compiled(formula);
        const probability = new Probability(all.diagram, [root]);
        probability.evaluate(byLevel(all, q));
        const contrary = truths(formula).map((truth) => !truth);
        close(probability.of(root ^ 1), probabilityOf(contrary, q), 1e-12);
      }),
    );
  });

  test('has, when no failure helps, its probability to twelve digits however rare its events are', () => {
    fc.assert(
      fc.property(drawn(true), rareChances, (formula, q) => {
        const { all, root } = compiled(formula);
        const probability = new Probability(all.diagram, [root]);
        probability.evaluate(byLevel(all, q));
        close(probability.of(root), probabilityOf(truths(formula), q), 1e-12);
      }),
    );
  });

  test('has under many sets of chances at once what it has under each alone', () => {
    fc.assert(
      fc.property(
        drawn(false),
        fc.array(chances(0, 1), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: VARIABLES }),
        (formula, drawnChances, fixed) => {
          const { all, root } = compiled(formula);
          const [first = []] = drawnChances;
          // Some variables have one chance for all sets, the others one for each.
          const sets = drawnChances.map((q) => q.map((p, i) => (i < fixed ? (first[i] ?? 0) : p)));
          const rows = all.order.map((variable) =>
            variable < fixed ? (first[variable] ?? 0) : Float64Array.from(sets, (q) => q[variable] ?? 0),
          );
          const probability = new Probability(all.diagram, [root]);
          const [whole, contrary] = probability.evaluateMany(rows, sets.length, [root, root ^ 1]);
          for (const [k, q] of sets.entries()) {
            probability.evaluate(byLevel(all, q));
            expect(whole?.[k]).toBe(probability.of(root));
            expect(contrary?.[k]).toBe(probability.of(root ^ 1));
          }
        },
      ),
    );
  });

  test("has as gradient Birnbaum's importance: its probability with a variable true less that with it false", () => {
    fc.assert(
      fc.property(drawn(false), chances(0.01, 0.99), fc.constantFrom(0, 1), (formula, q, flip) => {
        const { all, root } = compiled(formula);
        const asked = root ^ flip;
        const probability = new Probability(all.diagram, [asked]);
        const chance = byLevel(all, q);
        probability.evaluate(chance);
        const gradient = probability.gradient(asked, chance);
        const table = truths(formula).map((truth) => truth !== (flip === 1));
        for (let variable = 0; variable < VARIABLES; variable++) {
          const given = (value: number): number =>
            probabilityOf(
              table,
              q.map((p, i) => (i === variable ? value : p)),
            );
          const level = all.order.indexOf(variable);
          const found = level < 0 ? 0 : (gradient[level] ?? 0);
          expect(found).toBeCloseTo(given(1) - given(0), 13);
        }
      }),
    );
  });

  test('has as minimal cut sets, when no failure helps, the smallest states in which it is true', () => {
    fc.assert(
      fc.property(drawn(true), (formula) => {
        const { all, root } = compiled(formula);
        const sets = new CutSets(all.diagram, BUDGET);
        const found = setsOf(all, smallestSets(sets, sets.minimal(root), STATES));
        expect(found).toEqual(minimalSets(truths(formula)));
      }),
    );
  });

  test('has as minimal positive parts the smallest states in which it is true, whatever helps', () => {
    fc.assert(
      fc.property(drawn(false), (formula) => {
        const { all, root } = compiled(formula);
        const sets = new CutSets(all.diagram, BUDGET);
        const found = setsOf(all, smallestSets(sets, sets.minimalPositiveParts(root), STATES));
        expect(found).toEqual(minimalSets(truths(formula)));
      }),
    );
  });

  test('counts its cut sets by size', () => {
    fc.assert(
      fc.property(drawn(false), (formula) => {
        const { all, root } = compiled(formula);
        const sets = new CutSets(all.diagram, BUDGET);
        const wanted = new Map<number, bigint>();
        for (const set of minimalSets(truths(formula))) {
          const size = set === '' ? 0 : set.split(',').length;
          wanted.set(size, (wanted.get(size) ?? 0n) + 1n);
        }
        const counts = countBySize(sets, sets.minimalPositiveParts(root));
        const found = counts.flatMap((count, size) => (count > 0n ? [[size, count]] : []));
        expect(found).toEqual([...wanted].sort(([a], [b]) => a - b));
      }),
    );
  });

  test('lists its likeliest cut sets in order, as many as are asked for', () => {
    fc.assert(
      fc.property(drawn(true), chances(0.01, 0.99), fc.integer({ min: 0, max: 8 }), (formula, q, most) => {
        const { all, root } = compiled(formula);
        const sets = new CutSets(all.diagram, BUDGET);
        const found = topSets(sets, sets.minimal(root), byLevel(all, q), most);
        const wanted = minimalSets(truths(formula))
          .map((set) => (set === '' ? [] : set.split(',')).reduce((p, i) => p * (q[Number(i)] ?? 0), 1))
          .sort((a, b) => b - a)
          .slice(0, most);
        expect(found).toHaveLength(wanted.length);
        for (const [i, { weight, levels }] of found.entries()) {
          close(weight, wanted[i] ?? 0, 1e-12);
          close(
            levels.reduce((p, level) => p * (q[all.order[level] ?? -1] ?? 0), 1),
            weight,
            1e-12,
          );
        }
      }),
    );
  });

  test('is entered as often as the sum over its events says', () => {
    fc.assert(
      fc.property(
        drawn(false),
        drawn(false),
        chances(0.01, 0.99),
        chances(0.01, 100),
        (formula, other, q, rates) => {
          const store = new FormulaStore();
          const all = compile(store, [into(store, formula), into(store, other)], BUDGET, {
            modules: 'monotone',
          });
          const [f = 0, g = 0] = all.roots;
          const tableF = truths(formula);
          const tableG = truths(other);
          const sum = (after: (state: number) => boolean): number =>
            q.reduce(
              (total, _, x) =>
                states.reduce((partial, state) => {
                  if (((state >> x) & 1) === 1 || tableF[state] === true || !after(state | (1 << x)))
                    return partial;
                  return partial + (rates[x] ?? 0) * weigh(state, q, x);
                }, total),
              0,
            );
          const moves = [
            { before: f ^ 1, after: f },
            { before: f ^ 1, after: all.diagram.and(f, g) },
          ];
          const transitions = new Transitions(all.diagram, moves);
          const chance = byLevel(all, q);
          const rate = byLevel(all, rates);
          const probability = new Probability(all.diagram, all.roots);
          probability.evaluate(chance);
          probability.frequencies(chance, rate);
          const [entries = 0, intoBoth = 0] = transitions.evaluate(chance, rate);
          close(
            entries,
            sum((state) => tableF[state] === true),
            1e-12,
          );
          close(
            intoBoth,
            sum((state) => tableF[state] === true && tableG[state] === true),
            1e-12,
          );
        },
      ),
    );
  });

  test('is monotone in the diagram when no true variable makes it false, and in the store when no not stands below', () => {
    fc.assert(
      fc.property(drawn(false), (formula) => {
        const { all, root, store, id } = compiled(formula);
        const table = truths(formula);
        const rising = states.every((state) =>
          members(state).every((i) => table[state] === true || table[state & ~(1 << i)] !== true),
        );
        expect(all.diagram.isMonotone(root)).toBe(rising);
        if (store.isMonotone(id)) expect(rising).toBe(true);
      }),
    );
  });

  test('is true whatever else holds when one of its structural singles is', () => {
    fc.assert(
      fc.property(drawn(true), (formula) => {
        const { store, id } = compiled(formula);
        const table = truths(formula);
        for (const single of structuralSingles(store, id))
          expect(states.every((state) => ((state >> single) & 1) === 0 || table[state] === true)).toBe(true);
      }),
    );
  });

  test('is, with variables assumed false, what it is in the states without them', () => {
    fc.assert(
      fc.property(drawn(false), fc.integer({ min: 0, max: STATES - 1 }), (formula, gone) => {
        const { store, id } = compiled(formula);
        const [changed = 0] = assumeFalse(store, [id], members(gone));
        expect(states.map((state) => truthOfStored(store, changed, state))).toEqual(
          states.map((state) => isTrue(formula, state & ~gone)),
        );
      }),
    );
  });
});

describe('a budget', () => {
  /** Pairs joined crosswise need a diagram that doubles with each pair. */
  function crossed(pairs: number): { store: FormulaStore; root: FormulaId } {
    const store = new FormulaStore();
    const variables = Array.from({ length: pairs * 2 }, (_, i) => store.variable(i));
    // First every left one, so that all of them stand above every right one.
    const order = store.and([store.or(variables), store.or(variables.slice(0, pairs))]);
    const pair = (i: number): FormulaId => store.and([variables[i] ?? 0, variables[i + pairs] ?? 0]);
    return { store, root: store.and([order, store.or(Array.from({ length: pairs }, (_, i) => pair(i)))]) };
  }

  test('of nodes is thrown as BudgetSpent when a diagram needs more', () => {
    const { store, root } = crossed(12);
    expect(() => compile(store, [root], 20)).toThrow(BudgetSpent);
    expect(() => compile(store, [root], 20)).toThrow('The diagram needs more than 20 nodes.');
    expect(compile(store, [root], BUDGET).roots).toHaveLength(1);
  });

  test('of sets is thrown as BudgetSpent when a family needs more', () => {
    const { store, root } = crossed(12);
    const { diagram, roots } = compile(store, [root], BUDGET);
    expect(() => new CutSets(diagram, 10).minimal(roots[0] ?? 0)).toThrow(BudgetSpent);
    expect(() => new CutSets(diagram, 10).minimalPositiveParts(roots[0] ?? 0)).toThrow(BudgetSpent);
  });

  test('of pairs is thrown as BudgetSpent when moves come to more', () => {
    const { store, root } = crossed(12);
    const { diagram, roots } = compile(store, [root], BUDGET);
    const [edge = 0] = roots;
    expect(() => new Transitions(diagram, [{ before: edge ^ 1, after: edge }], 10)).toThrow(BudgetSpent);
  });
});

describe('at least k of n', () => {
  test.each([
    [1, 5],
    [2, 3],
    [3, 7],
    [7, 7],
    [20, 40],
  ])('%i of %i has the binomial probability and number of cut sets', (k, n) => {
    const store = new FormulaStore();
    const variables = Array.from({ length: n }, (_, i) => store.variable(i));
    const root = store.exceeds(new Array<number>(n).fill(1), variables, k - 1);
    const all = compile(store, [root], BUDGET);
    const [edge = 0] = all.roots;
    const choose = (m: number): bigint => {
      let result = 1n;
      for (let i = 0; i < m; i++) result = (result * BigInt(n - i)) / BigInt(i + 1);
      return result;
    };
    const q = 0.03;
    let wanted = 0;
    for (let m = n; m >= k; m--) wanted += Number(choose(m)) * q ** m * (1 - q) ** (n - m);
    const probability = new Probability(all.diagram, [edge]);
    probability.evaluate(new Float64Array(all.order.length).fill(q));
    close(probability.of(edge), wanted, 1e-12);
    const sets = new CutSets(all.diagram, BUDGET);
    expect(countBySize(sets, sets.minimal(edge)).map((count, size) => [size, count])[k]).toEqual([
      k,
      choose(k),
    ]);
  });

  test('adds weights up, so that a large member counts for several small ones', () => {
    const store = new FormulaStore();
    const [a = 0, b = 0, c = 0] = [0, 1, 2].map((i) => store.variable(i));
    expect(store.exceeds([3, 1, 1], [a, b, c], 2)).toBe(a);
    expect(store.exceeds([3, 1, 1], [a, b, c], 5)).toBe(0);
    expect(store.exceeds([3, 1, 1], [a, b, c], -1)).toBe(1);
  });
});

describe('a store', () => {
  test('keeps equal gates once, whatever the order of their arguments', () => {
    const store = new FormulaStore();
    const [a = 0, b = 0] = [store.variable(0), store.variable(1)];
    expect(store.and([a, b])).toBe(store.and([b, a, b]));
    expect(store.or([a, b])).not.toBe(store.and([a, b]));
    expect(store.not(store.not(a))).toBe(a);
    expect(store.variable(0)).toBe(a);
  });

  test('finds again each of ten thousand gates', () => {
    const store = new FormulaStore();
    const pair = (i: number): FormulaId => store.and([store.variable(i), store.variable(i + 1)]);
    const first = Array.from({ length: 10_000 }, (_, i) => pair(i));
    const { size } = store;
    expect(Array.from({ length: 10_000 }, (_, i) => pair(i))).toEqual(first);
    expect(store.size).toBe(size);
  });

  test('finds the structural singles of an or of ands of ors', () => {
    const store = new FormulaStore();
    const v = (i: number): FormulaId => store.variable(i);
    const root = store.or([v(4), store.and([store.or([v(1), v(2)]), store.or([v(2), v(3)])])]);
    expect(structuralSingles(store, root)).toEqual([2, 4]);
  });
});

test('cut sets beyond 2^53 are counted exactly', () => {
  const store = new FormulaStore();
  const groups = Array.from({ length: 60 }, (_, i) =>
    store.or([0, 1, 2].map((j) => store.variable(i * 3 + j))),
  );
  const { diagram, roots } = compile(store, [store.and(groups)], BUDGET);
  const sets = new CutSets(diagram, BUDGET);
  expect(countBySize(sets, sets.minimal(roots[0] ?? 0)).at(-1)).toBe(3n ** 60n);
});

test('a probability of 1e-300 keeps its digits', () => {
  const store = new FormulaStore();
  const all = compile(store, [store.and(Array.from({ length: 30 }, (_, i) => store.variable(i)))], BUDGET);
  const probability = new Probability(all.diagram, all.roots);
  probability.evaluate(new Float64Array(all.order.length).fill(1e-10));
  close(probability.of(all.roots[0] ?? 0), 1e-300, 1e-12);
});
