import { createHash, type Hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';

/** How much is read at once. @unit bytes */
export const CHUNK = 1 << 18;

/** How much room there is to read at once: a small file needs little. @unit bytes */
export function roomFor({ size }: Bytes): number {
  return size === undefined || size >= CHUNK ? CHUNK : size + 64;
}

/** Bytes that come one after the other. */
export interface Bytes {
  /** There is more than the limit allows. */
  readonly isTooLarge: boolean;
  readonly isAtEnd: boolean;
  /** As far as it is known before it is read. */
  readonly size: number | undefined;
  /** Reads more behind what is there. @returns how many bytes; 0 at the end, and where there are more than the limit */
  read(into: Uint8Array, from: number): number;
}

/** Bytes that are in memory already. */
export class MemoryBytes implements Bytes {
  private rest: Uint8Array;
  readonly size: number;
  readonly isTooLarge = false;
  isAtEnd = false;

  constructor(bytes: Uint8Array) {
    this.rest = bytes;
    this.size = bytes.length;
  }

  read(into: Uint8Array, from: number): number {
    const length = Math.min(this.rest.length, into.length - from, CHUNK);
    into.set(this.rest.subarray(0, length), from);
    this.rest = this.rest.subarray(length);
    this.isAtEnd = length === 0;
    return length;
  }
}

export interface InputOptions {
  /** Where everything that is read is written too: what else reads the file then reads the same bytes. */
  readonly copy?: string | undefined;
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** A file that is read once, from its beginning to its end or to a limit, with the digest of what was read. */
export class Input implements Bytes {
  private readonly descriptor: number;
  private readonly copy: number | undefined;
  private readonly hash: Hash = createHash('sha256');
  private readonly onProgress: ((bytes: number) => void) | undefined;
  private readonly limit: number;
  /** As the system says before it is read; undefined of a pipe. */
  readonly size: number | undefined;
  bytes = 0;
  isTooLarge = false;
  isAtEnd = false;

  /**
   * @param limit most bytes that are read
   * @throws what the system says, where it cannot be opened
   */
  constructor(file: string, limit: number, options: InputOptions = {}) {
    this.limit = limit;
    this.onProgress = options.onProgress;
    this.descriptor = file === '-' ? 0 : openSync(file, 'r');
    try {
      const status = fstatSync(this.descriptor);
      if (status.isDirectory())
        throw Object.assign(new Error('a directory'), { code: 'EISDIR', syscall: 'read' });
      this.size = status.isFile() ? status.size : undefined;
      this.isTooLarge = this.size !== undefined && this.size > limit;
      this.copy = options.copy === undefined ? undefined : openSync(options.copy, 'wx', 0o600);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  read(into: Uint8Array, from: number): number {
    if (this.isAtEnd || this.isTooLarge) return 0;
    // One byte more than the limit tells that there are more.
    const most = Math.min(into.length - from, CHUNK, this.limit + 1 - this.bytes);
    const length = readSome(this.descriptor, into, from, most);
    if (length === 0) {
      this.isAtEnd = true;
      return 0;
    }
    if (this.bytes + length > this.limit) {
      this.isTooLarge = true;
      return 0;
    }
    const read = into.subarray(from, from + length);
    this.hash.update(read);
    if (this.copy !== undefined) writeWhole(this.copy, read);
    this.bytes += length;
    this.onProgress?.(this.bytes);
    return length;
  }

  /** Reads what a scan has left, for the digest. @param scratch is written over */
  drain(scratch: Uint8Array): void {
    while (this.read(scratch, 0) > 0);
  }

  /** Of all that was read: `sha256:` and 64 hexadecimal digits. Asked once, at the end. */
  digest(): string {
    return `sha256:${this.hash.digest('hex')}`;
  }

  close(): void {
    if (this.descriptor > 2) closeSync(this.descriptor);
    if (this.copy !== undefined) closeSync(this.copy);
  }
}

function readSome(descriptor: number, into: Uint8Array, from: number, length: number): number {
  for (;;) {
    try {
      return readSync(descriptor, into, from, length, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException; // what readSync throws
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      // Standard input that does not wait: look again in a moment.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let from = 0; from < bytes.length; ) from += writeSync(descriptor, bytes, from);
}
