import type { Reopening } from './reopening.ts';

export interface LadderOptions {
  /** Modes, best first; the number after the last one means down. */
  readonly modes: number;
  /** How long a mode must have stopped working before a lower one is taken. @unit ms @default 0 */
  readonly downMs?: number;
  /** How long a better mode must have worked before it is taken. @unit ms @default 0 */
  readonly upMs?: number;
  /** Coming back in steps after a long stop. @default at once */
  readonly reopening?: Reopening;
}

/**
 * Which mode a journey is in, with hysteresis both ways. A mode that has stopped working serves nobody: the journey is down
 * until a lower one is taken. From down the best mode that works is taken at once.
 */
export class Ladder {
  /** The mode that is offered; `modes` when none is. */
  offered: number;
  /** @unit ms */
  wakeAt = Number.POSITIVE_INFINITY;
  private readonly modes: number;
  private readonly downMs: number;
  private readonly upMs: number;
  private readonly reopening: Reopening | undefined;
  private brokenSince = Number.POSITIVE_INFINITY;
  /** By mode, since when it has worked without a break. */
  private readonly workingSince: Float64Array;
  private awaySince = Number.POSITIVE_INFINITY;
  private enteredAt = Number.NEGATIVE_INFINITY;

  constructor({ modes, downMs = 0, upMs = 0, reopening }: LadderOptions) {
    for (const time of [downMs, upMs])
      if (!(time >= 0)) throw new RangeError(`Expected a time of at least 0, found ${time}.`);
    this.modes = modes;
    this.downMs = downMs;
    this.upMs = upMs;
    this.reopening = reopening;
    this.offered = modes;
    this.workingSince = new Float64Array(modes).fill(Number.POSITIVE_INFINITY);
  }

  /** As if it had always been so. */
  settle(works: ArrayLike<boolean>): void {
    this.offered = this.firstWorking(works);
    for (let m = 0; m < this.modes; m++)
      this.workingSince[m] = works[m] === true ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    this.awaySince = this.offered === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  /** Takes up the mode that was offered when the clock last stopped: whatever works has done so only from now on. */
  resume(now: number, works: ArrayLike<boolean>, mode: number): void {
    for (let m = 0; m < this.modes; m++)
      this.workingSince[m] = works[m] === true ? now : Number.POSITIVE_INFINITY;
    this.enter(now, mode);
    this.awaySince = mode === 0 ? Number.POSITIVE_INFINITY : now;
  }

  /**
   * @param works by mode
   * @returns the mode that serves; `modes` when none does
   */
  step(now: number, works: ArrayLike<boolean>): number {
    this.wakeAt = Number.POSITIVE_INFINITY;
    this.note(now, works);
    if (this.offered > 0) this.stepUp(now, works);
    if (this.isBroken(works)) this.stepDown(now, works);
    const serving = this.offered < this.modes && works[this.offered] === true ? this.offered : this.modes;
    if (serving === 0) this.awaySince = Number.POSITIVE_INFINITY;
    else if (this.awaySince === Number.POSITIVE_INFINITY) this.awaySince = now;
    return serving;
  }

  private note(now: number, works: ArrayLike<boolean>): void {
    for (let m = 0; m < this.modes; m++) {
      if (works[m] !== true) this.workingSince[m] = Number.POSITIVE_INFINITY;
      else if (this.workingSince[m] === Number.POSITIVE_INFINITY) this.workingSince[m] = now;
    }
    if (!this.isBroken(works)) this.brokenSince = Number.POSITIVE_INFINITY;
    else if (this.brokenSince === Number.POSITIVE_INFINITY) this.brokenSince = now;
  }

  private isBroken(works: ArrayLike<boolean>): boolean {
    return this.offered < this.modes && works[this.offered] !== true;
  }

  /** To the best lower mode that works, once the present one has been broken for long enough. */
  private stepDown(now: number, works: ArrayLike<boolean>): void {
    const due = this.brokenSince + this.downMs;
    if (now < due) {
      this.wakeAt = Math.min(this.wakeAt, due);
      return;
    }
    let lower = this.offered + 1;
    while (lower < this.modes && works[lower] !== true) lower++;
    this.enter(now, lower);
  }

  private stepUp(now: number, works: ArrayLike<boolean>): void {
    if (this.awaySince === Number.POSITIVE_INFINITY) this.awaySince = now;
    for (;;) {
      // Who is without anything is not kept waiting.
      const isDown = this.offered === this.modes || this.isBroken(works);
      const enteredAt = isDown ? Number.NEGATIVE_INFINITY : this.enteredAt;
      const limit = this.reopening?.limit(now, this.offered, works, this.awaySince, enteredAt);
      if (limit !== undefined) this.wakeAt = Math.min(this.wakeAt, limit.wakeAt);
      const better = this.bestDue(now, works, limit?.best ?? 0, isDown);
      if (better >= this.offered) return;
      this.enter(now, better);
      if (limit === undefined) return;
    }
  }

  /** The best mode from `best` on that has worked for long enough; wakes when a better one will have. */
  private bestDue(now: number, works: ArrayLike<boolean>, best: number, isDown: boolean): number {
    for (let m = best; m < this.offered; m++) {
      if (works[m] !== true) continue;
      const due = (this.workingSince[m] ?? now) + this.upMs;
      if (isDown || now >= due) return m;
      this.wakeAt = Math.min(this.wakeAt, due);
    }
    return this.offered;
  }

  private enter(now: number, mode: number): void {
    this.offered = mode;
    this.enteredAt = now;
    this.brokenSince = Number.POSITIVE_INFINITY;
  }

  private firstWorking(works: ArrayLike<boolean>): number {
    let m = 0;
    while (m < this.modes && works[m] !== true) m++;
    return m;
  }
}
