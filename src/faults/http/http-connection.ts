import { setMaxListeners } from 'node:events';
import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import type { DuplexEnd } from '../streams/duplex-pair.ts';

/**
 * A client's connection, and the one to the upstream that belongs to it: as without a proxy, the upstream sees a connection for each one of
 * a client's, each ends when the other does, and one that is not kept by the one is not kept for the other.
 */
export class HttpConnection {
  readonly client: DuplexEnd;
  readonly agent: Agent;
  /** Aborted when the client's connection is closed. */
  readonly closed: AbortSignal;
  /** Aborted when the client sends nothing any more: whether it has gone shows only when it is written to. */
  readonly ended: AbortSignal;
  private readonly underWay = new Set<Promise<unknown>>();
  /** Where the last request has been sent. */
  private sentTo: Socket | null = null;

  constructor(client: DuplexEnd, connect: () => Socket) {
    this.client = client;
    this.agent = new Agent({ keepAlive: true, maxSockets: 1 });
    this.agent.createConnection = () => {
      const socket = connect();
      socket.once('close', () => {
        if (this.isIdle(socket)) client.destroySoon();
      });
      return socket;
    };
    const [closed, ended] = [new AbortController(), new AbortController()];
    this.closed = closed.signal;
    this.ended = ended.signal;
    // As many as there are requests that were sent without waiting for answers.
    setMaxListeners(0, closed.signal, ended.signal);
    client.on('error', () => undefined);
    client.once('end', () => {
      ended.abort(new Error('The client has ended.'));
      this.passEnd();
    });
    client.once('close', () => {
      ended.abort(new Error('The client has gone.'));
      closed.abort(new Error('The client has gone.'));
      this.agent.destroy();
    });
  }

  /** Keeps account of a request until its answer is written. */
  take(exchange: Promise<unknown>): void {
    const over = exchange.finally(() => {
      this.underWay.delete(over);
      this.passEnd();
      if (this.ended.aborted && this.underWay.size === 0) this.client.destroySoon();
    });
    this.underWay.add(over);
  }

  /** Resolves when the answers to what has come so far are written. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.underWay]);
  }

  /** A request has been sent to its end. */
  onSent(socket: Socket | null): void {
    this.sentTo = socket;
    this.passEnd();
  }

  /** After the last request of a client that sends nothing any more, the upstream hears just that, and does what it does then. */
  private passEnd(): void {
    if (this.ended.aborted && this.underWay.size <= 1) this.sentTo?.end();
  }

  private isIdle(socket: Socket): boolean {
    return Object.values(this.agent.freeSockets).some((free) => free?.includes(socket));
  }
}
