import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { RetryBudget } from '../../policies/index.ts';
import type { Way } from '../targets.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import type { Chooser } from './choose.ts';
import { Waiter, type Deadlines, type Due } from './deadlines.ts';
import { answerHeaders } from './headers.ts';
import type { Upstream } from './upstream.ts';

/** What exchanges of one gateway share. */
export interface Forwarding {
  readonly chooser: Chooser;
  readonly budget: RetryBudget;
  readonly deadlines: Deadlines;
  /** Monotonic. @unit ms */
  readonly now: () => number;
}

/** A request as it goes on. */
export interface Outgoing {
  readonly method: string;
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: string[];
  /** Null for none; what is held whole can be sent again. */
  readonly body: Buffer | Readable | null;
  /** Doing it twice does nothing more than once (RFC 9110, section 9.2.1), or the service sees to that. */
  readonly isRepeatable: boolean;
  /** It only reads: two may be under way at once. */
  readonly isSafe: boolean;
}

/** How an exchange ended without an answer of an upstream. */
export type Failure =
  | { readonly kind: 'no-answer' | 'late'; readonly wasSent: boolean }
  | { readonly kind: 'left' }
  /** It cannot be sent as it is. */
  | { readonly kind: 'request' };

export interface ExchangeListener {
  /** The head of an answer is about to be passed on; it may be added to. */
  onHead(status: number, headers: string[]): void;
  /** Where the answer is kept: told of every piece of it. */
  readonly onPiece: ((piece: Buffer) => void) | undefined;
  /** It came to its end. @param isWhole whether all of the answer was passed on */
  onEnd(isWhole: boolean): void;
  /** There is no answer: the listener gives one. */
  onFailure(failure: Failure): void;
}

/** How long a hedge that was refused for want of budget waits before it asks again. @unit ms */
const ASK_AGAIN_MS = 20;

/**
 * One request and its answer, over as many attempts as it takes: never a second one for what must not be done twice, unless the
 * first was certainly not sent.
 */
export class Exchange implements Due, AttemptOwner {
  readonly outgoing: Outgoing;
  /** Where it was sent, in order. */
  readonly tried: Upstream[] = [];
  private readonly way: Way | undefined;
  /** Until an answer begins. */
  private readonly timeoutMs: number;
  private readonly forwarding: Forwarding;
  private readonly response: ServerResponse;
  private readonly listener: ExchangeListener;
  private readonly waiter = new Waiter(this);
  private readonly began: number;
  private readonly running: Attempt[] = [];
  private winner: Attempt | undefined;
  private isOver = false;
  private wasSent = false;
  private isHedged = false;

  constructor(
    forwarding: Forwarding,
    request: { readonly outgoing: Outgoing; readonly way: Way | undefined; readonly timeoutMs: number },
    response: ServerResponse<IncomingMessage>,
    listener: ExchangeListener,
  ) {
    this.forwarding = forwarding;
    this.outgoing = request.outgoing;
    this.way = request.way;
    this.timeoutMs = request.timeoutMs;
    this.response = response;
    this.listener = listener;
    this.began = forwarding.now();
  }

  /** The upstream whose answer was passed on. */
  get answeredBy(): Upstream | undefined {
    return this.winner?.upstream;
  }

  start(): void {
    this.forwarding.budget.deposit();
    if (!this.attempt()) this.fail('no-answer');
  }

  /** The client has left. What only reads is given up; what may change something goes on, its end is for the record. */
  left(): void {
    if (this.isOver || !this.outgoing.isSafe) return;
    this.finish();
    for (const attempt of this.running) attempt.abandon(false);
    this.listener.onFailure({ kind: 'left' });
  }

  /** Time for a second attempt, or too late for any. */
  onDue(): void {
    if (this.isOver || this.winner !== undefined) return;
    const left = this.timeoutMs - (this.forwarding.now() - this.began);
    if (left <= 0) {
      this.finish();
      // What hangs has most likely been seen.
      const wasSent = this.wasSent || this.running.some((attempt) => attempt.wasSent);
      for (const attempt of this.running) attempt.abandon(true);
      this.listener.onFailure({ kind: 'late', wasSent });
      return;
    }
    this.hedge(left);
  }

  /** A second attempt somewhere that works, if that is within the budget. */
  private hedge(left: number): void {
    const { chooser, budget, deadlines } = this.forwarding;
    const { way } = this;
    const other = way === undefined ? undefined : chooser.choose(way, this.tried);
    if (other?.isUsable !== true) deadlines.set(this.waiter, left);
    else if (!budget.withdraw()) deadlines.set(this.waiter, Math.min(left, ASK_AGAIN_MS));
    else {
      this.isHedged = true;
      this.send(other);
    }
  }

  private attempt(): boolean {
    const { way } = this;
    const upstream = way === undefined ? undefined : this.forwarding.chooser.choose(way, this.tried);
    if (upstream === undefined) return false;
    this.send(upstream);
    return true;
  }

  private send(upstream: Upstream): void {
    const { outgoing, forwarding } = this;
    this.tried.push(upstream);
    const attempt = new Attempt(this, upstream, forwarding.now());
    this.running.push(attempt);
    const left = Math.max(0, this.timeoutMs - (attempt.began - this.began));
    const isHedgeable = outgoing.isSafe && !this.isHedged;
    forwarding.deadlines.set(this.waiter, isHedgeable ? Math.min(left, upstream.hedging.delayMs()) : left);
    upstream.pool.dispatch(
      {
        method: outgoing.method,
        path: upstream.target.basePath === '' ? outgoing.path : upstream.target.basePath + outgoing.path,
        headers: outgoing.headers,
        body: outgoing.body,
      },
      attempt,
    );
  }

  now(): number {
    return this.forwarding.now();
  }

  /** The head of an answer. @returns whether it is the one that is passed on */
  headOf(attempt: Attempt, status: number, rawHeaders: readonly Buffer[]): boolean {
    if (this.isOver || this.winner !== undefined) return false;
    if (status >= 502 && status <= 504 && this.outgoing.isRepeatable && this.isWorthAnother()) {
      this.drop(attempt);
      attempt.abandon(true);
      if (this.running.length > 0 || this.attempt()) return false;
    }
    this.winner = attempt;
    this.forwarding.deadlines.clear(this.waiter);
    // One that had a head start, and more than is usual, was too slow; one that came to help was not.
    for (const other of this.running) if (other !== attempt) other.abandon(other.began < attempt.began);
    const headers = answerHeaders(rawHeaders);
    this.listener.onHead(status, headers);
    this.response.writeHead(status, headers);
    return true;
  }

  private isWorthAnother(): boolean {
    const { way } = this;
    if (way === undefined || this.forwarding.chooser.choose(way, this.tried)?.isUsable !== true) return false;
    return this.forwarding.budget.withdraw();
  }

  /** @returns whether more may come at once */
  pieceOf(piece: Buffer): boolean {
    this.listener.onPiece?.(piece);
    return this.response.write(piece);
  }

  onDrain(resume: () => void): void {
    this.response.once('drain', resume);
  }

  endOf(): void {
    this.finish();
    this.response.end();
    this.listener.onEnd(true);
  }

  /** An attempt came to nothing. @param wasSent whether the upstream may have seen it */
  failureOf(attempt: Attempt, fault: 'upstream' | 'request', wasSent: boolean): void {
    if (this.isOver) return;
    if (fault === 'request' && attempt !== this.winner) {
      this.finish();
      this.listener.onFailure({ kind: 'request' });
      return;
    }
    if (attempt === this.winner) {
      // Half an answer must not look like a whole one.
      this.finish();
      this.response.destroy();
      this.listener.onEnd(false);
      return;
    }
    this.wasSent ||= wasSent;
    this.drop(attempt);
    if (this.running.length > 0) return;
    const { body, isRepeatable } = this.outgoing;
    const isAtHand = body === null || Buffer.isBuffer(body);
    const mayRepeat = isAtHand && (!wasSent || (isRepeatable && this.forwarding.budget.withdraw()));
    if (!mayRepeat || !this.attempt()) this.fail('no-answer');
  }

  private drop(attempt: Attempt): void {
    const at = this.running.indexOf(attempt);
    if (at >= 0) this.running.splice(at, 1);
  }

  private fail(kind: 'no-answer'): void {
    this.finish();
    this.listener.onFailure({ kind, wasSent: this.wasSent });
  }

  private finish(): void {
    this.isOver = true;
    this.forwarding.deadlines.clear(this.waiter);
  }
}
