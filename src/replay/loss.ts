import type { JourneyNode, Model } from '../model/index.ts';
import { MS_PER_HOUR } from '../units.ts';

const MS_PER_DAY = 24 * MS_PER_HOUR;

/** How much of a day's business falls into which hours. */
export type Peak = NonNullable<Model['plan']['platform']['peak']>;

/**
 * The weight of business from one moment to another, in hours: with all hours alike their number, else each hour weighs as
 * much as the plan says, so that a whole day always weighs 24.
 */
export function businessHours(from: number, to: number, peak: Peak | undefined): number {
  if (peak === undefined) return (to - from) / MS_PER_HOUR;
  return weightUntil(to, peak) - weightUntil(from, peak);
}

function weightUntil(time: number, { from, to, share }: Peak): number {
  const days = Math.floor(time / MS_PER_DAY);
  const hour = (time - days * MS_PER_DAY) / MS_PER_HOUR;
  const length = to > from ? to - from : to - from + 24;
  if (length >= 24) return days * 24 + hour;
  const busy = to > from ? clamp(hour - from, length) : clamp(hour, to) + clamp(hour - from, 24 - from);
  return days * 24 + (busy * share * 24) / length + ((hour - busy) * (1 - share) * 24) / (24 - length);
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(0, value), most);
}

/**
 * What a part of a stay away from the first mode costs: (1 − worth) times the rate of the step that the clock has reached,
 * over the business of each hour.
 *
 * @param began when the first mode was left. @unit ms
 */
export function lossBetween(
  { loss }: Pick<JourneyNode, 'loss'>,
  began: number,
  from: number,
  to: number,
  worth: number,
  peak: Peak | undefined,
): number {
  if (loss === null || to <= from || worth >= 1) return 0;
  let sum = 0;
  for (const [i, step] of loss.entries()) {
    const begin = Math.max(from, began + step.afterHours * MS_PER_HOUR);
    const next = loss[i + 1];
    const end = next === undefined ? to : Math.min(to, began + next.afterHours * MS_PER_HOUR);
    if (end > begin) sum += step.perHour * businessHours(begin, end, peak);
  }
  return sum * (1 - worth);
}
