import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Front, FrontContext } from '../fault.ts';
import type { Authority } from '../tls/authority.ts';
import { Turns } from '../turns.ts';
import type { Toxic } from '../toxic.ts';
import { Connection } from './connection.ts';
import { Door } from './door.ts';
import { resetNow } from './reset.ts';

/** What a client is connected to, once bytes have gone through the faults of streams. */
export interface FarSide {
  /**
   * Of the n-th connection. Rejects where it cannot be had.
   *
   * @param signal aborted when the client has gone meanwhile
   * @param name of the server, where the client has asked for one
   */
  open(number: number, signal: AbortSignal, name?: string): Promise<Duplex>;
  /** Leaves nothing behind. What it has opened is destroyed already. */
  close?(): Promise<void>;
  onToxic?: Front['onToxic'];
}

type ToxicChange = Parameters<NonNullable<Front['onToxic']>>[0];

export interface TcpContext extends FrontContext {
  /** Signs what clients are shown. */
  readonly authority: Authority;
  /** TLS is spoken with the upstream. */
  readonly upstreamTls: boolean;
  readonly toxics: () => readonly Toxic[];
}

/** Why a client is not to wait any more: it is told so by RST. */
const RESET = 'reset';
/** How long until it tries again to listen where another has come meanwhile. @unit ms */
const AGAIN_MS = 100;

/** Connections of TCP, and what bytes go through in each. */
export class TcpFront implements Front {
  private readonly context: TcpContext;
  private readonly far: FarSide;
  private readonly connections = new Set<Connection>();
  /** Clients whose far side is not there yet, each with the end of its wait. */
  private readonly waiting = new Map<Promise<void>, AbortController>();
  private readonly door: Door;
  private readonly turns = new Turns();
  private isStopped = false;

  constructor(context: TcpContext, far: FarSide) {
    this.context = context;
    this.far = far;
    this.door = new Door(context.listen, (client) => this.take(client));
  }

  async start(): Promise<string> {
    const place = await this.door.open();
    await this.openOrShut();
    return place;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    const shut = this.door.shut();
    for (const abort of this.waiting.values()) abort.abort();
    await Promise.all([
      shut,
      ...this.waiting.keys(),
      ...[...this.connections].map((connection) => connection.destroy()),
    ]);
    // It may have been about to open.
    await this.turns.take(() => this.door.shut());
    await this.far.close?.();
  }

  onToxic(change: ToxicChange, toxic: Toxic): Promise<void> | undefined {
    this.far.onToxic?.(change, toxic);
    if (toxic.fault.layer === 'listener') return this.openOrShut();
    if (toxic.fault.layer !== 'stream') return undefined;
    for (const connection of this.connections)
      if (change === 'set' || change === 'on') connection.set(toxic);
      else if (change === 'changed') connection.change(toxic);
      else if (change === 'removed') connection.forget(toxic);
      else connection.unset(toxic);
    return undefined;
  }

  /** As the faults of what listens would have it. */
  private openOrShut(): Promise<void> {
    return this.turns.take(async () => {
      const shutting = this.context
        .toxics()
        .find(({ fault, isActive }) => fault.layer === 'listener' && isActive);
      if (this.isStopped) return;
      if (shutting !== undefined && this.door.isOpen) {
        const shut = this.door.shut();
        const cut = [...this.connections].map((connection) => connection.reset());
        for (const abort of this.waiting.values()) abort.abort(RESET);
        for (let left = cut.length + this.waiting.size; left > 0; left--) shutting.countChanged();
        await Promise.all([shut, ...this.waiting.keys(), ...cut]);
      } else if (shutting === undefined && !this.door.isOpen)
        try {
          await this.door.open();
        } catch {
          this.context.time.after(AGAIN_MS, () => void this.openOrShut());
        }
    });
  }

  private take(client: Socket): void {
    const { counts } = this.context;
    const number = counts.accepted;
    counts.accepted++;
    counts.open++;
    const abort = new AbortController();
    const waited = this.connect(client, number, abort).finally(() => this.waiting.delete(waited));
    this.waiting.set(waited, abort);
  }

  private async connect(client: Socket, number: number, abort: AbortController): Promise<void> {
    const { counts, time, toxics } = this.context;
    const gone = (): void => abort.abort();
    client.once('close', gone);
    client.on('error', () => undefined);
    let far: Duplex | undefined;
    try {
      far = await this.far.open(number, abort.signal);
    } catch {
      // Whoever has gone did not fail to reach it.
      if (!abort.signal.aborted) counts.failed++;
    }
    client.off('close', gone);
    if (far === undefined || abort.signal.aborted) {
      far?.destroy();
      if (abort.signal.reason === RESET) resetNow(client);
      else client.destroy();
      counts.open--;
      return;
    }
    const connection = new Connection({ number, time, client, far, toxics, counts });
    this.connections.add(connection);
    void connection.over.then(() => {
      this.connections.delete(connection);
      counts.open--;
    });
  }
}
