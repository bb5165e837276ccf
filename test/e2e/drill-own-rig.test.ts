/** Drills with a gateway of their own: what they find is right, and nothing of them is left however they end. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, test } from 'vitest';
import type { Drill } from '../../src/drill/result.ts';
import { randomStream } from '../../src/random.ts';
import { journalProblems } from '../oracle/chaos-open-api.ts';
import {
  drillOwn,
  endDrills,
  firstRequest,
  leftOf,
  ownWorld,
  processesOf,
  startDrill,
  type DrillRun,
  type World,
} from '../parts/drill-world.ts';
import { root } from '../cli/keelson.ts';
import { isWhole } from '../whole.ts';

const worlds: World[] = [];
afterAll(async () => {
  endDrills();
  for (const world of worlds) await world.stop();
});
async function world(): Promise<World> {
  const one = await ownWorld();
  worlds.push(one);
  return one;
}

const random = randomStream('moments of a drill', 7);
const within = (from: number, to: number): number => Math.round(from + random() * (to - from));

/** What a drill is at, by when its first user came. @unit ms */
const MOMENTS = [
  { at: 'its start', from: 'spawn', ms: within(0, 400) },
  { at: 'steadying', from: 'users', ms: within(0, 1_000) },
  { at: 'counting what is usual', from: 'users', ms: within(1_200, 2_800) },
  { at: 'the fault', from: 'users', ms: within(3_600, 5_000) },
  { at: 'coming back', from: 'users', ms: within(5_800, 7_500) },
] as const;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

test('a budget in which nothing can be drilled is no success', async ({ expect }) => {
  const { exit, out, err } = await drillOwn(await world(), ['--budget', '1s']).ended;
  expect({ exit, out }).toEqual({ exit: 2, out: '' });
  expect(err).toContain('No fault can be drilled in the time of --budget');
});

// Alone: on a machine with too much to do things come later than they are to, and the drill says so.
test('what is foreseen is seen, and then nothing is left', { retry: 2 }, async ({ expect }) => {
  const one = await world();
  const users = firstRequest(one);
  const journal = join(one.folder, 'journal.json');
  const drill = drillOwn(one, ['--journal', journal]);
  await users;
  expect(processesOf(one).length).toBe(2);
  const { exit, out, err } = await drill.ended;
  expect(err).toBe('');
  expect(JSON.parse(out)).toMatchObject({
    outcome: 'agrees',
    stopped: null,
    restored: true,
    faults: [{ name: 'site-a', outcome: 'agrees', switches: [{ to: 'site-b' }, { to: 'site-a' }] }],
  });
  expect(exit).toBe(0);
  const told: unknown = JSON.parse(readFileSync(journal, 'utf8'));
  expect(journalProblems(told)).toEqual([]);
  expect(told).toMatchObject({ status: 'completed', deviated: false });
  expect(leftOf(one)).toEqual([]);
});

describe.concurrent('ended by hand', () => {
  for (const [i, { at, from, ms }] of MOMENTS.entries()) {
    const signal = SIGNALS[i % SIGNALS.length] ?? 'SIGINT';
    test(`by ${signal} in ${at}, it says so, and nothing is left`, async ({ expect }) => {
      const one = await world();
      const users = firstRequest(one);
      const drill = drillOwn(one);
      // Before it has read its words it can say nothing.
      if (from === 'users') await users;
      else await expect.poll(() => processesOf(one).length).toBeGreaterThan(1);
      await setTimeout(ms);
      process.kill(-drill.pid, signal);
      const { exit, out, err } = await drill.ended;
      expect(err).toBe('');
      // Data of a drill, as it says itself.
      const { outcome, stopped, restored } = JSON.parse(out) as Drill;
      expect({ outcome, stopped, restored }).toEqual({
        outcome: 'stopped',
        stopped: 'It was ended by hand.',
        restored: true,
      });
      expect(exit).toBe(1);
      expect(leftOf(one)).toEqual([]);
    });
  }
});

describe.concurrent('killed', () => {
  for (const { at, from, ms } of [
    { at: 'its first moments', from: 'spawn', ms: within(30, 250) },
    ...(isWhole ? MOMENTS : MOMENTS.filter(({ at }) => at === 'the fault')),
  ])
    test(`in ${at}, what it had started ends by itself, and its folder goes`, async ({ expect }) => {
      const one = await world();
      const users = firstRequest(one);
      const drill = drillOwn(one);
      if (from === 'users') await users;
      await setTimeout(ms);
      process.kill(-drill.pid, 'SIGKILL');
      await drill.ended;
      await expect.poll(() => leftOf(one)).toEqual([]);
    });

  test('its gateway: it says so, ends, and nothing is left', async ({ expect }) => {
    const one = await world();
    const users = firstRequest(one);
    const drill = drillOwn(one);
    await users;
    await setTimeout(within(3_600, 5_000));
    const gateway = processesOf(one).find((words) => words.includes('drilled'));
    process.kill(Number(gateway?.split(' ')[0]), 'SIGKILL');
    const { exit, out } = await drill.ended;
    expect(JSON.parse(out)).toMatchObject({
      outcome: 'stopped',
      stopped: 'The gateway of the drill ended before it was to.',
      restored: true,
    });
    expect(exit).toBe(1);
    expect(leftOf(one)).toEqual([]);
  });
});

describe.concurrent('with a steerer beside its gateway', () => {
  const secrets = { HARBOR_EDGE_A: 'a'.repeat(32), HARBOR_EDGE_B: 'b'.repeat(32) };
  /** An exchange of which nothing runs, so that a drill of it waits for all to be well. Things stand at places that no gateway asks. */
  async function harbor(): Promise<World> {
    const one = await world();
    cpSync(join(root, 'examples/harbor'), join(one.folder, 'harbor'), { recursive: true });
    const plan = join(one.folder, 'harbor', 'live.yaml');
    const text = readFileSync(plan, 'utf8')
      .replace(/^ {2}(control|gateway|steerer|users|session): .*\n/gm, '')
      .replace(/session: needed, |^ *session: needed\n/gm, '')
      .replaceAll('127.0.0.1', '127.0.9.9');
    writeFileSync(plan, text);
    return { ...one, plan };
  }
  const startIn = (one: World): DrillRun => startDrill(one, ['--speed', '60', '--json'], secrets);

  for (const signal of ['SIGINT', 'SIGKILL'] as const)
    test(`by ${signal}, both end, and nothing is left`, async ({ expect }) => {
      const one = await harbor();
      const drill = startIn(one);
      // The drill itself, and both.
      await expect.poll(() => processesOf(one).length).toBe(3);
      await setTimeout(within(0, 2_000));
      process.kill(-drill.pid, signal);
      const { exit, out } = await drill.ended;
      if (signal === 'SIGINT') {
        expect(JSON.parse(out)).toMatchObject({ stopped: 'It was ended by hand.', restored: true });
        expect(exit).toBe(1);
      }
      await expect.poll(() => leftOf(one)).toEqual([]);
    });

  test('killed itself, it is said, and nothing is left', async ({ expect }) => {
    const one = await harbor();
    const drill = startIn(one);
    // A process that was only just made still has the words of who made it.
    const steerer = (): string | undefined => processesOf(one).find((words) => words.includes('--steer'));
    await expect.poll(steerer).toBeDefined();
    process.kill(Number(steerer()?.split(' ')[0]), 'SIGKILL');
    // While it is only just being started, that is what it says.
    const { out, err } = await drill.ended;
    expect(`${out}${err}`).toMatch(
      /The steerer of the drill (ended before it was to|could not be started)\./,
    );
    expect(leftOf(one)).toEqual([]);
  });
});
