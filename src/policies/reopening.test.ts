import { describe, expect, test } from 'vitest';
import { Reopening } from './reopening.ts';

const NEVER = Number.POSITIVE_INFINITY;
const ALL = [true, true, true];
const DOWN = 3;

describe('before the stop has been long', () => {
  test('any mode may be taken', () => {
    const reopening = new Reopening(1800, 600);
    expect(reopening.limit(1899, DOWN, ALL, 100, 100)).toEqual({ best: 0, wakeAt: NEVER });
  });
});

describe('after so long away from the first mode', () => {
  test('the lowest mode that works may be taken from down', () => {
    const reopening = new Reopening(1800, 600);
    expect(reopening.limit(1900, DOWN, ALL, 100, Number.NEGATIVE_INFINITY)).toEqual({
      best: 2,
      wakeAt: NEVER,
    });
    expect(reopening.limit(1900, DOWN, [true, true, false], 100, Number.NEGATIVE_INFINITY).best).toBe(1);
  });

  test('the next better mode that works may be taken once the present one has been kept for a step', () => {
    const reopening = new Reopening(1800, 600);
    expect(reopening.limit(2499, 2, ALL, 100, 1900)).toEqual({ best: 2, wakeAt: 2500 });
    expect(reopening.limit(2500, 2, ALL, 100, 1900)).toEqual({ best: 1, wakeAt: NEVER });
    expect(reopening.limit(2500, 2, [true, false, true], 100, 1900).best).toBe(0);
  });

  test('none where no better mode works', () => {
    const reopening = new Reopening(1800, 600);
    expect(reopening.limit(9000, 2, [false, false, true], 100, 1900)).toEqual({ best: 2, wakeAt: NEVER });
  });

  test('until the first mode is reached; then the next stop counts by itself', () => {
    const reopening = new Reopening(1800, 600);
    expect(reopening.limit(2000, DOWN, ALL, 100, Number.NEGATIVE_INFINITY).best).toBe(2);
    expect(reopening.limit(3000, 0, ALL, 100, 2600).best).toBe(0);
    expect(reopening.limit(3100, DOWN, ALL, 3050, 3050).best).toBe(0);
  });
});

test.each([
  [-1, 0],
  [0, -1],
  [Number.NaN, 0],
  [0, Number.NaN],
])('a range is checked: after %d, step %d', (after, step) => {
  expect(() => new Reopening(after, step)).toThrow(RangeError);
});
