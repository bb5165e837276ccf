import type { IncomingMessage } from 'node:http';

export type Body =
  | { readonly kind: 'read'; readonly value: unknown }
  | {
      readonly kind: 'wrong';
      readonly status: 400 | 413 | 415;
      readonly code: string;
      readonly words: string;
    };

/** @unit bytes */
const MOST = 8192;

/** The body of an order: JSON, said to be JSON (no form of another site can send that), small, in UTF-8. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i.test(type))
    return wrong(415, 'not-json', 'Expected Content-Type: application/json.');
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity')
    return wrong(415, 'encoded', 'Expected a body that is not compressed.');
  const bytes = await readBytes(request);
  if (bytes === undefined) return wrong(413, 'too-large', `Expected at most ${MOST} bytes.`);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { kind: 'read', value: JSON.parse(text) };
  } catch {
    return wrong(400, 'order', 'Expected JSON in UTF-8.');
  }
}

/** @returns undefined when there is more than is read; rejects when the connection is lost */
async function readBytes(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > MOST) return undefined;
  const parts: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (part: Buffer) => {
      length += part.length;
      if (length <= MOST) parts.push(part);
      else {
        // The answer says what is wrong; the rest is not read.
        request.pause();
        resolve(undefined);
      }
    });
    request.on('end', () => resolve(Buffer.concat(parts)));
    request.on('error', reject);
    request.on('close', () => reject(new Error('The connection was lost before the order was whole.')));
  });
}

function wrong(status: 400 | 413 | 415, code: string, words: string): Body {
  return { kind: 'wrong', status, code, words };
}
