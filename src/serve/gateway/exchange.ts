import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
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
  /** How often the writer that it goes to has moved, at this moment; undefined where it goes to none. */
  readonly epoch: () => string | undefined;
  /** Null for none; what is held whole can be sent again. */
  readonly body: Buffer | Readable | null;
  /** Doing it twice does nothing more than once (RFC 9110, section 9.2.1), or the service sees to that. */
  readonly isRepeatable: boolean;
  /** It only reads: two may be under way at once. */
  readonly isSafe: boolean;
}

/** How an exchange ended without an answer of an upstream. */
export type Failure =
  | { readonly kind: 'no-answer' | 'full' | 'late'; readonly wasSent: boolean }
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

/** How long a client may take to read what it has been sent, before more is sent. @unit ms */
const STALL_MS = 60_000;
/** How long an answer that has begun may pause; after that its upstream has stopped. @unit ms */
const SILENCE_MS = 300_000;
/** How long an attempt that was refused for want of budget waits before it asks again. @unit ms */
const ASK_AGAIN_MS = 20;
/** How many times as long as another one, or as what is usual, it takes to be as good as failed. */
const FAR_SLOWER = 4;
/** How long one that had nowhere to go waits before it looks again. @unit ms */
const LOOK_AGAIN_MS = 100;

/** Answers up to this, in one piece, are written with their head. @unit bytes */
const ONE_WRITE = 8_192;

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
  /** An attempt that has come to nothing may have been seen. */
  private wasSent = false;
  private isHedged = false;
  private isFull = false;
  private hasLeft = false;
  /** When the upstream last sent something of its answer. @unit ms */
  private heardAt = 0;
  /** The client is to read before more is sent. */
  private isStalled = false;
  /** What the answer says of its length; -1 where it does not. @unit bytes */
  private lengthSaid = -1;
  /** An answer that came in one piece, until its end. */
  private whole: Buffer | undefined;

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
    if (!this.attempt()) this.fail();
  }

  /** The client has left. What only reads or was not sent is given up; what may change something goes on, its end is for the record. */
  left(): void {
    if (this.isOver) return;
    if (!this.outgoing.isSafe && this.maySeen()) {
      this.hasLeft = true;
      if (this.winner === undefined) return;
      this.forwarding.deadlines.set(this.waiter, this.timeoutMs);
      this.winner.goOn();
      return;
    }
    this.finish();
    for (const attempt of this.running) attempt.abandon('unneeded');
    this.listener.onFailure({ kind: 'left' });
  }

  /** There is no more time for an answer that has not begun. */
  expire(): void {
    if (this.isOver || this.winner !== undefined) return;
    this.finish();
    const wasSent = this.maySeen();
    for (const attempt of this.running) attempt.abandon('unneeded');
    this.listener.onFailure({ kind: 'late', wasSent });
  }

  /** Time for a second attempt, or too late for any. */
  onDue(): void {
    if (this.isOver) return;
    if (this.winner !== undefined) {
      this.wait(this.winner);
      return;
    }
    // Less than what clocks can tell is nothing.
    if (this.leftMs() >= 1) {
      if (this.running.length > 0) this.hedge();
      else this.goOn(false);
      return;
    }
    this.finish();
    const wasSent = this.maySeen();
    for (const attempt of this.running) attempt.abandon('failed');
    this.listener.onFailure({ kind: 'late', wasSent });
  }

  /**
   * An answer that has begun does not go on: its client does not read, and would keep its room and a connection to an upstream for good;
   * or its client has left, and what goes on for the record does not end; or its upstream has stopped.
   */
  private wait(winner: Attempt): void {
    const silentMs = this.forwarding.now() - this.heardAt;
    if (!this.isStalled && !this.hasLeft && silentMs < SILENCE_MS) {
      this.forwarding.deadlines.set(this.waiter, SILENCE_MS - silentMs);
      return;
    }
    this.finish();
    winner.abandon(this.isStalled ? 'unneeded' : 'failed');
    this.response.destroy();
    this.listener.onEnd(false);
  }

  private leftMs(): number {
    return Math.max(0, this.timeoutMs - (this.forwarding.now() - this.began));
  }

  /** Whether an upstream may have seen it. */
  private maySeen(): boolean {
    return this.wasSent || this.running.some(({ wasSent }) => wasSent);
  }

  /**
   * A second attempt of what only reads, somewhere that works, if that is within the budget. Where nobody else works well, one that answers
   * some of what it is asked, once the first has taken so long that it has as good as failed.
   */
  private hedge(): void {
    const { budget, deadlines } = this.forwarding;
    const left = this.leftMs();
    if (!this.outgoing.isSafe || this.isHedged || this.way === undefined || this.way.kind === 'target') {
      deadlines.set(this.waiter, left);
      return;
    }
    const other = this.next();
    if (other === undefined || !(other.isUsable || (other.answersSome && this.isFarTooSlow())))
      deadlines.set(this.waiter, Math.min(left, LOOK_AGAIN_MS));
    else if (!budget.withdraw()) deadlines.set(this.waiter, Math.min(left, ASK_AGAIN_MS));
    else {
      this.isHedged = true;
      this.send(other);
    }
  }

  /** Whether what is under way has taken so long that another one is not merely to help it. */
  private isFarTooSlow(): boolean {
    const now = this.forwarding.now();
    return this.running.every(
      ({ began, upstream }) => now - began >= FAR_SLOWER * upstream.hedging.delayMs(),
    );
  }

  private attempt(): boolean {
    const upstream = this.next();
    if (upstream === undefined) return false;
    this.send(upstream);
    return true;
  }

  /** Where the next attempt would go; undefined when there is nowhere, or no room there. */
  private next(): Upstream | undefined {
    const { way } = this;
    const upstream = way === undefined ? undefined : this.forwarding.chooser.choose(way, this.tried);
    this.isFull = upstream?.isFull === true;
    return this.isFull ? undefined : upstream;
  }

  private send(upstream: Upstream): void {
    const { outgoing, forwarding } = this;
    this.tried.push(upstream);
    const epoch = outgoing.epoch();
    const options = {
      method: outgoing.method,
      path: upstream.target.basePath === '' ? outgoing.path : upstream.target.basePath + outgoing.path,
      headers: epoch === undefined ? outgoing.headers : [...outgoing.headers, 'keelson-epoch', epoch],
      body: outgoing.body,
      // A method that Node’s parser knows and the gateway serves: one of undici’s.
    } as Dispatcher.DispatchOptions;
    const attempt = new Attempt(this, upstream, { began: forwarding.now(), epoch, options });
    this.running.push(attempt);
    const left = this.leftMs();
    const isHedgeable = outgoing.isSafe && !this.isHedged;
    forwarding.deadlines.set(this.waiter, isHedgeable ? Math.min(left, upstream.hedging.delayMs()) : left);
    upstream.connections.send(attempt);
  }

  now(): number {
    return this.forwarding.now();
  }

  /** The head of an answer. @returns whether it is the one that is passed on */
  headOf(attempt: Attempt, status: number, rawHeaders: readonly Buffer[]): boolean {
    if (this.isOver || this.winner !== undefined) return false;
    if (status >= 502 && status <= 504 && this.leaves(attempt)) return false;
    this.winner = attempt;
    this.heardAt = this.forwarding.now();
    this.forwarding.deadlines.set(this.waiter, this.hasLeft ? this.timeoutMs : SILENCE_MS);
    for (const other of this.running) if (other !== attempt) other.abandon(this.comparedWith(attempt, other));
    const headers = answerHeaders(rawHeaders, status);
    this.lengthSaid = lengthIn(headers);
    this.listener.onHead(status, headers);
    try {
      this.response.writeHead(status, headers);
    } catch {
      // A status that there is not, or a character that no header may have.
      this.winner = undefined;
      attempt.abandon('failed');
      this.finish();
      this.listener.onFailure({ kind: 'no-answer', wasSent: true });
      return false;
    }
    return true;
  }

  /**
   * What it shows of an attempt that another one was faster: nothing of one that came to help. One that had a head start has failed only
   * where it took a multiple of what the other did: when everything is slow, nobody has.
   */
  private comparedWith(winner: Attempt, other: Attempt): 'failed' | 'slow' | 'unneeded' {
    if (other.began >= winner.began) return 'unneeded';
    const now = this.forwarding.now();
    return now - other.began >= FAR_SLOWER * (now - winner.began) ? 'failed' : 'slow';
  }

  /** Leaves an upstream that says it cannot, for another one. @returns whether there is one */
  private leaves(attempt: Attempt): boolean {
    if (!this.mayRepeat()) return false;
    const isOnItsWay = this.running.some((other) => other !== attempt && other.upstream.answersSome);
    const other = isOnItsWay ? undefined : this.next();
    if (!isOnItsWay && (other?.answersSome !== true || !this.forwarding.budget.withdraw())) return false;
    this.wasSent = true;
    this.drop(attempt);
    attempt.abandon('failed');
    if (other !== undefined) this.send(other);
    return true;
  }

  /** Whether doing it twice does no harm, and it is there to be sent again. */
  private mayRepeat(): boolean {
    return this.outgoing.isRepeatable && this.isAtHand();
  }

  private isAtHand(): boolean {
    const { body } = this.outgoing;
    return body === null || Buffer.isBuffer(body);
  }

  isCurrent({ epoch }: Attempt): boolean {
    return epoch === this.outgoing.epoch();
  }

  /** @returns whether more may come at once */
  pieceOf(piece: Buffer): boolean {
    this.listener.onPiece?.(piece);
    // What goes on without its client is read to its end: nobody would ever say that more may come.
    if (this.response.destroyed || this.response.req.socket.destroyed) return true;
    if (piece.length === this.lengthSaid && piece.length <= ONE_WRITE) {
      this.whole = piece;
      return true;
    }
    this.heardAt = this.forwarding.now();
    return this.response.write(piece);
  }

  onDrain(resume: () => void): void {
    const { deadlines } = this.forwarding;
    const { socket } = this.response.req;
    const goOn = (): void => {
      this.response.off('drain', goOn);
      socket.off('close', goOn);
      this.isStalled = false;
      this.heardAt = this.forwarding.now();
      if (!this.isOver) deadlines.set(this.waiter, SILENCE_MS);
      // Where requests were sent in a row, one answer's drain comes in the middle of another's piece: undici is not to be re-entered.
      queueMicrotask(resume);
    };
    this.isStalled = true;
    deadlines.set(this.waiter, STALL_MS);
    this.response.on('drain', goOn);
    socket.on('close', goOn);
  }

  endOf(): void {
    this.finish();
    const { response, whole } = this;
    // Head and body as one text are one write to the system, where a buffer after a head would be two.
    if (whole !== undefined && !response.destroyed) response.write(whole.toString('latin1'), 'latin1');
    if (whole !== undefined) response.socket?.uncork();
    response.end();
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
    if (this.running.length > 0) {
      // The one that is left may be the slow one.
      this.isHedged = false;
      this.hedge();
      return;
    }
    this.goOn(!wasSent && this.isAtHand());
  }

  /** The next attempt, where there may be one; one that may not yet waits, as long as there is somebody that works. */
  private goOn(isFree: boolean): void {
    const { budget, deadlines } = this.forwarding;
    const next = isFree || this.mayRepeat() ? this.next() : undefined;
    if (next === undefined) this.fail();
    else if (isFree || budget.withdraw()) this.send(next);
    else if (next.isUsable) deadlines.set(this.waiter, Math.min(this.leftMs(), ASK_AGAIN_MS));
    else this.fail();
  }

  private drop(attempt: Attempt): void {
    const at = this.running.indexOf(attempt);
    if (at >= 0) this.running.splice(at, 1);
  }

  private fail(): void {
    this.finish();
    this.listener.onFailure({ kind: this.isFull ? 'full' : 'no-answer', wasSent: this.wasSent });
  }

  private finish(): void {
    this.isOver = true;
    this.forwarding.deadlines.clear(this.waiter);
  }
}

/** What `Content-Length` says; -1 where it is not there. */
function lengthIn(headers: readonly string[]): number {
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i]?.length === 14 && headers[i]?.toLowerCase() === 'content-length')
      return Number(headers[i + 1]);
  return -1;
}
