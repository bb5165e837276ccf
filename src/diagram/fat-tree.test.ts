import { describe, expect, test } from 'vitest';
import { compile, countBySize, CutSets, FormulaStore, Probability, type FormulaId } from './index.ts';

/**
 * Data-centre fat trees (Al-Fares, Loukissas and Vahdat 2008) with k ports, h = k/2: a pod has h edge and h aggregation
 * switches, aggregation switch j of every pod is linked to the h core switches of group j. A service stands on r servers
 * in distinct pods; a server is reached while it, its edge switch and, for some j, its pod's aggregation switch j and a
 * core switch of group j work:
 *
 *   lost(i) = server(i) ∨ edge(i) ∨ ⋀ j (aggregation(i, j) ∨ ⋀ m core(j, m))        service lost = ⋀ i lost(i)
 *
 * Cut sets: leaves (server or edge switch) for the pods of a set, for the others at each j either their aggregation
 * switches or group j; all groups alone are enough. That is 4 + 4(2^h − 1) + 2^h for r = 2, 8 + 18(2^h − 1) + 2^h for 3.
 */
function fatTree(
  k: number,
  r: number,
): { store: FormulaStore; root: FormulaId; isCore: (i: number) => boolean } {
  const store = new FormulaStore();
  const h = k / 2;
  const each = (count: number, make: (i: number) => FormulaId): FormulaId[] =>
    Array.from({ length: count }, (_, i) => make(i));
  const cores = h * h;
  const groups = each(h, (j) => store.and(each(h, (m) => store.variable(j * h + m))));
  const aggregation = (i: number, j: number): FormulaId => store.variable(cores + i * h + j);
  const leaves = cores + r * h;
  const lost = each(r, (i) =>
    store.or([
      store.variable(leaves + 2 * i),
      store.variable(leaves + 2 * i + 1),
      store.and(each(h, (j) => store.or([aggregation(i, j), groups[j] ?? 0]))),
    ]),
  );
  return { store, root: store.and(lost), isCore: (i) => i < cores };
}

const BUDGET = 2_000_000;

describe.each([4, 8, 16, 24, 48, 64])('a fat tree of %i ports', (k) => {
  const h = k / 2;
  const choices = 2n ** BigInt(h);

  test.each([
    [2, 4n + 4n * (choices - 1n) + choices],
    [3, 8n + 18n * (choices - 1n) + choices],
  ])('has for %i replicas the cut sets of the closed form', (r, wanted) => {
    const { store, root } = fatTree(k, r);
    const { diagram, roots } = compile(store, [root], BUDGET);
    const sets = new CutSets(diagram, BUDGET);
    const counts = countBySize(sets, sets.minimal(roots[0] ?? 0));
    expect(counts.reduce((sum, count) => sum + count, 0n)).toBe(wanted);
    expect(counts[r]).toBe(h === 2 && r === 2 ? 4n : 2n ** BigInt(r));
  });

  test.each([2, 3])('has for %i replicas the probability of the sum over lost groups', (r) => {
    const { store, root, isCore } = fatTree(k, r);
    const { diagram, roots, order } = compile(store, [root], BUDGET);
    const [edge = 0] = roots;
    const core = 0.7;
    const other = 0.01;
    const probability = new Probability(diagram, roots);
    probability.evaluate(Float64Array.from(order, (variable) => (isCore(variable) ? core : other)));
    const group = core ** h;
    const leaf = 1 - (1 - other) ** 2;
    let wanted = 0;
    let ways = 1;
    for (let m = 0; m <= h; m++) {
      const lost = leaf + (1 - leaf) * other ** (h - m);
      wanted += ways * group ** m * (1 - group) ** (h - m) * lost ** r;
      ways = (ways * (h - m)) / (m + 1);
    }
    expect(Math.abs(probability.of(edge) / wanted - 1)).toBeLessThan(1e-12);
  });
});
