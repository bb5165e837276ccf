import { describe, expect, test } from 'vitest';
import { settled, VirtualTime } from '../../test/parts/virtual-time.ts';
import { KeelsonError } from '../errors.ts';
import type { FailoverStep } from '../policies/index.ts';
import { Steering } from './steering.ts';
import type { Wheel, WheelCheck } from './steer/wheel.ts';

/** A wheel that does at once what it is told, unless it was told to fail or to wait. */
class FakeWheel implements Wheel {
  readonly turns: number[] = [];
  checks = 0;
  inForce: number | undefined = 0;
  /** Why it does not work. */
  broken: string | undefined;
  /** What is in force and is no alternative. */
  elsewhere: string | undefined;
  failing: KeelsonError | undefined;
  isSlow = false;
  private readonly held: (() => void)[] = [];

  describe(to: number): readonly string[] {
    return [`to ${to}`];
  }

  async check(signal: AbortSignal): Promise<WheelCheck> {
    this.checks++;
    const { broken, elsewhere, inForce } = this;
    if (this.isSlow) await this.wait(signal);
    if (broken !== undefined) return { ok: false, why: broken };
    if (elsewhere !== undefined) return { ok: true, inForce: undefined, isElsewhere: true, words: elsewhere };
    return { ok: true, inForce, words: 'it is well' };
  }

  async turn(to: number, signal: AbortSignal): Promise<void> {
    this.turns.push(to);
    if (this.isSlow) await this.wait(signal);
    if (this.failing !== undefined) throw this.failing;
    this.inForce = to;
  }

  /** What was held goes on. */
  letGo(): void {
    for (const go of this.held.splice(0)) go();
  }

  private wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.held.push(resolve);
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  }
}

const step = (kind: FailoverStep['kind'], to: number): FailoverStep => ({ kind, now: 0, from: 0, to });
const EVERY_MS = 30_000;
const DEADLINE_MS = 10_000;

class World {
  readonly time = new VirtualTime();
  readonly wheel = new FakeWheel();
  readonly told: string[] = [];
  readonly words: string[] = [];
  readonly steering: Steering;

  constructor() {
    this.steering = new Steering(
      [
        {
          service: 3,
          name: 'front',
          alternatives: ['edge-a', 'edge-b', 'edge-c'],
          wheel: this.wheel,
          everyMs: EVERY_MS,
          deadlineMs: DEADLINE_MS,
        },
      ],
      this.time,
      {
        onCheck: (_, isGood) => this.told.push(isGood ? 'good' : 'bad'),
        onTurned: (_, to) => this.told.push(`turned ${to}`),
        onMoved: (_, to, isByHand) => this.told.push(`moved ${to}${isByHand ? ' by hand' : ''}`),
        onWords: (_, kind, words) => this.words.push(`${kind}: ${words}`),
      },
    );
  }

  static async started(): Promise<World> {
    const world = new World();
    await world.steering.start();
    world.told.length = 0;
    return world;
  }

  order(kind: FailoverStep['kind'], to: number): Promise<void> {
    this.steering.onStep(3, step(kind, to));
    return settled();
  }

  /** Where users have been sent or found, in order. */
  get ways(): readonly string[] {
    return this.told.filter((one) => one !== 'good' && one !== 'bad');
  }
}

describe('at the start', () => {
  test('users are where the wheel says, and nobody is said to have moved them', async () => {
    const world = new World();
    world.wheel.inForce = 1;
    await world.steering.start();
    expect(world.told).toEqual(['moved 1', 'good']);
    expect(world.words).toEqual([]);
    expect(world.steering.state(3)).toMatchObject({ ok: true, inForce: 1 });
  });

  test('nor where it could be asked only later', async () => {
    const world = new World();
    world.wheel.broken = 'no answer';
    await world.steering.start();
    expect(world.steering.state(3)).toMatchObject({ ok: false, why: 'no answer', inForce: undefined });
    world.wheel.broken = undefined;
    await world.time.pass(2000);
    expect(world.told).toEqual(['bad', 'moved 0', 'good']);
    expect(world.words).toEqual([]);
  });

  test('it is asked again and again', async () => {
    const world = await World.started();
    await world.time.pass(10 * EVERY_MS);
    expect(world.wheel.checks).toBe(11);
    expect(new Set(world.told)).toEqual(new Set(['good']));
  });
});

describe('a decision', () => {
  test.each(['switching', 'back'] as const)('turns the wheel: %s', async (kind) => {
    const world = await World.started();
    await world.order(kind, 1);
    expect(world.wheel.turns).toEqual([1]);
    expect(world.told).toEqual(['good', 'turned 1']);
    expect(world.words).toEqual(['turned: front has been moved to edge-b.']);
  });

  test.each(['failing', 'detected', 'approved', 'refused', 'stuck', 'switched', 'in-use'] as const)(
    'of another kind does not: %s',
    async (kind) => {
      const world = await World.started();
      await world.order(kind, 1);
      expect(world.wheel.turns).toEqual([]);
    },
  );

  test('for a service without a wheel is not its matter', async () => {
    const world = await World.started();
    world.steering.onStep(4, step('switching', 1));
    await settled();
    expect(world.wheel.turns).toEqual([]);
  });

  test('that is given up is turned back, if it was begun', async () => {
    const world = await World.started();
    await world.order('recovered', 0);
    expect(world.wheel.turns).toEqual([]);
    await world.order('switching', 1);
    await world.order('recovered', 0);
    expect(world.wheel.turns).toEqual([1, 0]);
  });

  test('that changes during a slow turn is made after it: the last counts, none between', async () => {
    const world = await World.started();
    world.wheel.isSlow = true;
    await world.order('switching', 1);
    await world.order('switching', 2);
    await world.order('back', 0);
    expect(world.wheel.turns).toEqual([1]);
    world.wheel.isSlow = false;
    world.wheel.letGo();
    await settled();
    expect(world.wheel.turns).toEqual([1, 0]);
    expect(world.wheel.inForce).toBe(0);
  });
});

describe('a turn that fails', () => {
  const refused = new KeelsonError('wheel-refused', 'The server said no.');
  const unreachable = new KeelsonError('wheel-unreachable', 'It is gone.');

  test('is said, takes the steering away, and is made again until it is done', async () => {
    const world = await World.started();
    world.wheel.failing = refused;
    await world.order('switching', 1);
    expect(world.told).toEqual(['bad']);
    expect(world.words).toEqual(['failed: front could not be moved to edge-b: The server said no.']);
    expect(world.steering.state(3)).toMatchObject({ ok: false, why: 'The server said no.', inForce: 0 });
    await world.time.pass(5000);
    expect(world.wheel.turns.length).toBeGreaterThan(1);
    expect(world.wheel.turns.length).toBeLessThan(6);
    await world.time.pass(5000);
    // That it still fails is no news.
    expect(world.words).toHaveLength(1);
    world.wheel.failing = undefined;
    await world.time.pass(2000);
    expect(world.wheel.inForce).toBe(1);
    expect(world.told.slice(-2)).toEqual(['good', 'turned 1']);
    expect(world.ways).toEqual(['turned 1']);
  });

  test('is made again too where nobody can say what is in force', async () => {
    const world = await World.started();
    world.wheel.failing = refused;
    await world.order('back', 1);
    world.wheel.inForce = undefined;
    world.wheel.failing = undefined;
    await world.time.pass(2000);
    expect(world.wheel.inForce).toBe(1);
  });

  test('that does not answer within its deadline has failed', async () => {
    const world = await World.started();
    world.wheel.isSlow = true;
    await world.order('switching', 1);
    await world.time.pass(DEADLINE_MS - 1);
    expect(world.told).toEqual([]);
    await world.time.pass(1);
    expect(world.told).toEqual(['bad']);
    expect(world.words[0]).toContain('no answer within 10000 ms');
  });

  test('because somebody else has turned it leaves that as it is', async () => {
    const world = await World.started();
    world.wheel.failing = new KeelsonError('wheel-moved', 'Somebody was faster.');
    await world.order('switching', 1);
    world.wheel.inForce = 2;
    world.wheel.failing = undefined;
    await world.time.pass(60_000);
    expect(world.wheel.turns).toEqual([1]);
    // Where users are is known before it is known that they could be moved again.
    expect(world.told.slice(0, 3)).toEqual(['bad', 'moved 2 by hand', 'good']);
    expect(world.words.at(-1)).toBe('moved: Somebody else has moved front to edge-c.');
  });

  test('gives way to what somebody else has put there meanwhile', async () => {
    const world = await World.started();
    world.wheel.failing = unreachable;
    await world.order('switching', 1);
    world.wheel.failing = undefined;
    world.wheel.inForce = 2;
    await world.time.pass(60_000);
    expect(world.ways).toEqual(['moved 2 by hand']);
    expect(world.wheel.turns).toEqual([1]);
  });

  test('and arrived all the same is our own doing, even where something else is wanted by then', async () => {
    const world = await World.started();
    world.wheel.failing = unreachable;
    await world.order('switching', 1);
    await world.order('recovered', 0);
    world.wheel.failing = undefined;
    world.wheel.inForce = 1;
    await world.time.pass(2000);
    expect(world.ways).toEqual(['turned 0']);
  });
});

describe('looking at a wheel', () => {
  test('finds what somebody else has done, and takes it up once', async () => {
    const world = await World.started();
    world.wheel.inForce = 2;
    await world.time.pass(5 * EVERY_MS);
    expect(world.told.filter((one) => one !== 'good')).toEqual(['moved 2 by hand']);
    expect(world.words).toEqual(['moved: Somebody else has moved front to edge-c.']);
    expect(world.wheel.turns).toEqual([]);
  });

  test('takes up what was done by hand while it could not be looked at', async () => {
    const world = await World.started();
    await world.order('switching', 1);
    world.told.length = 0;
    world.wheel.broken = 'no answer';
    await world.time.pass(EVERY_MS);
    expect(world.told).toEqual(['bad']);
    world.wheel.inForce = 2;
    world.wheel.broken = undefined;
    await world.time.pass(2000);
    expect(world.told).toEqual(['bad', 'moved 2 by hand', 'good']);
    await world.time.pass(5 * EVERY_MS);
    expect(world.ways).toEqual(['moved 2 by hand']);
    expect(world.wheel.turns).toEqual([1]);
  });

  test('leaves alone what is no alternative until it is one again, and no switch could be made', async () => {
    const world = await World.started();
    world.wheel.elsewhere = 'www is A 192.0.2.9';
    await world.time.pass(EVERY_MS + 20_000);
    expect(world.steering.state(3)).toMatchObject({ ok: false, why: expect.stringContaining('192.0.2.9') });
    expect(world.words).toHaveLength(1);
    world.wheel.elsewhere = undefined;
    await world.time.pass(2000);
    expect(world.steering.state(3)).toMatchObject({ ok: true, inForce: 0 });
    expect(world.wheel.turns).toEqual([]);
  });

  test('every two seconds while it fails, and then as the plan says', async () => {
    const world = await World.started();
    world.wheel.broken = 'no answer';
    await world.time.pass(EVERY_MS + 10_000);
    expect(world.wheel.checks).toBe(1 + 1 + 5);
    world.wheel.broken = undefined;
    await world.time.pass(2000);
    expect(world.steering.state(3)).toMatchObject({ ok: true, why: undefined });
    const { checks } = world.wheel;
    await world.time.pass(EVERY_MS);
    expect(world.wheel.checks).toBe(checks + 1);
  });

  test('that was begun before a turn says nothing about what is in force after it', async () => {
    const world = await World.started();
    world.wheel.isSlow = true;
    await world.time.pass(EVERY_MS);
    const { checks } = world.wheel;
    // It has read that the first is in force, and has not answered yet.
    world.wheel.isSlow = false;
    await world.order('switching', 1);
    expect(world.told).toEqual(['good', 'turned 1']);
    world.wheel.letGo();
    await settled();
    expect(world.wheel.checks).toBe(checks);
    expect(world.told).toEqual(['good', 'turned 1']);
    expect(world.steering.state(3)?.inForce).toBe(1);
    await world.time.pass(EVERY_MS);
    expect(world.wheel.checks).toBe(checks + 1);
    expect(world.ways).toEqual(['turned 1']);
  });

  test('that does not answer within its deadline has failed', async () => {
    const world = await World.started();
    world.wheel.isSlow = true;
    await world.time.pass(EVERY_MS + DEADLINE_MS);
    expect(world.told).toEqual(['bad']);
  });
});

test('once it is stopped nothing is asked, turned or told any more', async () => {
  const world = await World.started();
  world.wheel.isSlow = true;
  await world.order('switching', 1);
  world.steering.stop();
  await world.order('switching', 2);
  await world.time.pass(10 * EVERY_MS);
  expect(world.wheel.turns).toEqual([1]);
  expect(world.told).toEqual([]);
  expect(world.words).toEqual([]);
  expect(world.time.waiting).toBe(0);
});
