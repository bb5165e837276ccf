import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { KeelsonError } from '../errors.ts';
import { codeOf, type Disk, type DiskFile } from './disk.ts';

/** For this user’s eyes only. */
const PRIVATE = 0o600;

/**
 * The new bytes are at the path, on the disk, when this returns; before, and when it throws, those that were there. Written beside it as
 * `PATH.new`, which is for one writer at a time.
 */
export function replaceWhole(disk: Disk, path: string, bytes: string | Uint8Array, mode = PRIVATE): void {
  const unfinished = `${path}.new`;
  const file = disk.open(unfinished, 'anew', mode);
  try {
    writeAndClose(file, bytes);
    disk.rename(unfinished, path);
  } catch (error) {
    removeUnfinished(disk, unfinished);
    throw error;
  }
  disk.syncFolder(dirname(path));
}

/** Nothing is left open, whatever happens. */
function writeAndClose(file: DiskFile, bytes: string | Uint8Array): void {
  try {
    file.write(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    file.sync();
  } finally {
    file.close();
  }
}

/** Only a file is ours: what else has that name was put there by somebody. */
export function removeUnfinished(disk: Disk, path: string): void {
  try {
    if (disk.look(path)?.kind === 'file') disk.remove(path);
  } catch {
    // Who called has something worse to say, and the next one that begins removes it.
  }
}

/** With those above it, each on the disk. One by one: asked for all at once, Node never comes back from where none can be made (/proc). */
export function makeFolders(disk: Disk, path: string, mode = 0o700): void {
  if (disk.look(path) !== null) return;
  const above = dirname(path);
  if (above !== path) makeFolders(disk, above, mode);
  disk.makeFolder(path, mode);
  disk.syncFolder(above);
}

/** @throws what reading does; `EFBIG` where it has more than most */
export function readWhole(disk: Disk, path: string, mostBytes: number): Buffer {
  return Buffer.concat([...disk.parts(path, mostBytes)]);
}

/** `sha256:` and 64 digits, of a file as it is now. @throws what reading does */
export function fileDigest(disk: Disk, path: string): string {
  const hash = createHash('sha256');
  for (const part of disk.parts(path)) hash.update(part);
  return `sha256:${hash.digest('hex')}`;
}

/** What to throw when nothing can be kept in a folder. */
export function unusable(folder: string, cause: unknown): KeelsonError {
  return new KeelsonError('state-unusable', `Nothing can be kept in ${folder}: ${codeOf(cause)}.`, {
    hint: 'Name a folder that can be written: --state DIR',
    cause,
  });
}
