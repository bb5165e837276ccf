import { itemOf, pointerToken } from '../pointer.ts';
import { MOST_PATH, startOfFile, type ViolationPlace, type Violations } from '../violations.ts';
import type { Bytes } from './input.ts';
import { KeySet } from './key-set.ts';
import { hasMark, lengthOfCharacter, unitsOf } from './utf8.ts';
import { MOST_ROW, Window } from './window.ts';

/*
 * JSON by RFC 8259, scanned over its bytes in one pass: nothing is built but what is asked for.
 *
 *            base            at          end
 *   …dropped… │▒▒▒ kept ▒▒▒▒▒│  to read  │0│    the window: what is kept begins with the token, the row or the document that is still wanted
 *
 * A zero stands behind what has been read. It is no plain character, so inner loops need not look for the end of the window.
 */

export interface JsonLimits {
  readonly rows: number | undefined;
  readonly entries: number | undefined;
  readonly keys: number;
  readonly depth: number;
  readonly text: number;
}

export interface JsonWishes {
  /** The steps to what holds the rows. */
  readonly rowsAt: readonly string[];
  /** Whether it is wrong when there are none. */
  readonly expectsRows: boolean;
  /** Is given every row, up to the limit of rows. */
  readonly onRow: ((value: unknown, number: number, place: () => ViolationPlace) => void) | undefined;
  /** Values that are wanted, each by its steps. */
  readonly values: readonly (readonly string[])[];
  /** Whether all of it is wanted. */
  readonly whole: boolean;
}

export interface JsonFound {
  readonly rows: number | null;
  readonly entries: number;
  /** As `values` were asked for; undefined where there is nothing. What is no text, number or word is null. */
  readonly values: readonly unknown[];
  readonly whole: unknown;
  /** It was read to its end, and is JSON but for what has been said. */
  readonly isWhole: boolean;
}

/** Keys and numbers are held until their end. @unit bytes */
const MOST_TOKEN = 1_000_000;

const LIST = 0;
const OBJECT = 1;

/** What may come next. */
const VALUE = 0;
const VALUE_OR_END = 1;
const KEY_OR_END = 2;
const KEY = 3;
const AFTER = 4;

/** Where the scan ends: nothing after this is read. */
const STOP = -1;

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/** 1 for a byte that stands for itself in a text: ASCII without quote, backslash and control characters. */
const PLAIN = new Uint8Array(256);
for (let byte = 0x20; byte < 0x80; byte++) if (byte !== QUOTE && byte !== BACKSLASH) PLAIN[byte] = 1;

/** By the byte after a backslash: 1 for one that stands for a character. */
const ESCAPED = new Uint8Array(256);
for (const letter of '"\\/bfnrt') ESCAPED[letter.charCodeAt(0)] = 1;

/** Something in the document that is looked for on the way. */
interface Watched {
  readonly hashes: readonly (readonly [number, number])[];
  readonly indexes: readonly number[];
  readonly length: number;
  /** The deepest open container that lies on the way to it. */
  on: number;
}

export function scanJson(
  input: Bytes,
  limits: JsonLimits,
  wishes: JsonWishes,
  violations: Violations,
): JsonFound {
  return new JsonScan(input, limits, wishes, violations).run();
}

class JsonScan {
  private readonly input: Bytes;
  private readonly limits: JsonLimits;
  private readonly wishes: JsonWishes;
  private readonly violations: Violations;

  private readonly window: Window;
  /** Those of the window. */
  private buffer: Buffer<ArrayBuffer>;
  private end = 0;
  /** Where the window begins in the file. */
  private base = 0;

  private line = 1;
  /** Where the line begins in the file. */
  private lineStart = 0;
  /** UTF-16 code units of the line that have been dropped. */
  private dropped = 0;

  private depth = 0;
  private readonly kinds: Uint8Array;
  private readonly counts: Float64Array;
  /** By depth, the key of the open member: where it stands in the file, and its text once it has been dropped or has escapes. */
  private readonly keyStarts: Float64Array;
  private readonly keyLengths: Int32Array;
  private readonly keyTexts: (string | undefined)[];

  private readonly keys: KeySet;
  private readonly seeds = crypto.getRandomValues(new Int32Array(2));
  private hashA = 0;
  private hashB = 0;

  /** 0 are the rows, then the values. */
  private readonly watched: readonly Watched[];
  private readonly watchDepth: number;
  private readonly values: unknown[];
  /** Depth of what holds the rows while it is open; -1 while it is not. */
  private rowsDepth = -1;
  private rows: number | null = null;
  /** Where the row begins in the file; -1 where none is kept. */
  private rowStart = -1;
  private rowLine = 0;
  private rowLineStart = 0;
  private rowDropped = 0;
  /** -1 while everything that it follows from is there. */
  private rowColumn = -1;
  /** Where a token begins in the file that is wanted as a whole; -1 where none is. */
  private tokenStart = -1;

  private entries = 0;

  constructor(input: Bytes, limits: JsonLimits, wishes: JsonWishes, violations: Violations) {
    this.input = input;
    this.limits = limits;
    this.wishes = wishes;
    this.violations = violations;
    this.window = new Window(input);
    this.buffer = this.window.buffer;
    const size = limits.depth + 2;
    this.kinds = new Uint8Array(size);
    this.counts = new Float64Array(size);
    this.keyStarts = new Float64Array(size);
    this.keyLengths = new Int32Array(size);
    this.keyTexts = new Array<string | undefined>(size).fill(undefined);
    this.keys = new KeySet(size);
    this.values = wishes.values.map(() => undefined);
    this.watched = [wishes.rowsAt, ...wishes.values].map((steps) => this.watch(steps));
    this.watchDepth = Math.max(...this.watched.map(({ length }) => length));
  }

  run(): JsonFound {
    const isWhole = this.scan();
    // What is said of rows and limits stands also where the end was not reached.
    this.sayTotals(isWhole);
    const whole = isWhole && this.wishes.whole ? this.parse(0, this.end) : undefined;
    return { rows: this.rows, entries: this.entries, values: this.values, whole, isWhole };
  }

  /** @returns whether the end was reached */
  private scan(): boolean {
    this.ensure(0, 3);
    if (this.end === 0) {
      if (!this.input.isTooLarge) this.violations.add('empty-file', {}, startOfFile);
      return false;
    }
    let at = 0;
    if (hasMark(this.buffer)) {
      this.violations.add('byte-order-mark', {}, startOfFile);
      at = 3;
      this.lineStart = 3;
    }
    let state = VALUE;
    for (;;) {
      let byte = this.buffer[at] ?? 0;
      if (byte <= SPACE) {
        at = this.blanks(at);
        if (at === this.end) return this.atEnd(state);
        byte = this.buffer[at] ?? 0;
      }
      if (state === AFTER) {
        if (this.depth === 0) {
          this.violations.add('trailing-data', {}, () => this.placeOf(at, null));
          return false;
        }
        const isObject = this.kinds[this.depth] === OBJECT;
        if (byte === COMMA) {
          at++;
          state = isObject ? KEY : VALUE;
        } else if (byte === (isObject ? CLOSE_OBJECT : CLOSE_LIST)) {
          at++;
          this.close(at);
        } else return this.fail(at, state);
        continue;
      }
      if (state === KEY || state === KEY_OR_END) {
        if (byte === QUOTE) {
          at = this.member(at);
          if (at === STOP) return false;
          state = VALUE;
        } else if (byte === CLOSE_OBJECT && state === KEY_OR_END) {
          at++;
          this.close(at);
          state = AFTER;
        } else return this.fail(at, state);
        continue;
      }
      if (byte === CLOSE_LIST && state === VALUE_OR_END) {
        at++;
        this.close(at);
        state = AFTER;
        continue;
      }
      if (this.depth > 0) {
        if (this.kinds[this.depth] === LIST) {
          this.counts[this.depth] = (this.counts[this.depth] ?? 0) + 1;
          this.entries++;
        }
        if (this.depth === this.rowsDepth) this.beginRow(at);
      }
      const wanted = this.depth <= this.watchDepth ? this.wantedHere() : 0;
      if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        const kind = byte === OPEN_OBJECT ? OBJECT : LIST;
        if (!this.open(kind, wanted)) {
          this.violations.add('too-deep', { limit: this.limits.depth }, () => this.placeOf(at, this.path()));
          return false;
        }
        at++;
        state = kind === OBJECT ? KEY_OR_END : VALUE_OR_END;
        continue;
      }
      at = wanted > 1 ? this.keptScalar(at, byte, wanted) : this.scalar(at, byte);
      if (at === STOP) return false;
      if (this.depth === this.rowsDepth) this.endRow(at);
      state = AFTER;
    }
  }

  private scalar(at: number, byte: number): number {
    if (byte === QUOTE) return this.string(at);
    if (byte === MINUS || (byte >= ZERO && byte <= NINE)) return this.number(at);
    if (byte === 116) return this.literal(at, 'true');
    if (byte === 102) return this.literal(at, 'false');
    if (byte === 110) return this.literal(at, 'null');
    this.fail(at, VALUE);
    return STOP;
  }

  /** A value that is wanted for itself, by the bits of `wanted`. */
  private keptScalar(at: number, byte: number, wanted: number): number {
    const start = this.base + at;
    this.tokenStart = start;
    const after = this.scalar(at, byte);
    const isKept = this.tokenStart === start;
    this.tokenStart = -1;
    if (after === STOP) return STOP;
    const value = isKept ? this.parse(start - this.base, after) : null;
    for (let one = 1; one < this.watched.length; one++)
      if ((wanted >> one) & 1 && this.watched[one]?.length === this.depth) this.values[one - 1] = value;
    return after;
  }

  // Containers

  private open(kind: number, wanted: number): boolean {
    const depth = this.depth + 1;
    if (depth > this.limits.depth) return false;
    this.depth = depth;
    this.kinds[depth] = kind;
    this.counts[depth] = 0;
    this.keyTexts[depth] = undefined;
    this.keyLengths[depth] = -1;
    this.keys.open();
    if (depth > this.watchDepth + 1) return true;
    for (let one = 0; one < this.watched.length; one++) {
      const watched = this.watched[one];
      if (watched === undefined || ((wanted >> one) & 1) === 0) continue;
      if (watched.length + 1 !== depth) watched.on = depth;
      else if (one > 0) this.values[one - 1] = null;
      else if (this.rowsDepth < 0) {
        this.rowsDepth = depth;
        this.rows ??= 0;
      }
    }
    return true;
  }

  /** @param at behind its end */
  private close(at: number): void {
    const depth = this.depth--;
    this.keys.close();
    const count = this.counts[depth] ?? 0;
    if (this.kinds[depth] === OBJECT && count > this.limits.keys)
      this.violations.add('too-many-keys', { limit: this.limits.keys, found: count }, () =>
        this.placeOf(at - 1, this.path()),
      );
    if (depth <= this.watchDepth)
      for (const watched of this.watched) if (watched.on === depth) watched.on = depth - 1;
    if (depth === this.rowsDepth) this.rowsDepth = -1;
    else if (this.depth === this.rowsDepth) this.endRow(at);
  }

  /** A key and its colon. */
  private member(at: number): number {
    const start = this.base + at;
    let after = this.key(at);
    if (after === STOP) return STOP;
    const { depth } = this;
    const count = (this.counts[depth] ?? 0) + 1;
    this.counts[depth] = count;
    this.entries++;
    if (this.keys.add(this.hashA, this.hashB)) {
      const key = this.keyOf(depth);
      this.violations.add('duplicate-key', { key }, () => this.placeOf(start - this.base, this.path()));
    }
    if (this.buffer[after] === COLON) return after + 1;
    after = this.blanks(after);
    if (this.buffer[after] === COLON) return after + 1;
    return this.wrong(after, 'a colon after the key');
  }

  /** @returns where the next thing stands that is no blank; the end of the window at the end of the file */
  private blanks(from: number): number {
    let at = from;
    for (;;) {
      const byte = this.buffer[at] ?? 0;
      if (byte === SPACE || byte === TAB) at++;
      else if (byte === LF) this.newLine(++at);
      else if (byte === CR) {
        at = this.ensure(at, 2);
        if (this.buffer[at + 1] !== LF) this.newLine(at + 1);
        at++;
      } else if (byte === 0 && at === this.end) {
        at = this.refill(at);
        if (at === this.end) return at;
      } else return at;
    }
  }

  // Scalars

  /** A key: as a text, with its hash. @returns behind its end */
  private key(from: number): number {
    let at = from + 1;
    let a = this.seeds[0] ?? 0;
    let b = this.seeds[1] ?? 0;
    const { buffer } = this;
    let byte = buffer[at] ?? 0;
    while (PLAIN[byte] === 1) {
      a = Math.imul(a ^ byte, 0x01000193);
      b = Math.imul(((b << 5) | (b >>> 27)) ^ byte, 0x9e3779b1);
      byte = buffer[++at] ?? 0;
    }
    const { depth } = this;
    if (byte === QUOTE) {
      this.hashA = a;
      this.hashB = b;
      this.keyStarts[depth] = this.base + from + 1;
      this.keyLengths[depth] = at - from - 1;
      this.keyTexts[depth] = undefined;
      if (at - from - 1 > this.limits.text) this.tooLong(from, at - from - 1);
      return at + 1;
    }
    return this.rareKey(from);
  }

  /** A key with escapes, with characters beyond ASCII, or at the end of the window. */
  private rareKey(from: number): number {
    const start = this.base + from;
    this.tokenStart = start;
    const after = this.string(from, true);
    this.tokenStart = -1;
    if (after === STOP) return STOP;
    const at = start - this.base;
    const text = this.buffer.toString('utf8', at + 1, after - 1);
    const key = text.includes('\\') ? String(JSON.parse(`"${text}"`)) : text;
    [this.hashA, this.hashB] = this.hashesOf(key);
    this.keyStarts[this.depth] = start + 1;
    this.keyLengths[this.depth] = after - at - 2;
    this.keyTexts[this.depth] = key;
    return after;
  }

  private hashesOf(key: string): readonly [number, number] {
    let a = this.seeds[0] ?? 0;
    let b = this.seeds[1] ?? 0;
    for (const byte of Buffer.from(key)) {
      a = Math.imul(a ^ byte, 0x01000193);
      b = Math.imul(((b << 5) | (b >>> 27)) ^ byte, 0x9e3779b1);
    }
    return [a, b];
  }

  /** @returns behind its closing quote */
  private string(from: number, isKey = false): number {
    let at = from + 1;
    let { buffer } = this;
    while (PLAIN[buffer[at] ?? 0] === 1) at++;
    if (buffer[at] === QUOTE) {
      const length = at - from - 1;
      if (length > this.limits.text) this.tooLong(from, length);
      return at + 1;
    }
    // Where it begins in the file: the window may move.
    const start = this.base + from;
    let column = -1;
    let shrunk = 0;
    let loneAt = -1;
    for (;;) {
      while (PLAIN[buffer[at] ?? 0] === 1) at++;
      const byte = buffer[at] ?? 0;
      if (byte === QUOTE) {
        const length = this.base + at - start - 1 - shrunk;
        if (length > this.limits.text) this.tooLong(start - this.base, length, column);
        return at + 1;
      }
      if (byte === BACKSLASH || byte >= 0x80 || (byte === 0 && at === this.end)) {
        // All of what a character may take.
        if (this.end - at < 12) {
          if (column < 0) column = this.columnOf(start);
          if (isKey && this.base + at - start > MOST_TOKEN) {
            this.tooLong(start - this.base, undefined, column);
            return STOP;
          }
          at = this.ensure(at, 12);
          ({ buffer } = this);
          if (at >= this.end) {
            return this.wrong(at, 'the end of a text');
          }
          if (byte === 0) continue;
        }
        if (byte === BACKSLASH) {
          const letter = buffer[at + 1] ?? 0;
          if (ESCAPED[letter] === 1) {
            at += 2;
            shrunk++;
          } else if (letter === 117) {
            const unit = this.unit(at);
            if (unit < 0) return STOP;
            const isHigh = unit >= 0xd800 && unit < 0xdc00;
            if (isHigh && buffer[at + 6] === BACKSLASH && buffer[at + 7] === 117) {
              const low = this.unit(at + 6);
              if (low < 0) return STOP;
              if (low >= 0xdc00 && low < 0xe000) {
                at += 12;
                shrunk += 8;
                continue;
              }
            }
            if (unit >= 0xd800 && unit < 0xe000) {
              if (loneAt < 0) {
                loneAt = this.base + at;
                this.violations.add('lone-surrogate', {}, () => this.placeOf(at, this.path()));
              }
            }
            at += 6;
            shrunk += 6 - (unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3);
          } else {
            return this.wrong(at + 1, 'one of "\\/bfnrtu after the backslash');
          }
        } else if (byte >= 0x80) {
          const length = lengthOfCharacter(buffer, at);
          if (length === 0) {
            if (this.input.isTooLarge && this.end - at < 4) return STOP;
            this.violations.add('not-utf8', { byte }, () => this.placeOf(at, this.path()));
            return STOP;
          }
          at += length;
        }
        continue;
      }
      this.violations.add('control-character', { byte }, () => this.placeOf(at, this.path()));
      return STOP;
    }
  }

  /** The code unit that `\uXXXX` stands for; negative, and said, where it is none. */
  private unit(at: number): number {
    let unit = 0;
    for (let i = at + 2; i < at + 6; i++) {
      const byte = this.buffer[i] ?? 0;
      const digit =
        byte >= ZERO && byte <= NINE
          ? byte - ZERO
          : (byte | 32) >= 97 && (byte | 32) <= 102
            ? (byte | 32) - 87
            : -1;
      if (digit < 0) {
        return this.wrong(i, 'four hexadecimal digits after \\u');
      }
      unit = unit * 16 + digit;
    }
    return unit;
  }

  private number(from: number): number {
    const { buffer } = this;
    let at = from;
    if (buffer[at] === MINUS) at++;
    const first = buffer[at] ?? 0;
    let isPlain = true;
    if (first === ZERO) at++;
    else if (first > ZERO && first <= NINE) at = digits(buffer, at);
    else isPlain = false;
    const whole = at - from;
    if (isPlain && buffer[at] === DOT) {
      const begin = at + 1;
      at = digits(buffer, begin);
      isPlain = at > begin;
    }
    if (isPlain) {
      const next = buffer[at] ?? 0;
      const isDigit = next >= ZERO && next <= NINE;
      // 300 digits are below the largest double.
      if (next !== 0 && next !== 101 && next !== 69 && !isDigit && whole < 300) return at;
    }
    return this.rareNumber(from);
  }

  /** With an exponent, very long, wrong, or at the end of the window. */
  private rareNumber(from: number): number {
    const start = this.base + from;
    let at = from;
    for (;;) {
      while (isOfNumber(this.buffer[at] ?? 0)) at++;
      if (at < this.end) break;
      if (this.base + at - start > MOST_TOKEN) {
        this.tooLong(start - this.base, undefined);
        return STOP;
      }
      const isKept = this.tokenStart >= 0;
      if (!isKept) this.tokenStart = start;
      at = this.refill(at);
      if (!isKept) this.tokenStart = -1;
      if (at === this.end) break;
    }
    const begin = start - this.base;
    const text = this.buffer.toString('latin1', begin, at);
    const [good = ''] = /^-?(?:0|[1-9]\d*)?(?:(?<=\d)\.\d+)?(?:(?<=\d)[eE][+-]?\d+)?/.exec(text) ?? [];
    if (good !== text || !/\d$/.test(text)) {
      const wrong = begin + good.length;
      return this.wrong(wrong, 'a number as JSON writes them');
    }
    if (!Number.isFinite(Number(text)))
      this.violations.add('number-overflow', { found: text }, () => this.placeOf(begin, this.path()));
    return at;
  }

  private literal(from: number, word: string): number {
    const at = this.ensure(from, word.length);
    for (let i = 0; i < word.length; i++) {
      if (this.buffer[at + i] === word.charCodeAt(i)) continue;
      return this.wrong(at + i, word);
    }
    return at + word.length;
  }

  // Rows, and values that are wanted

  private watch(steps: readonly string[]): Watched {
    return {
      hashes: steps.map((step) => this.hashesOf(step)),
      indexes: steps.map(itemOf),
      length: steps.length,
      on: steps.length === 0 ? -1 : 0,
    };
  }

  /** Which of those that are watched the value that begins here lies on the way to, or is: a bit each. */
  private wantedHere(): number {
    const { depth } = this;
    if (depth === 0) return (1 << this.watched.length) - 1;
    let found = 0;
    for (let one = 0; one < this.watched.length; one++) {
      const watched = this.watched[one];
      if (watched === undefined || watched.on !== depth || watched.length < depth) continue;
      const [a, b] = watched.hashes[depth - 1] ?? [0, 0];
      const isHere =
        this.kinds[depth] === OBJECT
          ? a === this.hashA && b === this.hashB
          : watched.indexes[depth - 1] === (this.counts[depth] ?? 0) - 1;
      if (isHere) found |= 1 << one;
    }
    return found;
  }

  private beginRow(at: number): void {
    const number = (this.rows ?? 0) + 1;
    this.rows = number;
    if (this.wishes.onRow === undefined || number > (this.limits.rows ?? Number.MAX_SAFE_INTEGER)) return;
    this.rowStart = this.base + at;
    this.rowLine = this.line;
    this.rowLineStart = this.lineStart;
    this.rowDropped = this.dropped;
    this.rowColumn = -1;
  }

  /** @param at behind its end */
  private endRow(at: number): void {
    const start = this.rowStart;
    if (start < 0) return;
    this.rowStart = -1;
    const value = this.parse(start - this.base, at);
    this.wishes.onRow?.(value, this.rows ?? 0, () => ({
      line: this.rowLine,
      column: this.columnOfRow(start),
      path: this.path(),
    }));
  }

  private columnOfRow(start: number): number {
    return this.rowColumn >= 0 ? this.rowColumn : this.columnFrom(this.rowLineStart, this.rowDropped, start);
  }

  /** What exactly these bytes are. Where a double overflows, or half a character stands, that has been said. */
  private parse(from: number, to: number): unknown {
    try {
      return JSON.parse(this.buffer.toString('utf8', from, to));
    } catch {
      return undefined;
    }
  }

  private sayTotals(isWhole: boolean): void {
    const { rows, limits, violations } = this;
    if (limits.rows !== undefined && rows !== null && rows > limits.rows)
      violations.add('too-many-rows', { limit: limits.rows, found: rows });
    if (limits.entries !== undefined && this.entries > limits.entries)
      violations.add('too-many-entries', { limit: limits.entries, found: this.entries });
    if (isWhole && rows === null && this.wishes.expectsRows)
      violations.add('rows-missing', { pointer: this.wishes.rowsAt.map(pointerToken).join('') });
  }

  // The window

  /** Makes sure that so many bytes from here on are there, if the file has them. @returns where here is then */
  private ensure(at: number, length: number): number {
    let here = at;
    for (let left = this.end - here; left < length; ) {
      here = this.refill(here);
      if (this.end - here === left) return here;
      left = this.end - here;
    }
    return here;
  }

  /** Reads on, where there is more, and drops what nobody needs. @returns where `at` is then */
  private refill(at: number): number {
    let keep = at;
    if (this.rowStart >= 0) {
      const row = this.rowStart - this.base;
      if (this.rowColumn < 0) this.rowColumn = this.columnOfRow(this.rowStart);
      if (this.end - row > MOST_ROW) {
        const place = { line: this.rowLine, column: this.rowColumn, path: this.path() };
        this.violations.add('row-too-large', { limit: MOST_ROW }, () => place);
        this.rowStart = -1;
      } else keep = Math.min(keep, row);
    }
    if (this.tokenStart >= 0) {
      const token = this.tokenStart - this.base;
      if (this.end - token > 2 * MOST_TOKEN) this.tokenStart = -1;
      else keep = Math.min(keep, token);
    }
    if (this.wishes.whole) keep = 0;
    if (keep > 0) this.leave(keep);
    this.window.refill(keep);
    this.buffer = this.window.buffer;
    this.end = this.window.end;
    return at - keep;
  }

  /** Takes along what is still asked of what is about to be dropped. */
  private leave(keep: number): void {
    const to = this.base + keep;
    for (let depth = 1; depth <= this.depth; depth++)
      if (this.kinds[depth] === OBJECT && (this.keyStarts[depth] ?? 0) < to) this.keyOf(depth);
    if (this.lineStart < to)
      this.dropped += unitsOf(this.buffer, Math.max(0, this.lineStart - this.base), keep);
    this.base = to;
  }

  // Places and words

  private newLine(at: number): void {
    this.line++;
    this.lineStart = this.base + at;
    this.dropped = 0;
  }

  private columnOf(start: number): number {
    return this.columnFrom(this.lineStart, this.dropped, start);
  }

  /** @param start in the file */
  private columnFrom(lineStart: number, dropped: number, start: number): number {
    return 1 + dropped + unitsOf(this.buffer, Math.max(0, lineStart - this.base), start - this.base);
  }

  private placeOf(at: number, path: string | null): ViolationPlace {
    return { line: this.line, column: this.columnOf(this.base + at), path };
  }

  /** The key of the open member; empty where there is none yet. */
  private keyOf(depth: number): string {
    const known = this.keyTexts[depth];
    if (known !== undefined) return known;
    const length = this.keyLengths[depth] ?? -1;
    if (length < 0) return '';
    const start = (this.keyStarts[depth] ?? 0) - this.base;
    const text = this.buffer.toString('latin1', start, start + length);
    this.keyTexts[depth] = text;
    return text;
  }

  /** Where the value is that is being read. */
  private path(): string {
    let path = '';
    for (let depth = 1; depth <= this.depth; depth++) {
      if (this.kinds[depth] === OBJECT) {
        if ((this.keyLengths[depth] ?? -1) >= 0) path += pointerToken(this.keyOf(depth));
      } else if ((this.counts[depth] ?? 0) > 0) path += `/${(this.counts[depth] ?? 0) - 1}`;
      // More of it is not said.
      if (path.length > MOST_PATH) break;
    }
    return path;
  }

  private tooLong(at: number, found: number | undefined, column = -1): void {
    const limit = found === undefined ? MOST_TOKEN : this.limits.text;
    this.violations.add('text-too-long', { limit, found }, () => ({
      line: this.line,
      column: column >= 0 ? column : this.columnOf(this.base + at),
      path: this.path(),
    }));
  }

  /** Says what was expected where something else stands. Where the file ends by its limit, that is said elsewhere. */
  private wrong(at: number, expected: string): typeof STOP {
    if (at < this.end || !this.input.isTooLarge)
      this.violations.add('json-syntax', { expected, found: this.foundAt(at) }, () =>
        this.placeOf(at, this.path()),
      );
    return STOP;
  }

  private foundAt(at: number): string {
    if (at >= this.end) return 'the end of the file';
    const byte = this.buffer[at] ?? 0;
    if (byte > SPACE && byte < 0x7f) return `"${String.fromCharCode(byte)}"`;
    return byte === SPACE ? 'a blank' : `the byte 0x${byte.toString(16).padStart(2, '0')}`;
  }

  private fail(from: number, state: number): false {
    const at = this.ensure(from, 4);
    const byte = this.buffer[at] ?? 0;
    const isControl = byte < SPACE && byte !== TAB && byte !== LF && byte !== CR;
    if (isControl) this.violations.add('control-character', { byte }, () => this.placeOf(at, this.path()));
    else if (byte >= 0x80 && lengthOfCharacter(this.buffer, at) === 0)
      this.violations.add('not-utf8', { byte }, () => this.placeOf(at, this.path()));
    else this.wrong(at, this.expected(state));
    return false;
  }

  private atEnd(state: number): boolean {
    if (state === AFTER && this.depth === 0) return !this.input.isTooLarge;
    this.wrong(this.end, this.expected(state));
    return false;
  }

  private expected(state: number): string {
    if (state === KEY) return 'a key in quotes';
    if (state === KEY_OR_END) return 'a key in quotes, or }';
    if (state === VALUE_OR_END) return 'a value, or ]';
    if (state === VALUE) return 'a value';
    return this.kinds[this.depth] === OBJECT ? 'a comma, or }' : 'a comma, or ]';
  }
}

function digits(buffer: Uint8Array, from: number): number {
  let at = from;
  for (let byte = buffer[at] ?? 0; byte >= ZERO && byte <= NINE; ) byte = buffer[++at] ?? 0;
  return at;
}

/** Digits, signs, a point, an exponent: what is within a number, right or wrong. */
function isOfNumber(byte: number): boolean {
  return (
    (byte >= ZERO && byte <= NINE) || byte === 43 || byte === MINUS || byte === DOT || (byte | 32) === 101
  );
}
