/* How much evidence is read, and so how much is written. */

/** @unit bytes */
export const MOST_BYTES = 8_000_000;
export const MOST_RUNS = 1_000;
/** Of one run. */
export const MOST_FAULTS = 2_000;
export const MOST_JOURNEYS = 500;
export const MOST_SERVICES = 20_000;
export const MOST_PARTS = 100_000;
export const MOST_FOUND = 2_000;
/** @unit characters */
export const MOST_LINE = 500;
export const MOST_TEXT = 4_000;
