import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { promisify } from 'node:util';
import type { Disk, DiskFile, Entry } from './disk.ts';

const PART_BYTES = 1_048_576;
const HOW = { anew: 'w', new: 'wx', more: 'a' } as const;
const syncOf = promisify(fsync);

/** The disk of this computer. */
export const systemDisk: Disk = {
  look(path) {
    const found = lstatSync(path, { throwIfNoEntry: false });
    return found === undefined ? null : toEntry(found);
  },
  list: (folder) => readdirSync(folder),
  parts: partsOf,
  open: (path, how, mode) => fileOf(openSync(path, HOW[how], mode)),
  makeFolder: (path, mode) => void mkdirSync(path, { mode }),
  rename: renameSync,
  remove: unlinkSync,
  syncFolder(path) {
    const folder = openSync(path, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  },
};

function toEntry(found: Stats): Entry {
  const kind = found.isFile()
    ? 'file'
    : found.isDirectory()
      ? 'folder'
      : found.isSymbolicLink()
        ? 'link'
        : 'other';
  return { kind, bytes: found.size, mode: found.mode & 0o777, user: found.uid, group: found.gid };
}

function fileOf(file: number): DiskFile {
  return {
    write: (bytes) => writeFileSync(file, bytes),
    cut: (bytes) => ftruncateSync(file, bytes),
    dress({ mode, user, group }) {
      const now = fstatSync(file);
      const owner = { user: user ?? now.uid, group: group ?? now.gid };
      if (now.uid !== owner.user || now.gid !== owner.group) fchownSync(file, owner.user, owner.group);
      fchmodSync(file, mode);
    },
    sync: () => fsyncSync(file),
    syncLater: () => syncOf(file),
    close: () => closeSync(file),
  };
}

function* partsOf(path: string, mostBytes = Number.POSITIVE_INFINITY): Generator<Uint8Array> {
  // A pipe without a writer would be waited for.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(file);
    if (!found.isFile()) throw systemError('EINVAL', `Expected a file at ${path}.`);
    if (found.size > mostBytes) throw systemError('EFBIG', `Expected at most ${mostBytes} bytes at ${path}.`);
    for (let all = 0; ; ) {
      const part = Buffer.allocUnsafe(Math.min(PART_BYTES, found.size + 1));
      const bytes = readSync(file, part, 0, part.length, null);
      if (bytes === 0) return;
      all += bytes;
      if (all > mostBytes) throw systemError('EFBIG', `Expected at most ${mostBytes} bytes at ${path}.`);
      yield part.subarray(0, bytes);
    }
  } finally {
    closeSync(file);
  }
}

function systemError(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
