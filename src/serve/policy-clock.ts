import type { Time } from '../time.ts';

/** How much faster than the system's clock a drill may run. */
export const FASTEST = 1_000;
/** So that a wait never ends before its moment: what the wall's milliseconds round away, and more. @unit ms */
const ROUNDED_MS = 2 ** -10;

/**
 * The clock that the loop which decides counts by: the system's, or in a drill one that runs many times as fast. Both show the same when the
 * process begins. Only the loop knows moments of this clock: what it tells and is told is in the system's, so that what is shown, logged and
 * kept is the time of the wall. Everything that meets the world, such as sockets, deadlines and probes, is in the system's time altogether.
 */
export class PolicyClock {
  readonly speed: number;
  private readonly time: Time;
  private readonly began: number;

  /**
   * @param speed how many times as fast as the system's; 1 to 1,000
   * @throws RangeError when it is outside of that
   */
  constructor(time: Time, speed = 1) {
    if (!(speed >= 1 && speed <= FASTEST))
      throw new RangeError(`Expected a speed of 1 to ${FASTEST}, found ${speed}.`);
    this.time = time;
    this.speed = speed;
    this.began = time.now();
  }

  /** @unit ms since 1970, on this clock */
  now(): number {
    return this.here(this.time.now());
  }

  /** Calls once, after a while of this clock; what is returned calls it off. */
  after(ms: number, call: () => void): () => void {
    return this.time.after(this.speed === 1 ? ms : Math.max(0, ms) / this.speed + ROUNDED_MS, call);
  }

  /** A moment of the system's, on this clock. @unit ms since 1970 */
  here(moment: number): number {
    return this.speed === 1 ? moment : this.began + (moment - this.began) * this.speed;
  }

  /** A moment of this clock, in the system's. @unit ms since 1970 */
  there(moment: number): number {
    return this.speed === 1 ? moment : this.began + (moment - this.began) / this.speed;
  }
}
