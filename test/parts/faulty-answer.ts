/** Writes what a fault makes of an answer, over HTTP and over a WebSocket. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { WebSocket } from 'ws';
import type { TransportFault } from './faults.ts';

/** Those that need no honest answer. */
const MADE_UP = new Set<TransportFault['kind']>([
  ...(['hang', 'empty', 'status', 'redirect', 'huge', 'deep', 'number', 'text'] as const),
]);

export function isMadeUp(fault: TransportFault): boolean {
  return MADE_UP.has(fault.kind) || (fault.kind === 'reset' && (fault.afterBytes ?? 0) === 0);
}

const ZEROS = Buffer.alloc(1 << 20, '0');
const JSON_TYPE = 'application/json';

function madeUpResult(fault: TransportFault): string | undefined {
  switch (fault.kind) {
    case 'deep':
      return '['.repeat(fault.levels) + ']'.repeat(fault.levels);
    case 'number':
      if (fault.of === 'overflow') return '1e999';
      return fault.of === 'integer' ? '9'.repeat(10_000) : `"0x${'f'.repeat(10_000)}"`;
    default:
      return undefined;
  }
}

/** An answer to one call by its raw id, whatever the request was. */
function enveloped(id: string, result: string): string {
  return `{"jsonrpc":"2.0","id":${id},"result":${result}}`;
}

/**
 * @param honest the answer that it begins with; empty where none is needed
 * @param id of the first call of the request, raw
 */
export function writeFaulty(
  fault: TransportFault,
  {
    response,
    request,
    honest,
    id,
  }: {
    response: ServerResponse;
    request: IncomingMessage;
    honest: Buffer;
    id: string;
  },
): void {
  const { socket } = request;
  const answer = (status: number, body: Buffer | string, headers: Record<string, string> = {}): void => {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    response.writeHead(status, { 'content-type': JSON_TYPE, 'content-length': bytes.length, ...headers });
    response.end(bytes);
  };
  const half = honest.subarray(0, honest.length >> 1);
  const made = madeUpResult(fault);
  if (made !== undefined) {
    answer(200, enveloped(id, made));
    return;
  }
  switch (fault.kind) {
    case 'hang':
      return;
    case 'reset': {
      const after = fault.afterBytes ?? 0;
      if (after === 0) {
        socket.resetAndDestroy();
        return;
      }
      response.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': honest.length });
      response.write(honest.subarray(0, after), () => socket.resetAndDestroy());
      return;
    }
    case 'empty':
      answer(200, '');
      return;
    case 'half':
      if (fault.length === 'right') {
        answer(200, half);
        return;
      }
      response.writeHead(200, {
        'content-type': JSON_TYPE,
        ...(fault.length === 'wrong' ? { 'content-length': honest.length } : {}),
      });
      if (fault.length === 'chunked') response.end(half);
      else response.write(half, () => socket.destroy());
      return;
    case 'drip':
      response.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': honest.length });
      drip(honest, fault.everyMs, fault.bytes ?? 1, (piece, isLast) => {
        if (response.destroyed) return false;
        if (isLast) response.end(piece);
        else response.write(piece);
        return true;
      });
      return;
    case 'status': {
      const { status, text = status === 502 ? BAD_GATEWAY : '', retryAfter } = fault;
      const type = text.startsWith('<') ? 'text/html' : text.startsWith('{') ? JSON_TYPE : 'text/plain';
      answer(status, text, {
        'content-type': type,
        ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
      });
      return;
    }
    case 'redirect':
      answer(fault.status ?? 307, '', { location: fault.to });
      return;
    case 'huge': {
      const begin = `{"jsonrpc":"2.0","id":${id},"result":"0x`;
      const length = begin.length + fault.bytes + 2;
      response.writeHead(200, {
        'content-type': JSON_TYPE,
        ...(fault.isLengthSaid === true ? { 'content-length': length } : {}),
      });
      response.write(begin);
      streamZeros(
        fault.bytes,
        (piece, goOn) => !response.destroyed && (response.write(piece) || void response.once('drain', goOn)),
        () => response.end('"}'),
      );
      return;
    }
    case 'utf8':
      answer(200, spoilt(honest));
      return;
    case 'gzip':
      answer(200, gzipSync(honest), { 'content-encoding': 'gzip' });
      return;
    case 'text':
      answer(200, fault.text, { 'content-type': fault.type ?? JSON_TYPE });
      return;
  }
}

/** The same over a WebSocket, as far as it has such a thing: what it has not ends the connection. */
export function sendFaulty(fault: TransportFault, socket: WebSocket, honest: Buffer, id: string): void {
  const send = (text: string | Buffer): void => socket.send(text, { binary: false });
  const made = madeUpResult(fault);
  if (made !== undefined) {
    send(enveloped(id, made));
    return;
  }
  switch (fault.kind) {
    case 'hang':
      return;
    case 'reset':
      socket.terminate();
      return;
    case 'empty':
      send('');
      return;
    case 'half':
      send(honest.subarray(0, honest.length >> 1));
      if (fault.length === 'cut' || fault.length === 'wrong') socket.terminate();
      return;
    case 'drip':
      drip(honest, fault.everyMs, fault.bytes ?? 1, (piece, isLast) => {
        if (socket.readyState !== socket.OPEN) return false;
        socket.send(piece, { binary: false, fin: isLast });
        return true;
      });
      return;
    case 'status':
    case 'redirect':
      socket.close(fault.kind === 'status' && fault.status === 429 ? 1008 : 1013);
      return;
    case 'huge': {
      socket.send(`{"jsonrpc":"2.0","id":${id},"result":"0x`, { binary: false, fin: false });
      streamZeros(
        fault.bytes,
        (piece, goOn) => {
          if (socket.readyState !== socket.OPEN) return false;
          socket.send(piece, { binary: false, fin: false }, () => goOn());
          return undefined;
        },
        () => socket.send('"}', { binary: false, fin: true }),
      );
      return;
    }
    case 'utf8':
      send(spoilt(honest));
      return;
    case 'gzip':
      socket.send(gzipSync(honest), { binary: true });
      return;
    case 'text':
      send(fault.text);
      return;
  }
}

const BAD_GATEWAY =
  '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n';

/** A byte that begins nothing, within the last string. */
function spoilt(honest: Buffer): Buffer {
  const at = Math.max(honest.lastIndexOf('"'), 0);
  return Buffer.concat([honest.subarray(0, at), Buffer.from([0xff, 0xc3]), honest.subarray(at)]);
}

function drip(
  bytes: Buffer,
  everyMs: number,
  count: number,
  write: (piece: Buffer, isLast: boolean) => boolean,
): void {
  let at = 0;
  const timer = setInterval(() => {
    const piece = bytes.subarray(at, at + count);
    at += count;
    const isLast = at >= bytes.length;
    if (!write(piece, isLast) || isLast) clearInterval(timer);
  }, everyMs);
}

/**
 * One megabyte is all that is held of it.
 *
 * @param write true: more can be written at once; undefined: it calls back for more; false: nobody reads any more
 */
function streamZeros(
  count: number,
  write: (piece: Buffer, goOn: () => void) => boolean | undefined,
  end: () => void,
): void {
  let left = count;
  const goOn = (): void => {
    let more: boolean | undefined = true;
    while (left > 0 && more === true) {
      const piece = ZEROS.subarray(0, Math.min(left, ZEROS.length));
      left -= piece.length;
      more = write(piece, goOn);
      if (more === undefined) return;
    }
    if (more !== false) end();
  };
  goOn();
}
