import { Budget } from '../losses.ts';
import { Spread } from './spread.ts';
import { minimalSets, type SetsOf } from '../standing.ts';

/** Platforms, by the sets that take them down, and how much each adds. */
export interface Part {
  readonly sets: SetsOf;
  /** A whole number. */
  readonly amount: number;
}

/** Each provider by itself. */
export interface Variables {
  readonly probability: Float64Array;
  /** What a state with it down adds to the rate of leaving it. @unit per year */
  readonly repair: Float64Array;
  /** What one with it up takes away. @unit per year */
  readonly failure: Float64Array;
}

/** Providers taken as up or down one after another. */
const MOST_DEPTH = 1500;

/** Steps ran out. */
export class Spent extends Error {}

/**
 * The exact spread of how much is down, by recursive conditioning: what has no provider in common is worked out apart and put together;
 * else one provider is taken as down and as up, the one that is in most sets first. Platforms that have become alike are merged, and
 * what has been worked out is kept, by what is left of the sets.
 *
 * @throws Spent
 */
export class Conditioning {
  private readonly variables: Variables;
  private readonly budget: Budget;
  private readonly known = new Map<string, Spread>();
  private depth = 0;

  constructor(variables: Variables, steps: number) {
    this.variables = variables;
    this.budget = new Budget(steps);
  }

  /** Whether it is worth beginning: taking all providers as up, one after another, would alone come to this. */
  isWithin(parts: readonly Part[]): boolean {
    const size = parts.reduce((sum, { sets }) => sum + sets.reduce((all, set) => all + set.length + 2, 0), 0);
    const variables = new Set(parts.flatMap(({ sets }) => sets.flat())).size;
    return (size * variables) / 2 < this.budget.left;
  }

  spreadOf(parts: readonly Part[]): Spread {
    let spread = Spread.certain();
    for (const component of componentsOf(merge(parts))) {
      const one = this.ofComponent(component);
      this.spend(spread.size * one.size);
      spread = spread.with(one);
    }
    return spread;
  }

  private ofComponent(parts: readonly Part[]): Spread {
    let steps = 0;
    for (const { sets } of parts) for (const set of sets) steps += set.length + 2;
    this.spend(steps * 4);
    const key = parts
      .map(({ sets, amount }) => `${amount}:${sets.map((set) => set.join(' ')).join(',')}`)
      .join(';');
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const chosen = busiest(parts);
    const { probability, repair, failure } = this.variables;
    const p = probability[chosen] as number;
    if (++this.depth > MOST_DEPTH) throw new Spent();
    const spread = new Spread();
    if (p < 1) {
      const up = parts.map(({ sets, amount }) => ({
        amount,
        sets: sets.filter((set) => !set.includes(chosen)),
      }));
      const rest = this.spreadOf(up);
      spread.addScaled(rest, 0, 1 - p, -(failure[chosen] as number));
    }
    if (p > 0) {
      let gone = 0;
      const down: Part[] = [];
      for (const { sets, amount } of parts) {
        const left = sets.map((set) => set.filter((one) => one !== chosen));
        if (left.some((set) => set.length === 0)) gone += amount;
        else down.push({ amount, sets: minimalSets(left) });
      }
      spread.addScaled(this.spreadOf(down), gone, p, repair[chosen] as number);
    }
    this.depth--;
    this.spend(spread.size * 4);
    this.known.set(key, spread);
    return spread;
  }

  private spend(steps: number): void {
    if (!this.budget.spend(steps)) throw new Spent();
  }
}

/** Those with the same sets as one, in an order of their own; those without any never go down. */
export function merge(parts: readonly Part[]): Part[] {
  const merged = new Map<string, { sets: SetsOf; amount: number }>();
  for (const { sets, amount } of parts) {
    if (sets.length === 0) continue;
    const key = sets
      .map((set) => set.join(' '))
      .sort()
      .join(',');
    const known = merged.get(key);
    if (known === undefined) merged.set(key, { sets, amount });
    else known.amount += amount;
  }
  return [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, part]) => part);
}

/** Parts that share providers, directly or through others, together. */
export function componentsOf(parts: readonly Part[]): Part[][] {
  const parent = new Map<number, number>();
  const root = (one: number): number => {
    let at = one;
    for (let up = parent.get(at) ?? at; up !== at; up = parent.get(at) ?? at) {
      parent.set(at, parent.get(up) ?? up);
      at = up;
    }
    return at;
  };
  for (const { sets } of parts) {
    const first = root(sets[0]?.[0] ?? 0);
    for (const set of sets) for (const one of set) parent.set(root(one), first);
  }
  const components = new Map<number, Part[]>();
  for (const part of parts) {
    const at = root(part.sets[0]?.[0] ?? 0);
    const known = components.get(at);
    if (known === undefined) components.set(at, [part]);
    else known.push(part);
  }
  return [...components.values()];
}

/** The provider that is in the most sets, small sets counting more; of equals the first. */
function busiest(parts: readonly Part[]): number {
  const score = new Map<number, number>();
  for (const { sets } of parts)
    for (const set of sets) for (const one of set) score.set(one, (score.get(one) ?? 0) + 1 / set.length);
  let best = -1;
  let most = -1;
  for (const [one, value] of score)
    if (value > most || (value === most && one < best)) {
      most = value;
      best = one;
    }
  return best;
}
