import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Client } from 'undici';

export interface HookRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HookRequestOptions {
  /** For all of it. @unit ms */
  readonly timeoutMs: number;
  /** An authority in PEM that is trusted in place of the system's. @default none */
  readonly authority?: string;
}

export type HookOutcome =
  /** The text is empty when it is longer than 64 KiB. */
  | { readonly kind: 'answered'; readonly status: number; readonly text: string }
  /** Whether it may have been sent, and what went wrong: `refuses connections`. */
  | { readonly kind: 'failed'; readonly isSent: boolean; readonly words: string };

/** On a connection of its own; follows no redirect. */
export async function sendHook(
  { method, url, headers, body }: HookRequest,
  { timeoutMs, authority }: HookRequestOptions,
  signal: AbortSignal,
): Promise<HookOutcome> {
  const client = new Client(url.origin, {
    connect: { timeout: timeoutMs, ...trusted(authority) },
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: 16_384,
  });
  let isSent = false;
  client.once('connect', () => {
    isSent = true;
  });
  const asking = ask(client, {
    method,
    path: `${url.pathname}${url.search}`,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  try {
    return await withinTime(asking, timeoutMs, signal);
  } catch (error) {
    return { kind: 'failed', isSent, words: failureText(error) };
  } finally {
    void client.destroy();
  }
}

/**
 * Connects, by TLS where the URL says so, and sends nothing: a hook may take any request for the word to move users.
 * @returns what went wrong, in words; undefined when nothing did
 */
export async function reachHook(
  url: URL,
  { timeoutMs, authority }: HookRequestOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isTls = url.protocol === 'https:';
  const standard = isTls ? 443 : 80;
  const port = url.port === '' ? standard : Number(url.port);
  const socket = isTls
    ? connectTls({ host, port, servername: isIP(host) === 0 ? host : '', ...trusted(authority) })
    : connect({ host, port });
  const reaching = new Promise<void>((resolve, reject) => {
    socket.once(isTls ? 'secureConnect' : 'connect', () => resolve());
    socket.on('error', reject);
  });
  try {
    await withinTime(reaching, timeoutMs, signal);
    return undefined;
  } catch (error) {
    return failureText(error);
  } finally {
    socket.destroy();
  }
}

const MOST_BODY_BYTES = 65_536;

class TimeUp extends Error {}

const trusted = (authority: string | undefined): { ca?: string } =>
  authority === undefined ? {} : { ca: authority };

async function ask(client: Client, options: Parameters<Client['request']>[0]): Promise<HookOutcome> {
  const { statusCode: status, body } = await client.request(options);
  let heard = Buffer.alloc(0);
  for await (const chunk of body) {
    heard = Buffer.concat([heard, chunk as Buffer]); // a body without an encoding gives buffers
    if (heard.length > MOST_BODY_BYTES) return { kind: 'answered', status, text: '' };
  }
  return { kind: 'answered', status, text: heard.toString('utf8') };
}

function withinTime<T>(work: Promise<T>, timeoutMs: number, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => reject(new TimeUp());
    const timer = setTimeout(end, timeoutMs);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    });
  });
}

function failureText(error: unknown): string {
  if (error instanceof TimeUp) return 'did not answer in time';
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'an error without a code';
  if (code === 'ECONNREFUSED') return 'refuses connections';
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET'
    ? 'broke the connection'
    : `cannot be asked: the system says ${code}`;
}
