/**
 * Coming back in steps: after a long time away from the first mode, from the lowest mode that works, one at a time. Seen in
 * practice at exchanges: halted, cancel-only, auction, full.
 */
export class Reopening {
  private readonly afterMs: number;
  private readonly stepMs: number;
  private isClimbing = false;

  /**
   * @param afterMs how long the first mode must have been left. @unit ms
   * @param stepMs how long each mode is kept. @unit ms
   */
  constructor(afterMs: number, stepMs: number) {
    for (const time of [afterMs, stepMs])
      if (!(time >= 0)) throw new RangeError(`Expected a time of at least 0, found ${time}.`);
    this.afterMs = afterMs;
    this.stepMs = stepMs;
  }

  /**
   * The best mode that may be taken now, and when to ask again.
   *
   * @param present the mode in use; one past the last when down
   * @param works by mode
   * @param awaySince when the first mode was left. @unit ms
   * @param enteredAt when the present mode was taken; minus infinity when nothing serves. @unit ms
   */
  limit(
    now: number,
    present: number,
    works: ArrayLike<boolean>,
    awaySince: number,
    enteredAt: number,
  ): { readonly best: number; readonly wakeAt: number } {
    const never = Number.POSITIVE_INFINITY;
    if (present === 0) this.isClimbing = false;
    else if (now - awaySince >= this.afterMs) this.isClimbing = true;
    if (!this.isClimbing) return { best: 0, wakeAt: never };
    const due = enteredAt + this.stepMs;
    if (now < due) return { best: present, wakeAt: due };
    for (let m = present - 1; m >= 0; m--) if (works[m] === true) return { best: m, wakeAt: never };
    return { best: present, wakeAt: never };
  }
}
