/** Growing one member of a pool: begun while the pool is short, there after a while, given up when it is no longer needed. */
export class Growth {
  isGrown = false;
  /** @unit ms */
  wakeAt = Number.POSITIVE_INFINITY;
  /** Since when it has been growing; infinite while it is not. @unit ms */
  growingSince = Number.POSITIVE_INFINITY;
  private readonly afterMs: number;

  /** @param afterMs how long growing takes. @unit ms */
  constructor(afterMs: number) {
    if (!(afterMs >= 0)) throw new RangeError(`Expected a time of at least 0, found ${afterMs}.`);
    this.afterMs = afterMs;
  }

  /**
   * @param isShort the pool has less than is asked, growth aside
   * @param isHealthy the member works
   * @param canGrow what growing needs works; no longer asked once it has grown
   * @returns whether the growth has come or gone
   */
  step(now: number, isShort: boolean, isHealthy: boolean, canGrow: boolean): boolean {
    const before = this.isGrown;
    this.wakeAt = Number.POSITIVE_INFINITY;
    if (!isShort || !isHealthy || (!canGrow && !this.isGrown)) {
      this.isGrown = false;
      this.growingSince = Number.POSITIVE_INFINITY;
    } else if (!this.isGrown) {
      if (this.growingSince === Number.POSITIVE_INFINITY) this.growingSince = now;
      const done = this.growingSince + this.afterMs;
      if (now >= done) this.isGrown = true;
      else this.wakeAt = done;
    }
    return this.isGrown !== before;
  }

  /** What has grown is there no more: it has to grow anew. */
  forget(): void {
    this.isGrown = false;
    this.growingSince = Number.POSITIVE_INFINITY;
  }

  /** As if it had always been so. */
  settle(isShort: boolean, isHealthy: boolean, canGrow: boolean): void {
    this.isGrown = isShort && isHealthy && canGrow;
  }
}
