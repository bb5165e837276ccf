import { afterEach, describe, expect, test, vi } from 'vitest';
import { planOf } from '../../test/oracle/time/compare.ts';
import { progressAfter } from '../../test/parts/restarted.ts';
import { VirtualTime } from '../../test/parts/virtual-time.ts';
import { liveSignals, type Progress, type SwitchConduct } from '../control/index.ts';
import type { Model } from '../model/index.ts';
import type { Hold } from '../policies/index.ts';
import { Live, type LiveListener } from './live.ts';
import { PolicyClock } from './policy-clock.ts';
import { systemTime, type Time } from '../time.ts';

const PLAN = `keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys:
  trade:
    ladder: {down: 10s, up: 5m}
    modes:
      full: {needs: [book, p/a]}
      lean: {worth: 50%, needs: p/b}
  show:
    modes:
      full: {needs: p/c}
services:
  book:
    outages: none
    any: [p/d, p/e]
    failover: {detect: 5s, approve: 1m, switch: 10s, hold: 10m}
providers:
  p:
    capabilities:
      a: {outages: none}
      b: {outages: none}
      c: {outages: none}
      d: {outages: none}
      e: {outages: none}
catalog: none
`;

const { model } = planOf(PLAN);
const signals = liveSignals(model);
const BOOK = 0;
const TRADE = 0;
const SHOW = 1;

function reference(name: string, of: Model = model): number {
  return signals.reference(
    of.references.findIndex((one) => one.name === name),
    false,
  );
}

/** A loop on a virtual clock, and what it has told: `SECOND JOURNEY MODE`. */
class World {
  readonly time: VirtualTime;
  readonly live: Live;
  readonly told: string[] = [];
  private readonly start: number;

  constructor({
    time = new VirtualTime(),
    speed = 1,
    listener,
    conduct,
    progress,
  }: {
    readonly time?: VirtualTime;
    readonly speed?: number;
    readonly listener?: Partial<LiveListener>;
    readonly conduct?: SwitchConduct;
    readonly progress?: Progress;
  } = {}) {
    this.time = time;
    this.start = time.now();
    this.live = new Live(model, {
      clock: new PolicyClock(time, speed),
      ...(conduct === undefined ? {} : { conduct: () => conduct }),
      ...(progress === undefined ? {} : { progress }),
      listener: {
        onJourney: (journey, now, before, after) => {
          if (before.mode !== after.mode)
            this.told.push(`${(now - this.start) / 1000} ${nameOf(journey)} ${modeOf(journey, after.mode)}`);
          listener?.onJourney?.(journey, now, before, after);
        },
        onSwitch: (service, step) => {
          this.told.push(`${(step.now - this.start) / 1000} book ${step.kind} ${step.to}`);
          listener?.onSwitch?.(service, step);
        },
      },
    });
  }

  at(second: number, levels: Readonly<Record<string, number>> = {}): this {
    this.time.goTo(this.start + second * 1000);
    this.live.observe(Object.entries(levels).map(([name, level]) => ({ signal: reference(name), level })));
    return this;
  }

  mode(journey: number): string {
    return modeOf(journey, this.live.modes[journey] ?? -1);
  }

  /** @param second at which it ends */
  hold(journey: number, mode: number, isPinned: boolean, second: number): Hold {
    const hold = { mode, isPinned, until: this.start + second * 1000, reason: 'a test', by: 'somebody' };
    this.live.hold(journey, hold);
    return hold;
  }
}

const nameOf = (journey: number): string => model.journeys[journey]?.name ?? '';
const modeOf = (journey: number, mode: number): string =>
  model.journeys[journey]?.modes[mode]?.name ?? 'down';

describe('what is observed', () => {
  test('is decided at once and when time has passed, and it wakes by itself for that', () => {
    const world = new World().at(100, { 'p/a': 0 }).at(200, { 'p/a': 1 }).at(1000);
    expect(world.told).toEqual(['100 trade down', '110 trade lean', '500 trade full']);
    expect(world.time.waiting).toBe(0);
  });

  test('is known, and is 1 of what never was', () => {
    const world = new World().at(100, { 'p/a': 0.25 });
    expect(world.live.level(reference('p/a'))).toBe(0.25);
    expect(world.live.level(reference('p/b'))).toBe(1);
    expect(world.live.level(signals.member(BOOK, 1))).toBe(1);
  });

  test('of one alternative alone makes users leave it', () => {
    const world = new World();
    world.time.goTo(world.time.now() + 1000);
    world.live.observe([{ signal: signals.member(BOOK, 0), level: 0 }]);
    world.time.goTo(world.time.now() + 100_000);
    expect(world.live.controller.inUse(BOOK)).toBe(1);
  });

  test('of the steering holds a switch up until it works', () => {
    const world = new World();
    world.live.observe([{ signal: signals.steering(BOOK), level: 0 }]);
    world.at(10, { 'p/d': 0 }).at(500);
    expect(world.told.at(-1)).toBe('75 book stuck 1');
    world.live.observe([{ signal: signals.steering(BOOK), level: 1 }]);
    world.at(600);
    expect(world.told.filter((one) => one.includes('book')).slice(-3)).toEqual([
      '500 book switching 1',
      '510 book switched 1',
      '510 book in-use 1',
    ]);
  });
});

describe('at 60 times the speed', () => {
  test('a minute takes a second, and what is told is when it was by the wall', () => {
    const world = new World({ speed: 60 }).at(100, { 'p/a': 0 }).at(102, { 'p/a': 1 }).at(1000);
    const seconds = world.told.map((one) => Number(one.split(' ')[0]));
    expect(world.told.map((one) => one.replace(/^[^ ]+ /, ''))).toEqual([
      'trade down',
      'trade lean',
      'trade full',
    ]);
    expect(seconds[0]).toBe(100);
    expect(seconds[1]).toBeCloseTo(100 + 10 / 60, 3);
    expect(seconds[2]).toBeCloseTo(102 + 300 / 60, 3);
    expect(world.live.standing(TRADE).since).toBeCloseTo(world.time.now() - (1000 - 107) * 1000, 0);
  });

  test('a switch goes through its steps as much sooner', () => {
    const world = new World({ speed: 60 }).at(60, { 'p/d': 0 }).at(61.24);
    expect(world.told.filter((one) => one.endsWith('in-use 1'))).toEqual([]);
    world.at(61.26);
    const [first = '', last = ''] = [world.told[0], world.told.at(-1)];
    expect(first).toBe('60 book failing 0');
    expect(last).toMatch(/^61\.25\d* book in-use 1$/);
  });

  test('a hold ends at the moment of the wall that it was given, and is told as it was given', () => {
    const world = new World({ speed: 60 }).at(10);
    const hold = world.hold(TRADE, 1, false, 12);
    expect(world.live.held(TRADE)).toBe(hold);
    world.at(11.9);
    expect(world.mode(TRADE)).toBe('lean');
    world.at(12.001);
    expect(world.mode(TRADE)).toBe('full');
    expect(world.live.held(TRADE)).toBeUndefined();
  });
});

describe('who is told of a decision', () => {
  test('may observe something: it is taken up after that, and all is told once and in order', () => {
    const seen: string[] = [];
    const world: World = new World({
      listener: {
        onJourney: (journey, _now, before, after) => {
          seen.push(`${nameOf(journey)} ${before.mode}>${after.mode}`);
          if (journey === TRADE && before.mode !== after.mode && after.mode === 2)
            world.live.observe([{ signal: reference('p/c'), level: 0 }]);
        },
      },
    });
    world.at(100, { 'p/a': 0 });
    expect(seen).toEqual(['trade 0>2', 'show 0>1']);
    expect(world.mode(SHOW)).toBe('down');
  });

  test('of a switch may observe while an order is carried out, and while one is confirmed', () => {
    const conduct = { asksPerson: true, confirms: true, observedLateMs: 0 };
    const world: World = new World({
      conduct,
      listener: {
        onSwitch: (_, { kind }) => {
          if (kind === 'switching') world.live.observe([{ signal: reference('p/c'), level: 0 }]);
          if (kind === 'switched') world.live.observe([{ signal: reference('p/c'), level: 1 }]);
        },
      },
    });
    world.at(10, { 'p/d': 0 }).at(20);
    expect(world.live.approve(BOOK)).toBe(true);
    expect(world.mode(SHOW)).toBe('down');
    world.at(40);
    expect(world.live.confirm(BOOK, 1)).toBe(true);
    expect(world.mode(SHOW)).toBe('full');
    expect(world.live.controller.inUse(BOOK)).toBe(1);
  });

  test('may hold a journey, and may give an order: both are taken up after that decision', () => {
    const world: World = new World({
      listener: {
        onJourney: (journey, now, before, after) => {
          if (journey !== SHOW || before.mode === after.mode || after.mode !== 1) return;
          world.live.hold(TRADE, { mode: 1, isPinned: false, until: now + 60_000 });
          world.live.send(BOOK, 1);
        },
      },
    });
    world.at(100, { 'p/c': 0 });
    expect(world.mode(TRADE)).toBe('lean');
    expect(world.live.controller.failoverOf(BOOK)?.pending).toEqual({ kind: 'switching', to: 1 });
  });

  test('may fail: the loop goes on with what was observed, and wakes again', () => {
    let fails = true;
    const world = new World({
      listener: {
        onJourney: () => {
          if (fails) throw new Error('a listener');
        },
      },
    });
    expect(() => world.at(100, { 'p/a': 0 })).toThrow('a listener');
    fails = false;
    world.at(200);
    expect(world.mode(TRADE)).toBe('lean');
  });
});

describe('a hand on the lever', () => {
  test('caps a journey until a moment, at that moment', () => {
    const world = new World();
    world.hold(TRADE, 1, false, 500);
    expect(world.mode(TRADE)).toBe('lean');
    expect(world.live.standing(TRADE)).toMatchObject({ mode: 1, offered: 0 });
    world.at(1000);
    expect(world.told).toEqual(['0 trade lean', '500 trade full']);
    expect(world.live.held(TRADE)).toBeUndefined();
  });

  test('that caps does not keep up what does not work; one that pins does', () => {
    const world = new World();
    world.hold(TRADE, 0, false, 500);
    world.hold(SHOW, 0, true, 500);
    world.at(100, { 'p/a': 0, 'p/c': 0 });
    expect([world.mode(TRADE), world.mode(SHOW)]).toEqual(['down', 'full']);
    world.at(500);
    expect(world.mode(SHOW)).toBe('down');
  });

  test('may hold a journey down, and lets it go at once', () => {
    const world = new World();
    world.hold(SHOW, 1, true, 500);
    expect(world.mode(SHOW)).toBe('down');
    world.live.hold(SHOW, undefined);
    expect(world.mode(SHOW)).toBe('full');
    expect(world.time.waiting).toBe(0);
  });

  test('on a mode that is not there changes nothing', () => {
    const world = new World();
    world.hold(SHOW, 1, true, 500);
    expect(() => world.hold(SHOW, 2, true, 900)).toThrow(RangeError);
    expect(world.live.held(SHOW)).toMatchObject({ mode: 1 });
  });

  test('holds over a restart, until the same moment', () => {
    const first = new World();
    const hold = first.hold(TRADE, 1, true, 500);
    first.at(100);
    first.live.stop();
    const second = new World({ time: first.time, progress: progressAfter(first.live, model) });
    second.live.hold(TRADE, hold);
    expect(second.mode(TRADE)).toBe('lean');
    second.at(399.999);
    expect(second.mode(TRADE)).toBe('lean');
    second.at(400);
    expect(second.mode(TRADE)).toBe('full');
  });
});

describe('over a restart', () => {
  test('alternatives and modes are as they were, and what works has done so only from then on', () => {
    const first = new World().at(100, { 'p/d': 0 }).at(300, { 'p/a': 0 }).at(400);
    expect(first.mode(TRADE)).toBe('lean');
    expect(first.live.controller.inUse(BOOK)).toBe(1);
    first.live.stop();
    const second = new World({ time: first.time, progress: progressAfter(first.live, model) });
    expect(second.mode(TRADE)).toBe('lean');
    expect(second.live.controller.inUse(BOOK)).toBe(1);
    second.at(2000);
    // Up after five minutes, back after ten.
    expect(second.told).toEqual(['300 trade full', '600 book back 0']);
  });

  test('who was down is served at once by what works', () => {
    const progress = { inUse: new Map<number, number>(), modes: new Map([[TRADE, 2]]) };
    expect(new World({ progress }).mode(TRADE)).toBe('full');
  });
});

describe('waking', () => {
  afterEach(() => void vi.useRealTimers());

  test('is called off once it is stopped', () => {
    const world = new World().at(100, { 'p/a': 0 });
    world.live.stop();
    expect(world.time.waiting).toBe(0);
    world.at(200, { 'p/a': 1 });
    expect(world.time.waiting).toBe(0);
  });

  test('comes once, however often is observed', () => {
    const world = new World();
    for (let i = 0; i < 100; i++) world.at(100 + i / 1000, { 'p/a': i % 2 });
    expect(world.time.waiting).toBeLessThanOrEqual(1);
  });

  test('waits longer than a timer of Node can: 30 days', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
    let asked = 0;
    const system = systemTime();
    const time: Time = {
      now: () => system.now(),
      after: (ms, call) => {
        asked++;
        return system.after(ms, call);
      },
    };
    const live = new Live(model, { clock: new PolicyClock(time) });
    const days = 86_400_000;
    live.hold(SHOW, { mode: 1, isPinned: true, until: time.now() + 30 * days });
    vi.advanceTimersByTime(30 * days - 10);
    expect(live.modes[SHOW]).toBe(1);
    vi.advanceTimersByTime(20);
    expect(live.modes[SHOW]).toBe(0);
    expect(asked).toBeLessThan(10);
  });
});
