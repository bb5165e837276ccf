import type { Random } from '../../random.ts';
import type { Contract } from '../contract.ts';
import type { Facts } from '../result.ts';

export interface Making {
  readonly contract: Contract;
  readonly good: Uint8Array;
  readonly facts: Facts;
  readonly random: Random;
}

/** A file that was made, or why there is none. */
export type Attempt = { readonly says: string; readonly bytes: Uint8Array } | { readonly why: string };

/** How the files of one format are made. */
export interface Maker {
  oversized(): Attempt;
  doubled(): Attempt;
  truncated(): Attempt;
  older(): Attempt;
  /** In the order in which they are to be tried. */
  wrongType(): readonly Attempt[];
  duplicateKey(): Attempt;
}

/** Nothing larger is made. @unit bytes */
export const MOST_MADE = 16_000_000;
/** What counts as oversized where no limit is within reach. */
export const TIMES = 10;

/**
 * How many rows are too many: one more than the limit, or so many that the file has too many bytes, where that is not too much to make; else
 * ten times as many.
 *
 * @param rowBytes of one, on average, in what is made
 */
export function tooMany(
  { limits }: Contract,
  rows: number,
  rowBytes: number,
): { readonly rows: number; readonly says: string } | { readonly why: string } {
  if (rows === 0) return { why: 'it has no rows' };
  const fits = (count: number): boolean => count * rowBytes <= MOST_MADE;
  if (limits.rows !== undefined && fits(limits.rows + 1))
    return { rows: limits.rows + 1, says: `${limits.rows + 1} rows, one more than limits.rows` };
  const beyond = Math.ceil(limits.bytes / rowBytes) + 1;
  if (fits(beyond)) return { rows: beyond, says: `${beyond} rows, more bytes than limits.bytes` };
  if (fits(TIMES * rows)) return { rows: TIMES * rows, says: `${TIMES} times as many rows` };
  return { why: `it would have more than ${MOST_MADE / 1e6} MB` };
}

/** Cut somewhere in the middle half. */
export function cut(whole: Uint8Array, random: Random): Attempt {
  const at = Math.floor(whole.length * (0.25 + random() / 2));
  if (at === 0) return { why: 'it is too short' };
  return { says: `cut after ${at} of ${whole.length} bytes`, bytes: whole.subarray(0, at) };
}
