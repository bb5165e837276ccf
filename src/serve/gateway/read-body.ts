import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** Bodies up to this are held whole: they can be looked at, and sent again where that is right. @unit bytes */
export const HELD_BYTES = 65_536;

export type Body =
  | { readonly kind: 'none' }
  | { readonly kind: 'held'; readonly bytes: Buffer }
  | { readonly kind: 'streamed'; readonly stream: Readable }
  | { readonly kind: 'too-large' }
  /** Too much is being held for others. */
  | { readonly kind: 'no-room' }
  | { readonly kind: 'left' };

/** Said of a body that does not come to its end as it should: no upstream is to blame. */
class BodyCutShort extends Error {
  readonly code = 'KEELSON_REQUEST_CUT_SHORT';
}

/** What has been streamed for so long must have come at `SLOWEST` on average. @unit ms */
const GRACE_MS = 10_000;
/** A stream keeps a connection to an upstream busy: one that trickles would keep it from everybody else. @unit bytes per ms */
const SLOWEST = 8;

/** Bodies held for requests that are not let in yet, all together. @unit bytes */
const MOST_WAITING_BYTES = 134_217_728;
let waitingBytes = 0;

/** Whether a request says that it has a body, by its headers. */
export function saysBody(transferEncoding: string | undefined, contentLength: string | undefined): boolean {
  return transferEncoding !== undefined || (contentLength !== undefined && contentLength !== '0');
}

function hasBody({ headers }: IncomingMessage): boolean {
  return saysBody(headers['transfer-encoding'], headers['content-length']);
}

/**
 * Whether so much of a request’s body has not been read that its connection is better closed: what is answered before is read to
 * its end, for nothing, before the next request is.
 */
export function hasMoreToCome(request: IncomingMessage): boolean {
  if (request.complete || !hasBody(request)) return false;
  const length = request.headers['content-length'];
  return length === undefined || Number(length) > HELD_BYTES;
}

/**
 * Reads a body whole where it is small, else hands on a stream that ends in an error when it gets too large.
 *
 * @param most bytes
 * @param now monotonic, in ms
 * @param held up to how many bytes it is small
 */
export async function readBody(
  request: IncomingMessage,
  most: number,
  now: () => number,
  held = HELD_BYTES,
): Promise<Body> {
  if (!hasBody(request)) return { kind: 'none' };
  const length = Number(request.headers['content-length'] ?? Number.NaN);
  if (length > most) return { kind: 'too-large' };
  const pieces: Buffer[] = [];
  let bytes = 0;
  const rest: AsyncIterator<Buffer> = request[Symbol.asyncIterator]();
  try {
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
      pieces.push(next.value);
      bytes += next.value.length;
      waitingBytes += next.value.length;
      if (bytes > most) return { kind: 'too-large' };
      if (waitingBytes > MOST_WAITING_BYTES) return { kind: 'no-room' };
      if (bytes > held) return { kind: 'streamed', stream: Readable.from(goOn(pieces, rest, most, now)) };
    }
  } catch {
    return { kind: 'left' };
  } finally {
    waitingBytes -= bytes;
  }
  return { kind: 'held', bytes: whole(pieces) };
}

/**
 * Reads a body that cannot become large, as its request has said how long it is: Node's parser lets no more come. Most come in one piece, and
 * then nothing is held for anybody.
 *
 * @param bytes how long it is; more than 0
 * @param done called once, never before this has returned; not at all when the client has left: whoever waits hears of that itself
 */
export function readSmall(request: IncomingMessage, bytes: number, done: (body: Body) => void): void {
  let held: Buffer[] | undefined;
  let got = 0;
  let isOver = false;
  const leave = (): void => {
    if (!isOver && held !== undefined) waitingBytes -= got;
    isOver = true;
  };
  request.on('data', (piece: Buffer) => {
    if (isOver) return;
    if (held === undefined && piece.length === bytes) {
      isOver = true;
      done({ kind: 'held', bytes: piece });
      return;
    }
    if (held === undefined) request.on('close', leave);
    held ??= [];
    held.push(piece);
    got += piece.length;
    waitingBytes += piece.length;
    const isFull = waitingBytes > MOST_WAITING_BYTES;
    if (got < bytes && !isFull) return;
    leave();
    done(got < bytes ? { kind: 'no-room' } : { kind: 'held', bytes: Buffer.concat(held) });
  });
}

function whole(pieces: readonly Buffer[]): Buffer {
  const [first] = pieces;
  return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
}

async function* goOn(
  pieces: readonly Buffer[],
  rest: AsyncIterator<Buffer>,
  most: number,
  now: () => number,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for (const piece of pieces) {
    bytes += piece.length;
    yield piece;
  }
  // Only of the client: an upstream that takes the body slowly is not its fault.
  let waitedMs = 0;
  for (;;) {
    const began = now();
    const next = await inTime(rest, Math.max(GRACE_MS, bytes / SLOWEST) - waitedMs);
    waitedMs += now() - began;
    if (next.done === true) return;
    bytes += next.value.length;
    if (bytes > most) throw new BodyCutShort(`More than ${most} bytes.`);
    yield next.value;
  }
}

/** @param leftMs until it is too late */
async function inTime(rest: AsyncIterator<Buffer>, leftMs: number): Promise<IteratorResult<Buffer>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new BodyCutShort('It comes too slowly.')), Math.max(0, leftMs));
  });
  try {
    return await Promise.race([rest.next(), late]);
  } catch (cause) {
    throw new BodyCutShort('Its client left, or was too slow.', { cause });
  } finally {
    clearTimeout(timer);
  }
}
