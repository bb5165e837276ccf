import { describe, expect, test } from 'vitest';
import { randomStream } from '../random.ts';
import { OutageProcess } from './outage-process.ts';

const DRAWS = 100_000;
/** A mean lies this many standard errors from what it estimates in one of 16,000 cases; the seeds are fixed. */
const ERRORS = 4;
const HOUR = 3_600_000;
const UP = 10 * HOUR;
const DOWN = 2 * HOUR;
const SHARE = DOWN / (UP + DOWN);

const draws = (count: number, draw: () => number): number[] => Array.from({ length: count }, draw);
const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** That a mean is what it should be, given the variance that one draw should have. */
function expectMean(values: readonly number[], mean: number, variance: number): void {
  expect(Math.abs(meanOf(values) - mean)).toBeLessThan(ERRORS * Math.sqrt(variance / values.length));
}

/** A lognormal time with mean m has E(Xᵏ) = mᵏ · exp(σ² · k(k − 1) ÷ 2). */
const moment = (k: number, sigma: number): number => DOWN ** k * Math.exp((sigma ** 2 * k * (k - 1)) / 2);

const process = (sigma: number, name = 'process', seed = 1): OutageProcess =>
  new OutageProcess(UP, DOWN, sigma, randomStream(name, seed));

describe('times of work', () => {
  test('are exponential: mean and standard deviation are the same, and a share of 1/e is longer', () => {
    const one = process(1);
    const times = draws(DRAWS, () => one.upMs());
    expectMean(times, UP, UP ** 2);
    expectMean(
      times.map((time) => time ** 2),
      2 * UP ** 2,
      20 * UP ** 4, // E(X⁴) − E(X²)² = (24 − 4) · mean⁴
    );
    const longer = Math.exp(-1);
    expectMean(
      times.map((time) => (time > UP ? 1 : 0)),
      longer,
      longer * (1 - longer),
    );
  });
});

describe('times of failure', () => {
  test.each([0.3, 0.8, 1.2])('are lognormal with the mean that was asked and spread %d', (sigma) => {
    const one = process(sigma);
    const times = draws(DRAWS, () => one.downMs());
    expectMean(times, DOWN, moment(2, sigma) - DOWN ** 2);
    const logs = times.map(Math.log);
    expectMean(logs, Math.log(DOWN) - sigma ** 2 / 2, sigma ** 2);
    const center = meanOf(logs);
    expectMean(
      logs.map((log) => (log - center) ** 2),
      sigma ** 2,
      2 * sigma ** 4,
    );
  });

  test('are all as long as the mean where there is no spread', () => {
    const one = process(0);
    for (const time of draws(10, () => one.downMs())) expect(time).toBeCloseTo(DOWN, 3);
  });
});

describe('in the long run', () => {
  test.each([0, 0.8])(
    'the share of time in failure is rate · mean ÷ (1 + rate · mean), spread %d',
    (sigma) => {
      const one = process(sigma);
      const cycles = draws(DRAWS, () => 0).map(() => ({ up: one.upMs(), down: one.downMs() }));
      const up = meanOf(cycles.map((cycle) => cycle.up));
      const down = meanOf(cycles.map((cycle) => cycle.down));
      // The delta method for a ratio of means of independent times.
      const variance =
        ((1 - SHARE) ** 2 * (moment(2, sigma) - DOWN ** 2) + SHARE ** 2 * UP ** 2) / (UP + DOWN) ** 2;
      expect(Math.abs(down / (up + down) - SHARE)).toBeLessThan(ERRORS * Math.sqrt(variance / DRAWS));
      expect(SHARE).toBeCloseTo(((1 / UP) * DOWN) / (1 + (1 / UP) * DOWN), 12);
    },
  );
});

describe('the beginning', () => {
  test.each([0, 0.8, 1.2])('is in the long-run state, spread %d', (sigma) => {
    const one = process(sigma);
    const begun = draws(DRAWS, () => 0).map(() => one.begin());
    expectMean(
      begun.map(({ isDown }) => (isDown ? 1 : 0)),
      SHARE,
      SHARE * (1 - SHARE),
    );
    // What is left of the time that a moment falls into: E(Rᵏ) = E(Xᵏ⁺¹) ÷ ((k + 1) · E(X)).
    const left = begun.filter(({ isDown }) => isDown).map(({ leftMs }) => leftMs);
    const mean = moment(2, sigma) / (2 * DOWN);
    expectMean(left, mean, moment(3, sigma) / (3 * DOWN) - mean ** 2);
    // Exponential times have no memory.
    const working = begun.filter(({ isDown }) => !isDown).map(({ leftMs }) => leftMs);
    expectMean(working, UP, UP ** 2);
  });

  test('stays in it: at every later moment the same share is in failure', () => {
    const moments = [0.5, 1, 3, 20].map((hours) => hours * HOUR);
    const failed = moments.map(() => [] as number[]);
    const one = process(0.8);
    for (let run = 0; run < 20_000; run++) {
      let { isDown, leftMs: until } = one.begin();
      for (const [i, at] of moments.entries()) {
        while (until <= at) {
          isDown = !isDown;
          until += isDown ? one.downMs() : one.upMs();
        }
        failed[i]?.push(isDown ? 1 : 0);
      }
    }
    for (const one of failed) expectMean(one, SHARE, SHARE * (1 - SHARE));
  });
});

test('the same seed gives the same times, another seed or name others', () => {
  const run = (name: string, seed: number): string => {
    const one = process(0.8, name, seed);
    return JSON.stringify([one.begin(), draws(5, () => one.upMs()), draws(5, () => one.downMs())]);
  };
  expect(run('a', 1)).toBe(run('a', 1));
  expect(new Set([run('a', 1), run('a', 2), run('b', 1)]).size).toBe(3);
});
