/** The system's monotonic clock, in milliseconds. Handed in wherever time is measured; nothing below the verbs reads it. */
export type Clock = () => number;

export const systemClock: Clock = () => performance.now();
