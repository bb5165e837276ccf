import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Hold, Lever } from './lever.ts';

fc.configureGlobal({ seed: 1 });

const DOWN = 3;

function holding(hold: Hold): Lever {
  const lever = new Lever(3);
  lever.set(hold);
  return lever;
}

test('without a hand on it the mode is what it is', () => {
  const lever = new Lever(3);
  expect([0, 1, 2, DOWN].map((mode) => lever.step(0, mode))).toEqual([0, 1, 2, DOWN]);
  expect(lever.wakeAt).toBe(Number.POSITIVE_INFINITY);
  expect(lever.held).toBeUndefined();
});

test('capped: none better than that mode, worse ones as they come', () => {
  const lever = holding({ mode: 1, isPinned: false, until: 100 });
  expect([0, 1, 2, DOWN].map((mode) => lever.step(0, mode))).toEqual([1, 1, 2, DOWN]);
});

test('pinned: exactly that mode, whatever works', () => {
  const lever = holding({ mode: 1, isPinned: true, until: 100 });
  expect([0, 1, 2, DOWN].map((mode) => lever.step(0, mode))).toEqual([1, 1, 1, 1]);
});

test('a journey can be held down', () => {
  expect(holding({ mode: DOWN, isPinned: false, until: 100 }).step(0, 0)).toBe(DOWN);
});

test('the hold ends by itself, at its moment', () => {
  const lever = holding({ mode: 2, isPinned: true, until: 100, reason: 'the matcher is slow', by: 'ana' });
  expect(lever.wakeAt).toBe(100);
  expect(lever.step(99, 0)).toBe(2);
  expect(lever.held?.reason).toBe('the matcher is slow');
  expect(lever.step(100, 0)).toBe(0);
  expect(lever.held).toBeUndefined();
  expect(lever.wakeAt).toBe(Number.POSITIVE_INFINITY);
});

test('a hold from before a restart whose end has passed holds nothing', () => {
  expect(holding({ mode: 2, isPinned: true, until: 100 }).step(5_000, 0)).toBe(0);
});

test('the last hand counts, and can be taken off', () => {
  const lever = holding({ mode: 2, isPinned: true, until: 100 });
  lever.set({ mode: 1, isPinned: false, until: 50 });
  expect(lever.wakeAt).toBe(50);
  expect(lever.step(10, 0)).toBe(1);
  lever.clear();
  expect(lever.step(10, 0)).toBe(0);
  expect(lever.wakeAt).toBe(Number.POSITIVE_INFINITY);
});

test.each([
  { mode: -1, isPinned: true, until: 100 },
  { mode: 4, isPinned: true, until: 100 },
  { mode: 0.5, isPinned: true, until: 100 },
  { mode: Number.NaN, isPinned: false, until: 100 },
  { mode: 1, isPinned: true, until: Number.POSITIVE_INFINITY },
  { mode: 1, isPinned: true, until: Number.NaN },
])('a hold that cannot be is refused, and what held before still holds: %o', (hold) => {
  const lever = holding({ mode: 2, isPinned: true, until: 100 });
  expect(() => lever.set(hold)).toThrow(RangeError);
  expect(lever.step(0, 0)).toBe(2);
});

test.each([0, 1.5, Number.NaN])('a range is checked: %d modes', (modes) => {
  expect(() => new Lever(modes)).toThrow(RangeError);
});

describe('whatever is set', () => {
  test('after its end, and without one, nothing is changed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3 }),
        fc.boolean(),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 0, max: 200 }),
        (mode, isPinned, until, offered, now) => {
          const served = holding({ mode, isPinned, until }).step(now, offered);
          if (now >= until) expect(served).toBe(offered);
          else if (isPinned) expect(served).toBe(mode);
          else expect(served).toBe(Math.max(mode, offered));
        },
      ),
    );
  });
});
