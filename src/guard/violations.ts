import { printable } from '../printable.ts';

export interface Violation {
  readonly code: ViolationCode;
  readonly message: string;
  /** From 1; null where it is of the file as a whole. */
  readonly line: number | null;
  /** From 1, in UTF-16 code units. */
  readonly column: number | null;
  /** JSON Pointer, cut after 300 characters; of rows of CSV and text `row 12`. */
  readonly path: string | null;
}

/* Everything for which a file is refused: its code and its words. Each has a heading in docs/guard.md; a test keeps the list whole. */

const WORDS = {
  'more-violations': (a: { more: number }) =>
    `${a.more} more ${a.more === 1 ? 'violation is' : 'violations are'} not shown.`,

  // Limits
  'too-many-bytes': (a: { limit: number; found: number | undefined }) =>
    `Expected at most ${a.limit} bytes, found ${a.found ?? 'more'}.`,
  'too-many-rows': (a: { limit: number; found: number }) =>
    `Expected at most ${count(a.limit, 'row')}, found ${a.found}.`,
  'too-many-entries': (a: { limit: number; found: number }) =>
    `Expected at most ${count(a.limit, 'entry', 'entries')}, found ${a.found}.`,
  'too-many-keys': (a: { limit: number; found: number }) =>
    `Expected at most ${count(a.limit, 'key')} in one object, found ${a.found}.`,
  'too-many-columns': (a: { limit: number; found: number }) =>
    `Expected at most ${count(a.limit, 'column')}, found ${a.found}.`,
  'too-deep': (a: { limit: number }) =>
    `Expected at most ${count(a.limit, 'level')} of objects and lists, found more. Nothing after this was read.`,
  'text-too-long': (a: { limit: number; found: number | undefined }) =>
    `Expected texts of at most ${a.limit} bytes, found one of ${a.found ?? 'more'}.`,
  'row-too-large': (a: { limit: number }) =>
    `Expected rows of at most ${a.limit} bytes where rows are judged one by one, found a larger one.`,
  'time-exceeded': (a: { limit: number }) =>
    `The check was not done within ${a.limit} ms, and was ended. A pattern of a schema may be slow on hostile text; or give it more: limits.time.`,
  'memory-exceeded': () => 'The check needed more memory than it may have, and was ended.',

  // Form
  'empty-file': () => 'Expected something, found an empty file.',
  'byte-order-mark': () => 'Expected no byte order mark, found one. Save the file as UTF-8 without it.',
  'not-utf8': (a: { byte: number }) =>
    `Expected UTF-8, found the byte 0x${hexadecimal(a.byte)}, which is none here. Nothing after this was read.`,
  'control-character': (a: { byte: number }) =>
    `Expected no control character here, found 0x${hexadecimal(a.byte)}. Nothing after this was read.`,
  'json-syntax': (a: { expected: string; found: string }) =>
    `Expected ${a.expected}, found ${a.found}. Nothing after this was read.`,
  'trailing-data': () => 'Expected the end of the file after its one value, found more.',
  'duplicate-key': (a: { key: string }) =>
    `${show(a.key)} stands here a second time: readers differ in which one they take.`,
  'lone-surrogate': () =>
    'Expected a whole character, found half of a surrogate pair: readers differ in what they make of it.',
  'number-overflow': (a: { found: string }) =>
    `Expected a number that a double can hold, found ${show(a.found)}: readers differ in what they make of it.`,
  'yaml-wrong': (a: { message: string }) => a.message,
  'merge-key': () => 'Merge keys (<<) are read by some and not by others. Write the keys themselves.',
  'csv-quote': (a: { expected: string }) => `Expected ${a.expected}. Nothing after this was read.`,
  'csv-columns': (a: { expected: number; found: number }) =>
    `Expected ${count(a.expected, 'column')} as in the header, found ${a.found}.`,
  'csv-empty-line': () => 'Expected a row, found an empty line.',
  'line-ends-mixed': (a: { expected: string; found: string }) =>
    `Expected every line to end with ${a.expected} as the first does, found ${a.found}.`,

  // Rows and schemas
  'rows-missing': (a: { pointer: string }) =>
    `Expected a list or an object at ${a.pointer === '' ? 'the root' : show(a.pointer)}, which holds the rows, found none.`,
  'column-missing': (a: { name: string }) => `Expected a column ${show(a.name)}, found none.`,
  'schema-misfit': (a: { message: string }) => `It does not fit the schema: ${clip(a.message, 300)}.`,
  'row-misfit': (a: { message: string }) =>
    `The row does not fit the schema of rows: ${clip(a.message, 300)}.`,
  'field-missing': (a: { names: readonly string[] }) =>
    `Expected ${a.names.map(show).join(' and ')} in every row, for it is unique; found a row without.`,
  'not-unique': (a: { names: readonly string[]; value: string; first: number }) =>
    `Expected ${a.names.map(show).join(' and ')} to stand once, found ${a.value} again: it is that of row ${a.first} already.`,
  'line-not-unique': (a: { line: string; first: number }) =>
    `Expected every line once, found ${show(a.line)} again: it is line ${a.first} already.`,
  'row-missing': (a: { row: string }) => `Expected a row ${clip(a.row, 200)}, found none.`,

  // Against the last good one
  grew: (a: { what: string; before: number; now: number; most: number }) =>
    `Expected at most ${percent(a.most)} more ${a.what} than the last good one's ${a.before}, found ${a.now} (${signed(a.before, a.now)}).`,
  shrank: (a: { what: string; before: number; now: number; most: number }) =>
    `Expected at most ${percent(a.most)} fewer ${a.what} than the last good one's ${a.before}, found ${a.now} (${signed(a.before, a.now)}).`,
  'version-missing': (a: { where: string }) => `Expected a version ${a.where}, found none.`,
  'version-wrong': (a: { found: string }) =>
    `Expected the version to be a whole number, found ${clip(a.found, 60)}.`,
  'version-old': (a: { last: number; found: number }) =>
    `Expected a version above ${a.last}, the last good one's, found ${a.found}.`,
  'version-used': (a: { found: number }) =>
    `Version ${a.found} is that of the last good one, whose bytes were others. Give every new content a new version.`,
  'expiry-missing': (a: { where: string }) =>
    `Expected the moment from which the file is too old ${a.where}, found none.`,
  'expiry-wrong': (a: { found: string }) =>
    `Expected a moment such as 2026-12-01T00:00:00Z, found ${clip(a.found, 60)}.`,
  expired: (a: { at: string; now: string }) => `It was good until ${a.at}, and now is ${a.now}.`,

  // Signatures
  unsigned: (a: { file: string; reason: string }) =>
    `Expected signatures in ${show(a.file)}: ${a.reason}. Sign it: keelson guard sign.`,
  'envelope-wrong': (a: { reason: string }) => `The signatures cannot be read: ${a.reason}.`,
  'too-few-signatures': (a: { need: number; found: number }) =>
    `Expected good signatures by ${count(a.need, 'key')} of the contract, found ${a.found}.`,
  'signed-other-name': (a: { expected: string; found: string }) =>
    `The signed statement is for ${show(a.found)}, and the contract is for ${show(a.expected)}.`,
  'signed-other-bytes': () => 'The signed statement is for other bytes than these. Sign this very file.',
  'signed-other-version': (a: { expected: number; found: number }) =>
    `The signed statement is for version ${a.found}, and the file says ${a.expected}.`,

  // The shadow reader
  'reader-refused': (a: { code: number; said: string }) =>
    `The reader ended with ${a.code} in place of 0${a.said === '' ? '.' : `: ${show(a.said)}`}`,
  'reader-crashed': (a: { signal: string }) => `The reader was ended by ${a.signal}.`,
  'reader-slow': (a: { limit: number }) => `The reader had not ended after ${a.limit} ms, and was ended.`,
  'reader-too-large': (a: { limit: number; found: number }) =>
    `The reader took ${a.found} bytes of memory, more than the ${a.limit} that it may have, and was ended.`,
  'reader-unstarted': (a: { program: string; reason: string }) =>
    `The reader ${show(a.program)} could not be started: the system says ${a.reason}.`,
  'reader-unbounded': () =>
    'How much memory a reader takes cannot be seen on this system, which has no /proc: it is not run, and nothing is accepted.',
} as const;

export type ViolationCode = keyof typeof WORDS;
type ViolationArguments<C extends ViolationCode> =
  Parameters<(typeof WORDS)[C]> extends [infer A] ? A : Record<string, never>;
export const VIOLATION_CODES = Object.keys(WORDS) as readonly ViolationCode[];

export interface ViolationPlace {
  readonly line: number | null;
  readonly column: number | null;
  readonly path: string | null;
}

/** Where a file begins, for what is said of its first byte. */
export const startOfFile = (): ViolationPlace => ({ line: 1, column: 1, path: null });
const WHOLE_FILE: ViolationPlace = { line: null, column: null, path: null };

export function violation<C extends ViolationCode>(
  code: C,
  args: ViolationArguments<C>,
  { line, column, path }: ViolationPlace = WHOLE_FILE,
): Violation {
  return {
    code,
    // `args` fits the words of the same code, which the compiler cannot carry through the union.
    message: (WORDS[code] as (a: unknown) => string)(args),
    line,
    column,
    // Keys of the file are in it, and they may be long.
    path: path !== null && path.length > MOST_PATH ? `${path.slice(0, MOST_PATH)}…` : path,
  };
}

/** Of a path no more is said. @unit UTF-16 code units */
export const MOST_PATH = 300;

/** Most that are said of one file. */
const MOST = 70;
/** Most of one kind, so that many of it do not hide another. */
const MOST_OF_ONE = 30;

/** Collects what a file is refused for. */
export class Violations {
  private readonly said: Violation[] = [];
  private readonly byCode = new Map<ViolationCode, number>();
  private count = 0;

  /** @param place asked only where it is said */
  add<C extends ViolationCode>(code: C, args: ViolationArguments<C>, place?: () => ViolationPlace): void {
    this.count++;
    const before = this.byCode.get(code) ?? 0;
    this.byCode.set(code, before + 1);
    if (before >= MOST_OF_ONE || this.said.length >= MOST) return;
    this.said.push(violation(code, args, place?.()));
  }

  /** In the order of the file, what is of the file as a whole first; the last says how many more there are. */
  get all(): readonly Violation[] {
    const sorted = [...this.said].sort(
      (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
    );
    const more = this.count - sorted.length;
    return more === 0 ? sorted : [...sorted, violation('more-violations', { more })];
  }
}

/** Somebody's text in quotes, shortened, with nothing in it that misleads a terminal. */
function show(text: string): string {
  return `"${clip(text, 60)}"`;
}

function clip(text: string, most: number): string {
  return printable(text.length > most ? `${text.slice(0, most - 3)}…` : text);
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

function hexadecimal(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(6))} %`;
}

function signed(before: number, now: number): string {
  const change = ((now - before) / before) * 100;
  return `${change > 0 ? '+' : ''}${Number(change.toPrecision(3))} %`;
}
