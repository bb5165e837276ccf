/** EVM nodes that are really running: anvil, of the npm package of Foundry. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { makeFolder, waitUntilStopped } from './part.ts';
import { LiveSource, resultOf, type Outcome } from './rpc.ts';

export interface AnvilOptions {
  /** @default 1337 */
  readonly chainId?: number;
  /** Of the genesis block: nodes with the same one have the same. @unit s since 1970 @default 1_700_000_000 */
  readonly timestamp?: number;
  /** Safe is one epoch behind the head, finalized two. @default 4 */
  readonly slotsInEpoch?: number;
  /** More words for its command line. */
  readonly more?: readonly string[];
}

export interface Anvil {
  readonly url: string;
  readonly wsUrl: string;
  readonly port: number;
  readonly pid: number;
  readonly source: LiveSource;
  /** @returns the result; an error is thrown */
  ask(method: string, params?: readonly unknown[]): Promise<unknown>;
  outcome(method: string, params?: readonly unknown[]): Promise<Outcome>;
  /** It accepts connections and answers nothing any more. */
  hang(): void;
  resume(): void;
  /** As if its machine had lost power. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export const GENESIS_TIMESTAMP = 1_700_000_000;
export const CHAIN_ID = 1_337;

/**
 * Stands between the test and the node: once the test's end of the pipe is closed, be it that the test was killed, the node is too.
 * A signal to all of a terminal's processes does not end it before.
 */
const GUARD = `trap '' INT TERM HUP
"$@" </dev/null &
node=$!
echo "pid $node."
exec >/dev/null 2>&1
read -r _
kill -9 $node
wait $node`;

const running = new Set<Anvil>();

/** Ends the nodes that a test has started. */
export async function endAnvils(): Promise<void> {
  await Promise.all([...running].map((one) => one.stop()));
}

/** Where the program is. Throws what to install, where it is not. */
export function anvilPath(): string {
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? process.arch;
  const name = `@foundry-rs/anvil-${process.platform}-${arch}`;
  try {
    return createRequire(import.meta.url).resolve(`${name}/bin/anvil`);
  } catch (cause) {
    throw new Error(`Expected anvil for this platform. Run: npm install ${name}`, { cause });
  }
}

/** Starts a node that mines when it is told to, at a port of the system's choice. */
export async function startAnvil({
  chainId = CHAIN_ID,
  timestamp = GENESIS_TIMESTAMP,
  slotsInEpoch = 4,
  more = [],
}: AnvilOptions = {}): Promise<Anvil> {
  const folder = makeFolder();
  const words = [
    ...['--port', '0', '--host', '127.0.0.1', '--no-mining', '--order', 'fifo', '--accounts', '4'],
    ...['--threads', '1', '--cache-path', join(folder, 'states')],
    ...['--chain-id', `${chainId}`, '--timestamp', `${timestamp}`, '--slots-in-an-epoch', `${slotsInEpoch}`],
    ...more,
  ];
  const child = spawn('/bin/sh', ['-c', GUARD, 'guard', anvilPath(), ...words], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  // A node that died takes its pipes with it; its guard is ended with the test.
  child.stdin.on('error', () => {});
  let text = '';
  const { pid, port } = await new Promise<{ pid: number; port: number }>((resolve, reject) => {
    let isUp = false;
    const hear = (piece: Buffer): void => {
      if (isUp) return;
      text = (text + piece.toString()).slice(-20_000);
      const pid = /^pid (\d+)\.$/m.exec(text)?.[1];
      const port = /^Listening on [\d.]+:(\d+)$/m.exec(text)?.[1];
      if (pid === undefined || port === undefined) return;
      isUp = true;
      resolve({ pid: Number(pid), port: Number(port) });
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const fail = (): void => {
      if (isUp) return;
      child.stdin.end();
      rmSync(folder, { recursive: true, force: true });
      reject(new Error(`anvil did not come up:\n${text}`));
    };
    child.once('error', fail);
    child.stdout.once('close', fail);
    setTimeout(fail, 20_000).unref();
  });
  const url = `http://127.0.0.1:${port}`;
  const source = new LiveSource(url);
  const outcome = (method: string, params: readonly unknown[] = []): Promise<Outcome> =>
    source.askNow(method, params);
  const signal = (name: NodeJS.Signals): void => {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended.
    }
  };
  let ending: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    running.delete(anvil);
    child.stdin.end();
    await ended;
    await source.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const stop = (): Promise<void> => {
    ending ??= end();
    return ending;
  };
  const anvil: Anvil = {
    url,
    wsUrl: source.wsUrl,
    port,
    pid,
    source,
    outcome,
    ask: async (method, params = []) => resultOf(await outcome(method, params), method),
    hang: () => {
      signal('SIGSTOP');
      waitUntilStopped(pid);
    },
    resume: () => signal('SIGCONT'),
    kill: stop,
    stop,
  };
  running.add(anvil);
  // It writes a line for each request otherwise.
  await anvil.ask('anvil_setLoggingEnabled', [false]);
  return anvil;
}
