import { partsAt, type OrderedRow } from './groups.ts';
import { switched } from './switching.ts';

/** Sweeps over all layers without a better order before the best is taken. */
const PATIENCE = 4;
const MOST_SWEEPS = 24;
const MOST_ROUNDS = 4;

/**
 * The order of the rows in every layer, so that few links cross: barycentres, layer by layer, forwards and backwards (Sugiyama,
 * Tagawa and Toda 1981), the best order kept. Rows of a group stay together. The first layer keeps its order: it is the plan's.
 *
 * @param links from a row to one of the next layer
 * @returns by layer, its rows from top to bottom
 */
export function orderLayers(
  layers: number,
  rows: readonly OrderedRow[],
  links: readonly (readonly [number, number])[],
): number[][] {
  const left: number[][] = rows.map(() => []);
  const right: number[][] = rows.map(() => []);
  for (const [from, to] of links) {
    right[from]?.push(to);
    left[to]?.push(from);
  }
  const position = new Float64Array(rows.length);
  let order: number[][] = Array.from({ length: layers }, () => []);
  for (const [i, { layer }] of rows.entries()) order[layer]?.push(i);
  order = order.map((layer) => keepGroups(layer, rows, (row) => row));
  for (const layer of order) number(layer, position);
  let best = order;
  let fewest = crossings(order, right, position);
  for (let sweep = 0, since = 0; sweep < MOST_SWEEPS && since < PATIENCE && fewest > 0; sweep++) {
    order = sweep % 2 === 0 ? forwards(order, rows, left, position) : backwards(order, rows, right, position);
    const crossed = crossings(order, right, position);
    since = crossed < fewest ? 0 : since + 1;
    if (crossed >= fewest) continue;
    fewest = crossed;
    best = order;
  }
  for (const layer of best) number(layer, position);
  return settled(best, rows, [left, right], position);
}

/** Goes over the layers until no two neighbours in one would better change places. */
function settled(
  order: readonly (readonly number[])[],
  rows: readonly OrderedRow[],
  sides: readonly (readonly (readonly number[])[])[],
  position: Float64Array,
): number[][] {
  const found = order.map((layer) => [...layer]);
  for (let round = 0, moved = true; round < MOST_ROUNDS && moved; round++) {
    moved = false;
    for (let l = 1; l < found.length; l++) {
      const before = found[l] ?? [];
      const after = switched(before, rows, sides, position);
      if (after.every((row, i) => row === before[i])) continue;
      found[l] = after;
      number(after, position);
      moved = true;
    }
  }
  return found;
}

/** Every layer but the first by what is linked to it from the left. */
function forwards(
  order: readonly (readonly number[])[],
  rows: readonly OrderedRow[],
  left: readonly (readonly number[])[],
  position: Float64Array,
): number[][] {
  return order.map((layer, l) => (l === 0 ? [...layer] : reordered(layer, rows, left, position)));
}

/** From right to left, every layer but the first by what it is linked to. */
function backwards(
  order: readonly (readonly number[])[],
  rows: readonly OrderedRow[],
  right: readonly (readonly number[])[],
  position: Float64Array,
): number[][] {
  const next = order.map((layer) => [...layer]);
  for (let l = order.length - 2; l > 0; l--) next[l] = reordered(order[l] ?? [], rows, right, position);
  return next;
}

/** A layer by the barycentres of its rows' neighbours, numbered anew. */
function reordered(
  layer: readonly number[],
  rows: readonly OrderedRow[],
  beside: readonly (readonly number[])[],
  position: Float64Array,
): number[] {
  const found = keepGroups(
    layer,
    rows,
    (row) => barycentre(beside[row] ?? [], position) ?? position[row] ?? 0,
  );
  number(found, position);
  return found;
}

function number(layer: readonly number[], position: Float64Array): void {
  for (const [i, row] of layer.entries()) position[row] = i;
}

function barycentre(rows: readonly number[], position: Float64Array): number | undefined {
  if (rows.length === 0) return undefined;
  let sum = 0;
  for (const row of rows) sum += position[row] ?? 0;
  return sum / rows.length;
}

/** Rows by what they want, groups by the mean of theirs, at every depth. */
function keepGroups(
  layer: readonly number[],
  rows: readonly OrderedRow[],
  wanted: (row: number) => number,
): number[] {
  const sort = (members: readonly number[], depth: number): number[] =>
    partsAt(members, rows, depth)
      .map((part) => ({ part, want: part.reduce((sum, row) => sum + wanted(row), 0) / part.length }))
      .sort((a, b) => a.want - b.want)
      .flatMap(({ part }) => (part.length === 1 ? part : sort(part, depth + 1)));
  return sort(layer, 0);
}

/** How many pairs of links between neighbouring layers cross: inversions, counted by a Fenwick tree. */
export function crossings(
  order: readonly (readonly number[])[],
  right: readonly (readonly number[])[],
  position: Float64Array,
): number {
  let count = 0;
  for (const [l, layer] of order.entries()) {
    const next = order[l + 1]?.length ?? 0;
    const tree = new Int32Array(next + 1);
    let links = 0;
    for (const row of layer) {
      const ends = (right[row] ?? []).map((to) => position[to] ?? 0);
      for (const end of ends) {
        let before = 0;
        for (let i = end + 1; i > 0; i -= i & -i) before += tree[i] ?? 0;
        count += links - before;
      }
      for (const end of ends) {
        for (let i = end + 1; i <= next; i += i & -i) tree[i] = (tree[i] ?? 0) + 1;
        links++;
      }
    }
  }
  return count;
}
