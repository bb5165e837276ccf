/** Drills of a system that runs: its fault proxy is as it was afterwards, or what is left is known and taken away. */
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, test } from 'vitest';
import type { Journal } from '../../src/drill/chaos/index.ts';
import type { Drill } from '../../src/drill/result.ts';
import { randomStream } from '../../src/random.ts';
import { journalProblems } from '../oracle/chaos-open-api.ts';
import {
  drillOnFullDisk,
  drillRunning,
  endDrills,
  leftOf,
  runningWorld,
  startDrill,
  type DrillEnd,
  type DrillRun,
  type RunningWorld,
} from '../parts/drill-world.ts';
import { endProcesses } from './keelson-process.ts';

const worlds: RunningWorld[] = [];
afterAll(async () => {
  endDrills();
  for (const world of worlds) await world.stop();
  await endProcesses();
});
async function world(): Promise<RunningWorld> {
  const one = await runningWorld();
  worlds.push(one);
  return one;
}

const random = randomStream('moments of a drill', 11);
const within = (from: number, to: number): number => Math.round(from + random() * (to - from));

/** Once a drill has put its fault. */
async function untilFault({ faults }: RunningWorld, { ended }: DrillRun): Promise<void> {
  let end: DrillEnd | undefined;
  void ended.then((found) => {
    end = found;
  });
  // By a toxic, or because the proxy is disabled.
  const isThere = (): boolean => {
    const { enabled, toxics } = faults.proxy('site-1').view();
    return !enabled || toxics.length > 0;
  };
  while (!isThere()) {
    if (end !== undefined) throw new Error(`It ended before: ${end.err}${end.out}`);
    await setTimeout(20);
  }
}

async function killedInFault(one: RunningWorld, words: readonly string[] = []): Promise<void> {
  const drill = drillRunning(one, words);
  await untilFault(one, drill);
  drill.child.kill('SIGKILL');
  await drill.ended;
}

const restore = (one: RunningWorld, state = one.state): DrillRun =>
  startDrill(one, ['--restore', '--state', state]);
const journalOf = ({ state }: RunningWorld): string => join(state, 'drill.journal');

// Alone: on a machine with too much to do things come later than they are to, and the drill says so.
test('what is foreseen is seen, and every proxy is as it was', { retry: 2 }, async ({ expect }) => {
  const one = await world();
  await one.faults.proxy('site-2').setToxic({ name: 'slow', type: 'latency', attributes: { latency: 1 } });
  const before = await one.proxies();
  const journal = join(one.folder, 'journal.json');
  const drill = drillRunning(one, ['--journal', journal]);
  await untilFault(one, drill);
  expect(readFileSync(journalOf(one), 'utf8')).toMatch(/^\{"verb":"put",.*"proxy":"site-1".*\}\n$/);
  const { exit, out, err } = await drill.ended;
  expect(err).toBe('');
  expect(JSON.parse(out)).toMatchObject({
    outcome: 'agrees',
    restored: true,
    faults: [{ name: 'site-a', outcome: 'agrees', switches: [{ to: 'site-b' }, { to: 'site-a' }] }],
  });
  expect(exit).toBe(0);
  const told = JSON.parse(readFileSync(journal, 'utf8')) as Journal; // what was written
  expect(journalProblems(told)).toEqual([]);
  expect(told).toMatchObject({ status: 'completed', deviated: false });
  expect(told.run[0]?.activity.provider.url).toBe(`${one.controlUrl}/proxies`);
  expect(told.run[1]?.activity.provider.url).toBe(one.users);
  expect(await one.proxies()).toBe(before);
  expect(leftOf(one)).toEqual([]);
});

describe.concurrent('ended by hand', () => {
  const moments = [
    { at: 'its start', ms: within(150, 900), isFault: false },
    { at: 'the fault', ms: within(0, 1_500), isFault: true },
    { at: 'coming back', ms: within(2_500, 4_000), isFault: true },
  ];
  for (const [i, { at, ms, isFault }] of moments.entries())
    test(`in ${at}, everything is as it was`, async ({ expect }) => {
      const one = await world();
      const before = await one.proxies();
      const drill = drillRunning(one);
      if (isFault) await untilFault(one, drill);
      await setTimeout(ms);
      drill.child.kill((['SIGINT', 'SIGTERM', 'SIGHUP'] as const)[i] ?? 'SIGINT');
      const { exit, out } = await drill.ended;
      if (isFault) {
        // Data of a drill, as it says itself.
        const { outcome, stopped, restored } = JSON.parse(out) as Drill;
        expect({ outcome, stopped, restored, exit }).toEqual({
          outcome: 'stopped',
          stopped: 'It was ended by hand.',
          restored: true,
          exit: 1,
        });
      }
      expect(await one.proxies()).toBe(before);
      expect(leftOf(one)).toEqual([]);
    });
});

describe.concurrent('killed while a fault is there', () => {
  test('--restore takes it away, and it alone', async ({ expect }) => {
    const one = await world();
    const before = await one.proxies();
    await killedInFault(one);
    expect(await one.proxies()).not.toBe(before);
    const kept = await one.faults.proxy('site-2').setToxic({ name: 'theirs', type: 'latency' });
    const { exit, out } = await restore(one).ended;
    expect({ exit, out }).toEqual({ exit: 0, out: '1 left by an earlier drill: taken away.\n' });
    expect(one.faults.proxy('site-2').view().toxics).toEqual([kept.view()]);
    await one.faults.proxy('site-2').removeToxic('theirs');
    expect(await one.proxies()).toBe(before);
    expect(leftOf(one)).toEqual([]);
    expect((await restore(one).ended).out).toBe('Nothing was left behind.\n');
  });

  test('so does the next drill, and says so', async ({ expect }) => {
    const one = await world();
    const before = await one.proxies();
    await killedInFault(one);
    const { out, err } = await drillRunning(one).ended;
    expect(err).toBe('keelson: 1 left by an earlier drill: taken away.\n');
    expect(JSON.parse(out)).toMatchObject({ stopped: null, restored: true });
    expect(await one.proxies()).toBe(before);
    expect(leftOf(one)).toEqual([]);
  });

  test('a toxic ends by itself, and has a name: the next drill takes it away though the journal is lost', async ({
    expect,
  }) => {
    const one = await world();
    const before = await one.proxies();
    await killedInFault(one, ['--as', 'hang']);
    const [toxic] = one.faults.proxy('site-1').view().toxics;
    expect(toxic).toMatchObject({ name: 'keelson-drill-1', type: 'timeout', active: true });
    // A minute after it was to be taken away.
    expect(toxic?.schedule?.for).toBeGreaterThan(60_000);
    expect(toxic?.schedule?.for).toBeLessThan(80_000);
    rmSync(journalOf(one));
    expect((await drillRunning(one).ended).err).toBe('keelson: 1 left by an earlier drill: taken away.\n');
    expect(await one.proxies()).toBe(before);
    expect(leftOf(one)).toEqual([]);
  });

  test('a line that was cut off is none, and swallows nothing', async ({ expect }) => {
    const one = await world();
    const before = await one.proxies();
    await killedInFault(one);
    appendFileSync(journalOf(one), '{"verb":"put","process":1,"contr');
    const { exit, out } = await restore(one).ended;
    expect({ exit, out }).toEqual({ exit: 0, out: '1 left by an earlier drill: taken away.\n' });
    expect(await one.proxies()).toBe(before);
    expect(leftOf(one)).toEqual([]);
  });

  test('through another control API, it is refused, and nothing is touched', async ({ expect }) => {
    const one = await world();
    await killedInFault(one);
    const before = await one.proxies();
    const said = readFileSync(journalOf(one), 'utf8').replaceAll(one.controlUrl, 'http://127.0.0.1:2');
    writeFileSync(journalOf(one), said);
    for (const drill of [restore(one), drillRunning(one)]) {
      const { exit, err } = await drill.ended;
      expect(err).toContain(`found something of http://127.0.0.1:2. (drill-journal)`);
      expect(exit).toBe(2);
    }
    expect(await one.proxies()).toBe(before);
    expect(readFileSync(journalOf(one), 'utf8')).toBe(said);
  });

  test('and written by a process that runs, it is under way: another one does not begin', async ({
    expect,
  }) => {
    const one = await world();
    const drill = drillRunning(one);
    await untilFault(one, drill);
    const { exit, err } = await drillRunning(one).ended;
    expect(err).toContain(
      `Another drill is under way: process ${drill.pid} wrote ${journalOf(one)}. (drill-under-way)`,
    );
    expect(exit).toBe(2);
    expect(JSON.parse((await drill.ended).out)).toMatchObject({ stopped: null, restored: true });
    expect(leftOf(one)).toEqual([]);
  });
});

test.concurrent('a journal that is none is refused, and left as it is', async ({ expect }) => {
  const one = await world();
  const before = await one.proxies();
  const put = { verb: 'put', process: 1, control: one.controlUrl, proxy: 'site-1' };
  for (const text of [
    'garbage',
    // No drill has put what has another name.
    `${JSON.stringify({ ...put, toxic: 'theirs' })}\n`,
  ]) {
    writeFileSync(journalOf(one), text);
    const { exit, err } = await restore(one).ended;
    expect(err).toContain('(drill-journal)');
    expect(exit).toBe(2);
    expect(readFileSync(journalOf(one), 'utf8')).toBe(text);
  }
  expect(await one.proxies()).toBe(before);
});

test.concurrent('where nothing can be written down, nothing is put', async ({ expect }) => {
  const one = await world();
  const before = await one.proxies();
  const { exit, out } = await drillOnFullDisk(one).ended;
  expect(JSON.parse(out)).toMatchObject({
    faults: [],
    outcome: 'stopped',
    stopped: `What is put must be written down in ${journalOf(one)} first, and cannot be: EFBIG.`,
    restored: true,
  });
  expect(exit).toBe(1);
  expect(await one.proxies()).toBe(before);
  expect(leftOf(one)).toEqual([]);
});

test.concurrent('a control API that refuses is said, and what was put is taken away', async ({ expect }) => {
  const one = await world();
  const toxics = Array.from({ length: 100 }, (_, i) => `t${i}`);
  for (const name of toxics) await one.faults.proxy('site-2').setToxic({ name, type: 'latency' });
  const before = await one.proxies();
  const drill = startDrill(one, [
    '--state',
    one.state,
    '--only',
    'site-a + site-b',
    '--as',
    'hang',
    '--json',
  ]);
  const { exit, out } = await drill.ended;
  expect(JSON.parse(out)).toMatchObject({
    outcome: 'stopped',
    stopped: expect.stringMatching(/^The fault proxy refused .*site-2\/toxics: 409 .*too many toxics/),
    restored: true,
  });
  expect(exit).toBe(1);
  expect(await one.proxies()).toBe(before);
  expect(leftOf(one)).toEqual([]);
});

describe.concurrent('while a drill is under way', () => {
  test('the fault proxy goes: it says that it could not restore, and what is left is written down', async ({
    expect,
  }) => {
    const one = await world();
    const drill = drillRunning(one);
    await untilFault(one, drill);
    await one.control.close();
    const { exit, out } = await drill.ended;
    expect(JSON.parse(out)).toMatchObject({
      outcome: 'stopped',
      stopped: 'A fault could not be taken away.',
      restored: false,
    });
    expect(exit).toBe(1);
    expect(existsSync(journalOf(one))).toBe(true);
    const again = await restore(one).ended;
    expect(again.err).toContain('(drill-unreachable)');
    expect(again.exit).toBe(2);
    expect(existsSync(journalOf(one))).toBe(true);
  });

  test('the gateway goes: it says what was not well, and everything is as it was', async ({ expect }) => {
    const one = await world();
    const before = await one.proxies();
    const drill = drillRunning(one);
    await untilFault(one, drill);
    await one.serve.end('SIGKILL');
    const { exit, out } = await drill.ended;
    expect(JSON.parse(out)).toMatchObject({
      outcome: 'stopped',
      stopped: expect.stringMatching(/^The gateway has not answered for \d+ s\.$/),
      restored: true,
    });
    expect(exit).toBe(1);
    expect(await one.proxies()).toBe(before);
    expect(leftOf(one)).toEqual([]);
  });
});
