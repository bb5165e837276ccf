/** Less than that is nothing: times of day are not known to much less. @unit ms */
const LEAST = 1;

/**
 * Work that waits while a journey is down and comes back once it is served: evenly over a while, or as fast as there is
 * anything to spare. Loads are shares of the normal one.
 */
export class Backlog {
  /** How much waits. @unit ms of normal load */
  waitingMs = 0;
  /** @unit ms */
  wakeAt = Number.POSITIVE_INFINITY;
  /** How fast the waiting work is being done. @unit share of normal load */
  drain = 0;
  private readonly share: number;
  private readonly overMs: number;
  private at = 0;
  private isServed = true;
  /** What is asked on top since the journey was served again. */
  private fixed = 0;

  /**
   * @param share of what could not be served, that waits
   * @param overMs how long it takes to come back. @unit ms
   */
  constructor(share: number, overMs: number) {
    if (!(share >= 0 && share <= 1)) throw new RangeError(`Expected a share of 0 to 1, found ${share}.`);
    if (!(overMs > 0)) throw new RangeError(`Expected a time above 0, found ${overMs}.`);
    this.share = share;
    this.overMs = overMs;
  }

  /** What waits asks on top, while the journey is down too: it is what keeps a pool down that sheds nothing. @unit share of normal load */
  get extra(): number {
    return this.isServed ? this.fixed : this.waitingMs / this.overMs;
  }

  /** Counts what has come to wait, or has been done, since the last time. */
  advance(now: number): void {
    const passed = Math.max(0, now - this.at);
    if (!this.isServed) this.waitingMs += passed * this.share;
    else this.waitingMs = Math.max(0, this.waitingMs - passed * this.drain);
    this.at = now;
    if (this.isServed) this.forgetLittle();
  }

  private forgetLittle(): void {
    if (this.waitingMs >= LEAST) return;
    this.waitingMs = 0;
    this.fixed = 0;
  }

  /**
   * @param isServed whether the journey is in some mode
   * @param spare what could be served on top. @unit share of normal load
   */
  step(now: number, isServed: boolean, spare: number): void {
    this.advance(now);
    if (isServed && !this.isServed) this.fixed = this.waitingMs / this.overMs;
    this.isServed = isServed;
    if (isServed) this.forgetLittle();
    this.drain = isServed ? Math.min(this.fixed, Math.max(0, spare)) : 0;
    this.wakeAt =
      this.drain > 0 ? now + Math.max(LEAST, this.waitingMs / this.drain) : Number.POSITIVE_INFINITY;
  }
}
