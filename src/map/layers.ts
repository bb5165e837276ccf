import type { Box, PlatformMap } from './graph.ts';

/**
 * The layer of every box: journeys first, and right of all that need it each service, and each provider with all that lies in it.
 * Where providers need each other in a circle, the one that the plan names first goes left.
 */
export function layersOf({ boxes, edges }: PlatformMap): Int32Array {
  const top = boxes.map((_, box) => topOf(boxes, box));
  const users = new Int32Array(boxes.length);
  const below: number[][] = boxes.map(() => []);
  for (const edge of edges) {
    const from = top[edge.from] ?? 0;
    const to = top[edge.to] ?? 0;
    if (from === to) continue;
    below[from]?.push(to);
    users[to] = (users[to] ?? 0) + 1;
  }
  const layer = Int32Array.from(boxes, ({ kind }) => (kind === 'journey' ? 0 : 1));
  const isPlaced = boxes.map((_, box) => top[box] !== box);
  const place = (start: number): void => {
    const waiting = [start];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (isPlaced[at] === true) continue;
      isPlaced[at] = true;
      for (const to of below[at] ?? []) {
        if (isPlaced[to] === true) continue;
        layer[to] = Math.max(layer[to] ?? 0, (layer[at] ?? 0) + 1);
        users[to] = (users[to] ?? 1) - 1;
        if (users[to] === 0) waiting.push(to);
      }
    }
  };
  for (const box of boxes.keys()) if (users[box] === 0) place(box);
  // What is left lies on circles or behind them.
  for (const box of boxes.keys()) place(box);
  return layer.map((_, box) => layer[top[box] ?? box] ?? 0);
}

function topOf(boxes: readonly Box[], box: number): number {
  let at = box;
  for (let parent = boxes[at]?.parent ?? -1; parent >= 0; parent = boxes[at]?.parent ?? -1) at = parent;
  return at;
}
