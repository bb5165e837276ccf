import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RateLimit } from './rate-limit.ts';

fc.configureGlobal({ seed: 1 });

/** How many of so many requests at one moment pass. */
function pass(limit: RateLimit, now: number, key: string, count: number): number {
  let passed = 0;
  for (let i = 0; i < count; i++) if (limit.allow(now, key)) passed++;
  return passed;
}

test('a burst passes at once, then one each interval', () => {
  const limit = new RateLimit({ perSecond: 10, burst: 5 });
  expect(pass(limit, 0, 'ana', 20)).toBe(5);
  expect(limit.retryAfterMs).toBeCloseTo(100);
  expect(pass(limit, 99, 'ana', 20)).toBe(0);
  expect(pass(limit, 100, 'ana', 20)).toBe(1);
  expect(pass(limit, 10_000, 'ana', 20)).toBe(5);
});

test('each client has its own', () => {
  const limit = new RateLimit({ perSecond: 1 });
  expect(pass(limit, 0, 'ana', 2)).toBe(1);
  expect(pass(limit, 0, 'ben', 2)).toBe(1);
});

test('one that asks all the time is not kept out by asking', () => {
  const limit = new RateLimit({ perSecond: 10, burst: 1 });
  let passed = 0;
  for (let now = 0; now < 10_000; now++) passed += pass(limit, now, 'ana', 1);
  expect(passed).toBe(100);
});

test('one that keeps exactly to its rate is never refused, by the time of day too', () => {
  const limit = new RateLimit({ perSecond: 3, burst: 1 });
  const start = 1_795_000_000_123.4;
  for (let i = 0; i < 100_000; i++) expect(limit.allow(start + (i * 1_000) / 3, 'ana')).toBe(true);
});

test('keys that are too long share one limit', () => {
  const limit = new RateLimit({ perSecond: 1 });
  expect(limit.allow(0, 'x'.repeat(129))).toBe(true);
  expect(limit.allow(0, 'y'.repeat(10_000))).toBe(false);
  expect(limit.allow(0, 'y'.repeat(128))).toBe(true);
  expect(limit.size).toBe(2);
});

describe('when there are as many clients as may be', () => {
  test('an idle one makes room, and those at their limit stay at it', () => {
    const limit = new RateLimit({ perSecond: 1, burst: 10, most: 3 });
    pass(limit, 0, 'busy', 10);
    pass(limit, 0, 'idle', 1);
    pass(limit, 0, 'busy too', 10);
    expect(pass(limit, 2_000, 'new', 20)).toBe(10);
    expect(limit.size).toBe(3);
    expect([pass(limit, 2_000, 'busy', 10), pass(limit, 2_000, 'busy too', 10)]).toEqual([2, 2]);
  });

  test('with no idle one, the one nearest to it does', () => {
    const limit = new RateLimit({ perSecond: 1, burst: 10, most: 2 });
    pass(limit, 0, 'busy', 10);
    pass(limit, 0, 'less so', 5);
    expect(limit.allow(0, 'new')).toBe(true);
    expect(limit.size).toBe(2);
    expect(limit.allow(0, 'busy')).toBe(false);
  });

  test('one client alone is known where only one may be', () => {
    const limit = new RateLimit({ perSecond: 1, most: 1 });
    expect([limit.allow(0, 'a'), limit.allow(0, 'b'), limit.allow(0, 'a'), limit.size]).toEqual([
      true,
      true,
      true,
      1,
    ]);
  });

  test('a flood of new clients keeps it at its bound', () => {
    const limit = new RateLimit({ perSecond: 1, most: 1_000 });
    for (let i = 0; i < 50_000; i++) limit.allow(i, `client ${i}`);
    expect(limit.size).toBe(1_000);
    expect(pass(limit, 50_000, 'client 49999', 1)).toBe(0);
  });
});

test.each([
  { perSecond: 0 },
  { perSecond: Number.POSITIVE_INFINITY },
  { perSecond: Number.NaN },
  { perSecond: 1, burst: 0 },
  { perSecond: 1, burst: 1.5 },
  { perSecond: 1, most: 0 },
])('a range is checked: %o', (options) => {
  expect(() => new RateLimit(options)).toThrow(RangeError);
});

describe('whenever requests come', () => {
  test('any stretch lets through at most the burst and its share of the rate, and retryAfterMs is when the next one passes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 3, 7, 50),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.double({ min: 0, max: 400, noNaN: true }), { maxLength: 60 }),
        fc.constantFrom(0, 1_795_000_000_000),
        (perSecond, burst, gaps, start) => {
          const limit = new RateLimit({ perSecond, burst });
          const passed: number[] = [];
          let now = start;
          for (const gap of gaps) {
            now += gap;
            if (limit.allow(now, 'ana')) {
              passed.push(now);
              continue;
            }
            const { retryAfterMs } = limit;
            expect(retryAfterMs).toBeGreaterThan(0);
            if (retryAfterMs > 1) expect(limit.allow(now + retryAfterMs - 1, 'ana')).toBe(false);
            now += retryAfterMs;
            expect(limit.allow(now, 'ana')).toBe(true);
            passed.push(now);
          }
          for (const [i, from] of passed.entries())
            for (const [j, to] of passed.entries())
              if (j >= i)
                expect(j - i + 1).toBeLessThanOrEqual(burst + ((to - from) * perSecond) / 1_000 + 0.01);
        },
      ),
      { numRuns: 500 },
    );
  });
});
