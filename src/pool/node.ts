import { CONSEQUENCES, type FailureKind } from '../chain/index.ts';
import { Hedging, LEVEL_TOLERANCE, Outliers } from '../policies/index.ts';
import { Alarm, type Time } from '../time.ts';
import { Budget } from './budget.ts';
import type { NodeLink, Posted } from './link.ts';
import { callText, outcomeOf, outcomesOf, type Failure, type Outcome, type Outgoing } from './outcome.ts';

/** Below this level a node is not asked what another one can answer. @unit share of requests answered */
export const USABLE = 0.9;
/** Answers larger than this are not read. @unit bytes */
export const MOST_ANSWER_BYTES = 32_000_000;
/** Shorter answers are read whatever is in them. @unit characters */
const SHORT = 100_000;
/**
 * Lists, objects and members of an answer with a bound of its own: a block of hashes has a hundred. A million of them take a hundred times
 * their length once they are read.
 */
const MOST_PARTS = 10_000;
/** Methods whose latencies are kept apart; the others share one record. */
const MOST_METHODS = 64;
/** How much of the usual latency the last one is. */
const LATENCY_SHARE = 0.1;
/** How long a node that contradicted the others is put aside: at first, and at most. @unit ms */
const ASIDE_MS = 60_000;
const MOST_ASIDE_MS = 3_600_000;
/** So many polls in a row that came to nothing show that it is gone; one alone is an accident. */
const MISSED = 2;
/** A shorter rest is no outage: what it cost others to answer counts as any failure does. @unit ms */
const LONG_REST_MS = 5_000;
/** What a node asks for itself is believed up to this. @unit ms */
const MOST_REST_MS = 86_400_000;

export interface NodeOptions {
  readonly name: string;
  readonly link: NodeLink;
  /** Nodes of one member have one voice. @default the name: each is a member of its own */
  readonly member?: string;
  readonly budget?: Budget;
  /** Most calls in one request; 1: it takes no batches. @default 20 */
  readonly mostBatch?: number;
  /** Whether a person has taken it out: then it is asked nothing new. @default never */
  readonly isDrained?: () => boolean;
}

/** What a node says of the tip of its chain. */
export interface NodeHead {
  readonly number: number;
  readonly hash: string;
  readonly parentHash: string;
  /** When it said so. @unit ms */
  readonly at: number;
}

interface Waiting {
  readonly call: Outgoing;
  readonly done: (outcome: Outcome) => void;
  isOff: boolean;
  /** Set once it is on its way: nobody wants its answer any more. */
  onOff: (() => void) | undefined;
}

/** One node while it is being used: what it was asked, how it fared, and what that makes of it. */
export class PoolNode {
  readonly name: string;
  readonly link: NodeLink;
  readonly member: string;
  /** What it answers to `eth_chainId`; undefined before it was asked. */
  chain: number | undefined;
  /** It is of another chain. */
  isForeign = false;
  /** Further behind than the pool allows. */
  isLagging = false;
  /** Its head is of another branch than that on which the pool stands. */
  isApart = false;
  /** Head polls that came to nothing, in a row. */
  missedPolls = 0;
  head: NodeHead | undefined;
  safe: number | undefined;
  finalized: number | undefined;
  /** Calls on their way. */
  inFlight = 0;
  /** How long an answer usually takes; undefined before the first. @unit ms */
  latencyMs: number | undefined;
  calls = 0;
  requests = 0;
  readonly failures = new Map<Failure, number>();
  /** How often it contradicted what others agreed on or what was proved. */
  dissents = 0;
  lastDissent: { readonly method: string; readonly why: string; readonly at: number } | undefined;
  lastFailure: { readonly method: string; readonly why: Failure; readonly at: number } | undefined;
  /** Told of every answer, and how long it took. @unit ms */
  onAnswer: ((method: string, tookMs: number) => void) | undefined;
  level = 1;
  private readonly time: Time;
  private readonly hedges = new Map<string, Hedging>();
  private readonly otherHedge = new Hedging();
  private outliers = new Outliers({ usable: USABLE });
  /** Whether calls have failed since for another reason than that nobody was there. */
  private hasFailedOtherwise = false;
  private readonly budget: Budget;
  private readonly isTakenOut: () => boolean;
  private mostBatch: number;
  private restsUntil = 0;
  private restsFor: FailureKind | undefined;
  private isRestLong = false;
  private asideUntil = 0;
  private lastAsideMs = 0;
  private readonly without = new Map<string, number>();
  private held: Waiting[] = [];
  private holds = 0;
  private heldTimeoutMs = 0;
  private readonly recheck: Alarm;
  private readonly levelListeners: (() => void)[] = [];
  private isStopped = false;

  constructor(
    {
      name,
      link,
      member = name,
      budget = new Budget(),
      mostBatch = 20,
      isDrained = () => false,
    }: NodeOptions,
    time: Time,
  ) {
    this.name = name;
    this.link = link;
    this.member = member;
    this.time = time;
    this.recheck = new Alarm(time, () => this.judge());
    this.mostBatch = mostBatch;
    this.budget = budget;
    this.isTakenOut = isDrained;
  }

  get isDrained(): boolean {
    return this.isTakenOut();
  }

  get isAside(): boolean {
    return this.asideUntil > this.time.now();
  }

  /** Until when it is put aside, because it contradicted the others. @unit ms */
  get asideTill(): number | undefined {
    return this.isAside ? this.asideUntil : undefined;
  }

  get isResting(): boolean {
    return this.restsUntil > this.time.now();
  }

  /** Until when it is left alone after it said that it has had enough, and what it said. */
  get rest(): { readonly until: number; readonly why: FailureKind } | undefined {
    return this.isResting && this.restsFor !== undefined
      ? { until: this.restsUntil, why: this.restsFor }
      : undefined;
  }

  /** Whether it is asked what others could answer too. */
  get isUsable(): boolean {
    return !this.isDrained && this.level >= USABLE - LEVEL_TOLERANCE;
  }

  /** Whether polls show that it is gone, and not only that one went astray. */
  get isGone(): boolean {
    return this.missedPolls >= MISSED;
  }

  /** @param changed called whenever its level has, after those who asked for it before */
  onLevel(changed: () => void): void {
    this.levelListeners.push(changed);
  }

  hasMethod(method: string): boolean {
    const until = this.without.get(method);
    if (until === undefined) return true;
    if (until > this.time.now()) return false;
    this.without.delete(method);
    return true;
  }

  /** What is left of today's budget; infinite where there is none. */
  get leftToday(): number {
    return this.budget.leftToday(this.time.now());
  }

  /** After how long another node is asked as well. @unit ms */
  hedgeMs(method: string): number {
    return this.hedgingOf(method).delayMs();
  }

  /**
   * Asks for one thing.
   *
   * @param done called once, unless it was called off
   * @returns calls it off. @param why `slow`: another one was faster; `failed`: it took far too long; `unneeded`: it had no time to show anything
   */
  ask(
    call: Outgoing,
    timeoutMs: number,
    done: (outcome: Outcome) => void,
  ): (why: 'slow' | 'failed' | 'unneeded') => void {
    const began = this.time.now();
    let isOver = false;
    const end = (outcome: Outcome): void => {
      if (isOver) return;
      isOver = true;
      this.inFlight--;
      this.learn(call.method, outcome, this.time.now() - began);
      done(outcome);
    };
    this.inFlight++;
    this.calls++;
    const off = this.budget.spend(began) ? this.dispatch(call, timeoutMs, end) : this.refuse(end);
    return (why) => {
      if (isOver) return;
      isOver = true;
      this.inFlight--;
      const tookMs = this.time.now() - began;
      // As long as it was waited for at least: else hedges would make the usual time look short, and more hedges follow.
      if (why !== 'unneeded') this.hedgingOf(call.method).record(tookMs);
      if (why === 'failed') this.failed(call.method, 'silent', undefined);
      off();
    };
  }

  /** Calls from now on wait for `release` and go out together, as far as the node takes batches. */
  hold(): void {
    this.holds++;
  }

  release(): void {
    this.holds--;
    const { held } = this;
    if (this.holds > 0 || held.length === 0) return;
    this.held = [];
    const wanted = held.filter(({ isOff }) => !isOff);
    for (let i = 0; i < wanted.length; i += this.mostBatch)
      this.postAll(wanted.slice(i, i + this.mostBatch), this.heldTimeoutMs);
    this.heldTimeoutMs = 0;
  }

  /** It contradicted what others agreed on, or what was proved. @param mayGo whether enough are left without it */
  dissented(method: string, why: string, mayGo: boolean): void {
    const now = this.time.now();
    this.dissents++;
    this.lastDissent = { method, why, at: now };
    if (!mayGo || this.isAside) return;
    const isAgain = now - this.asideUntil < this.lastAsideMs;
    this.lastAsideMs = isAgain ? Math.min(MOST_ASIDE_MS, this.lastAsideMs * 2) : ASIDE_MS;
    this.asideUntil = now + this.lastAsideMs;
    this.judge();
  }

  /** Nobody better is left: it is asked again. */
  takeBack(): void {
    this.asideUntil = 0;
    this.judge();
  }

  /** A poll of its head has come back, or has not. */
  polled(isGood: boolean): void {
    const wasMissing = this.missedPolls > 0;
    this.missedPolls = isGood ? 0 : this.missedPolls + 1;
    // It was gone and has come back, as polls saw: what calls met meanwhile is over. So it is where they only found nobody there.
    if (isGood && (wasMissing || (this.outliers.isEjected && !this.hasFailedOtherwise))) {
      this.outliers = new Outliers({ usable: USABLE });
      this.hasFailedOtherwise = false;
    }
    this.judge();
  }

  /** Something about it has changed that its level hangs on. */
  judge(): void {
    if (this.isStopped) return;
    const now = this.time.now();
    const isOut = this.isForeign || this.isLagging || this.isGone || this.isAside;
    const isAway = this.isResting && this.isRestLong;
    // Asked in any case: else what it has seen does not fade, and it would want to be judged again at once, for ever.
    const observed = this.outliers.level(now);
    const level = isOut || isAway ? 0 : observed;
    this.recheck.setTo(
      Math.min(
        this.outliers.wakeAt,
        this.isResting ? this.restsUntil : Number.POSITIVE_INFINITY,
        this.isAside ? this.asideUntil : Number.POSITIVE_INFINITY,
      ),
    );
    if (level === this.level) return;
    this.level = level;
    for (const changed of this.levelListeners) changed();
  }

  stop(): void {
    this.isStopped = true;
    this.recheck.setTo(Number.POSITIVE_INFINITY);
  }

  private hedgingOf(method: string): Hedging {
    const known = this.hedges.get(method);
    if (known !== undefined) return known;
    if (this.hedges.size >= MOST_METHODS) return this.otherHedge;
    const made = new Hedging();
    this.hedges.set(method, made);
    return made;
  }

  private refuse(end: (outcome: Outcome) => void): () => void {
    return this.time.after(0, () => end({ kind: 'failure', why: 'over-budget', retryAfterMs: undefined }));
  }

  private dispatch(call: Outgoing, timeoutMs: number, done: (outcome: Outcome) => void): () => void {
    if (this.holds === 0) return this.postOne(call, timeoutMs, done);
    const waiting: Waiting = { call, done, isOff: false, onOff: undefined };
    this.held.push(waiting);
    this.heldTimeoutMs = Math.max(this.heldTimeoutMs, timeoutMs);
    return () => {
      waiting.isOff = true;
      waiting.onOff?.();
    };
  }

  private postOne(call: Outgoing, timeoutMs: number, done: (outcome: Outcome) => void): () => void {
    const { asItCame, method } = call;
    const body = asItCame?.body ?? callText(call, '1');
    this.requests++;
    const mostBytes = mostBytesOf([call]);
    return this.link.post(body, { timeoutMs, mostBytes }, (came) => {
      const posted = bounded(came, mostBytes);
      done(outcomeOf(method, asItCame?.id ?? '1', posted, asItCame !== undefined));
    });
  }

  private postAll(waiting: readonly Waiting[], timeoutMs: number): void {
    const [first] = waiting;
    if (first === undefined) return;
    if (waiting.length === 1) {
      first.onOff = this.postOne(first.call, timeoutMs, (outcome) => first.isOff || first.done(outcome));
      return;
    }
    const body = `[${waiting.map(({ call }, i) => callText(call, String(i + 1))).join(',')}]`;
    this.requests++;
    const mostBytes = mostBytesOf(waiting.map(({ call }) => call));
    const off = this.link.post(body, { timeoutMs, mostBytes }, (came) => {
      const posted = bounded(came, mostBytes);
      const outcomes = outcomesOf(
        waiting.map(({ call }) => call.method),
        posted,
      );
      if (outcomes === 'no-batches') {
        this.mostBatch = 1;
        for (const one of waiting)
          if (!one.isOff)
            one.onOff = this.postOne(one.call, timeoutMs, (outcome) => one.isOff || one.done(outcome));
        return;
      }
      for (const [i, one] of waiting.entries())
        if (!one.isOff) one.done(outcomes[i] ?? { kind: 'failure', why: 'broken', retryAfterMs: undefined });
    });
    // It may have no deadline of its own: it ends when the last of those who wait for it does.
    let left = waiting.length;
    const leave = (): void => {
      left--;
      if (left === 0) off();
    };
    for (const one of waiting) one.onOff = leave;
  }

  private learn(method: string, outcome: Outcome, tookMs: number): void {
    const now = this.time.now();
    if (outcome.kind === 'answer') {
      this.onAnswer?.(method, tookMs);
      this.hedgingOf(method).record(tookMs);
      this.latencyMs =
        this.latencyMs === undefined ? tookMs : this.latencyMs + LATENCY_SHARE * (tookMs - this.latencyMs);
      this.outliers.record(now, true);
      if (this.outliers.wakeAt !== Number.POSITIVE_INFINITY) this.judge();
      return;
    }
    this.failed(method, outcome.why, outcome.retryAfterMs);
  }

  /** @param retryAfterMs what it asked for itself */
  private failed(method: string, why: Failure, retryAfterMs: number | undefined): void {
    const now = this.time.now();
    this.failures.set(why, (this.failures.get(why) ?? 0) + 1);
    this.lastFailure = { method, why, at: now };
    if (why === 'over-budget') return;
    const { countsAgainst, restMs } = CONSEQUENCES[why];
    const rest = Math.min(retryAfterMs ?? restMs, MOST_REST_MS);
    if (countsAgainst === 'method' && rest > 0) this.without.set(method, now + rest);
    if (countsAgainst !== 'node') return;
    if (rest > 0 && now + rest > this.restsUntil) {
      this.restsUntil = now + rest;
      this.restsFor = why;
      this.isRestLong = rest >= LONG_REST_MS;
    }
    if (rest < LONG_REST_MS) this.outliers.record(now, false);
    if (why !== 'unreachable') this.hasFailedOtherwise = true;
    this.judge();
  }
}

/** Of what answers these together. */
function mostBytesOf(calls: readonly Outgoing[]): number {
  let sum = 0;
  for (const { mostBytes = MOST_ANSWER_BYTES } of calls) sum += mostBytes;
  return Math.min(sum, MOST_ANSWER_BYTES);
}

function bounded(posted: Posted, mostBytes: number): Posted {
  return posted.kind === 'came' && mostBytes < MOST_ANSWER_BYTES && hasManyParts(posted.text)
    ? { kind: 'failed', why: 'too-large' }
    : posted;
}

function hasManyParts(text: string): boolean {
  if (text.length < SHORT) return false;
  let parts = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // [, { and :
    if ((code === 91 || code === 123 || code === 58) && ++parts > MOST_PARTS) return true;
  }
  return false;
}
