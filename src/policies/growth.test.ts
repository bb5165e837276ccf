import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Growth } from './growth.ts';

fc.configureGlobal({ seed: 1 });

interface Moment {
  readonly at: number;
  readonly isShort?: boolean;
  /** @default true */
  readonly isHealthy?: boolean;
  /** @default true */
  readonly canGrow?: boolean;
}

/** When the growth has come (`+`) and gone (`-`). */
function grow(afterMs: number, moments: readonly Moment[], extra: readonly number[] = []): string[] {
  const growth = new Growth(afterMs);
  const changes = [...moments];
  const others = [...extra].sort((a, b) => a - b);
  const told: string[] = [];
  let present: Moment = { at: 0 };
  const step = (now: number): void => {
    const { isShort = false, isHealthy = true, canGrow = true } = present;
    if (growth.step(now, isShort, isHealthy, canGrow)) told.push(`${now} ${growth.isGrown ? '+' : '-'}`);
    expect(growth.wakeAt).toBeGreaterThan(now);
  };
  for (;;) {
    const due = Math.min(changes[0]?.at ?? Number.POSITIVE_INFINITY, growth.wakeAt);
    const other = others[0] ?? Number.POSITIVE_INFINITY;
    if (other < due) {
      others.shift();
      if (other >= present.at) step(other);
      continue;
    }
    if (due === Number.POSITIVE_INFINITY) return told;
    if (changes[0]?.at === due) present = changes.shift() ?? present;
    step(due);
  }
}

test('growth is there after a while, as long as the pool is short', () => {
  expect(
    grow(300, [
      { at: 100, isShort: true },
      { at: 5000, isShort: false },
    ]),
  ).toEqual(['400 +', '5000 -']);
});

test('growth that takes no time is there at once', () => {
  expect(grow(0, [{ at: 100, isShort: true }])).toEqual(['100 +']);
});

test.each([
  ['the pool is no longer short', { isShort: false }],
  ['the member falls ill', { isShort: true, isHealthy: false }],
  ['what growing needs fails', { isShort: true, canGrow: false }],
])('growing begins anew when in between %s', (_, break_) => {
  expect(
    grow(300, [
      { at: 100, isShort: true },
      { at: 399, ...break_ },
      { at: 450, isShort: true },
    ]),
  ).toEqual(['750 +']);
});

test('what it needed may fail once it is there', () => {
  expect(
    grow(300, [
      { at: 100, isShort: true },
      { at: 400, isShort: true, canGrow: false },
      { at: 500, isShort: true, canGrow: false },
    ]),
    // At 400 itself what is observed comes first: growing has been broken off.
  ).toEqual([]);
  expect(
    grow(300, [
      { at: 100, isShort: true },
      { at: 401, isShort: true, canGrow: false },
    ]),
  ).toEqual(['400 +']);
});

test('a member that falls ill loses what has grown and has to grow anew', () => {
  expect(
    grow(300, [
      { at: 100, isShort: true },
      { at: 1000, isShort: true, isHealthy: false },
      { at: 1100, isShort: true },
    ]),
  ).toEqual(['400 +', '1000 -', '1400 +']);
});

test('settling is as if it had always been so', () => {
  const growth = new Growth(300);
  growth.settle(true, true, true);
  expect(growth.isGrown).toBe(true);
  expect(growth.step(0, true, true, false)).toBe(false);
  growth.settle(true, true, false);
  expect(growth.isGrown).toBe(false);
  growth.settle(false, true, true);
  expect(growth.isGrown).toBe(false);
});

test.each([-1, Number.NaN])('a range is checked: after %d', (after) => {
  expect(() => new Growth(after)).toThrow(RangeError);
});

test('growth is there when for a whole time the pool was short, the member healthy and growing possible', () => {
  const moment = fc.record({
    after: fc.integer({ min: 1, max: 50 }),
    isShort: fc.constantFrom(true, true, false),
    isHealthy: fc.constantFrom(true, true, true, false),
    canGrow: fc.constantFrom(true, true, false),
  });
  fc.assert(
    fc.property(
      fc.array(moment, { maxLength: 30 }),
      fc.constantFrom(0, 20, 60),
      fc.array(fc.integer({ min: 0, max: 1500 }), { maxLength: 30 }),
      (drawn, after, extra) => {
        let at = 0;
        const moments = drawn.map((one) => {
          at += one.after;
          return { ...one, at };
        });
        // Moment by moment, each of them one unit long.
        const wanted: string[] = [];
        let lasted = 0;
        let isGrown = false;
        for (let now = 1; now <= at + after; now++) {
          const {
            isShort = false,
            isHealthy = true,
            canGrow = true,
          } = moments.filter((one) => one.at <= now).at(-1) ?? {};
          const goesOn: boolean = isShort && isHealthy && (canGrow || isGrown);
          const grown: boolean = goesOn && (isGrown || lasted >= after);
          lasted = goesOn ? lasted + 1 : 0;
          if (grown !== isGrown) wanted.push(`${now} ${grown ? '+' : '-'}`);
          isGrown = grown;
        }
        expect(grow(after, moments)).toEqual(wanted);
        expect(grow(after, moments, extra)).toEqual(wanted);
      },
    ),
    { numRuns: 300 },
  );
});
