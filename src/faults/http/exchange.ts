import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FrontContext, HttpAnswer, HttpRequest } from '../fault.ts';
import { placeText } from '../settings/place.ts';
import { askUpstream, NoAnswer } from './ask-upstream.ts';
import { dropAnswer } from './bodies.ts';
import { askThroughHooks } from './hooks.ts';
import type { HttpConnection } from './http-connection.ts';
import { hasWord, headerOf, isChunked, type RawHeaders } from './raw-headers.ts';
import { writeAnswer } from './write-answer.ts';

/** One request and its answer; the connection is closed where there is none. Never rejects. */
export async function exchange(
  incoming: IncomingMessage,
  response: ServerResponse,
  connection: HttpConnection,
  context: FrontContext,
): Promise<void> {
  const isWaiting = isExpectant(incoming.rawHeaders);
  let isInvited = false;
  const inform = (status: number, reason: string, rawHeaders: RawHeaders): void => {
    if (status === 100 && isInvited) return;
    if (status === 100) isInvited = true;
    writeInformation(response, incoming, `${status} ${reason}`, rawHeaders);
  };
  try {
    const answer = await answerTo(requestOf(incoming), connection, context, inform);
    if (connection.closed.aborted) return dropAnswer(answer);
    // Whether the body that was not asked for is sent all the same cannot be known.
    if (isWaiting && !isInvited && !incoming.complete) response.shouldKeepAlive = false;
    await writeAnswer(answer, incoming, response);
    if (!response.writableFinished) await finished(response);
  } catch (error) {
    // It has gone, a fault has cut it, or the answer broke off.
    warnOfMistake(error);
    connection.client.destroySoon();
  }
}

/** What sockets and faults throw has a code or a name; what has neither is a mistake in here, and is not passed over in silence. */
export function warnOfMistake(error: unknown): void {
  const isMistake =
    error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  if (isMistake && !('code' in error)) process.emitWarning(error);
}

/** What a request is answered, by faults or by the upstream, or that there is none. @throws Cut, or what befell what was read */
export async function answerTo(
  request: HttpRequest,
  connection: HttpConnection,
  context: FrontContext,
  inform: (status: number, reason: string, rawHeaders: RawHeaders) => void,
): Promise<HttpAnswer> {
  const { counts, toxics, upstream: place } = context;
  const { agent, closed, ended } = connection;
  const number = counts.requests;
  counts.requests++;
  try {
    return await askThroughHooks(request, {
      number,
      toxics,
      signal: ended,
      invite: () => {
        // Others take it for an answer to something else.
        if (isExpectant(request.rawHeaders)) inform(100, 'Continue', []);
      },
      ask: (asked) =>
        askUpstream(asked, {
          place,
          agent,
          signal: closed,
          onInformation: inform,
          onSent: (socket) => connection.onSent(socket),
        }),
    });
  } catch (error) {
    if (!(error instanceof NoAnswer) || closed.aborted) throw error;
    counts.failed++;
    return badGateway(context, error.message);
  }
}

/** @param why a code of the system, such as ECONNREFUSED */
function badGateway({ name, upstream }: FrontContext, why: string): HttpAnswer {
  return {
    status: 502,
    rawHeaders: ['Content-Type', 'text/plain; charset=utf-8'],
    body: Buffer.from(
      `keelson faults: proxy "${name}" had no answer from its upstream ${placeText(upstream)}: ${why}.\n`,
    ),
  };
}

function isExpectant(rawHeaders: RawHeaders): boolean {
  return hasWord(rawHeaders, 'expect', '100-continue');
}

function requestOf(incoming: IncomingMessage): HttpRequest {
  const { method = '', url = '', rawHeaders } = incoming;
  const length = headerOf(rawHeaders, 'content-length');
  const hasBody = isChunked(rawHeaders) || (length !== undefined && Number(length) > 0);
  if (!hasBody) incoming.resume();
  return {
    method,
    target: url,
    rawHeaders,
    body: hasBody ? incoming : Buffer.alloc(0),
    trailers: () => incoming.rawTrailers,
  };
}

/** Goes out before the answer, if it is this one's turn and the client knows of such. */
function writeInformation(
  { headersSent, socket }: ServerResponse,
  { httpVersion }: IncomingMessage,
  words: string,
  rawHeaders: RawHeaders,
): void {
  if (headersSent || socket === null || httpVersion === '1.0') return;
  const lines = rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`));
  socket.write(`HTTP/1.1 ${words}\r\n${lines.join('')}\r\n`, 'latin1');
}

function finished(response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    response.once('finish', resolve);
    response.once('close', () => reject(new Error('The client has gone.')));
  });
}
