/** What waits and tells the time: the system's, or a virtual one in tests. */
export interface Time {
  /** Milliseconds since 1970; never goes back, even when somebody sets the clock. @unit ms */
  now(): number;
  /** Calls once, after a while; what is returned calls it off. */
  after(ms: number, call: () => void): () => void;
}

/** Longer waits are taken in pieces: timers of Node hold 31 bits. @unit ms */
const LONGEST = 2 ** 31 - 1;

/** The system's time: the wall's when the process began, carried on by its monotonic clock. */
export function systemTime(): Time {
  const began = Date.now() - performance.now();
  return {
    now: () => began + performance.now(),
    after(ms, call) {
      const timer = setTimeout(call, Math.min(Math.max(0, Math.ceil(ms)), LONGEST));
      // Node has it: what waits keeps no process alive. A browser does not.
      timer.unref?.();
      return () => clearTimeout(timer);
    },
  };
}

/** Calls at one moment, which is set anew as often as one likes: to set it to what it is set to costs nothing. */
export class Alarm {
  private readonly time: Time;
  private readonly ring: () => void;
  private at = Number.POSITIVE_INFINITY;
  private off: (() => void) | undefined;

  constructor(time: Time, ring: () => void) {
    this.time = time;
    this.ring = ring;
  }

  /** @param at infinity: not at all. @unit ms since 1970 */
  setTo(at: number): void {
    if (at === this.at) return;
    this.off?.();
    this.at = at;
    this.off =
      at === Number.POSITIVE_INFINITY
        ? undefined
        : this.time.after(at - this.time.now(), () => {
            this.at = Number.POSITIVE_INFINITY;
            this.ring();
          });
  }
}
