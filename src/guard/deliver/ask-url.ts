import http from 'node:http';
import https from 'node:https';

export interface UrlRequest {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** For all of it, from the connection to the last byte. @unit ms */
  readonly timeoutMs: number;
  /** An authority in PEM that is trusted in place of the system's. @default none */
  readonly authority?: string | undefined;
}

export interface UrlAnswer {
  readonly status: number;
  readonly headers: Readonly<http.IncomingHttpHeaders>;
  /** Whether its end is told apart from a connection that was lost: by its length, or in chunks. */
  readonly isDelimited: boolean;
}

/** Takes the body piece by piece. @returns false when it has enough: the rest is not read */
export type Hear = (chunk: Buffer) => boolean;

export type UrlOutcome =
  /** `isCut`: whoever heard it had enough before its end. */
  | { readonly kind: 'answered'; readonly answer: UrlAnswer; readonly isCut: boolean }
  | { readonly kind: 'failed'; readonly why: UrlFailure; readonly words: string };

export type UrlFailure =
  | 'refused'
  | 'timeout'
  /** The connection was lost before the answer was whole. */
  | 'reset'
  | 'tls'
  | 'malformed'
  /** No way there, no such name. */
  | 'unreachable'
  /** Called off by its signal. */
  | 'aborted';

/**
 * GET on a connection of its own; follows no redirect, asks for no encoding. What is not whole is a failure.
 *
 * @param heard is asked with status and headers for who hears the body; undefined: nobody does
 */
export function askUrl(
  request: UrlRequest,
  heard: (answer: UrlAnswer) => Hear | undefined,
  signal: AbortSignal,
): Promise<UrlOutcome> {
  const { timeoutMs } = request;
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(CALLED_OFF);
    const asking = requestOf(request);
    let isAnswering = false;
    const finish = (outcome: UrlOutcome): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      asking.destroy();
      resolve(outcome);
    };
    const stop = (): void => finish(CALLED_OFF);
    const fail = (error: NodeJS.ErrnoException): void => finish(failureOf(error, isAnswering));
    const timer = setTimeout(() => finish(tooLate(isAnswering, timeoutMs)), timeoutMs);
    signal.addEventListener('abort', stop);
    asking.on('error', fail);
    asking.on('upgrade', () => finish(failed('malformed', 'changes the protocol')));
    asking.on('response', (response) => {
      isAnswering = true;
      const answer = answerOf(response);
      const hear = heard(answer);
      if (hear === undefined) return finish({ kind: 'answered', answer, isCut: true });
      response.on('error', fail);
      response.on('data', (chunk: Buffer) => {
        try {
          if (!hear(chunk)) finish({ kind: 'answered', answer, isCut: true });
        } catch (error) {
          fail(error instanceof Error ? error : new Error(String(error)));
        }
      });
      response.on('end', () =>
        finish(response.complete ? { kind: 'answered', answer, isCut: false } : BROKEN_OFF),
      );
      response.on('close', () => finish(BROKEN_OFF));
    });
    asking.end();
  });
}

/** The first bytes of a body, for those who look for something in it. */
export class HeardText {
  private readonly pieces: Buffer[] = [];
  private readonly most: number;
  private length = 0;

  /** @param most @unit bytes */
  constructor(most: number) {
    this.most = most;
  }

  /** Whether there was more than is kept. */
  get isTooLong(): boolean {
    return this.length > this.most;
  }

  hear(chunk: Buffer): boolean {
    this.pieces.push(chunk.subarray(0, Math.max(0, this.most - this.length)));
    this.length += chunk.length;
    return this.length <= this.most;
  }

  text(): string {
    return Buffer.concat(this.pieces).toString('utf8');
  }
}

const MOST_HEADER_BYTES = 16_384;

const failed = (why: UrlFailure, words: string): UrlOutcome => ({ kind: 'failed', why, words });
const CALLED_OFF = failed('aborted', 'was called off');
const BROKEN_OFF = failed('reset', 'broke off in the middle of its answer');

function requestOf({ url, headers, authority }: UrlRequest): http.ClientRequest {
  const options = {
    method: 'GET',
    headers: {
      'user-agent': 'keelson',
      accept: '*/*',
      'accept-encoding': 'identity',
      connection: 'close',
      ...headers,
    },
    agent: false,
    maxHeaderSize: MOST_HEADER_BYTES,
  } as const;
  if (url.protocol !== 'https:') return http.request(url, options);
  return https.request(url, { ...options, ...(authority === undefined ? {} : { ca: authority }) });
}

function answerOf({ statusCode = 0, headers }: http.IncomingMessage): UrlAnswer {
  const isChunked = /(?:^|,)\s*chunked\s*$/i.test(headers['transfer-encoding'] ?? '');
  return { status: statusCode, headers, isDelimited: isChunked || headers['content-length'] !== undefined };
}

function tooLate(isAnswering: boolean, timeoutMs: number): UrlOutcome {
  return failed('timeout', `${isAnswering ? 'not the whole answer' : 'no answer'} within ${timeoutMs} ms`);
}

function failureOf({ code = '', message }: NodeJS.ErrnoException, isAnswering: boolean): UrlOutcome {
  if (code === 'ECONNREFUSED') return failed('refused', 'refuses connections');
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return isAnswering ? BROKEN_OFF : failed('reset', 'breaks the connection');
  if (code.startsWith('HPE_')) return failed('malformed', `does not speak HTTP: ${code}`);
  if (/^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|EPROTO)/.test(code))
    return failed('tls', `TLS fails: ${code}`);
  return failed('unreachable', `cannot be reached: the system says ${code === '' ? message : code}`);
}
