import { Readable } from 'node:stream';
import type { HttpAnswer } from '../fault.ts';

/** What is left of an answer that nobody wants is read, so that its connection can be used again; up to here. @unit bytes */
const MOST_DROPPED = 1_000_000;

/**
 * Reads a body that is not longer than so many bytes. A longer one comes back as a stream, nothing of it lost. Rejects where it breaks off.
 *
 * @param most @unit bytes
 */
export async function readWhole(body: Readable | Buffer, most: number): Promise<Buffer | Readable> {
  if (Buffer.isBuffer(body)) return body.length <= most ? body : Readable.from([body], BYTES);
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body.iterator({ destroyOnReturn: false })) {
    // A stream without an encoding gives these.
    parts.push(part as Buffer);
    bytes += parts.at(-1)?.length ?? 0;
    if (bytes > most) return Readable.from(resumed(parts, body), BYTES);
  }
  return Buffer.concat(parts);
}

const BYTES = { objectMode: false, highWaterMark: 65_536 };

async function* resumed(parts: readonly Buffer[], rest: Readable): AsyncGenerator<Buffer> {
  yield* parts;
  yield* rest;
}

/** What is left of a body is not wanted, nor how it ends; it is read on. */
export function dropBody(body: Readable | Buffer): void {
  if (!Buffer.isBuffer(body)) body.on('error', () => undefined).resume();
}

/** What an answer holds is not wanted. */
export function dropAnswer({ body, tunnel }: HttpAnswer): void {
  tunnel?.destroy();
  if (Buffer.isBuffer(body)) return;
  let bytes = 0;
  body.on('error', () => undefined);
  body.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > MOST_DROPPED) body.destroy();
  });
}

/** Whether an answer of this status to this method has no body, whatever its headers say. */
export function hasNoBody(method: string, status: number): boolean {
  return method === 'HEAD' || status < 200 || status === 204 || status === 304;
}
