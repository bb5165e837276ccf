import { PROTECTIONS, type Model } from '../model/index.ts';
import {
  HIGHEST,
  IN_USE,
  KTH,
  layoutOf,
  LEAF,
  LOWEST,
  POOL,
  TOLERANCE,
  type ModePoint,
  type PoolPoint,
  type SwitchPoint,
} from './layout.ts';
import { NumberSet } from './number-set.ts';
import type { Signals } from './signals.ts';

const ALL_PROTECTIONS = (1 << PROTECTIONS.length) - 1;

/** What is asked of a pool, and the node that answers it. */
export interface Ask {
  readonly node: number;
  readonly pool: number;
  readonly amount: number;
}

/**
 * A model as a flat network of levels: each requirement once, those it needs before it. A change of a signal is carried
 * upwards only as far as it changes anything, so a step costs what it changes and not what there is.
 */
export class Network {
  readonly switches: readonly SwitchPoint[];
  readonly pools: readonly PoolPoint[];
  /** By journey, its modes. */
  readonly modes: readonly (readonly ModePoint[])[];
  readonly level: Float64Array;
  readonly mask: Uint8Array;
  /** Nodes that changed since the caller last emptied it. */
  readonly changed: NumberSet;
  /** Whether a pool that is asked for more than it has serves what it can. */
  private readonly isShedding: boolean;
  private readonly kind: Uint8Array;
  private readonly parameter: Float64Array;
  private readonly point: Int32Array;
  private readonly ownMask: Uint8Array;
  private readonly argStart: Int32Array;
  private readonly args: Int32Array;
  private readonly parentStart: Int32Array;
  private readonly parents: Int32Array;
  private readonly leafStart: Int32Array;
  private readonly leaves: Int32Array;
  private readonly signal: Float64Array;
  /** By switch point, the alternative in use. */
  private readonly inUse: Int32Array;
  /** By pool, what others have been granted of it. */
  private readonly taken: Float64Array;
  private readonly carries: readonly (readonly number[])[];
  private readonly works: number;
  /** Levels of the members of one node while they are being sorted. */
  private readonly sorted: Float64Array;
  /** Nodes that have to be read again, as bits; and which words of those bits are not empty. */
  private readonly dirty: Int32Array;
  private readonly dirtyWords: Int32Array;

  constructor(model: Model, signals: Signals, isShedding: boolean) {
    const layout = layoutOf(model, signals);
    this.isShedding = isShedding;
    this.switches = layout.switches;
    this.pools = layout.pools.map((pool) => ({ ...pool, grown: new Float64Array(pool.health.length) }));
    this.modes = layout.modes;
    this.works = layout.works;
    this.carries = layout.carries;
    this.kind = layout.kind;
    this.parameter = layout.parameter;
    this.point = layout.point;
    this.ownMask = layout.ownMask;
    this.argStart = layout.argStart;
    this.args = layout.args;
    this.parentStart = layout.parentStart;
    this.parents = layout.parents;
    this.leafStart = layout.leafStart;
    this.leaves = layout.leaves;
    this.inUse = new Int32Array(this.switches.length);
    this.taken = new Float64Array(this.pools.length);
    this.signal = new Float64Array(signals.count).fill(1);
    this.level = new Float64Array(layout.nodes);
    this.mask = new Uint8Array(layout.nodes);
    this.changed = new NumberSet(layout.nodes);
    this.sorted = new Float64Array(layout.mostArgs);
    this.dirty = new Int32Array((layout.nodes >>> 5) + 1);
    this.dirtyWords = new Int32Array((this.dirty.length >>> 5) + 1);
    for (let node = 0; node < layout.nodes; node++) this.evaluate(node);
  }

  /** @param level share of requests answered, 0 to 1 */
  set(signal: number, level: number): void {
    if (this.signal[signal] === level) return;
    this.signal[signal] = level;
    for (let i = this.leafStart[signal] ?? 0; i < (this.leafStart[signal + 1] ?? 0); i++)
      this.touch(this.leaves[i] ?? 0);
  }

  /** Users of a switch point are on another alternative now. */
  use(point: number, alternative: number): void {
    if (this.inUse[point] === alternative) return;
    this.inUse[point] = alternative;
    for (const node of this.switches[point]?.nodes ?? []) this.touch(node);
  }

  /** How much of a pool others have been granted already; infinite: it answers nobody. */
  take(point: number, amount: number): void {
    if (this.taken[point] === amount) return;
    this.taken[point] = amount;
    for (const node of this.pools[point]?.nodes ?? []) this.touch(node);
  }

  /** What a member of a pool has grown by. */
  grow(point: number, member: number, amount: number): void {
    const pool = this.pools[point];
    if (pool === undefined || pool.grown[member] === amount) return;
    pool.grown[member] = amount;
    for (const node of pool.nodes) this.touch(node);
  }

  /** The capacity of a pool as it is, growth aside, at the highest load. */
  capacity(point: number): number {
    const pool = this.pools[point];
    let sum = 0;
    for (const [i, node] of (pool?.health ?? []).entries())
      sum += (this.level[node] ?? 0) * (pool?.capacity[i] ?? 0);
    return sum;
  }

  /** The capacity of a pool as one of its asks sees it, growth included. */
  capacityAt(node: number): number {
    return this.capacityOf(node, this.argStart[node] ?? 0, this.argStart[node + 1] ?? 0);
  }

  /** The most that is asked of a pool anywhere. */
  mostAsked(point: number): number {
    return (this.pools[point]?.nodes ?? []).reduce(
      (most, node) => Math.max(most, this.parameter[node] ?? 0),
      0,
    );
  }

  /** What those who rely on a node ask of pools as things are: of the alternatives in use, and of every member. */
  asksUnder(start: number): Ask[] {
    const asks: Ask[] = [];
    const seen = new Set([start]);
    const waiting = [start];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (this.kind[node] === LEAF) continue;
      if (this.kind[node] === POOL)
        asks.push({ node, pool: this.point[node] ?? 0, amount: this.parameter[node] ?? 0 });
      for (const arg of this.relied(node))
        if (!seen.has(arg)) {
          seen.add(arg);
          waiting.push(arg);
        }
    }
    return asks;
  }

  /** The arguments that make a node what it is. */
  private relied(node: number): ArrayLike<number> & Iterable<number> {
    const start = this.argStart[node] ?? 0;
    const end = this.argStart[node + 1] ?? 0;
    if (this.kind[node] === IN_USE) return [this.args[start + (this.inUse[this.point[node] ?? 0] ?? 0)] ?? 0];
    if (this.kind[node] === HIGHEST) return [this.highest(start, end)];
    return this.args.subarray(start, end);
  }

  /** Carries every change upwards; what has changed is in `changed`. */
  propagate(): void {
    for (let node = this.takeDirty(); node >= 0; node = this.takeDirty()) {
      const level = this.level[node];
      const mask = this.mask[node];
      this.evaluate(node);
      if (this.level[node] === level && this.mask[node] === mask) continue;
      this.changed.add(node);
      for (let i = this.parentStart[node] ?? 0; i < (this.parentStart[node + 1] ?? 0); i++)
        this.touch(this.parents[i] ?? 0);
    }
  }

  private evaluate(node: number): void {
    const start = this.argStart[node] ?? 0;
    const end = this.argStart[node + 1] ?? 0;
    switch (this.kind[node]) {
      case LEAF:
        this.level[node] = this.lowestSignal(start, end);
        this.mask[node] = this.ownMask[node] ?? 0;
        return;
      case LOWEST:
        this.evaluateLowest(node, start, end);
        return;
      case IN_USE: {
        const point = this.point[node] ?? 0;
        const option = this.inUse[point] ?? 0;
        const used = this.args[start + option] ?? 0;
        const most = (this.carries[point]?.[option] ?? 1) / (this.parameter[node] ?? 1);
        const level = this.level[used] ?? 0;
        this.level[node] = most < level ? most : level;
        this.mask[node] = this.mask[used] ?? 0;
        return;
      }
      case HIGHEST:
        this.evaluateHighest(node, start, end);
        return;
      case KTH:
        this.mask[node] = this.maskOfWorking(start, end);
        this.level[node] = this.kthHighest(start, end, this.parameter[node] ?? 1);
        return;
      default: {
        const capacity = this.capacityOf(node, start, end) - (this.taken[this.point[node] ?? 0] ?? 0);
        const asked = this.parameter[node] ?? 1;
        this.mask[node] = this.maskOfWorking(start, end);
        if (capacity >= asked * (1 - TOLERANCE)) this.level[node] = 1;
        else this.level[node] = this.isShedding && capacity > 0 ? capacity / asked : 0;
      }
    }
  }

  private lowestSignal(start: number, end: number): number {
    let lowest = 1;
    for (let i = start; i < end; i++) {
      const level = this.signal[this.args[i] ?? 0] ?? 1;
      if (level < lowest) lowest = level;
    }
    return lowest;
  }

  private evaluateLowest(node: number, start: number, end: number): void {
    let lowest = 1;
    let mask = this.ownMask[node] ?? 0;
    for (let i = start; i < end; i++) {
      const arg = this.args[i] ?? 0;
      const level = this.level[arg] ?? 0;
      if (level < lowest) lowest = level;
      mask |= this.mask[arg] ?? 0;
    }
    this.level[node] = lowest;
    this.mask[node] = mask;
  }

  private evaluateHighest(node: number, start: number, end: number): void {
    const best = this.highest(start, end);
    this.level[node] = this.level[best] ?? 0;
    this.mask[node] = this.mask[best] ?? 0;
  }

  /** The first of those with the highest level. */
  private highest(start: number, end: number): number {
    let best = this.args[start] ?? 0;
    for (let i = start + 1; i < end; i++) {
      const arg = this.args[i] ?? 0;
      if ((this.level[arg] ?? 0) > (this.level[best] ?? 0)) best = arg;
    }
    return best;
  }

  private maskOfWorking(start: number, end: number): number {
    let mask = ALL_PROTECTIONS;
    for (let i = start; i < end; i++) {
      const arg = this.args[i] ?? 0;
      if ((this.level[arg] ?? 0) >= this.works - TOLERANCE) mask &= this.mask[arg] ?? 0;
    }
    return mask;
  }

  private kthHighest(start: number, end: number, k: number): number {
    if (k === 1) {
      let highest = 0;
      for (let i = start; i < end; i++) highest = Math.max(highest, this.level[this.args[i] ?? 0] ?? 0);
      return highest;
    }
    const { sorted } = this;
    for (let i = start; i < end; i++) {
      const level = this.level[this.args[i] ?? 0] ?? 0;
      let at = i - start;
      for (; at > 0 && (sorted[at - 1] ?? 0) < level; at--) sorted[at] = sorted[at - 1] ?? 0;
      sorted[at] = level;
    }
    return sorted[k - 1] ?? 0;
  }

  private capacityOf(node: number, start: number, end: number): number {
    const pool = this.pools[this.point[node] ?? 0];
    let sum = 0;
    for (let i = start; i < end; i++)
      sum +=
        (this.level[this.args[i] ?? 0] ?? 0) *
        ((pool?.capacity[i - start] ?? 0) + (pool?.grown[i - start] ?? 0));
    return sum;
  }

  private touch(node: number): void {
    const word = node >>> 5;
    this.dirty[word] = (this.dirty[word] ?? 0) | (1 << (node & 31));
    this.dirtyWords[word >>> 5] = (this.dirtyWords[word >>> 5] ?? 0) | (1 << (word & 31));
  }

  /** The lowest node that has to be read again; -1 when none has. */
  private takeDirty(): number {
    const { dirty, dirtyWords } = this;
    for (let group = 0; group < dirtyWords.length; group++) {
      const words = dirtyWords[group] ?? 0;
      if (words === 0) continue;
      const word = (group << 5) | lowestBit(words);
      const nodes = dirty[word] ?? 0;
      const left = nodes & (nodes - 1);
      dirty[word] = left;
      if (left === 0) dirtyWords[group] = words & (words - 1);
      return (word << 5) | lowestBit(nodes);
    }
    return -1;
  }
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
