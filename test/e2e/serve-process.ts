/** `keelson serve` as a process, and what a test waits for. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Status } from '../../src/serve/index.ts';
import { bin } from '../cli/keelson.ts';

export interface ServeProcess {
  /** The line that says that it serves. */
  readonly said: string;
  /** Where it is asked for its status. */
  readonly admin: string;
  status(): Promise<Status>;
  end(signal: NodeJS.Signals): Promise<number | null>;
}

const running = new Set<ChildProcess>();

/** Ends what a test has started. */
export function endServing(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Starts it and waits until it says that it serves. Throws what it says instead, where it does not. */
export async function startServe(words: readonly string[]): Promise<ServeProcess> {
  const child = spawn(process.execPath, [bin, 'serve', ...words, '--admin', '127.0.0.1:0'], {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err = (err + chunk.toString()).slice(-10_000);
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  void ended.then(() => running.delete(child));
  const said = await new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    void ended.then((code) => resolve(`It ended with ${code}.`));
  });
  const admin = /status at (http:\/\/[\d.]+:\d+)\/status/.exec(said)?.[1];
  if (admin === undefined) throw new Error(`It does not serve: ${said}\n${err}`);
  return {
    said,
    admin,
    status: async () =>
      (await (await fetch(`${admin}/status`, { headers: { accept: 'application/json' } })).json()) as Status, // its own schema
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}
