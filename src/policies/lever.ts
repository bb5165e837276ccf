/** What somebody has decided for one journey, until when. */
export interface Hold {
  /** A mode by number, best first; the number of modes stands for down. */
  readonly mode: number;
  /** Exactly that mode, whether it works or not; otherwise none better than it. */
  readonly isPinned: boolean;
  /** When the hold ends by itself; on the clock that `step` is given. @unit ms */
  readonly until: number;
  /** Why, for people to read. */
  readonly reason?: string;
  /** Who decided it, for people to read. */
  readonly by?: string;
}

/** A hand on the lever of one journey: its mode capped or pinned until a moment, which always comes. */
export class Lever {
  /** When the hold ends; infinite when there is none. @unit ms */
  wakeAt = Number.POSITIVE_INFINITY;
  private readonly modes: number;
  private hold: Hold | undefined;

  /**
   * @param modes how many modes the journey has
   * @throws RangeError when that is no whole number of at least 1
   */
  constructor(modes: number) {
    if (!(Number.isSafeInteger(modes) && modes >= 1))
      throw new RangeError(`Expected a whole number of at least 1, found ${modes}.`);
    this.modes = modes;
  }

  /** What holds; undefined when nothing does, as of the last step. */
  get held(): Hold | undefined {
    return this.hold;
  }

  /**
   * Takes the place of what held before. One whose end has passed, as after a restart, holds nothing from the next step on.
   *
   * @throws RangeError when there is no such mode, or no end; what held before then still holds
   */
  set(hold: Hold): void {
    const { mode, until } = hold;
    if (!(Number.isInteger(mode) && mode >= 0 && mode <= this.modes))
      throw new RangeError(`Expected a mode of 0 to ${this.modes}, found ${mode}.`);
    if (!Number.isFinite(until))
      throw new RangeError(`Expected a moment when the hold ends, found ${until}.`);
    this.hold = hold;
    this.wakeAt = until;
  }

  clear(): void {
    this.hold = undefined;
    this.wakeAt = Number.POSITIVE_INFINITY;
  }

  /**
   * @param mode what would serve without a hand on the lever
   * @returns the mode that serves
   */
  step(now: number, mode: number): number {
    if (this.hold === undefined) return mode;
    if (now >= this.hold.until) {
      this.clear();
      return mode;
    }
    return this.hold.isPinned ? this.hold.mode : Math.max(mode, this.hold.mode);
  }
}
