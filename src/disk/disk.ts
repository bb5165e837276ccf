/** What is at a path; a link is a link, wherever it points. */
export interface Entry {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** @unit bytes */
  readonly bytes: number;
  /** Who may do what: the lowest nine bits. */
  readonly mode: number;
  readonly user: number;
  readonly group: number;
}

/** A file that is open for writing. */
export interface DiskFile {
  /** All of them, also where one write takes a part. */
  write(bytes: Uint8Array): void;
  /** Leaves the first so many. @unit bytes */
  cut(bytes: number): void;
  /** Mode and owner as of another file. @throws `EPERM` where the owner may not be given away */
  dress(like: { readonly mode: number; readonly user?: number; readonly group?: number }): void;
  /** What was written outlives a power loss once this returns. */
  sync(): void;
  /** The same for a large file: others have their turn meanwhile. */
  syncLater(): Promise<void>;
  close(): void;
}

/**
 * The few operations that everything here is kept by, so that a test can take the disk away after each of them. Those that fail throw as
 * the system does, with a `code`. Names are not on the disk before `syncFolder`, bytes not before `sync`, and in no order before that.
 */
export interface Disk {
  /** Null: nothing is there. */
  look(path: string): Entry | null;
  /** Names, in no order. */
  list(folder: string): string[];
  /** A file’s bytes, in parts; links are followed. @throws `EINVAL` where it is no file, `EFBIG` where it has more than most */
  parts(path: string, mostBytes?: number): Iterable<Uint8Array>;
  /** `anew`: emptied if there is one. `new`: must not be there, not as a link either. `more`: at its end. */
  open(path: string, how: 'anew' | 'new' | 'more', mode: number): DiskFile;
  /** In one that is there. */
  makeFolder(path: string, mode: number): void;
  /** What is at the new name is replaced. */
  rename(from: string, to: string): void;
  /** A file. */
  remove(path: string): void;
  /** The names in it outlive a power loss once this returns. */
  syncFolder(path: string): void;
}

/** The system’s word for what went wrong, as ENOSPC. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'it failed';
}
