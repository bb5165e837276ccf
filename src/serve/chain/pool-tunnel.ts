import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer, type RawData } from 'ws';
import { PoolSession, type ChainPool } from '../../pool/index.ts';

/** What one message of a client may hold: a transaction with blobs is close to it. @unit bytes */
const MOST_MESSAGE_BYTES = 2_000_000;
/** What waits for a client that does not listen; more ends its connection. @unit bytes */
const MOST_WAITING_BYTES = 16_000_000;
/** How often it is asked whether the client is still there; one that has not answered by the next time is gone. @unit ms */
const PING_MS = 30_000;
/** The longest that a timer can wait. @unit ms */
const LONGEST_MS = 2_147_483_647;

/** One for all: it holds nothing but how a handshake is answered. */
const SERVER = new WebSocketServer({
  noServer: true,
  maxPayload: MOST_MESSAGE_BYTES,
  perMessageDeflate: false,
  clientTracking: false,
});

export interface PoolTunnelOptions {
  readonly journey: number;
  readonly mode: number;
  /** When the session that opened it ends; undefined for none. @unit ms */
  readonly endsInMs: number | undefined;
  /** Lines that go with the answer to the handshake. */
  readonly lines: readonly string[];
}

/** A client of a pool whose connection stays. */
export class PoolTunnel {
  readonly journey: number;
  readonly mode: number;
  private readonly socket: WebSocket;
  private readonly session: PoolSession;
  private readonly timers: NodeJS.Timeout[] = [];
  private isHeard = true;

  private constructor(
    socket: WebSocket,
    pool: ChainPool,
    { journey, mode, endsInMs }: PoolTunnelOptions,
    onEnded: (tunnel: PoolTunnel) => void,
  ) {
    this.socket = socket;
    this.journey = journey;
    this.mode = mode;
    this.session = new PoolSession(pool, {
      send: (text) => this.send(text),
      close: (why) => socket.close(1011, why),
      newId: () => `0x${randomBytes(16).toString('hex')}`,
    });
    socket.on('message', (data: RawData, isBinary) => {
      // JSON-RPC is text; some clients send it as bytes all the same.
      this.session.onText(isBinary || typeof data !== 'string' ? bytesOf(data).toString('utf8') : data);
    });
    socket.on('pong', () => {
      this.isHeard = true;
    });
    // What went wrong shows as a close.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const timer of this.timers) clearTimeout(timer);
      this.session.end();
      onEnded(this);
    });
    this.timers.push(setInterval(() => this.ping(), PING_MS));
    if (endsInMs !== undefined)
      this.timers.push(
        setTimeout(() => socket.close(1008, 'The session has ended.'), Math.min(endsInMs, LONGEST_MS)),
      );
  }

  /** Answers a handshake that was checked. @param onEnded called once, when the connection is closed */
  static accept(
    request: IncomingMessage,
    client: Duplex,
    pool: ChainPool,
    options: PoolTunnelOptions,
    onEnded: (tunnel: PoolTunnel) => void,
  ): Promise<PoolTunnel> {
    return new Promise((resolve) => {
      const addLines = (lines: string[], asked: IncomingMessage): void => {
        if (asked === request) lines.push(...options.lines);
      };
      SERVER.on('headers', addLines);
      SERVER.handleUpgrade(request, client, Buffer.alloc(0), (socket) =>
        resolve(new PoolTunnel(socket, pool, options, onEnded)),
      );
      // It is answered within the call.
      SERVER.off('headers', addLines);
    });
  }

  /** Soon: what was said last may still reach the other side. */
  end(): void {
    this.socket.close(1001, 'It is no longer served.');
    this.timers.push(setTimeout(() => this.socket.terminate(), 1_000));
  }

  private send(text: string): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    if (this.socket.bufferedAmount > MOST_WAITING_BYTES) this.socket.terminate();
    else this.socket.send(text);
  }

  private ping(): void {
    if (!this.isHeard) this.socket.terminate();
    this.isHeard = false;
    if (this.socket.readyState === WebSocket.OPEN) this.socket.ping();
  }
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
