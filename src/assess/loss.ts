import type { JourneyNode } from '../model/index.ts';
import { HOURS_PER_YEAR } from '../units.ts';

/**
 * Loss a year: Σ P(best mode) · (1 − worth) · rate, and with steps each stay of mean D costs Σ Δrate · D · e^(−after/D),
 * the clock starting when the first mode is left. The loss in the gaps of switch-overs is added.
 */
export function lossPerYear(
  journey: JourneyNode,
  modes: readonly number[],
  down: number,
  degraded: number,
  entries: number,
  gapLoss: number,
): number | null {
  if (journey.loss === null) return null;
  let unworthy = down;
  for (const [m, mode] of journey.modes.entries()) if (m > 0) unworthy += (modes[m] ?? 0) * (1 - mode.worth);
  return unworthy * HOURS_PER_YEAR * perHourOf(journey, (degraded * HOURS_PER_YEAR) / entries) + gapLoss;
}

/** What an hour without anything costs on average, in stays of the given mean: Σ Δrate · e^(−after/D). */
export function perHourOf(journey: JourneyNode, meanStay: number): number {
  let perHour = 0;
  let before = 0;
  for (const step of journey.loss ?? []) {
    const reached =
      step.afterHours === 0 || !Number.isFinite(meanStay) ? 1 : Math.exp(-step.afterHours / meanStay);
    perHour += (step.perHour - before) * reached;
    before = step.perHour;
  }
  return perHour;
}

/** Whether every hour costs the same, however long it has lasted. */
export function isFlat(journey: JourneyNode): boolean {
  return journey.loss?.length === 1 && journey.loss[0]?.afterHours === 0;
}

/** What being without anything for exactly so long costs. */
export function lossOver(journey: JourneyNode, hours: number): number {
  let sum = 0;
  let before = 0;
  for (const { afterHours, perHour } of journey.loss ?? []) {
    sum += (perHour - before) * Math.max(0, hours - afterHours);
    before = perHour;
  }
  return sum;
}
