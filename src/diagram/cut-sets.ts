import type { Diagram, Edge } from './diagram.ts';
import { NodeTable } from './node-table.ts';

/** The family with no set, and the family with the empty set alone. */
export const NO_SETS = 0;
export const EMPTY_SET = 1;

/**
 * Families of sets of variables as zero-suppressed diagrams (Minato 1993), made from the functions of one diagram:
 *
 *   family n:  { sets of low[n] } ∪ { {level[n]} ∪ s : s in high[n] }
 */
export class CutSets extends NodeTable {
  private readonly diagram: Diagram;
  /** By edge of the diagram, its family; −1 where not yet known. */
  private readonly minimalOf: Int32Array;

  /** @param budget most nodes that may be made */
  constructor(diagram: Diagram, budget: number) {
    super(2, diagram.variables, budget);
    this.diagram = diagram;
    this.minimalOf = new Int32Array(diagram.size * 2).fill(-1);
  }

  /**
   * Minimal cut sets of a monotone function: F = (x, F1, F0) has {x}·(MCS(F1) less what satisfies F0) ∪ MCS(F0), the
   * removal walking sets against the diagram (Rauzy 1993).
   */
  minimal(f: Edge): number {
    if (f <= 1) return f;
    const known = this.minimalOf[f] as number;
    if (known >= 0) return known;
    const level = this.diagram.levelOf(f);
    const f0 = this.diagram.cofactor(f, level, 0);
    const low = this.minimal(f0);
    const high = this.without(this.minimal(this.diagram.cofactor(f, level, 1)), f0);
    const result = this.make(level, low, high);
    this.minimalOf[f] = result;
    return result;
  }

  /**
   * Minimal positive parts of any function: the smallest sets S such that the function is true when exactly S is. For a
   * monotone function these are its minimal cut sets.
   */
  minimalPositiveParts(f: Edge): number {
    if (f <= 1) return f;
    const known = this.minimalOf[f] as number;
    if (known >= 0) return known;
    const level = this.diagram.levelOf(f);
    const low = this.minimalPositiveParts(this.diagram.cofactor(f, level, 0));
    const high = this.removeSupersets(this.minimalPositiveParts(this.diagram.cofactor(f, level, 1)), low);
    const result = this.make(level, low, high);
    this.minimalOf[f] = result;
    return result;
  }

  /** The sets of a family that do not satisfy the monotone function `f`. */
  private without(family: number, f: Edge): number {
    if (family === NO_SETS || f === 1) return NO_SETS;
    if (f === 0) return family;
    // Not constant and monotone: false where nothing is true.
    if (family === EMPTY_SET) return EMPTY_SET;
    const slot = this.slotOf(family, f);
    if (this.cache[slot] === family && this.cache[slot + 1] === f) return this.cache[slot + 2] as number;
    const setLevel = this.level[family] as number;
    const level = this.diagram.levelOf(f);
    let result: number;
    if (setLevel > level) {
      result = this.without(family, this.diagram.cofactor(f, level, 0));
    } else {
      const f0 = this.diagram.cofactor(f, setLevel, 0);
      const f1 = this.diagram.cofactor(f, setLevel, 1);
      const low = this.without(this.low[family] as number, f0);
      result = this.make(setLevel, low, this.without(this.high[family] as number, f1));
    }
    this.remember(family, f, result);
    return result;
  }

  /** The sets of `family` that hold no set of `other`. */
  private removeSupersets(family: number, other: number): number {
    if (family === NO_SETS || other === EMPTY_SET || family === other) return NO_SETS;
    if (other === NO_SETS || family === EMPTY_SET) return family;
    const slot = this.slotOf(family, other);
    if (this.cache[slot] === family && this.cache[slot + 1] === other) return this.cache[slot + 2] as number;
    const level = this.level[family] as number;
    const otherLevel = this.level[other] as number;
    let result: number;
    if (otherLevel < level) {
      result = this.removeSupersets(family, this.low[other] as number);
    } else {
      const low = this.low[family] as number;
      const high = this.high[family] as number;
      if (level < otherLevel) {
        result = this.make(level, this.removeSupersets(low, other), this.removeSupersets(high, other));
      } else {
        const otherLow = this.low[other] as number;
        const left = this.removeSupersets(high, otherLow);
        result = this.make(
          level,
          this.removeSupersets(low, otherLow),
          this.removeSupersets(left, this.high[other] as number),
        );
      }
    }
    this.remember(family, other, result);
    return result;
  }

  private make(level: number, low: number, high: number): number {
    return high === NO_SETS ? low : this.node(level, low, high);
  }

  /** How many sets of each size there are: index k holds those of k variables. */
  countBySize(family: number): bigint[] {
    const counts = this.countInDoubles(family);
    return counts === undefined ? this.countInBigInts(family) : counts.map((count) => BigInt(count));
  }

  /** Undefined as soon as a count could pass 2^53. One row a node, as long as its largest set. */
  private countInDoubles(family: number): number[] | undefined {
    const nodes = this.below(family);
    const start = new Int32Array(this.size);
    const length = new Int32Array(this.size);
    length[EMPTY_SET] = 1;
    let cells = 1;
    for (const node of nodes) {
      length[node] = Math.max(
        length[this.low[node] as number] as number,
        (length[this.high[node] as number] as number) + 1,
      );
      start[node] = cells;
      cells += length[node] as number;
    }
    const counts = new Float64Array(cells);
    counts[0] = 1;
    for (const node of nodes) {
      const own = start[node] as number;
      const low = this.low[node] as number;
      const high = this.high[node] as number;
      for (let i = 0; i < (length[low] as number); i++)
        counts[own + i] = counts[(start[low] as number) + i] as number;
      for (let i = 0; i < (length[high] as number); i++) {
        const sum = (counts[own + i + 1] as number) + (counts[(start[high] as number) + i] as number);
        if (sum > Number.MAX_SAFE_INTEGER) return undefined;
        counts[own + i + 1] = sum;
      }
    }
    const own = start[family] as number;
    return [...counts.subarray(own, own + (length[family] as number))];
  }

  private countInBigInts(family: number): bigint[] {
    const done = new Map<number, bigint[]>([
      [NO_SETS, []],
      [EMPTY_SET, [1n]],
    ]);
    for (const node of this.below(family)) {
      const low = done.get(this.low[node] as number) ?? [];
      const high = done.get(this.high[node] as number) ?? [];
      const counts = new Array<bigint>(Math.max(low.length, high.length + 1)).fill(0n);
      for (let i = 0; i < low.length; i++) counts[i] = low[i] ?? 0n;
      for (let i = 0; i < high.length; i++) counts[i + 1] = (counts[i + 1] ?? 0n) + (high[i] ?? 0n);
      done.set(node, counts);
    }
    return done.get(family) ?? [];
  }

  /** The sets with the largest products of `weight[level]`, largest first, without listing the others (best first). */
  top(
    family: number,
    weight: Float64Array,
    most: number,
  ): { readonly levels: number[]; readonly weight: number }[] {
    if (most === 0) return [];
    const best = new Float64Array(this.size);
    best[EMPTY_SET] = 1;
    for (const node of this.below(family)) {
      const through =
        (weight[this.level[node] as number] as number) * (best[this.high[node] as number] as number);
      best[node] = Math.max(through, best[this.low[node] as number] as number);
    }
    const queue = new Queue();
    queue.push({ bound: best[family] as number, product: 1, node: family, taken: undefined });
    const found: { levels: number[]; weight: number }[] = [];
    for (let item = queue.pop(); item !== undefined && found.length < most; item = queue.pop()) {
      const { product, node, taken } = item;
      if (node === NO_SETS) continue;
      if (node === EMPTY_SET) {
        found.push({ levels: unwind(taken), weight: product });
        continue;
      }
      const level = this.level[node] as number;
      const low = this.low[node] as number;
      const high = this.high[node] as number;
      const longer = product * (weight[level] ?? 0);
      if (low !== NO_SETS) queue.push({ bound: product * (best[low] as number), product, node: low, taken });
      queue.push({
        bound: longer * (best[high] as number),
        product: longer,
        node: high,
        taken: { level, rest: taken },
      });
    }
    return found;
  }

  /** All sets, smallest first, at most `most` of them. */
  smallest(family: number, most: number): number[][] {
    return this.top(family, new Float64Array(this.diagram.variables).fill(0.5), most).map(
      (set) => set.levels,
    );
  }

  /** The nodes of a family, children before their parents. */
  private below(family: number): number[] {
    if (family <= EMPTY_SET) return [];
    const marked = new Uint8Array(family + 1);
    marked[family] = 1;
    let count = 0;
    for (let node = family; node > EMPTY_SET; node--) {
      if (marked[node] === 0) continue;
      count++;
      marked[this.low[node] as number] = 1;
      marked[this.high[node] as number] = 1;
    }
    const found = new Array<number>(count);
    let at = 0;
    for (let node = 2; node <= family; node++) if (marked[node] === 1) found[at++] = node;
    return found;
  }
}

interface Taken {
  readonly level: number;
  readonly rest: Taken | undefined;
}

interface Item {
  readonly bound: number;
  readonly product: number;
  readonly node: number;
  readonly taken: Taken | undefined;
}

function unwind(taken: Taken | undefined): number[] {
  const levels: number[] = [];
  for (let item = taken; item !== undefined; item = item.rest) levels.push(item.level);
  return levels.reverse();
}

/** A binary heap, largest bound first; of equals the one that was put in first. */
class Queue {
  private readonly items: { readonly item: Item; readonly rank: number }[] = [];
  private rank = 0;

  push(item: Item): void {
    const { items } = this;
    items.push({ item, rank: this.rank++ });
    let at = items.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.before(at, parent)) break;
      this.swap(at, parent);
      at = parent;
    }
  }

  pop(): Item | undefined {
    const { items } = this;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined) return undefined;
    if (items.length > 0) {
      items[0] = last;
      let at = 0;
      for (;;) {
        const left = at * 2 + 1;
        if (left >= items.length) break;
        const child = left + 1 < items.length && this.before(left + 1, left) ? left + 1 : left;
        if (!this.before(child, at)) break;
        this.swap(child, at);
        at = child;
      }
    }
    return first.item;
  }

  private before(a: number, b: number): boolean {
    const left = this.items[a];
    const right = this.items[b];
    if (left === undefined || right === undefined) return false;
    return (
      left.item.bound > right.item.bound || (left.item.bound === right.item.bound && left.rank < right.rank)
    );
  }

  private swap(a: number, b: number): void {
    const left = this.items[a];
    const right = this.items[b];
    if (left === undefined || right === undefined) return;
    this.items[a] = right;
    this.items[b] = left;
  }
}
