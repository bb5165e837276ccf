import { createServer, ServerResponse, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { bad, type Gate } from './gate.ts';
import type { Sockets } from './sockets.ts';

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

/**
 * The server that stands before a platform's parts. It knows connections; what a request is allowed and where it goes is said by the gate of
 * the plan in force, or for a share of requests by that of a plan that is being tried.
 */
export class Gateway {
  readonly server: Server;
  private readonly sockets: Sockets;
  private readonly draw: () => number;
  private gates: readonly Gate[] = [];
  private tried: { readonly gate: Gate; readonly share: number } | undefined;
  private isStopping = false;

  /** @param draw in 0 to 1, for which requests a plan is tried on */
  constructor(sockets: Sockets, draw: () => number) {
    this.sockets = sockets;
    this.draw = draw;
    this.server = createServer(SERVER, (request, response) => this.handle(request, response));
    // Refused by gates rather than left out without a word.
    this.server.maxHeadersCount = 0;
    this.server.on('connection', (socket) => sockets.add(socket));
    this.server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    this.server.on('connect', (request, socket) => this.upgrade(request, socket, NOTHING));
    this.server.on('checkExpectation', (request, response) =>
      this.gate().turnAway(request, response, bad('Only 100-continue can be expected.')),
    );
    this.server.on('clientError', answerClientError);
  }

  /** From the next request on, this gate is in force. What is under way at the one before is ended there. @param connections of clients at once */
  put(gate: Gate, connections: number): void {
    this.server.maxConnections = connections;
    this.tried = undefined;
    this.gates = [gate, ...this.gates.filter((one) => one !== gate)];
  }

  /** From the next request on, a share of them goes by this gate; undefined: none. */
  try(gate: Gate | undefined, share = 0): void {
    this.tried = gate === undefined ? undefined : { gate, share };
    if (gate !== undefined && !this.gates.includes(gate)) this.gates = [...this.gates, gate];
  }

  /** A gate that nothing goes by any more: what is still open there is ended. */
  drop(gate: Gate): void {
    if (this.tried?.gate === gate) this.tried = undefined;
    this.gates = this.gates.filter((one) => one !== gate);
    gate.close();
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
    for (const gate of this.gates) gate.close();
    if (isConnected) await new Promise((resolve) => setTimeout(resolve, lingerMs));
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    // Those that were busy become idle one by one.
    const idle = setInterval(() => this.server.closeIdleConnections(), 100);
    let timer = setTimeout(() => {
      this.sockets.expire();
      timer = setTimeout(() => this.server.closeAllConnections(), LAST_WORDS_MS);
    }, withinMs);
    await closed;
    clearInterval(idle);
    clearTimeout(timer);
  }

  private connections(): Promise<number> {
    return new Promise((resolve) => this.server.getConnections((error, count) => resolve(error ? 0 : count)));
  }

  /** Whose turn it is. */
  private gate(): Gate {
    const { tried } = this;
    if (tried !== undefined && this.draw() < tried.share) return tried.gate;
    const [inForce] = this.gates;
    if (inForce === undefined) throw new RangeError('A gateway was asked before it had a plan.');
    return inForce;
  }

  private handle(request: IncomingMessage, response: ServerResponse): void {
    // The parser goes on with what came in the same packet.
    if (this.sockets.isMisread(request.socket)) return;
    if (this.isStopping) response.shouldKeepAlive = false;
    this.gate().handle(request, response);
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.sockets.release(request.socket);
    if (this.isStopping || this.sockets.isMisread(socket)) socket.destroy();
    else this.gate().upgrade(request, socket, head);
  }
}

const NOTHING = Buffer.alloc(0);

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
