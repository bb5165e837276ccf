import { HOURS_PER_YEAR } from '../units.ts';
import type { Assessment, Interval, JourneyResult } from './result.ts';

/** What changed from one assessment to another, journey by journey: plain data, JSON as it is. */
export interface Drift {
  readonly schema: 'keelson.drift/1';
  readonly from: { readonly name: string; readonly file: string; readonly asOf: string };
  readonly to: { readonly name: string; readonly file: string; readonly asOf: string };
  readonly journeys: readonly JourneyDrift[];
  /** Null unless both have a loss, in one currency. */
  readonly lossPerYear: Change | null;
  /** What is worse than before, in words; empty when nothing is. */
  readonly worse: readonly string[];
}

export interface Change {
  readonly from: number;
  readonly to: number;
}

export interface JourneyDrift {
  readonly name: string;
  readonly downHoursPerYear: Change;
  readonly degradedHoursPerYear: Change;
  readonly lossPerYear: Change | null;
  readonly singlePoints: { readonly gone: readonly string[]; readonly added: readonly string[] };
  readonly compromise: { readonly from: string; readonly to: string };
  readonly exposedHoursPerYear: Change;
}

/** A figure is worse when it rises by more than this. @unit share */
const TOLERANCE = 0.01;

export function driftBetween(before: Assessment, after: Assessment): Drift {
  const worse: string[] = [];
  // Money of two currencies is neither more nor less.
  const isSameMoney = before.plan.currency === after.plan.currency;
  const journeys = after.journeys.flatMap((to): JourneyDrift[] => {
    const from = before.journeys.find((journey) => journey.name === to.name);
    if (from === undefined) return [];
    const drift = journeyDrift(from, to, isSameMoney);
    worse.push(...worsened(drift, from, to));
    return [drift];
  });
  for (const { name } of before.journeys)
    if (!after.journeys.some((journey) => journey.name === name)) worse.push(`${name} is gone`);
  for (const { service, events } of after.sharedFate) {
    const old = before.sharedFate.filter((fate) => fate.service === service).flatMap((fate) => fate.events);
    const added = events.filter((event) => !old.includes(event));
    if (added.length > 0) worse.push(`${service}: alternatives newly share ${added.join(', ')}`);
  }
  const losses = journeys.every(({ lossPerYear }) => lossPerYear !== null);
  const sum = (which: 'from' | 'to'): number =>
    journeys.reduce((total, { lossPerYear }) => total + (lossPerYear?.[which] ?? 0), 0);
  const head = ({ plan: { name, file, asOf } }: Assessment): Drift['from'] => ({ name, file, asOf });
  return {
    schema: 'keelson.drift/1',
    from: head(before),
    to: head(after),
    journeys,
    lossPerYear: losses && journeys.length > 0 ? { from: sum('from'), to: sum('to') } : null,
    worse,
  };
}

function journeyDrift(from: JourneyResult, to: JourneyResult, isSameMoney: boolean): JourneyDrift {
  return {
    name: to.name,
    downHoursPerYear: { from: downHours(from), to: downHours(to) },
    degradedHoursPerYear: { from: from.degraded.hoursPerYear, to: to.degraded.hoursPerYear },
    lossPerYear:
      !isSameMoney || from.lossPerYear === null || to.lossPerYear === null
        ? null
        : { from: from.lossPerYear, to: to.lossPerYear },
    singlePoints: {
      gone: from.down.singlePoints.filter((event) => !to.down.singlePoints.includes(event)),
      added: to.down.singlePoints.filter((event) => !from.down.singlePoints.includes(event)),
    },
    compromise: { from: from.compromise.total, to: to.compromise.total },
    exposedHoursPerYear: {
      from: from.exposed.probability * HOURS_PER_YEAR,
      to: to.exposed.probability * HOURS_PER_YEAR,
    },
  };
}

/** Hours down a year, those of switch-over gaps included. */
export function downHours({ down, switchOver }: JourneyResult): number {
  return down.hoursPerYear + switchOver.downHoursPerYear;
}

/** The 90 % interval of hours down a year, those of switch-over gaps included. */
export function downInterval({ down, switchOver }: JourneyResult): Interval {
  const [low, high] = down.interval;
  return [low + switchOver.downHoursPerYear, high + switchOver.downHoursPerYear];
}

function worsened(drift: JourneyDrift, from: JourneyResult, to: JourneyResult): string[] {
  const { name } = drift;
  const rises = ({ from: a, to: b }: Change): boolean => b > a * (1 + TOLERANCE) + 1e-9;
  const found: string[] = [];
  if (from.meetsSlo === true && to.meetsSlo === false) found.push(`${name} no longer meets its target`);
  if (rises(drift.downHoursPerYear)) found.push(`${name} is down longer`);
  if (drift.lossPerYear !== null && rises(drift.lossPerYear)) found.push(`${name} loses more`);
  if (drift.singlePoints.added.length > 0)
    found.push(`${name} has new single points: ${drift.singlePoints.added.join(', ')}`);
  if (rises(drift.exposedHoursPerYear)) found.push(`${name} is served longer without a protection`);
  return found;
}
