import { digestOf } from '../../document/load.ts';
import { type Anchor, isDigest, isRecord } from './state.ts';

/** A line of the journal: what was decided and why. */
export interface JournalEntry {
  /** From 1, over all files. */
  readonly seq: number;
  /** RFC 3339, by the wall clock, which may jump; the order is that of `seq`. */
  readonly at: string;
  /** The digest of the line before, without its end; null before the first. */
  readonly prev: string | null;
  readonly kind: string;
  readonly [more: string]: unknown;
}

/** A line as it was found. */
export interface Line {
  /** Undefined: it is no entry. */
  readonly entry: JournalEntry | undefined;
  readonly digest: string;
  /** Where it begins. @unit bytes */
  readonly from: number;
}

export interface BrokenLine {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** @returns also what is behind the last end of a line: it was never finished */
export function linesOf(bytes: Buffer): { readonly lines: readonly Line[]; readonly unfinished: Buffer } {
  const lines: Line[] = [];
  let from = 0;
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, from)) {
    const line = bytes.subarray(from, end);
    lines.push({ entry: entryOf(line), digest: digestOf(line), from });
    from = end + 1;
  }
  return { lines, unfinished: bytes.subarray(from) };
}

function entryOf(line: Buffer): JournalEntry | undefined {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    if (!isRecord(value)) return undefined;
    const { seq, at, prev, kind } = value;
    const isEntry =
      typeof seq === 'number' &&
      Number.isSafeInteger(seq) &&
      seq > 0 &&
      typeof at === 'string' &&
      typeof kind === 'string' &&
      (prev === null || isDigest(prev));
    return isEntry ? { ...value, seq, at, prev, kind } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Where the chain is broken: at the line that was altered, or at the one before which others are missing.
 *
 * @param anchor what the state says of an entry: it vouches for the last line, for which no other line does
 */
export function brokenLines(lines: readonly Line[], anchor: Anchor | undefined): BrokenLine[] {
  const denied = deniedLines(lines, anchor);
  const broken: BrokenLine[] = [];
  let last: Anchor | undefined;
  for (const [i, { entry, digest }] of lines.entries()) {
    const say = (message: string): void => void broken.push({ line: i + 1, message });
    const expected: number = last === undefined ? (entry?.seq ?? 1) : last.seq + 1;
    if (entry === undefined) say('Expected an entry, found something else.');
    else if (entry.seq !== expected)
      say(`Expected entry ${expected}, found ${entry.seq}: those between are missing, or this is altered.`);
    else if (denied[i] === true) say(`Entry ${entry.seq} is not as it was written.`);
    else if (last !== undefined && entry.prev !== last.digest && broken.at(-1)?.line !== i)
      say(`Entry ${entry.seq} does not follow the one before it.`);
    last = { seq: entry?.seq ?? expected, digest };
  }
  return broken;
}

/** Lines of which the next one, or the state, says that they were others. What a denied line says of the one before counts for nothing. */
function deniedLines(lines: readonly Line[], anchor: Anchor | undefined): boolean[] {
  const denied: boolean[] = [];
  for (let i = lines.length - 1; i >= 0; i--) {
    const line = lines[i];
    const next = lines[i + 1]?.entry;
    if (line?.entry !== undefined && line.entry.seq === anchor?.seq)
      denied[i] = line.digest !== anchor.digest;
    else denied[i] = follows(line, next) && next?.prev !== line?.digest && denied[i + 1] !== true;
  }
  return denied;
}

/** By their numbers: where lines are missing between two, neither says anything of the other. */
function follows(line: Line | undefined, next: JournalEntry | undefined): boolean {
  return next !== undefined && (line?.entry === undefined || next.seq === line.entry.seq + 1);
}
