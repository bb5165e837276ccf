import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { problem, type Problem } from '../problems.ts';

export interface ReadLimits {
  /** Larger files are refused before they are read. @unit bytes @default 4_000_000 */
  readonly maxBytes?: number;
}

export const DEFAULT_MAX_BYTES = 4_000_000;

export type ReadResult =
  | { readonly text: string; readonly name: string; readonly problem?: undefined }
  | { readonly text: undefined; readonly name: string; readonly problem: Problem };

export type BytesResult =
  | { readonly bytes: Uint8Array; readonly name: string; readonly problem?: undefined }
  | { readonly bytes: undefined; readonly name: string; readonly problem: Problem };

/**
 * Reads a text file whole, within a bound that holds for pipes and devices too. `-` is standard input.
 */
export function readText(file: string, limits: ReadLimits = {}): ReadResult {
  const { bytes, name, problem: found } = readBytes(file, limits);
  if (bytes === undefined) return { text: undefined, name, problem: found };
  return textOf(bytes, name);
}

/** The same, without taking it for text. */
export function readBytes(file: string, { maxBytes = DEFAULT_MAX_BYTES }: ReadLimits = {}): BytesResult {
  const name = file === '-' ? '(standard input)' : file;
  const place = { file: name, line: 1, column: 1 };
  const refuse = (found: Problem): BytesResult => ({ bytes: undefined, name, problem: found });
  let descriptor: number | undefined;
  try {
    descriptor = file === '-' ? 0 : openSync(file, 'r');
    const status = fstatSync(descriptor);
    if (status.isDirectory())
      return refuse(problem('file-unreadable', place, { reason: 'it is a directory' }));
    if (status.isFile() && status.size > maxBytes)
      return refuse(problem('file-too-large', place, { bytes: status.size, limit: maxBytes }));
    const bytes = readBounded(descriptor, maxBytes + 1);
    if (bytes.length > maxBytes)
      return refuse(problem('file-too-large', place, { bytes: bytes.length, limit: maxBytes }));
    return { bytes, name };
  } catch (error) {
    return refuse(problem('file-unreadable', place, { reason: reasonOf(error) }));
  } finally {
    if (descriptor !== undefined && descriptor > 2) closeSync(descriptor);
  }
}

/** The text that bytes are, without a byte order mark. */
export function textOf(bytes: Uint8Array, name: string): ReadResult {
  const text = decode(bytes);
  return text === undefined ? { text, name, problem: notText(name, bytes) } : { text, name };
}

/** Undefined when the bytes are not UTF-8. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Says where the first byte stands that is no UTF-8. */
function notText(file: string, bytes: Uint8Array): Problem {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (utf16) return problem('not-text', { file, line: 1, column: 1 }, { found: 'UTF-16' });
  let low = 0;
  let high = bytes.length;
  // Up to `low` all is well when decoding may stop in the middle of a character; somewhere up to `high` it is not.
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (isBegun(bytes.subarray(0, middle))) low = middle;
    else high = middle;
  }
  let start = low;
  while (start > 0 && low - start < 4 && decode(bytes.subarray(0, start)) === undefined) start--;
  const before = decode(bytes.subarray(0, start)) ?? '';
  const lines = before.split(/\r\n|\r|\n/);
  return problem(
    'not-text',
    { file, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 },
    { found: `the byte 0x${(bytes[start] ?? 0).toString(16).padStart(2, '0')}, which is none here` },
  );
}

/** Whether bytes are UTF-8 as far as they go: the last character may be cut. */
function isBegun(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function readBounded(descriptor: number, limit: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  let total = 0;
  while (total < limit) {
    const chunk = new Uint8Array(Math.min(65_536, limit - total));
    const length = readSync(descriptor, chunk);
    if (length === 0) break;
    chunks.push(chunk.subarray(0, length));
    total += length;
  }
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission is denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'part of the path is not a directory',
  ELOOP: 'its links go round in a circle',
  ENAMETOOLONG: 'the name is too long',
};

/** Why a file cannot be read, by what the system threw. */
export function reasonOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? (code === '' ? 'it is not readable' : `the system says ${code}`);
}

/** What identifies a text, or bytes: `sha256:` and 64 hexadecimal digits. */
export function digestOf(text: string | Uint8Array): string {
  // Loaded when first asked for: it takes milliseconds, and not every command wants it.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
