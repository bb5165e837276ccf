import type { Advice } from '../assess/index.ts';
import { formatHours, formatMoney } from '../units.ts';

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** What a change gives away, in words; a dash where nothing. */
export function addedSays({ compromise, exposedHoursPerYear, refusedHoursPerYear }: Advice['added']): string {
  const parts: string[] = [];
  if (compromise > 0) parts.push(`${plural(compromise, 'way')} to compromise`);
  if (compromise < 0) parts.push(`${plural(-compromise, 'way')} to compromise less`);
  if (exposedHoursPerYear > 1e-6) parts.push(`${formatHours(exposedHoursPerYear)} exposed`);
  if (refusedHoursPerYear > 1e-6) parts.push(`${formatHours(refusedHoursPerYear)} refused`);
  return parts.join(', ') || '–';
}

/** Hours of which there may be less than none. */
export function signedHours(hours: number): string {
  return hours < 0 ? `−${formatHours(-hours)}` : formatHours(hours);
}

/** Money of which there may be less than none. */
export function signedMoney(amount: number | null, currency: string): string {
  if (amount === null) return 'unknown';
  return amount < 0 ? `−${formatMoney(-amount, currency)}` : formatMoney(amount, currency);
}
