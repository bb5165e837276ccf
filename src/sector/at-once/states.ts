import type { Part, Variables } from './conditioning.ts';
import { Spread } from './spread.ts';

/**
 * The spread of how much is down, by going through the states of the providers in the order of how likely they are: none down, one, two
 * together, and so on, as far as the steps reach. What is not looked at is carried along as pieces of which only bounds are known: at
 * least what is down already, at most what one, two, … or any further providers could add. Those on whom most hangs are looked at first,
 * so that what could be added is soon little.
 *
 * @param grid bounds of what is not looked at are widened to multiples of it, which thresholds should be
 */
export function spreadByStates(
  parts: readonly Part[],
  variables: Variables,
  { steps, grid }: { readonly steps: number; readonly grid: number },
): Spread {
  const search = new StateSearch(parts, variables, grid);
  let last: Spread | undefined;
  let used = 0;
  for (let floor = 1e-4; ; floor /= 8) {
    const { spread, taken, isWhole } = search.run(floor, steps - used);
    used += taken;
    if (spread === undefined) break;
    last = spread;
    // The next floor takes several times as long.
    if (isWhole || used + taken * 3 > steps) break;
  }
  return last ?? search.nothing();
}

/** Most providers down at once in a state that is looked at. */
const MOST_DOWN = 1000;
/** Sets of so many and more are taken together. */
const SIZES = 6;
/** So many on whom most hangs come first, whatever their chances. */
const FIRST = 40;

class StateSearch {
  /** By place in the order: a few on whom most hangs, then the rest, those that are down most often first. */
  private readonly odds: Float64Array;
  /** What it adds to the rate at which a state is left. @unit per year */
  private readonly rate: Float64Array;
  /** Sets that the provider is in, those of one group after each other. */
  private readonly within: readonly Int32Array[];
  /** What hangs on the provider in any way. */
  private readonly touch: Float64Array;
  /** Where all that is down is shared out among those that took it down: the most that it could be given. */
  private readonly share: Float64Array;
  /** The group of a set, and how many of its members are up. */
  private readonly owner: Int32Array;
  private readonly left: Int32Array;
  /** Sets of a group that are down whole. */
  private readonly downBy: Int32Array;
  private readonly amounts: Float64Array;
  private readonly total: number;
  /** Of those from a place on: the sum over sets of one, two, three, and more of them of the product of their odds … */
  private readonly mass: readonly Float64Array[];
  /** … and of the same times the sum of their rates. */
  private readonly flow: readonly Float64Array[];
  /** Of all of `mass`. */
  private readonly all: Float64Array;
  /** The most that one, two and three from a place on could add to what is down, and could be given. */
  private readonly reach: readonly Float64Array[];
  private readonly give: readonly Float64Array[];
  /** That all are up; how often one fails then, and how often any fails at all. @unit per year */
  private readonly none: number;
  private readonly idle: number;
  private readonly fails: number;

  private readonly open: OpenPieces;
  /** From this place on the order is by chances. */
  private readonly sorted: number;

  constructor(parts: readonly Part[], { probability, repair, failure }: Variables, grid: number) {
    const { touch, shares } = sharesOf(parts);
    const byShare = [...touch.keys()].sort((a, b) => (shares.get(b) ?? 0) - (shares.get(a) ?? 0) || a - b);
    const rest = byShare.slice(FIRST).sort((a, b) => at(probability, b) - at(probability, a) || a - b);
    const order = [...byShare.slice(0, FIRST), ...rest];
    this.sorted = order.length - rest.length;
    const places = new Map(order.map((one, i) => [one, i]));
    const within: number[][] = order.map(() => []);
    const owner: number[] = [];
    const left: number[] = [];
    for (const [g, { sets }] of parts.entries())
      for (const set of sets) {
        for (const one of set) within[places.get(one) as number]?.push(owner.length); // every member has a place
        owner.push(g);
        left.push(set.length);
      }
    this.within = within.map((sets) => Int32Array.from(sets));
    this.owner = Int32Array.from(owner);
    this.left = Int32Array.from(left);
    this.downBy = new Int32Array(parts.length);
    this.amounts = Float64Array.from(parts, ({ amount }) => amount);
    this.total = this.amounts.reduce((a, b) => a + b, 0);
    this.open = new OpenPieces(this.total, grid);
    this.odds = Float64Array.from(order, (one) => at(probability, one) / (1 - at(probability, one)));
    this.rate = Float64Array.from(order, (one) => at(repair, one) + at(failure, one));
    this.share = Float64Array.from(order, (one) => shares.get(one) ?? 0);
    this.touch = Float64Array.from(order, (one) => touch.get(one) ?? 0);
    this.reach = largest([...this.touch]);
    this.give = largest([...this.share]);
    [this.mass, this.flow] = sumsOver(this.odds, this.rate);
    this.all = Float64Array.from({ length: order.length + 1 }, (_, i) =>
      this.mass.reduce((sum, row) => sum + at(row, i), 0),
    );
    this.none = order.reduceRight((product, one) => product * (1 - at(probability, one)), 1);
    this.idle = order.reduce((sum, one) => sum + at(failure, one), 0);
    this.fails = order.reduce((sum, one) => sum + at(failure, one) * (1 - at(probability, one)), 0);
  }

  /** Nobody knows anything. */
  nothing(): Spread {
    const spread = new Spread();
    spread.add(0, Math.max(1, this.total), 1, 0, this.fails);
    return spread;
  }

  /**
   * Looks at states that have, with those in which more is down, at least `floor` of probability among them.
   * @returns no spread when the steps ran out
   */
  run(
    floor: number,
    steps: number,
  ): { readonly spread: Spread | undefined; readonly taken: number; readonly isWhole: boolean } {
    const { odds, rate, all, total, share, touch, within } = this;
    const count = odds.length;
    const { open, sorted } = this;
    open.clear();
    const sure = new Float64Array(2 * (total + 1));
    let taken = 0;
    let isWhole = true;
    /** What is down, and what those that are down could have been given at most. */
    let amount = 0;
    let given = 0;
    const decided = (mass: number, flow: number): void => {
      sure[2 * amount] = at(sure, 2 * amount) + mass;
      sure[2 * amount + 1] = at(sure, 2 * amount + 1) + mass * flow;
    };
    /**
     * The states in which some from a place on are down as well.
     * @param besides what somebody else could add who is down too
     */
    const undecided = (mass: number, flow: number, from: number, besides = 0): void => {
      if (from === count) return;
      isWhole = false;
      for (let k = 0; k < SIZES; k++) {
        const part = at(this.mass[k] as Float64Array, from);
        if (part <= 0) continue;
        const most = Math.min(
          total,
          amount + besides + (this.reach[k]?.[from] ?? total),
          Math.floor(given + (this.give[k]?.[from] ?? total) + 1e-6),
        );
        // What is down besides makes the rate of leaving higher.
        const low = mass * part * Math.min(0, flow);
        const high = mass * (part * Math.max(0, flow) + at(this.flow[k] as Float64Array, from));
        open.add(amount, most, mass * part, low, high);
      }
    };
    /** The one at a place is down besides, and nobody looks who else is. */
    const skip = (mass: number, flow: number, i: number): void => {
      isWhole = false;
      const next = mass * at(odds, i);
      const moved = flow + at(rate, i);
      const most = Math.min(
        total,
        amount + (this.reach[0]?.[i] ?? total),
        Math.floor(given + at(share, i) + 1e-6),
      );
      open.add(amount, most, next, next * Math.min(0, moved), next * Math.max(0, moved));
      given += at(share, i);
      undecided(next, moved, i + 1, at(touch, i));
      given -= at(share, i);
    };
    const visit = (mass: number, flow: number, from: number, depth: number): boolean => {
      decided(mass, flow);
      for (let i = from; i < count; i++) {
        const next = mass * at(odds, i);
        if (next * (1 + at(all, i + 1)) < floor || depth === MOST_DOWN) {
          if (i < sorted && depth < MOST_DOWN) {
            skip(mass, flow, i);
            continue;
          }
          undecided(mass, flow, i);
          return true;
        }
        taken += (within[i] as Int32Array).length + 24;
        if (taken > steps) return false;
        const before = amount;
        const moved = flow + at(rate, i);
        given += at(share, i);
        if (i + 1 === count || (i + 1 >= sorted && next * at(odds, i + 1) * (1 + at(all, i + 2)) < floor)) {
          amount += this.added(i);
          decided(next, moved);
          undecided(next, moved, i + 1);
        } else {
          amount += this.lose(i);
          const isDone = visit(next, moved, i + 1, depth + 1);
          this.regain(i);
          if (!isDone) return false;
        }
        given -= at(share, i);
        amount = before;
      }
      return true;
    };
    if (!visit(this.none, -this.idle, 0, 0)) return { spread: undefined, taken, isWhole };
    const spread = open.spread();
    for (let k = 0; k <= total; k++)
      if (sure[2 * k] !== 0) spread.add(k, k, at(sure, 2 * k), at(sure, 2 * k + 1));
    return { spread, taken, isWhole };
  }

  /** What would go down with it. */
  private added(place: number): number {
    const { owner, left, downBy, amounts } = this;
    let amount = 0;
    let last = -1;
    for (const set of this.within[place] as Int32Array) {
      if (left[set] !== 1) continue;
      const g = at(owner, set);
      if (g === last || downBy[g] !== 0) continue;
      last = g;
      amount += at(amounts, g);
    }
    return amount;
  }

  /** @returns what goes down with it */
  private lose(place: number): number {
    const { owner, left, downBy, amounts } = this;
    let amount = 0;
    for (const set of this.within[place] as Int32Array) {
      const rest = at(left, set) - 1;
      left[set] = rest;
      if (rest > 0) continue;
      const g = at(owner, set);
      const by = at(downBy, g) + 1;
      downBy[g] = by;
      if (by === 1) amount += at(amounts, g);
    }
    return amount;
  }

  private regain(place: number): void {
    const { owner, left, downBy } = this;
    for (const set of this.within[place] as Int32Array) {
      const rest = at(left, set) + 1;
      left[set] = rest;
      if (rest > 1) continue;
      const g = at(owner, set);
      downBy[g] = at(downBy, g) - 1;
    }
  }
}

/** Pieces of which bounds are known, in levels between multiples of the grid. */
class OpenPieces {
  private readonly grid: number;
  private readonly levels: number;
  /** Probability, low and high flow, by level of the least and of the most that is down. */
  private readonly sums: Float64Array;

  constructor(total: number, grid: number) {
    // Not more levels than can be kept side by side.
    this.grid = Math.max(grid, total / MOST_LEVELS);
    this.levels = Math.floor(total / this.grid) + 2;
    this.sums = new Float64Array(3 * this.levels * this.levels);
  }

  clear(): void {
    this.sums.fill(0);
  }

  add(least: number, most: number, probability: number, low: number, high: number): void {
    const { levels, sums } = this;
    // Level 0 is nothing at all, level 1 something below the first multiple.
    const from = least === 0 ? 0 : 1 + Math.floor(least / this.grid);
    const to = 1 + Math.floor(Math.max(most, least) / this.grid);
    const i = 3 * (from * levels + to);
    sums[i] = at(sums, i) + probability;
    sums[i + 1] = at(sums, i + 1) + low;
    sums[i + 2] = at(sums, i + 2) + high;
  }

  spread(): Spread {
    const spread = new Spread();
    for (let i = 0; i < this.sums.length; i += 3) {
      if (this.sums[i] === 0) continue;
      const from = Math.floor(i / 3 / this.levels);
      const to = (i / 3) % this.levels;
      const least = from < 2 ? from : Math.ceil((from - 1) * this.grid);
      const most = Math.max(least + 1, Math.ceil(to * this.grid) - 1);
      spread.add(least, most, at(this.sums, i), at(this.sums, i + 1), at(this.sums, i + 2));
    }
    return spread;
  }
}

const MOST_LEVELS = 300;

/** A place that is there. */
function at(row: Float64Array | Int32Array, i: number): number {
  return row[i] as number;
}

/** By provider, what hangs on it in any way, and the most of it that it could be given: amount ÷ members of the smallest set with it. */
function sharesOf(parts: readonly Part[]): { touch: Map<number, number>; shares: Map<number, number> } {
  const touch = new Map<number, number>();
  const shares = new Map<number, number>();
  for (const { sets, amount } of parts) {
    const least = new Map<number, number>();
    for (const set of sets)
      for (const one of set) least.set(one, Math.min(least.get(one) ?? set.length, set.length));
    for (const [one, members] of least) {
      touch.set(one, (touch.get(one) ?? 0) + amount);
      shares.set(one, (shares.get(one) ?? 0) + amount / members);
    }
  }
  return { touch, shares };
}

/** The largest, the two and the three largest together, of those from a place on. */
function largest(values: readonly number[]): Float64Array[] {
  const rows = Array.from({ length: SIZES - 1 }, () => new Float64Array(values.length + 1));
  const top = new Array<number>(SIZES - 1).fill(0);
  for (let i = values.length - 1; i >= 0; i--) {
    top.push(values[i] as number);
    top.sort((a, b) => b - a);
    top.pop();
    let sum = 0;
    for (const [k, row] of rows.entries()) {
      sum += top[k] as number;
      row[i] = sum;
    }
  }
  return rows;
}

/** Elementary symmetric sums from each place on, and the same weighed by sums of rates: only sums of what is positive. */
function sumsOver(odds: Float64Array, rates: Float64Array): [Float64Array[], Float64Array[]] {
  const rows = (): Float64Array[] => Array.from({ length: SIZES }, () => new Float64Array(odds.length + 1));
  const [masses, flows] = [rows(), rows()];
  for (let i = odds.length - 1; i >= 0; i--)
    for (let k = SIZES - 1; k >= 0; k--) {
      const [mass, flow] = [masses[k] as Float64Array, flows[k] as Float64Array];
      // Sets without this one, and those of one fewer with it; the last row has all larger ones.
      const isLast = k === SIZES - 1;
      const fewer = k === 0 ? 1 : at(masses[k - 1] as Float64Array, i + 1);
      const fewerFlow = k === 0 ? 0 : at(flows[k - 1] as Float64Array, i + 1);
      const grown = fewer + (isLast ? at(mass, i + 1) : 0);
      const grownFlow = fewerFlow + (isLast ? at(flow, i + 1) : 0);
      mass[i] = at(mass, i + 1) + at(odds, i) * grown;
      flow[i] = at(flow, i + 1) + at(odds, i) * (grownFlow + at(rates, i) * grown);
    }
  return [masses, flows];
}
