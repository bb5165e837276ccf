import { Client, type Dispatcher } from 'undici';
import { connectorTo, type Reached } from '../via.ts';

/** One request on a connection to an upstream; undici tells it how that goes, at its lowest level. */
export interface Sending {
  readonly options: Dispatcher.DispatchOptions;
  /** Nobody waits for it any more: it need not be sent. */
  readonly isAbandoned: boolean;
  /** Where it is being sent; undefined before and after. */
  client: Client | undefined;
}

/** How long an idle connection is kept. @unit ms */
const KEEP_ALIVE_MS = 60_000;
const CONNECT_MS = 5_000;
/** To one upstream at once. */
const MOST = 128;

/**
 * The connections to one upstream: one request at a time on each, the one that was used last first, so that as few are kept open as there is
 * need for. What finds none free waits in the order in which it came.
 *
 * Undici's Pool does this too, for any client; this one is cheaper, and what waits in it can be given up (bench/results.md).
 */
export class Connections {
  private readonly origin: string;
  private readonly connect: ReturnType<typeof connectorTo>;
  private readonly idle: Client[] = [];
  private readonly open = new Set<Client>();
  private readonly waiting: Sending[] = [];
  private isClosed = false;

  /** @param reached where the origin is reached instead; undefined: there */
  constructor(origin: string, reached?: Reached) {
    this.origin = origin;
    this.connect = connectorTo(origin, reached, CONNECT_MS);
  }

  send(sending: Sending): void {
    const client = this.idle.pop() ?? this.make();
    if (client === undefined) this.waiting.push(sending);
    else dispatch(client, sending);
  }

  /** A request is over, and its connection is as good as before. */
  give(client: Client): void {
    if (this.waiting.length === 0) this.idle.push(client);
    // Undici has not quite done with the connection before this turn is over.
    else queueMicrotask(() => this.next(client));
  }

  /** A request has failed: its connection is not used again. */
  drop(client: Client): void {
    this.open.delete(client);
    client.destroy().catch(() => undefined);
    if (this.waiting.length > 0) queueMicrotask(() => this.next(this.idle.pop() ?? this.make()));
  }

  /** Everything that is under way fails. */
  destroy(): void {
    this.isClosed = true;
    for (const client of this.open) client.destroy().catch(() => undefined);
    this.open.clear();
    this.idle.length = 0;
  }

  private next(client: Client | undefined): void {
    if (client === undefined) return;
    for (let sending = this.waiting.shift(); sending !== undefined; sending = this.waiting.shift()) {
      if (sending.isAbandoned) continue;
      dispatch(client, sending);
      return;
    }
    this.idle.push(client);
  }

  private make(): Client | undefined {
    if (this.open.size >= MOST || this.isClosed) return undefined;
    const client = new Client(this.origin, {
      // One at a time all the same; with 1 undici would announce each time that it is free again, to nobody.
      pipelining: 2,
      // Every exchange has a deadline of its own, before and after its answer begins.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connect: this.connect,
    });
    this.open.add(client);
    return client;
  }
}

function dispatch(client: Client, sending: Sending): void {
  sending.client = client;
  // Undici’s types know only its newer handlers; this form is the one that it calls without a wrapper.
  client.dispatch(sending.options, sending as Dispatcher.DispatchHandler);
}
