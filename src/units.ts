/**
 * Quantities as people write them, and back. Inside the program: durations in hours, rates per year, money in units of
 * its currency, shares in 0 to 1.
 */

/** Hours in a year of 365.25 days. */
export const HOURS_PER_YEAR = 8766;
export const MS_PER_HOUR = 3_600_000;

export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** Longer texts are no quantities: they are not even looked at. @unit characters */
const MAX_LENGTH = 64;

const NUMBER = '(\\d+(?:\\.\\d+)?|\\.\\d+)';
const HOURS_IN: Readonly<Record<string, number>> = {
  ms: 1 / MS_PER_HOUR,
  s: 1 / 3600,
  m: 1 / 60,
  min: 1 / 60,
  h: 1,
  d: 24,
  w: 168,
  mo: HOURS_PER_YEAR / 12,
  y: HOURS_PER_YEAR,
  yr: HOURS_PER_YEAR,
};
const TIMES_A_YEAR: Readonly<Record<string, number>> = {
  h: HOURS_PER_YEAR,
  hour: HOURS_PER_YEAR,
  d: 365.25,
  day: 365.25,
  w: 365.25 / 7,
  week: 365.25 / 7,
  mo: 12,
  month: 12,
  y: 1,
  yr: 1,
  year: 1,
};
const MULTIPLIER: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, bn: 1e9 };

const DURATION_PART = new RegExp(`^${NUMBER}(ms|s|min|mo|m|h|d|w|yr|y)\\s*`);
const RATE = new RegExp(`^${NUMBER}\\s*/\\s*([a-z]+)$`);
const SHARE = new RegExp(`^${NUMBER}\\s*%$`);
const MONEY = new RegExp(`^${NUMBER}\\s*(k|M|bn)?\\s+([A-Z]{3,5})$`);
const MONEY_RATE = new RegExp(`^${NUMBER}\\s*(k|M|bn)?\\s+([A-Z]{3,5})\\s*/\\s*([a-z]+)$`);

/** `90s`, `5m`, `2h`, `1h 30m`, `3d` → hours; undefined when it is not a duration. */
export function parseDuration(text: string): number | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  let rest = text.trim();
  if (rest === '') return undefined;
  let hours = 0;
  while (rest !== '') {
    const part = DURATION_PART.exec(rest);
    const unit = part?.[2] === undefined ? undefined : HOURS_IN[part[2]];
    if (part === null || unit === undefined) return undefined;
    hours += Number(part[1]) * unit;
    rest = rest.slice(part[0].length);
  }
  return Number.isFinite(hours) ? hours : undefined;
}

/** `0.3/yr`, `2/month` → times a year; undefined when it is not a rate. */
export function parseRate(text: string): number | undefined {
  const match = matched(RATE, text);
  const times = match?.[2] === undefined ? undefined : TIMES_A_YEAR[match[2]];
  return match === null || times === undefined ? undefined : finite(Number(match[1]) * times);
}

/** `99.95%` → 0.9995 (may be above 1: the range is the reader's to judge); undefined when it is not a percentage. */
export function parseShare(text: string): number | undefined {
  const match = matched(SHARE, text);
  // Divide by a power of ten of the digits written, so that 99.95 % is the double nearest to 0.9995.
  return match?.[1] === undefined ? undefined : finite(Number(`${match[1]}e-2`));
}

/** `250k USD` → an amount; undefined when it is not money. */
export function parseMoney(text: string): Money | undefined {
  const match = matched(MONEY, text);
  if (match?.[3] === undefined) return undefined;
  const amount = finite(Number(match[1]) * (MULTIPLIER[match[2] ?? ''] ?? Number.NaN));
  return amount === undefined ? undefined : { amount, currency: match[3] };
}

/** `250k USD/h` → USD an hour, `300k USD/yr` → USD an hour too; undefined when it is not money over time. */
export function parseMoneyRate(text: string): Money | undefined {
  const match = matched(MONEY_RATE, text);
  if (match?.[3] === undefined || match[4] === undefined) return undefined;
  const times = TIMES_A_YEAR[match[4]];
  if (times === undefined) return undefined;
  const amount = finite(
    (Number(match[1]) * (MULTIPLIER[match[2] ?? ''] ?? Number.NaN) * times) / HOURS_PER_YEAR,
  );
  return amount === undefined ? undefined : { amount, currency: match[3] };
}

function matched(pattern: RegExp, text: string): RegExpExecArray | null {
  return text.length > MAX_LENGTH ? null : pattern.exec(text.trim());
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

/** Hours for people: `3 m 30 s`, `12 h 30 m`, `4 d 3 h`; at most two parts. */
export function formatHours(hours: number): string {
  if (!Number.isFinite(hours)) return 'unknown';
  const seconds = hours * 3600;
  if (seconds === 0) return '0';
  if (seconds < 0.95) return seconds < 0.01 ? '< 0.01 s' : `${seconds.toPrecision(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (seconds < 600) {
    const whole = Math.floor(Math.round(seconds) / 60);
    const left = Math.round(seconds) % 60;
    return left === 0 ? `${whole} m` : `${whole} m ${pad(left)} s`;
  }
  if (minutes < 60) return `${minutes} m`;
  if (minutes < 72 * 60)
    return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} m`;
  const wholeHours = Math.round(hours);
  return `${Math.floor(wholeHours / 24)} d ${pad(wholeHours % 24)} h`;
}

/** Money for people: `1.53M USD`, `440k USD`, `525 USD`; three significant digits. */
export function formatMoney(amount: number, currency: string): string {
  return `${formatAmount(amount)} ${currency}`;
}

/** The same without the currency. */
export function formatAmount(amount: number): string {
  const size = Math.abs(amount);
  if (size >= 999.5e6) return `${significant(amount / 1e9)}bn`;
  if (size >= 999.5e3) return `${significant(amount / 1e6)}M`;
  if (size >= 999.5) return `${significant(amount / 1e3)}k`;
  return significant(amount);
}

/** A probability as a percentage with as many nines as it has: `99.857 %`, `99.99986 %`. */
export function formatAvailability(downProbability: number): string {
  if (downProbability <= 0) return '100 %';
  if (downProbability >= 1) return '0 %';
  const digits = Math.min(12, Math.max(2, Math.ceil(-Math.log10(downProbability))));
  const up = 1 - downProbability;
  const text = (up * 100).toFixed(digits);
  return text.startsWith('100') ? `> ${'99.'.padEnd(digits + 3, '9')} %` : `${text} %`;
}

/** A small share for people: `31 %`, `0.4 %`, `< 0.1 %`. */
export function formatShare(share: number): string {
  if (share === 0) return '0 %';
  if (share < 0.001) return '< 0.1 %';
  // What is not all is never said to be.
  if (share > 0.999 && share < 1) return '> 99.9 %';
  if (share > 0.9905 && share < 1) return `${Math.floor(share * 1000 + 1e-9) / 10} %`;
  return share < 0.0095 ? `${(share * 100).toFixed(1)} %` : `${Math.round(share * 100)} %`;
}

/** A stated share as it was stated: `99.95 %`. */
export function formatPercent(share: number): string {
  return `${(share * 100).toFixed(6).replace(/\.?0+$/, '')} %`;
}

/** Three significant digits without an exponent where that is readable. */
export function significant(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(1);
  const digits = Math.max(0, 2 - Math.floor(Math.log10(size)));
  const text = value.toFixed(Math.min(digits, 8));
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
