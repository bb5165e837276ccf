import { EMPTY_SET, NO_SETS, type CutSets } from './cut-sets.ts';

/**
 * How many sets of each size a family holds: index k those of k variables. Exact: in doubles as long as no count passes
 * 2^53, else in big integers.
 */
export function countBySize(sets: CutSets, family: number): bigint[] {
  const nodes = sets.below(family);
  const counts = countInDoubles(sets, family, nodes);
  return counts === undefined ? countInBigInts(sets, family, nodes) : counts.map((count) => BigInt(count));
}

/** Undefined as soon as a count could pass 2^53. One row a node, as long as its largest set. */
function countInDoubles(sets: CutSets, family: number, nodes: Int32Array): number[] | undefined {
  const { level: levels, low: lows, high: highs } = sets;
  const start = new Float64Array(sets.size);
  const length = new Int32Array(sets.size);
  length[EMPTY_SET] = 1;
  let cells = 1;
  for (const node of nodes) {
    const module = sets.familyAt(levels[node] as number);
    const more = module === NO_SETS ? 1 : (length[module] as number) - 1;
    length[node] = Math.max(
      length[lows[node] as number] as number,
      (length[highs[node] as number] as number) + more,
    );
    start[node] = cells;
    cells += length[node] as number;
  }
  const counts = new Float64Array(cells);
  counts[0] = 1;
  for (const node of nodes) {
    const own = start[node] as number;
    const low = lows[node] as number;
    const high = highs[node] as number;
    const module = sets.familyAt(levels[node] as number);
    for (let i = 0; i < (length[low] as number); i++)
      counts[own + i] = counts[(start[low] as number) + i] as number;
    for (let i = 0; i < (length[high] as number); i++) {
      const each = counts[(start[high] as number) + i] as number;
      if (each === 0) continue;
      const sizes = module === NO_SETS ? 2 : (length[module] as number);
      for (let k = module === NO_SETS ? 1 : 0; k < sizes; k++) {
        const ways = module === NO_SETS ? 1 : (counts[(start[module] as number) + k] as number);
        const product = each * ways;
        const sum = (counts[own + i + k] as number) + product;
        if (sum > Number.MAX_SAFE_INTEGER) return undefined;
        counts[own + i + k] = sum;
      }
    }
  }
  const own = start[family] as number;
  return [...counts.subarray(own, own + (length[family] as number))];
}

function countInBigInts(sets: CutSets, family: number, nodes: Int32Array): bigint[] {
  const done = new Map<number, bigint[]>([
    [NO_SETS, []],
    [EMPTY_SET, [1n]],
  ]);
  for (const node of nodes) {
    const low = done.get(sets.low[node] as number) ?? [];
    const high = done.get(sets.high[node] as number) ?? [];
    const module = sets.familyAt(sets.level[node] as number);
    const ways = module === NO_SETS ? [0n, 1n] : (done.get(module) ?? []);
    const counts = new Array<bigint>(Math.max(low.length, high.length + ways.length - 1)).fill(0n);
    for (let i = 0; i < low.length; i++) counts[i] = low[i] ?? 0n;
    for (let i = 0; i < high.length; i++)
      for (let k = 0; k < ways.length; k++)
        counts[i + k] = (counts[i + k] ?? 0n) + (high[i] ?? 0n) * (ways[k] ?? 0n);
    done.set(node, counts);
  }
  return done.get(family) ?? [];
}
