/** `keelson open` as a process, and what a test waits for: lines and events, never time. */
import { spawn, type ChildProcess } from 'node:child_process';
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { bin } from '../cli/keelson.ts';

export interface OpenProcess {
  /** Resolves with the next line of standard output or of the standard error stream that nobody has taken yet. */
  out(): Promise<string>;
  err(): Promise<string>;
  end(signal: NodeJS.Signals): Promise<number | null>;
  readonly port: number;
  readonly address: string;
  /** The first line, which says where it is. */
  readonly said: string;
}

const running = new Set<ChildProcess>();

/** Ends what a test has started. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

export interface OpenOptions {
  readonly cwd: string;
  /** Beside the environment that there is. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether `endAll` leaves it. @default false */
  readonly isKept?: boolean;
}

/** Starts it and waits until it says where it serves. Throws with what it says instead, where it does not. */
export async function startOpen(
  words: readonly string[],
  { cwd, env = {}, isKept = false }: OpenOptions,
): Promise<OpenProcess> {
  const child = spawn(process.execPath, [bin, 'open', ...words], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (!isKept) running.add(child);
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  void ended.then(() => running.delete(child));
  const out = linesOf(child.stdout);
  const err = linesOf(child.stderr);
  const said = await out();
  const [address, port] = / at (http:\/\/127\.0\.0\.1:(\d+)\/) {2}/.exec(said)?.slice(1) ?? [];
  if (address === undefined) throw new Error(`It does not serve: ${said}`);
  return {
    out,
    err,
    said,
    address,
    port: Number(port),
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

/** The next line each time; throws when there is none any more. */
export function linesOf(stream: Readable): () => Promise<string> {
  const lines: string[] = [];
  let rest = '';
  let isOver = false;
  let wake = (): void => {};
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    wake();
  });
  stream.on('close', () => {
    isOver = true;
    wake();
  });
  return async () => {
    while (lines.length === 0) {
      if (isOver) throw new Error(`Expected a line, found the end${rest === '' ? '' : ` after ${rest}`}.`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return lines.shift() ?? '';
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Asking {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function ask(port: number, asking: Asking = {}): Promise<Answer> {
  const response = await begin(port, asking);
  const { statusCode: status = 0, headers } = response;
  response.setEncoding('utf8');
  let body = '';
  for await (const text of response) body += String(text);
  return { status, headers, body };
}

export interface Events {
  /** Resolves with the name of the next event. */
  next(): Promise<string>;
  close(): void;
}

/** Listens to the events of a page, once they have begun. */
export async function listen(port: number, of?: string): Promise<Events> {
  const path = of === undefined ? '/events' : `/events?${new URLSearchParams({ of }).toString()}`;
  const response = await begin(port, { path });
  if (response.statusCode !== 200 || response.headers['content-type'] !== 'text/event-stream')
    throw new Error(`Expected events, found ${response.statusCode}.`);
  const line = linesOf(response);
  if ((await line()) !== 'retry: 1000') throw new Error('Expected to be told when to ask again.');
  return {
    async next() {
      for (;;) {
        const [, name] = /^event: (.*)/.exec(await line()) ?? [];
        if (name !== undefined) return name;
      }
    },
    close: () => response.destroy(),
  };
}

function begin(port: number, { path = '/', method = 'GET', headers = {} }: Asking): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, resolve);
    asked.on('error', reject);
    asked.end();
  });
}
