import { type FormulaId, type FormulaStore, GATE } from './formula.ts';
import type { Region } from './modules.ts';

/** A region's leaves in the order in which the diagram asks for them. */
export type Order = (store: FormulaStore, region: Region) => FormulaId[];

/**
 * Depth-first, at each gate the smaller arguments first: what belongs together stays together.
 */
export const depthFirst: Order = (store, region) => {
  const weight = weightsOf(store, region);
  return walk(store, region, (args) =>
    [...args].sort((a, b) => (weight.get(a) ?? 1) - (weight.get(b) ?? 1) || a - b),
  );
};

/** Depth-first in the order in which the arguments were written. */
export const asWritten: Order = (store, region) => walk(store, region, (args) => args);

/** Depth-first, at each gate those first that most others use too. */
export const mostUsedFirst: Order = (store, region) => {
  const users = usersOf(store, region);
  return walk(store, region, (args) =>
    [...args].sort(
      (a, b) =>
        Number(isLeaf(store, b)) - Number(isLeaf(store, a)) ||
        (users.get(b) ?? 0) - (users.get(a) ?? 0) ||
        a - b,
    ),
  );
};

/** Depth-first, gates before leaves, at each gate those first that most others use too. */
export const gatesFirst: Order = (store, region) => {
  const users = usersOf(store, region);
  return walk(store, region, (args) =>
    [...args].sort(
      (a, b) =>
        Number(isLeaf(store, a)) - Number(isLeaf(store, b)) ||
        (users.get(b) ?? 0) - (users.get(a) ?? 0) ||
        a - b,
    ),
  );
};

/** Largest arguments first. */
export const heaviestFirst: Order = (store, region) => {
  const weight = weightsOf(store, region);
  return walk(store, region, (args) =>
    [...args].sort((a, b) => (weight.get(b) ?? 1) - (weight.get(a) ?? 1) || a - b),
  );
};

function isLeaf(store: FormulaStore, id: FormulaId): boolean {
  return store.kind(id) <= GATE.VARIABLE;
}

/** Leaves under a gate, each as often as it is met. */
function weightsOf(store: FormulaStore, region: Region): Map<FormulaId, number> {
  const weights = new Map<FormulaId, number>();
  for (const gate of region.gates) {
    let weight = 0;
    for (const arg of store.args(gate)) weight += weights.get(arg) ?? 1;
    weights.set(gate, Math.min(weight, 1e15));
  }
  return weights;
}

function usersOf(store: FormulaStore, region: Region): Map<FormulaId, number> {
  const users = new Map<FormulaId, number>();
  for (const gate of region.gates)
    for (const arg of store.args(gate)) users.set(arg, (users.get(arg) ?? 0) + 1);
  return users;
}

function walk(
  store: FormulaStore,
  region: Region,
  sorted: (args: readonly FormulaId[]) => readonly FormulaId[],
): FormulaId[] {
  const inside = new Set(region.gates);
  const order: FormulaId[] = [];
  const seen = new Set<FormulaId>();
  const waiting: FormulaId[] = [...region.roots].reverse();
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    if (!inside.has(id)) {
      order.push(id);
      continue;
    }
    const args = sorted(store.args(id));
    for (let i = args.length - 1; i >= 0; i--) waiting.push(args[i] as number);
  }
  return order;
}

/**
 * Dynamic weight assignment (Minato, Ishiura and Yajima 1990): a weight of one at the root is shared out downwards; the
 * leaf that gathers most comes first, is taken away, and the rest is weighed again.
 */
export const dynamicWeight: Order = (store, region) => {
  const index = new Map<FormulaId, number>();
  for (const id of region.leaves) index.set(id, index.size);
  for (const id of region.gates) index.set(id, index.size);
  const leafCount = region.leaves.length;
  const args = region.gates.map((gate) => Int32Array.from(store.args(gate), (arg) => index.get(arg) ?? 0));
  const gone = new Uint8Array(index.size);
  const weight = new Float64Array(index.size);
  const order: FormulaId[] = [];
  while (order.length < leafCount) {
    weight.fill(0);
    for (const root of region.roots) weight[index.get(root) ?? 0] = 1;
    for (let g = args.length - 1; g >= 0; g--) {
      const own = weight[leafCount + g] as number;
      if (own === 0) continue;
      const below = args[g] as Int32Array; // g runs over its indices
      let left = 0;
      for (let i = 0; i < below.length; i++) if (gone[below[i] as number] === 0) left++;
      const share = own / left;
      for (let i = 0; i < below.length; i++) {
        const at = below[i] as number;
        if (gone[at] === 0) weight[at] = (weight[at] as number) + share;
      }
    }
    let best = -1;
    for (let i = 0; i < leafCount; i++)
      if (gone[i] === 0 && (best < 0 || (weight[i] as number) > (weight[best] as number))) best = i;
    if (best < 0) break;
    gone[best] = 1;
    order.push(region.leaves[best] as number);
    for (let g = 0; g < args.length; g++) {
      if (gone[leafCount + g] === 1) continue;
      const below = args[g] as Int32Array; // as above
      let empty = true;
      for (let i = 0; i < below.length; i++) if (gone[below[i] as number] === 0) empty = false;
      if (empty) gone[leafCount + g] = 1;
    }
  }
  return order;
};

const PASSES = 40;

/**
 * FORCE (Aloul, Markov and Sakallah 2003): every gate pulls itself and its arguments to their common centre; leaves and
 * gates are put in the order of where they are pulled, again and again. Starts from depth-first.
 */
export const force: Order = (store, region) => {
  const leaves = depthFirst(store, region);
  const { pulls, position } = pullsOf(store, region, leaves);
  let at = ranked(position);
  let best = Infinity;
  let bestAt = at;
  for (let pass = 0; pass < PASSES; pass++) {
    const sum = new Float64Array(at.length);
    const count = new Float64Array(at.length);
    let span = 0;
    for (let p = 0; p < pulls.length; p++) {
      const pull = pulls[p] as Int32Array; // p runs over its indices
      let centre = 0;
      let low = Infinity;
      let high = -Infinity;
      for (let i = 0; i < pull.length; i++) {
        const x = at[pull[i] as number] as number;
        centre += x;
        if (x < low) low = x;
        if (x > high) high = x;
      }
      centre /= pull.length;
      span += high - low;
      for (let i = 0; i < pull.length; i++) {
        const one = pull[i] as number;
        sum[one] = (sum[one] as number) + centre;
        count[one] = (count[one] as number) + 1;
      }
    }
    if (span < best) {
      best = span;
      bestAt = at;
    } else if (pass > 10 && span >= best * 0.999) break;
    for (let i = 0; i < sum.length; i++)
      sum[i] = count[i] === 0 ? (at[i] as number) : (sum[i] as number) / (count[i] as number);
    at = ranked(sum);
  }
  const places = bestAt;
  return leaves
    .map((_, i) => i)
    .sort((a, b) => (places[a] as number) - (places[b] as number))
    .map((i) => leaves[i] as number);
};

/** What each gate pulls, itself first, by place: leaves in their order, then gates, each at the middle of its arguments. */
function pullsOf(
  store: FormulaStore,
  region: Region,
  leaves: readonly FormulaId[],
): { readonly pulls: readonly Int32Array[]; readonly position: Float64Array } {
  const place = new Map<FormulaId, number>();
  for (const leaf of leaves) place.set(leaf, place.size);
  const position = new Float64Array(leaves.length + region.gates.length);
  for (let i = 0; i < leaves.length; i++) position[i] = i;
  const pulls = region.gates.map((gate) => {
    const args = store.args(gate);
    const own = place.size;
    const pull = new Int32Array(args.length + 1);
    pull[0] = own;
    let sum = 0;
    for (let i = 0; i < args.length; i++) {
      const at = place.get(args[i] as number) ?? 0;
      pull[i + 1] = at;
      sum += position[at] as number;
    }
    place.set(gate, own);
    position[own] = sum / args.length;
    return pull;
  });
  return { pulls, position };
}

/** The place of each number among all of them, equals in their order. */
function ranked(numbers: Float64Array): Float64Array {
  const sorted = numbers.slice().sort();
  const next = new Map<number, number>();
  for (let rank = sorted.length - 1; rank >= 0; rank--) next.set(sorted[rank] as number, rank);
  return numbers.map((number) => {
    const rank = next.get(number) ?? 0;
    next.set(number, rank + 1);
    return rank;
  });
}

/** All of them, in the order in which they are tried. */
export const ORDERS: readonly Order[] = [
  depthFirst,
  dynamicWeight,
  heaviestFirst,
  mostUsedFirst,
  force,
  gatesFirst,
  asWritten,
];
