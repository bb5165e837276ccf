import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { HttpAnswer } from '../fault.ts';
import { dropBody, hasNoBody } from './bodies.ts';
import { framed, isChunked, pairsOf, withoutHeaders, type RawHeaders } from './raw-headers.ts';

/**
 * Writes an answer as it is, and nothing that it does not have: no date, no length, no word on the connection. Resolves when all of it has
 * been handed over; rejects where the body breaks off: closing the connection says so to the client, once it has had what came.
 */
export async function writeAnswer(
  answer: HttpAnswer,
  { method, httpVersion }: Pick<IncomingMessage, 'method' | 'httpVersion'>,
  response: ServerResponse,
): Promise<void> {
  const { status, reason, body, trailers } = answer;
  const isBare = hasNoBody(method ?? '', status);
  const isOld = httpVersion === '1.0';
  const headers = isBare
    ? answer.rawHeaders
    : Buffer.isBuffer(body)
      ? framed(answer.rawHeaders, body.length)
      : streamedHeaders(answer.rawHeaders, isOld);
  for (const name of ['date', 'content-length', 'transfer-encoding']) response.removeHeader(name);
  // A client of HTTP/1.0 is told that the connection is kept; later ones know.
  if (!isOld) response.removeHeader('connection');
  // Node takes names and values by turns, and changes none of them.
  response.writeHead(status, reason ?? STATUS_CODES[status] ?? '', [...headers]);
  if (Buffer.isBuffer(body) || isBare) {
    dropBody(body);
    response.end(Buffer.isBuffer(body) && !isBare ? body : undefined);
    return;
  }
  // Not flushHeaders(), which takes bytes above ASCII for something else.
  if (body.readableLength === 0 && !body.readableEnded) response.write('', 'latin1');
  await pour(body, response);
  const last = pairsOf(trailers?.() ?? []);
  if (last.length > 0 && isChunked(headers)) response.addTrailers(last);
  response.end();
}

function streamedHeaders(raw: RawHeaders, isOld: boolean): RawHeaders {
  if (isOld) return withoutHeaders(raw, 'transfer-encoding', 'trailer');
  return isChunked(raw) ? raw : withoutHeaders(raw, 'trailer');
}

function pour(body: Readable, response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    body.once('end', resolve);
    body.once('error', reject);
    body.once('close', () => reject(new Error('The answer broke off.')));
    response.once('close', () => {
      body.destroy();
      reject(new Error('The client has gone.'));
    });
    body.pipe(response, { end: false });
  });
}
