import { EMPTY_SET, NO_SETS, type CutSets } from './cut-sets.ts';

export interface WeighedSet {
  /** Variables, by level, rising. */
  readonly levels: number[];
  /** The product of their weights. */
  readonly weight: number;
}

/** Which sets are wanted: of at least that product, of at most so many variables. */
export interface SetLimits {
  readonly least: number;
  readonly largest: number;
}

/** Bounds are rounded otherwise than products are: a set at the very limit is not to be lost by that. */
const SLACK = 1 + 1e-9;
const NO_LIMITS: SetLimits = { least: 0, largest: Number.POSITIVE_INFINITY };

/**
 * The sets of a family with the largest products of `weight[level]`, largest first, without listing the others (best
 * first). Takes time and room in proportion to the nodes once, and to `most` times the size of a set.
 */
export function topSets(
  sets: CutSets,
  family: number,
  weight: Float64Array,
  most: number,
  { least, largest }: SetLimits = NO_LIMITS,
): WeighedSet[] {
  if (most === 0) return [];
  const best = bestProducts(sets, family, weight);
  const queue = new Queue();
  queue.push({
    bound: best[family] as number,
    product: 1,
    node: family,
    taken: undefined,
    modules: undefined,
  });
  const found: WeighedSet[] = [];
  for (let item = queue.pop(); item !== undefined && found.length < most; item = queue.pop()) {
    const { bound, product, node, taken, modules } = item;
    if (bound * SLACK < least) break;
    if (node === NO_SETS || (taken?.length ?? 0) > largest) continue;
    if (node === EMPTY_SET) {
      if (modules !== undefined)
        queue.push({ bound, product, node: modules.family, taken, modules: modules.rest });
      else if (product >= least) found.push({ levels: unwind(taken), weight: product });
      continue;
    }
    const level = sets.level[node] as number;
    const low = sets.low[node] as number;
    const high = sets.high[node] as number;
    const module = sets.familyAt(level);
    // The better child has the bound of its parent, to the bit: of equals it is taken next, and a set found in one go down.
    const whenOut = best[low] as number;
    const own = module === NO_SETS ? (weight[level] ?? 0) : (best[module] as number);
    const whenIn = own * (best[high] as number);
    const whole = best[node] as number;
    const without: Item = {
      bound: whenOut >= whenIn ? bound : bound * (whenOut / whole),
      product,
      node: low,
      taken,
      modules,
    };
    const withIt: Item = {
      bound: whenIn >= whenOut ? bound : bound * (whenIn / whole),
      product: module === NO_SETS ? product * own : product,
      node: high,
      taken: module === NO_SETS ? { level, length: (taken?.length ?? 0) + 1, rest: taken } : taken,
      modules: module === NO_SETS ? modules : { family: module, rest: modules },
    };
    if (whenIn < whenOut) queue.push(withIt);
    if (low !== NO_SETS) queue.push(without);
    if (whenIn >= whenOut) queue.push(withIt);
  }
  return found;
}

/** Sets of a family, smallest first, at most `most` of them. */
export function smallestSets(sets: CutSets, family: number, most: number): number[][] {
  const weight = new Float64Array(sets.diagram.variables).fill(0.5);
  return topSets(sets, family, weight, most).map(({ levels }) => levels);
}

/**
 * Visits all sets of a family within limits, one after the other, in no order that means anything.
 *
 * @param visit is given the levels of a set, which are overwritten afterwards, and its product; true stops
 */
export function visitSets(
  sets: CutSets,
  family: number,
  weight: Float64Array,
  limits: SetLimits,
  visit: (levels: readonly number[], product: number) => boolean | undefined,
): void {
  const best = bestProducts(sets, family, weight);
  const levels: number[] = [];
  const waiting: Waiting[] = [{ node: family, product: 1, length: 0, level: -1, modules: undefined }];
  for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
    const { node, product, length, level: taken, modules } = item;
    levels.length = length;
    if (taken >= 0) levels[length - 1] = taken;
    const rest = modules === undefined ? 1 : modules.best;
    if (node === NO_SETS || length > limits.largest) continue;
    if (product * (best[node] as number) * rest * SLACK < limits.least) continue;
    if (node === EMPTY_SET) {
      if (modules !== undefined)
        waiting.push({ node: modules.family, product, length, level: -1, modules: modules.rest });
      else if (product >= limits.least && visit(levels, product) === true) return;
      continue;
    }
    const level = sets.level[node] as number;
    const high = sets.high[node] as number;
    const module = sets.familyAt(level);
    waiting.push({ node: sets.low[node] as number, product, length, level: -1, modules });
    if (module !== NO_SETS) {
      const later = { family: module, rest: modules, best: rest * (best[module] as number) };
      waiting.push({ node: high, product, length, level: -1, modules: later });
    } else {
      const longer = product * (weight[level] ?? 0);
      waiting.push({ node: high, product: longer, length: length + 1, level, modules });
    }
  }
}

/** By node, the largest product of any of its sets. */
function bestProducts(sets: CutSets, family: number, weight: Float64Array): Float64Array {
  const best = new Float64Array(Math.max(family, EMPTY_SET) + 1);
  best[EMPTY_SET] = 1;
  for (const node of sets.below(family)) {
    const level = sets.level[node] as number;
    const module = sets.familyAt(level);
    const own = module === NO_SETS ? (weight[level] as number) : (best[module] as number);
    best[node] = Math.max(
      own * (best[sets.high[node] as number] as number),
      best[sets.low[node] as number] as number,
    );
  }
  return best;
}

/** Modules whose sets are still to be put in. */
interface Modules {
  readonly family: number;
  readonly rest: Modules | undefined;
}

/** The same with the largest product that their sets can have. */
interface BoundedModules {
  readonly family: number;
  readonly rest: BoundedModules | undefined;
  readonly best: number;
}

interface Waiting {
  readonly node: number;
  readonly product: number;
  /** Of the set, the level below among it; −1 where none was taken. */
  readonly length: number;
  readonly level: number;
  readonly modules: BoundedModules | undefined;
}

interface Taken {
  readonly level: number;
  /** Of it and the rest. */
  readonly length: number;
  readonly rest: Taken | undefined;
}

interface Item {
  readonly bound: number;
  readonly product: number;
  readonly node: number;
  readonly taken: Taken | undefined;
  readonly modules: Modules | undefined;
}

function unwind(taken: Taken | undefined): number[] {
  const levels: number[] = [];
  for (let item = taken; item !== undefined; item = item.rest) levels.push(item.level);
  return levels.sort((a, b) => a - b);
}

/** A binary heap, largest bound first; of equals the one that was put in last. */
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
      left.item.bound > right.item.bound || (left.item.bound === right.item.bound && left.rank > right.rank)
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
