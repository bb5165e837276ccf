import type { JourneyMatch, JourneyStanding, Standing } from './result.ts';

/** Journeys by name, those that most plans have first, otherwise in the order in which they are met. */
export function matchJourneys(plans: readonly Standing[]): JourneyMatch[] {
  const byName = new Map<string, { at: number; journey: JourneyStanding }[]>();
  for (const [at, { journeys }] of plans.entries())
    for (const journey of journeys)
      byName.set(journey.name, [...(byName.get(journey.name) ?? []), { at, journey }]);
  const matches = [...byName].map(([name, found]): JourneyMatch => {
    const least = Math.min(...found.map(({ journey }) => journey.downHoursPerYear));
    const alone = found.length === 1;
    const best = alone ? [] : found.filter(({ journey }) => isSame(journey.downHoursPerYear, least));
    const rest = alone ? [] : found.filter((one) => !best.includes(one));
    const highest = Math.max(...best.map(({ journey }) => journey.downInterval[1]));
    return {
      name,
      plans: found.map(({ at }) => at),
      leastDown: best.map(({ at }) => at),
      overlaps: rest.some(({ journey }) => journey.downInterval[0] <= highest),
    };
  });
  return matches.sort((a, b) => b.plans.length - a.plans.length);
}

/** Figures of equal plans differ by less than this where sums were taken in another order. */
const ROUNDING = 1e-9;
export function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) <= ROUNDING * Math.max(1, Math.abs(a), Math.abs(b));
}
