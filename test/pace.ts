import { expect } from 'vitest';

/** What the sample takes on the machine that the bounds of these tests are meant for: two virtual cores, idle. @unit seconds */
const MEANT_SECONDS = 0.1;

/**
 * Holds to a bound what work has taken. Where it has taken longer, the bound is stretched by how slow the machine is at that moment: what
 * grows without bound misses it on any machine.
 * @unit seconds
 */
export function expectWithin(seconds: number, bound: number): void {
  if (!(seconds < bound)) expect(seconds / pace()).toBeLessThan(bound);
}

/** What a piece of work takes: the lesser of the clock and the processor, so that a busy machine does no harm. @unit seconds */
export function secondsOf(work: () => unknown): number {
  const processor = process.cpuUsage();
  const begin = performance.now();
  work();
  const { user, system } = process.cpuUsage(processor);
  return Math.min((performance.now() - begin) / 1000, (user + system) / 1e6);
}

/** How many times as long as on the machine that is meant everything takes here and now; at least 1. */
function pace(): number {
  const takes = Array.from({ length: 5 }, () => secondsOf(sample)).sort((a, b) => a - b);
  return Math.max(1, (takes[2] ?? 0) / MEANT_SECONDS);
}

/** A little of everything: text, objects, maps, sorting, numbers. */
function sample(): number {
  let sum = 0;
  for (let round = 0; round < 4; round++) {
    const rows = Array.from({ length: 20_000 }, (_, i) => ({ id: (i * 7_919) % 20_011, name: `row ${i}` }));
    const read = JSON.parse(JSON.stringify(rows)) as typeof rows; // what it was
    const byName = new Map(read.map((row) => [row.name, row]));
    for (const { id, name } of read.sort((a, b) => a.id - b.id))
      sum += id * (byName.get(name)?.name.length ?? 0);
    sum += read
      .map(({ name }) => name)
      .join(',')
      .split(/,row /).length;
  }
  return sum;
}
