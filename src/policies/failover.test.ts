import { describe, expect, test } from 'vitest';
import {
  ALL_WELL,
  drive,
  TIMES,
  told,
  TWO,
  type Drive,
  type Moment,
} from '../../test/oracle/failover-drive.ts';
import { Failover, type FailoverDraw, type FailoverOptions } from './failover.ts';

const moved = ({ moves }: Drive): string[] => moves.map(({ at, from, to }) => `${at}: ${from} to ${to}`);

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
