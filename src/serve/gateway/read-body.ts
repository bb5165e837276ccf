import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** Bodies up to this are held whole: they can be looked at, and sent again where that is right. @unit bytes */
export const HELD_BYTES = 65_536;

export type Body =
  | { readonly kind: 'none' }
  | { readonly kind: 'held'; readonly bytes: Buffer }
  | { readonly kind: 'streamed'; readonly stream: Readable }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'left' };

/** Said of a body that goes on for longer than it may. */
class BodyTooLarge extends Error {
  readonly code = 'KEELSON_REQUEST_TOO_LARGE';
}

/** Said of a body whose client has left in the middle of it. */
class BodyCutOff extends Error {
  readonly code = 'KEELSON_REQUEST_CUT_OFF';
}

/** Whether a request says that it has a body. */
export function hasBody(request: IncomingMessage): boolean {
  const { headers } = request;
  if (headers['transfer-encoding'] !== undefined) return true;
  return headers['content-length'] !== undefined && headers['content-length'] !== '0';
}

/** Reads a body whole where it is small, else hands on a stream that ends in an error when it gets too large. @param most bytes */
export async function readBody(request: IncomingMessage, most: number): Promise<Body> {
  if (!hasBody(request)) return { kind: 'none' };
  if (Number(request.headers['content-length'] ?? 0) > most) return { kind: 'too-large' };
  const pieces: Buffer[] = [];
  let bytes = 0;
  const rest: AsyncIterator<Buffer> = request[Symbol.asyncIterator]();
  try {
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
      pieces.push(next.value);
      bytes += next.value.length;
      if (bytes > most) return { kind: 'too-large' };
      if (bytes > HELD_BYTES) return { kind: 'streamed', stream: Readable.from(goOn(pieces, rest, most)) };
    }
  } catch {
    return { kind: 'left' };
  }
  return {
    kind: 'held',
    bytes: pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces),
  };
}

async function* goOn(
  pieces: readonly Buffer[],
  rest: AsyncIterator<Buffer>,
  most: number,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for (const piece of pieces) {
    bytes += piece.length;
    yield piece;
  }
  for (let next = await nextOf(rest); next.done !== true; next = await nextOf(rest)) {
    bytes += next.value.length;
    if (bytes > most) throw new BodyTooLarge(`More than ${most} bytes.`);
    yield next.value;
  }
}

/** Node says ECONNRESET of a client that leaves: it must not be taken for a reset by an upstream. */
async function nextOf(rest: AsyncIterator<Buffer>): Promise<IteratorResult<Buffer>> {
  try {
    return await rest.next();
  } catch (cause) {
    throw new BodyCutOff('The client has left in the middle of its request.', { cause });
  }
}
