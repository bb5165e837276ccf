import { describe, expect, test } from 'vitest';
import { randomStream } from '../random.ts';
import { Bounder, compile, FormulaStore, Probability, type FormulaId } from './index.ts';

const VARIABLES = 32;
const PAIRS = 90;

/** An or of random pairs, each the and of two variables: no order of them keeps the diagram small, and the pairs are its cut sets. */
function tangle(seed: string): {
  store: FormulaStore;
  root: FormulaId;
  pairs: ReadonlySet<string>;
  chance: number[];
} {
  const random = randomStream(seed);
  const pairs = new Set<string>();
  const below = (n: number): number => Math.floor(random() * n);
  while (pairs.size < PAIRS) {
    const [a, b] = [below(VARIABLES), below(VARIABLES)].sort((x, y) => x - y);
    if (a !== b) pairs.add(`${a},${b}`);
  }
  const store = new FormulaStore();
  const root = store.or(
    [...pairs].map((pair) => store.and(pair.split(',').map((variable) => store.variable(Number(variable))))),
  );
  return { store, root, pairs, chance: Array.from({ length: VARIABLES }, () => 10 ** (-1 - 3 * random())) };
}

/** P by a whole diagram. */
function truth(store: FormulaStore, root: FormulaId, chance: readonly number[]): number {
  const { diagram, roots, order } = compile(store, [root], 4_000_000);
  const probability = new Probability(diagram, roots);
  probability.evaluate(Float64Array.from(order, (variable) => chance[variable] ?? 0));
  return probability.of(roots[0] ?? 0);
}

describe.each(['one', 'two', 'three'])('a function that does not fit (%s)', (seed) => {
  const { store, root, pairs, chance } = tangle(seed);
  const bounder = new Bounder(store, [root], chance, 1);
  const [{ low, high } = { low: 0, high: 1 }] = bounder.evaluate(chance);

  test('lies between its bounds, which are not far apart', () => {
    const exact = truth(store, root, chance);
    expect(low).toBeLessThan(exact);
    expect(high).toBeGreaterThan(exact);
    expect(high / low).toBeGreaterThan(1.000001);
    expect(high / low).toBeLessThan(2);
  });

  test('lies between them under other probabilities too', () => {
    const others = chance.map((_, i) => (chance.at(-1 - i) ?? 0) ** 0.5);
    const [other = { low: 0, high: 1 }] = bounder.evaluate(others);
    const exact = truth(store, root, others);
    expect(other.low).toBeLessThan(exact);
    expect(other.high).toBeGreaterThan(exact);
  });

  test('shows minimal cut sets of it, the likeliest first', () => {
    const found = bounder.cutSets(0, chance, 10);
    expect(found).toHaveLength(10);
    for (const set of found) expect(pairs).toContain(set.join());
    const weigh = ([a = 0, b = 0]: readonly number[]): number => (chance[a] ?? 0) * (chance[b] ?? 0);
    const weights = found.map(weigh);
    expect(weights).toEqual([...weights].sort((a, b) => b - a));
    const likeliest = Math.max(...[...pairs].map((pair) => weigh(pair.split(',').map(Number))));
    expect(weights[0]).toBeCloseTo(likeliest, 12);
  });
});
