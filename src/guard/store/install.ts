import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { codeOf, type Disk, type DiskFile, type Entry, removeUnfinished } from '../../disk/index.ts';

export type InstallOutcome =
  | { readonly kind: 'installed' }
  /** The target is as it was: its folder is gone, its disk is full, it is a link, … */
  | { readonly kind: 'unusable'; readonly why: string }
  /** Our own copy is not what its name says, and the target is as it was. */
  | { readonly kind: 'damaged'; readonly why: string };

/** Of a target that is not there yet: what is configured is read by others. */
const NEW_TARGET = { mode: 0o644 };

/**
 * Replaces the target by the file, whole: readers have the one or the other. Mode and owner stay those of the target; its folder is not made.
 *
 * A target that is a link is left alone. To follow it would let whoever can write the folder say which file of this computer is overwritten;
 * to replace it would leave what it points to as it was, unnoticed by whoever reads that. People name the file that is meant.
 */
export async function installFile(
  disk: Disk,
  from: string,
  digest: string,
  target: string,
): Promise<InstallOutcome> {
  const folder = dirname(target);
  const unfinished = join(folder, `.${basename(target)}.keelson-new`);
  const damage = await damageOf(disk, from, digest);
  if (damage !== undefined) return { kind: 'damaged', why: damage };
  try {
    const there = disk.look(target);
    if (there !== null && there.kind !== 'file')
      return { kind: 'unusable', why: `Expected a file at ${target}, found a ${WORDS[there.kind]}.` };
    if (disk.look(folder) === null)
      return { kind: 'unusable', why: `Expected the folder ${folder}, found none.` };
    removeUnfinished(disk, unfinished);
    await copy(disk, from, unfinished, there);
    const written = await digestLater(disk, unfinished);
    if (written !== digest) throw new Error(`Expected ${digest} to be written, found ${written}`);
    disk.rename(unfinished, target);
    disk.syncFolder(folder);
    return { kind: 'installed' };
  } catch (error) {
    removeUnfinished(disk, unfinished);
    return { kind: 'unusable', why: `${target} cannot be replaced: ${wordsOf(error)}.` };
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error && !('code' in error) ? error.message : codeOf(error);
}

const WORDS = { folder: 'folder', link: 'link', other: 'device, a pipe or a socket' };

async function damageOf(disk: Disk, path: string, digest: string): Promise<string | undefined> {
  try {
    const found = await digestLater(disk, path);
    return found === digest ? undefined : `Expected ${digest} at ${path}, found ${found}.`;
  } catch (error) {
    return `Expected ${digest} at ${path}, which cannot be read: ${codeOf(error)}.`;
  }
}

async function copy(disk: Disk, from: string, to: string, like: Entry | null): Promise<void> {
  const file = disk.open(to, 'new', 0o600);
  try {
    for (const part of disk.parts(from)) {
      file.write(part);
      await setImmediate();
    }
    dress(file, like);
    await file.syncLater();
  } finally {
    file.close();
  }
}

/** Where its owner cannot be kept, only a file that all may read is still read by those who did. */
function dress(file: DiskFile, like: Entry | null): void {
  try {
    file.dress(like ?? NEW_TARGET);
  } catch (error) {
    if (like === null || codeOf(error) !== 'EPERM' || (like.mode & 0o004) === 0) throw error;
    file.dress({ mode: like.mode });
  }
}

/** Others have their turn between two parts. */
async function digestLater(disk: Disk, path: string): Promise<string> {
  const hash = createHash('sha256');
  for (const part of disk.parts(path)) {
    hash.update(part);
    await setImmediate();
  }
  return `sha256:${hash.digest('hex')}`;
}
