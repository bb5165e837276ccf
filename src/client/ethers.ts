import {
  JsonRpcApiProvider,
  makeError,
  UnmanagedSubscriber,
  type JsonRpcApiProviderOptions,
  type JsonRpcError,
  type JsonRpcPayload,
  type JsonRpcResult,
  type LogParams,
  type Networkish,
  type ProviderEvent,
  type Subscriber,
  type Subscription,
} from 'ethers';
import type { ChainClient, ClientSubscription, Settled } from './chain-client.ts';

/** Events that wait while the provider is paused; older ones are lost, and an `error` says so. */
const MOST_PAUSED = 10_000;

/** A provider of ethers over a pool, whose events are the pool's subscriptions. Stopping the pool is left to whoever made it. */
export class KeelsonProvider extends JsonRpcApiProvider {
  readonly pool: ChainClient;

  /**
   * @param network @default that of the pool's chain
   * @param options of ethers. @default one call at a time, at once, and none answered with what another was told up to 250 ms ago: after a
   *   new block that would be of the one before
   */
  constructor(pool: ChainClient, network?: Networkish, options: JsonRpcApiProviderOptions = {}) {
    // A node of another chain is never asked: there is nothing to find out.
    super(network ?? pool.chain, { staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1, ...options });
    this.pool = pool;
    this._start();
  }

  override async _send(
    payload: JsonRpcPayload | JsonRpcPayload[],
  ): Promise<(JsonRpcResult | JsonRpcError)[]> {
    const payloads = Array.isArray(payload) ? payload : [payload];
    const settled = await this.pool.batch(payloads);
    return payloads.map(({ id }, i) => replyOf(id, settled[i]));
  }

  override _getSubscriber(subscription: Subscription): Subscriber {
    switch (subscription.type) {
      case 'block':
        return new PoolSubscriber(this, ['newHeads'], (header) => {
          void this.emit('block', Number((header as { readonly number: string }).number)); // a header, as the pool tells it
        });
      case 'pending':
        return new PoolSubscriber(this, ['newPendingTransactions'], (hash) => {
          void this.emit('pending', hash);
        });
      case 'event': {
        const { filter } = subscription;
        return new PoolSubscriber(this, ['logs', filter], (log) => {
          // As nodes write logs, which is what ethers reads here; one that is removed it turns into its own event.
          void this.emit(filter as ProviderEvent, this._wrapLog(log as LogParams, this._network));
        });
      }
      case 'orphan':
        if (subscription.filter.orphan === 'drop-log') return new UnmanagedSubscriber('drop-log');
        break;
      case 'close':
        return new UnmanagedSubscriber('close');
    }
    return super._getSubscriber(subscription);
  }
}

/** One subscription, held for all listeners of one event. */
class PoolSubscriber implements Subscriber {
  private readonly provider: KeelsonProvider;
  private readonly params: readonly unknown[];
  private readonly tell: (result: unknown) => void;
  private begun: Promise<ClientSubscription | undefined> | undefined;
  private waiting: unknown[] | undefined;
  private isDropping = false;

  constructor(provider: KeelsonProvider, params: readonly unknown[], tell: (result: unknown) => void) {
    this.provider = provider;
    this.params = params;
    this.tell = tell;
  }

  start(): void {
    const begun: Promise<ClientSubscription | undefined> = this.provider.pool
      .subscribe(
        this.params,
        (result) => {
          if (this.begun === begun) this.onData(result);
        },
        (error) => this.fail(error),
      )
      .catch((error: unknown) => {
        this.fail(error);
        return undefined;
      });
    this.begun = begun;
  }

  stop(): void {
    void this.begun?.then((subscription) => subscription?.unsubscribe());
    this.begun = undefined;
    this.waiting = undefined;
  }

  pause(dropWhilePaused = false): void {
    this.isDropping = dropWhilePaused;
    if (!dropWhilePaused) this.waiting ??= [];
  }

  resume(): void {
    const { waiting = [] } = this;
    this.isDropping = false;
    this.waiting = undefined;
    for (const result of waiting) this.tell(result);
  }

  private onData(result: unknown): void {
    if (this.isDropping) return;
    if (this.waiting === undefined) {
      this.tell(result);
      return;
    }
    if (this.waiting.length >= MOST_PAUSED) {
      this.waiting.shift();
      this.fail(new Error(`More than ${MOST_PAUSED} events waited.`));
    }
    this.waiting.push(result);
  }

  private fail(cause: unknown): void {
    const message = cause instanceof Error ? cause.message : String(cause);
    void this.provider.emit('error', makeError(message, 'UNKNOWN_ERROR', { info: { params: this.params } }));
  }
}

function replyOf(id: number, settled: Settled | undefined): JsonRpcResult | JsonRpcError {
  if (settled === undefined) return { id, error: { code: -32603, message: 'No answer.' } };
  if ('result' in settled) return { id, result: settled.result };
  const { code, message, data } = settled.error;
  return { id, error: { code, message, data } };
}
