import type { Assessment, BlastResult, JourneyResult } from '../assess/index.ts';
import type { Model } from '../model/index.ts';
import { HOURS_PER_YEAR } from '../units.ts';
import { qualityOf } from './evidence.ts';
import type { JourneyStanding, LargestBlast, Standing } from './result.ts';

/** A plan and its answer, as they are handed in. */
export interface Assessed {
  readonly model: Model;
  /** Of that model, nothing taken as failed. */
  readonly assessment: Assessment;
}

/** How one plan stands, in facts of its assessment and of its evidence. */
export function standingOf({ model, assessment }: Assessed, label: string): Standing {
  const { plan, sharedFate, providers, concentration, blast } = assessment;
  const priced = assessment.journeys.flatMap(({ lossPerYear }) =>
    lossPerYear === null ? [] : [lossPerYear],
  );
  return {
    label,
    ...plan,
    journeys: assessment.journeys.map(journeyStanding),
    lossPerYear: priced.length === 0 ? null : priced.reduce((sum, loss) => sum + loss, 0),
    singlePoints: [...new Set(assessment.journeys.flatMap(({ down }) => down.singlePoints))].sort(),
    sharedFate,
    providers: providers.map(({ name, lossShare }) => ({ name, lossShare })),
    concentration,
    largestBlast: largestOf(blast),
    evidence: qualityOf(model.plan, assessment),
  };
}

export function journeyStanding(journey: JourneyResult): JourneyStanding {
  const { name, tier, availability, down, switchOver, lossPerYear, slo, meetsSlo, compromise } = journey;
  const gaps = switchOver.downHoursPerYear;
  return {
    name,
    tier,
    availability,
    downHoursPerYear: down.hoursPerYear + gaps,
    downInterval: [down.interval[0] + gaps, down.interval[1] + gaps],
    exact: down.bounds === null && switchOver.exact,
    lossPerYear,
    slo,
    meetsSlo,
    exposedHoursPerYear: journey.exposed.probability * HOURS_PER_YEAR,
    refusedHoursPerYear: journey.refused.probability * HOURS_PER_YEAR,
    compromise: {
      total: compromise.total,
      complete: compromise.complete,
      oneStep: compromise.singlePoints.length,
    },
  };
}

/** Most journeys down, then most degraded, then the largest loss; the broadest scope where all that is equal. */
function largestOf(blast: readonly BlastResult[]): LargestBlast | null {
  const breadth = { provider: 0, region: 1, zone: 2 };
  const all = blast.map(({ scope, kind, journeys, lossPerHour }) => {
    const names = Object.keys(journeys);
    const down = names.filter((name) => journeys[name] === 'down');
    return { scope, kind, down, degraded: names.filter((name) => journeys[name] !== 'down'), lossPerHour };
  });
  all.sort(
    (a, b) =>
      b.down.length - a.down.length ||
      b.degraded.length - a.degraded.length ||
      b.lossPerHour - a.lossPerHour ||
      breadth[a.kind] - breadth[b.kind] ||
      (a.scope < b.scope ? -1 : 1),
  );
  return all[0] ?? null;
}
