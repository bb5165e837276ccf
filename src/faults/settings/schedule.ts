import type { Schedule } from '../fault.ts';
import { isRecord, listed, shown } from './shown.ts';

const FIELDS = ['after', 'for', 'until', 'first', 'every', 'on'] as const;
/** Further than any clock goes. @unit ms */
const MOST_MS = 8.64e15;

/** @returns undefined where there is none, or something is wrong with it */
export function readSchedule(given: unknown, mistakes: string[]): Schedule | undefined {
  if (given === undefined || given === null) return undefined;
  if (!isRecord(given)) {
    mistakes.push(`Expected schedule to be an object, found ${shown(given)}.`);
    return undefined;
  }
  const before = mistakes.length;
  const read: { -readonly [K in keyof Schedule]: number } = {};
  for (const [name, value] of Object.entries(given)) {
    const field = FIELDS.find((one) => one === name);
    if (field === undefined)
      mistakes.push(`Expected nothing in schedule but ${listed(FIELDS)}, found ${shown(name)}.`);
    else if (
      typeof value !== 'number' ||
      !Number.isInteger(value) ||
      value < leastOf(field) ||
      value > MOST_MS
    )
      mistakes.push(
        `Expected schedule.${field} to be a whole number of at least ${leastOf(field)} (${field === 'first' ? 'connections or requests' : 'ms'}), found ${shown(value)}.`,
      );
    else read[field] = value;
  }
  if (read.on !== undefined && (read.every === undefined || read.on >= read.every))
    mistakes.push(
      `Expected schedule.on to be less than schedule.every, found ${shown(read.on)} and ${shown(read.every)}.`,
    );
  return mistakes.length === before ? read : undefined;
}

function leastOf(field: (typeof FIELDS)[number]): number {
  if (field === 'every') return 2;
  return field === 'after' || field === 'until' ? 0 : 1;
}

/** Whether it is on at a moment, and when that changes next. */
export interface Moment {
  readonly isOn: boolean;
  /** Infinity: never again. @unit ms since 1970 */
  readonly until: number;
}

/** @param setAt when its time began. @unit ms since 1970 */
export function momentOf(schedule: Schedule, setAt: number, now: number): Moment {
  const start = setAt + (schedule.after ?? 0);
  const end = Math.min(
    schedule.for === undefined ? Number.POSITIVE_INFINITY : start + schedule.for,
    schedule.until ?? Number.POSITIVE_INFINITY,
  );
  if (now >= end || start >= end) return { isOn: false, until: Number.POSITIVE_INFINITY };
  if (now < start) return { isOn: false, until: start };
  const { every } = schedule;
  if (every === undefined) return { isOn: true, until: end };
  const on = schedule.on ?? every / 2;
  const period = Math.floor((now - start) / every);
  // By the same sums as the moments that were given out, so that a moment which has come is never one that is to come.
  if (now < start + period * every + on)
    return { isOn: true, until: Math.min(end, start + period * every + on) };
  const next = start + (period + 1) * every;
  return { isOn: now >= next, until: Math.min(end, now >= next ? next + on : next) };
}
