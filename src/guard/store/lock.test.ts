import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundleGuardLoop } from '../../../test/parts/guard-loop.ts';
import { makeFolder } from '../../../test/parts/part.ts';
import { KeelsonError } from '../../errors.ts';
import { GuardStore } from './index.ts';
import { lockFolder } from './lock.ts';

let folder = '';
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const locks = (): string[] => readdirSync(folder).filter((name) => name.startsWith('lock'));

test('who comes second is told who has the folder, and what to do', () => {
  const store = GuardStore.open(folder);
  let error: unknown;
  try {
    GuardStore.open(folder);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(KeelsonError);
  expect(error).toMatchObject({
    code: 'guard-running',
    message: `Expected ${folder} to be free, found that process ${process.pid} has it.`,
    hint: `Stop that guard first (kill ${process.pid}), or name another folder: --state DIR`,
  });
  store.close();
  GuardStore.open(folder).close();
});

test('a folder that was given back can be taken again, and old locks are removed', () => {
  for (let i = 0; i < 5; i++) lockFolder(folder).release();
  expect(locks()).toEqual(['lock-5']);
});

test.each<[string, string]>([
  ['nothing', ''],
  ['half of one', `${process.pid}`],
  ['one of this process id, before a reboot', `${process.pid} 123 00000000-0000-0000-0000-000000000000`],
  ['one of a process that is gone', '999999999 1 x'],
  ['noise', '\0\0\0\0'],
])('a lock file with %s holds nobody up', (_, text) => {
  writeFileSync(join(folder, 'lock-7'), text);
  const lock = lockFolder(folder);
  expect(locks()).toEqual(['lock-8']);
  expect(() => lockFolder(folder)).toThrow(/process/);
  lock.release();
});

test('of many processes that want a folder whose owner was killed, one gets it', async () => {
  const program = bundleGuardLoop(folder);
  const state = join(folder, 'state');
  GuardStore.open(state).close();
  // Its process id is taken by nobody: it was killed.
  writeFileSync(join(state, 'lock-2'), '999999999 1 x');
  const start = (): Promise<'ran' | 'refused'> => {
    const child = spawn(process.execPath, [program, state, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    return new Promise((resolve, reject) => {
      child.stdout.once('data', () => {
        running.push(child);
        resolve('ran');
      });
      child.once('exit', () => {
        if (/guard-running/.test(errors)) resolve('refused');
        else if (!running.includes(child)) reject(new Error(errors));
      });
    });
  };
  const running: ReturnType<typeof spawn>[] = [];
  const outcomes = await Promise.all(Array.from({ length: 4 }, start));
  expect(outcomes.sort()).toEqual(['ran', 'refused', 'refused', 'refused']);
  for (const child of running) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  GuardStore.open(state).close();
  expect(existsSync(join(state, 'state.json'))).toBe(true);
});
