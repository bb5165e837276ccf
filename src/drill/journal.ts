import { rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, makeFolders, readWhole, systemDisk, type Disk } from '../disk/index.ts';
import { KeelsonError } from '../errors.ts';

/** What a drill has put somewhere, so that it can be taken away whatever becomes of the drill. */
export interface Put {
  /** The control API. */
  readonly control: string;
  readonly proxy: string;
  /** The toxic; undefined where the proxy was disabled. */
  readonly toxic: string | undefined;
}

/** What drills put is known by it. */
export const OWN = 'keelson-drill-';
/** A journal longer than this is none of ours. @unit bytes */
const MOST_BYTES = 10_000_000;

/** What was put and not yet taken away, on disk before it is done. */
export class DrillJournal {
  readonly file: string;
  private readonly disk: Disk;
  private readonly open: Map<string, Put>;
  /** What stands in the file in whole lines. @unit bytes */
  private bytes: number;
  /** The process that wrote last. */
  private readonly writer: number | undefined;
  private hasMadeFolder = false;

  private constructor(file: string, disk: Disk, { open, bytes, writer }: Found) {
    this.file = file;
    this.disk = disk;
    this.open = open;
    this.bytes = bytes;
    this.writer = writer;
  }

  /**
   * With what an earlier drill left behind. A file that says that nothing is left goes.
   *
   * @throws KeelsonError `drill-journal` where it cannot be read, or is none of ours
   */
  static at(file: string, disk: Disk = systemDisk): DrillJournal {
    const text = textOf(file, disk);
    if (text === undefined) return new DrillJournal(file, disk, { open: new Map(), bytes: 0 });
    const journal = new DrillJournal(file, disk, foundIn(text, file));
    if (journal.open.size === 0) journal.remove();
    return journal;
  }

  /** What was put and not taken away. */
  get left(): readonly Put[] {
    return [...this.open.values()];
  }

  /** The process of this computer that put what is left, where it still runs. */
  get underWay(): number | undefined {
    const { writer } = this;
    return this.open.size > 0 && writer !== undefined && writer !== process.pid && runs(writer)
      ? writer
      : undefined;
  }

  /** @throws KeelsonError `drill-journal` where it cannot be written: then nothing may be put */
  put(put: Put): void {
    try {
      this.write('put', put);
    } catch (cause) {
      if (this.open.size === 0) this.tryToRemove();
      throw new KeelsonError(
        'drill-journal',
        `What is put must be written down in ${this.file} first, and cannot be: ${codeOf(cause)}.`,
        { hint: 'Name a folder that can be written: --state DIR', cause },
      );
    }
    this.open.set(keyOf(put), put);
  }

  /** What cannot be written is taken away once more by the next drill: that does no harm. */
  lifted(put: Put): void {
    this.open.delete(keyOf(put));
    if (this.open.size === 0) {
      this.tryToRemove();
      return;
    }
    try {
      this.write('lifted', put);
    } catch {
      // Said above.
    }
  }

  private write(verb: 'put' | 'lifted', put: Put): void {
    const { disk } = this;
    const folder = dirname(this.file);
    if (disk.look(folder) === null) {
      makeFolders(disk, folder);
      this.hasMadeFolder = true;
    }
    const line = Buffer.from(`${JSON.stringify({ verb, process: process.pid, ...put })}\n`);
    const file = disk.open(this.file, 'more', 0o600);
    try {
      // A line that was cut off would swallow the next one.
      if ((disk.look(this.file)?.bytes ?? 0) > this.bytes) file.cut(this.bytes);
      file.write(line);
      file.sync();
      this.bytes += line.length;
    } catch (error) {
      file.cut(this.bytes);
      throw error;
    } finally {
      file.close();
    }
    if (verb === 'put') disk.syncFolder(folder);
  }

  private tryToRemove(): void {
    try {
      this.remove();
    } catch {
      // The next drill finds it, and takes away what is not there.
    }
  }

  private remove(): void {
    if (this.disk.look(this.file) !== null) this.disk.remove(this.file);
    this.bytes = 0;
    if (!this.hasMadeFolder) return;
    try {
      rmdirSync(dirname(this.file));
    } catch {
      // Somebody else has put something there.
    }
  }
}

interface Found {
  readonly open: Map<string, Put>;
  readonly bytes: number;
  readonly writer?: number | undefined;
}

function textOf(file: string, disk: Disk): string | undefined {
  try {
    return disk.look(file) === null ? undefined : readWhole(disk, file, MOST_BYTES).toString('utf8');
  } catch (cause) {
    throw new KeelsonError(
      'drill-journal',
      `What a drill has put cannot be read in ${file}: ${codeOf(cause)}.`,
      {
        hint: 'Name another folder: --state DIR',
        cause,
      },
    );
  }
}

function foundIn(text: string, file: string): Found {
  const open = new Map<string, Put>();
  let writer: number | undefined;
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  for (const [i, line] of lines.entries()) {
    const entry = entryOf(line);
    if (entry === undefined) throw notOurs(file, i + 1);
    if (entry.verb === 'put') open.set(keyOf(entry.put), entry.put);
    else open.delete(keyOf(entry.put));
    writer = entry.process;
  }
  // Cut off by what ended the drill: then nothing was done yet.
  if (lines.length === 0 && !isBeginning(last)) throw notOurs(file, lines.length + 1);
  return { open, bytes: Buffer.byteLength(text) - Buffer.byteLength(last), writer };
}

/** Whether a text is how a line begins. */
function isBeginning(text: string): boolean {
  return ['{"verb":"put","process":', '{"verb":"lifted","process":'].some((one) =>
    text.length < one.length ? one.startsWith(text) : text.startsWith(one),
  );
}

function notOurs(file: string, line: number): KeelsonError {
  return new KeelsonError('drill-journal', `Expected what a drill has put in ${file}, line ${line}.`, {
    hint: 'Take the file away if it is not of a drill: --state names the folder.',
  });
}

function keyOf({ control, proxy, toxic }: Put): string {
  return JSON.stringify([control, proxy, toxic ?? null]);
}

interface Entry {
  readonly verb: 'put' | 'lifted';
  readonly put: Put;
  readonly process: number | undefined;
}

function entryOf(line: string): Entry | undefined {
  let found: unknown;
  try {
    found = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof found !== 'object' || found === null) return undefined;
  const { verb, control, proxy, toxic, process: writer }: Record<string, unknown> = { ...found };
  if ((verb !== 'put' && verb !== 'lifted') || typeof control !== 'string' || typeof proxy !== 'string')
    return undefined;
  // A drill puts nothing under other names: what has one is somebody else's.
  const isOwn = toxic === undefined || (typeof toxic === 'string' && toxic.startsWith(OWN));
  if (!isOwn) return undefined;
  const put = { control, proxy, toxic };
  return { verb, put, process: typeof writer === 'number' ? writer : undefined };
}

function runs(process_: number): boolean {
  try {
    return process.kill(process_, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
