import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Front, FrontContext } from '../fault.ts';
import type { Toxic } from '../toxic.ts';
import { Connection } from './connection.ts';

/** What a client is connected to, once bytes have gone through the faults of streams. */
export interface FarSide {
  /** Of the n-th connection. Rejects where it cannot be had. @param signal aborted when the client has gone meanwhile */
  open(number: number, signal: AbortSignal): Promise<Duplex>;
  /** Leaves nothing behind. What it has opened is destroyed already. */
  close?(): Promise<void>;
  onToxic?: Front['onToxic'];
}

export interface TcpContext extends FrontContext {
  readonly toxics: () => readonly Toxic[];
}

/** More at a time are not taken. */
const MOST_CONNECTIONS = 10_000;

/** Connections of TCP, and what bytes go through in each. */
export class TcpFront implements Front {
  private readonly context: TcpContext;
  private readonly far: FarSide;
  private readonly connections = new Set<Connection>();
  /** Clients whose far side is not there yet, each with the end of its wait. */
  private readonly waiting = new Map<Promise<void>, AbortController>();
  private server: Server | undefined;

  constructor(context: TcpContext, far: FarSide) {
    this.context = context;
    this.far = far;
  }

  start(): Promise<string> {
    const { host, port } = this.context.listen;
    // Ends of one direction are the links' to hand on.
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.take(client));
    server.maxConnections = MOST_CONNECTIONS;
    this.server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        server.on('error', () => undefined);
        const address = server.address();
        if (address === null || typeof address === 'string') reject(new Error('It has no address.'));
        else
          resolve(`${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`);
      });
    });
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    const closed = server.listening
      ? new Promise<void>((resolve) => server.close(() => resolve()))
      : undefined;
    for (const abort of this.waiting.values()) abort.abort();
    await Promise.all([
      closed,
      ...this.waiting.keys(),
      ...[...this.connections].map((connection) => connection.destroy()),
    ]);
    await this.far.close?.();
  }

  onToxic(change: Parameters<NonNullable<Front['onToxic']>>[0], toxic: Toxic): void {
    this.far.onToxic?.(change, toxic);
    if (toxic.fault.layer !== 'stream') return;
    for (const connection of this.connections)
      if (change === 'set' || change === 'on') connection.set(toxic);
      else if (change === 'changed') connection.change(toxic);
      else if (change === 'removed') connection.forget(toxic);
      else connection.unset(toxic);
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
      client.destroy();
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
