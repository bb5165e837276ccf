import { ServerResponse, type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FrontContext, HttpAnswer } from '../fault.ts';
import type { DuplexEnd } from '../streams/duplex-pair.ts';
import { answerTo, warnOfMistake } from './exchange.ts';
import type { HttpConnection } from './http-connection.ts';
import { hasWord, headerOf, withoutHeaders } from './raw-headers.ts';
import { writeAnswer } from './write-answer.ts';

/**
 * A request to speak something else from here on: a tunnel where the upstream agrees. Faults strike the request as any other. Never rejects.
 *
 * @param first what came after the request
 * @param again takes the connection anew
 */
export async function exchangeUpgrade(
  incoming: IncomingMessage,
  first: Buffer,
  connection: HttpConnection,
  context: FrontContext,
  again: (client: Duplex) => void,
): Promise<void> {
  const { client } = connection;
  if (first.length > 0) client.unshift(first);
  if (isNotMeant(incoming)) {
    client.unshift(Buffer.from(headText(incoming), 'latin1'));
    again(client);
    return;
  }
  const { method = '', url = '', rawHeaders } = incoming;
  try {
    const answer = await answerTo(
      { method, target: url, rawHeaders, body: Buffer.alloc(0) },
      connection,
      context,
      () => undefined,
    );
    if (answer.tunnel === undefined) await refuse(answer, incoming, client);
    else await tunnel(answer, answer.tunnel, client);
  } catch (error) {
    warnOfMistake(error);
    client.destroySoon();
  }
}

/** HTTP/2 is not spoken here, and with a body the protocol is not switched by common clients: such a wish may be passed over (RFC 9110, 7.8). */
function isNotMeant({ method, rawHeaders }: IncomingMessage): boolean {
  if (method === 'CONNECT') return false;
  const hasBody =
    headerOf(rawHeaders, 'transfer-encoding') !== undefined ||
    Number(headerOf(rawHeaders, 'content-length') ?? 0) > 0;
  return hasBody || hasWord(rawHeaders, 'upgrade', 'h2c');
}

/** The same request without its wish. */
function headText({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const left = withoutHeaders(rawHeaders, 'upgrade', 'http2-settings', 'connection');
  const lines = left.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`));
  return `${method} ${url} HTTP/${httpVersion}\r\n${lines.join('')}\r\n`;
}

async function refuse(answer: HttpAnswer, incoming: IncomingMessage, client: Duplex): Promise<void> {
  const response = new ServerResponse(incoming);
  // It writes on whatever is a stream, and asks nothing else of it.
  response.assignSocket(client as Parameters<ServerResponse['assignSocket']>[0]);
  response.shouldKeepAlive = false;
  const written = new Promise((resolve) => response.once('finish', resolve));
  await writeAnswer(answer, incoming, response);
  await written;
  client.end();
  // What comes still is not read any more.
  client.resume();
}

async function tunnel(
  { status, reason, rawHeaders }: HttpAnswer,
  upstream: Duplex,
  client: DuplexEnd,
): Promise<void> {
  const lines = rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`));
  client.write(
    `HTTP/1.1 ${status} ${reason ?? STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`,
    'latin1',
  );
  client.pipe(upstream).pipe(client);
  // What it says is in its close.
  upstream.on('error', () => undefined);
  client.once('close', () => upstream.destroy());
  await new Promise((resolve) => upstream.once('close', resolve));
  client.destroySoon();
}
