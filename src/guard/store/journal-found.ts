import { join } from 'node:path';
import { codeOf, type Disk, readWhole } from '../../disk/index.ts';
import { brokenLines, type JournalEntry, type Line, linesOf } from './journal-lines.ts';
import { type Anchor, changed, type GuardState, NOTHING, readState, toChange } from './state.ts';

/** Much more than a file of it ever has. @unit bytes */
const MOST_READ = 64_000_000;
export const MOST_STATE = 10_000_000;

/** What is there of the journal when it is opened. */
export interface FoundJournal {
  /** The number of the newest file; 0 when there is none. */
  readonly newest: number;
  /** Of the newest file; of those before it too where it does not begin with all that was before it. */
  readonly lines: readonly Line[];
  /** Places in `lines`, from 0. */
  readonly broken: ReadonlySet<number>;
  /** The last entry that is known of. */
  readonly last: Anchor;
  readonly current:
    | { readonly kind: 'whole'; readonly bytes: number }
    /** Its last line was never finished: that entry was never promised. */
    | { readonly kind: 'torn'; readonly bytes: number; readonly torn: Buffer }
    /** A new file has to be begun; why, where that is trouble. */
    | { readonly kind: 'unusable'; readonly why: string | undefined };
}

/** @param anchor of the state, where that is whole */
export function findJournal(disk: Disk, folder: string, anchor: Anchor | undefined): FoundJournal {
  const files = journalFiles(disk, folder);
  const newest = files.at(-1) ?? 0;
  const current = readLines(disk, join(folder, journalName(newest)));
  const standsAlone = current.lines[0]?.entry?.kind === 'continued';
  const older = standsAlone ? [] : files.slice(0, -1);
  const before = older.flatMap((number) => readLines(disk, join(folder, journalName(number))).lines);
  const sound = current.lines.length - countUnreadable(current.lines);
  const whole = [...before, ...current.lines.slice(0, sound)];
  const known = { seq: whole.at(-1)?.entry?.seq ?? 0, digest: whole.at(-1)?.digest ?? null };
  const broken = new Set(brokenLines(whole, anchor).map(({ line }) => line - 1));
  const isShort = anchor !== undefined && anchor.seq > known.seq;
  const isBroken = [...broken].some((i) => i >= before.length);
  const bytes = current.lines[sound]?.from ?? current.bytes.length - current.unfinished.length;
  const torn = current.bytes.subarray(bytes);
  const why = isShort
    ? `Entries up to ${anchor.seq} were written, and those after ${known.seq} are gone.`
    : isBroken
      ? 'Its chain is broken.'
      : current.trouble;
  return {
    newest,
    lines: whole,
    broken,
    last: isShort ? anchor : known,
    current:
      why !== undefined || bytes === 0
        ? { kind: 'unusable', why }
        : torn.length > 0
          ? { kind: 'torn', bytes, torn }
          : { kind: 'whole', bytes },
  };
}

/** Lines at the end that are no entries: a power loss leaves such, zeros with an end of line after them too. */
function countUnreadable(lines: readonly Line[]): number {
  return lines.length - 1 - lines.findLastIndex(({ entry }) => entry !== undefined);
}

function readLines(
  disk: Disk,
  path: string,
): ReturnType<typeof linesOf> & { bytes: Buffer; trouble?: string } {
  try {
    const bytes = disk.look(path) === null ? Buffer.alloc(0) : readWhole(disk, path, MOST_READ);
    return { ...linesOf(bytes), bytes };
  } catch (error) {
    const nothing = Buffer.alloc(0);
    return { ...linesOf(nothing), bytes: nothing, trouble: `It cannot be read: ${codeOf(error)}.` };
  }
}

/** Numbers of the journal’s files, the oldest first: the last one is written to. */
export function journalFiles(disk: Disk, folder: string): number[] {
  const numbers = disk.list(folder).map((name) => Number(/^journal-(\d{6,15})\.ndjson$/.exec(name)?.[1]));
  return numbers.filter((number) => !Number.isNaN(number)).sort((a, b) => a - b);
}

export function journalName(number: number): string {
  return `journal-${String(number).padStart(6, '0')}.ndjson`;
}

/**
 * The state that the journal leads to from the one that was kept. Without one it is had from the journal alone: then nothing from before a
 * broken line is good, for what is missing may have refused it. A refusal counts wherever it stands.
 */
export function recover(
  { lines, broken }: FoundJournal,
  kept: { readonly state: GuardState; readonly journal: Anchor } | undefined,
): GuardState {
  let state = kept?.state ?? NOTHING;
  let isTrusted = true;
  for (const [i, { entry }] of lines.entries()) {
    if (broken.has(i)) {
      if (kept === undefined) state = { ...NOTHING, refused: state.refused, frozen: state.frozen };
      else isTrusted = false;
    }
    const change = entry === undefined ? undefined : toChange(entry);
    if (entry === undefined || change === undefined || entry.seq <= (kept?.journal.seq ?? 0)) continue;
    if (change.kind === 'refused' || (isTrusted && !broken.has(i))) state = changed(state, change, entry.at);
  }
  return state;
}

export interface JournalVerdict {
  readonly entries: number;
  /** The oldest that is still kept; 0 when there is none. */
  readonly first: number;
  readonly last: number;
  /** Its last line is not finished: it is being written, or was when power was lost. */
  readonly isUnfinished: boolean;
  readonly broken: readonly { readonly file: string; readonly line: number; readonly message: string }[];
}

/** All entries that are kept, the oldest first. */
export interface JournalRead {
  readonly entries: readonly JournalEntry[];
  readonly verdict: JournalVerdict;
}

/**
 * Follows the chain through all files that are kept. Nothing is written, and a guard may run meanwhile.
 *
 * @throws what reading does
 */
export function readJournal(disk: Disk, folder: string): JournalRead {
  // Before the journal, which only grows.
  const statePath = join(folder, 'state.json');
  const anchor =
    disk.look(statePath) === null
      ? undefined
      : readState(readWhole(disk, statePath, MOST_STATE).toString('utf8'))?.journal;
  const names = journalFiles(disk, folder).map(journalName);
  const files = names.map((name) => ({ name, ...linesOf(readWhole(disk, join(folder, name), MOST_READ)) }));
  const lines = files.flatMap((file) => file.lines);
  const places = files.flatMap(({ name, lines }) => lines.map((_, i) => ({ file: name, line: i + 1 })));
  const end = { file: files.at(-1)?.name ?? journalName(1), line: (files.at(-1)?.lines.length ?? 0) + 1 };
  const broken = brokenLines(lines, anchor).map(({ line, message }) => ({
    ...(places[line - 1] ?? end),
    message,
  }));
  const entries = lines.flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
  const last = entries.at(-1)?.seq ?? 0;
  if (anchor !== undefined && anchor.seq > last)
    broken.push({
      ...end,
      message: `Expected entries up to ${anchor.seq}, as state.json says, found the end.`,
    });
  const isUnfinished = (files.at(-1)?.unfinished.length ?? 0) > 0;
  return {
    entries,
    verdict: { entries: lines.length, first: entries[0]?.seq ?? 0, last, isUnfinished, broken },
  };
}
