import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RetryBudget } from './retry-budget.ts';

fc.configureGlobal({ seed: 1 });

function withdrawAll(budget: RetryBudget): number {
  let count = 0;
  while (budget.withdraw()) count++;
  return count;
}

test('a new budget holds its burst', () => {
  const budget = new RetryBudget();
  expect(budget.left).toBe(10);
  expect(withdrawAll(budget)).toBe(10);
  expect(budget.withdraw()).toBe(false);
});

test('with a share of a fifth, five requests pay for one extra attempt, no fewer', () => {
  const budget = new RetryBudget({ share: 0.2, burst: 1 });
  withdrawAll(budget);
  for (let i = 0; i < 4; i++) budget.deposit();
  expect(budget.withdraw()).toBe(false);
  budget.deposit();
  expect(budget.withdraw()).toBe(true);
  expect(budget.withdraw()).toBe(false);
});

test('no more than the burst is saved up, however many requests went well', () => {
  const budget = new RetryBudget({ share: 0.5, burst: 3 });
  for (let i = 0; i < 1_000; i++) budget.deposit();
  expect(withdrawAll(budget)).toBe(3);
});

test('a million requests that all ask for more get exactly the share of it', () => {
  const budget = new RetryBudget({ share: 0.1, burst: 10 });
  let extra = 0;
  for (let i = 0; i < 1_000_000; i++) {
    budget.deposit();
    if (budget.withdraw()) extra++;
  }
  // Full at first: the very first deposit is not saved on top.
  expect(extra).toBe(100_009);
});

test('nothing is ever allowed with a burst of 0', () => {
  const budget = new RetryBudget({ share: 1, burst: 0 });
  budget.deposit();
  expect(budget.withdraw()).toBe(false);
});

test.each([
  { share: -0.1 },
  { share: 1.1 },
  { share: Number.NaN },
  { burst: -1 },
  { burst: 0.5 },
  { burst: Number.POSITIVE_INFINITY },
])('a range is checked: %o', (options) => {
  expect(() => new RetryBudget(options)).toThrow(RangeError);
});

describe('whatever happens', () => {
  test('over any stretch extra attempts are at most share × requests + burst, and none is refused that would keep to it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1000 }),
        fc.integer({ min: 0, max: 20 }),
        fc.array(fc.boolean(), { maxLength: 400 }),
        (thousandths, burst, script) => {
          const share = thousandths / 1000;
          const budget = new RetryBudget({ share, burst });
          // The most by which a stretch that ends here has exceeded its share: the largest sum of a suffix.
          let worst = 0;
          for (const isRequest of script) {
            if (isRequest) budget.deposit();
            const isExtra = !isRequest && budget.withdraw();
            worst = Math.max(0, worst + (isRequest ? -share : 0) + (isExtra ? 1 : 0));
            expect(worst).toBeLessThanOrEqual(burst + 1e-9);
            if (!isRequest && !isExtra) expect(worst).toBeGreaterThan(burst - 1 - 1e-9);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
