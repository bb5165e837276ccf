import { describe, expect, test } from 'vitest';
import { gamma, normal, randomStream } from './random.ts';

const DRAWS = 100_000;

function moments(draw: () => number): { mean: number; variance: number } {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < DRAWS; i++) {
    const x = draw();
    sum += x;
    squares += x * x;
  }
  const mean = sum / DRAWS;
  return { mean, variance: squares / DRAWS - mean ** 2 };
}

const first = (count: number, random: () => number): number[] => Array.from({ length: count }, random);

describe('a stream', () => {
  test('of the same name and seed gives the same numbers, on this and on every machine', () => {
    expect(first(100, randomStream('plan', 7))).toEqual(first(100, randomStream('plan', 7)));
    expect(first(3, randomStream('aws'))).toMatchInlineSnapshot(`
      [
        0.4123504620511085,
        0.678334865020588,
        0.9364710035733879,
      ]
    `);
  });

  test('of another name or another seed gives others', () => {
    const numbers = [
      randomStream('a', 1),
      randomStream('a', 2),
      randomStream('b', 1),
      randomStream('ab', 1),
    ].map((random) => first(5, random).join());
    expect(new Set(numbers).size).toBe(4);
  });

  test('lies in 0 to 1, evenly', () => {
    const random = randomStream('even');
    const buckets = new Array<number>(20).fill(0);
    for (let i = 0; i < DRAWS; i++) {
      const x = random();
      expect(x >= 0 && x < 1).toBe(true);
      const bucket = Math.floor(x * 20);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    const expected = DRAWS / 20;
    const chiSquare = buckets.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // The 99.9 % point of chi-square with 19 degrees of freedom.
    expect(chiSquare).toBeLessThan(43.8);
  });
});

test('normal draws have mean 0 and variance 1', () => {
  const random = randomStream('normal');
  const { mean, variance } = moments(() => normal(random));
  expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(DRAWS));
  expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / DRAWS));
});

test.each([0.5, 1, 1.5, 3.5, 40])('gamma draws of shape %d have that mean and variance', (shape) => {
  const random = randomStream('gamma');
  const { mean, variance } = moments(() => gamma(shape, random));
  expect(Math.abs(mean - shape)).toBeLessThan(4 * Math.sqrt(shape / DRAWS));
  // The fourth central moment of a gamma variable is 3k² + 6k.
  expect(Math.abs(variance - shape)).toBeLessThan(4 * Math.sqrt((2 * shape ** 2 + 6 * shape) / DRAWS));
});
