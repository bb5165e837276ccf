import { cautionsOf } from './cautions.ts';
import { matchJourneys } from './journeys.ts';
import { labelsOf } from './labels.ts';
import { pairOf, type Side } from './pair.ts';
import type { Comparison } from './result.ts';
import { standingOf, type Assessed } from './standing.ts';
import type { Solving } from './worth.ts';

export interface CompareOptions {
  /** How changed plans are solved: then every difference is asked what it is worth alone. Left out: only what differs. */
  readonly solving?: Solving;
  /** Told what is being done, 0 to 1. */
  readonly onProgress?: (share: number, what: string) => void;
}

/**
 * Plans side by side: how each stands and on what evidence; what differs between the first and each other, and what each
 * difference is worth to the first alone. Nothing is weighed into a score.
 *
 * @param plans at least two; the first is the one that the others are held against
 */
export function compare(plans: readonly Assessed[], options: CompareOptions = {}): Comparison {
  const { solving, onProgress = () => {} } = options;
  const labels = labelsOf(plans.map(({ assessment }) => assessment.plan));
  const sides = plans.map(
    (plan, at): Side => ({ ...plan, at, standing: standingOf(plan, labels[at] ?? '') }),
  );
  const standings = sides.map(({ standing }) => standing);
  const journeys = matchJourneys(standings);
  const [first, ...others] = sides;
  const pairs =
    first === undefined
      ? []
      : others.map((other, i) =>
          pairOf(first, other, {
            ...(solving === undefined ? {} : { solving }),
            onProgress: (share, what) => onProgress((i + share) / others.length, what),
          }),
        );
  return {
    schema: 'keelson.comparison/1',
    plans: standings,
    journeys,
    cautions: cautionsOf(standings, journeys),
    pairs,
  };
}

export type * from './result.ts';
export { BASES } from './evidence.ts';
export type { Assessed } from './standing.ts';
export type { Solving } from './worth.ts';
