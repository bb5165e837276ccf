/** A command of keelson that goes on until it is ended, as a process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { bin } from '../cli/keelson.ts';

export interface KeelsonProcess {
  readonly pid: number;
  /** The line that says that it runs. */
  readonly said: string;
  /** Where it is asked for its status. */
  readonly admin: string;
  /** All that it has written to its standard error stream. */
  log(): string;
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
}

/** Each with its end. */
const running = new Map<ChildProcess, Promise<unknown>>();

/** Ends what a test has started, and waits. */
export async function endProcesses(): Promise<void> {
  for (const child of running.keys()) child.kill('SIGKILL');
  await Promise.all(running.values());
}

/**
 * Starts it, with an admin port that the system gives, and waits until it says where that is. Throws what it says instead, where it does
 * not.
 *
 * @param more of its environment
 */
export async function startProcess(
  words: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<KeelsonProcess> {
  const child = spawn(process.execPath, [bin, ...words, '--admin', '127.0.0.1:0'], {
    env: { ...process.env, NO_COLOR: '1', ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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
  if (admin === undefined) throw new Error(`It does not run: ${said}\n${err.slice(-10_000)}`);
  return {
    pid: child.pid ?? 0,
    said,
    admin,
    log: () => err,
    ended,
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}
