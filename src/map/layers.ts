import type { Box, PlatformMap } from './graph.ts';

/** The layer of every box: journeys first, each service right of all that need it, then providers. */
export function layersOf({ boxes, edges }: PlatformMap): Int32Array {
  const layer = new Int32Array(boxes.length);
  const isService = (box: number): boolean => boxes[box]?.kind === 'service';
  const users = new Int32Array(boxes.length);
  const below: number[][] = boxes.map(() => []);
  for (const { from, to } of edges)
    if (isService(to) && (isService(from) || boxes[from]?.kind === 'journey')) {
      below[from]?.push(to);
      users[to] = (users[to] ?? 0) + 1;
    }
  const waiting = [...boxes.keys()].filter((box) => users[box] === 0);
  for (const [box, { kind }] of boxes.entries()) if (kind === 'service') layer[box] = 1;
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop())
    for (const to of below[at] ?? []) {
      layer[to] = Math.max(layer[to] ?? 0, (layer[at] ?? 0) + 1);
      users[to] = (users[to] ?? 1) - 1;
      if (users[to] === 0) waiting.push(to);
    }
  const first = layer.reduce((most, one) => Math.max(most, one), 0) + 1;
  const top = boxes.map((_, box) => topOf(boxes, box));
  const direct = new Set(edges.filter(({ kind }) => !kind.startsWith('inner')).map(({ to }) => top[to]));
  for (const [box, { kind }] of boxes.entries())
    if (kind !== 'service' && kind !== 'journey') layer[box] = direct.has(top[box]) ? first : first + 1;
  return layer;
}

function topOf(boxes: readonly Box[], box: number): number {
  let at = box;
  for (let parent = boxes[at]?.parent ?? -1; parent >= 0; parent = boxes[at]?.parent ?? -1) at = parent;
  return at;
}
