import { realpathSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import {
  codeOf,
  fileDigest,
  makeFolders,
  readWhole,
  removeUnfinished,
  replaceWhole,
  type Disk,
} from '../../disk/index.ts';
import { KeelsonError } from '../../errors.ts';
import { installFile } from '../store/install.ts';
import { isDigest, isRecord } from '../store/state.ts';

/** What a drill has put at a source, so that it can be taken back whatever becomes of the drill. */
interface Left {
  /** The file at the source; links followed. */
  readonly source: string;
  /** The one that was in force. */
  readonly good: string;
  /** When it was changed, which says in a folder which file is the newest. @unit s since 1970 */
  readonly changed: number;
  /** Digests that were put there. */
  readonly puts: readonly string[];
}

const SCHEMA = 'keelson.guard-drill-puts/1';
/** @unit bytes */
const MOST_LEFT = 100_000;

/** Files put at a source in place of the good one: said on the disk before it is done. One drill at a time has them. */
export class Puts {
  readonly file: string;
  private readonly copy: string;
  private readonly disk: Disk;
  private left: Left;

  private constructor(disk: Disk, places: { file: string; copy: string }, left: Left) {
    this.disk = disk;
    this.file = places.file;
    this.copy = places.copy;
    this.left = left;
  }

  /**
   * @param state the folder of all guards
   * @throws KeelsonError `drill-left` where an earlier drill has left something, or still runs; `state-unusable`
   */
  static begin(disk: Disk, state: string, name: string, source: string, good: Uint8Array): Puts {
    Puts.expectNone(disk, state, name);
    const places = placesOf(state, name);
    const real = realpathSync(source);
    makeFolders(disk, state);
    replaceWhole(disk, places.copy, good);
    const left = {
      source: real,
      good: fileDigest(disk, places.copy),
      // The system takes microseconds, and cuts what is less: a little later, so that no other of the same moment is newer.
      changed: Number(statSync(real, { bigint: true }).mtimeNs / 1000n + 2n) / 1e6,
      puts: [],
    };
    const puts = new Puts(disk, places, left);
    puts.write();
    return puts;
  }

  /** @throws KeelsonError `drill-left` */
  static expectNone(disk: Disk, state: string, name: string): void {
    const { file } = placesOf(state, name);
    if (disk.look(file) !== null)
      throw new KeelsonError('drill-left', `Another drill of ${name} runs, or has left ${file}.`, {
        hint: 'Where none runs, put back what it has left: keelson drill guard CONTRACT --restore',
      });
  }

  /** What an earlier drill has left. @throws KeelsonError `drill-journal` where the file is none of ours */
  static left(disk: Disk, state: string, name: string): Puts | undefined {
    const places = placesOf(state, name);
    if (disk.look(places.file) === null) return undefined;
    const left = toLeft(disk, places.file);
    if (left !== undefined) return new Puts(disk, places, left);
    throw new KeelsonError('drill-journal', `Expected what a drill has put in ${places.file}.`, {
      hint: 'Take the file away if it is not of a drill, and see what stands at the source.',
    });
  }

  get good(): string {
    return this.left.good;
  }

  get hasPut(): boolean {
    return this.left.puts.length > 0;
  }

  has(digest: string | undefined): boolean {
    return digest !== undefined && this.left.puts.includes(digest);
  }

  /** What stands at the source now; undefined: nothing that can be read. */
  standing(): string | undefined {
    try {
      return fileDigest(this.disk, this.left.source);
    } catch {
      return undefined;
    }
  }

  /** @throws KeelsonError `drill-unwritable` */
  async put(path: string, digest: string): Promise<void> {
    this.left = { ...this.left, puts: [...this.left.puts, digest] };
    this.write();
    await this.install(path, digest);
  }

  /**
   * Puts the good one back where something of a drill stands.
   *
   * @returns whether the good one is there: somebody else's file is left alone
   * @throws KeelsonError `drill-unwritable`
   */
  async takeBack(): Promise<boolean> {
    const { good, source, changed } = this.left;
    const found = this.standing();
    if (found === good) return true;
    if (!this.has(found)) return false;
    await this.install(this.copy, good);
    utimesSync(source, changed, changed);
    return true;
  }

  /** Nothing is left: the copy and the record go. */
  end(): void {
    for (const path of [this.file, this.copy]) removeUnfinished(this.disk, path);
  }

  private async install(path: string, digest: string): Promise<void> {
    const outcome = await installFile(this.disk, path, digest, this.left.source);
    if (outcome.kind !== 'installed')
      throw new KeelsonError('drill-unwritable', `The source cannot be written: ${outcome.why}`, {
        hint: 'A drill puts files where the source offers them: run it as a user who may.',
      });
  }

  private write(): void {
    const { disk, file, left } = this;
    replaceWhole(disk, file, `${JSON.stringify({ schema: SCHEMA, ...left })}\n`);
  }
}

/** Beside the folders of guards, which are theirs. */
function placesOf(state: string, name: string): { readonly file: string; readonly copy: string } {
  return { file: join(state, `${name}.drill.json`), copy: join(state, `${name}.drill-good`) };
}

function toLeft(disk: Disk, file: string): Left | undefined {
  try {
    const value: unknown = JSON.parse(readWhole(disk, file, MOST_LEFT).toString('utf8'));
    if (!isRecord(value) || value.schema !== SCHEMA) return undefined;
    const { source, good, changed, puts } = value;
    if (typeof source !== 'string' || !isDigest(good) || typeof changed !== 'number') return undefined;
    if (!Array.isArray(puts) || !puts.every(isDigest)) return undefined;
    return { source, good, changed, puts };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw new KeelsonError('drill-journal', `${file} cannot be read: ${codeOf(error)}.`);
  }
}
