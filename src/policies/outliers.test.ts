import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomStream } from '../random.ts';
import { Outliers, type OutliersOptions } from './outliers.ts';

fc.configureGlobal({ seed: 1 });

const NEVER = Number.POSITIVE_INFINITY;

/** One request every `everyMs`: `'##.'` is two good ones and a bad one. */
function feed(outliers: Outliers, from: number, everyMs: number, script: string): void {
  for (const [i, result] of [...script].entries()) outliers.record(from + i * everyMs, result === '#');
}

/** Ejected at the moment given. */
function ejected(now: number, options: OutliersOptions = {}): Outliers {
  const outliers = new Outliers(options);
  feed(outliers, now, 0, '...');
  return outliers;
}

describe('while little is known', () => {
  test('nothing seen is not bad', () => {
    const outliers = new Outliers();
    expect(outliers.level(0)).toBe(1);
    expect(outliers.wakeAt).toBe(NEVER);
  });

  test('fewer than five requests show nothing, two bad ones of five do, a good one being the fifth', () => {
    const outliers = new Outliers();
    feed(outliers, 0, 10, '.#.#');
    expect(outliers.level(50)).toBe(1);
    outliers.record(60, true);
    expect(outliers.level(60)).toBe(0.6);
  });

  test('one bad request alone shows nothing', () => {
    const outliers = new Outliers();
    feed(outliers, 0, 10, '##.###');
    expect(outliers.level(100)).toBe(1);
    expect(outliers.isEjected).toBe(false);
  });
});

describe('failures in a row', () => {
  test('three are enough without anything else', () => {
    const outliers = new Outliers();
    feed(outliers, 0, 10, '..');
    expect(outliers.level(20)).toBe(1);
    outliers.record(20, false);
    expect(outliers.level(20)).toBe(0);
    expect(outliers.wakeAt).toBe(10_020);
  });

  test('also minutes apart, but not with a good one in between', () => {
    const apart = new Outliers();
    feed(apart, 0, 60_000, '...');
    expect(apart.level(120_000)).toBe(0);
    const mixed = new Outliers();
    feed(mixed, 0, 60_000, '..#..');
    expect(mixed.level(240_000)).toBe(1);
  });

  test.each([
    [7, 3],
    [8, 4],
    [96, 4],
    [97, 5],
    [4_000, 6],
  ])('after %d good ones in the window %d count at once', (good, enough) => {
    const outliers = new Outliers({ least: 1_000_000 });
    for (let i = 0; i < good; i++) outliers.record(i, true);
    for (let i = 0; i < enough - 1; i++) outliers.record(good, false);
    expect(outliers.level(good)).toBe(1);
    outliers.record(good, false);
    expect(outliers.level(good)).toBe(0);
  });

  test('a busy upstream that fails one request in twenty is not ejected in an hour', () => {
    const random = randomStream('outliers');
    const outliers = new Outliers();
    for (let i = 0; i < 3_600_000; i++) outliers.record(i, random() >= 0.05);
    expect(outliers.level(3_600_000)).toBeGreaterThan(0.93);
    expect(outliers.isEjected).toBe(false);
  });

  test('a busy upstream that dies is out after six more requests', () => {
    const outliers = new Outliers();
    for (let i = 0; i < 5_000; i++) outliers.record(i, true);
    let failures = 0;
    for (; outliers.level(5_000) > 0; failures++) outliers.record(5_000, false);
    expect(failures).toBe(6);
  });
});

describe('the window', () => {
  test('is left in steps of a bucket, and wakes for each', () => {
    const outliers = new Outliers({ usable: 0, consecutive: 100 });
    feed(outliers, 100, 0, '####');
    expect(outliers.wakeAt).toBe(NEVER);
    feed(outliers, 700, 0, '..');
    expect(outliers.level(700)).toBe(4 / 6);
    expect(outliers.wakeAt).toBe(5_000);
    expect(outliers.level(4_999)).toBe(4 / 6);
    expect(outliers.level(5_000)).toBe(1); // two are too few
    expect(outliers.wakeAt).toBe(5_500);
    outliers.level(5_500);
    expect(outliers.wakeAt).toBe(NEVER);
  });

  test('an upstream can fall below usable by time alone, and is ejected at that very moment whenever it is asked', () => {
    const outliers = new Outliers({ consecutive: 100 });
    feed(outliers, 0, 0, '#'.repeat(60));
    feed(outliers, 4_000, 0, `${'#'.repeat(5)}${'.'.repeat(5)}`);
    expect(outliers.level(4_900)).toBeGreaterThan(0.9);
    expect(outliers.level(5_250)).toBe(0.5);
    expect(outliers.wakeAt).toBe(15_000);
  });
});

describe('an ejection', () => {
  test('holds the level that was seen, whatever is recorded meanwhile', () => {
    const outliers = new Outliers();
    feed(outliers, 1_000, 0, '#.##.');
    expect(outliers.level(1_000)).toBe(0.6);
    feed(outliers, 1_001, 100, '#'.repeat(90));
    expect(outliers.level(10_999)).toBe(0.6);
    expect(outliers.isEjected).toBe(true);
  });

  test('ends in not knowing: nothing from before counts any more', () => {
    const outliers = ejected(1_000);
    feed(outliers, 10_999, 0, '..');
    expect(outliers.level(11_000)).toBe(1);
    expect(outliers.wakeAt).toBe(NEVER);
    feed(outliers, 11_000, 0, '..');
    expect(outliers.level(11_000)).toBe(1);
    outliers.record(11_000, false);
    expect(outliers.level(11_000)).toBe(0);
  });

  test('lasts twice as long each time in a row, five minutes at most', () => {
    const outliers = new Outliers();
    const lengths: number[] = [];
    let now = 0;
    for (let i = 0; i < 8; i++) {
      feed(outliers, now, 0, '...');
      lengths.push(outliers.wakeAt - now);
      now = outliers.wakeAt + 1_000;
    }
    expect(lengths.map((ms) => ms / 1_000)).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
  });

  test('is a first one again after as long without one', () => {
    const outliers = ejected(0);
    feed(outliers, 19_999, 0, '...'); // free since 10,000
    expect(outliers.wakeAt).toBe(19_999 + 20_000);
    feed(outliers, 59_999, 0, '...'); // free since 39,999
    expect(outliers.wakeAt).toBe(59_999 + 10_000);
  });

  test('is over whenever it is asked the next time', () => {
    const outliers = ejected(0);
    expect(outliers.level(1e9)).toBe(1);
  });
});

test.each([
  { windowMs: 0 },
  { windowMs: Number.NaN },
  { buckets: 0 },
  { least: 0 },
  { leastBad: 1.5 },
  { consecutive: 0 },
  { usable: 1.1 },
  { ejectionMs: 0 },
  { mostEjectionMs: 1 },
])('a range is checked: %o', (options) => {
  expect(() => new Outliers(options)).toThrow(RangeError);
});

interface Sample {
  readonly at: number;
  readonly isGood: boolean;
}

const traffic: fc.Arbitrary<Sample[]> = fc
  .array(
    fc.record({
      after: fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: 0, max: 300 }) },
        fc.integer({ min: 0, max: 30_000 }),
      ),
      isGood: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.boolean()),
    }),
    { maxLength: 80 },
  )
  .map((list) => {
    let at = 0;
    return list.map(({ after, isGood }) => {
      at += after;
      return { at, isGood };
    });
  });
const moments = fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 30 });

describe('whatever traffic shows', () => {
  test('without ejections the level is the share of good ones in the buckets that count', () => {
    fc.assert(
      fc.property(traffic, (samples) => {
        const outliers = new Outliers({ usable: 0, consecutive: 1_000 });
        for (const [i, { at, isGood }] of samples.entries()) {
          outliers.record(at, isGood);
          const recent = samples
            .slice(0, i + 1)
            .filter((s) => Math.floor(s.at / 500) > Math.floor(at / 500) - 10);
          const good = recent.filter((s) => s.isGood).length;
          const isKnown = recent.length >= 5 && recent.length - good >= 2;
          expect(outliers.level(at)).toBe(isKnown ? good / recent.length : 1);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('asking in between changes nothing that is answered later', () => {
    fc.assert(
      fc.property(traffic, moments, (samples, extra) => {
        const quiet = new Outliers();
        const asked = new Outliers();
        const questions = [...extra].sort((a, b) => a - b);
        for (const { at, isGood } of samples) {
          while ((questions[0] ?? NEVER) <= at) asked.level(questions.shift() ?? 0);
          quiet.record(at, isGood);
          asked.record(at, isGood);
          expect(asked.level(at)).toBe(quiet.level(at));
          expect(asked.wakeAt).toBe(quiet.wakeAt);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('by time alone the level changes at wakeAt or not at all, and wakeAt is always still to come', () => {
    fc.assert(
      fc.property(traffic, (samples) => {
        const outliers = new Outliers();
        for (const [i, { at, isGood }] of samples.entries()) {
          outliers.record(at, isGood);
          const next = samples[i + 1]?.at ?? at + 1_000_000;
          for (let now = at; now < next; now = Math.min(next, outliers.wakeAt)) {
            const level = outliers.level(now);
            expect(outliers.wakeAt).toBeGreaterThan(now);
            const before = Math.min(outliers.wakeAt, next) - 0.25;
            if (before > now) expect(outliers.level(before)).toBe(level);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a level below usable means ejected, and that lasts as long as it should', () => {
    fc.assert(
      fc.property(traffic, (samples) => {
        const outliers = new Outliers();
        for (const { at, isGood } of samples) {
          outliers.record(at, isGood);
          const level = outliers.level(at);
          expect(level < 0.9 - 1e-9).toBe(outliers.isEjected);
          if (outliers.isEjected) expect(outliers.wakeAt - at).toBeLessThanOrEqual(300_000);
        }
      }),
      { numRuns: 500 },
    );
  });
});
