/** Sites and load as processes of their own, and what both sides say of the same requests. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, waitUntilStopped } from './part.ts';

export type SiteBehaviour =
  | { readonly kind: 'normal' }
  /** Does the work, sends the head and resets the connection. */
  | { readonly kind: 'reset' }
  /** Does the work and ends the connection in the middle of the body. */
  | { readonly kind: 'truncate' }
  /** Does the work and resets the connection without a word. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'errors'; readonly share: number; readonly status: number }
  | { readonly kind: 'slow'; readonly delayMs: number };

export interface SiteProcess {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  behave(behaviour: SiteBehaviour): Promise<void>;
  turnHealth(status: number): Promise<void>;
  /** SIGKILL ends it, SIGSTOP makes it hang, SIGCONT goes on, SIGTERM lets it close what is idle and end. Resolves when it has ended, where it does. */
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): Promise<void>;
  /** The same site again, at the same port. */
  restart(): Promise<void>;
  /** What it has carried out and refused, and what became of itself, over all its lives. */
  journal(): readonly Entry[];
}

export interface Entry {
  /** The method of what was carried out; `refused`; `closing` when it was told to end. */
  readonly kind: string;
  readonly id: string;
  readonly epoch: string;
}

export interface Load {
  readonly url: string;
  /** @unit requests a second */
  readonly rate: number;
  /** Each so many is a write; 0 for none. */
  readonly writeEvery: number;
  readonly id: string;
  /** Below which paths writes go, in turn. @default where reads go: /orders */
  readonly writesTo?: readonly string[];
  /** Nothing more is sent once this does not answer 200. */
  readonly readyUrl?: string;
}

export interface Result {
  readonly id: string;
  readonly path: string;
  readonly isWrite: boolean;
  /** @unit ms since 1970 */
  readonly at: number;
  /** 0: the connection ended. */
  readonly status: number;
  readonly ms: number;
  /** The problem, where the gateway gave one. */
  readonly says: string;
  readonly site: string;
  readonly error: string;
}

const running = new Set<ChildProcess>();

/** What sends; one for all, so that it is warm. */
let sender: ChildProcess | undefined;

/** Ends the sites that a test has started. */
export function endTraffic(): void {
  for (const child of running)
    if (child !== sender) {
      child.kill('SIGKILL');
      running.delete(child);
    }
}

/**
 * Sends requests one after the other until every program on their way has been compiled: cold ones are several times slower.
 *
 * @returns how many a second it got through
 */
export async function warmUp(url: string, count: number): Promise<number> {
  const began = performance.now();
  const child = await theSender();
  child.send({ kind: 'warm', url, count });
  await once(child, 'message');
  return (1_000 * count) / (performance.now() - began);
}

async function theSender(): Promise<ChildProcess> {
  if (sender !== undefined) return sender;
  sender = start('load-process.js', []);
  await once(sender, 'message');
  return sender;
}

export async function startSiteProcess(name: string, folder: string): Promise<SiteProcess> {
  const journal = join(folder, `${name}.journal`);
  const port = await freePort();
  let child = start('site-process.js', [name, String(port), journal]);
  await listening(child);
  const order = async (message: object): Promise<void> => {
    child.send(message);
    await once(child, 'message');
  };
  return {
    name,
    port,
    url: `http://127.0.0.1:${port}`,
    behave: (behaviour) => order({ kind: 'behave', behaviour }),
    turnHealth: (status) => order({ kind: 'health', status }),
    async signal(signal) {
      const ended = once(child, 'exit');
      child.kill(signal);
      if (signal === 'SIGSTOP') waitUntilStopped(child.pid ?? 0);
      if (signal === 'SIGKILL' || signal === 'SIGTERM') await ended;
    },
    async restart() {
      child = start('site-process.js', [name, String(port), journal]);
      await listening(child);
    },
    journal: () =>
      readFileSync(journal, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const [kind = '', id = '', epoch = ''] = line.split(' ');
          return { kind, id, epoch };
        }),
  };
}

/** Starts sending. @returns ends it, waits for what is under way, and gives what came of each request */
export async function startLoad(load: Load): Promise<() => Promise<readonly Result[]>> {
  const child = await theSender();
  child.send({ kind: 'start', load });
  return async () => {
    const given = once(child, 'message');
    child.send({ kind: 'stop' });
    const [{ results }] = (await given) as [{ results: Result[] }]; // what load-process.js sends
    return results;
  };
}

export interface Account {
  readonly requests: number;
  readonly reads: number;
  readonly failedReads: readonly Result[];
  readonly writes: number;
  readonly answered: number;
  readonly refused: number;
  readonly unknown: number;
  /** Writes that were carried out more than once. */
  readonly doubled: readonly string[];
  /** Writes that were called refused and were carried out. */
  readonly denied: readonly string[];
  /** Writes that were answered and were not carried out. */
  readonly invented: readonly string[];
  /** Writes whose connection ended before or within the answer: nothing was claimed. */
  readonly cut: number;
  /** Writes that a site itself has refused. */
  readonly passed: number;
  /** Requests that reached sites beyond one for each that was sent. @unit share of requests */
  readonly extra: number;
}

/** Compares what clients were told with what sites have done. */
export function accountOf(results: readonly Result[], sites: readonly SiteProcess[]): Account {
  const entries = sites.flatMap((site) => site.journal());
  const done = new Map<string, number>();
  for (const { kind, id } of entries) if (kind === 'POST') done.set(id, (done.get(id) ?? 0) + 1);
  const reads = results.filter(({ isWrite }) => !isWrite);
  const writes = results.filter(({ isWrite }) => isWrite);
  const kindOf = ({ status, says }: Result): string => {
    if (status >= 200 && status < 300) return 'answered';
    if (says === 'outcome-unknown') return 'unknown';
    if (says !== '') return 'refused';
    return status === 0 ? 'cut' : 'passed';
  };
  const of = (kind: string): Result[] => writes.filter((one) => kindOf(one) === kind);
  const ids = new Set(results.map(({ id }) => id));
  const arrived = entries.filter(({ id }) => ids.has(id));
  return {
    requests: results.length,
    reads: reads.length,
    failedReads: reads.filter(({ status }) => status !== 200),
    writes: writes.length,
    answered: of('answered').length,
    refused: of('refused').length,
    unknown: of('unknown').length,
    doubled: writes.filter(({ id }) => (done.get(id) ?? 0) > 1).map(({ id }) => id),
    denied: of('refused').flatMap(({ id }) => (done.has(id) ? [id] : [])),
    invented: of('answered').flatMap(({ id }) => (done.has(id) ? [] : [id])),
    cut: of('cut').length,
    passed: of('passed').length,
    extra: (arrived.length - results.length) / results.length,
  };
}

/** @param share 0.99 for p99 @unit ms */
export function quantileOf(results: readonly Result[], share: number): number {
  const sorted = results.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

function start(script: string, words: readonly string[]): ChildProcess {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), words, {
    execArgv: [],
    serialization: 'advanced',
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

async function listening(child: ChildProcess): Promise<void> {
  // What site-process.js sends first.
  const isUp = await Promise.race([
    once(child, 'message').then(() => true),
    once(child, 'exit').then(() => false),
  ]);
  if (!isUp) throw new Error(`Expected a site to listen, it ended with ${child.exitCode}.`);
}
