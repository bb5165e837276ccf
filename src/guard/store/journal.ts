import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Disk, type DiskFile, replaceWhole } from '../../disk/index.ts';
import { digestOf } from '../../document/load.ts';
import { type FoundJournal, journalFiles, journalName } from './journal-found.ts';
import type { JournalEntry } from './journal-lines.ts';
import type { Anchor, GuardState } from './state.ts';

/** Of one file; then another is begun. @unit bytes */
const MOST_FILE = 4_000_000;
/** With the one that is written to. */
const MOST_FILES = 5;
/** Ends of files that were torn, kept as evidence. */
const MOST_TORN = 8;

/** Appends entries, each chained to the one before, on the disk when it returns. */
export class Journal {
  private readonly disk: Disk;
  private readonly folder: string;
  private readonly now: () => number;
  private readonly state: () => GuardState;
  private readonly mostFile: number;
  private known: Anchor;
  private newest: number;
  /** How much of the newest file is entries; undefined when another has to be begun. @unit bytes */
  private bytes: number | undefined;
  /** Behind those bytes may be something else. */
  private isSound: boolean;
  private torn: Buffer | undefined;

  /** @param state what a new file begins with */
  constructor(
    disk: Disk,
    folder: string,
    found: FoundJournal,
    {
      state,
      now,
      mostFile = MOST_FILE,
    }: { state: () => GuardState; now: () => number; mostFile?: number | undefined },
  ) {
    this.disk = disk;
    this.folder = folder;
    this.now = now;
    this.state = state;
    this.mostFile = mostFile;
    this.known = found.last;
    this.newest = found.newest;
    const { current } = found;
    this.bytes = current.kind === 'unusable' ? undefined : current.bytes;
    this.torn = current.kind === 'torn' ? current.torn : undefined;
    this.isSound = current.kind === 'whole';
  }

  private get path(): string {
    return join(this.folder, journalName(this.newest));
  }

  get last(): Anchor {
    return this.known;
  }

  /** On the disk when this returns. @throws what the disk does; then there is no such entry */
  append(kind: string, fields: Readonly<Record<string, unknown>>): JournalEntry {
    this.mend();
    if (this.bytes === undefined || this.bytes > this.mostFile) this.beginAnew();
    const { entry, line } = this.following(kind, fields);
    const start = this.bytes ?? 0;
    this.isSound = false;
    try {
      this.inFile((file) => file.write(line));
    } catch (error) {
      this.mendIfPossible();
      throw error;
    }
    this.isSound = true;
    this.bytes = start + line.length;
    this.known = { seq: entry.seq, digest: digestOf(line.subarray(0, -1)) };
    return entry;
  }

  /** Cuts off what is no entry; what was found so is kept aside. @throws what the disk does */
  mend(): void {
    if (this.isSound || this.bytes === undefined) return;
    const { bytes, torn } = this;
    const found = this.disk.look(this.path)?.bytes ?? 0;
    if (found < bytes) {
      this.bytes = undefined;
      return;
    }
    if (torn !== undefined) this.keepAside(torn);
    if (found > bytes) this.inFile((file) => file.cut(bytes));
    this.torn = undefined;
    this.isSound = true;
  }

  private mendIfPossible(): void {
    try {
      this.mend();
    } catch {
      // As full or as broken as when the entry was written, which is what is thrown. Tried again before the next one.
    }
  }

  /** A file under the next number that begins with all that is known. Nothing is renamed: what is there stays what it is. */
  private beginAnew(): void {
    const { disk, folder } = this;
    this.bytes = undefined;
    const { entry, line } = this.following('continued', { state: this.state() });
    replaceWhole(disk, join(folder, journalName(this.newest + 1)), line);
    this.newest += 1;
    this.known = { seq: entry.seq, digest: digestOf(line.subarray(0, -1)) };
    this.bytes = line.length;
    this.isSound = true;
    for (const number of journalFiles(disk, folder).slice(0, -MOST_FILES))
      disk.remove(join(folder, journalName(number)));
  }

  private following(
    kind: string,
    fields: Readonly<Record<string, unknown>>,
  ): { readonly entry: JournalEntry; readonly line: Buffer } {
    const { seq, digest } = this.known;
    const head = { seq: seq + 1, at: new Date(this.now()).toISOString(), prev: digest, kind };
    // Its own words come first, whatever the fields are called.
    const entry = { ...head, ...fields, ...head };
    return { entry, line: Buffer.from(`${JSON.stringify(entry)}\n`) };
  }

  private inFile(use: (file: DiskFile) => void): void {
    const file = this.disk.open(this.path, 'more', 0o600);
    try {
      use(file);
      file.sync();
    } finally {
      file.close();
    }
  }

  private keepAside(torn: Buffer): void {
    const id = createHash('sha256').update(torn).digest('hex').slice(0, 8);
    const seq = String(this.known.seq + 1).padStart(12, '0');
    replaceWhole(this.disk, join(this.folder, `torn-${seq}-${id}.bin`), torn);
    const all = this.disk.list(this.folder).filter((name) => /^torn-.*\.bin$/.test(name));
    for (const name of all.sort().slice(0, -MOST_TORN)) this.disk.remove(join(this.folder, name));
  }
}
