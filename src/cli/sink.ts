import { closeSync, openSync, writeSync } from 'node:fs';
import { KeelsonError } from '../errors.ts';
import { show } from '../problems.ts';
import type { Sink } from './command.ts';

/** Text is written in pieces of at least so many characters. */
const PIECE = 1 << 16;
/** How long to wait for a reader that is slow. @unit ms */
const PAUSE = 5;

/**
 * Opens a file, or for `-` standard output, to be written piece by piece: what is written may be larger than memory, so nothing
 * is kept, and a reader that is slow is waited for.
 */
export function openSink(file: string): Sink {
  const descriptor = file === '-' ? 1 : opened(file);
  let pending: string[] = [];
  let length = 0;
  let isOpen = true;
  const flush = (): void => {
    const bytes = Buffer.from(pending.join(''));
    pending = [];
    length = 0;
    if (isOpen) isOpen = writeWhole(descriptor, bytes, file);
  };
  return {
    write(text) {
      pending.push(text);
      length += text.length;
      if (length >= PIECE) flush();
      return isOpen;
    },
    close() {
      flush();
      if (descriptor !== 1) closeSync(descriptor);
    },
  };
}

export function unwritable(file: string, cause: unknown): KeelsonError {
  const code = codeOf(cause) ?? 'an error';
  return new KeelsonError('file-unwritable', `${show(file)} cannot be written: the system says ${code}.`, {
    cause,
  });
}

function opened(file: string): number {
  try {
    return openSync(file, 'w');
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

/** @returns false when the reader has gone */
function writeWhole(descriptor: number, bytes: Uint8Array, file: string): boolean {
  for (let from = 0; from < bytes.length; ) {
    try {
      from += writeSync(descriptor, bytes, from);
    } catch (cause) {
      const code = codeOf(cause);
      if (code === 'EPIPE') return false;
      if (code !== 'EAGAIN') throw unwritable(file, cause);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  }
  return true;
}

function codeOf(cause: unknown): string | undefined {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : undefined;
}
