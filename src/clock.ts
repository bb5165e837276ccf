/** The system's monotonic clock, in milliseconds. Handed in wherever time is measured; nothing below the verbs reads it. */
export type Clock = () => number;

// Not performance.now(): Node loads what that needs when it is first asked for, two milliseconds.
export const systemClock: Clock = () => {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
};
