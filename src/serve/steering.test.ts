import { describe, expect, test } from 'vitest';
import { KeelsonError } from '../errors.ts';
import type { FailoverStep } from '../policies/index.ts';
import { Steering } from './steering.ts';
import type { Wheel, WheelCheck } from './steer/wheel.ts';
import type { Time } from './time.ts';

/** A clock that stands still, and calls what waits when it is told to. */
class StillTime implements Time {
  private clock = 0;
  private readonly waiting = new Map<object, { readonly at: number; readonly call: () => void }>();

  now(): number {
    return this.clock;
  }

  after(ms: number, call: () => void): () => void {
    const key = {};
    this.waiting.set(key, { at: this.clock + ms, call });
    return () => this.waiting.delete(key);
  }

  async pass(ms: number): Promise<void> {
    const end = this.clock + ms;
    for (;;) {
      const [due] = [...this.waiting].filter(([, { at }]) => at <= end).sort((a, b) => a[1].at - b[1].at);
      if (due === undefined) break;
      this.waiting.delete(due[0]);
      this.clock = due[1].at;
      due[1].call();
      await settle();
    }
    this.clock = end;
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A wheel whose answers a test gives. */
class ToldWheel implements Wheel {
  standing: WheelCheck = { ok: true, inForce: 0, words: 'it is there' };
  failing: KeelsonError | undefined;
  readonly turned: number[] = [];
  /** Holds answers of checks back while it is set. */
  gate: Promise<void> | undefined;

  describe(): readonly string[] {
    return [];
  }

  async check(): Promise<WheelCheck> {
    const { standing } = this;
    await this.gate;
    return standing;
  }

  async turn(to: number): Promise<void> {
    if (this.failing !== undefined) throw this.failing;
    this.turned.push(to);
    this.standing = { ok: true, inForce: to, words: 'it is there' };
  }
}

interface World {
  readonly time: StillTime;
  readonly wheel: ToldWheel;
  readonly steering: Steering;
  readonly told: string[];
  readonly words: string[];
}

async function start(): Promise<World> {
  const [time, wheel, told, words] = [new StillTime(), new ToldWheel(), [] as string[], [] as string[]];
  const steered = {
    service: 7,
    name: 'edge',
    alternatives: ['a', 'b', 'c'],
    wheel,
    everyMs: 5_000,
    deadlineMs: 1_000,
  };
  const steering = new Steering([steered], time, {
    onCheck: () => undefined,
    onTurned: (_, to) => told.push(`turned ${to}`),
    onMoved: (_, to, isByHand) => told.push(`${isByHand ? 'moved by hand' : 'found'} ${to}`),
    onWords: (_, kind, text) => words.push(`${kind}: ${text}`),
  });
  await steering.start();
  return { time, wheel, steering, told, words };
}

const step = (kind: FailoverStep['kind'], to: number): FailoverStep => ({ kind, now: 0, from: 0, to });
const gone = new KeelsonError('wheel-unreachable', 'It is gone.', {});

describe('what is in force', () => {
  test('at the start is taken up, and is nobody’s doing', async () => {
    const { told, words } = await start();
    expect(told).toEqual(['found 0']);
    expect(words).toEqual([]);
  });

  test('and has been changed by somebody else is taken up, not fought', async () => {
    const { time, wheel, told } = await start();
    wheel.standing = { ok: true, inForce: 1, words: '' };
    await time.pass(20_000);
    expect(told).toEqual(['found 0', 'moved by hand 1']);
    expect(wheel.turned).toEqual([]);
  });

  test('and has been changed while it could not be seen is taken up too', async () => {
    const { time, wheel, told } = await start();
    wheel.standing = { ok: false, why: 'It is gone.' };
    await time.pass(6_000);
    wheel.standing = { ok: true, inForce: 2, words: '' };
    await time.pass(20_000);
    expect(told).toEqual(['found 0', 'moved by hand 2']);
    expect(wheel.turned).toEqual([]);
  });

  test('and is no alternative is left alone until it is one again, and no switch could be made', async () => {
    const { time, wheel, steering, words } = await start();
    wheel.standing = { ok: true, inForce: undefined, isElsewhere: true, words: 'www is A 192.0.2.9' };
    await time.pass(20_000);
    expect(steering.state(7)).toMatchObject({ ok: false, why: expect.stringContaining('192.0.2.9') });
    expect(words).toHaveLength(1);
    wheel.standing = { ok: true, inForce: 0, words: '' };
    await time.pass(5_000);
    expect(steering.state(7)).toMatchObject({ ok: true, inForce: 0 });
    expect(wheel.turned).toEqual([]);
  });

  test('is not read from a check that a turn has overtaken', async () => {
    const { time, wheel, steering, told } = await start();
    let open = (): void => undefined;
    wheel.gate = new Promise((resolve) => {
      open = resolve;
    });
    await time.pass(5_000);
    wheel.gate = undefined;
    steering.onStep(7, step('switching', 1));
    await settle();
    open();
    await settle();
    expect(told).toEqual(['found 0', 'turned 1']);
    expect(steering.state(7)?.inForce).toBe(1);
    await time.pass(5_000);
    expect(told).toEqual(['found 0', 'turned 1']);
  });
});

describe('a turn that failed', () => {
  test('is made as soon as it can be, and is told of once', async () => {
    const { time, wheel, steering, told, words } = await start();
    wheel.failing = gone;
    steering.onStep(7, step('switching', 1));
    await time.pass(10_000);
    expect(words).toEqual(['failed: edge could not be moved to b: It is gone.']);
    wheel.failing = undefined;
    await time.pass(2_000);
    expect(told).toEqual(['found 0', 'turned 1']);
  });

  test('and arrived all the same is our own doing, even where something else is wanted by then', async () => {
    const { time, wheel, steering, told } = await start();
    wheel.failing = gone;
    steering.onStep(7, step('switching', 1));
    await settle();
    steering.onStep(7, step('recovered', 0));
    await settle();
    wheel.failing = undefined;
    wheel.standing = { ok: true, inForce: 1, words: '' };
    await time.pass(2_000);
    expect(told).toEqual(['found 0', 'turned 0']);
  });

  test('gives way to what somebody else has put there meanwhile', async () => {
    const { time, wheel, steering, told } = await start();
    wheel.failing = gone;
    steering.onStep(7, step('switching', 1));
    await settle();
    wheel.failing = undefined;
    wheel.standing = { ok: true, inForce: 2, words: '' };
    await time.pass(20_000);
    expect(told).toEqual(['found 0', 'moved by hand 2']);
    expect(wheel.turned).toEqual([]);
  });
});
