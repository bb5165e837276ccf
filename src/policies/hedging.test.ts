import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomStream } from '../random.ts';
import { Hedging } from './hedging.ts';

fc.configureGlobal({ seed: 1 });

/** One bucket's width. */
const WIDTH = 2 ** (1 / 8);

function fed(hedging: Hedging, latencies: Iterable<number>): Hedging {
  for (const latency of latencies) hedging.record(latency);
  return hedging;
}

const repeated = (latency: number, times: number): number[] => new Array<number>(times).fill(latency);

test('the longest delay is kept until enough is known', () => {
  const hedging = fed(new Hedging(), repeated(15, 99));
  expect(hedging.delayMs()).toBe(150);
  hedging.record(15);
  expect(hedging.delayMs()).toBeGreaterThanOrEqual(30);
  expect(hedging.delayMs()).toBeLessThanOrEqual(30 * WIDTH);
});

test('a fast upstream is never hedged before the least, a slow one never after the most', () => {
  expect(fed(new Hedging(), repeated(0.2, 1_000)).delayMs()).toBe(20);
  expect(fed(new Hedging(), repeated(2_000, 1_000)).delayMs()).toBe(150);
});

test('one slow attempt in thirty does not move it, one in ten does', () => {
  const every = (n: number): number[] => Array.from({ length: 900 }, (_, i) => (i % n === 0 ? 60 : 5));
  expect(fed(new Hedging(), every(30)).delayMs()).toBe(20);
  expect(fed(new Hedging(), every(10)).delayMs()).toBeCloseTo(120, -1);
});

test('what has changed shows: slower within a tenth of the memory, faster within five halvings', () => {
  const hedging = fed(new Hedging(), repeated(12, 10_000));
  expect(hedging.delayMs()).toBeLessThan(27);
  fed(hedging, repeated(50, 64));
  expect(hedging.delayMs()).toBeGreaterThanOrEqual(100);
  fed(hedging, repeated(50, 10_000));
  fed(hedging, repeated(12, 5 * 320));
  expect(hedging.delayMs()).toBeLessThan(27);
});

test('slow attempts that are all of different length are not lost when the counts are halved', () => {
  const hedging = new Hedging({ leastMs: 1, mostMs: 2_000, factor: 1 });
  for (let i = 0; i < 10_000; i++) {
    hedging.record(i % 12 === 0 ? 50 * WIDTH ** ((i / 12) % 40) : 5);
    if (i > 100) expect(hedging.delayMs()).toBeGreaterThanOrEqual(50);
  }
});

test('what is no latency does no harm', () => {
  const hedging = fed(new Hedging(), repeated(15, 200));
  const before = hedging.delayMs();
  hedging.record(Number.NaN);
  expect(hedging.delayMs()).toBe(before);
  fed(hedging, [-1, -1e9, 0, Number.POSITIVE_INFINITY, Number.MAX_VALUE, Number.MIN_VALUE]);
  expect(hedging.delayMs()).toBe(before);
});

test('one delay for all when the least is the most', () => {
  expect(fed(new Hedging({ leastMs: 50, mostMs: 50 }), repeated(1, 500)).delayMs()).toBe(50);
});

test.each([
  { leastMs: 0 },
  { leastMs: 200 },
  { mostMs: Number.POSITIVE_INFINITY },
  { mostMs: Number.NaN },
  { factor: 0 },
  { factor: Number.NaN },
  { quantile: 0 },
  { quantile: 1 },
])('a range is checked: %o', (options) => {
  expect(() => new Hedging(options)).toThrow(RangeError);
});

describe('against exact quantiles', () => {
  test('it is rounded up, by one bucket at most', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0.5, 0.9, 0.95),
        fc.array(fc.double({ min: 0.01, max: 5_000, noNaN: true }), { minLength: 100, maxLength: 159 }),
        fc.constantFrom(1, 2, 3.5),
        (quantile, latencies, factor) => {
          // Fewer than are halved for any of these: 16 / 0.05 and 16 / 0.1; of the median only the last are whole.
          const kept = quantile === 0.5 ? latencies.slice(0, 31) : latencies;
          const hedging = fed(new Hedging({ leastMs: 2, mostMs: 4_000, factor, quantile }), kept);
          const sorted = [...kept].sort((a, b) => a - b);
          const exact = (sorted[Math.ceil(quantile * kept.length - 1e-9) - 1] ?? 0) * factor;
          const clamp = (ms: number): number => Math.min(4_000, Math.max(2, ms));
          expect(hedging.delayMs()).toBeGreaterThanOrEqual(clamp(exact) * (1 - 1e-9));
          expect(hedging.delayMs()).toBeLessThanOrEqual(clamp(exact * WIDTH) * (1 + 1e-9));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('over a long run, halved many times, it stays by the quantile of what comes in', () => {
    const random = randomStream('hedging');
    const hedging = new Hedging({ leastMs: 1, mostMs: 1_000, factor: 1 });
    const delays: number[] = [];
    for (let i = 0; i < 200_000; i++) {
      hedging.record(-10 * Math.log(1 - random()));
      if (i > 1_000) delays.push(hedging.delayMs());
    }
    const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
    const exact = -10 * Math.log(0.05);
    expect(mean).toBeGreaterThan(exact * 0.97);
    expect(mean).toBeLessThan(exact * WIDTH * 1.03);
    // About 480 samples remembered: the share beyond is known to a fifth or so, the quantile to a tenth.
    expect(Math.max(...delays.slice(0, 50_000))).toBeLessThan(exact * 1.5);
    expect(Math.min(...delays.slice(0, 50_000))).toBeGreaterThan(exact * 0.7);
  });
});
