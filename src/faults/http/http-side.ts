import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FrontContext } from '../fault.ts';
import type { FarSide } from '../streams/tcp-front.ts';
import { connectUpstream, type Upstream } from '../streams/upstream.ts';
import { MOST_HEADERS } from './ask-upstream.ts';
import { type DuplexEnd, duplexPair } from '../streams/duplex-pair.ts';
import { exchange } from './exchange.ts';
import { HttpConnection } from './http-connection.ts';
import { exchangeUpgrade } from './upgrade.ts';

/**
 * What a client's connection leads to where HTTP is spoken:
 *
 *   client ⇄ faults of streams ⇄ pair of streams ⇄ Node's server → faults of HTTP → Node's client ⇄ upstream
 */
export function httpSide(context: FrontContext, upstream: Upstream): FarSide {
  const connections = new Map<Duplex, HttpConnection>();
  const server = createServer({ maxHeaderSize: MOST_HEADERS, requireHostHeader: false, keepAlive: false });
  // How slow somebody is, is for the faults of streams to say.
  server.headersTimeout = 0;
  server.requestTimeout = 0;
  server.keepAliveTimeout = 0;
  // Node has had it for long, and says nothing of it: an end of what is sent is no end of what is waited for.
  (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;

  const serve = (incoming: IncomingMessage, response: ServerResponse): void => {
    const connection = connections.get(incoming.socket);
    connection?.take(exchange(incoming, response, connection, context));
  };
  server.on('request', serve);
  // Whether a client may send its body is the upstream's to say.
  server.on('checkContinue', serve);
  server.on('checkExpectation', serve);
  const upgrade = (incoming: IncomingMessage, client: Duplex, first: Buffer): void => {
    const connection = connections.get(client);
    // What came before is answered first.
    void connection?.settled().then(() => {
      const again = (): void => void server.emit('connection', client);
      connection.take(exchangeUpgrade(incoming, first, connection, context, again));
    });
  };
  server.on('upgrade', upgrade);
  server.on('connect', upgrade);
  server.on('clientError', (_error, client) => refuse(client as DuplexEnd, context.name));

  return {
    async open(_number, _signal, name) {
      const [near, inner] = duplexPair();
      connections.set(inner, new HttpConnection(inner, () => connectUpstream(upstream, name)));
      inner.once('close', () => connections.delete(inner));
      server.emit('connection', inner);
      return near;
    },
  };
}

/** What came is not HTTP. */
function refuse(client: DuplexEnd, name: string): void {
  const body = `keelson faults: proxy "${name}" expected HTTP/1.1 and found something else.\n`;
  if (client.writable)
    client.write(
      `HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  client.destroySoon();
}
