import { GAP, HEAD, INNER_GAP, LANE, PADDING, ROW } from './lengths.ts';
import type { Row, Rows } from './rows.ts';

const SWEEPS = 12;

/** Rows of a layer that keep their distances: those of a provider, or one alone. */
interface Block {
  readonly rows: readonly number[];
  /** By row, how far it is below the first. */
  readonly offsets: readonly number[];
  /** The least distance of its first row from the last of the block before. */
  readonly space: number;
}

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
  const layers = order.map((layer) => blocksOf(layer, rows));
  const y = new Float64Array(rows.length);
  for (const blocks of layers) stack(blocks, y);
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (let i = 0; i < layers.length; i++) {
      const blocks = layers[sweep % 2 === 0 ? i : layers.length - 1 - i] ?? [];
      const wanted = blocks.map((block) => wantedBy(block, neighbours, y));
      const spaces = blocks.map(({ space }, b) => space + depth(blocks[b - 1]));
      settle(
        blocks,
        spread(
          wanted.map(({ at }) => at),
          spaces,
          wanted.map(({ weight }) => weight),
        ),
        y,
      );
    }
  return y;
}

function blocksOf(layer: readonly number[], rows: readonly Row[]): Block[] {
  const blocks: { rows: number[]; offsets: number[]; space: number }[] = [];
  let before: Row | undefined;
  for (const at of layer) {
    const row = rows[at];
    const space = spaceAbove(row, before);
    const last = blocks.at(-1);
    const group = row?.groups[0];
    if (last !== undefined && group !== undefined && group === before?.groups[0]) {
      last.offsets.push(depth(last) + space);
      last.rows.push(at);
    } else blocks.push({ rows: [at], offsets: [0], space });
    before = row;
  }
  return blocks;
}

function depth(block: Block | undefined): number {
  return block?.offsets.at(-1) ?? 0;
}

/** As close as they may stand, around a middle that all layers have in common. */
function stack(blocks: readonly Block[], y: Float64Array): void {
  const height = blocks.reduce((sum, block) => sum + block.space + depth(block), 0);
  let at = -height / 2;
  const found = blocks.map((block) => {
    const first = at + block.space;
    at = first + depth(block);
    return first;
  });
  settle(blocks, found, y);
}

function settle(blocks: readonly Block[], found: readonly number[], y: Float64Array): void {
  for (const [b, { rows, offsets }] of blocks.entries())
    for (const [i, row] of rows.entries()) y[row] = (found[b] ?? 0) + (offsets[i] ?? 0);
}

/** Where a block's first row would stand by its links alone, and how many they are. */
function wantedBy(
  { rows, offsets }: Block,
  neighbours: readonly (readonly number[])[],
  y: Float64Array,
): { readonly at: number; readonly weight: number } {
  let sum = 0;
  let weight = 0;
  for (const [i, row] of rows.entries())
    for (const neighbour of neighbours[row] ?? []) {
      sum += (y[neighbour] ?? 0) - (offsets[i] ?? 0);
      weight++;
    }
  return weight === 0 ? { at: y[rows[0] ?? 0] ?? 0, weight: 0.1 } : { at: sum / weight, weight };
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

/**
 * The heights nearest to those wanted, by least squares, that keep the order and the distances: pool adjacent violators
 * (Barlow et al. 1972).
 *
 * @param space the least distance from the one before; that of the first plays no part
 * @param weights how much each counts; all alike unless they are given
 */
export function spread(
  wanted: readonly number[],
  space: readonly number[],
  weights?: readonly number[],
): number[] {
  const offsets: number[] = [];
  let offset = 0;
  for (const [i, one] of space.entries()) {
    offset += i === 0 ? 0 : one;
    offsets.push(offset);
  }
  const pools: { sum: number; weight: number; count: number }[] = [];
  for (const [i, want] of wanted.entries()) {
    const weight = weights?.[i] ?? 1;
    let pool = { sum: (want - (offsets[i] ?? 0)) * weight, weight, count: 1 };
    for (let before = pools.at(-1); before !== undefined; before = pools.at(-1)) {
      if (before.sum / before.weight <= pool.sum / pool.weight) break;
      pool = {
        sum: before.sum + pool.sum,
        weight: before.weight + pool.weight,
        count: before.count + pool.count,
      };
      pools.pop();
    }
    pools.push(pool);
  }
  return pools
    .flatMap(({ sum, weight, count }) => new Array<number>(count).fill(sum / weight))
    .map((base, i) => base + (offsets[i] ?? 0));
}
