import type { Client, Dispatcher } from 'undici';
import type { Sending } from './connections.ts';
import type { Upstream } from './upstream.ts';

/** Whom attempts tell how they fare. */
export interface AttemptOwner {
  /** Monotonic. @unit ms */
  now(): number;
  /** The head of an answer. @returns whether it is the one that is passed on */
  headOf(attempt: Attempt, status: number, rawHeaders: readonly Buffer[]): boolean;
  /** Whether what is about to be written may still go where it was meant to. */
  isCurrent(attempt: Attempt): boolean;
  /** @returns whether more may come at once */
  pieceOf(piece: Buffer): boolean;
  /** Calls once more may come. */
  onDrain(resume: () => void): void;
  endOf(): void;
  /** @param fault whose it was that nothing came */
  failureOf(attempt: Attempt, fault: 'upstream' | 'request', wasSent: boolean): void;
}

/** One try of an exchange at one upstream, in the terms of undici’s lowest level. */
export class Attempt implements Sending {
  readonly upstream: Upstream;
  /** @unit ms */
  readonly began: number;
  /** How often the writer had moved when it was made; undefined where nothing is written to one. */
  readonly epoch: string | undefined;
  /** Undici has begun to write it on a connection: the upstream may have seen it. */
  wasSent = false;
  isAbandoned = false;
  client: Client | undefined;
  readonly options: Dispatcher.DispatchOptions;
  private readonly owner: AttemptOwner;
  private cancel: ((error?: Error) => void) | undefined;
  private resume: (() => void) | undefined;
  private status = 0;
  private latencyMs: number | undefined;
  private isCounted = false;

  constructor(
    owner: AttemptOwner,
    upstream: Upstream,
    {
      began,
      epoch,
      options,
    }: {
      readonly began: number;
      readonly epoch: string | undefined;
      readonly options: Dispatcher.DispatchOptions;
    },
  ) {
    this.owner = owner;
    this.options = options;
    this.upstream = upstream;
    this.began = began;
    this.epoch = epoch;
    upstream.inFlight++;
  }

  /**
   * Nobody waits for it any more.
   *
   * @param why `failed`: it was no answer, or far too slow; `slow`: another one was faster; `unneeded`: it had no time to show anything
   */
  abandon(why: 'failed' | 'slow' | 'unneeded'): void {
    if (this.isAbandoned) return;
    this.isAbandoned = true;
    if (why !== 'unneeded') this.latencyMs ??= this.owner.now() - this.began;
    if (why === 'failed') this.count(false);
    // As long as it was waited for at least: else hedges would make the usual time look short, and more hedges follow.
    if (why === 'slow' && this.latencyMs !== undefined) this.upstream.hedging.record(this.latencyMs);
    this.leave();
    this.cancel?.(new Error('abandoned'));
  }

  /** Nobody reads along any more: what comes need not wait for anybody. */
  goOn(): void {
    this.resume?.();
  }

  /**
   * Undici is about to write it, on a connection that stands. It may have waited for that: what is thrown here leaves the connection
   * as it is for the next, while aborting would close it.
   */
  onConnect(abort: (error?: Error) => void): void {
    if (this.isAbandoned) throw new NotSent();
    if (!this.owner.isCurrent(this)) throw new NotSent();
    this.cancel = abort;
    this.wasSent = true;
  }

  onHeaders(status: number, headers: Buffer[], resume: () => void): boolean {
    if (status < 200) return true;
    this.status = status;
    this.resume = resume;
    this.latencyMs = this.owner.now() - this.began;
    // One that is not passed on is aborted by now.
    return this.owner.headOf(this, status, headers) || true;
  }

  onData(piece: Buffer): boolean {
    if (this.isAbandoned) return true;
    if (this.owner.pieceOf(piece)) return true;
    if (this.resume !== undefined) this.owner.onDrain(this.resume);
    return false;
  }

  onComplete(): void {
    this.release(true);
    if (this.isAbandoned) return;
    this.count(this.status < 500 || this.status === 501);
    this.owner.endOf();
  }

  onError(error: Error): void {
    this.release(error instanceof NotSent);
    if (this.isAbandoned) return;
    if (this.hasNoBody && 'code' in error && error.code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
      // It may say the length of what a 200 would have (RFC 9110, section 8.6); undici misses that body.
      this.onComplete();
      return;
    }
    this.isAbandoned = true;
    const fault = isOfRequest(error) ? 'request' : 'upstream';
    if (fault === 'upstream' && !(error instanceof NotSent)) this.count(false);
    else this.leave();
    this.owner.failureOf(this, fault, this.wasSent);
  }

  /** @param isSound whether its connection is as good as before */
  private release(isSound: boolean): void {
    const { client } = this;
    this.client = undefined;
    if (client === undefined) return;
    if (isSound) this.upstream.connections.give(client);
    else this.upstream.connections.drop(client);
  }

  private get hasNoBody(): boolean {
    return this.status === 204 || this.status === 304;
  }

  private count(isGood: boolean): void {
    if (this.isCounted) return;
    this.leave();
    this.upstream.ended(isGood, this.latencyMs);
  }

  private leave(): void {
    if (this.isCounted) return;
    this.isCounted = true;
    this.upstream.inFlight--;
  }
}

/** It waited for a connection until it was no longer wanted there. */
class NotSent extends Error {}

/** Whether undici would not send the request as it is, or its client stopped in the middle of it: no upstream is to blame. */
function isOfRequest(error: Error): boolean {
  const code = 'code' in error ? String(error.code) : '';
  return /^(UND_ERR_(INVALID_ARG|NOT_SUPPORTED|REQ_CONTENT_LENGTH_MISMATCH|ABORTED)|ERR_(INVALID|HTTP|STREAM)|KEELSON_REQUEST)/.test(
    code,
  );
}
