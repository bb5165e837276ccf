import { componentsOf, Conditioning, Spent, type Variables } from './conditioning.ts';
import type { SetsOf } from '../standing.ts';

/** That one platform is down. */
export interface Marginal {
  readonly probability: number;
  /** How often it goes down. @unit per year */
  readonly frequency: number;
  /** It is a bound from above: the sum over the sets, as the exact one took too long. */
  readonly isBound: boolean;
}

const STEPS = 300_000;
const NEVER: Marginal = { probability: 0, frequency: 0, isBound: false };

/** The chance that any of the sets is down whole: sets that share no provider are taken apart. */
export function marginalOf(sets: SetsOf, variables: Variables): Marginal {
  const ones = sets.filter((set) => set.length === 1);
  const more = sets.filter((set) => set.length > 1);
  const alone = ones.map((set) => allOf(set, variables));
  if (more.length === 0) return alone.reduce(either, NEVER);
  const components = componentsOf(more.map((set) => ({ sets: [set], amount: 1 })));
  return components.reduce(
    (any, parts) =>
      either(
        any,
        anyOf(
          parts.map((part) => part.sets[0] ?? []),
          variables,
        ),
      ),
    alone.reduce(either, NEVER),
  );
}

/** That one of two is so that know nothing of each other. */
function either(a: Marginal, b: Marginal): Marginal {
  return {
    probability: a.probability + (1 - a.probability) * b.probability,
    frequency: a.frequency * (1 - b.probability) + b.frequency * (1 - a.probability),
    isBound: a.isBound || b.isBound,
  };
}

/** That all of a set are down. */
function allOf(set: readonly number[], { probability, repair, failure }: Variables): Marginal {
  const [one = 0] = set;
  // 1 × failure rate while it is up: what never fails has no rate of repair.
  if (set.length === 1) {
    const p = probability[one] as number;
    return { probability: p, frequency: p > 0 ? (failure[one] as number) * (1 - p) : 0, isBound: false };
  }
  const p = set.reduce((all, each) => all * (probability[each] as number), 1);
  return {
    probability: p,
    frequency: p * set.reduce((sum, each) => sum + (repair[each] as number), 0),
    isBound: false,
  };
}

/** That any of several sets with providers in common is down. */
function anyOf(sets: SetsOf, variables: Variables): Marginal {
  const [a, b] = sets;
  if (a !== undefined && sets.length === 1) return allOf(a, variables);
  if (a !== undefined && b !== undefined && sets.length === 2) {
    const [first, second] = [allOf(a, variables), allOf(b, variables)];
    const both = allOf([...new Set([...a, ...b])], variables);
    return {
      probability: first.probability + second.probability - both.probability,
      frequency: Math.max(0, first.frequency + second.frequency - both.frequency),
      isBound: false,
    };
  }
  try {
    const spread = new Conditioning(variables, STEPS).spreadOf([{ sets, amount: 1 }]);
    for (const piece of spread)
      if (piece.least === 1)
        return { probability: piece.probability, frequency: Math.max(0, piece.flowLow), isBound: false };
    return NEVER;
  } catch (error) {
    if (!(error instanceof Spent)) throw error;
    const all = sets.map((set) => allOf(set, variables));
    return {
      probability: Math.min(
        1,
        all.reduce((sum, one) => sum + one.probability, 0),
      ),
      frequency: all.reduce((sum, one) => sum + one.frequency, 0),
      isBound: true,
    };
  }
}
