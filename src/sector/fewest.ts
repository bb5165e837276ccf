import { Budget, type Losses, SAME, unknownWeight } from './losses.ts';

/** The fewest providers whose loss takes down so much. */
export interface FewestFound {
  /** At least so many are needed. */
  readonly atLeast: number;
  /** So many do, or nothing that is known does. */
  readonly providers: readonly number[] | undefined;
}

const STEPS = 30_000_000;

/**
 * Finds the fewest providers whose loss takes down at least `wanted`: a bound from below by shares (each platform that is down is shared
 * out among the members of a set that took it down), one from above by taking the best one after another, and between them a search by
 * branch and bound for each number in turn.
 */
export function findFewest(losses: Losses, wanted: number, steps = STEPS): FewestFound {
  const goal = wanted - SAME * losses.total;
  const search = new FewestSearch(losses, goal, new Budget(steps));
  const found = search.greedy();
  let atLeast = search.lowerBound();
  let best = found;
  while (best === undefined || atLeast < best.length) {
    if (atLeast > losses.providers) return { atLeast, providers: undefined };
    if (unknownWeight(losses, atLeast) > 0) break;
    const answer = search.ofSize(atLeast);
    if (answer === 'unknown') break;
    if (answer === 'none') atLeast++;
    else best = answer;
    if (best === undefined && search.isHopeless) return { atLeast, providers: undefined };
  }
  return { atLeast, providers: best };
}

class FewestSearch {
  private readonly losses: Losses;
  private readonly goal: number;
  private readonly budget: Budget;
  /** By provider, the sets that it is in. */
  private readonly within: readonly (readonly number[])[];
  private readonly members: readonly (readonly number[])[];
  private readonly owner: Int32Array;
  /** Members of a set that are not lost yet. */
  private readonly left: Int32Array;
  private readonly banned: Int32Array;
  private readonly downBy: Int32Array;
  private readonly lostNow: Uint8Array;
  /** Members missing in the smallest set of the group that is looked at; 0 between two groups. */
  private readonly least: Int32Array;
  private weight = 0;
  /** Everything that can be lost does not take down so much. */
  readonly isHopeless: boolean;

  constructor(losses: Losses, goal: number, budget: Budget) {
    this.losses = losses;
    this.goal = goal;
    this.budget = budget;
    const within: number[][] = Array.from({ length: losses.providers }, () => []);
    const members: (readonly number[])[] = [];
    const owner: number[] = [];
    let reachable = 0;
    for (const [g, ways] of losses.sets.entries()) {
      if (ways.length > 0) reachable += losses.weights[g] as number;
      for (const way of ways) {
        for (const one of way) within[one]?.push(members.length);
        members.push(way);
        owner.push(g);
      }
    }
    this.within = within;
    this.members = members;
    this.owner = Int32Array.from(owner);
    this.left = Int32Array.from(members, (way) => way.length);
    this.banned = new Int32Array(members.length);
    this.downBy = new Int32Array(losses.sets.length);
    this.lostNow = new Uint8Array(losses.providers);
    this.least = new Int32Array(losses.providers);
    this.isHopeless = reachable < goal && unknownWeight(losses, losses.providers) === 0;
  }

  /** So many at least: what the best of them come to, shared out, reaches the goal. */
  lowerBound(): number {
    const shares = [...this.shares()].sort((a, b) => b - a);
    let sum = unknownWeight(this.losses, this.losses.providers);
    for (const [i, share] of shares.entries()) {
      if (sum >= this.goal) return i;
      sum += share;
      if (share === 0) return i;
    }
    return shares.length;
  }

  greedy(): readonly number[] | undefined {
    if (this.isHopeless) return undefined;
    const chosen: number[] = [];
    while (this.weight < this.goal) {
      const gains = this.gains();
      const shares = this.shares();
      let best = -1;
      for (let one = 0; one < gains.length; one++) {
        if ((shares[one] as number) <= 0) continue;
        const better =
          best < 0 ||
          (gains[one] as number) > (gains[best] as number) ||
          ((gains[one] as number) === (gains[best] as number) &&
            (shares[one] as number) > (shares[best] as number));
        if (better) best = one;
      }
      if (best < 0) break;
      this.lose(best);
      chosen.push(best);
    }
    const isEnough = this.weight >= this.goal;
    for (const one of chosen.toReversed()) this.regain(one);
    return isEnough ? this.pruned(chosen) : undefined;
  }

  /** Without those that are not needed. */
  private pruned(chosen: readonly number[]): readonly number[] {
    let kept = [...chosen];
    for (const one of kept) this.lose(one);
    for (const one of chosen) {
      this.regain(one);
      if (this.weight >= this.goal) kept = kept.filter((other) => other !== one);
      else this.lose(one);
    }
    for (const one of kept) this.regain(one);
    return kept;
  }

  /** A set of `size` that is enough, `none`, or `unknown` when the budget is spent. */
  ofSize(size: number): readonly number[] | 'none' | 'unknown' {
    if (this.weight >= this.goal) return [];
    if (size === 0) return 'none';
    const shares = this.shares();
    if (!this.budget.spend(this.members.length * 10 + shares.length * 40)) return 'unknown';
    const order = [...shares.keys()]
      .filter((one) => (shares[one] as number) > 0)
      .sort((a, b) => (shares[b] as number) - (shares[a] as number));
    const tried: number[] = [];
    let answer: readonly number[] | 'none' | 'unknown' = 'none';
    for (let i = 0; i < order.length; i++) {
      let sum = this.weight;
      for (let j = i; j < i + size && j < order.length; j++) sum += shares[order[j] as number] as number;
      if (sum < this.goal) break;
      const one = order[i] as number;
      const before = this.weight;
      this.lose(one);
      const rest = this.ofSize(size - 1);
      this.regain(one);
      this.weight = before;
      if (rest !== 'none') {
        answer = rest === 'unknown' ? rest : [one, ...rest];
        break;
      }
      // Sets with it have all been looked at.
      tried.push(one);
      for (const way of this.within[one] ?? []) this.banned[way] = (this.banned[way] as number) + 1;
    }
    for (const one of tried)
      for (const way of this.within[one] ?? []) this.banned[way] = (this.banned[way] as number) - 1;
    return answer;
  }

  /** By provider, the most that it can be given of what is not down: weight ÷ members missing in the smallest set that it is in. */
  private shares(): Float64Array {
    const { owner, left, banned, downBy, members, lostNow, least, losses } = this;
    const shares = new Float64Array(losses.providers);
    let group = -1;
    let from = 0;
    const flush = (to: number): void => {
      const weight = losses.weights[group] as number;
      for (let way = from; way < to; way++)
        for (const one of members[way] as readonly number[]) {
          const missing = least[one] as number;
          if (missing === 0) continue;
          shares[one] = (shares[one] as number) + weight / missing;
          least[one] = 0;
        }
    };
    for (let way = 0; way < members.length; way++) {
      const g = owner[way] as number;
      if (g !== group) {
        if (group >= 0 && downBy[group] === 0) flush(way);
        group = g;
        from = way;
      }
      if ((downBy[g] as number) > 0 || (banned[way] as number) > 0) continue;
      const missing = left[way] as number;
      for (const one of members[way] as readonly number[]) {
        if (lostNow[one] === 1) continue;
        const known = least[one] as number;
        if (known === 0 || missing < known) least[one] = missing;
      }
    }
    if (group >= 0 && downBy[group] === 0) flush(members.length);
    return shares;
  }

  /** By provider, what its loss adds now. */
  private gains(): Float64Array {
    const gains = new Float64Array(this.losses.providers);
    const { owner, left, downBy, members } = this;
    let group = -1;
    const once = new Set<number>();
    for (let way = 0; way < members.length; way++) {
      const g = owner[way] as number;
      if (g !== group) once.clear();
      group = g;
      if ((downBy[g] as number) > 0 || left[way] !== 1) continue;
      const last = members[way]?.find((one) => this.lostNow[one] !== 1);
      if (last === undefined || once.has(last)) continue;
      once.add(last);
      gains[last] = (gains[last] as number) + (this.losses.weights[g] as number);
    }
    return gains;
  }

  private lose(one: number): void {
    this.lostNow[one] = 1;
    for (const way of this.within[one] ?? []) {
      const left = (this.left[way] as number) - 1;
      this.left[way] = left;
      if (left > 0) continue;
      const g = this.owner[way] as number;
      const by = (this.downBy[g] as number) + 1;
      this.downBy[g] = by;
      if (by === 1) this.weight += this.losses.weights[g] as number;
    }
  }

  private regain(one: number): void {
    this.lostNow[one] = 0;
    for (const way of this.within[one] ?? []) {
      const left = (this.left[way] as number) + 1;
      this.left[way] = left;
      if (left > 1) continue;
      const g = this.owner[way] as number;
      const by = (this.downBy[g] as number) - 1;
      this.downBy[g] = by;
      if (by === 0) this.weight -= this.losses.weights[g] as number;
    }
  }
}
