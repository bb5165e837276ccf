import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Probing } from './probing.ts';

fc.configureGlobal({ seed: 1 });

test('nothing is said before the first probe', () => {
  expect(new Probing().level).toBeUndefined();
});

test('the first probe decides alone, and each of the last three counts a third', () => {
  const probing = new Probing();
  const told = [false, true, true, true, false, false, false].map((isGood) => probing.record(isGood));
  expect(told).toEqual([0, 1 / 2, 2 / 3, 1, 2 / 3, 1 / 3, 0]);
  expect(probing.level).toBe(0);
});

test.each([0, -1, 1.5, 1_001, Number.NaN])('a range is checked: %d', (window) => {
  expect(() => new Probing({ window })).toThrow(RangeError);
});

describe('whatever the probes say', () => {
  test('the level is the share of the last ones', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.boolean(), { maxLength: 50 }),
        (window, probes) => {
          const probing = new Probing({ window });
          for (const [i, isGood] of probes.entries()) {
            const last = probes.slice(Math.max(0, i + 1 - window), i + 1);
            expect(probing.record(isGood)).toBe(last.filter(Boolean).length / last.length);
          }
        },
      ),
    );
  });
});
