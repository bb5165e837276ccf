import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A program that is really running, on loopback. */
export interface Part {
  readonly process: ChildProcess;
  /** A folder of its own; gone once it is stopped. */
  readonly folder: string;
  /** What it has said, both streams. */
  said(): string;
  /** Stops it as its operator would, and waits. */
  stop(): Promise<void>;
  /** As if its machine had lost power. */
  kill(): Promise<void>;
  /** It accepts connections and answers nothing any more. */
  hang(): void;
  resume(): void;
}

/** Where a program listens, and the folder that is its own. */
export interface PartPlace {
  readonly host: string;
  readonly port: number;
  readonly folder: string;
}

/** Whether a program of Debian is here. Where KEELSON_PARTS is `required`, its absence is a failure and no reason to skip. */
export function has(program: string): boolean {
  const found = spawnSync('sh', ['-c', `command -v ${program}`], { env: SYSTEM }).status === 0;
  if (!found && process.env.KEELSON_PARTS === 'required')
    throw new Error(`Expected ${program} to be installed.`);
  return found;
}

/** Servers of Debian are in folders that users do not have on their path. */
export const SYSTEM = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

/** Starts a program and waits until it accepts connections on its port. */
export async function startPart(
  program: string,
  args: readonly string[],
  { port, host = '127.0.0.1', folder = makeFolder() }: { port: number; host?: string; folder?: string },
): Promise<Part> {
  let text = '';
  const child = spawn(program, args, { cwd: folder, env: SYSTEM, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      text += String(error);
      resolve();
    });
  });
  const hear = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-100_000);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill('SIGCONT');
    child.kill(signal);
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const isUp = await Promise.race([untilAccepts(host, port, 10_000), ended.then(() => false)]);
  if (!isUp) {
    await end('SIGKILL');
    throw new Error(`${program} did not come up on ${host}:${port}:\n${text}`);
  }
  return {
    process: child,
    folder,
    said: () => text,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    hang: () => {
      child.kill('SIGSTOP');
      waitUntilStopped(child.pid ?? 0);
    },
    resume: () => void child.kill('SIGCONT'),
  };
}

/** A thread that is at work when its process is to stop may still answer. Elsewhere than on Linux nothing is waited for. */
export function waitUntilStopped(pid: number): void {
  const threads = `/proc/${pid}/task`;
  const isStopped = (): boolean =>
    readdirSync(threads).every((thread) =>
      // Its state stands behind its name, which is in parentheses.
      /^.*\) [TtXZ] /.test(readFileSync(`${threads}/${thread}/stat`, 'latin1')),
    );
  const end = performance.now() + 2_000;
  while (performance.now() < end) {
    try {
      if (isStopped()) return;
    } catch {
      // No such process, or a thread that has just ended.
      if (!existsSync(threads)) return;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
}

export function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), 'keelson-part-'));
}

/**
 * Ports for what cannot be given port 0, and for what goes and comes back: below those that the system gives to connections, so that none of
 * these has one by chance while nobody listens. Each process has some for itself, of which it holds the first: no other takes one either.
 */
const FIRST_PORT = 30_100;
const PORTS_EACH = 60;
const SHARES = 44;
let share: Promise<number> | undefined;
let given = 0;

/** Listens at a port of this process. @throws RangeError when all of them are taken */
export async function listenApart(server: Server, host = '127.0.0.1'): Promise<number> {
  share ??= holdShare();
  const first = await share;
  for (let tried = 1; tried < PORTS_EACH; tried++) {
    const port = first + 1 + (given++ % (PORTS_EACH - 1));
    if (await listens(server, host, port)) return port;
  }
  throw new RangeError(`Expected a free port above ${first}.`);
}

async function holdShare(): Promise<number> {
  const server = createServer().unref();
  for (let tried = 0; tried < SHARES; tried++) {
    const port = FIRST_PORT + ((process.pid + tried) % SHARES) * PORTS_EACH;
    if (await listens(server, '127.0.0.1', port)) return port;
  }
  throw new RangeError(`Expected one of ${SHARES} shares of ports to be free.`);
}

/** A port of this process that is free now. */
export async function freePort(host?: string): Promise<number> {
  const server = createServer();
  const port = await listenApart(server, host);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listens(server: Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException): void =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error);
    server.once('error', refused);
    server.listen({ port, host, backlog: 1_024 }, () => {
      server.off('error', refused);
      resolve(true);
    });
  });
}

/** Whether something accepts connections within a time. @unit ms */
export async function untilAccepts(host: string, port: number, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (performance.now() < end) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect({ host, port }, () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (isOpen) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}
