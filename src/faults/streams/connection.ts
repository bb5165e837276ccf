import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Time } from '../../time.ts';
import type { Counts, Direction } from '../fault.ts';
import type { Toxic } from '../toxic.ts';
import { Link } from './link.ts';
import { resetNow } from './reset.ts';

export interface ConnectionContext {
  /** From 0, by proxy. */
  readonly number: number;
  readonly time: Time;
  readonly client: Socket;
  /** What is asked in the client's place: a socket to the upstream, or what speaks its protocol. */
  readonly far: Duplex;
  /** In force, in the order they were set. */
  readonly toxics: () => readonly Toxic[];
  readonly counts: Counts;
}

/** Who was sent an end has this long to take what came before it. @unit ms */
const CUT_GRACE_MS = 1000;

/** A client and what it is connected to, a link for each direction. */
export class Connection {
  /** Resolves when both sides are closed. */
  readonly over: Promise<void>;
  private readonly context: ConnectionContext;
  private readonly links: Readonly<Record<Direction, Link>>;
  /** Those that strike it, whether or not they are on now. */
  private readonly struck = new Set<Toxic>();
  private readonly onOver: () => void;
  private leftOpen = 2;
  private calledOff: (() => void) | undefined;

  constructor(context: ConnectionContext) {
    this.context = context;
    const { client, far, counts, toxics } = context;
    let onOver = (): void => undefined;
    this.over = new Promise((resolve) => {
      onOver = resolve;
    });
    this.onOver = onOver;
    this.links = {
      upstream: this.link(client, far, (bytes) => {
        counts.upstreamBytes += bytes;
      }),
      downstream: this.link(far, client, (bytes) => {
        counts.downstreamBytes += bytes;
      }),
    };
    for (const socket of [client, far]) {
      // What it says is in its end or its close.
      socket.on('error', () => undefined);
      if (socket.destroyed) this.closed();
      else socket.once('close', () => this.closed());
    }
    for (const toxic of toxics()) this.set(toxic);
    this.links.upstream.start();
    this.links.downstream.start();
  }

  /** One was set, or its schedule went on. */
  set(toxic: Toxic): void {
    const { fault, settings } = toxic;
    const link = this.links[settings.stream];
    if (fault.layer !== 'stream' || !toxic.isOn || link.toxics.includes(toxic)) return;
    if (!this.struck.has(toxic) && !toxic.strikes(this.context.number)) return;
    this.struck.add(toxic);
    const all = this.context.toxics();
    const place = link.toxics.filter((other) => all.indexOf(other) < all.indexOf(toxic)).length;
    link.insert(toxic, fault, place);
  }

  /** Its attributes, or how many it strikes. */
  change(toxic: Toxic): void {
    if (!toxic.draws(this.context.number)) this.forget(toxic);
    else if (this.links[toxic.settings.stream].toxics.includes(toxic))
      this.links[toxic.settings.stream].change(toxic);
    else this.set(toxic);
  }

  /** Its schedule went off: it strikes the same connection when it is on again. */
  unset(toxic: Toxic): void {
    this.links[toxic.settings.stream].remove(toxic);
  }

  /** It was removed. */
  forget(toxic: Toxic): void {
    this.struck.delete(toxic);
    this.unset(toxic);
  }

  /** Both sides, now. @returns when they are closed */
  destroy(): Promise<void> {
    this.end();
    this.context.client.destroy();
    this.context.far.destroy();
    return this.over;
  }

  private link(source: Duplex, sink: Duplex, countBytes: (bytes: number) => void): Link {
    const { time, number } = this.context;
    return new Link({
      time,
      number,
      source,
      sink,
      countBytes,
      cut: () => this.cut(source, sink),
      reset: () => void this.reset(),
    });
  }

  /**
   * What was written reaches the sink first: a socket that is destroyed while it holds what was not read is reset, and what is on its way
   * then may be lost. So it is read on and dropped until the other side has ended too.
   */
  private cut(source: Duplex, sink: Duplex): void {
    if (this.calledOff !== undefined) return;
    this.end();
    source.destroy();
    sink.end();
    sink.resume();
    sink.once('end', () => sink.destroy());
    this.calledOff = this.context.time.after(CUT_GRACE_MS, () => sink.destroy());
  }

  /** Both sides, with RST. @returns when they are closed */
  reset(): Promise<void> {
    this.end();
    resetNow(this.context.client);
    resetNow(this.context.far);
    return this.over;
  }

  private end(): void {
    this.links.upstream.close();
    this.links.downstream.close();
  }

  private closed(): void {
    this.leftOpen--;
    if (this.leftOpen > 0) return;
    this.end();
    this.calledOff?.();
    this.onOver();
  }
}
