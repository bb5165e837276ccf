import { join } from 'node:path';
import { KeelsonError } from '../../errors.ts';
import {
  codeOf,
  type Disk,
  makeFolders,
  readWhole,
  removeUnfinished,
  replaceWhole,
  systemDisk,
  unusable,
} from '../../disk/index.ts';
import type { Facts } from '../result.ts';
import { Blobs, type StageOutcome } from './blobs.ts';
import { type InstallOutcome, installFile } from './install.ts';
import { findJournal, MOST_STATE, recover } from './journal-found.ts';
import type { JournalEntry } from './journal-lines.ts';
import { Journal } from './journal.ts';
import { type Lock, lockFolder } from './lock.ts';
import { type Change, changed, type GuardState, isChange, readState, stateText } from './state.ts';
import { type Trouble, trouble } from './trouble.ts';

export interface StoreOptions {
  /** @default this computer’s */
  readonly disk?: Disk | undefined;
  /** The wall clock: entries say when they were made by it, and nothing is decided by it. @unit ms since 1970 */
  readonly now?: (() => number) | undefined;
  /** Takes the folder for this process. @default a lock file */
  readonly lock?: ((folder: string) => Lock) | undefined;
  /** Of a file of the journal, before another is begun. @unit bytes @default 4_000_000 */
  readonly mostJournal?: number | undefined;
}

const STATE = 'state.json';
/** Refused ones whose bytes stay, for people to look at. */
const MOST_REFUSED_BLOBS = 3;

/**
 * What a guard keeps on disk, so that it starts from the last good version: `blobs/` whole files by their digest, `state.json` which of them
 * is good, `journal-….ndjson` why. A blob is on the disk before anything names it, an entry before what it says is done, the state before any
 * target is touched by what it says.
 */
export class GuardStore {
  readonly folder: string;
  private readonly disk: Disk;
  private readonly now: () => number;
  private readonly takeLock: (folder: string) => Lock;
  private readonly blobs: Blobs;
  private readonly journal: Journal;
  private readonly found: Trouble[] = [];
  private known: GuardState;
  private lock: Lock | undefined;
  private whyUnsaved: string | undefined;
  /** Found at open, and not in the journal yet. */
  private lost: Change[] = [];
  private isSettled = false;
  private isClosed = false;
  /** Brought in by this process, and not yet decided on. */
  private readonly staged = new Set<string>();
  /** By target, what is being done to it. */
  private readonly installing = new Map<string, Promise<InstallOutcome>>();

  /**
   * The last good version, else the one before it, else none: never half of one. Where nothing can be written it is opened all the same.
   *
   * @throws KeelsonError `guard-running`; `state-unusable` when the folder is not there and cannot be made, or cannot be read
   */
  static open(folder: string, options: StoreOptions = {}): GuardStore {
    return new GuardStore(folder, options);
  }

  private constructor(
    folder: string,
    { disk = systemDisk, now = Date.now, lock = lockFolder, mostJournal }: StoreOptions,
  ) {
    this.folder = folder;
    this.disk = disk;
    this.now = now;
    this.takeLock = lock;
    this.blobs = new Blobs(disk, folder);
    try {
      makeFolders(disk, folder);
      disk.list(folder);
    } catch (cause) {
      throw unusable(folder, cause);
    }
    // Before anything is read: who has the folder may be writing.
    const whyUnlocked = this.tryTo(() => this.ownFolder());
    const kept = this.loadState();
    const journal = findJournal(disk, folder, kept?.journal);
    const { current } = journal;
    if (current.kind === 'torn') this.found.push(trouble.journalTorn(current.torn.length));
    if (current.kind === 'unusable' && current.why !== undefined)
      this.found.push(trouble.journalDamaged(current.why));
    this.known = recover(journal, kept);
    this.journal = new Journal(disk, folder, journal, {
      state: () => this.known,
      now,
      mostFile: mostJournal,
    });
    this.leaveDamaged();
    const whyUnwritable = whyUnlocked ?? this.tryTo(() => this.settle());
    if (whyUnwritable !== undefined) this.found.push(trouble.unwritable(whyUnwritable));
  }

  /** What was wrong when it was opened. */
  get troubles(): readonly Trouble[] {
    return this.found;
  }

  get state(): GuardState {
    return this.known;
  }

  get good(): GuardState['good'] {
    return this.known.good;
  }

  /** The system’s word for why `state.json` is older than the journal, which says the same; undefined when it is not. */
  get unsaved(): string | undefined {
    return this.whyUnsaved;
  }

  /** Where the bytes of a version are. */
  pathOf(digest: string): string {
    return this.blobs.pathOf(digest);
  }

  /**
   * Copies a file in, once: what is judged and what is installed are the same bytes. It is not good by that.
   *
   * @throws KeelsonError `state-unusable`; what reading the source does is thrown as it is
   */
  async stage(
    source: string | AsyncIterable<Uint8Array>,
    { mostBytes = Number.POSITIVE_INFINITY }: { readonly mostBytes?: number } = {},
  ): Promise<StageOutcome> {
    this.write(() => this.settle());
    const parts = typeof source === 'string' ? this.disk.parts(source) : source;
    return this.blobs.stage(parts, mostBytes, (digest) => this.staged.add(digest));
  }

  /** The one to be tried from now on. */
  begin({ digest, facts, phase }: { digest: string; facts: Facts; phase: string }): void {
    this.expectUsable(digest);
    this.change({ kind: 'begun', digest, facts, phase });
    this.staged.delete(digest);
  }

  /** Where its rollout is, before that is done: targets are named before they get it. */
  move(digest: string, phase: string, targets: readonly string[]): void {
    this.change({ kind: 'moved', digest, phase, targets });
  }

  /** The last good one from now on; the one until now is the one before. */
  keepGood(facts: Facts): void {
    this.expectUsable(facts.digest);
    this.change({ kind: 'kept', digest: facts.digest, facts });
    this.staged.delete(facts.digest);
  }

  /** Where it is the good one, the one before it is from now on. */
  refuse(digest: string, why: string): void {
    this.change({ kind: 'refused', digest, why });
    this.staged.delete(digest);
    this.sweep();
  }

  /** A person lets a refused one be tried again. */
  allow(digest: string, why: string): void {
    this.change({ kind: 'allowed', digest, why });
  }

  freeze(why: string): void {
    this.change({ kind: 'frozen', why });
  }

  thaw(why: string): void {
    this.change({ kind: 'thawed', why });
  }

  /** A staged one that nobody wants any more. */
  discard(digest: string): void {
    this.staged.delete(digest);
    this.sweep();
  }

  /** Keeps so many good ones, the one in force included. */
  prune(keep: number): void {
    if (this.known.previous.length > Math.max(1, keep) - 1) this.change({ kind: 'pruned', keep });
    this.sweep();
  }

  /** Anything else that was decided or seen; on the disk when this returns. @throws KeelsonError `state-unusable` */
  note(kind: string, fields: Readonly<Record<string, unknown>>): JournalEntry {
    if (isChange(kind)) throw new Error(`Expected a kind that changes nothing, found "${kind}".`);
    return this.write(() => {
      this.settle();
      return this.journal.append(kind, fields);
    });
  }

  /** Replaces a target by a version: whole, or not at all. One after the other for the same target. */
  async install(digest: string, target: string): Promise<InstallOutcome> {
    const from = this.pathOf(digest);
    const before = this.installing.get(target);
    const installed = (async () => {
      await before;
      return installFile(this.disk, from, digest, target);
    })();
    this.installing.set(target, installed);
    try {
      return await installed;
    } finally {
      if (this.installing.get(target) === installed) this.installing.delete(target);
    }
  }

  /** Another process may have the folder; nothing is written any more. */
  close(): void {
    this.lock?.release();
    this.lock = undefined;
    this.isClosed = true;
  }

  private loadState(): ReturnType<typeof readState> {
    const path = join(this.folder, STATE);
    try {
      if (this.disk.look(path) === null) return undefined;
      const kept = readState(readWhole(this.disk, path, MOST_STATE).toString('utf8'));
      if (kept === undefined) this.found.push(trouble.stateDamaged('it is another text'));
      return kept;
    } catch (error) {
      this.found.push(trouble.stateDamaged(`it cannot be read: ${codeOf(error)}`));
      return undefined;
    }
  }

  /** The newest good one whose bytes are its bytes. */
  private leaveDamaged(): void {
    const hadGood = this.known.good !== null;
    for (let { good } = this.known; good !== null; good = this.known.good) {
      const why = this.blobs.damageOf(good.digest);
      if (why === undefined) return;
      this.found.push(trouble.versionDamaged(good.digest, why));
      const lost: Change = { kind: 'lost', digest: good.digest, why };
      this.lost.push(lost);
      this.known = changed(this.known, lost, this.time());
    }
    if (hadGood) this.found.push(trouble.noneGood());
  }

  /** What a start writes; what it could not is done before the next write. @throws KeelsonError, and what the disk does */
  private settle(): void {
    if (this.isSettled) return;
    const { disk, folder } = this;
    if (this.lock === undefined) {
      this.ownFolder();
      this.expectUnchanged();
    }
    for (const name of ['blobs', 'incoming', 'orders']) makeFolders(disk, join(folder, name));
    for (const name of disk.list(folder))
      if (name.endsWith('.new')) removeUnfinished(disk, join(folder, name));
    this.blobs.removeIncoming();
    this.journal.mend();
    for (let [lost] = this.lost; lost !== undefined; [lost] = this.lost) {
      this.record(lost);
      this.lost.shift();
    }
    this.journal.append('opened', { good: this.good?.digest ?? null, troubles: this.found });
    this.save();
    this.isSettled = true;
    this.sweep();
  }

  private ownFolder(): void {
    this.lock ??= this.takeLock(this.folder);
  }

  /** Where the folder could not be taken at open, another may have had it since. */
  private expectUnchanged(): void {
    const { last } = findJournal(this.disk, this.folder, this.loadState()?.journal);
    if (last.seq === this.journal.last.seq && last.digest === this.journal.last.digest) return;
    throw new KeelsonError(
      'guard-running',
      `Expected ${this.folder} as it was when this guard started, found that another has written to it.`,
      { hint: 'Start this guard again: it goes on from what the other one has kept.' },
    );
  }

  /** The entry first, then the state. */
  private change(change: Change): void {
    this.write(() => {
      this.settle();
      const { at } = this.record(change);
      this.known = changed(this.known, change, at);
    });
    // The journal says the same by now: where this fails it is done with the next change.
    this.whyUnsaved = this.tryTo(() => this.save());
  }

  private record({ kind, ...fields }: Change): JournalEntry {
    return this.journal.append(kind, fields);
  }

  private save(): void {
    replaceWhole(this.disk, join(this.folder, STATE), stateText(this.known, this.journal.last));
    this.whyUnsaved = undefined;
  }

  /** Removes the bytes of versions that nothing names. Not after damage: they may be all that is left. */
  private sweep(): void {
    if (this.found.some(({ code }) => code === 'state-damaged' || code === 'journal-damaged')) return;
    // What state.json still names stays.
    if (!this.isSettled || this.whyUnsaved !== undefined) return;
    const { good, previous, candidate, refused } = this.known;
    const named = [good, candidate, ...previous, ...refused.slice(0, MOST_REFUSED_BLOBS)];
    const kept = new Set([...this.staged, ...named.flatMap((one) => (one === null ? [] : [one.digest]))]);
    // What cannot be removed takes room and does no harm; the next one tries again.
    this.tryTo(() => this.blobs.keepOnly(kept));
  }

  private expectUsable(digest: string): void {
    if (this.known.refused.some((one) => one.digest === digest))
      throw new Error(`Expected a version that was not refused, found ${digest}.`);
    if (!this.blobs.has(digest)) throw new Error(`Expected ${digest} to be staged, found nothing.`);
  }

  private time(): string {
    return new Date(this.now()).toISOString();
  }

  /** @returns the system’s word for why it failed */
  private tryTo(write: () => void): string | undefined {
    try {
      write();
      return undefined;
    } catch (error) {
      if (error instanceof KeelsonError && error.code === 'guard-running') throw error;
      return codeOf(error);
    }
  }

  private write<T>(write: () => T): T {
    if (this.isClosed) throw new Error(`Expected the store in ${this.folder} to be open, found it closed.`);
    try {
      return write();
    } catch (cause) {
      throw cause instanceof KeelsonError ? cause : unusable(this.folder, cause);
    }
  }
}
