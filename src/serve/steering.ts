import { KeelsonError } from '../errors.ts';
import type { FailoverStep } from '../policies/index.ts';
import type { Time } from '../time.ts';
import type { Wheel, WheelCheck } from './steer/wheel.ts';

/** A wheel, and how it is known to be. */
export interface SteeredService {
  readonly service: number;
  readonly name: string;
  /** By alternative. */
  readonly alternatives: readonly string[];
  readonly wheel: Wheel;
  /** @unit ms */
  readonly everyMs: number;
  readonly deadlineMs: number;
}

export interface SteeringState {
  readonly ok: boolean;
  readonly why: string | undefined;
  readonly inForce: number | undefined;
  /** @unit ms since 1970; undefined before the first check */
  readonly checkedAt: number | undefined;
}

export interface SteeringListener {
  /** Whether it could be turned now. */
  onCheck(service: number, isGood: boolean): void;
  /** It has been turned, and that was confirmed. */
  onTurned(service: number, to: number): void;
  /** Users are on another one than was thought. @param byHand whether it was seen that somebody else has turned it */
  onMoved(service: number, to: number, byHand: boolean): void;
  /** Something for people. */
  onWords(service: number, kind: 'turned' | 'failed' | 'moved', words: string): void;
}

/** After a turn that failed, the wheel is looked at again this soon. @unit ms */
const AFTER_FAILURE_MS = 2_000;

/**
 * The wheels of a process: whether each could be turned is checked all the time, and what is wanted is brought about and kept. What is
 * wanted is the loop's to say.
 */
export class Steering {
  private readonly time: Time;
  private readonly listener: SteeringListener;
  private readonly wheels = new Map<number, Turning>();

  constructor(services: readonly SteeredService[], time: Time, listener: SteeringListener) {
    this.time = time;
    this.listener = listener;
    for (const steered of services) this.wheels.set(steered.service, new Turning(steered));
  }

  get steered(): readonly SteeredService[] {
    return [...this.wheels.values()].map(({ steered }) => steered);
  }

  state(service: number): SteeringState | undefined {
    return this.wheels.get(service)?.state;
  }

  /** Looks at every wheel once, and from then on again and again. */
  async start(): Promise<void> {
    await Promise.all([...this.wheels.values()].map((turning) => this.check(turning)));
  }

  /** What the loop has decided for a service. */
  onStep(service: number, { kind, to }: FailoverStep): void {
    const turning = this.wheels.get(service);
    if (turning === undefined) return;
    // Back, or sent: users are to be there from now on. A switch that is given up leaves them where they are.
    if (kind === 'switching' || kind === 'back') void this.turn(turning, to);
    else if (kind === 'recovered' && (turning.goal ?? turning.state.inForce ?? to) !== to)
      void this.turn(turning, to);
  }

  stop(): void {
    for (const turning of this.wheels.values()) {
      turning.isStopped = true;
      turning.callOff?.();
      turning.abort?.abort();
    }
  }

  private async turn(turning: Turning, to: number): Promise<void> {
    const { steered } = turning;
    turning.goal = to;
    if (turning.isTurning || turning.isStopped) return;
    turning.isTurning = true;
    turning.turns++;
    turning.callOff?.();
    try {
      // What is wanted may change while it is being turned.
      for (let goal: number | undefined = to; goal !== undefined; ) {
        const isReached: boolean = await this.turnOnce(turning, goal);
        if (isReached && turning.goal === goal) turning.goal = undefined;
        goal = isReached ? turning.goal : undefined;
      }
    } finally {
      turning.isTurning = false;
    }
    this.again(turning, turning.state.ok ? steered.everyMs : AFTER_FAILURE_MS);
  }

  private async turnOnce(turning: Turning, to: number): Promise<boolean> {
    const { steered } = turning;
    const name = steered.alternatives[to] ?? String(to + 1);
    try {
      await this.within(turning, (signal) => steered.wheel.turn(to, signal));
    } catch (error) {
      if (turning.isStopped) return false;
      const words = error instanceof Error ? error.message : String(error);
      turning.state = { ...turning.state, ok: false, why: words, checkedAt: this.time.now() };
      turning.tried.add(to);
      // What a person has done meanwhile stands until it is looked at.
      if (error instanceof KeelsonError && error.code === 'wheel-moved') turning.goal = undefined;
      this.listener.onCheck(steered.service, false);
      const failure = `${steered.name} could not be moved to ${name}: ${words}`;
      // It is tried again and again: that it still fails is no news.
      if (failure !== turning.lastFailure) this.listener.onWords(steered.service, 'failed', failure);
      turning.lastFailure = failure;
      return false;
    }
    turning.lastFailure = undefined;
    turning.tried.clear();
    turning.state = { ok: true, why: undefined, inForce: to, checkedAt: this.time.now() };
    this.listener.onCheck(steered.service, true);
    this.listener.onWords(steered.service, 'turned', `${steered.name} has been moved to ${name}.`);
    this.listener.onTurned(steered.service, to);
    return true;
  }

  private async check(turning: Turning): Promise<void> {
    const { steered } = turning;
    if (turning.isStopped) return;
    if (turning.isTurning) {
      this.again(turning, steered.everyMs);
      return;
    }
    const { turns } = turning;
    const found: WheelCheck = await this.within(turning, (signal) => steered.wheel.check(signal)).catch(
      (error: unknown): WheelCheck => ({
        ok: false,
        why: error instanceof Error ? error.message : String(error),
      }),
    );
    // What was found while it was being turned is neither what was before nor what is now.
    if (turning.isStopped || turns !== turning.turns) return;
    const before = turning.state;
    this.take(turning, found);
    // What somebody else has done is taken up before anything follows from its working.
    if (turning.state.ok) this.compare(turning, turning.state.inForce, before);
    this.listener.onCheck(steered.service, turning.state.ok);
    this.again(turning, turning.state.ok ? steered.everyMs : Math.min(steered.everyMs, AFTER_FAILURE_MS));
  }

  private take(turning: Turning, found: WheelCheck): void {
    const { state, steered } = turning;
    const checkedAt = this.time.now();
    if (!found.ok) turning.state = { ...state, ok: false, why: found.why, checkedAt };
    else if (found.isElsewhere !== true || state.inForce === undefined)
      turning.state = { ok: true, why: undefined, inForce: found.inForce ?? state.inForce, checkedAt };
    else {
      // Not ours to undo, and not known to be ill. What was in force is kept, so that this is so until it is an alternative again.
      const why = `Somebody else has put in force what is no alternative, and that is left alone: ${found.words}.`;
      if (state.why !== why) this.listener.onWords(steered.service, 'moved', `${steered.name}: ${why}`);
      turning.state = { ...state, ok: false, why, checkedAt };
      turning.goal = undefined;
    }
  }

  /** Holds what is in force against what is wanted: what failed halfway is finished, what somebody else has done is taken up. */
  private compare(turning: Turning, inForce: number | undefined, before: SteeringState): void {
    const { steered, goal, tried } = turning;
    const isOwn = inForce === undefined || inForce === before.inForce || tried.has(inForce);
    tried.clear();
    if (isOwn && goal !== undefined && goal !== inForce) {
      void this.turn(turning, goal);
      return;
    }
    turning.goal = undefined;
    if (inForce === undefined || inForce === before.inForce) return;
    // It had been turned, although nobody said so.
    if (inForce === goal) {
      this.listener.onTurned(steered.service, inForce);
      return;
    }
    const isByHand = before.inForce !== undefined;
    this.listener.onMoved(steered.service, inForce, isByHand);
    if (isByHand)
      this.listener.onWords(
        steered.service,
        'moved',
        `Somebody else has moved ${steered.name} to ${steered.alternatives[inForce] ?? ''}.`,
      );
  }

  private again(turning: Turning, ms: number): void {
    turning.callOff?.();
    if (!turning.isStopped) turning.callOff = this.time.after(ms, () => void this.check(turning));
  }

  private async within<T>(turning: Turning, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const abort = new AbortController();
    turning.abort = abort;
    const callOff = this.time.after(turning.steered.deadlineMs, () =>
      abort.abort(new Error(`no answer within ${turning.steered.deadlineMs} ms`)),
    );
    try {
      return await call(abort.signal);
    } finally {
      callOff();
    }
  }
}

class Turning {
  readonly steered: SteeredService;
  state: SteeringState = {
    ok: false,
    why: 'it has not been looked at yet',
    inForce: undefined,
    checkedAt: undefined,
  };
  /** Where users are to be and are not yet known to be. */
  goal: number | undefined;
  /** Where they may be by turns that failed. */
  readonly tried = new Set<number>();
  isTurning = false;
  /** How often it was begun to be turned. */
  turns = 0;
  lastFailure: string | undefined;
  isStopped = false;
  callOff: (() => void) | undefined;
  abort: AbortController | undefined;

  constructor(steered: SteeredService) {
    this.steered = steered;
  }
}
