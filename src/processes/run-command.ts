import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { GroupMemory } from './group-memory.ts';

export interface CommandOptions {
  /** The folder that it runs in. */
  readonly folder: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** @unit ms */
  readonly timeoutMs: number;
  /** Left out of what it is heard to say. */
  readonly secrets: readonly string[];
}

export interface BoundedOptions extends CommandOptions {
  /** How much memory it may take with all that it starts; looked at every 20 ms. @unit bytes */
  readonly memoryBytes: number;
}

export type CommandOutcome =
  | {
      readonly kind: 'exited';
      readonly code: number;
      /** Of standard output, the first 64 KiB. */
      readonly output: string;
      /** The last line on the standard error stream. */
      readonly lastError: string;
    }
  | { readonly kind: 'killed'; readonly signal: string }
  /** By us, for its time was up. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'unstarted'; readonly code: string };

export type BoundedOutcome =
  | CommandOutcome
  /** Ended by us, for it took more memory than it may. */
  | { readonly kind: 'exceeded'; readonly bytes: number }
  /** Not run at all: this system does not tell what a process takes. */
  | { readonly kind: 'unmeasured' };

/**
 * Runs a program without a shell, in a process group of its own. Nothing that it has started outlives it: when it ends, or its time is up, the
 * whole group is killed.
 */
export function runCommand(
  program: string,
  args: readonly string[],
  options: BoundedOptions,
  signal: AbortSignal,
): Promise<BoundedOutcome>;
export function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions,
  signal: AbortSignal,
): Promise<CommandOutcome>;
export function runCommand(
  program: string,
  args: readonly string[],
  { folder, env, timeoutMs, secrets, memoryBytes }: CommandOptions & Partial<BoundedOptions>,
  signal: AbortSignal,
): Promise<BoundedOutcome> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve({ kind: 'ended' });
    if (memoryBytes !== undefined && !GroupMemory.isTold) return resolve({ kind: 'unmeasured' });
    const child = spawn(program, args, {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = collect(child.stdout, 'first');
    const errors = collect(child.stderr, 'last');
    let grace: NodeJS.Timeout | undefined;
    let watch: NodeJS.Timeout | undefined;
    const finish = (outcome: BoundedOutcome): void => {
      clearInterval(watch);
      clearTimeout(timer);
      clearTimeout(grace);
      signal.removeEventListener('abort', end);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(outcome);
    };
    const end = (): void => {
      killGroup(child);
      finish({ kind: 'ended' });
    };
    const timer = setTimeout(end, timeoutMs);
    signal.addEventListener('abort', end);
    if (memoryBytes !== undefined && child.pid !== undefined) {
      const memory = new GroupMemory(child.pid);
      watch = setInterval(() => {
        const bytes = memory.read();
        if (bytes <= memoryBytes) return;
        killGroup(child);
        finish({ kind: 'exceeded', bytes });
      }, LOOK_MS);
    }
    child.once('error', (error: NodeJS.ErrnoException) =>
      finish({ kind: 'unstarted', code: error.code ?? error.name }),
    );
    child.once('exit', (code, by) => {
      clearInterval(watch);
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      killGroup(child);
      const tell = (): void => {
        if (code === null) finish({ kind: 'killed', signal: by ?? 'a signal' });
        else finish({ kind: 'exited', code, output: output(), lastError: lastLine(hide(errors(), secrets)) });
      };
      // What it has written may still be on its way; who has left the group and holds the streams open is not waited for.
      child.once('close', tell);
      grace = setTimeout(tell, GRACE_MS);
    });
  });
}

const GRACE_MS = 500;
const LOOK_MS = 20;
const MOST_HEARD = 65_536;

/** Reads all of a stream, so that nobody waits, and keeps a part. */
function collect(stream: Readable, part: 'first' | 'last'): () => string {
  let kept = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    if (part === 'last') kept = Buffer.concat([kept, chunk]).subarray(-MOST_HEARD);
    else if (kept.length < MOST_HEARD) kept = Buffer.concat([kept, chunk]).subarray(0, MOST_HEARD);
  });
  stream.on('error', () => {});
  return () => kept.toString('utf8');
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // ESRCH: nobody of the group is left. EPERM: who is left has become another user, and is not ours to end.
    const { code } = error as NodeJS.ErrnoException; // what process.kill throws
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

function hide(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length > 3)
    .reduce((rest, secret) => rest.replaceAll(secret, '…'), text);
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
