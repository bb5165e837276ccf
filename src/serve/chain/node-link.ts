import { isUtf8 } from 'node:buffer';
import type { Client, Dispatcher } from 'undici';
import { WebSocket, type RawData } from 'ws';
import type { NodeLink, NodeSocket, Posted, PostLimits, SocketListener } from '../../pool/index.ts';
import type { Sending } from '../gateway/connections.ts';
import type { Upstream } from '../gateway/upstream.ts';
import { socketTo, type Reached } from '../via.ts';
import type { Time } from '../../time.ts';

/** Where a node is, with its secrets put in. */
export interface NodePlace {
  /** `http://host:port` */
  readonly origin: string;
  /** With a key at its end, where there is one. */
  readonly path: string;
  /** The value of `Authorization`; undefined: none. */
  readonly authorization: string | undefined;
  /** Of its WebSocket; undefined: it has none. */
  readonly websocket: string | undefined;
  /** Where that is reached instead. @default there */
  readonly websocketReached?: Reached | undefined;
}

/** How long a handshake may take. @unit ms */
const HANDSHAKE_MS = 5_000;

/** A node over connections of our own, at undici's lowest level, and its WebSocket. */
export class HttpNodeLink implements NodeLink {
  readonly openSocket: NodeLink['openSocket'];
  private readonly upstream: Upstream;
  private readonly place: NodePlace;
  private readonly headers: readonly string[];
  private readonly time: Time;

  constructor(place: NodePlace, upstream: Upstream, time: Time) {
    this.place = place;
    this.time = time;
    this.upstream = upstream;
    this.headers = [
      'content-type',
      'application/json',
      'accept',
      'application/json',
      'user-agent',
      'keelson',
      ...(place.authorization === undefined ? [] : ['authorization', place.authorization]),
    ];
    const { websocket, websocketReached } = place;
    this.openSocket =
      websocket === undefined
        ? undefined
        : (listener, mostBytes) =>
            openWebSocket(websocket, websocketReached, place.authorization, listener, mostBytes);
  }

  post(body: string | Uint8Array, limits: PostLimits, done: (posted: Posted) => void): () => void {
    const options: Dispatcher.DispatchOptions = {
      method: 'POST',
      path: this.place.path,
      // Undici's types want headers that it may change; it does not.
      headers: this.headers as string[],
      body,
    };
    const posting = new Posting(options, limits, this.upstream, this.time, done);
    this.upstream.connections.send(posting);
    return () => posting.abandon();
  }
}

/** One request on its way to a node. */
class Posting implements Sending {
  readonly options: Dispatcher.DispatchOptions;
  isAbandoned = false;
  client: Client | undefined;
  private readonly upstream: Upstream;
  private readonly mostBytes: number;
  private readonly done: (posted: Posted) => void;
  private readonly callOff: (() => void) | undefined;
  private cancel: ((error?: Error) => void) | undefined;
  private status = 0;
  private retryAfter: string | undefined;
  private pieces: Buffer[] = [];
  private bytes = 0;

  constructor(
    options: Dispatcher.DispatchOptions,
    { timeoutMs, mostBytes }: PostLimits,
    upstream: Upstream,
    time: Time,
    done: (posted: Posted) => void,
  ) {
    this.options = options;
    this.upstream = upstream;
    upstream.requests++;
    upstream.inFlight++;
    this.mostBytes = mostBytes;
    this.done = done;
    // Whoever has a deadline of its own needs none here.
    this.callOff =
      timeoutMs === Number.POSITIVE_INFINITY ? undefined : time.after(timeoutMs, () => this.fail('silent'));
  }

  abandon(): void {
    if (this.isAbandoned) return;
    this.leave();
    this.cancel?.(new Error('abandoned'));
  }

  onConnect(abort: (error?: Error) => void): void {
    if (this.isAbandoned) throw new NotSent();
    this.cancel = abort;
  }

  onHeaders(status: number, headers: Buffer[]): boolean {
    if (status < 200) return true;
    this.status = status;
    for (let i = 0; i < headers.length; i += 2)
      if (headers[i]?.length === 11 && headers[i]?.toString('latin1').toLowerCase() === 'retry-after')
        this.retryAfter = headers[i + 1]?.toString('latin1');
    return true;
  }

  onData(piece: Buffer): boolean {
    if (this.isAbandoned) return true;
    this.bytes += piece.length;
    if (this.bytes > this.mostBytes) this.fail('too-large');
    else this.pieces.push(piece);
    return true;
  }

  onComplete(): void {
    this.release(true);
    if (this.isAbandoned) return;
    const { pieces, status, retryAfter } = this;
    const [first] = pieces;
    const whole = pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
    this.settle(
      isUtf8(whole)
        ? {
            kind: 'came',
            status,
            text: whole.toString('utf8'),
            ...(retryAfter === undefined ? {} : { retryAfter }),
          }
        : { kind: 'failed', why: 'broken' },
    );
  }

  onError(error: Error): void {
    this.release(error instanceof NotSent);
    if (!this.isAbandoned) this.settle({ kind: 'failed', why: this.status > 0 ? 'broken' : 'unreachable' });
  }

  private fail(why: 'silent' | 'too-large'): void {
    if (this.isAbandoned) return;
    this.settle({ kind: 'failed', why });
    this.cancel?.(new Error(why));
  }

  private settle(posted: Posted): void {
    this.leave();
    this.done(posted);
  }

  private leave(): void {
    this.isAbandoned = true;
    this.upstream.inFlight--;
    this.callOff?.();
    this.pieces = [];
  }

  /** @param isSound whether its connection is as good as before */
  private release(isSound: boolean): void {
    const { client } = this;
    this.client = undefined;
    if (client === undefined) return;
    if (isSound) this.upstream.connections.give(client);
    else this.upstream.connections.drop(client);
  }
}

/** It waited for a connection until nobody waited for it. */
class NotSent extends Error {}

function openWebSocket(
  url: string,
  reached: Reached | undefined,
  authorization: string | undefined,
  listener: SocketListener,
  mostBytes: number,
): NodeSocket {
  const socket = new WebSocket(url, {
    maxPayload: mostBytes,
    handshakeTimeout: HANDSHAKE_MS,
    perMessageDeflate: false,
    followRedirects: false,
    ...(reached === undefined ? {} : { createConnection: () => socketTo(url, reached) }),
    ...(authorization === undefined ? {} : { headers: { authorization } }),
  });
  socket.on('open', () => listener.onOpen());
  socket.on('message', (data: RawData, isBinary) => {
    if (!isBinary) listener.onText(textOf(data));
  });
  // What went wrong shows as a close.
  socket.on('error', () => undefined);
  socket.on('close', () => listener.onClosed());
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => socket.terminate(),
  };
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
