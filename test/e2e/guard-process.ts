/** `keelson guard run` as a process, and what a test waits for. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { GuardsStatus, GuardStatus } from '../../src/guard/run/index.ts';
import { bin } from '../cli/keelson.ts';

export interface GuardProcess {
  readonly said: string;
  readonly admin: string;
  status(): Promise<GuardStatus>;
  get(path: string): Promise<{ readonly status: number; readonly text: string }>;
  log(): Record<string, unknown>[];
  end(signal: NodeJS.Signals): Promise<number | null>;
}

const running = new Map<ChildProcess, Promise<unknown>>();

/** Ends what a test has started, and waits. */
export async function endGuards(): Promise<void> {
  for (const child of running.keys()) child.kill('SIGKILL');
  await Promise.all(running.values());
}

/** Starts it and waits until it says that it guards. Throws what it says instead, where it does not. */
export async function startGuard(contract: string, state: string): Promise<GuardProcess> {
  const words = ['guard', 'run', contract, '--state', state, '--admin', '127.0.0.1:0'];
  const child = spawn(process.execPath, [bin, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  running.set(child, ended);
  void ended.then(() => running.delete(child));
  const said = await new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    void ended.then((code) => resolve(`It ended with ${code}.`));
  });
  const admin = /status at (http:\/\/[\d.]+:\d+)\/status/.exec(said)?.[1];
  if (admin === undefined) throw new Error(`It does not guard: ${said}\n${err.slice(-10_000)}`);
  const get = async (path: string): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`${admin}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  return {
    said,
    admin,
    get,
    async status() {
      const { guards } = JSON.parse((await get('/status')).text) as GuardsStatus; // its own schema
      const [first] = guards;
      if (first === undefined) throw new Error('It has no guard.');
      return first;
    },
    log: () =>
      err
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>), // a line is an object
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}
