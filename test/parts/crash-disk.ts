import { basename, dirname } from 'node:path';
import type { Disk, DiskFile, Entry } from '../../src/disk/index.ts';

/* A disk in memory that keeps apart what was done and what was promised. What was not promised by `sync` or `syncFolder` is lost by a power
   loss, or not, or in part: each write by itself, each name by itself, in no order. That is more than real file systems do; POSIX allows it. */

/** What has been done to a file since its last sync. */
type DataStep =
  | { readonly kind: 'write'; readonly bytes: Buffer }
  | { readonly kind: 'cut'; readonly bytes: number };

interface File {
  readonly kind: 'file';
  now: Buffer;
  promised: Buffer;
  pending: readonly DataStep[];
  look: { readonly mode: number; readonly user: number; readonly group: number };
}

/** A name that was given to a file or a folder, or (undefined) taken away. */
interface NameStep {
  readonly name: string;
  readonly what: File | Folder | undefined;
}

interface Folder {
  readonly kind: 'folder';
  now: Map<string, File | Folder>;
  promised: Map<string, File | Folder>;
  pending: readonly NameStep[];
}

export interface CrashDiskOptions {
  /** Called after each operation that changes something. */
  readonly after?: (operation: string) => void;
  /** A sync that is a lie: it returns, and promises nothing. */
  readonly lies?: (sync: 'file' | 'folder', path: string) => boolean;
  /** Called before whatever takes room or changes a name: may throw; returns how many of the bytes still go in. */
  readonly before?: (operation: 'create' | 'write' | 'name', path: string, bytes: number) => number;
}

export class CrashDisk implements Disk {
  private root: Folder;
  private readonly options: CrashDiskOptions;

  constructor(options: CrashDiskOptions = {}, root: Folder = emptyFolder()) {
    this.options = options;
    this.root = root;
  }

  look(path: string): Entry | null {
    const found = this.find(path);
    if (found === undefined) return null;
    const look = found.kind === 'file' ? found.look : { mode: 0o700, user: 0, group: 0 };
    return { kind: found.kind, bytes: found.kind === 'file' ? found.now.length : 0, ...look };
  }

  list(path: string): string[] {
    return [...this.folder(path).now.keys()];
  }

  *parts(path: string, mostBytes = Number.POSITIVE_INFINITY): Generator<Uint8Array> {
    const { now } = this.file(path);
    if (now.length > mostBytes) throw failure('EFBIG');
    // In two parts, so that who reads has to put them together.
    const half = now.length >> 1;
    if (half > 0) yield now.subarray(0, half);
    if (now.length > half) yield now.subarray(half);
  }

  open(path: string, how: 'anew' | 'new' | 'more', mode: number): DiskFile {
    const found = this.find(path);
    if (found !== undefined && (how === 'new' || found.kind !== 'file'))
      throw failure(how === 'new' ? 'EEXIST' : 'EISDIR');
    let file = found?.kind === 'file' ? found : undefined;
    if (file === undefined) {
      this.before('create', path, 0);
      const made: File = {
        kind: 'file',
        now: Buffer.alloc(0),
        promised: Buffer.alloc(0),
        pending: [],
        look: { mode, user: 0, group: 0 },
      };
      file = made;
      this.name(path, made);
      this.after(`create ${path}`);
    }
    const opened = this.opened(path, file);
    if (how === 'anew' && file.now.length > 0) opened.cut(0);
    return opened;
  }

  makeFolder(path: string): void {
    if (this.find(path) !== undefined) throw failure('EEXIST');
    this.before('name', path, 0);
    this.name(path, emptyFolder());
    this.after(`folder ${path}`);
  }

  rename(from: string, to: string): void {
    const what = this.find(from);
    if (what === undefined) throw failure('ENOENT');
    this.before('name', to, 0);
    // Two steps that a power loss may tear apart, as it may where they are in two folders.
    this.name(to, what);
    this.name(from, undefined);
    this.after(`rename ${from} ${to}`);
  }

  remove(path: string): void {
    this.file(path);
    this.before('name', path, 0);
    this.name(path, undefined);
    this.after(`remove ${path}`);
  }

  syncFolder(path: string): void {
    const folder = this.folder(path);
    if (this.options.lies?.('folder', path) === true) return;
    folder.promised = new Map(folder.now);
    folder.pending = [];
    this.after(`sync folder ${path}`);
  }

  /** All of a file, as whoever runs sees it. */
  read(path: string): Buffer {
    return this.file(path).now;
  }

  /** Puts a file there that has been there for long. */
  put(path: string, bytes: string | Uint8Array, mode = 0o600): void {
    const now = Buffer.from(bytes);
    const file: File = { kind: 'file', now, promised: now, pending: [], look: { mode, user: 0, group: 0 } };
    const folder = this.folderFor(path);
    for (const names of [folder.now, folder.promised]) names.set(basename(path), file);
  }

  /** The same text for disks with the same files. */
  fingerprint(): string {
    const of = (one: File | Folder): unknown =>
      one.kind === 'file'
        ? one.now.toString('latin1')
        : [...one.now].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, of(inner)]);
    return JSON.stringify(of(this.root));
  }

  /** The same disk at this moment, with nothing promised that was not. */
  copy(options: CrashDiskOptions = {}): CrashDisk {
    return new CrashDisk(options, copyOf(this.root, new Map()));
  }

  /**
   * Disks that a power loss now may leave, the rest of time removed. All there are when they are no more than most, else so many that `pick`
   * (a number in [0, 1)) chooses, and the two at the ends: nothing lost, everything lost.
   */
  *afterPowerLoss(most: number, pick: () => number): Generator<CrashDisk> {
    const choices = choicesOf(this.root);
    const count = choices.reduce((product, { ways }) => Math.min(product * ways, 1e9), 1);
    const make = (choose: (ways: number, i: number) => number): CrashDisk => {
      const chosen = new Map(choices.map(({ of, ways }, i) => [of, choose(ways, i)]));
      return new CrashDisk(
        {},
        survivor(this.root, (of) => chosen.get(of) ?? 0, new Map()),
      );
    };
    if (count <= most) {
      for (let n = 0; n < count; n++) {
        let rest = n;
        yield make((ways) => {
          const way = rest % ways;
          rest = Math.floor(rest / ways);
          return way;
        });
      }
      return;
    }
    yield make(() => 0);
    yield make((ways) => ways - 1);
    for (let n = 2; n < most; n++) yield make((ways) => Math.floor(pick() * ways));
  }

  private opened(path: string, file: File): DiskFile {
    return {
      write: (bytes) => {
        const room = this.before('write', path, bytes.length);
        const taken = Buffer.from(bytes.subarray(0, room));
        if (taken.length > 0) {
          file.now = Buffer.concat([file.now, taken]);
          file.pending = [...file.pending, { kind: 'write', bytes: taken }];
        }
        this.after(`write ${path}`);
        if (room < bytes.length) throw failure('ENOSPC');
      },
      cut: (bytes) => {
        file.now = resized(file.now, bytes);
        file.pending = [...file.pending, { kind: 'cut', bytes }];
        this.after(`cut ${path}`);
      },
      dress: ({ mode, user = file.look.user, group = file.look.group }) => {
        file.look = { mode, user, group };
      },
      sync: () => this.sync(path, file),
      syncLater: async () => this.sync(path, file),
      close: () => {},
    };
  }

  private sync(path: string, file: File): void {
    if (this.options.lies?.('file', path) === true) return;
    file.promised = file.now;
    file.pending = [];
    this.after(`sync ${path}`);
  }

  private name(path: string, what: File | Folder | undefined): void {
    const folder = this.folderFor(path);
    const name = basename(path);
    if (what === undefined) folder.now.delete(name);
    else folder.now.set(name, what);
    folder.pending = [...folder.pending, { name, what }];
  }

  private find(path: string): File | Folder | undefined {
    if (path === '/') return this.root;
    const above = this.find(dirname(path));
    return above?.kind === 'folder' ? above.now.get(basename(path)) : undefined;
  }

  private file(path: string): File {
    const found = this.find(path);
    if (found === undefined) throw failure('ENOENT');
    if (found.kind !== 'file') throw failure('EISDIR');
    return found;
  }

  private folder(path: string): Folder {
    const found = this.find(path);
    if (found?.kind !== 'folder') throw failure(found === undefined ? 'ENOENT' : 'ENOTDIR');
    return found;
  }

  private folderFor(path: string): Folder {
    return this.folder(dirname(path));
  }

  private before(operation: 'create' | 'write' | 'name', path: string, bytes: number): number {
    return this.options.before?.(operation, path, bytes) ?? bytes;
  }

  private after(operation: string): void {
    this.options.after?.(operation);
  }
}

export function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function emptyFolder(): Folder {
  return { kind: 'folder', now: new Map(), promised: new Map(), pending: [] };
}

function resized(bytes: Buffer, length: number): Buffer {
  return length <= bytes.length
    ? bytes.subarray(0, length)
    : Buffer.concat([bytes, Buffer.alloc(length - bytes.length)]);
}

/** What a write may have left: nothing, its length without its bytes, some of its beginning, its end without its beginning, all of it. */
const WRITE_WAYS = 7;

function written(before: Buffer, step: DataStep, way: number): Buffer {
  if (step.kind === 'cut') return way === 0 ? before : resized(before, step.bytes);
  const { bytes } = step;
  const zeros = Buffer.alloc(bytes.length);
  const half = bytes.length >> 1;
  const left = [
    Buffer.alloc(0),
    zeros,
    bytes.subarray(0, 1),
    bytes.subarray(0, half),
    bytes.subarray(0, -1),
    Buffer.concat([zeros.subarray(0, half), bytes.subarray(half)]),
    bytes,
  ];
  return Buffer.concat([before, left[way] ?? bytes]);
}

/** Whatever hangs on chance: the least of each is way 0. */
function choicesOf(root: Folder): { readonly of: object; readonly ways: number }[] {
  const seen = new Set<object>();
  const choices: { of: object; ways: number }[] = [];
  const visit = (one: File | Folder): void => {
    if (seen.has(one)) return;
    seen.add(one);
    for (const step of one.pending) {
      const isWrite = 'kind' in step && step.kind === 'write';
      choices.push({ of: step, ways: isWrite ? WRITE_WAYS : 2 });
      if ('what' in step && step.what !== undefined) visit(step.what);
    }
    if (one.kind === 'folder') for (const inner of one.promised.values()) visit(inner);
  };
  visit(root);
  return choices;
}

function survivor(folder: Folder, wayOf: (step: object) => number, made: Map<object, File | Folder>): Folder {
  const left = emptyFolder();
  made.set(folder, left);
  const names = new Map(folder.promised);
  for (const step of folder.pending) {
    if (wayOf(step) === 0) continue;
    if (step.what === undefined) names.delete(step.name);
    else names.set(step.name, step.what);
  }
  for (const [name, what] of names) {
    const known =
      made.get(what) ?? (what.kind === 'folder' ? survivor(what, wayOf, made) : fileLeft(what, wayOf));
    made.set(what, known);
    left.now.set(name, known);
  }
  left.promised = new Map(left.now);
  return left;
}

function fileLeft(file: File, wayOf: (step: object) => number): File {
  const bytes = file.pending.reduce((before, step) => written(before, step, wayOf(step)), file.promised);
  return { kind: 'file', now: bytes, promised: bytes, pending: [], look: file.look };
}

/** Steps stay the same objects: they never change. */
function copyOf(folder: Folder, made: Map<object, File | Folder>): Folder {
  const copy = emptyFolder();
  made.set(folder, copy);
  const copied = (what: File | Folder): File | Folder => {
    const known = made.get(what) ?? (what.kind === 'folder' ? copyOf(what, made) : { ...what });
    made.set(what, known);
    return known;
  };
  copy.now = new Map([...folder.now].map(([name, what]) => [name, copied(what)]));
  copy.promised = new Map([...folder.promised].map(([name, what]) => [name, copied(what)]));
  copy.pending = folder.pending.map(({ name, what }) => ({ name, what: what && copied(what) }));
  return copy;
}
