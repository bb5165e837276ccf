import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shed, type Ask } from './shedding.ts';

fc.configureGlobal({ seed: 1 });

const [CORE, IMPORTANT, DEFERRABLE] = [0, 1, 2];
const ask = (tier: number, amount: number): Ask => ({ tier, amount });

describe('with shedding', () => {
  test('everybody gets what they ask while there is enough', () => {
    expect(shed(60, [ask(DEFERRABLE, 10), ask(CORE, 20), ask(IMPORTANT, 30)], true)).toEqual([10, 20, 30]);
  });

  test('core is served before important, that before what can wait', () => {
    const asks = [ask(DEFERRABLE, 10), ask(CORE, 20), ask(IMPORTANT, 30)];
    expect(shed(55, asks, true)).toEqual([5, 20, 30]);
    expect(shed(45, asks, true)).toEqual([0, 20, 25]);
    expect(shed(15, asks, true)).toEqual([0, 15, 0]);
    expect(shed(0, asks, true)).toEqual([0, 0, 0]);
  });

  test('among equals in the order given', () => {
    expect(shed(25, [ask(CORE, 10), ask(CORE, 10), ask(CORE, 10)], true)).toEqual([10, 10, 5]);
  });

  const asked = fc.array(
    fc.record({ tier: fc.integer({ min: 0, max: 2 }), amount: fc.integer({ min: 0, max: 50 }) }),
    { maxLength: 8 },
  );

  test('nobody gets more than they ask, nothing is left while somebody lacks, and no one before those who matter more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), asked, (capacity, asks) => {
        const granted = shed(capacity, asks, true);
        const sum = (amounts: readonly number[]): number => amounts.reduce((all, one) => all + one, 0);
        expect(sum(granted)).toBe(Math.min(capacity, sum(asks.map(({ amount }) => amount))));
        for (const [i, { tier, amount }] of asks.entries()) {
          expect(granted[i]).toBeGreaterThanOrEqual(0);
          expect(granted[i]).toBeLessThanOrEqual(amount);
          const lacks = (granted[i] ?? 0) < amount;
          if (!lacks) continue;
          for (const [k, other] of asks.entries())
            if (other.tier > tier || (other.tier === tier && k > i)) expect(granted[k]).toBe(0);
        }
      }),
    );
  });
});

describe('without shedding', () => {
  test('everybody gets what they ask while there is enough, shares rounded', () => {
    expect(shed(60, [ask(CORE, 20), ask(DEFERRABLE, 40)], false)).toEqual([20, 40]);
    expect(0.1 + 0.2).toBeGreaterThan(0.3);
    expect(shed(0.3, [ask(CORE, 0.1), ask(CORE, 0.2)], false)[0]).toBe(0.1);
  });

  test('nobody gets anything of a pool that is asked for more than it has', () => {
    expect(shed(59, [ask(CORE, 20), ask(DEFERRABLE, 40)], false)).toEqual([0, 0]);
  });
});
