import { createHash, randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, rmSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of our own, that nobody changes any more, and what it holds. */
export interface Copied {
  readonly path: string;
  /** `sha256:` and 64 digits, of exactly these bytes. */
  readonly digest: string;
  readonly bytes: number;
}

/** Where a copy can be made, under a name that nobody has. */
export function copyPathIn(folder: string): string {
  return join(folder, `look-${randomBytes(8).toString('hex')}`);
}

/** A copy while it is written. */
export class PrivateCopy {
  readonly path: string;
  private readonly file: number;
  private readonly hash = createHash('sha256');
  private readonly most: number;
  private length = 0;
  private isOpen = true;

  /**
   * @param path nothing is there yet
   * @param most what is longer is not written on. @unit bytes
   */
  constructor(path: string, most: number) {
    this.path = path;
    this.file = openSync(path, 'wx', 0o600);
    this.most = most;
  }

  get isTooLarge(): boolean {
    return this.length > this.most;
  }

  /** @returns false once there is more than it may hold */
  write(chunk: Buffer): boolean {
    this.length += chunk.length;
    if (this.isTooLarge) return false;
    this.hash.update(chunk);
    for (let from = 0; from < chunk.length; ) from += writeSync(this.file, chunk, from);
    return true;
  }

  end(): Copied {
    this.close();
    return { path: this.path, digest: `sha256:${this.hash.digest('hex')}`, bytes: this.length };
  }

  discard(): void {
    this.close();
    discardCopy(this.path);
  }

  close(): void {
    if (this.isOpen) closeSync(this.file);
    this.isOpen = false;
  }
}

/** What stands beside a copy, such as its signature: under the copy's name and this. */
export function discardCopy(path: string, beside = ''): void {
  rmSync(path, { force: true });
  if (beside !== '') rmSync(`${path}${beside}`, { force: true });
}

/** @unit bytes */
const PIECE = 262_144;

/** Reads a file once, from its beginning to its end, piece by piece. @param hear returns false when it has enough */
export async function readPieces(
  path: string,
  hear: (chunk: Buffer) => boolean,
  signal: AbortSignal,
): Promise<void> {
  // A pipe that nobody writes to would be waited for without end.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const piece = Buffer.allocUnsafe(PIECE);
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await file.read(piece, 0, PIECE);
      if (bytesRead === 0 || !hear(piece.subarray(0, bytesRead))) return;
    }
  } finally {
    await file.close();
  }
}
