import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Backlog } from './backlog.ts';

fc.configureGlobal({ seed: 1 });

const NEVER = Number.POSITIVE_INFINITY;
const HOUR = 3_600_000;
const MINUTE = 60_000;
/** Less work than that may be taken for none. @unit ms */
const LEAST = 1;

describe('work that waits', () => {
  test('is the share of what could not be served while the journey was down', () => {
    const backlog = new Backlog(0.4, 30 * MINUTE);
    backlog.step(0, true, NEVER);
    backlog.step(HOUR, false, NEVER);
    expect(backlog.waitingMs).toBe(0);
    backlog.step(2 * HOUR, false, NEVER);
    expect(backlog.waitingMs).toBeCloseTo(0.4 * HOUR, 6);
    expect(backlog.wakeAt).toBe(NEVER);
  });

  test('is asked on top once the journey is served again, evenly over a while', () => {
    const backlog = new Backlog(0.4, 30 * MINUTE);
    backlog.step(0, false, NEVER);
    backlog.step(HOUR, true, NEVER);
    // 0.4 h in half an hour: 0.8 of the normal load.
    expect(backlog.extra).toBeCloseTo(0.8, 12);
    expect(backlog.wakeAt).toBeCloseTo(1.5 * HOUR, 3);
    backlog.step(1.25 * HOUR, true, NEVER);
    expect(backlog.waitingMs).toBeCloseTo(0.2 * HOUR, 3);
    expect(backlog.extra).toBeCloseTo(0.8, 12);
    backlog.step(1.5 * HOUR, true, NEVER);
    expect(backlog.waitingMs).toBe(0);
    expect(backlog.extra).toBe(0);
    expect(backlog.wakeAt).toBe(NEVER);
  });

  test('asks while the journey is down for as much as it would if it were served', () => {
    const backlog = new Backlog(0.4, 30 * MINUTE);
    backlog.step(0, false, NEVER);
    backlog.advance(HOUR);
    expect(backlog.extra).toBeCloseTo(0.8, 12);
    backlog.advance(2 * HOUR);
    expect(backlog.extra).toBeCloseTo(1.6, 12);
  });

  test('is worked off more slowly where there is less to spare', () => {
    const backlog = new Backlog(0.4, 30 * MINUTE);
    backlog.step(0, false, 0);
    backlog.step(HOUR, true, 0.2);
    // 0.4 h at 0.2: two hours.
    expect(backlog.wakeAt).toBeCloseTo(3 * HOUR, 3);
    backlog.step(2 * HOUR, true, 0.8);
    // 0.2 h are left, at 0.8: a quarter of an hour.
    expect(backlog.wakeAt).toBeCloseTo(2.25 * HOUR, 3);
    backlog.step(2.1 * HOUR, true, 0);
    expect(backlog.wakeAt).toBe(NEVER);
    backlog.step(9 * HOUR, true, -1);
    expect(backlog.waitingMs).toBeCloseTo(0.12 * HOUR, 3);
  });

  test('adds up over several stops', () => {
    const backlog = new Backlog(0.5, HOUR);
    backlog.step(0, false, 0);
    backlog.step(HOUR, true, 0.25); // 0.5 h wait, drained at 0.25
    backlog.step(2 * HOUR, false, 0); // 0.25 h are left
    backlog.step(3 * HOUR, true, NEVER); // and 0.5 h more
    expect(backlog.waitingMs).toBeCloseTo(0.75 * HOUR, 3);
    expect(backlog.extra).toBeCloseTo(0.75, 12);
    expect(backlog.wakeAt).toBeCloseTo(4 * HOUR, 3);
  });

  test('of no share does not wait', () => {
    const backlog = new Backlog(0, HOUR);
    backlog.step(0, false, 0);
    backlog.step(HOUR, true, NEVER);
    expect(backlog.waitingMs).toBe(0);
    expect(backlog.wakeAt).toBe(NEVER);
  });
});

test.each([
  [-0.1, 1],
  [1.1, 1],
  [Number.NaN, 1],
  [0.5, 0],
  [0.5, -1],
  [0.5, Number.NaN],
])('a range is checked: share %d, over %d', (share, over) => {
  expect(() => new Backlog(share, over)).toThrow(RangeError);
});

interface Moment {
  readonly at: number;
  readonly isServed: boolean;
  readonly spare: number;
}

const drawn = fc
  .record({
    // Times as they are in replays: a double there has steps of a quarter of a microsecond.
    begin: fc.constantFrom(0, Date.UTC(2026, 9, 5, 12)),
    share: fc.constantFrom(0.1, 0.4, 1),
    over: fc.constantFrom(5 * MINUTE, 20 * MINUTE, HOUR),
    moments: fc.array(
      fc.record({
        after: fc.integer({ min: 1, max: 2 * HOUR }),
        isServed: fc.boolean(),
        spare: fc.oneof(fc.double({ min: 0, max: 2, noNaN: true }), fc.constantFrom(0, 1 / 3, 0.7, NEVER)),
      }),
      { minLength: 1, maxLength: 12 },
    ),
  })
  .map(({ begin, share, over, moments }) => {
    let at = begin;
    return {
      share,
      over,
      moments: moments.map(({ after, isServed, spare }): Moment => {
        at += after;
        return { at, isServed, spare };
      }),
    };
  });

/** Steps at each moment and whenever it asks for it, until a day after the last. */
function work(
  backlog: Backlog,
  moments: readonly Moment[],
  extra: readonly number[] = [],
  onStepped: (now: number) => void = () => {},
): void {
  const end = (moments.at(-1)?.at ?? 0) + 24 * HOUR;
  const all = [...moments, { at: end, isServed: true, spare: 0 }];
  let present: Moment | undefined;
  let steps = 0;
  for (const moment of all) {
    const between = extra.map((share) => (present?.at ?? moment.at) * (1 - share) + moment.at * share);
    for (const now of between.sort((a, b) => a - b)) {
      if (present === undefined) continue;
      for (; backlog.wakeAt <= now && steps < 1000; steps++) {
        const due = backlog.wakeAt;
        backlog.step(due, present.isServed, present.spare);
        onStepped(due);
      }
      backlog.step(now, present.isServed, present.spare);
      onStepped(now);
    }
    for (; present !== undefined && backlog.wakeAt <= moment.at && steps < 1000; steps++) {
      const due = backlog.wakeAt;
      backlog.step(due, present.isServed, present.spare);
      onStepped(due);
    }
    if (steps >= 1000) throw new Error('The backlog never rests.');
    present = moment;
    backlog.step(moment.at, moment.isServed, moment.spare);
    onStepped(moment.at);
  }
}

test('adds up however often it is stepped', () => {
  const backlog = new Backlog(0.1, HOUR);
  for (let now = 0; now <= 10_000; now += 5) backlog.step(now, false, 0);
  // A tenth of ten seconds.
  expect(Math.abs(backlog.waitingMs - 1000)).toBeLessThan(LEAST);
});

test('is done when it says it will be, at times as they are in replays too', () => {
  // A double has steps of 0.00024 ms there: what is left because of them is nothing.
  const noon = Date.UTC(2026, 9, 5, 12);
  const backlog = new Backlog(0.4, 30 * MINUTE);
  backlog.step(noon, false, 0);
  backlog.step(noon + 55 * MINUTE, true, 0.7);
  backlog.step(backlog.wakeAt, true, 0.7);
  expect(backlog.waitingMs).toBe(0);
  expect(backlog.wakeAt).toBe(NEVER);
});

describe('whatever happens', () => {
  test('the next step is due later, or never', () => {
    fc.assert(
      fc.property(drawn, ({ share, over, moments }) => {
        const backlog = new Backlog(share, over);
        work(backlog, moments, [], (now) => expect(backlog.wakeAt).toBeGreaterThan(now));
      }),
      { numRuns: 1000 },
    );
  });

  test('no more is done than there was, and no faster than there is to spare', () => {
    fc.assert(
      fc.property(drawn, ({ share, over, moments }) => {
        const backlog = new Backlog(share, over);
        let last: Moment | undefined;
        for (const moment of moments) {
          const before = backlog.waitingMs;
          backlog.step(moment.at, moment.isServed, moment.spare);
          const passed = last === undefined ? 0 : moment.at - last.at;
          if (last?.isServed === false)
            expect(Math.abs(backlog.waitingMs - before - passed * share)).toBeLessThan(LEAST);
          else {
            expect(backlog.waitingMs).toBeLessThanOrEqual(before);
            expect(backlog.waitingMs).toBeGreaterThanOrEqual(0);
            expect(before - backlog.waitingMs).toBeLessThanOrEqual(passed * (last?.spare ?? 0) + LEAST);
          }
          last = moment;
        }
      }),
    );
  });

  test('a step at the same time, and steps in between, change nothing that counts', () => {
    const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 });
    fc.assert(
      fc.property(drawn, shares, ({ share, over, moments }, extra) => {
        const once = new Backlog(share, over);
        const often = new Backlog(share, over);
        // Up to the last moment: after that everything would be done.
        const last = moments.at(-1);
        for (const moment of moments) once.step(moment.at, moment.isServed, moment.spare);
        let before: Moment | undefined;
        for (const moment of moments) {
          for (const part of [...extra].sort((a, b) => a - b))
            if (before !== undefined)
              often.step(before.at + (moment.at - before.at) * part, before.isServed, before.spare);
          often.step(moment.at, moment.isServed, moment.spare);
          before = moment;
        }
        expect(Math.abs(often.waitingMs - once.waitingMs)).toBeLessThan(LEAST * moments.length);
        const { waitingMs, wakeAt, extra: asked } = often;
        if (last !== undefined) often.step(last.at, last.isServed, last.spare);
        expect(often).toMatchObject({ waitingMs, wakeAt });
        expect(often.extra).toBe(asked);
      }),
      { numRuns: 500 },
    );
  });
});
