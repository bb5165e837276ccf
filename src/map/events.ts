import type { PlatformMap } from './graph.ts';

/**
 * Finds the boxes that an event stands for: the maintenance, the switch and the standbys of a service stand on its box; an event of
 * a capability on that capability wherever it is used.
 */
export function boxesByEvent({ boxes }: PlatformMap): (event: string) => readonly number[] {
  const known = new Map<string, number[]>();
  for (const [b, { fails }] of boxes.entries()) {
    if (fails === null) continue;
    const same = known.get(fails);
    if (same === undefined) known.set(fails, [b]);
    else same.push(b);
  }
  return (event) => known.get(event) ?? known.get(event.replace(/:.*/s, '')) ?? [];
}
