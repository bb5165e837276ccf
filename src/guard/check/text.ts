import { startOfFile, type ViolationPlace, type Violations } from '../violations.ts';
import type { Bytes } from './input.ts';
import { lengthOfCharacter, unitsOf } from './utf8.ts';
import { MOST_ROW, OF_LINE, Window } from './window.ts';

export interface TextLimits {
  readonly rows: number | undefined;
  readonly text: number;
}

const LF = 10;
const CR = 13;

/** Lines of UTF-8 that end with LF or CR LF, all alike. @returns how many; null where they were not read to the end */
export function scanText(
  input: Bytes,
  limits: TextLimits,
  onLine: ((line: string, number: number, place: () => ViolationPlace) => void) | undefined,
  violations: Violations,
): number | null {
  const window = new Window(input);
  let start = 0;
  if (window.beginsWithMark()) {
    violations.add('byte-order-mark', {}, startOfFile);
    start = 3;
  }
  let rows = 0;
  let ending: 'LF' | 'CR LF' | undefined;
  const mostRows = limits.rows ?? Number.MAX_SAFE_INTEGER;
  for (;;) {
    const isLast = input.isAtEnd || input.isTooLarge;
    const at = plainUntil(window.buffer, start, window.end, isLast);
    const length = at - start;
    const byte = window.buffer[at] ?? 0;
    const isCrLf = byte === CR && window.buffer[at + 1] === LF;
    if (!isLast && (at === window.end || (byte === CR && at + 1 === window.end))) {
      if (length > MOST_ROW) {
        const place = { line: rows + 1, column: 1, path: null };
        violations.add('text-too-long', { limit: MOST_ROW, found: undefined }, () => place);
        return null;
      }
      window.refill(start);
      start = 0;
      continue;
    }
    if (at === window.end) {
      if (length > 0 && !input.isTooLarge) takeLine(at, at);
      break;
    }
    if (byte !== LF && !isCrLf) {
      const lineStart = start;
      const place = (): ViolationPlace => ({
        line: rows + 1,
        column: 1 + unitsOf(window.buffer, lineStart, at),
        path: null,
      });
      if (byte >= 0x80) {
        if (input.isTooLarge) break;
        violations.add('not-utf8', { byte }, place);
      } else violations.add('control-character', { byte }, place);
      return null;
    }
    const found = isCrLf ? 'CR LF' : 'LF';
    ending ??= found;
    if (found !== ending) {
      const line = rows + 1;
      const expected = ending;
      violations.add('line-ends-mixed', { expected, found }, () => ({ line, column: null, path: null }));
    }
    takeLine(at, at + (isCrLf ? 2 : 1));
  }
  if (rows === 0 && !input.isTooLarge) violations.add('empty-file', {}, startOfFile);
  if (limits.rows !== undefined && rows > limits.rows)
    violations.add('too-many-rows', { limit: limits.rows, found: rows });
  return input.isTooLarge ? null : rows;

  function takeLine(lineEnd: number, next: number): void {
    const number = ++rows;
    const place = (): ViolationPlace => ({ line: number, column: 1, path: `row ${number}` });
    if (lineEnd - start > limits.text)
      violations.add('text-too-long', { limit: limits.text, found: lineEnd - start }, place);
    if (onLine !== undefined && number <= mostRows)
      onLine(window.buffer.toString('utf8', start, lineEnd), number, place);
    start = next;
  }
}

/** Where the first thing stands that is no character of a line: its end, something wrong, or the end of the window. */
function plainUntil(buffer: Uint8Array, from: number, end: number, isLast: boolean): number {
  let at = from;
  for (;;) {
    while (OF_LINE[buffer[at] ?? 0] === 1) at++;
    if ((buffer[at] ?? 0) < 0x80) return at;
    const length = lengthOfCharacter(buffer, at);
    // A character that is cut by the window is looked at again with the rest of it.
    if (length === 0) return !isLast && isBegun(buffer, at, end) ? end : at;
    at += length;
  }
}

/** Whether a character may begin here of which the window has only a part. */
function isBegun(buffer: Uint8Array, at: number, end: number): boolean {
  const first = buffer[at] ?? 0;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || end - at >= length) return false;
  for (let i = at + 1; i < end; i++) if (((buffer[i] ?? 0) & 0xc0) !== 0x80) return false;
  return true;
}
