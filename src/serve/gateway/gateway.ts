import { createServer, ServerResponse, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { METHODS } from '../../plan/index.ts';
import { safePath } from '../paths.ts';
import { routeFor } from '../routes.ts';
import { refuse, wordsOf, type Refusal } from './answers.ts';
import { readHeaders } from './headers.ts';
import type { GatewayParts, Understood } from './parts.ts';
import { Passage } from './passage.ts';
import { hasMoreToCome, saysBody } from './read-body.ts';
import { Tunnels } from './tunnels.ts';

/** How clients are held to account. @unit ms, bytes */
const SERVER = {
  insecureHTTPParser: false,
  // Refused below, in the words of the other refusals.
  requireHostHeader: false,
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  // Idle connections are swept: a timer set anew for each request costs more.
  keepAliveTimeout: 0,
  connectionsCheckingInterval: 2_000,
  noDelay: true,
} as const;
/** For what is told to whoever still waits when the time is up, before connections are closed. @unit ms */
const LAST_WORDS_MS = 200;
const METHOD_NAMES: ReadonlySet<string> = new Set(METHODS);

/** The server that stands before a platform's parts. */
export class Gateway {
  readonly server: Server;
  private readonly parts: GatewayParts;
  private readonly tunnels: Tunnels;
  /** Connections that a misread request came over: what follows on them is nobody's request. */
  private readonly misread = new WeakSet<Duplex>();
  private isStopping = false;

  /** @param connections of clients at once */
  constructor(parts: GatewayParts, connections: number) {
    this.parts = parts;
    this.tunnels = new Tunnels(parts, (request) => this.understand(request));
    this.server = createServer(SERVER, (request, response) => this.handle(request, response));
    // Refused below rather than left out without a word.
    this.server.maxHeadersCount = 0;
    this.server.maxConnections = connections;
    this.server.on('connection', (socket) => parts.sockets.add(socket));
    this.server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    this.server.on('connect', (request, socket) => this.upgrade(request, socket, NOTHING));
    this.server.on('checkExpectation', (request, response) =>
      this.turnAway(request, response, bad('Only 100-continue can be expected.')),
    );
    this.server.on('clientError', answerClientError);
  }

  /** A journey is in another mode: what that no longer lets through is ended. */
  onMode(journey: number, mode: number): void {
    this.tunnels.onMode(journey, mode);
  }

  /** @returns where it listens */
  listen(port: number, host: string): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        // A TCP server has such an address.
        resolve(this.server.address() as AddressInfo);
      });
    });
  }

  /**
   * Takes nothing new, ends what is under way, and is gone after a while in any case.
   *
   * @param withinMs for what is under way
   * @param lingerMs how long it still takes what comes, each on a connection that ends with it: whoever stands before it needs that to
   *   see that it is no longer ready. Nobody does where nobody is connected.
   */
  async stop(withinMs: number, lingerMs = 0): Promise<void> {
    this.isStopping = true;
    const isConnected = lingerMs > 0 && (await this.connections()) > 0;
    this.tunnels.close();
    if (isConnected) await new Promise((resolve) => setTimeout(resolve, lingerMs));
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    // Those that were busy become idle one by one.
    const idle = setInterval(() => this.server.closeIdleConnections(), 100);
    let timer = setTimeout(() => {
      this.parts.sockets.expire();
      timer = setTimeout(() => this.server.closeAllConnections(), LAST_WORDS_MS);
    }, withinMs);
    await closed;
    clearInterval(idle);
    this.parts.sockets.stop();
    clearTimeout(timer);
  }

  private connections(): Promise<number> {
    return new Promise((resolve) => this.server.getConnections((error, count) => resolve(error ? 0 : count)));
  }

  private handle(request: IncomingMessage, response: ServerResponse): void {
    // The parser goes on with what came in the same packet.
    if (this.misread.has(request.socket)) return;
    const found = this.understand(request);
    if ('kind' in found) {
      this.turnAway(request, response, found);
      return;
    }
    if (this.isStopping) response.shouldKeepAlive = false;
    new Passage(this.parts, request, response, found).begin();
  }

  /** What a request asks for, or why it is not served. */
  private understand(request: IncomingMessage): Understood | Refusal {
    const method = request.method ?? '';
    const { httpVersion } = request;
    if (httpVersion !== '1.1' && httpVersion !== '1.0') return bad('Only HTTP/1.1 and HTTP/1.0 are spoken.');
    if (!METHOD_NAMES.has(method)) return bad(`The method ${method.slice(0, 20)} is not served.`);
    const path = safePath(request.url ?? '');
    if (path === undefined) return bad('The path can be read in more than one way.');
    const read = readHeaders(request.rawHeaders, this.parts.fronts.secretHeaders);
    if (read === undefined)
      return bad('There are too many headers, one stands twice that must not, or one names another method.');
    const { headers, transferEncoding, contentLength, authorization } = read;
    const host = hostOf(read.host);
    if (host === undefined) return bad('The Host header is not a host.');
    const isChunked = transferEncoding !== undefined;
    if (isChunked && (transferEncoding !== 'chunked' || contentLength !== undefined || httpVersion === '1.0'))
      return bad('How long the body is can be read in more than one way.');
    const hasBody = saysBody(transferEncoding, contentLength);
    const route = routeFor(this.parts.routes, method, path, host);
    if (route === undefined) return { kind: 'no-route' };
    const bodyBytes = contentLength === undefined ? undefined : Number(contentLength);
    return { path, headers, route, authorization, hasBody, bodyBytes };
  }

  private turnAway(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
    // What follows on this connection may be the rest of something that was misread.
    if (refusal.kind === 'bad-request') {
      response.shouldKeepAlive = false;
      this.misread.add(request.socket);
    }
    if (hasMoreToCome(request)) response.shouldKeepAlive = false;
    refuse(response, refusal, 'none');
    this.parts.traceOf(request);
    this.parts.onEnded({
      request,
      route: undefined,
      journey: -1,
      mode: 0,
      outcome: 'refused',
      why: refusal.kind,
      status: wordsOf(refusal).status,
      tookMs: 0,
      upstream: undefined,
      attempts: 0,
      isExposed: false,
      id: undefined,
    });
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.parts.sockets.release(request.socket);
    if (this.isStopping || this.misread.has(socket)) socket.destroy();
    else void this.tunnels.open(request, socket, head);
  }
}

function bad(why: string): Refusal {
  return { kind: 'bad-request', why };
}

const NOTHING = Buffer.alloc(0);

/** The host of a Host header, in lower case, without its port. */
function hostOf(said: string | undefined): string | undefined {
  if (said === undefined || said.length > 260) return undefined;
  const found =
    /^([a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?)*|\[[0-9a-f:.]+\])\.?(?::(\d{1,5}))?$/i.exec(
      said,
    );
  if (Number(found?.[2] ?? 0) > 65_535) return undefined;
  return found?.[1]?.toLowerCase();
}

/** Answers what Node's parser refuses, and closes. */
function answerClientError(error: Error & { code?: string }, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const current = answerOn(socket);
  if (current?.req.complete === true) {
    // What is wrong is what followed a request: its answer is not for that one.
    current.shouldKeepAlive = false;
    current.once('finish', () => socket.destroy());
    return;
  }
  if (current?.headersSent === true) {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  // Who never closes its side would else keep the connection for good.
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\nkeelson-mode: none\r\n\r\n`,
    () => socket.destroy(),
  );
}

/** The answer that is under way on a connection: Node keeps it there, and looks at it in the same case. */
function answerOn(socket: Duplex): ServerResponse | undefined {
  const found: unknown = Reflect.get(socket, '_httpMessage');
  return found instanceof ServerResponse ? found : undefined;
}
