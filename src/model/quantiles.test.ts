import { describe, expect, test } from 'vitest';
import { randomStream, beta } from '../random.ts';
import { betaIntegral, betaQuantile } from './index.ts';

const SHARES = [0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999];

/**
 * Iₓ(a, b) again, slowly and by nothing that is used there: the density is integrated over u with t = sin²u, where it is smooth at both
 * ends for a, b ≥ ½, by Simpson's rule, and divided by the same over everything.
 */
function integrated(x: number, a: number, b: number): number {
  const upTo = (end: number): number => {
    const steps = 20_000;
    const f = (u: number): number => Math.sin(u) ** (2 * a - 1) * Math.cos(u) ** (2 * b - 1);
    let sum = 0;
    for (let i = 0; i <= steps; i++)
      sum += (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2) * f((end * i) / steps);
    return (sum * end) / steps / 3;
  };
  return upTo(Math.asin(Math.sqrt(x))) / upTo(Math.PI / 2);
}

describe('a quantile of the beta distribution', () => {
  test.each(SHARES)('is what closed forms say at %d', (p) => {
    expect(betaQuantile(p, 1, 1)).toBeCloseTo(p, 14);
    for (const n of [2, 7, 30.5]) {
      expect(betaQuantile(p, n, 1) / p ** (1 / n)).toBeCloseTo(1, 12);
      expect(betaQuantile(p, 1, n) / -Math.expm1(Math.log1p(-p) / n)).toBeCloseTo(1, 11);
    }
    // Jeffreys' prior itself is the arcsine distribution.
    expect(betaQuantile(p, 0.5, 0.5) / Math.sin((Math.PI * p) / 2) ** 2).toBeCloseTo(1, 11);
  });

  // Beta(½, 1½) has the integral (2/π)(asin √x + √(x(1 − x))).
  test('is what closed forms say of an event not seen in one trial, or seen', () => {
    for (const p of SHARES) {
      const x = betaQuantile(p, 0.5, 1.5);
      expect((2 / Math.PI) * (Math.asin(Math.sqrt(x)) + Math.sqrt(x * (1 - x)))).toBeCloseTo(p, 13);
      expect(betaQuantile(1 - p, 1.5, 0.5)).toBeCloseTo(1 - x, 12);
    }
  });

  test('is that of F and of chi-square, as tables have them', () => {
    // NIST/SEMATECH e-Handbook 1.3.6.7.3, upper 5 % of F: with ν₁ and ν₂ degrees of freedom, x = ν₁F / (ν₁F + ν₂) is Beta(ν₁/2, ν₂/2).
    for (const [one, other, f] of [
      [1, 1, 161.448],
      [1, 10, 4.965],
      [1, 15, 4.543],
      [3, 9, 3.863],
      [5, 5, 5.05],
      [10, 20, 2.348],
    ] as const)
      expect((one * f) / (one * f + other)).toBeCloseTo(betaQuantile(0.95, one / 2, other / 2), 4);
    // Many trials: n·x goes to half of chi-square with one degree of freedom.
    expect(betaQuantile(0.95, 0.5, 1e7) * 1e7 * 2).toBeCloseTo(3.8414588, 5);
  });

  test('is turned round when well and failed change places', () => {
    for (const [a, b] of [
      [0.5, 7.5],
      [2.5, 5.5],
      [40.5, 0.5],
    ] as const)
      for (const p of SHARES) expect(betaQuantile(p, a, b)).toBeCloseTo(1 - betaQuantile(1 - p, b, a), 12);
  });

  test('is exact far out, where it is next to nothing', () => {
    expect(betaQuantile(1e-12, 0.5, 0.5) / (Math.PI / 2e12) ** 2).toBeCloseTo(1, 10);
    expect(betaQuantile(0.05, 0.5, 1000.5)).toBeGreaterThan(0);
    expect(betaQuantile(0.95, 1000.5, 0.5)).toBeLessThan(1);
  });
});

describe('the incomplete beta function', () => {
  test('is what summing the density gives', () => {
    for (const a of [0.5, 1, 1.5, 3.5, 12.5, 60.5])
      for (const b of [0.5, 1, 2.5, 9.5, 200.5])
        for (const x of [0.001, 0.05, 0.3, 0.5, 0.77, 0.98])
          expect([a, b, x, betaIntegral(x, a, b)]).toEqual([
            a,
            b,
            x,
            expect.closeTo(integrated(x, a, b), 10),
          ]);
  });

  test('rises from 0 to 1, also for a hundred thousand trials', () => {
    for (const [a, b] of [
      [0.5, 100_000.5],
      [99_990.5, 10.5],
      [50_000.5, 50_000.5],
    ] as const) {
      const values = Array.from({ length: 201 }, (_, i) => betaIntegral(i / 200, a, b));
      expect(values[0]).toBe(0);
      expect(values.at(-1)).toBe(1);
      for (const [i, value] of values.entries())
        expect(value).toBeGreaterThanOrEqual((values[i - 1] ?? 0) - 1e-12);
      expect(betaIntegral(betaQuantile(0.05, a, b), a, b)).toBeCloseTo(0.05, 9);
    }
  });
});

test('draws from a beta distribution lie as its integral says', () => {
  for (const [a, b] of [
    [0.5, 0.5],
    [0.5, 7.5],
    [2.5, 5.5],
    [30.5, 1.5],
  ] as const) {
    const random = randomStream(`beta ${a} ${b}`);
    const drawn = Float64Array.from({ length: 20_000 }, () => beta(a, b, random)).sort();
    // Kolmogorov and Smirnov: 1.95 / √n is passed once in a thousand.
    const gap = drawn.reduce(
      (most, x, i) => Math.max(most, Math.abs(betaIntegral(x, a, b) - (i + 0.5) / drawn.length)),
      0,
    );
    expect(gap).toBeLessThan(1.95 / Math.sqrt(drawn.length));
  }
});

test('intervals are as docs/drill-evidence.md rounds them', () => {
  const shown = ([made, tried]: readonly [number, number]): readonly string[] =>
    [0.05, 0.95].map((p) => (betaQuantile(p, made + 0.5, tried - made + 0.5) * 100).toFixed(2));
  expect(
    (
      [
        [1, 1],
        [3, 3],
        [7, 7],
        [20, 20],
        [6, 7],
      ] as const
    ).map(shown),
  ).toEqual([
    ['22.85', '99.85'],
    ['55.59', '99.94'],
    ['76.75', '99.97'],
    ['90.95', '99.99'],
    ['55.96', '97.42'],
  ]);
});
