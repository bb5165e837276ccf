import { join } from 'node:path';
import { readWhole, type Disk } from '../../disk/index.ts';
import { journalFiles, journalName, verifyJournal, type JournalVerdict } from '../store/journal-found.ts';
import { linesOf, type JournalEntry } from '../store/journal-lines.ts';

/** @unit bytes */
const MOST = 64_000_000;

/** What a guard has decided, the oldest first, and whether it is as it was written. @throws what reading does */
export function readJournal(
  disk: Disk,
  folder: string,
): { readonly entries: readonly JournalEntry[]; readonly verdict: JournalVerdict } {
  const verdict = verifyJournal(disk, folder);
  const lines = journalFiles(disk, folder).flatMap(
    (number) => linesOf(readWhole(disk, join(folder, journalName(number)), MOST)).lines,
  );
  return { entries: lines.flatMap(({ entry }) => (entry === undefined ? [] : [entry])), verdict };
}
