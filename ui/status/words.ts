import type { JourneyStatus, Moment, Status } from '../../src/serve/seeing/status.ts';
import { formatHours, MS_PER_HOUR } from '../../src/units.ts';

export type Look = 'full' | 'lower' | 'down';

export const MARKS: Readonly<Record<Look, string>> = { full: '✓', lower: '◐', down: '✕' };

export function lookOf({ mode, modes }: JourneyStatus): Look {
  if (mode === null) return 'down';
  return mode === modes[0] ? 'full' : 'lower';
}

/** The answer, before any reason: `trade is in cancel-only. login is down.` */
export function answerOf({ journeys }: Status): string[] {
  const worse = journeys.filter((journey) => lookOf(journey) !== 'full');
  if (journeys.length === 0) return ['No journeys are served here.'];
  if (worse.length === 0)
    return [
      journeys.length === 1
        ? 'The journey is in its first mode.'
        : `All ${journeys.length} journeys are in their first mode.`,
    ];
  return [...worse]
    .sort((a, b) => Number(a.mode !== null) - Number(b.mode !== null))
    .map(({ name, mode }) => (mode === null ? `${name} is down.` : `${name} is in ${mode}.`));
}

/** What is not as in production, where anything is. */
export function drillOf({ speed = 1, via = 0 }: Status): string | undefined {
  const said = [
    ...(speed === 1 ? [] : [`what policies count runs ${speed} times as fast as the clock`]),
    ...(via === 0
      ? []
      : [
          `via: ${via} ${via === 1 ? 'address of the plan is' : 'addresses of the plan are'} reached elsewhere`,
        ]),
  ];
  return said.length === 0 ? undefined : `A drill, never production: ${said.join('; ')}.`;
}

/** For the tab of the browser: how many journeys are worse than they should be. */
export function titleOf({ journeys, plan }: Status): string {
  const down = journeys.filter((journey) => lookOf(journey) === 'down').length;
  const lower = journeys.filter((journey) => lookOf(journey) === 'lower').length;
  const parts = [down > 0 ? `✕ ${down} down` : '', lower > 0 ? `◐ ${lower} lower` : ''].filter(
    (part) => part !== '',
  );
  return [...parts, plan.name, 'Keelson'].join(' – ');
}

/** A time that has passed, or is still to: `3 m 30 s`. */
export function span(ms: number): string {
  if (Number.isNaN(ms)) return '–';
  const seconds = Math.max(0, Math.round(ms / 1000));
  return seconds === 0 ? '0 s' : formatHours((seconds * 1000) / MS_PER_HOUR);
}

/** `11:20:05 UTC`, with its day where that is not today's. */
export function clockOf(moment: Moment, now: number): string {
  const time = Date.parse(moment);
  if (Number.isNaN(time)) return moment;
  const iso = new Date(time).toISOString();
  const isToday = iso.slice(0, 10) === new Date(now).toISOString().slice(0, 10);
  return `${isToday ? '' : `${iso.slice(0, 10)} `}${iso.slice(11, 19)} UTC`;
}

/** @param share 0 to 1 */
export function percent(share: number): string {
  if (share >= 1 || share <= 0) return `${share >= 1 ? 100 : 0} %`;
  return `${Math.min(99.9, Math.max(0.1, share * 100)).toFixed(share > 0.99 || share < 0.01 ? 1 : 0)} %`;
}

export function count(n: number): string {
  return n.toLocaleString('en').replaceAll(',', '\u202f');
}
