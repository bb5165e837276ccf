import { expect, test } from 'vitest';
import { compile, FormulaStore, Importances, Probability } from './index.ts';

/** a ∧ (b ∨ c): nothing without a. */
function solved(): { measures: Importances; probability: Probability; order: readonly number[] } {
  const store = new FormulaStore();
  const [a, b, c] = [0, 1, 2].map((number) => store.variable(number)) as [number, number, number]; // as many
  const { diagram, roots, order } = compile(store, [store.and([a, store.or([b, c])])], 1000);
  const probability = new Probability(diagram, roots);
  return { measures: new Importances(probability, roots[0] as number), probability, order };
}

function measured({ measures, probability, order }: ReturnType<typeof solved>, chances: readonly number[]) {
  const q = Float64Array.from(order, (event) => chances[event] ?? Number.NaN);
  probability.evaluate(q);
  measures.evaluate(q);
  const { levels, mif, cif, dif, raw, rrw } = measures;
  return Object.fromEntries(
    Array.from(levels, (level, k) => [
      'abc'[order[level] as number],
      [mif[k], cif[k], dif[k], raw[k], rrw[k]],
    ]),
  );
}

test('measures each event, and keeps the infinite worth of one that stands in every cut set', () => {
  // P = 0.1 · 0.28; without b 0.1 · 0.2, with b 0.1.
  expect(measured(solved(), [0.1, 0.1, 0.2])).toEqual({
    a: [0.28, 1, 1, 10, Number.POSITIVE_INFINITY].map((x) => expect.closeTo(x, 12)),
    b: [0.08, 2 / 7, 10 / 28, 10 / 2.8, 1.4].map((x) => expect.closeTo(x, 12)),
    c: [0.09, 9 / 14, 20 / 28, 10 / 2.8, 2.8].map((x) => expect.closeTo(x, 12)),
  });
});

test('gives the same when it has measured other probabilities before', () => {
  const used = solved();
  measured(used, [0.1, 0.1, 0.2]);
  for (const chances of [
    [0.5, 1e-9, 1e-12],
    [1, 0.3, 0],
    [0.2, 0, 0],
  ])
    expect(measured(used, chances)).toEqual(measured(solved(), chances));
});
