import { describe, expect, test } from 'vitest';
import { fatTree } from '../../test/oracle/fat-tree.ts';
import { compile, countBySize, CutSets, Probability } from './index.ts';

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
