import type { JourneyNode, Model } from '../model/index.ts';
import type { Protection } from '../plan/index.ts';
import { formatHours } from '../units.ts';
import { driftBetween, type Change } from './drift.ts';
import type { Assessment } from './result.ts';

/** More hours down than this times those before are worse: what is below is within what rates are known to. */
const MOST_DOWN = 1.05;
/** @unit hours a year: three hundredths of a second */
const NOTHING = 1e-5;

/**
 * What a plan would make worse for a core journey of the one before: gone, no longer core, a new single point, more than 5 % more hours down
 * (switch-over gaps included), newly served without a protection. Each in one sentence; none where nothing is.
 */
export function harmBetween(before: Assessment, after: Assessment): string[] {
  const { journeys } = driftBetween(before, after);
  return before.journeys.flatMap(({ name, tier }): string[] => {
    if (tier !== 'core') return [];
    const drift = journeys.find((one) => one.name === name);
    const now = after.journeys.find((one) => one.name === name);
    if (drift === undefined || now === undefined) return [`${name} is gone.`];
    const { singlePoints, downHoursPerYear: down, exposedHoursPerYear: exposed } = drift;
    const found: string[] = [];
    if (now.tier !== 'core') found.push(`${name} is no longer core but ${now.tier}.`);
    if (singlePoints.added.length > 0)
      found.push(`${name} newly hangs on ${singlePoints.added.join(', ')} alone.`);
    if (rises(down, MOST_DOWN)) found.push(`${name} is down longer: ${hours(down)}.`);
    if (rises(exposed, 1) && exposed.from <= NOTHING)
      found.push(`${name} is newly served without a protection that it should have: ${hours(exposed)}.`);
    return found;
  });
}

/**
 * Protections that a core journey no longer asks for, each in one sentence: nothing is exposed where nothing is asked, so that no figure shows it. What every mode
 * needed before, every mode must need.
 */
export function protectionsGivenUp(before: Model, after: Model): string[] {
  return before.journeys.flatMap((journey): string[] => {
    const now = after.journeys.find(({ name }) => name === journey.name);
    if (journey.tier !== 'core' || now === undefined) return [];
    const kept = neededByAll(now);
    const lost = neededByAll(journey).filter((one) => !kept.includes(one));
    return lost.length === 0 ? [] : [`${journey.name} no longer asks for ${lost.join(', ')}.`];
  });
}

function neededByAll({ modes }: JourneyNode): readonly Protection[] {
  const [first, ...others] = modes.map(({ need }) => need);
  return (first ?? []).filter((one) => others.every((need) => need.includes(one)));
}

function rises({ from, to }: Change, most: number): boolean {
  return to > from * most + NOTHING;
}

function hours({ from, to }: Change): string {
  return `${formatHours(from)} a year before, ${formatHours(to)} with it`;
}
