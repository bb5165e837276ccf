import type { Drift } from './drift.ts';
import type { Assessment } from './result.ts';

/** What can make an assessment fail. */
export const FAIL_ON = ['slo', 'single-point', 'shared-fate', 'exposure', 'drift'] as const;
export type FailOn = (typeof FAIL_ON)[number];

/** Why an assessment fails what it is held against, in words; empty when it does not. */
export function failures(assessment: Assessment, failOn: readonly FailOn[], drift?: Drift): string[] {
  const found: string[] = [];
  const of = (reason: FailOn, test: () => string[]): void => {
    if (failOn.includes(reason)) found.push(...test());
  };
  of('slo', () =>
    assessment.journeys.flatMap(({ name, meetsSlo }) =>
      meetsSlo === false ? [`${name} misses its target`] : [],
    ),
  );
  of('single-point', () =>
    assessment.journeys.flatMap(({ name, down }) =>
      down.singlePoints.length > 0
        ? [`${name} has ${down.singlePoints.length} single point${down.singlePoints.length === 1 ? '' : 's'}`]
        : [],
    ),
  );
  of('shared-fate', () =>
    assessment.sharedFate.map(({ service, events }) => `${service}: alternatives share ${events.join(', ')}`),
  );
  of('exposure', () =>
    assessment.journeys.flatMap(({ name, exposed }) =>
      exposed.probability > 0
        ? [`${name} can be served without ${Object.keys(exposed.missing).join(', ')}`]
        : [],
    ),
  );
  of('drift', () => [...(drift?.worse ?? [])]);
  return found;
}
