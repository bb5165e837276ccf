import { createHash } from 'node:crypto';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Duplex } from 'node:stream';
import { isOfConnection } from './headers.ts';
import { tlsAs } from '../via.ts';
import type { Upstream } from './upstream.ts';

/** How long the other side may take to agree, all in all. @unit ms */
const HANDSHAKE_MS = 10_000;
/** RFC 6455, section 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** How an upstream answers a handshake. */
export type Handshake =
  | {
      readonly kind: 'agreed';
      readonly socket: Duplex;
      /** What it has sent already. */
      readonly head: Buffer;
      /** Without those of its connection. */
      readonly headers: readonly (readonly [string, string])[];
    }
  /** It answers, and does not want to. */
  | { readonly kind: 'declined'; readonly status: number }
  | { readonly kind: 'failed' };

/** Why a request is no handshake of a WebSocket (RFC 6455, section 4.2.1). @param head what came after it at once */
export function whyNoWebSocket(
  { headers, method, httpVersion }: IncomingMessage,
  head: Buffer,
): string | undefined {
  if (method !== 'GET' || httpVersion !== '1.1') return 'A WebSocket begins with a GET of HTTP/1.1.';
  if (headers.upgrade?.toLowerCase() !== 'websocket') return 'Only WebSockets are upgraded to.';
  if (headers['sec-websocket-version'] !== '13') return 'Only version 13 of WebSocket is spoken.';
  if (!/^[A-Za-z0-9+/]{21}[AQgw]==$/.test(headers['sec-websocket-key'] ?? ''))
    return 'The Sec-WebSocket-Key is not 16 bytes.';
  if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined)
    return 'A handshake has no body.';
  // To a program that does not agree it would be the next request.
  if (head.length > 0) return 'Nothing may follow a handshake before it is answered.';
  return undefined;
}

/**
 * Asks an upstream for a WebSocket.
 *
 * @param passed headers, names and values in turn
 * @param signal aborted when nobody waits for it any more
 */
export function shakeHands(
  { target }: Upstream,
  request: IncomingMessage,
  passed: readonly string[],
  signal: AbortSignal,
): Promise<Handshake> {
  const { reached } = target;
  const { protocol, hostname, port } = new URL(target.origin);
  const ask = protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    // To the letter: an address that is parsed would be written anew.
    const outgoing = ask({
      host: reached?.host ?? hostname.replace(/^\[|\]$/g, ''),
      port: reached?.port ?? (port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)),
      ...(reached === undefined ? {} : tlsAs(hostname)),
      path: target.basePath + (request.url ?? '/'),
      method: 'GET',
      headers: [...passed, 'Connection', 'Upgrade', 'Upgrade', 'websocket'],
      setHost: false,
      agent: false,
    });
    const give = (found: Handshake): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      if (found.kind !== 'agreed') outgoing.destroy();
      resolve(found);
    };
    const giveUp = (): void => give({ kind: 'failed' });
    const timer = setTimeout(giveUp, HANDSHAKE_MS);
    signal.addEventListener('abort', giveUp);
    outgoing.on('upgrade', (response, socket, head) => {
      socket.on('error', () => socket.destroy());
      if (isAgreed(request, response)) {
        give({ kind: 'agreed', socket, head, headers: pairs(response.rawHeaders) });
        return;
      }
      socket.destroy();
      giveUp();
    });
    outgoing.on('response', ({ statusCode = 0 }) =>
      give(
        statusCode >= 500 || statusCode < 200 ? { kind: 'failed' } : { kind: 'declined', status: statusCode },
      ),
    );
    outgoing.on('error', giveUp);
    outgoing.on('close', giveUp);
    if (signal.aborted) giveUp();
    else outgoing.end();
  });
}

/** Whether an answer is the one that only a server of WebSockets gives, and offers nothing that was not asked for. */
function isAgreed({ headers: asked }: IncomingMessage, { headers }: IncomingMessage): boolean {
  const expected = createHash('sha1').update(`${asked['sec-websocket-key']}${GUID}`).digest('base64');
  const protocol = headers['sec-websocket-protocol'];
  return (
    headers['sec-websocket-accept'] === expected &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    (protocol === undefined || namesOf(asked['sec-websocket-protocol']).includes(protocol))
  );
}

function namesOf(list: string | string[] | undefined): string[] {
  return typeof list === 'string' ? list.split(',').map((name) => name.trim()) : [];
}

function pairs(raw: readonly string[]): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const lower = raw[i]?.toLowerCase() ?? '';
    if (!isOfConnection(lower) && lower !== 'content-length') found.push([raw[i] ?? '', raw[i + 1] ?? '']);
  }
  return found;
}
