/** A row of a layer, with the groups around it, outermost first. */
export interface OrderedRow {
  readonly layer: number;
  readonly groups: readonly number[];
}

/** Sweeps over all layers without a better order before the best is taken. */
const PATIENCE = 4;
const MOST_SWEEPS = 24;

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
  let order: number[][] = Array.from({ length: layers }, () => []);
  for (const [i, { layer }] of rows.entries()) order[layer]?.push(i);
  const left: number[][] = rows.map(() => []);
  const right: number[][] = rows.map(() => []);
  for (const [from, to] of links) {
    right[from]?.push(to);
    left[to]?.push(from);
  }
  const position = new Float64Array(rows.length);
  const number = (layer: readonly number[]): void => {
    for (const [i, row] of layer.entries()) position[row] = i;
  };
  for (const [l, layer] of order.entries()) order[l] = keepGroups(layer, rows, (row) => row);
  for (const layer of order) number(layer);
  let best = order.map((layer) => [...layer]);
  let fewest = crossings(order, right, position);
  for (let sweep = 0, since = 0; sweep < MOST_SWEEPS && since < PATIENCE && fewest > 0; sweep++, since++) {
    const forwards = sweep % 2 === 0;
    order = order.map((layer) => [...layer]);
    for (let i = 1; i < layers; i++) {
      const l = forwards ? i : layers - 1 - i;
      if (l === 0) continue;
      const beside = forwards ? left : right;
      const wanted = new Float64Array(rows.length);
      for (const row of order[l] ?? [])
        wanted[row] = barycentre(beside[row] ?? [], position) ?? position[row] ?? 0;
      const layer = keepGroups(order[l] ?? [], rows, (row) => wanted[row] ?? 0);
      order[l] = layer;
      number(layer);
    }
    const crossed = crossings(order, right, position);
    if (crossed >= fewest) continue;
    fewest = crossed;
    best = order;
    since = -1;
  }
  return best;
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
  const sort = (members: readonly number[], depth: number): number[] => {
    const parts = new Map<string, number[]>();
    for (const row of members) {
      const group = rows[row]?.groups[depth];
      const key = group === undefined ? `row ${row}` : `group ${group}`;
      const known = parts.get(key);
      if (known === undefined) parts.set(key, [row]);
      else known.push(row);
    }
    return [...parts.values()]
      .map((part) => ({ part, want: part.reduce((sum, row) => sum + wanted(row), 0) / part.length }))
      .sort((a, b) => a.want - b.want)
      .flatMap(({ part }) => (part.length === 1 ? part : sort(part, depth + 1)));
  };
  // A group of which all is one row deep ends there.
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
