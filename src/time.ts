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
