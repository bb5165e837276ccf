import type { Group } from './network.ts';
import type { SetsOf } from './standing.ts';

/** Groups of platforms and the sets that take them down, as the searches for sets of providers read them. */
export interface Losses {
  readonly providers: number;
  readonly weights: Float64Array;
  readonly counts: Float64Array;
  readonly sets: readonly SetsOf[];
  /** Sets of more members than this may be missing, by group. */
  readonly knownOrder: Float64Array;
  readonly total: number;
}

/** @param how direct, or with what providers stand on */
export function lossesOf(groups: readonly Group[], providers: number, how: 'direct' | 'indirect'): Losses {
  const touched = groups.filter(
    (group) => group[how].length > 0 || group.knownOrder < Number.POSITIVE_INFINITY,
  );
  return {
    providers,
    weights: Float64Array.from(touched, ({ weight }) => weight),
    counts: Float64Array.from(touched, ({ count }) => count),
    sets: touched.map((group) => group[how]),
    knownOrder: Float64Array.from(touched, ({ knownOrder, knownOrderDirect }) =>
      how === 'direct' ? knownOrderDirect : knownOrder,
    ),
    total: groups.reduce((sum, { weight }) => sum + weight, 0),
  };
}

/** Weight of groups of which not all sets of so many members are known: they may be down with any. */
export function unknownWeight({ weights, knownOrder }: Losses, size: number): number {
  return weights.reduce((sum, weight, i) => sum + ((knownOrder[i] as number) < size ? weight : 0), 0);
}

/** Sums of weights differ in their last digits by the order of adding: closer than this share of the whole is the same. */
export const SAME = 1e-12;

/** What a search may look at, in steps of a few nanoseconds. */
export class Budget {
  left: number;

  constructor(steps: number) {
    this.left = steps;
  }

  /** @returns whether there is some left */
  spend(steps: number): boolean {
    this.left -= steps;
    return this.left > 0;
  }
}
