import { Budget, type Losses, SAME, unknownWeight } from './losses.ts';

/** The providers to lose together that take most down. */
export interface WorstFound {
  readonly providers: readonly number[];
  readonly weight: number;
  /** No set of so many takes down more. Equal to `weight` where the search came to its end. */
  readonly atMost: number;
  /** Further sets of as many that do, of providers that take part in taking anything down; undefined where not all were looked at. */
  readonly ties: number | undefined;
}

/** Steps that one search may take. */
const STEPS = 300_000_000;

/**
 * Finds the set of `size` providers whose loss takes down the most weight, exactly by branch and bound. What is down is no submodular
 * function of what is lost (two alternatives do together what none does alone), so taking the worst one after another would not find it.
 *
 * With W1(x) the weight that x takes down alone, and P(xy), T(xyz) what hangs on just those sets:
 * W(xyz) ≤ Σ W1 + Σ P + T, and so W(S) ≤ Σ U(x) with U(x) = W1(x) + (k − 1)/2 · max P(x·) + ⅓ max T(x··), or, as every platform
 * that is down can be shared out among a set that took it down, with U(x) = Σ weight ÷ members of the smallest set that x is in.
 */
export function findWorst(losses: Losses, size: 1 | 2 | 3, steps = STEPS): WorstFound {
  const index = new WorstIndex(losses, size);
  const extra = unknownWeight(losses, size);
  const budget = new Budget(steps);
  const same = SAME * losses.total;
  let best: { providers: readonly number[]; weight: number } = { providers: [], weight: -1 };
  let ties = 0;
  let bound: number | undefined;
  const offer = (weight: number, providers: readonly number[]): void => {
    if (weight > best.weight + same) {
      best = { providers, weight };
      ties = 0;
    } else if (weight >= best.weight - same) ties++;
  };
  const { order, upper } = index;
  const U = (i: number): number => (i < order.length ? (upper[order[i] as number] as number) : 0);
  const x = (i: number): number => order[i] as number;
  const start = index.greedy(size);
  const beaten = (limit: number): boolean => limit < Math.max(best.weight, start) - same;
  outer: for (let i = 0; i < order.length; i++) {
    if (beaten(size === 1 ? U(i) : size === 2 ? U(i) + U(i + 1) : U(i) + U(i + 1) + U(i + 2))) break;
    const a = x(i);
    if (size === 1) {
      offer(index.single[a] as number, [a]);
      continue;
    }
    for (let j = i + 1; j < order.length; j++) {
      const rest = size === 2 ? U(i) + U(j) : U(i) + U(j) + U(j + 1);
      if (beaten(rest)) break;
      const b = x(j);
      const both = index.pair(a, b);
      let isOpen = budget.spend(10);
      if (size === 2) offer(both, [a, b]);
      else
        isOpen =
          index.thirds(a, b, both, j, beaten, (weight, c) => offer(weight, [a, b, c]), budget) && isOpen;
      if (isOpen) continue;
      bound = rest;
      break outer;
    }
  }
  // Fewer take part in taking anything down than are asked for.
  if (best.weight < 0)
    best = { providers: order.slice(0, size), weight: index.weightOf(order.slice(0, size)) };
  const atMost = Math.min(losses.total, Math.max(best.weight, bound ?? 0) + extra);
  const isExact = bound === undefined && extra === 0;
  return { providers: best.providers, weight: best.weight, atMost, ties: isExact ? ties : undefined };
}

/** What hangs on single providers, on pairs and on three, ready to be summed. */
class WorstIndex {
  readonly single: Float64Array;
  /** Most that a provider can add to a set: sums of these bound what the set takes down. */
  readonly upper: Float64Array;
  /** Providers that take part in taking anything down, those with the largest `upper` first. */
  readonly order: readonly number[];
  private readonly losses: Losses;
  /** Groups that a provider takes down alone. */
  private readonly alone: readonly (readonly number[])[];
  /** Sets of two or three that a provider is in. */
  private readonly sets: readonly (readonly SetOfGroup[])[];
  /** W(xy) − W1(x) − W1(y), by pair, where it is not 0. */
  private readonly pairs = new Map<number, number>();
  /** Most that a provider adds as the third of a set. */
  private readonly third: Float64Array;
  private readonly byThird: readonly number[];
  private readonly place: Int32Array;
  private readonly seen: Int32Array;
  private stamp = 0;

  constructor(losses: Losses, size: number) {
    const { providers: count, weights } = losses;
    this.losses = losses;
    this.single = new Float64Array(count);
    const share = new Float64Array(count);
    const alone: number[][] = Array.from({ length: count }, () => []);
    const sets: SetOfGroup[][] = Array.from({ length: count }, () => []);
    const joint = new Map<number, number>();
    const triple = new Map<string, number>();
    for (const [g, ways] of losses.sets.entries()) {
      const weight = weights[g] as number;
      const single: number[] = [];
      const smallest = new Map<number, number>();
      for (const way of ways) {
        if (way.length > size) continue;
        for (const one of way) smallest.set(one, Math.min(smallest.get(one) ?? size, way.length));
        const [a = 0, b = 0] = way;
        if (way.length === 1) {
          single.push(a);
          alone[a]?.push(g);
          this.single[a] = (this.single[a] as number) + weight;
          continue;
        }
        for (const one of way) sets[one]?.push({ group: g, members: way });
        if (way.length === 2) add(joint, a * count + b, weight);
        else triple.set(way.join(' '), (triple.get(way.join(' ')) ?? 0) + weight);
      }
      for (const [one, members] of smallest) share[one] = (share[one] as number) + weight / members;
      if (size > 1)
        for (let i = 0; i < single.length; i++)
          for (let j = i + 1; j < single.length; j++)
            add(this.pairs, keyOf(single[i] as number, single[j] as number, count), -weight);
    }
    const maxPair = new Float64Array(count);
    for (const [key, weight] of joint) {
      add(this.pairs, key, weight);
      raise(maxPair, Math.floor(key / count), weight);
      raise(maxPair, key % count, weight);
    }
    const maxTriple = new Float64Array(count);
    for (const [key, weight] of triple)
      for (const one of key.split(' ')) raise(maxTriple, Number(one), weight);
    this.alone = alone;
    this.sets = sets;
    this.upper = this.single.map((weight, i) =>
      Math.min(
        share[i] as number,
        weight + ((size - 1) / 2) * (maxPair[i] as number) + (maxTriple[i] as number) / 3,
      ),
    );
    this.third = this.single.map(
      (weight, i) => weight + (size - 1) * (maxPair[i] as number) + (maxTriple[i] as number),
    );
    const all = Array.from({ length: count }, (_, i) => i);
    this.order = sorted(all, this.upper);
    this.byThird = sorted(all, this.third);
    this.place = new Int32Array(count);
    for (const [i, one] of this.order.entries()) this.place[one] = i;
    this.seen = new Int32Array(losses.sets.length);
  }

  /** W(ab). */
  pair(a: number, b: number): number {
    const { single, losses } = this;
    return (
      (single[a] as number) + (single[b] as number) + (this.pairs.get(keyOf(a, b, losses.providers)) ?? 0)
    );
  }

  /** Looks at all third providers after place `from` that could make the set of a and b the worst. @returns false when steps ran out */
  thirds(
    a: number,
    b: number,
    both: number,
    from: number,
    beaten: (limit: number) => boolean,
    offer: (weight: number, c: number) => void,
    budget: Budget,
  ): boolean {
    const { byThird, third, place, alone, seen } = this;
    const { weights } = this.losses;
    const down = ++this.stamp;
    let isMarked = false;
    /** Groups that c would bring down with a, b or both, which it does not alone. */
    const more = new Map<number, number[]>();
    for (const c of byThird) {
      if (beaten(both + (third[c] as number))) break;
      if (c === a || c === b || (place[c] as number) <= from) {
        if (!budget.spend(1)) return false;
        continue;
      }
      if (!isMarked) {
        isMarked = true;
        if (!budget.spend(this.mark(a, b, down, more))) return false;
      }
      let weight = both;
      const own = alone[c] ?? [];
      for (const g of own) if (seen[g] !== down) weight += weights[g] as number;
      const joint = more.get(c);
      if (joint !== undefined) weight += this.added(joint, down, own);
      offer(weight, c);
      if (!budget.spend(own.length + 5)) return false;
    }
    return true;
  }

  /** Marks what is down with a and b, and notes what a third would add through sets with them. @returns steps */
  private mark(a: number, b: number, down: number, more: Map<number, number[]>): number {
    const { alone, seen, sets } = this;
    for (const one of [a, b]) for (const g of alone[one] ?? []) seen[g] = down;
    const own = [...(sets[a] ?? []), ...(sets[b] ?? [])];
    for (const { group, members } of own)
      if (members.length === 2 && members.includes(a) && members.includes(b)) seen[group] = down;
    for (const { group, members } of own) {
      if (seen[group] === down) continue;
      const rest = members.filter((one) => one !== a && one !== b);
      const c = rest[0];
      if (rest.length !== 1 || c === undefined) continue;
      const known = more.get(c);
      if (known === undefined) more.set(c, [group]);
      else known.push(group);
    }
    return own.length * 4 + (alone[a]?.length ?? 0) + (alone[b]?.length ?? 0);
  }

  /** Weight of groups, each once, that are neither down nor taken down by c alone. */
  private added(joint: readonly number[], down: number, own: readonly number[]): number {
    const { seen, losses } = this;
    const alone = new Set(own);
    let weight = 0;
    for (const g of new Set(joint))
      if (seen[g] !== down && !alone.has(g)) weight += losses.weights[g] as number;
    return weight;
  }

  /** What the worst come to when they are taken one after another: something that the worst set takes down at least. */
  greedy(size: number): number {
    const chosen: number[] = [];
    let reached = 0;
    for (let k = 0; k < size; k++) {
      let best = -1;
      for (const c of this.order.slice(0, 50)) {
        if (chosen.includes(c)) continue;
        const weight = this.weightOf([...chosen, c]);
        if (best >= 0 && weight <= reached) continue;
        reached = weight;
        best = c;
      }
      if (best >= 0) chosen.push(best);
    }
    return reached;
  }

  weightOf(chosen: readonly number[]): number {
    const lost = new Set(chosen);
    let weight = 0;
    const down = new Set<number>();
    for (const one of chosen) {
      for (const g of this.alone[one] ?? []) down.add(g);
      for (const { group, members } of this.sets[one] ?? [])
        if (members.every((member) => lost.has(member))) down.add(group);
    }
    for (const g of down) weight += this.losses.weights[g] as number;
    return weight;
  }
}

interface SetOfGroup {
  readonly group: number;
  readonly members: readonly number[];
}

function keyOf(a: number, b: number, count: number): number {
  return a < b ? a * count + b : b * count + a;
}

function add(map: Map<number, number>, key: number, weight: number): void {
  map.set(key, (map.get(key) ?? 0) + weight);
}

function raise(most: Float64Array, at: number, weight: number): void {
  if (weight > (most[at] as number)) most[at] = weight;
}

/** Those with a value above 0, the largest first; the first of equals first. */
function sorted(all: readonly number[], by: Float64Array): number[] {
  return all
    .filter((i) => (by[i] as number) > 0)
    .sort((a, b) => (by[b] as number) - (by[a] as number) || a - b);
}
