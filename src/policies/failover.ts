/** What a failover is told of its alternatives and of its times; all of it numbers. */
export interface FailoverOptions {
  /** By alternative, in order of preference: the share of full load that it carries. */
  readonly carries: readonly number[];
  /** The highest load that is asked. @unit share of full load @default 1 */
  readonly load?: number;
  /** Below this health an alternative has failed. @unit share of requests answered @default 0.9 */
  readonly usable?: number;
  /** Until a failure without a break is noticed, counted from when it happened. @unit ms @default 0 */
  readonly detectMs?: number;
  /** How much later than it happened something is observed: that much of `detectMs` has passed by then. @unit ms @default 0 */
  readonly observedLateMs?: number;
  /** Until somebody has agreed. @unit ms @default 0 */
  readonly approveMs?: number;
  /** Until the switch is made. @unit ms @default 0 */
  readonly switchMs?: number;
  /** Over which users drift to the new one; they count as moved half-way. @unit ms @default 0 */
  readonly spreadMs?: number;
  /** Of unbroken health before users go back. @unit ms @default 0 */
  readonly holdMs?: number;
  /** Whether users go back by themselves: not where state has one writer. @default true */
  readonly returns?: boolean;
  /** Whether a person has to agree, with `approve`, however long that takes; then no switch is made without one. @default false */
  readonly asksPerson?: boolean;
  /** Whether a switch is made only once `confirm` says that what moves users has done so. @default false */
  readonly confirms?: boolean;
  /** Draws, for one failure of the alternative normally in use, whether switches succeed and who is ready. @default all do */
  readonly draw?: () => FailoverDraw;
  /** Told of every step, for people to read. */
  readonly onStep?: (step: FailoverStep) => void;
}

export interface FailoverDraw {
  readonly succeeds: boolean;
  /** By alternative. */
  readonly ready: readonly boolean[];
}

export interface FailoverStep {
  readonly kind:
    | 'failing' // the one in use has fallen below usable
    | 'recovered' // it is healthy again before anything was switched
    | 'detected'
    | 'approved'
    | 'refused' // no other alternative would do
    | 'stuck' // what steers the switch does not work
    | 'switching'
    | 'switch-failed'
    | 'switched' // made; users begin to drift
    | 'in-use' // users are on another one
    | 'back'; // users have gone back
  readonly now: number;
  readonly from: number;
  /** The alternative it is about; the one in use where there is no other. */
  readonly to: number;
}

type State =
  | { readonly kind: 'settled' }
  | { readonly kind: 'detecting' | 'approving'; readonly until: number }
  | { readonly kind: 'waiting'; readonly why: 'refused' | 'stuck' | undefined }
  | {
      readonly kind: 'switching';
      readonly to: number;
      readonly until: number;
      readonly isConfirmed: boolean;
      /** By a person, while the one in use was healthy. */
      readonly isOrdered: boolean;
    }
  | { readonly kind: 'moving'; readonly to: number; readonly until: number }
  | { readonly kind: 'failed' };

const SETTLED: State = { kind: 'settled' };
const FAILED: State = { kind: 'failed' };
const WAITING: State = { kind: 'waiting', why: undefined };
/** Levels this close below a threshold meet it: shares are not exact in binary. */
export const LEVEL_TOLERANCE = 1e-9;

/**
 * Which of several alternatives users are on: detect, approve, switch and spread on the way out, hold on the way back, never
 * without what steers it. The rules are those of docs/time.md, "Switch-overs".
 */
export class Failover {
  /** The alternative that users are on. */
  inUse: number;
  /** When `step` has something to do even if nothing changes; infinite when never. @unit ms */
  wakeAt = Number.POSITIVE_INFINITY;
  /** Since when the alternative in use has been below usable; infinite while it is not. @unit ms */
  failingSince = Number.POSITIVE_INFINITY;
  /** The alternative that users are normally on. */
  readonly home: number;
  /** Since when the switch that has just moved users was being made; infinite when they just went back. @unit ms */
  movedSince = Number.POSITIVE_INFINITY;
  private gapSince = Number.POSITIVE_INFINITY;
  private state: State = SETTLED;
  private drawn: FailoverDraw | undefined;
  private readonly healthySince: Float64Array;
  /** Alternatives in the order of preference: those that carry what is asked, then the others by what they carry. */
  private readonly order: readonly number[];
  /** By alternative, its place in that order. */
  private readonly rank: readonly number[];
  private readonly options: Required<Omit<FailoverOptions, 'draw' | 'onStep'>> &
    Pick<FailoverOptions, 'draw' | 'onStep'>;
  private isStuck = false;
  /** A person has put users where they are: only a failure of that moves them again. */
  isPlaced = false;

  /** @throws RangeError when a time is negative, a share is outside 0 to 1, or there is nothing to choose from */
  constructor(options: FailoverOptions) {
    this.options = {
      load: 1,
      usable: 0.9,
      detectMs: 0,
      observedLateMs: 0,
      approveMs: 0,
      switchMs: 0,
      spreadMs: 0,
      holdMs: 0,
      returns: true,
      asksPerson: false,
      confirms: false,
      ...options,
    };
    checkRanges(this.options);
    const { carries } = options;
    this.healthySince = new Float64Array(carries.length).fill(Number.NEGATIVE_INFINITY);
    const enough = (i: number): number => Math.min(carries[i] ?? 0, this.options.load - LEVEL_TOLERANCE);
    this.order = carries.map((_, i) => i).sort((a, b) => enough(b) - enough(a) || a - b);
    this.rank = carries.map((_, i) => this.order.indexOf(i));
    this.home = this.order[0] ?? 0;
    this.inUse = this.home;
  }

  /** Takes users to the best alternative at once, as if it had always been so. */
  settle(now: number, health: ArrayLike<number>): void {
    this.note(now, health);
    for (const [i, since] of this.healthySince.entries())
      if (since === now) this.healthySince[i] = Number.NEGATIVE_INFINITY;
    this.drawn = this.isHealthy(this.home) ? undefined : this.options.draw?.();
    this.inUse = this.drawn?.succeeds === false ? this.home : (this.best(-1) ?? this.home);
    if (this.isHealthy(this.inUse)) this.state = SETTLED;
    else this.state = this.drawn?.succeeds === false ? FAILED : { kind: 'waiting', why: 'refused' };
  }

  /**
   * Takes up what is in use, as it was when the clock last stopped or as somebody else has made it: whatever is healthy has been so
   * only from when it can have been observed.
   *
   * @param isPlaced whether a person has put users there
   */
  resume(now: number, health: ArrayLike<number>, inUse: number, isPlaced = false): void {
    this.note(now, health);
    this.holdAnew(now + this.options.observedLateMs);
    this.inUse = inUse;
    this.isPlaced = isPlaced;
    this.state = SETTLED;
    this.failingSince = Number.POSITIVE_INFINITY;
    this.isStuck = false;
  }

  /** What it waits for, and the alternative it is about; undefined while nothing is under way. */
  get pending(): { readonly kind: Exclude<State['kind'], 'settled'>; readonly to: number } | undefined {
    const { state } = this;
    if (state.kind === 'settled') return undefined;
    return { kind: state.kind, to: 'to' in state ? state.to : (this.best(this.inUse) ?? this.inUse) };
  }

  /** A person agrees to the switch that waits for it; it goes on with the next step. @returns whether one was waiting */
  approve(now: number): boolean {
    if (this.state.kind !== 'approving') return false;
    this.state = { kind: 'approving', until: now };
    return true;
  }

  /**
   * A person moves users to another healthy alternative, where they stay until that fails; it goes on with the next step.
   *
   * @returns whether it can be done
   */
  send(now: number, to: number): boolean {
    const isUnderWay = this.state.kind === 'switching' || this.state.kind === 'moving';
    if (isUnderWay || to === this.inUse || !this.isHealthy(to)) return false;
    this.gapSince = now;
    this.drawn = undefined;
    this.isPlaced = true;
    this.startSwitch(now, to, this.isHealthy(this.inUse));
    return true;
  }

  /** What moves users has moved them to this alternative. @returns whether that was waited for */
  confirm(to: number): boolean {
    if (this.state.kind !== 'switching' || this.state.to !== to) return false;
    this.state = { ...this.state, isConfirmed: true };
    return true;
  }

  /**
   * One step of the clock.
   *
   * @param now never earlier than before. @unit ms
   * @param health by alternative, 0 to 1
   * @param canSteer whether what the switch needs works
   * @returns whether users are on another alternative than before
   */
  step(now: number, health: ArrayLike<number>, canSteer: boolean): boolean {
    const before = this.inUse;
    this.note(now, health);
    this.wakeAt = Number.POSITIVE_INFINITY;
    while (this.advance(now, canSteer));
    return this.inUse !== before;
  }

  private note(now: number, health: ArrayLike<number>): void {
    const { healthySince } = this;
    const usable = this.options.usable - LEVEL_TOLERANCE;
    for (let i = 0; i < healthySince.length; i++) {
      if ((health[i] ?? 0) < usable) healthySince[i] = Number.POSITIVE_INFINITY;
      else if (healthySince[i] === Number.POSITIVE_INFINITY) healthySince[i] = now;
    }
  }

  /** As far as it was told. */
  isHealthy(alternative: number): boolean {
    return (this.healthySince[alternative] ?? Number.POSITIVE_INFINITY) < Number.POSITIVE_INFINITY;
  }

  private holdAnew(from: number): void {
    const { healthySince } = this;
    for (let i = 0; i < healthySince.length; i++) if (this.isHealthy(i)) healthySince[i] = from;
  }

  /** The healthy and ready alternative that is preferred, `but` left out. */
  private best(but: number): number | undefined {
    for (const i of this.order) if (i !== but && this.isHealthy(i) && this.isReady(i)) return i;
    return undefined;
  }

  private isReady(alternative: number): boolean {
    return this.drawn === undefined || alternative === this.home || this.drawn.ready[alternative] !== false;
  }

  /** One change of state; false when nothing is left to do now. */
  private advance(now: number, canSteer: boolean): boolean {
    const { state } = this;
    const isHealthy = this.isHealthy(this.inUse);
    // While users drift, only an alternative better than the one they come from calls them back.
    const better = isHealthy || this.options.asksPerson ? undefined : this.better();
    if (state.kind === 'moving' && (!canSteer || better === undefined))
      return now < state.until ? this.sleep(state.until) : this.arrive(now, state.to);
    if (isHealthy) {
      if (state.kind === 'settled') return this.goBack(now, canSteer);
      // What a person has ordered is not undone by the one in use being healthy.
      if (state.kind === 'switching' && state.isOrdered) return this.finishSwitch(state, now, canSteer);
      this.enter(SETTLED, 'recovered', now, this.inUse);
      this.isPlaced = false;
      this.failingSince = Number.POSITIVE_INFINITY;
      this.isStuck = false;
      return true;
    }
    if (state.kind === 'settled') return this.begin(now);
    if (better !== undefined) return this.hurryBack(now, better, canSteer);
    return state.kind === 'moving' ? false : this.continue(state, now, canSteer);
  }

  /** The best healthy alternative that is preferred to the one in use. */
  private better(): number | undefined {
    const best = this.best(this.inUse);
    return best !== undefined && (this.rank[best] ?? 0) < (this.rank[this.inUse] ?? 0) ? best : undefined;
  }

  private begin(now: number): boolean {
    const { detectMs, observedLateMs } = this.options;
    if (this.inUse === this.home) this.drawn = this.options.draw?.();
    this.failingSince = now;
    this.gapSince = now;
    this.isStuck = false;
    this.isPlaced = false;
    this.enter(
      { kind: 'detecting', until: now + Math.max(0, detectMs - observedLateMs) },
      'failing',
      now,
      this.inUse,
    );
    return true;
  }

  private continue(
    state: Exclude<State, { kind: 'settled' | 'moving' }>,
    now: number,
    canSteer: boolean,
  ): boolean {
    const { approveMs, asksPerson } = this.options;
    switch (state.kind) {
      case 'detecting': {
        if (now < state.until) return this.sleep(state.until);
        const until = asksPerson ? Number.POSITIVE_INFINITY : state.until + approveMs;
        this.enter({ kind: 'approving', until }, 'detected', now, this.inUse);
        return true;
      }
      case 'approving':
        if (now < state.until) return this.sleep(state.until);
        this.enter(WAITING, 'approved', now, this.inUse);
        return true;
      case 'waiting':
        return this.tryToSwitch(state, now, canSteer);
      case 'switching':
        return this.finishSwitch(state, now, canSteer);
      default:
        return false;
    }
  }

  private tryToSwitch({ why }: Extract<State, { kind: 'waiting' }>, now: number, canSteer: boolean): boolean {
    const to = this.best(this.inUse);
    if (to !== undefined && canSteer) {
      // What had to be waited for before was no switching.
      if (why !== undefined) this.gapSince = now;
      this.startSwitch(now, to);
      return true;
    }
    const reason = to === undefined ? 'refused' : 'stuck';
    if (reason !== why) this.enter({ kind: 'waiting', why: reason }, reason, now, to ?? this.inUse);
    return false;
  }

  private startSwitch(now: number, to: number, isOrdered = false): void {
    const until = now + this.options.switchMs;
    const isConfirmed = !this.options.confirms;
    this.enter({ kind: 'switching', to, until, isConfirmed, isOrdered }, 'switching', now, to);
  }

  private finishSwitch(
    state: Extract<State, { kind: 'switching' }>,
    now: number,
    canSteer: boolean,
  ): boolean {
    if (!canSteer || !this.isHealthy(state.to)) {
      // What a person ordered while all was well was no failure: one that has come since is noticed by the rules.
      this.state = state.isOrdered && !this.isHealthy(this.inUse) ? SETTLED : WAITING;
      return true;
    }
    if (now < state.until) return this.sleep(state.until);
    // `confirm` goes on with the next step.
    if (!state.isConfirmed) return false;
    if (this.drawn?.succeeds === false) {
      this.enter(FAILED, 'switch-failed', now, state.to);
      return true;
    }
    const until = (this.options.confirms ? now : state.until) + this.options.spreadMs / 2;
    this.enter({ kind: 'moving', to: state.to, until }, 'switched', now, state.to);
    return true;
  }

  private arrive(now: number, to: number): boolean {
    this.enter(SETTLED, 'in-use', now, to);
    this.moveTo(to, this.gapSince);
    return true;
  }

  /** From a healthy alternative to a better one, after hold. */
  private goBack(now: number, canSteer: boolean): boolean {
    this.failingSince = Number.POSITIVE_INFINITY;
    const better = this.best(-1);
    if (better === undefined || better === this.inUse || this.isPlaced || !this.options.returns) return false;
    const ready = (this.healthySince[better] ?? now) + this.options.holdMs;
    if (now < ready) return this.sleep(ready);
    return this.hurryBack(now, better, canSteer);
  }

  private hurryBack(now: number, to: number, canSteer: boolean): boolean {
    if (!canSteer) {
      if (!this.isStuck) this.tell('stuck', now, to);
      this.isStuck = true;
      return false;
    }
    this.isStuck = false;
    this.isPlaced = false;
    this.enter(SETTLED, 'back', now, to);
    this.moveTo(to, Number.POSITIVE_INFINITY);
    return true;
  }

  private moveTo(to: number, since: number): void {
    this.inUse = to;
    this.movedSince = since;
    this.failingSince = Number.POSITIVE_INFINITY;
  }

  private enter(state: State, kind: FailoverStep['kind'], now: number, to: number): void {
    this.state = state;
    this.tell(kind, now, to);
  }

  private tell(kind: FailoverStep['kind'], now: number, to: number): void {
    this.options.onStep?.({ kind, now, from: this.inUse, to });
  }

  private sleep(until: number): false {
    this.wakeAt = until;
    return false;
  }
}

function checkRanges(options: {
  readonly carries: readonly number[];
  readonly load: number;
  readonly usable: number;
  readonly detectMs: number;
  readonly observedLateMs: number;
  readonly approveMs: number;
  readonly switchMs: number;
  readonly spreadMs: number;
  readonly holdMs: number;
}): void {
  const { carries, load, usable, detectMs, observedLateMs, approveMs, switchMs, spreadMs, holdMs } = options;
  if (carries.length === 0) throw new RangeError('Expected at least one alternative.');
  if (!(usable > 0 && usable <= 1))
    throw new RangeError(`Expected usable above 0 and at most 1, found ${usable}.`);
  for (const [name, time] of Object.entries({
    detectMs,
    observedLateMs,
    approveMs,
    switchMs,
    spreadMs,
    holdMs,
  }))
    if (!(time >= 0)) throw new RangeError(`Expected ${name} of at least 0, found ${time}.`);
  for (const share of [load, ...carries])
    if (!(share >= 0)) throw new RangeError(`Expected a share of load of at least 0, found ${share}.`);
}
