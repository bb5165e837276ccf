import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomStream } from '../random.ts';
import { Failover, type FailoverDraw, type FailoverOptions, type FailoverStep } from './failover.ts';

fc.configureGlobal({ seed: 1 });

/** What is observed from a moment on. Times are in no unit: a failover only adds them. */
interface Moment {
  readonly at: number;
  readonly health: readonly number[];
  /** @default true */
  readonly canSteer?: boolean;
}

interface Move {
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

interface Drive {
  readonly moves: readonly Move[];
  readonly steps: readonly FailoverStep[];
  readonly failover: Failover;
}

interface DriveOptions {
  /** Moments at which it is stepped although nothing has changed. */
  readonly extra?: readonly number[];
  /** Steps each time twice. */
  readonly twice?: boolean;
  /** Called after each step. */
  readonly onStepped?: (now: number, failover: Failover) => void;
}

/** Settles at the first moment, then steps at every other one and whenever the failover asks for it. */
function drive(
  options: FailoverOptions,
  moments: readonly Moment[],
  { extra = [], twice = false, onStepped }: DriveOptions = {},
): Drive {
  const steps: FailoverStep[] = [];
  const failover = new Failover({ ...options, onStep: (step) => steps.push(step) });
  const changes = [...moments].sort((a, b) => a.at - b.at);
  const others = [...extra].sort((a, b) => a - b);
  let present = changes.shift() ?? { at: 0, health: options.carries.map(() => 1) };
  failover.settle(present.at, present.health);
  const step = (now: number): void => {
    for (let i = 0; i < (twice ? 2 : 1); i++) failover.step(now, present.health, present.canSteer !== false);
    onStepped?.(now, failover);
  };
  step(present.at);
  for (let guard = 0; ; guard++) {
    if (guard > 10_000) throw new Error('The failover never rests.');
    const [change] = changes;
    const due = Math.min(change?.at ?? Number.POSITIVE_INFINITY, failover.wakeAt);
    const other = others[0] ?? Number.POSITIVE_INFINITY;
    if (other < due) {
      others.shift();
      if (other >= present.at) step(other);
      continue;
    }
    if (due === Number.POSITIVE_INFINITY) break;
    if (change !== undefined && change.at === due) {
      present = change;
      changes.shift();
      if (changes[0]?.at === due) continue;
    }
    step(due);
  }
  const moves = steps
    .filter(({ kind }) => kind === 'in-use' || kind === 'back')
    .map(({ now, from, to }) => ({ at: now, from, to }));
  return { moves, steps, failover };
}

const told = ({ steps }: Drive): string[] => steps.map(({ kind, now, to }) => `${now} ${kind} ${to}`);
const moved = ({ moves }: Drive): string[] => moves.map(({ at, from, to }) => `${at}: ${from} to ${to}`);

const TWO = [1, 1];
/** 60 + 300 + 30 + 120 ÷ 2 = 450. */
const TIMES = { detectMs: 60, approveMs: 300, switchMs: 30, spreadMs: 120 };
const ALL_WELL: Moment = { at: 0, health: [1, 1, 1] };

describe('on the way out', () => {
  test('users count as moved after detect, approve, switch and half of spread', () => {
    const done = drive({ carries: TWO, ...TIMES }, [ALL_WELL, { at: 1000, health: [0, 1] }]);
    expect(told(done)).toEqual([
      '1000 failing 0',
      '1060 detected 0',
      '1360 approved 0',
      '1360 switching 1',
      '1390 switched 1',
      '1450 in-use 1',
    ]);
  });

  test('times that are not given take none', () => {
    expect(moved(drive({ carries: TWO }, [ALL_WELL, { at: 1000, health: [0, 1] }]))).toEqual([
      '1000: 0 to 1',
    ]);
  });

  test.each([1, 59, 60, 359, 389, 390])(
    'a recovery %i after the failure, before or just as the switch is made, calls it off',
    (after) => {
      const done = drive({ carries: TWO, ...TIMES }, [
        ALL_WELL,
        { at: 1000, health: [0, 1] },
        { at: 1000 + after, health: [1, 1] },
      ]);
      expect(moved(done)).toEqual([]);
      expect(told(done).at(-1)).toBe(`${1000 + after} recovered 0`);
    },
  );

  test('a failure after a recovery is detected anew', () => {
    const done = drive({ carries: TWO, detectMs: 60 }, [
      ALL_WELL,
      { at: 1000, health: [0, 1] },
      { at: 1050, health: [1, 1] },
      { at: 1055, health: [0, 1] },
    ]);
    expect(moved(done)).toEqual(['1115: 0 to 1']);
  });

  test('once the switch is made users drift over, whether or not the first recovers', () => {
    const done = drive({ carries: TWO, ...TIMES, holdMs: 1000 }, [
      ALL_WELL,
      { at: 1000, health: [0, 1] },
      { at: 1400, health: [1, 1] },
    ]);
    // The switch is made at 1390, the first is healthy from 1400: held at 2400.
    expect(moved(done)).toEqual(['1450: 0 to 1', '2400: 1 to 0']);
  });

  test('without another healthy alternative it is refused, and switches as soon as there is one', () => {
    const done = drive({ carries: TWO, ...TIMES }, [
      ALL_WELL,
      { at: 1000, health: [0, 0] },
      { at: 5000, health: [0, 1] },
    ]);
    expect(told(done)).toEqual([
      '1000 failing 0',
      '1060 detected 0',
      '1360 approved 0',
      '1360 refused 0',
      '5000 switching 1',
      '5030 switched 1',
      '5090 in-use 1',
    ]);
  });

  test('without steering it is stuck, and switches as soon as that works', () => {
    const done = drive({ carries: TWO, ...TIMES }, [
      ALL_WELL,
      { at: 1000, health: [0, 1], canSteer: false },
      { at: 5000, health: [0, 1] },
    ]);
    expect(told(done).slice(2)).toEqual([
      '1360 approved 0',
      '1360 stuck 1',
      '5000 switching 1',
      '5030 switched 1',
      '5090 in-use 1',
    ]);
  });

  test('steering is asked only while the switch is made: not before, not while users drift', () => {
    const done = drive({ carries: TWO, ...TIMES }, [
      ALL_WELL,
      { at: 1000, health: [0, 1], canSteer: false },
      { at: 1360, health: [0, 1] },
      { at: 1391, health: [0, 1], canSteer: false },
    ]);
    expect(moved(done)).toEqual(['1450: 0 to 1']);
  });

  test('steering that fails while the switch is made sends it back to wait, and it begins again', () => {
    const done = drive({ carries: TWO, switchMs: 100 }, [
      ALL_WELL,
      { at: 1000, health: [0, 1] },
      { at: 1099, health: [0, 1], canSteer: false },
      { at: 1200, health: [0, 1] },
    ]);
    expect(moved(done)).toEqual(['1300: 0 to 1']);
  });

  test('a target that falls ill while the switch is made gives way to the next best', () => {
    const done = drive({ carries: [1, 1, 1], detectMs: 60, switchMs: 100 }, [
      ALL_WELL,
      { at: 1000, health: [0, 1, 1] },
      { at: 1150, health: [0, 0, 1] },
    ]);
    // Towards the second since 1060, towards the third since 1150.
    expect(moved(done)).toEqual(['1250: 0 to 2']);
  });

  test('a target that falls ill while users drift is left again, by the rules', () => {
    const done = drive({ carries: [1, 1, 1], ...TIMES }, [
      ALL_WELL,
      { at: 1000, health: [0, 1, 1] },
      { at: 1400, health: [0, 0, 1] },
    ]);
    expect(moved(done)).toEqual(['1450: 0 to 1', '1900: 1 to 2']);
  });

  test('a standby that is not ready is passed over', () => {
    const draw = (): FailoverDraw => ({ succeeds: true, ready: [true, false, true] });
    const failing = [ALL_WELL, { at: 1000, health: [0, 1, 1] }];
    expect(moved(drive({ carries: [1, 1, 1], draw }, failing))).toEqual(['1000: 0 to 2']);
    expect(moved(drive({ carries: TWO, draw }, failing))).toEqual([]);
  });

  test('a switch that fails is not tried again until the alternative in use has recovered', () => {
    const draws = [false, true];
    const draw = (): FailoverDraw => ({ succeeds: draws.shift() ?? true, ready: [] });
    const done = drive({ carries: TWO, switchMs: 30, draw }, [
      ALL_WELL,
      { at: 1000, health: [0, 1] },
      { at: 2000, health: [0, 0] },
      { at: 3000, health: [0, 1] },
      { at: 4000, health: [1, 1] },
      { at: 5000, health: [0, 1] },
    ]);
    expect(told(done)).toContain('1030 switch-failed 1');
    expect(moved(done)).toEqual(['5030: 0 to 1']);
  });

  test('chances are drawn once for every failure of the alternative that users are normally on', () => {
    let draws = 0;
    const draw = (): FailoverDraw => {
      draws++;
      return { succeeds: true, ready: [] };
    };
    drive({ carries: [1, 1, 1], holdMs: 100, draw }, [
      ALL_WELL,
      { at: 1000, health: [0, 1, 1] }, // the first fails: drawn
      { at: 2000, health: [0, 0, 1] }, // the second fails: not drawn
      { at: 3000, health: [0, 0, 0] }, // the third fails: not drawn
      { at: 4000, health: [1, 1, 1] },
      { at: 5000, health: [0, 1, 1] }, // the first fails again: drawn
    ]);
    expect(draws).toBe(2);
  });
});

describe('on the way back', () => {
  test('users go back once the better one has been healthy for hold without a break', () => {
    const done = drive({ carries: TWO, holdMs: 600 }, [
      ALL_WELL,
      { at: 1000, health: [0, 1] },
      { at: 2000, health: [1, 1] },
      { at: 2500, health: [0, 1] },
      { at: 2501, health: [1, 1] },
    ]);
    expect(moved(done)).toEqual(['1000: 0 to 1', '3101: 1 to 0']);
    expect(told(done).at(-1)).toBe('3101 back 0');
  });

  test('and once the steering works', () => {
    const done = drive({ carries: TWO, holdMs: 600 }, [
      ALL_WELL,
      { at: 1000, health: [0, 1] },
      { at: 2000, health: [1, 1], canSteer: false },
      { at: 9000, health: [1, 1] },
    ]);
    expect(moved(done)).toEqual(['1000: 0 to 1', '9000: 1 to 0']);
    expect(told(done)).toContain('2600 stuck 0');
  });

  test('without hold they go back at once, even where the drift has not been worth it', () => {
    const done = drive({ carries: TWO, spreadMs: 120 }, [
      ALL_WELL,
      { at: 1000, health: [0, 1] },
      { at: 1010, health: [1, 1] },
    ]);
    expect(moved(done)).toEqual(['1060: 0 to 1', '1060: 1 to 0']);
  });

  test('what has state stays where it is, however long the better one is healthy', () => {
    const done = drive({ carries: TWO, holdMs: 600, returns: false }, [
      ALL_WELL,
      { at: 1000, health: [0, 1] },
      { at: 2000, health: [1, 1] },
      { at: 1e9, health: [1, 1] },
    ]);
    expect(moved(done)).toEqual(['1000: 0 to 1']);
  });

  test.each([true, false])(
    'from one that fails users go back to a healthy better one at once, whatever the times (by themselves otherwise: %s)',
    (returns) => {
      const done = drive({ carries: TWO, ...TIMES, holdMs: 1e9, returns }, [
        ALL_WELL,
        { at: 1000, health: [0, 1] },
        { at: 2000, health: [1, 1] },
        { at: 2100, health: [1, 0] },
      ]);
      expect(moved(done)).toEqual(['1450: 0 to 1', '2100: 1 to 0']);
    },
  );

  test.each([true, false])(
    'from one that has failed users go back as soon as a better one is healthy (by themselves otherwise: %s)',
    (returns) => {
      const done = drive({ carries: TWO, ...TIMES, holdMs: 1e9, returns }, [
        ALL_WELL,
        { at: 1000, health: [0, 1] },
        { at: 2000, health: [0, 0] },
        { at: 2100, health: [1, 0] },
      ]);
      expect(moved(done)).toEqual(['1450: 0 to 1', '2100: 1 to 0']);
    },
  );

  test('then too only once the steering works', () => {
    const done = drive({ carries: TWO, returns: false }, [
      ALL_WELL,
      { at: 1000, health: [0, 1] },
      { at: 2000, health: [1, 0], canSteer: false },
      { at: 3000, health: [1, 0] },
    ]);
    expect(moved(done)).toEqual(['1000: 0 to 1', '3000: 1 to 0']);
  });

  test('a better one calls users back from one that fails, whatever is under way', () => {
    const leaving = (at: number): Drive =>
      drive({ carries: [1, 1, 1], detectMs: 60, switchMs: 30, spreadMs: 120, holdMs: 1e9 }, [
        ALL_WELL,
        { at: 1000, health: [0, 1, 1] },
        { at: 2000, health: [0, 0, 1] },
        { at, health: [1, 0, 1] },
      ]);
    // On the second since 1150. From 2000 on: detected at 2060, switched at 2090, on the third at 2150.
    for (const at of [2030, 2060, 2075, 2100, 2149])
      expect(moved(leaving(at))).toEqual(['1150: 0 to 1', `${at}: 1 to 0`]);
  });

  test('one that is no better than where users come from does not call them back from the drift', () => {
    const done = drive({ carries: TWO, spreadMs: 120, holdMs: 1e9 }, [
      ALL_WELL,
      { at: 1000, health: [0, 1] },
      { at: 1010, health: [0, 1] },
    ]);
    expect(moved(done)).toEqual(['1060: 0 to 1']);
  });

  test('while users drift nothing else is decided: not where they come from recovers, not without steering', () => {
    const leaving = (later: Omit<Moment, 'at'>): string[] =>
      moved(
        drive({ carries: [1, 1, 1], detectMs: 60, switchMs: 30, spreadMs: 120, returns: false }, [
          ALL_WELL,
          { at: 1000, health: [0, 1, 1] },
          { at: 2000, health: [0, 0, 1] },
          { at: 2100, ...later },
        ]),
      );
    // The switch to the third is made at 2090.
    expect(leaving({ health: [0, 1, 1] })).toEqual(['1150: 0 to 1', '2150: 1 to 2']);
    expect(leaving({ health: [1, 1, 1] })).toEqual(['1150: 0 to 1', '2150: 1 to 2']);
    expect(leaving({ health: [1, 0, 1], canSteer: false })).toEqual(['1150: 0 to 1', '2150: 1 to 2']);
  });

  test('hold counts for the best alternative: a middle one does not pull while that one is being held', () => {
    const done = drive({ carries: [1, 1, 1], holdMs: 100 }, [
      ALL_WELL,
      { at: 1000, health: [0, 0, 1] },
      { at: 2000, health: [0, 1, 1] },
      { at: 2050, health: [1, 1, 1] },
    ]);
    expect(moved(done)).toEqual(['1000: 0 to 2', '2150: 2 to 0']);
  });
});

describe('the best alternative', () => {
  const startsOn = (carries: readonly number[], load: number, health: readonly number[]): number => {
    const failover = new Failover({ carries, load });
    failover.settle(0, health);
    return failover.inUse;
  };

  test.each([
    ['the first of those that carry the load', [0.5, 1, 1.2], 1, [1, 1, 1], 1],
    ['a later one where that is ill', [0.5, 1, 1.2], 1, [1, 0, 1], 2],
    ['the one that carries most where none carries the load', [0.3, 0.5, 0.4], 1, [1, 1, 1], 1],
    ['the earlier of equals', [0.3, 0.5, 0.5], 1, [1, 1, 1], 1],
    ['the first where all carry what is asked', [0.3, 0.5, 0.4], 0.3, [1, 1, 1], 0],
    ['of the healthy ones the one that carries most', [0.3, 0.5, 0.4], 1, [1, 0, 1], 2],
    ['the one normally in use where none is healthy', [0.3, 0.5, 0.4], 1, [0, 0, 0], 1],
  ])('is %s', (_, carries, load, health, wanted) => {
    expect(startsOn(carries, load, health)).toBe(wanted);
  });

  test('is where users are normally', () => {
    expect(new Failover({ carries: [0.5, 1, 1] }).home).toBe(1);
    expect(new Failover({ carries: [0.5, 1, 1], load: 0.5 }).home).toBe(0);
  });

  test('is reached by a switch that takes its time, also where it stands earlier in the file', () => {
    const done = drive({ carries: [0.4, 1], detectMs: 60, spreadMs: 120, holdMs: 600 }, [
      ALL_WELL,
      { at: 1000, health: [1, 0] },
      { at: 2000, health: [1, 1] },
    ]);
    // The first carries less: it is no better than the second, so leaving takes 60 + 60.
    expect(moved(done)).toEqual(['1120: 1 to 0', '2600: 0 to 1']);
  });

  test('calls users back at once where it stands later in the file', () => {
    const done = drive({ carries: [0.4, 1], detectMs: 60, holdMs: 600 }, [
      ALL_WELL,
      { at: 1000, health: [1, 0] },
      { at: 2000, health: [1, 1] },
      { at: 2100, health: [0, 1] },
    ]);
    expect(moved(done)).toEqual(['1060: 1 to 0', '2100: 0 to 1']);
  });

  test('is healthy at usable exactly, though shares are not exact in binary', () => {
    expect(0.7 + 0.1 + 0.1).toBeLessThan(0.9);
    expect(startsOn([1, 1], 1, [0.7 + 0.1 + 0.1, 1])).toBe(0);
    expect(startsOn([1, 1], 1, [0.899, 1])).toBe(1);
  });
});

describe('at the start', () => {
  test('what is ill has been ill for ever: the switch begins as soon as there is a healthy one', () => {
    const done = drive({ carries: TWO, ...TIMES }, [
      { at: 0, health: [0, 0] },
      { at: 1000, health: [0, 1] },
    ]);
    expect(moved(done)).toEqual(['1090: 0 to 1']);
  });

  test('a switch that fails has failed long ago, and a standby that is not ready is not in use', () => {
    const begin = (drawn: FailoverDraw): string[] =>
      moved(
        drive({ carries: [1, 1, 1], draw: () => drawn }, [
          { at: 0, health: [0, 1, 0] },
          { at: 1000, health: [0, 1, 1] },
          { at: 2000, health: [1, 1, 1] },
          { at: 3000, health: [0, 1, 1] },
        ]),
      );
    expect(begin({ succeeds: false, ready: [] })).toEqual([]);
    // Back at 2000; then the same is drawn again.
    expect(begin({ succeeds: true, ready: [true, false, true] })).toEqual([
      '1000: 0 to 2',
      '2000: 2 to 0',
      '3000: 0 to 2',
    ]);
    expect(begin({ succeeds: true, ready: [] })).toEqual(['2000: 1 to 0', '3000: 0 to 1']);
  });

  test('what is healthy has been healthy for ever: nothing is held', () => {
    const done = drive({ carries: TWO, holdMs: 1e9 }, [
      { at: 0, health: [1, 1] },
      { at: 1000, health: [1, 0] },
    ]);
    expect(moved(done)).toEqual([]);
    expect(done.failover.wakeAt).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('says', () => {
  test('since when the alternative in use has been below usable, as long as it is', () => {
    const since: [number, number][] = [];
    drive(
      { carries: TWO, ...TIMES, holdMs: 500 },
      [
        { at: 0, health: [1, 1] },
        { at: 1000, health: [0, 1] },
        { at: 1100, health: [1, 1] },
        { at: 2000, health: [0, 1] },
        { at: 2500, health: [0, 0] },
        { at: 2600, health: [1, 0] },
      ],
      { onStepped: (now, { failingSince }) => since.push([now, failingSince]) },
    );
    const never = Number.POSITIVE_INFINITY;
    const at = (now: number): number | undefined => since.filter(([when]) => when <= now).at(-1)?.[1];
    // Users are on the second from 2450 on, and back on the first at 2600.
    const wanted = [0, 1000, 1060, 1100, 2000, 2449, 2450, 2500, 2600].map((now) => at(now));
    expect(wanted).toEqual([never, 1000, 1000, never, 2000, 2000, never, 2500, never]);
  });

  test('since when a switch that has moved users was being made: without what it had to wait for, and not of going back', () => {
    const options = { carries: TWO, ...TIMES, holdMs: 500 };
    const never = Number.POSITIVE_INFINITY;
    const movedSince = (...moments: readonly Moment[]): number =>
      drive(options, [ALL_WELL, ...moments]).failover.movedSince;
    const failing: Moment = { at: 1000, health: [0, 1] };
    expect(new Failover(options).movedSince).toBe(never);
    expect(movedSince(failing)).toBe(1000);
    // Approved at 1360, but nobody is healthy until 5000, or the steering does not work until then.
    expect(movedSince({ at: 1000, health: [0, 0] }, { at: 5000, health: [0, 1] })).toBe(5000);
    expect(movedSince({ ...failing, canSteer: false }, { at: 5000, health: [0, 1] })).toBe(5000);
    // By itself after hold, and at once from one that fails.
    expect(movedSince(failing, { at: 2000, health: [1, 1] })).toBe(never);
    expect(movedSince(failing, { at: 2000, health: [0, 0] }, { at: 2100, health: [1, 0] })).toBe(never);
  });
});

describe('a range', () => {
  test.each<Partial<FailoverOptions>>([
    { carries: [] },
    { usable: 0 },
    { usable: 1.01 },
    { usable: Number.NaN },
    { detectMs: -1 },
    { approveMs: -1 },
    { switchMs: -1 },
    { spreadMs: -1 },
    { holdMs: -1 },
    { detectMs: Number.NaN },
    { holdMs: Number.NaN },
    { load: -0.1 },
    { load: Number.NaN },
    { carries: [1, -0.1] },
    { carries: [1, Number.NaN] },
  ])('is checked: %o', (options) => {
    expect(() => new Failover({ carries: TWO, ...options })).toThrow(RangeError);
  });

  test('may be used to its ends', () => {
    expect(() => new Failover({ carries: [0, 1.2], usable: 1, load: 1, detectMs: 0 })).not.toThrow();
  });
});

/** Any failover and anything that may happen to it, with the chances it will draw. */
interface Drawn {
  readonly options: Omit<FailoverOptions, 'draw'>;
  readonly moments: readonly Moment[];
  readonly chances: readonly FailoverDraw[];
}

const time = fc.constantFrom(0, 0, 1, 7, 20, 60, 100);

function drawnOf(count: number): fc.Arbitrary<Drawn> {
  const each = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
    fc.array(one, { minLength: count, maxLength: count });
  const options = fc.record({
    carries: fc.oneof(fc.constant(new Array<number>(count).fill(1)), each(fc.constantFrom(0.4, 0.7, 1))),
    load: fc.constantFrom(1, 0.7),
    detectMs: time,
    approveMs: time,
    switchMs: time,
    spreadMs: time,
    holdMs: time,
    returns: fc.boolean(),
  });
  const moment = fc.record({
    after: fc.integer({ min: 0, max: 90 }),
    health: each(fc.constantFrom(0, 0.5, 0.89, 0.9, 1)),
    canSteer: fc.constantFrom(true, true, true, false),
  });
  const chance = fc.record({ succeeds: fc.constantFrom(true, true, false), ready: each(fc.boolean()) });
  return fc.record({
    options,
    moments: fc.array(moment, { minLength: 1, maxLength: 30 }).map((list) => {
      let at = 0;
      return list.map(({ after, health, canSteer }, i) => {
        at += i === 0 ? 0 : after;
        return { at, health, canSteer };
      });
    }),
    chances: fc.array(chance, { minLength: 1, maxLength: 5 }),
  });
}

const anything = fc.integer({ min: 1, max: 4 }).chain(drawnOf);

/** The same chances in turn, whenever it is run. */
function withDraws({ options, chances }: Drawn, onDraw?: (drawn: FailoverDraw) => void): FailoverOptions {
  let draws = 0;
  const draw = (): FailoverDraw => {
    const drawn = chances[draws++ % chances.length] ?? { succeeds: true, ready: [] };
    onDraw?.(drawn);
    return drawn;
  };
  return { ...options, draw };
}

const isFine = (health: number | undefined): boolean => (health ?? 0) >= 0.9;

/** What is observed at a time; of several at one time the last. */
function at(moments: readonly Moment[], time: number): Moment | undefined {
  return moments.filter((moment) => moment.at <= time).at(-1);
}

/** Since when an alternative has been healthy, or ill, without a break; -Infinity since ever. */
function since(moments: readonly Moment[], alternative: number, time: number): number {
  const seen = moments.filter((one, i) => one.at <= time && moments[i + 1]?.at !== one.at);
  let begun = Number.NEGATIVE_INFINITY;
  for (const [i, { at: from, health }] of seen.entries()) {
    const before = seen[i - 1]?.health[alternative];
    if (i > 0 && isFine(before) !== isFine(health[alternative])) begun = from;
  }
  return begun;
}

/** By the order of preference of docs/time.md. */
function isBetter({ carries, load = 1 }: Drawn['options'], one: number, other: number): boolean {
  const most = (i: number): number => Math.min(carries[i] ?? 0, load);
  return most(one) > most(other) || (most(one) === most(other) && one < other);
}

const gapOf = ({ detectMs = 0, approveMs = 0, switchMs = 0, spreadMs = 0 }: Drawn['options']): number =>
  detectMs + approveMs + switchMs + spreadMs / 2;

describe('whatever happens', () => {
  test('nobody leaves for a worse alternative sooner than detect + approve + switch + spread ÷ 2 after the failure', () => {
    fc.assert(
      fc.property(anything, (drawn) => {
        const { options, moments } = drawn;
        const { spreadMs = 0 } = options;
        let arrived = Number.NEGATIVE_INFINITY;
        for (const { at: now, from, to } of drive(withDraws(drawn), moments).moves) {
          if (!isBetter(options, to, from)) {
            // While users drift the alternative may recover; until then it has been ill, and they were on it.
            const made = now - spreadMs / 2;
            expect(isFine(at(moments, made)?.health[from])).toBe(false);
            const begun = since(moments, from, made);
            expect(now).toBeGreaterThanOrEqual(begun + gapOf(options));
            if (begun > Number.NEGATIVE_INFINITY)
              expect(now).toBeGreaterThanOrEqual(Math.max(begun, arrived) + gapOf(options));
          }
          arrived = now;
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('nobody leaves a healthy alternative for a better one that has not been healthy for hold', () => {
    fc.assert(
      fc.property(anything, (drawn) => {
        const { options, moments } = drawn;
        for (const { at: now, from, to } of drive(withDraws(drawn), moments).moves) {
          const seen = at(moments, now);
          if (!isBetter(options, to, from)) continue;
          expect(isFine(seen?.health[to])).toBe(true);
          if (isFine(seen?.health[from]))
            expect(now - since(moments, to, now)).toBeGreaterThanOrEqual(options.holdMs ?? 0);
        }
      }),
      { numRuns: 2000 },
    );
  });

  /**
   * Each move to a worse alternative takes a whole gap on the one that is left. The others each go to a better one, so
   * between two of the former there are at most n − 1 of them: in a time T at most n · ⌊T ÷ gap⌋ + n − 1 moves.
   */
  test('the moves in a time T are at most n · ⌊T ÷ gap⌋ + n − 1, however fast alternatives flap', () => {
    fc.assert(
      fc.property(anything, (drawn) => {
        const gap = gapOf(drawn.options);
        fc.pre(gap > 0);
        const { moves } = drive(withDraws(drawn), drawn.moments);
        const whole = Math.max(moves.at(-1)?.at ?? 0, drawn.moments.at(-1)?.at ?? 0);
        const count = drawn.options.carries.length;
        expect(moves.length).toBeLessThanOrEqual(count * Math.floor(whole / gap) + count - 1);
        // The same from each move on.
        for (const [i, first] of moves.entries())
          for (const [k, last] of moves.entries())
            if (k >= i)
              expect(k - i).toBeLessThanOrEqual(count * Math.floor((last.at - first.at) / gap) + count - 1);
      }),
      { numRuns: 1000 },
    );
  });

  /** With two of which the standby never fails, a round needs a gap, less the drift, and a hold. */
  test('beside a sound standby a flapping alternative makes at most 2 · T ÷ (gap + hold − spread ÷ 2) + 2 moves', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 60 }),
        fc.record({ detectMs: time, switchMs: time, spreadMs: time, holdMs: time }),
        (lengths, times) => {
          const round = times.detectMs + times.switchMs + times.holdMs;
          fc.pre(round > 0);
          let now = 0;
          const flapping = lengths.map((length, i) => {
            now += length;
            return { at: now, health: [i % 2, 1] };
          });
          const { moves } = drive({ carries: TWO, ...times }, [ALL_WELL, ...flapping]);
          const whole = Math.max(now, moves.at(-1)?.at ?? 0);
          expect(moves.length).toBeLessThanOrEqual((2 * whole) / round + 2);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('no switch is decided towards an alternative that is ill or not ready, nor without steering', () => {
    fc.assert(
      fc.property(anything, (drawn) => {
        const { options, moments } = drawn;
        const { home } = new Failover(options);
        let last: FailoverDraw | undefined;
        const seen: { step: FailoverStep; drawn: FailoverDraw | undefined }[] = [];
        const failover = new Failover({
          ...withDraws(drawn, (one) => {
            last = one;
          }),
          onStep: (step) => seen.push({ step, drawn: last }),
        });
        // Driven by hand, so that the chances are those of the moment.
        let present = moments[0] ?? ALL_WELL;
        failover.settle(present.at, present.health);
        for (const moment of moments) {
          while (failover.wakeAt < moment.at)
            failover.step(failover.wakeAt, present.health, present.canSteer !== false);
          present = moment;
          failover.step(moment.at, moment.health, moment.canSteer !== false);
          for (const { step, drawn: chances } of seen.splice(0)) {
            const { kind, now, to } = step;
            if (kind !== 'switching' && kind !== 'switched' && kind !== 'back') continue;
            const then = now === moment.at ? moment : at(moments, now);
            expect(isFine(then?.health[to])).toBe(true);
            expect(then?.canSteer).not.toBe(false);
            if (to !== home) expect(chances?.ready[to]).not.toBe(false);
            if (kind === 'switched') expect(chances?.succeeds).not.toBe(false);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('what has state never goes back while the alternative in use is healthy', () => {
    fc.assert(
      fc.property(anything, (drawn) => {
        const { steps } = drive({ ...withDraws(drawn), returns: false }, drawn.moments);
        for (const { kind, now, from } of steps)
          if (kind === 'back') expect(isFine(at(drawn.moments, now)?.health[from])).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test('time never runs backwards: the next step is due later, or never', () => {
    fc.assert(
      fc.property(anything, fc.array(fc.integer({ min: 0, max: 2000 })), (drawn, extra) => {
        drive(withDraws(drawn), drawn.moments, {
          extra,
          onStepped: (now, { wakeAt }) => expect(wakeAt).toBeGreaterThan(now),
        });
      }),
      { numRuns: 1000 },
    );
  });

  test('a step at the same time with the same input changes nothing', () => {
    fc.assert(
      fc.property(anything, (drawn) => {
        const once = drive(withDraws(drawn), drawn.moments);
        const twice = drive(withDraws(drawn), drawn.moments, { twice: true });
        expect(told(twice)).toEqual(told(once));
        const { failover } = twice;
        const { inUse, wakeAt, failingSince, movedSince } = failover;
        const last = drawn.moments.at(-1) ?? ALL_WELL;
        const now = Math.max(last.at, ...twice.steps.map((step) => step.now));
        expect(failover.step(now, last.health, last.canSteer !== false)).toBe(false);
        expect(failover).toMatchObject({ inUse, wakeAt, failingSince, movedSince });
      }),
      { numRuns: 1000 },
    );
  });

  test('steps in between, with nothing new, never change the outcome', () => {
    fc.assert(
      fc.property(
        anything,
        fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 40 }),
        (drawn, extra) => {
          expect(told(drive(withDraws(drawn), drawn.moments, { extra }))).toEqual(
            told(drive(withDraws(drawn), drawn.moments)),
          );
        },
      ),
      { numRuns: 1000 },
    );
  });
});

/** Of everything that 3,000 drawn failovers told before people and confirmations were known. */
const DIGEST_WITHOUT_PEOPLE = '80410b77aa558c74c861e0f9efb1f93b80fdb49f5ae62cbcc318a46e5b87158b';

test('without people and confirmations every sequence gives the steps that it gave before there were any', () => {
  const random = randomStream('failover-digest', 1);
  const pick = <T>(...all: readonly T[]): T => all[Math.floor(random() * all.length)] as T; // never empty
  const hash = createHash('sha256');
  for (let run = 0; run < 3000; run++) {
    const count = 1 + Math.floor(random() * 4);
    const each = <T>(draw: () => T): T[] => Array.from({ length: count }, draw);
    const times = (): number => pick(0, 0, 1, 7, 20, 60, 100);
    const options: FailoverOptions = {
      carries: each(() => pick(1, 1, 0.4, 0.7)),
      load: pick(1, 0.7),
      detectMs: times(),
      approveMs: times(),
      switchMs: times(),
      spreadMs: times(),
      holdMs: times(),
      returns: pick(true, false),
    };
    let now = 0;
    const moments = Array.from({ length: 1 + Math.floor(random() * 25) }, (_, i): Moment => {
      now += i === 0 ? 0 : Math.floor(random() * 90);
      return {
        at: now,
        health: each(() => pick(0, 0.5, 0.89, 0.9, 1)),
        canSteer: pick(true, true, true, false),
      };
    });
    const chances = Array.from({ length: 3 }, () => ({
      succeeds: pick(true, true, false),
      ready: each(() => pick(true, false)),
    }));
    let draws = 0;
    const draw = (): FailoverDraw => chances[draws++ % 3] ?? { succeeds: true, ready: [] };
    hash.update(told(drive({ ...options, draw }, moments)).join('\n'));
  }
  expect(hash.digest('hex')).toBe(DIGEST_WITHOUT_PEOPLE);
});
