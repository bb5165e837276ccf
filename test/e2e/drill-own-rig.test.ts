/** Drills with a gateway of their own: what they find is right, and nothing of them is left however they end. */
import { readFileSync } from 'node:fs';
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
  type World,
} from '../parts/drill-world.ts';

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

test.concurrent('what is foreseen is seen, and then nothing is left', async ({ expect }) => {
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
      drill.child.kill(signal);
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
    ...MOMENTS,
  ])
    test(`in ${at}, what it had started ends by itself, and its folder goes`, async ({ expect }) => {
      const one = await world();
      const users = firstRequest(one);
      const drill = drillOwn(one);
      if (from === 'users') await users;
      await setTimeout(ms);
      drill.child.kill('SIGKILL');
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
