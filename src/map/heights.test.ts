import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spread } from './heights.ts';

/** The same by the formula of minima and maxima over all runs (Barlow et al. 1972), in cubic time. */
function spreadSlowly(
  wanted: readonly number[],
  space: readonly number[],
  weights: readonly number[],
): number[] {
  const offsets = wanted.map((_, i) => space.slice(1, i + 1).reduce((sum, one) => sum + one, 0));
  const mean = (from: number, to: number): number => {
    let sum = 0;
    let weight = 0;
    for (let i = from; i <= to; i++) {
      sum += ((wanted[i] ?? 0) - (offsets[i] ?? 0)) * (weights[i] ?? 1);
      weight += weights[i] ?? 1;
    }
    return sum / weight;
  };
  return wanted.map((_, i) => {
    const best = Math.max(
      ...wanted
        .slice(0, i + 1)
        .map((_from, from) => Math.min(...wanted.slice(i).map((_to, k) => mean(from, i + k)))),
    );
    return best + (offsets[i] ?? 0);
  });
}

const rows = fc.array(
  fc.record({
    wanted: fc.integer({ min: -200, max: 200 }),
    space: fc.integer({ min: 0, max: 40 }),
    weight: fc.integer({ min: 1, max: 9 }),
  }),
  { maxLength: 12 },
);

test('spread is the nearest by least squares: what minima and maxima over all runs give', () => {
  fc.assert(
    fc.property(rows, (drawn) => {
      const wanted = drawn.map((row) => row.wanted);
      const space = drawn.map((row) => row.space);
      const weights = drawn.map((row) => row.weight);
      for (const [i, slow] of spreadSlowly(wanted, space, []).entries())
        expect(spread(wanted, space)[i]).toBeCloseTo(slow, 8);
      for (const [i, slow] of spreadSlowly(wanted, space, weights).entries())
        expect(spread(wanted, space, weights)[i]).toBeCloseTo(slow, 8);
    }),
  );
});

test('spread keeps the order and the distances, and nothing feasible is nearer', () => {
  fc.assert(
    fc.property(rows, fc.infiniteStream(fc.integer({ min: 0, max: 30 })), (drawn, noise) => {
      const wanted = drawn.map((row) => row.wanted);
      const space = drawn.map((row) => row.space);
      const found = spread(wanted, space);
      for (const [i, y] of found.entries())
        if (i > 0) expect(y - (found[i - 1] ?? 0)).toBeGreaterThanOrEqual((space[i] ?? 0) - 1e-9);
      const off = (y: readonly number[]): number =>
        y.reduce((sum, one, i) => sum + (one - (wanted[i] ?? 0)) ** 2, 0);
      let shift = -15;
      const other = found.map((y) => {
        shift += noise.next().value ?? 0;
        return y + shift;
      });
      expect(off(found)).toBeLessThanOrEqual(off(other) + 1e-6);
    }),
  );
});

test('what has room stays where it is wanted', () => {
  expect(spread([0, 50, 100], [0, 40, 40])).toEqual([0, 50, 100]);
  expect(spread([], [])).toEqual([]);
});

test('the space of the first row plays no part', () => {
  expect(spread([10, 10], [500, 20])).toEqual([0, 20]);
});
