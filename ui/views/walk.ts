import type { Layout } from '../../src/map/index.ts';

const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};

/** The box that lies nearest in the direction of an arrow key; undefined where none does, or for another key. */
export function nextBox({ places }: Layout, from: number, key: string): number | undefined {
  const direction = DIRECTIONS[key];
  const start = places[from];
  if (direction === undefined || start === undefined) return undefined;
  const [dx, dy] = direction;
  let best: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [i, place] of places.entries()) {
    if (i === from) continue;
    const x = place.x - start.x;
    const y = place.y - start.y;
    const ahead = x * dx + y * dy;
    if (ahead <= 1) continue;
    // What lies aside counts double.
    const distance = ahead + 2 * Math.abs(x * dy) + 2 * Math.abs(y * dx);
    if (distance >= least) continue;
    least = distance;
    best = i;
  }
  return best;
}
