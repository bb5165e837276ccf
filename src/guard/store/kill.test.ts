import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleGuardLoop } from '../../../test/parts/guard-loop.ts';
import { makeVersion, versionOf } from '../../../test/parts/guard-version.ts';
import { systemDisk } from '../../disk/index.ts';
import { digestOf } from '../../document/load.ts';
import { randomStream } from '../../random.ts';
import { GuardStore, readJournal } from './index.ts';

const KILLS = Number(process.env.KEELSON_KILLS ?? 6);
let folder = '';
let program = '';
beforeAll(() => {
  // What is killed is a process, and no disk: where files are in memory it gets further.
  folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'keelson-kill-'));
  program = bundleGuardLoop(folder);
  mkdirSync(join(folder, 'run'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Lets it say so many lines, then it is killed: it is somewhere behind the last one. */
async function loopUntilKilled(first: number, lines: number): Promise<string[]> {
  const child: ChildProcess = spawn(
    process.execPath,
    [program, join(folder, 'state'), join(folder, 'run'), String(first)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const said: string[] = [];
  if (child.stdout === null) throw new Error('Expected to hear it.');
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (said.length === lines) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return said;
}

test(`a guard that is killed ${KILLS} times starts from what was good, with whole targets, and nothing stays locked`, async () => {
  const random = randomStream('kills');
  const refused = new Set<number>();
  let kept = 0;
  let first = 1;
  for (let i = 0; i < KILLS; i++) {
    const said = await loopUntilKilled(first, 1 + Math.floor(random() * 12));
    expect(said.filter((line) => line.startsWith('failed'))).toEqual([]);
    for (const line of said) {
      const [word, n] = line.split(' ');
      if (word === 'kept') kept = Number(n);
      if (word === 'refused') refused.add(Number(n));
    }
    const store = GuardStore.open(join(folder, 'state'));
    const good = store.good?.facts.version ?? 0;
    // The last one that it said, or the one that it was about to say.
    expect(
      good === kept || (good > kept && good <= kept + 2 && good % 3 !== 0),
      `${good} after ${kept}`,
    ).toBe(true);
    expect(store.troubles.filter(({ code }) => code !== 'journal-torn')).toEqual([]);
    if (store.good !== null) expect(versionOf(readFileSync(store.pathOf(store.good.digest)))).toBe(good);
    const stillRefused = new Set(store.state.refused.map(({ digest }) => digest));
    // One more may be refused than it has come to say.
    const next = Math.max(good, ...refused) + 1;
    for (const n of [next, next + 1, next + 2])
      if (stillRefused.has(digestOf(makeVersion(n)))) refused.add(n);
    for (const n of [...refused].slice(-20))
      expect(stillRefused.has(digestOf(makeVersion(n))), `${n}`).toBe(true);
    for (const name of ['a.json', 'b.json'].filter((one) => existsSync(join(folder, 'run', one)))) {
      const there = versionOf(readFileSync(join(folder, 'run', name)));
      expect(there, name).toBeGreaterThan(0);
      expect(there).toBeLessThanOrEqual(kept + 3);
    }
    expect(readdirSync(join(folder, 'state', 'incoming'))).toEqual([]);
    expect(readJournal(systemDisk, join(folder, 'state')).verdict).toMatchObject({
      broken: [],
      isUnfinished: false,
    });
    store.close();
    kept = good;
    first = Math.max(good, ...refused) + 1;
  }
  expect(kept).toBeGreaterThan(KILLS / 4);
  // Twenty programs are started one after the other: on a busy machine that takes its time.
}, 240_000);
