import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';

/** What a user sends, and to whom. */
export interface Question {
  /** What the user opens: its host is the one that is asked for. */
  readonly origin: URL;
  /** Where that is in this run; undefined: where its name says. */
  readonly at: { readonly host: string; readonly port: number } | undefined;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly timeoutMs: number;
  /** More of an answer than this is not read. @unit bytes @default 256 KiB */
  readonly mostBytes?: number;
}

export type Answer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** By names in lower case. */
      readonly headers: Readonly<Record<string, string>>;
      /** As much of it as was read. */
      readonly body: string;
      readonly ms: number;
    }
  | { readonly kind: 'none'; readonly why: string; readonly ms: number };

const MOST_BYTES = 256 * 1024;

/** Asks once, over a connection of its own, as a user does who has not been here before. Never fails: no answer is one too. */
export function ask({
  origin,
  at,
  method,
  path,
  headers,
  body,
  timeoutMs,
  mostBytes = MOST_BYTES,
}: Question): Promise<Answer> {
  const began = performance.now();
  const ms = (): number => performance.now() - began;
  return new Promise<Answer>((give) => {
    const none = (why: string): void => give({ kind: 'none', why, ms: ms() });
    const request = (origin.protocol === 'https:' ? requestHttps : requestHttp)(
      {
        host: at?.host ?? origin.hostname.replace(/^\[|\]$/g, ''),
        port: at?.port ?? (origin.port === '' ? undefined : origin.port),
        servername: origin.hostname,
        method,
        path,
        agent: false,
        lookup: loopbackNames(origin.hostname),
        headers: {
          host: origin.host,
          connection: 'close',
          ...headers,
          ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
        },
      },
      (response) => {
        const pieces: Buffer[] = [];
        let bytes = 0;
        const done = (): void =>
          give({
            kind: 'answer',
            status: response.statusCode ?? 0,
            headers: plain(response.headers),
            body: Buffer.concat(pieces).toString('utf8'),
            ms: ms(),
          });
        response.on('data', (piece: Buffer) => {
          bytes += piece.length;
          pieces.push(piece);
          if (bytes <= mostBytes) return;
          done();
          request.destroy();
        });
        response.on('end', done);
        response.on('error', ({ message }) => none(message));
        response.on('aborted', () => none('the answer broke off'));
      },
    );
    const timer = setTimeout(() => {
      none(`no answer within ${Math.round(timeoutMs)} ms`);
      request.destroy();
    }, timeoutMs);
    request.on('close', () => {
      clearTimeout(timer);
      none('the connection was closed');
    });
    request.on('error', (error: NodeJS.ErrnoException) => none(error.code ?? error.message));
    request.end(body);
    // What cannot be sent, such as a header with a line's end in it, is said without its value.
  }).catch((error: NodeJS.ErrnoException) => ({
    kind: 'none',
    why: error.code ?? 'it cannot be sent',
    ms: ms(),
  }));
}

/** `*.localhost` is this machine (RFC 6761), whatever a resolver says. */
function loopbackNames(hostname: string): LookupFunction | undefined {
  if (!hostname.endsWith('.localhost')) return undefined;
  return (_, options, give) =>
    options.all === true ? give(null, [{ address: '127.0.0.1', family: 4 }]) : give(null, '127.0.0.1', 4);
}

function plain(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const found: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) found[name] = Array.isArray(value) ? value.join(', ') : value;
  return found;
}
