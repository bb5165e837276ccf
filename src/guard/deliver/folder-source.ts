import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemSays } from './shown.ts';
import type { FullSourceOptions, Look, Source } from './source.ts';
import { FileTaker } from './take-file.ts';
import { watchHint } from './watch-hint.ts';

/** Files of a folder that nobody looks through. */
const MOST_FILES = 10_000;

interface Found {
  readonly name: string;
  /** When it was changed last. @unit ns since 1970 */
  readonly changed: bigint;
}

/** The newest of the files of a folder whose names match. One that is older than what was taken last is never taken. */
export class FolderSource implements Source {
  readonly words: string;
  private readonly folder: string;
  private readonly pattern: RegExp;
  private readonly beside: string | undefined;
  private readonly taker: FileTaker;
  private last: Found | undefined;

  constructor(folder: string, match: string, options: FullSourceOptions) {
    this.words = join(folder, match);
    this.folder = folder;
    this.pattern = patternOf(match);
    this.beside = options.beside;
    this.taker = new FileTaker(options);
  }

  async look(signal: AbortSignal): Promise<Look> {
    let found: readonly Found[];
    try {
      found = await filesOf(this.folder, this.pattern, this.beside);
    } catch (error) {
      return { kind: 'gone', why: `the folder cannot be read: the system says ${systemSays(error)}` };
    }
    if (found.length > MOST_FILES)
      return { kind: 'gone', why: `the folder has more than ${MOST_FILES} files that match` };
    const newest = found.reduce<Found | undefined>(newer, undefined);
    if (newest === undefined) return { kind: 'gone', why: 'no file of the folder matches' };
    // When the newest is deleted, the one before it is nothing new.
    if (this.last !== undefined && newer(this.last, newest) === this.last && newest.name !== this.last.name)
      return { kind: 'gone', why: `${this.last.name} is no longer there; what is there is older` };
    const look = await this.taker.take(join(this.folder, newest.name), signal);
    if (look.kind === 'new' || look.kind === 'same' || look.kind === 'too-large') this.last = newest;
    return look;
  }

  forget(): void {
    this.last = undefined;
    this.taker.forget();
  }

  watch(hint: () => void): () => void {
    return watchHint(this.folder, hint);
  }
}

/** The newest of the files of a folder that match: what a source of it offers. Undefined where none does. @throws what reading does */
export async function newestIn(
  folder: string,
  match: string,
  beside: string | undefined,
): Promise<string | undefined> {
  const found = await filesOf(folder, patternOf(match), beside);
  const newest = found.reduce<Found | undefined>(newer, undefined);
  return newest === undefined ? undefined : join(folder, newest.name);
}

async function filesOf(folder: string, pattern: RegExp, beside: string | undefined): Promise<Found[]> {
  const names = (await readdir(folder)).filter(
    (name) => pattern.test(name) && !(beside !== undefined && name.endsWith(beside)),
  );
  const found = await Promise.all(
    names.slice(0, MOST_FILES + 1).map(async (name) => {
      const about = await stat(join(folder, name), { bigint: true }).catch(() => undefined);
      return about?.isFile() === true ? [{ name, changed: about.mtimeNs }] : [];
    }),
  );
  return found.flat();
}

/** The later one; of two of the same moment the one whose name comes later. */
function newer(a: Found | undefined, b: Found): Found {
  if (a === undefined || b.changed > a.changed) return b;
  return b.changed === a.changed && b.name > a.name ? b : a;
}

function patternOf(match: string): RegExp {
  const pattern = match.replace(/[.*+?^${}()|[\]\\]/g, (sign) => {
    if (sign === '*') return '[^/]*';
    return sign === '?' ? '[^/]' : `\\${sign}`;
  });
  // A name that begins with a dot is one that somebody hides: often a file that is still written.
  return new RegExp(`^${match.startsWith('.') ? '' : '(?!\\.)'}${pattern}$`, 'su');
}
