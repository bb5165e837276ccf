import { request as httpRequest, type Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import type { HostPort, HttpAnswer, HttpRequest } from '../fault.ts';
import { framed, headerOf, isChunked, pairsOf, withoutHeaders, type RawHeaders } from './raw-headers.ts';

export interface AskedUpstream {
  readonly place: HostPort;
  readonly agent: Agent;
  /** Aborted when nobody is there to have the answer. */
  readonly signal: AbortSignal;
  /** The request has been sent to its end. */
  readonly onSent: (socket: Socket | null) => void;
  /** An answer before the answer, such as 100 or 103. */
  readonly onInformation: (status: number, reason: string, rawHeaders: RawHeaders) => void;
}

/** There is no answer, not even the beginning of one. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** @unit bytes */
export const MOST_HEADERS = 256 * 1024;
/** Methods for which Node says how long the body is, even when there is none. */
const WITH_BODY = ['POST', 'PUT', 'PATCH'];

/** Sends a request as it came, and resolves when its answer begins. @throws NoAnswer */
export async function askUpstream(request: HttpRequest, upstream: AskedUpstream): Promise<HttpAnswer> {
  try {
    return await askOnce(request, upstream);
  } catch (error) {
    // A connection that was kept may end just as it is used again; what has not been streamed can be sent anew.
    const isStale = error instanceof NoAnswer && error.cause === STALE && Buffer.isBuffer(request.body);
    if (!isStale || upstream.signal.aborted) throw error;
    return askOnce(request, upstream);
  }
}

const STALE = 'stale';

function askOnce(request: HttpRequest, upstream: AskedUpstream): Promise<HttpAnswer> {
  const { place, agent, signal, onInformation, onSent } = upstream;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const outgoing = httpRequest({
      ...place,
      agent,
      method: request.method,
      path: request.target,
      headers: sentHeaders(request),
      maxHeaderSize: MOST_HEADERS,
    });
    const gone = (): void => void outgoing.destroy();
    signal.addEventListener('abort', gone);
    outgoing.once('finish', () => onSent(outgoing.socket));
    outgoing.once('close', () => signal.removeEventListener('abort', gone));
    outgoing.on('information', (one) => onInformation(one.statusCode, one.statusMessage, one.rawHeaders));
    outgoing.once('response', (answer) => resolve(answerOf(answer)));
    const switched = (answer: IncomingMessage, tunnel: Duplex, first: Buffer): void => {
      if (first.length > 0) tunnel.unshift(first);
      resolve({ ...answerOf(answer), body: Buffer.alloc(0), tunnel });
    };
    outgoing.once('upgrade', switched);
    outgoing.once('connect', switched);
    // After the answer has begun it is the body that says what went wrong.
    outgoing.on('error', (error) => reject(noAnswer(error, outgoing)));
    send(request, outgoing);
  });
}

function noAnswer(error: Error, { reusedSocket }: ClientRequest): NoAnswer {
  const code = 'code' in error ? String(error.code) : error.message;
  const isStale = reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
  return new NoAnswer(code, { cause: isStale ? STALE : error });
}

function answerOf(answer: IncomingMessage): HttpAnswer {
  return {
    // Of an answer it is there.
    status: answer.statusCode ?? 0,
    reason: answer.statusMessage ?? '',
    rawHeaders: answer.rawHeaders,
    body: answer,
    trailers: () => answer.rawTrailers,
  };
}

function sentHeaders({ method, rawHeaders, body }: HttpRequest): RawHeaders {
  if (!Buffer.isBuffer(body))
    return isChunked(rawHeaders) ? rawHeaders : withoutHeaders(rawHeaders, 'trailer');
  const isSaid = headerOf(rawHeaders, 'content-length') !== undefined || WITH_BODY.includes(method);
  if (body.length === 0 && !isSaid) return withoutHeaders(rawHeaders, 'transfer-encoding', 'trailer');
  return framed(rawHeaders, body.length);
}

function send({ body, trailers }: HttpRequest, outgoing: ClientRequest): void {
  if (Buffer.isBuffer(body)) {
    outgoing.end(body);
    return;
  }
  let hasBegun = false;
  body.once('data', () => {
    hasBegun = true;
  });
  body.pipe(outgoing, { end: false });
  // A body that came along goes along; the head of one that is late does not wait for it. Not flushHeaders(), which takes bytes above ASCII
  // for something else.
  setImmediate(() => hasBegun || outgoing.write('', 'latin1'));
  body.once('end', () => {
    const last = pairsOf(trailers?.() ?? []);
    if (last.length > 0) outgoing.addTrailers(last);
    outgoing.end();
  });
  // Where it breaks off, so does what is sent.
  body.once('error', () => outgoing.destroy());
  outgoing.once('close', () => drain(body, outgoing));
}

/** The upstream has answered before it has had everything: the rest is the client's to send, and goes nowhere. */
function drain(body: Readable, outgoing: ClientRequest): void {
  body.unpipe(outgoing);
  body.on('error', () => undefined);
  if (!body.readableEnded) body.resume();
}
