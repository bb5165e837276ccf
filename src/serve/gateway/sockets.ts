import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Something that is under way for a client, on its connection. */
export interface UnderWay {
  /** The client's connection is gone. */
  onClosed(): void;
  /** There is no more time for it: whoever waits is told now. */
  onExpired(): void;
  /** The next on the same connection: clients may send before they have an answer. */
  nextOnSocket: UnderWay | undefined;
}

/** What is under way on a connection, and since when nothing is. */
interface Held {
  first: UnderWay | undefined;
  /** @unit ms */
  idleSince: number;
}

const HELD = Symbol('what is under way on a connection');
type Marked = Socket & { [HELD]?: Held };

/** How often idle connections are looked for. @unit ms */
const SWEEP_MS = 5_000;

/**
 * The connections of clients: who is under way on each, told once when it closes, and the idle ones closed after a while. One listener and one
 * timer for what Node would set anew for every request.
 */
export class Sockets {
  private readonly open = new Set<Marked>();
  /** Connections that a misread request came over: what follows on them is nobody's request. */
  private readonly condemned = new WeakSet<Duplex>();
  private readonly idleMs: number;
  private readonly now: () => number;
  private readonly timer: NodeJS.Timeout;

  /** @param idleMs after which a connection on which nothing is under way is closed */
  constructor(idleMs: number, now: () => number) {
    this.idleMs = idleMs;
    this.now = now;
    this.timer = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  /** A client has connected. */
  add(socket: Socket): void {
    const marked: Marked = socket;
    marked[HELD] = { first: undefined, idleSince: this.now() };
    this.open.add(marked);
    socket.on('close', () => {
      this.open.delete(marked);
      let one = marked[HELD]?.first;
      marked[HELD] = { first: undefined, idleSince: 0 };
      while (one !== undefined) {
        const next = one.nextOnSocket;
        one.onClosed();
        one = next;
      }
    });
  }

  /** Something begins on a connection. @returns false when the connection is closed already */
  begin(socket: Socket, underWay: UnderWay): boolean {
    const held = (socket as Marked)[HELD];
    if (held === undefined || socket.destroyed) return false;
    underWay.nextOnSocket = held.first;
    held.first = underWay;
    return true;
  }

  /** It has come to its end. */
  end(socket: Socket, underWay: UnderWay): void {
    const held = (socket as Marked)[HELD];
    if (held === undefined) return;
    if (held.first === underWay) held.first = underWay.nextOnSocket;
    else
      for (let one = held.first; one !== undefined; one = one.nextOnSocket)
        if (one.nextOnSocket === underWay) one.nextOnSocket = underWay.nextOnSocket;
    underWay.nextOnSocket = undefined;
    if (held.first === undefined) held.idleSince = this.now();
  }

  /** A connection is no longer one of requests: it has become a tunnel. */
  release(socket: Socket): void {
    this.open.delete(socket as Marked);
  }

  misread(socket: Duplex): void {
    this.condemned.add(socket);
  }

  isMisread(socket: Duplex): boolean {
    return this.condemned.has(socket);
  }

  /** All that is still under way is told that there is no more time. */
  expire(): void {
    for (const socket of this.open)
      for (let one = socket[HELD]?.first; one !== undefined; ) {
        const next: UnderWay | undefined = one.nextOnSocket;
        one.onExpired();
        one = next;
      }
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private sweep(): void {
    const moment = this.now() - this.idleMs;
    for (const socket of this.open) {
      const held = socket[HELD];
      if (held !== undefined && held.first === undefined && held.idleSince <= moment) socket.destroy();
    }
  }
}
