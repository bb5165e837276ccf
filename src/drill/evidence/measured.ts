import { labelOf, type Model } from '../../model/index.ts';
import type { Drilled, Measured } from '../../plan/index.ts';
import type { DrillEvidence, Environment, Run } from './result.ts';

const ENVIRONMENTS: readonly Environment[] = ['sandbox', 'staging', 'production'];

/**
 * What drills measured of a plan: of each service with alternatives its switch, and of each standby whether it serves. Only runs of this
 * very version of the plan count: with another text a switch may go elsewhere.
 *
 * @param ofOtherPlans whether runs of other versions count too, for services and alternatives of the same names
 */
export function measuredBy({ runs }: DrillEvidence, model: Model, ofOtherPlans: boolean): Drilled {
  const { plan } = model;
  const isOfPlan = ({ plan: { digest } }: Run): boolean => digest !== null && digest === plan.digest;
  const counted = ofOtherPlans ? runs : runs.filter(isOfPlan);
  const figures = model.services.flatMap(({ name, redundancy }, service): Measured[] => {
    if (redundancy?.kind !== 'any' || redundancy.failover === null) return [];
    const value = plan.services?.[service]?.value;
    const switches = trialsIn(counted, ({ switches: all }) =>
      all.flatMap((one) => (one.service === name ? [one] : [])),
    );
    const standbys = redundancy.options
      .slice(1)
      .map(({ node }, i) =>
        trialsIn(counted, (run) =>
          run.standbys.flatMap((one) =>
            one.service === name && one.alternative === i + 2 && one.name === labelOf(model, node, i + 1)
              ? [{ made: one.served, tried: one.tried }]
              : [],
          ),
        ),
      );
    return [
      { service: name, alternative: null, stated: value?.failover?.success ?? 1, ...switches },
      ...standbys.map((trials, i) => ({
        service: name,
        alternative: i + 2,
        stated: value?.any?.[i + 1]?.ready ?? 1,
        ...trials,
      })),
    ].filter(({ counts }) => counts.length > 0);
  });
  return { runs: counted.length, leftOut: runs.length - counted.length, ofOtherPlans, figures };
}

/** Summed by environment, with the day of the last. */
function trialsIn(
  runs: readonly Run[],
  of: (run: Run) => readonly { readonly made: number; readonly tried: number }[],
): Pick<Measured, 'counts' | 'day'> {
  const sums = new Map<Environment, { made: number; tried: number }>();
  let day = '';
  for (const run of runs)
    for (const { made, tried } of of(run)) {
      if (tried === 0) continue;
      const known = sums.get(run.environment) ?? { made: 0, tried: 0 };
      sums.set(run.environment, { made: known.made + made, tried: known.tried + tried });
      const its = run.startedAt.slice(0, 'yyyy-mm-dd'.length);
      if (its > day) day = its;
    }
  const counts = ENVIRONMENTS.flatMap((environment) => {
    const sum = sums.get(environment);
    return sum === undefined ? [] : [{ environment, ...sum }];
  });
  return { counts, day };
}
