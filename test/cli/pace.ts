import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';

/** What `node -e 0` takes on the machine for which the bounds of time are stated. @unit seconds */
const NOMINAL = 0.07;
const RUNS = 5;

/**
 * A bound of time against hanging, not a benchmark: it holds as it stands, or where this machine is slower just now, times as
 * many as `node -e 0` takes longer.
 *
 * @param bound @unit seconds
 */
export function expectWithin(seconds: number, bound: number): void {
  if (seconds < bound) return;
  expect(seconds, 'seconds').toBeLessThan(bound * Math.max(1, startSeconds() / NOMINAL));
}

/** The median of a few. */
function startSeconds(): number {
  const times = Array.from({ length: RUNS }, () => {
    const begin = performance.now();
    spawnSync(process.execPath, ['-e', '0']);
    return (performance.now() - begin) / 1000;
  });
  return times.sort((a, b) => a - b)[RUNS >> 1] as number; // there are as many
}
