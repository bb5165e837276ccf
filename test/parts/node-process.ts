/** Faulty nodes in a process of their own, so that what the others compute is measured without them. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Fault, Handshake, NoticeFault, Rule } from './faults.ts';
import type { Counts, ToldLie } from './faulty-node.ts';
import type { Read } from './recorded-node.ts';

export interface NodeProcessOptions {
  /** Of the node that is real. */
  readonly anvilUrl: string;
  /** Plays what it says to these; undefined: is a proxy before it. */
  readonly reads?: readonly Read[];
  readonly seed?: number;
  /** @default 0 */
  readonly mostRemembered?: number;
}

/** What can be asked of one. */
export interface NodeOrders {
  behave(...rules: (Rule | Fault)[]): void;
  heed(set: { readonly notices?: NoticeFault; readonly handshake?: Handshake }): void;
  refuse(): void | Promise<void>;
  accept(): void | Promise<void>;
  killConnections(): void;
  killSockets(): void;
  notify(kind: string, result: unknown): void;
  forget(): void;
  counts(): Counts;
  lies(): readonly ToldLie[];
  /** The bodies of requests. */
  heard(): readonly string[];
  /** @unit ms of computing, since it was started */
  cpuMs(): number;
  /** @unit bytes */
  memory(): number;
}

type Remote<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never;
};

export interface NodeProcess extends Remote<NodeOrders> {
  readonly url: string;
  readonly wsUrl: string;
  readonly pid: number;
  /** SIGSTOP makes it hang, SIGCONT goes on. */
  signal(name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** What a child is told, and what it answers. */
export interface Order {
  readonly turn: number;
  readonly name: keyof NodeOrders;
  readonly args: readonly unknown[];
}

export interface Done {
  readonly turn: number;
  readonly value?: unknown;
  readonly error?: string;
}

const ORDERS: readonly (keyof NodeOrders)[] = [
  ...(['behave', 'heed', 'refuse', 'accept', 'killConnections', 'killSockets', 'notify'] as const),
  ...(['forget', 'counts', 'lies', 'heard', 'cpuMs', 'memory'] as const),
];

const running = new Set<ChildProcess>();
let program: Promise<string> | undefined;

/** Ends the processes that a test has started. */
export async function endNodeProcesses(): Promise<void> {
  await Promise.all([...running].map(endChild));
}

async function endChild(child: ChildProcess): Promise<void> {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

export async function startNodeProcess(options: NodeProcessOptions): Promise<NodeProcess> {
  program ??= bundle();
  const child = fork(await program, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] });
  running.add(child);
  const waiting = new Map<number, (done: Done) => void>();
  let turn = 0;
  child.on('message', (done: Done) => {
    waiting.get(done.turn)?.(done);
    waiting.delete(done.turn);
  });
  child.once('exit', () => {
    for (const [asked, tell] of waiting) tell({ turn: asked, error: 'its process has ended' });
  });
  const send = (name: string, args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const asked = turn++;
      waiting.set(asked, ({ value, error }) =>
        error === undefined ? resolve(value) : reject(new Error(error)),
      );
      child.send({ turn: asked, name, args });
    });
  // The child says its port once it listens.
  const port = (await send('start', [options])) as number;
  const orders = Object.fromEntries(ORDERS.map((name) => [name, (...args: unknown[]) => send(name, args)]));
  return {
    // One function for each name of the interface.
    ...(orders as unknown as Remote<NodeOrders>),
    url: `http://127.0.0.1:${port}`,
    wsUrl: `ws://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    signal: (name) => void child.kill(name),
    stop: () => endChild(child),
  };
}

/** One file of JavaScript, beside the packages that it needs: Node 20 reads no TypeScript. */
async function bundle(): Promise<string> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const folder = join(root, 'node_modules', '.cache', 'keelson');
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `node-process-${process.pid}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL('node-process-child.ts', import.meta.url))],
    ...{ outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external' },
    logLevel: 'error',
  });
  process.on('exit', () => rmSync(outfile, { force: true }));
  return outfile;
}
