import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { checkServerIdentity, TLSSocket } from 'node:tls';
import { systemClock, type Clock } from '../../clock.ts';

export interface EdgeProbe {
  /** As users write it: its host goes into `Host`, SNI and the check of the certificate. */
  readonly url: URL;
  /** Where to connect: an address of the edge, or a name of it. */
  readonly address: string;
  /** @default the URL's */
  readonly port?: number;
  /** For all of it: connection, TLS, answer. @unit ms */
  readonly timeoutMs: number;
  /** With its query; begins with `/`. @default the URL's */
  readonly path?: string;
  /** The one status that is good. @default any from 200 to 299 */
  readonly status?: number;
  /** Must be within the first 64 KiB of the answer. @default anything is good */
  readonly contains?: string;
  /** An authority in PEM that is trusted in place of the system's. @default none */
  readonly authority?: string;
  /** @default the system's */
  readonly clock?: Clock;
}

export type ProbeResult =
  | { readonly isGood: true; readonly status: number; readonly ms: number }
  | {
      readonly isGood: false;
      /** Undefined when no status came. */
      readonly status: number | undefined;
      readonly ms: number;
      readonly why: ProbeFailure;
      readonly words: string;
    };

export type ProbeFailure =
  | 'refused'
  /** No way there, or no such name. */
  | 'unreachable'
  | 'timeout'
  | 'reset'
  | 'tls'
  /** What came is not HTTP, or too much of it. */
  | 'malformed'
  | 'status'
  | 'body';

/**
 * Asks for a URL through one edge, as a new user would: a new connection, a full TLS handshake, GET, no redirect followed.
 * @throws the signal's reason, once it is aborted: that says nothing about the edge
 */
export function probeThrough(probe: EdgeProbe, signal: AbortSignal): Promise<ProbeResult> {
  const { clock = systemClock, timeoutMs } = probe;
  const begun = clock();
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    let status: number | undefined;
    let phase: Phase = 'connecting';
    const request = requestOf(probe);
    const close = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      request.destroy();
    };
    const stop = (): void => {
      close();
      reject(signal.reason);
    };
    const finish = (failure: Failure | undefined): void => {
      close();
      const ms = clock() - begun;
      if (failure === undefined) resolve({ isGood: true, status: status ?? 0, ms });
      else resolve({ isGood: false, status, ms, ...failure });
    };
    const fail = (error: NodeJS.ErrnoException): void => finish(failureOf(error, phase));
    const timer = setTimeout(
      () => finish({ why: 'timeout', words: `${WAITING[phase]} within ${timeoutMs} ms` }),
      timeoutMs,
    );
    signal.addEventListener('abort', stop);
    request.on('socket', (socket) => {
      socket.once('connect', () => {
        phase = socket instanceof TLSSocket ? 'securing' : 'asking';
      });
      socket.once('secureConnect', () => {
        phase = 'asking';
      });
    });
    request.on('error', fail);
    request.on('upgrade', () => finish({ why: 'malformed', words: 'changes the protocol' }));
    request.on('response', (answer) => {
      phase = 'answering';
      status = answer.statusCode;
      const wrong = statusFailure(status, probe.status);
      if (wrong !== undefined) return finish(wrong);
      hear(answer, probe.contains, finish);
      answer.on('error', fail);
    });
    request.end();
  });
}

type Phase = 'connecting' | 'securing' | 'asking' | 'answering';
type Failure = { readonly why: ProbeFailure; readonly words: string };

const WAITING: Readonly<Record<Phase, string>> = {
  connecting: 'no connection',
  securing: 'no TLS handshake',
  asking: 'no answer',
  answering: 'not the whole answer',
};
const MOST_HEADER_BYTES = 16_384;
const MOST_BODY_BYTES = 65_536;

function requestOf({ url, address, port, path, authority }: EdgeProbe): http.ClientRequest {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const { pathname, search } = path === undefined ? url : new URL(`${url.origin}${path}`);
  const isTls = url.protocol === 'https:';
  const standard = isTls ? 443 : 80;
  const options = {
    host: address,
    port: port ?? (url.port === '' ? standard : Number(url.port)),
    path: `${pathname}${search}`,
    headers: { host: url.host, 'user-agent': 'keelson', accept: '*/*', connection: 'close' },
    agent: false,
    maxHeaderSize: MOST_HEADER_BYTES,
  } as const;
  if (!isTls) return http.request(options);
  return https.request({
    ...options,
    servername: isIP(host) === 0 ? host : '',
    checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
    ...(authority === undefined ? {} : { ca: authority }),
  });
}

function statusFailure(status: number | undefined, expected: number | undefined): Failure | undefined {
  const isGood =
    expected === undefined ? status !== undefined && status >= 200 && status < 300 : status === expected;
  return isGood
    ? undefined
    : { why: 'status', words: `answers ${status}, expected ${expected ?? '200 to 299'}` };
}

/** Hears the answer to its end, to what it must contain, or to the bound. */
function hear(
  answer: http.IncomingMessage,
  contains: string | undefined,
  finish: (failure: Failure | undefined) => void,
): void {
  let heard = Buffer.alloc(0);
  answer.on('data', (chunk: Buffer) => {
    heard = Buffer.concat([heard, chunk]).subarray(0, MOST_BODY_BYTES);
    if (contains !== undefined && heard.includes(contains)) finish(undefined);
    else if (heard.length === MOST_BODY_BYTES) finish(bodyFailure(contains));
  });
  answer.on('end', () => finish(bodyFailure(contains)));
}

function bodyFailure(contains: string | undefined): Failure | undefined {
  return contains === undefined || contains === ''
    ? undefined
    : { why: 'body', words: 'the answer does not contain what is expected' };
}

function failureOf({ code = '', message }: NodeJS.ErrnoException, phase: Phase): Failure {
  if (code === 'ECONNREFUSED') return { why: 'refused', words: 'refuses connections' };
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return { why: 'reset', words: `breaks the connection: ${WAITING[phase]}` };
  if (phase === 'securing') return { why: 'tls', words: `TLS fails: ${code === '' ? message : code}` };
  if (code.startsWith('HPE_')) return { why: 'malformed', words: `does not speak HTTP: ${code}` };
  return { why: 'unreachable', words: `cannot be reached: the system says ${code === '' ? message : code}` };
}
