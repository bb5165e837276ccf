import {
  Controller,
  liveSignals,
  type ControlListener,
  type JourneyState,
  type Progress,
  type Signals,
  type SwitchConduct,
} from '../control/index.ts';
import type { Model } from '../model/index.ts';
import { Lever, type FailoverStep, type Hold } from '../policies/index.ts';
import type { PolicyClock } from './policy-clock.ts';

/** A level that was observed of a signal. */
export interface Observation {
  readonly signal: number;
  /** Share of requests answered, 0 to 1. */
  readonly level: number;
}

/** Told what is decided, once it is. Every moment is of the system's clock, whatever the loop counts by. */
export interface LiveListener {
  /** The mode in force, held or not, the level or the exposure of a journey has changed. */
  onJourney(journey: number, now: number, before: Standing, after: Standing): void;
  onSwitch(service: number, step: FailoverStep): void;
  onGrowth: ControlListener['onGrowth'];
  /** Something may have changed that is kept over a restart. */
  onDecided(now: number): void;
}

/** How a journey stands. */
export interface Standing extends JourneyState {
  /** The mode without a hand on the lever. */
  readonly offered: number;
  /** Since when the mode has been what it is, by the system's clock. @unit ms */
  readonly since: number;
}

export interface LiveOptions {
  /** What the loop counts by. */
  readonly clock: PolicyClock;
  /** @default those of a running platform */
  readonly signals?: Signals;
  readonly conduct?: (service: number) => SwitchConduct;
  readonly listener?: Partial<LiveListener>;
  /** What was kept when the process last ended. @default nothing: everything is as the plan has it */
  readonly progress?: Progress;
  /** Since when a journey has been in the mode that it begins with; undefined: since now. @unit ms @default since now */
  readonly since?: (journey: number, mode: number) => number | undefined;
}

/**
 * The loop that decides, on the time of a running platform: what is observed goes in, the mode in force of every journey comes
 * out. It is the controller that replay runs, and levers; nothing is decided here. Inside it is the time of its clock; what it tells
 * and is told is in the system's.
 */
export class Live {
  readonly controller: Controller;
  readonly signals: Signals;
  /** By journey, the mode in force; the number of its modes when it is down. Read at every request. */
  readonly modes: Int32Array;
  private readonly clock: PolicyClock;
  private readonly listener: Partial<LiveListener>;
  private readonly levers: readonly Lever[];
  /** By journey, what its lever was last given. */
  private readonly given: (Hold | undefined)[] = [];
  private readonly standings: Standing[];
  private readonly waiting: Observation[] = [];
  private readonly levels: Float64Array;
  private readonly orders: ((now: number) => boolean)[] = [];
  private isStepping = false;
  private isDue = false;
  private isStopped = false;
  private callOff: (() => void) | undefined;

  constructor(
    model: Model,
    { clock, signals = liveSignals(model), conduct, listener = {}, progress, since }: LiveOptions,
  ) {
    this.clock = clock;
    this.signals = signals;
    this.listener = listener;
    this.levers = model.journeys.map(({ modes }) => new Lever(modes.length));
    this.modes = new Int32Array(model.journeys.length);
    this.levels = new Float64Array(signals.count).fill(1);
    this.controller = new Controller(model, {
      signals,
      ...(conduct === undefined ? {} : { conduct }),
      listener: {
        onSwitch: (service, step) => listener.onSwitch?.(service, { ...step, now: clock.there(step.now) }),
        onGrowth: (service, member, change, now) =>
          listener.onGrowth?.(service, member, change, clock.there(now)),
      },
    });
    const now = clock.now();
    if (progress === undefined) this.controller.settle(now);
    else this.controller.resume(now, progress);
    this.standings = model.journeys.map((_, i) => {
      const standing = this.standingAt(i, clock.there(now), now);
      return { ...standing, since: since?.(i, standing.mode) ?? standing.since };
    });
    for (const [i, { mode }] of this.standings.entries()) this.modes[i] = mode;
    this.sleep();
  }

  /** Takes what is observed, all of it at this moment, and decides what follows. */
  observe(observations: readonly Observation[]): void {
    this.waiting.push(...observations);
    this.step();
  }

  standing(journey: number): Standing {
    return this.standings[journey] ?? { mode: 0, offered: 0, level: 0, isExposed: false, since: 0 };
  }

  /** What was last observed of a signal; 1 of what never was. */
  level(signal: number): number {
    return this.levels[signal] ?? 1;
  }

  held(journey: number): Hold | undefined {
    return this.levers[journey]?.held === undefined ? undefined : this.given[journey];
  }

  /** Holds a journey until a moment of the system's clock, or with undefined lets it go. */
  hold(journey: number, hold: Hold | undefined): void {
    const lever = this.levers[journey];
    if (hold === undefined) lever?.clear();
    else lever?.set({ ...hold, until: this.clock.here(hold.until) });
    this.given[journey] = hold;
    this.step();
  }

  /** A person agrees to the switch of a service that waits for it. @returns whether one was waiting */
  approve(service: number): boolean {
    return this.order((now) => this.controller.order(service, now, (failover) => failover.approve(now)));
  }

  /** A person moves the users of a service. @returns whether that can be done */
  send(service: number, to: number): boolean {
    return this.order((now) => this.controller.order(service, now, (failover) => failover.send(now, to)));
  }

  /** What moves the users of a service has done so. @returns whether that was waited for */
  confirm(service: number, to: number): boolean {
    return this.order((now) => this.controller.order(service, now, (failover) => failover.confirm(to)));
  }

  /** The users of a service are found elsewhere than it was thought. @param isPlaced whether a person has put them there */
  adopt(service: number, to: number, isPlaced: boolean): void {
    this.order((now) => {
      this.controller.adopt(service, to, isPlaced, now);
      return true;
    });
  }

  /** From then on nothing wakes it; what is observed is still decided. */
  stop(): void {
    this.isStopped = true;
    this.callOff?.();
  }

  /** @returns whether it was taken; one that is given by who is told of a decision is taken up after that one */
  private order(give: (now: number) => boolean): boolean {
    if (this.isStepping) {
      this.orders.push(give);
      this.isDue = true;
      return true;
    }
    this.isStepping = true;
    let isTaken = false;
    try {
      isTaken = give(this.clock.now());
    } finally {
      this.isStepping = false;
    }
    if (isTaken) this.step();
    return isTaken;
  }

  private step(): void {
    this.isDue = true;
    // Who is told of a decision may observe something at once: it is taken up after this one.
    if (this.isStepping) return;
    this.isStepping = true;
    try {
      while (this.isDue) {
        this.isDue = false;
        for (const { signal, level } of this.waiting.splice(0)) {
          this.levels[signal] = level;
          this.controller.observe(signal, level);
        }
        const now = this.clock.now();
        for (const give of this.orders.splice(0)) give(now);
        this.controller.step(now);
        this.settleStandings(now);
      }
    } finally {
      this.isStepping = false;
      this.sleep();
    }
  }

  private settleStandings(now: number): void {
    const there = this.clock.there(now);
    for (let i = 0; i < this.standings.length; i++) {
      const before = this.standing(i);
      const after = this.standingAt(i, before.since, now);
      const isSame =
        before.mode === after.mode &&
        before.offered === after.offered &&
        before.level === after.level &&
        before.isExposed === after.isExposed;
      if (isSame) continue;
      const since = before.mode === after.mode ? before.since : there;
      this.standings[i] = { ...after, since };
      this.modes[i] = after.mode;
      this.listener.onJourney?.(i, there, before, this.standing(i));
    }
    this.listener.onDecided?.(there);
  }

  /** @param since by the system's clock @param now by the loop's. @unit ms */
  private standingAt(journey: number, since: number, now: number): Standing {
    const { mode, level, isExposed } = this.controller.state(journey);
    const inForce = this.levers[journey]?.step(now, mode) ?? mode;
    return { mode: inForce, offered: mode, level, isExposed, since };
  }

  private sleep(): void {
    this.callOff?.();
    if (this.isStopped) return;
    let next = this.controller.wakeAt;
    for (const { wakeAt } of this.levers) next = Math.min(next, wakeAt);
    this.callOff =
      next === Number.POSITIVE_INFINITY
        ? undefined
        : this.clock.after(next - this.clock.now(), () => this.step());
  }
}
