import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
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

/** Standard output (1) or the standard error stream (2), and whether a person sees it. */
export function standardStream(descriptor: 1 | 2): StandardStream {
  // Node's own streams are made when first asked for, which takes longer than a small plan: pipes and files do without.
  const mayBeTerminal = fstatSync(descriptor).isCharacterDevice();
  const stream = mayBeTerminal ? (descriptor === 1 ? process.stdout : process.stderr) : undefined;
  if (stream?.isTTY === true) {
    // Who closes the window has seen enough.
    stream.on('error', () => {});
    return { isTerminal: true, columns: stream.columns, write: (text) => void stream.write(text) };
  }
  let isOpen = true;
  return {
    isTerminal: false,
    columns: undefined,
    write(text) {
      if (!isOpen) return;
      try {
        isOpen = writeWhole(descriptor, Buffer.from(text), 'standard output');
      } catch (error) {
        // Of errors that cannot be written, nobody can be told.
        if (descriptor === 1) throw error;
        isOpen = false;
      }
    },
  };
}

export interface StandardStream {
  readonly isTerminal: boolean;
  /** Undefined where it is no terminal. */
  readonly columns: number | undefined;
  write(text: string): void;
}

export function unwritable(file: string, cause: unknown): KeelsonError {
  const code = codeOf(cause) ?? 'an error';
  return new KeelsonError('file-unwritable', `${show(file)} cannot be written: the system says ${code}.`, {
    cause,
    ...(code === 'ENOENT' ? { hint: 'Its folder is not there.' } : {}),
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
