import { setMaxListeners } from 'node:events';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import type { HostPort } from '../fault.ts';
import type { DuplexEnd } from './duplex-pair.ts';

/**
 * A client's connection, and the one to the upstream that belongs to it: as without a proxy, the upstream sees a connection for each one of
 * a client's, which ends when that one does; and one that the upstream does not keep is not kept for the client.
 */
export class HttpConnection {
  readonly client: DuplexEnd;
  readonly agent: Agent;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(client: DuplexEnd, upstream: HostPort) {
    this.client = client;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    agent.createConnection = () => {
      const socket = connect({ ...upstream, noDelay: true });
      socket.once('close', () => {
        if (this.underWay.size === 0) client.destroySoon();
      });
      return socket;
    };
    this.agent = agent;
    const abort = new AbortController();
    this.signal = abort.signal;
    // As many as there are requests that were sent without waiting for answers.
    setMaxListeners(0, abort.signal);
    client.on('error', () => undefined);
    client.once('close', () => {
      abort.abort(new Error('The client has gone.'));
      agent.destroy();
    });
  }

  /** Keeps account of a request until its answer is written. */
  take(exchange: Promise<unknown>): void {
    const over = exchange.finally(() => this.underWay.delete(over));
    this.underWay.add(over);
  }

  /** Resolves when the answers to what has come so far are written. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.underWay]);
  }
}
