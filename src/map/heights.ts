import { GAP, HEAD, INNER_GAP, LANE, PADDING, ROW } from './lengths.ts';
import type { Row, Rows } from './rows.ts';

const SWEEPS = 12;

/**
 * Heights of the rows' middles: each as near to what it is linked with as the rows beside it leave room. Layer by layer,
 * forwards and backwards, by least squares.
 *
 * @param order by layer, its rows from top to bottom
 */
export function heightsOf({ rows, links }: Rows, order: readonly (readonly number[])[]): Float64Array {
  const neighbours: number[][] = rows.map(() => []);
  for (const [left, right] of links) {
    neighbours[left]?.push(right);
    neighbours[right]?.push(left);
  }
  const spaces = order.map((layer) => layer.map((row, i) => spaceAbove(rows[row], rows[layer[i - 1] ?? -1])));
  const y = stacked(order, spaces, rows.length);
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (let i = 0; i < order.length; i++) {
      const l = sweep % 2 === 0 ? i : order.length - 1 - i;
      const layer = order[l] ?? [];
      const wanted = layer.map((row) => mean(neighbours[row] ?? [], y) ?? y[row] ?? 0);
      const found = spread(wanted, spaces[l] ?? []);
      for (const [k, row] of layer.entries()) y[row] = found[k] ?? 0;
    }
  return y;
}

/** Rows as close as they may stand, all layers around a common middle. */
function stacked(
  order: readonly (readonly number[])[],
  spaces: readonly (readonly number[])[],
  count: number,
): Float64Array {
  const y = new Float64Array(count);
  for (const [l, layer] of order.entries()) {
    const height = (spaces[l] ?? []).reduce((sum, one, i) => sum + (i === 0 ? 0 : one), 0);
    let at = -height / 2;
    for (const [i, row] of layer.entries()) {
      at += i === 0 ? 0 : (spaces[l]?.[i] ?? 0);
      y[row] = at;
    }
  }
  return y;
}

/** The least distance of a row's middle from that of the row before: with the ends and heads of groups between. */
function spaceAbove(row: Row | undefined, before: Row | undefined): number {
  if (row === undefined || before === undefined) return 0;
  const closed = before.groups;
  const opened = row.groups;
  let common = 0;
  while (common < closed.length && common < opened.length && closed[common] === opened[common]) common++;
  const areLanes = before.box < 0 && row.box < 0;
  return (
    half(before) +
    half(row) +
    (areLanes ? 1 : common > 0 ? INNER_GAP : GAP) +
    (closed.length - common) * PADDING +
    (opened.length - common) * HEAD
  );
}

function half({ box }: Row): number {
  return (box < 0 ? LANE : ROW) / 2;
}

function mean(rows: readonly number[], y: Float64Array): number | undefined {
  if (rows.length === 0) return undefined;
  let sum = 0;
  for (const row of rows) sum += y[row] ?? 0;
  return sum / rows.length;
}

/**
 * The heights nearest to those wanted, by least squares, that keep the order and the distances: pool adjacent violators
 * (Barlow et al. 1972).
 *
 * @param space the least distance from the one before; that of the first plays no part
 */
export function spread(wanted: readonly number[], space: readonly number[]): number[] {
  const offsets: number[] = [];
  let offset = 0;
  for (const [i, one] of space.entries()) {
    offset += i === 0 ? 0 : one;
    offsets.push(offset);
  }
  const blocks: { sum: number; count: number }[] = [];
  for (const [i, want] of wanted.entries()) {
    let block = { sum: want - (offsets[i] ?? 0), count: 1 };
    for (let before = blocks.at(-1); before !== undefined; before = blocks.at(-1)) {
      if (before.sum / before.count <= block.sum / block.count) break;
      block = { sum: before.sum + block.sum, count: before.count + block.count };
      blocks.pop();
    }
    blocks.push(block);
  }
  return blocks
    .flatMap(({ sum, count }) => new Array<number>(count).fill(sum / count))
    .map((base, i) => base + (offsets[i] ?? 0));
}
