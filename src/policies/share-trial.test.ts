import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomStream } from '../random.ts';
import { ShareTrial, upperTail } from './share-trial.ts';

/** P(X ≥ k), term by term in exact integers over a power of ten. */
function slowTail(n: number, k: number, percent: number): number {
  let sum = 0n;
  let choose = 1n;
  for (let i = 0; i <= n; i++) {
    if (i >= k) sum += choose * BigInt(percent) ** BigInt(i) * BigInt(100 - percent) ** BigInt(n - i);
    choose = (choose * BigInt(n - i)) / BigInt(i + 1);
  }
  return Number((sum * 10n ** 40n) / 100n ** BigInt(n)) / 1e40;
}

describe('the upper tail of a binomial distribution', () => {
  test('is what a sum in exact integers gives', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 120 }),
        fc.nat(130),
        fc.integer({ min: 1, max: 99 }),
        (n, k, p) => {
          const exact = slowTail(n, k, p);
          expect(Math.abs(upperTail(n, k, p / 100) - exact)).toBeLessThanOrEqual(1e-9 + exact * 1e-6);
        },
      ),
      { seed: 8, numRuns: 300 },
    );
  });
});

describe('ShareTrial', () => {
  const of = (good: number, bad: number, otherGood: number, otherBad: number): ShareTrial => {
    const trial = new ShareTrial(0, { lastsMs: 1000 });
    for (let i = 0; i < otherGood; i++) trial.record(false, true);
    for (let i = 0; i < otherBad; i++) trial.record(false, false);
    for (let i = 0; i < good; i++) trial.record(true, true);
    for (let i = 0; i < bad; i++) trial.record(true, false);
    return trial;
  };

  test('passes when its time is up, and says on how many requests', () => {
    const trial = of(100, 0, 900, 0);
    expect(trial.verdict(999)).toEqual({ kind: 'going' });
    expect(trial.verdict(1000)).toEqual({ kind: 'passed', requests: 100 });
  });

  test('goes on where so few have come that nothing can be said, at most ten times as long', () => {
    const trial = of(99, 0, 900, 0);
    expect(trial.verdict(1000)).toEqual({ kind: 'going' });
    expect(trial.verdict(9999)).toEqual({ kind: 'going' });
    expect(trial.verdict(10_000)).toEqual({ kind: 'passed', requests: 99 });
    trial.record(true, true);
    expect(trial.verdict(1000)).toEqual({ kind: 'passed', requests: 100 });
    expect(of(0, 0, 1, 0).verdict(1000)).toEqual({ kind: 'going' });
  });

  test('passes on no request at all', () =>
    expect(of(0, 0, 0, 0).verdict(1000)).toEqual({ kind: 'passed', requests: 0 }));

  test('fails before its time when all is bad that is otherwise good', () =>
    expect(of(0, 3, 30, 0).verdict(1)).toEqual({ kind: 'failed', requests: 3, bad: 3 }));

  test('finds a bad answer in twenty where the other has none', () =>
    expect(of(95, 5, 900, 0).verdict(1).kind).toBe('failed'));

  test('blames it for nothing that is as bad by what is in force', () => {
    expect(of(50, 50, 450, 450).verdict(1).kind).toBe('going');
    expect(of(0, 30, 0, 300).verdict(1).kind).toBe('going');
  });

  test('makes nothing of two bad answers', () => expect(of(0, 2, 1000, 0).verdict(1).kind).toBe('going'));

  test('hardly ever blames one that is as good', () => {
    let failed = 0;
    for (let round = 0; round < 400; round++) {
      const draw = randomStream('trial', round);
      const trial = new ShareTrial(0, { lastsMs: 1 });
      for (let i = 0; i < 1000; i++) trial.record(draw() < 0.1, draw() >= 0.03);
      if (trial.verdict(1).kind === 'failed') failed++;
    }
    expect(failed).toBeLessThan(6);
  });

  test('refuses options that mean nothing', () => {
    expect(() => new ShareTrial(0, { lastsMs: -1 })).toThrow(RangeError);
    expect(() => new ShareTrial(0, { lastsMs: 1, alpha: 1 })).toThrow(RangeError);
  });
});
