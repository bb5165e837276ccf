import { startOfFile, type ViolationPlace, type Violations } from '../violations.ts';
import type { Bytes } from './input.ts';
import { lengthOfCharacter, unitsOf } from './utf8.ts';
import { MOST_ROW, OF_LINE, Window } from './window.ts';

export interface CsvLimits {
  readonly rows: number | undefined;
  readonly entries: number | undefined;
  /** Columns. */
  readonly keys: number;
  readonly text: number;
}

export type OnCsvRow = (
  row: Readonly<Record<string, string>>,
  number: number,
  place: () => ViolationPlace,
) => void;

export interface CsvFound {
  readonly rows: number;
  readonly entries: number;
  readonly isWhole: boolean;
}

const LF = 10;
const CR = 13;
const QUOTE = 34;
const COMMA = 44;

/** By byte: 1 for what stands for itself in a cell without quotes. */
const OF_CELL = new Uint8Array(OF_LINE);
OF_CELL[QUOTE] = 0;
OF_CELL[COMMA] = 0;
/** The same within quotes. */
const OF_QUOTED = new Uint8Array(OF_LINE);
OF_QUOTED[QUOTE] = 0;

/**
 * CSV by RFC 4180 with a header, strictly: every row has as many columns, quotes stand around a whole cell, lines end alike.
 *
 * @param onHeader is told the columns, and says who is given the rows; left out, rows are only counted
 */
export function scanCsv(
  input: Bytes,
  limits: CsvLimits,
  onHeader: ((columns: readonly string[]) => OnCsvRow | undefined) | undefined,
  violations: Violations,
): CsvFound {
  return new CsvScan(input, limits, onHeader, violations).run();
}

/** What a look at one record says: where the next begins, or that more must be read first, or that it cannot be one. */
const MORE = -1;
const STOP = -2;

class CsvScan {
  private readonly input: Bytes;
  private readonly limits: CsvLimits;
  private readonly onHeader: ((columns: readonly string[]) => OnCsvRow | undefined) | undefined;
  private readonly violations: Violations;
  private readonly window: Window;

  private columns: readonly string[] = [];
  private onRow: OnCsvRow | undefined;
  private records = 0;
  private entries = 0;
  private line = 1;
  private ending: 'LF' | 'CR LF' | undefined;

  // Of the record that is being looked at
  private start = 0;
  private cells = 0;
  private longest = 0;
  /** Of a cell: quotes that do not belong to what it says. */
  private quotes = 0;
  /** Where cells begin and end in the window, with their quotes. */
  private bounds: number[] = [];
  /** Lines that it spans. */
  private lines = 0;
  /** Where its last line begins in the window. */
  private lineStart = 0;

  constructor(
    input: Bytes,
    limits: CsvLimits,
    onHeader: ((columns: readonly string[]) => OnCsvRow | undefined) | undefined,
    violations: Violations,
  ) {
    this.input = input;
    this.limits = limits;
    this.onHeader = onHeader;
    this.violations = violations;
    this.window = new Window(input);
  }

  run(): CsvFound {
    const isWhole = this.scan();
    const { limits, violations, entries } = this;
    const rows = Math.max(0, this.records - 1);
    if (limits.rows !== undefined && rows > limits.rows)
      violations.add('too-many-rows', { limit: limits.rows, found: rows });
    if (limits.entries !== undefined && entries > limits.entries)
      violations.add('too-many-entries', { limit: limits.entries, found: entries });
    if (isWhole && this.records === 0) violations.add('empty-file', {}, startOfFile);
    return { rows, entries, isWhole };
  }

  private scan(): boolean {
    const { window, input } = this;
    if (window.beginsWithMark()) {
      this.violations.add('byte-order-mark', {}, startOfFile);
      this.start = 3;
    }
    for (;;) {
      if (this.start === window.end && (input.isAtEnd || input.isTooLarge)) return !input.isTooLarge;
      const next = this.look();
      if (next === STOP) return false;
      if (next !== MORE) {
        if (this.cells === 0) this.sayEmpty();
        else this.take();
        this.line += this.lines;
        this.start = next;
        continue;
      }
      if (input.isTooLarge) return false;
      if (window.end - this.start > MOST_ROW) {
        this.violations.add('row-too-large', { limit: MOST_ROW }, () => this.placeOfRow());
        return false;
      }
      window.refill(this.start);
      this.start = 0;
    }
  }

  /** One record, from its start. @returns where the next one begins */
  private look(): number {
    const { buffer, end } = this.window;
    const isLast = this.input.isAtEnd || this.input.isTooLarge;
    this.cells = 0;
    this.longest = 0;
    this.lines = 0;
    this.lineStart = this.start;
    const keeps = this.records === 0 || this.onRow !== undefined;
    if (keeps) this.bounds = [];
    let at = this.start;
    for (;;) {
      const cell = at;
      this.quotes = 0;
      at = buffer[at] === QUOTE ? this.quoted(at + 1, isLast) : this.bare(at, isLast);
      if (at < 0) return at;
      const byte = buffer[at] ?? 0;
      if (at + 1 >= end && !isLast) return MORE;
      const isEnd = at === end;
      const isCrLf = byte === CR && buffer[at + 1] === LF;
      if (this.cells === 0 && at === this.start && (isEnd || byte === LF || isCrLf)) {
        this.lines = 1;
        return isEnd ? at : this.ended(isCrLf, at);
      }
      const length = at - cell - this.quotes;
      if (length > this.longest) this.longest = length;
      this.cells++;
      if (keeps) this.bounds.push(cell, at);
      if (isEnd) return at;
      if (byte === COMMA) {
        at++;
        continue;
      }
      if (byte === LF || isCrLf) {
        const next = this.ended(isCrLf, at);
        this.lines++;
        return next;
      }
      return this.stop(at, byte);
    }
  }

  /** What is in quotes. @returns behind the closing one */
  private quoted(from: number, isLast: boolean): number {
    const { buffer, end } = this.window;
    let at = from;
    for (;;) {
      while (OF_QUOTED[buffer[at] ?? 0] === 1) at++;
      if (at === end) {
        if (!isLast) return MORE;
        if (this.input.isTooLarge) return STOP;
        this.violations.add('csv-quote', { expected: 'a closing quote, found the end of the file' }, () =>
          this.placeAt(at),
        );
        return STOP;
      }
      const byte = buffer[at] ?? 0;
      if (byte === QUOTE) {
        if (at + 1 === end && !isLast) return MORE;
        if (buffer[at + 1] !== QUOTE) {
          this.quotes += 2;
          return at + 1;
        }
        this.quotes++;
        at += 2;
      } else if (byte === LF || byte === CR) {
        if (byte === CR && at + 1 === end && !isLast) return MORE;
        if (byte === LF || buffer[at + 1] !== LF) {
          this.lines++;
          this.lineStart = at + 1;
        }
        at++;
      } else {
        const after = this.character(at, byte, isLast);
        if (after < 0) return after;
        at = after;
      }
    }
  }

  private bare(from: number, isLast: boolean): number {
    const { buffer, end } = this.window;
    let at = from;
    for (;;) {
      while (OF_CELL[buffer[at] ?? 0] === 1) at++;
      const byte = buffer[at] ?? 0;
      if (at === end || byte === COMMA || byte === LF || byte === CR) return at;
      if (byte === QUOTE) return this.stop(at, byte);
      const after = this.character(at, byte, isLast);
      if (after < 0) return after;
      at = after;
    }
  }

  /** A character beyond ASCII; others are refused. */
  private character(at: number, byte: number, isLast: boolean): number {
    const { buffer, end } = this.window;
    const length = byte < 0x80 ? 0 : lengthOfCharacter(buffer, at);
    if (length > 0) return at + length;
    if (end - at < 4 && byte >= 0x80) {
      if (!isLast) return MORE;
      if (this.input.isTooLarge) return STOP;
    }
    if (byte >= 0x80) this.violations.add('not-utf8', { byte }, () => this.placeAt(at));
    else this.violations.add('control-character', { byte }, () => this.placeAt(at));
    return STOP;
  }

  private stop(at: number, byte: number): typeof STOP {
    const place = (): ViolationPlace => this.placeAt(at);
    if (byte === CR) this.violations.add('control-character', { byte }, place);
    else if (byte === QUOTE)
      this.violations.add(
        'csv-quote',
        { expected: 'quotes around the whole cell, and "" for a quote in it, found one within it' },
        place,
      );
    else
      this.violations.add(
        'csv-quote',
        { expected: 'a comma or the end of the line after the closing quote, found something else' },
        place,
      );
    return STOP;
  }

  private ended(isCrLf: boolean, at: number): number {
    const found = isCrLf ? 'CR LF' : 'LF';
    this.ending ??= found;
    if (found !== this.ending)
      this.violations.add('line-ends-mixed', { expected: this.ending, found }, () => this.placeAt(at));
    return at + (isCrLf ? 2 : 1);
  }

  private sayEmpty(): void {
    this.violations.add('csv-empty-line', {}, () => ({ line: this.line, column: 1, path: null }));
  }

  private take(): void {
    const number = this.records++;
    const { limits, violations, cells } = this;
    const place = (): ViolationPlace => this.placeOfRow();
    if (this.longest > limits.text) {
      const found = this.longest;
      violations.add('text-too-long', { limit: limits.text, found }, place);
    }
    if (number === 0) {
      this.takeHeader();
      return;
    }
    this.entries += cells;
    if (cells !== this.columns.length)
      violations.add('csv-columns', { expected: this.columns.length, found: cells }, place);
    else if (this.onRow !== undefined && number <= (limits.rows ?? Number.MAX_SAFE_INTEGER)) {
      const { columns } = this;
      this.onRow(Object.fromEntries(columns.map((name, i) => [name, this.cell(i)])), number, place);
    }
  }

  private takeHeader(): void {
    const columns = Array.from({ length: this.cells }, (_, i) => this.cell(i));
    this.columns = columns;
    const { limits, violations } = this;
    if (columns.length > limits.keys)
      violations.add('too-many-columns', { limit: limits.keys, found: columns.length }, startOfFile);
    const known = new Set<string>();
    for (const [i, key] of columns.entries()) {
      if (known.has(key))
        violations.add('duplicate-key', { key }, () => this.placeAt(this.bounds[2 * i] ?? 0));
      known.add(key);
    }
    this.onRow = this.onHeader?.(columns);
  }

  private cell(index: number): string {
    const from = this.bounds[2 * index] ?? 0;
    const to = this.bounds[2 * index + 1] ?? 0;
    const { buffer } = this.window;
    if (buffer[from] !== QUOTE) return buffer.toString('utf8', from, to);
    return buffer.toString('utf8', from + 1, to - 1).replaceAll('""', '"');
  }

  private placeOfRow(): ViolationPlace {
    const number = Math.max(0, this.records - 1);
    return { line: this.line, column: 1, path: number === 0 ? null : `row ${number}` };
  }

  private placeAt(at: number): ViolationPlace {
    const isFirst = this.lineStart === this.start;
    return {
      line: this.line + (isFirst ? 0 : this.lines),
      column: 1 + unitsOf(this.window.buffer, this.lineStart, at),
      path: this.records === 0 ? null : `row ${this.records}`,
    };
  }
}
