import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Admission, type Tier } from './admission.ts';

fc.configureGlobal({ seed: 1 });

/** How many of so many requests of one tier enter. */
function enter(admission: Admission, tier: Tier, count: number): number {
  let entered = 0;
  for (let i = 0; i < count; i++) if (admission.tryEnter(tier)) entered++;
  return entered;
}

function leave(admission: Admission, count: number): void {
  for (let i = 0; i < count; i++) admission.leave();
}

/** With 100 concurrent and so many in flight, after a deferrable one was refused. */
function shut(inFlight: number): Admission {
  const admission = new Admission({ concurrent: 100 });
  enter(admission, 0, 70);
  admission.tryEnter(2);
  leave(admission, 70 - inFlight);
  return admission;
}

/** So many come and go, the number in flight staying the same. */
function turnOver(admission: Admission, count: number): void {
  for (let i = 0; i < count; i++) {
    admission.leave();
    admission.tryEnter(0);
  }
}

test('each tier may enter up to its own share', () => {
  const admission = new Admission({ concurrent: 100 });
  expect(enter(admission, 2, 100)).toBe(70);
  expect(enter(admission, 1, 100)).toBe(15);
  expect(enter(admission, 0, 100)).toBe(15);
  expect(admission.inFlight).toBe(100);
  admission.leave();
  expect(admission.tryEnter(1)).toBe(false);
  expect(admission.tryEnter(0)).toBe(true);
});

test('one at a time is still one for each tier', () => {
  for (const tier of [0, 1, 2] as const) {
    const admission = new Admission({ concurrent: 1 });
    expect(enter(admission, tier, 3)).toBe(1);
    admission.leave();
    expect(enter(admission, tier, 3)).toBe(1);
  }
});

describe('what can wait, once shut out', () => {
  test('stays out above 60 in flight, though 70 would do at first', () => {
    const admission = shut(60);
    expect(enter(admission, 2, 40)).toBe(0);
    expect(admission.deferrableShare).toBe(0);
    admission.leave();
    expect(admission.tryEnter(2)).toBe(true);
    expect(admission.deferrableShare).toBe(0.25);
  });

  test('comes back one of four, two, three, all, a step for every 100 that leave', () => {
    const admission = shut(40);
    const rounds: number[] = [];
    for (let step = 0; step < 4; step++) {
      rounds.push(enter(admission, 2, 8));
      leave(admission, admission.inFlight - 40);
      turnOver(admission, 100);
    }
    expect(rounds).toEqual([2, 4, 6, 8]);
  });

  test('is shut out again when it meets 70 on the way', () => {
    const admission = shut(40);
    admission.tryEnter(2);
    turnOver(admission, 150);
    expect(admission.deferrableShare).toBe(0.5);
    enter(admission, 0, 70 - admission.inFlight);
    expect(admission.tryEnter(2)).toBe(false);
    expect(admission.deferrableShare).toBe(0);
    leave(admission, 30);
    expect(enter(admission, 2, 4)).toBe(1);
  });

  test('is let in at once when it has become quiet', () => {
    const admission = shut(29);
    expect(enter(admission, 2, 31)).toBe(31);
    expect(admission.deferrableShare).toBe(1);
  });

  test('core and important ones are not held back by that', () => {
    const admission = shut(65);
    expect(enter(admission, 1, 100)).toBe(20);
    expect(enter(admission, 0, 100)).toBe(15);
  });
});

test('leaving once too often never makes room for more than there is', () => {
  const admission = new Admission({ concurrent: 2 });
  leave(admission, 5);
  expect(enter(admission, 0, 5)).toBe(2);
});

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('a range is checked: %d', (concurrent) => {
  expect(() => new Admission({ concurrent })).toThrow(RangeError);
});

describe('whoever comes', () => {
  test('no tier is above its share, who is more important is never refused for want of a step, and quiet means open', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.constantFrom(0, 1, 2, 2, 'leave', 'leave', 'leave'), { maxLength: 300 }),
        (concurrent, script) => {
          const admission = new Admission({ concurrent });
          const most = [1, 0.85, 0.7].map((share) => Math.max(1, Math.floor(concurrent * share + 1e-9)));
          let inFlight = 0;
          for (const step of script) {
            if (step === 'leave') {
              if (inFlight > 0) inFlight--;
              admission.leave();
            } else {
              // Numbers in the script are tiers.
              const isIn = admission.tryEnter(step as Tier);
              const hasRoom = inFlight < (most[step as Tier] ?? 0);
              if (isIn) expect(hasRoom).toBe(true);
              if (step !== 2 || inFlight + 1 <= concurrent * 0.3) expect(isIn).toBe(hasRoom);
              if (isIn) inFlight++;
            }
            expect(admission.inFlight).toBe(inFlight);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
