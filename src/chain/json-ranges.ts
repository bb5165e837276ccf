/** Why a text's ranges are not told: it is no JSON (or only the first part of one), or beyond a bound. */
export type RangeFault = 'syntax' | 'deep' | 'many' | 'keys';

/** Where an object and its members are in a text. Parallel arrays: objects of JSON-RPC have three or four members. */
export interface ObjectRange {
  /** Its {. */
  readonly start: number;
  /** One past its }. */
  readonly end: number;
  readonly keys: readonly string[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** However a key is escaped. */
  readonly hasDuplicate: boolean;
  /** One of its keys is written with escapes. */
  readonly hasEscapedKey: boolean;
}

/** Of one object: none of JSON-RPC has as many. */
const MOST_KEYS = 32;

const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_ARRAY = 91;
const BACKSLASH = 92;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/**
 * The ranges of an object's members, by one look at each character that is not within a string. Right for JSON only: what it says of
 * other texts is worth nothing until JSON.parse has accepted them. Yet it ends for every text, and bounds its depth before it is parsed.
 *
 * @param at its {
 * @param mostDepth objects and arrays within one another, this one counted
 */
export function objectRange(text: string, at: number, mostDepth: number): ObjectRange | RangeFault {
  if (mostDepth < 1) return 'deep';
  const keys: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let hasDuplicate = false;
  let hasEscapedKey = false;
  let i = skipSpace(text, at + 1);
  if (text.charCodeAt(i) === CLOSE_OBJECT)
    return { start: at, end: i + 1, keys, starts, ends, hasDuplicate, hasEscapedKey };
  for (;;) {
    if (text.charCodeAt(i) !== QUOTE) return 'syntax';
    const keyEnd = endOfString(text, i);
    if (keyEnd < 0) return 'syntax';
    const key = unquoted(text, i, keyEnd);
    if (key === undefined) return 'syntax';
    // An escape is longer than what it stands for.
    if (key.length !== keyEnd - i - 2) hasEscapedKey = true;
    i = skipSpace(text, keyEnd);
    if (text.charCodeAt(i) !== COLON) return 'syntax';
    i = skipSpace(text, i + 1);
    const end = endOfValue(text, i, mostDepth - 1);
    if (end < 0) return end === TOO_DEEP ? 'deep' : 'syntax';
    if (keys.includes(key)) hasDuplicate = true;
    if (keys.length === MOST_KEYS) return 'keys';
    keys.push(key);
    starts.push(i);
    ends.push(end);
    i = skipSpace(text, end);
    const next = text.charCodeAt(i);
    if (next === CLOSE_OBJECT)
      return { start: at, end: i + 1, keys, starts, ends, hasDuplicate, hasEscapedKey };
    if (next !== COMMA) return 'syntax';
    i = skipSpace(text, i + 1);
  }
}

/**
 * The ranges of an array's elements, as of {@link objectRange}; undefined for those that are no objects.
 *
 * @param at its [
 * @param mostDepth this array counted
 */
export function arrayRanges(
  text: string,
  at: number,
  mostDepth: number,
  mostElements: number,
): readonly (ObjectRange | undefined)[] | RangeFault {
  if (mostDepth < 1) return 'deep';
  const elements: (ObjectRange | undefined)[] = [];
  let i = skipSpace(text, at + 1);
  if (text.charCodeAt(i) === CLOSE_ARRAY) return elements;
  for (;;) {
    if (elements.length === mostElements) return 'many';
    if (text.charCodeAt(i) === OPEN_OBJECT) {
      const range = objectRange(text, i, mostDepth - 1);
      if (typeof range === 'string') return range;
      elements.push(range);
      i = range.end;
    } else {
      const end = endOfValue(text, i, mostDepth - 1);
      if (end < 0) return end === TOO_DEEP ? 'deep' : 'syntax';
      elements.push(undefined);
      i = end;
    }
    i = skipSpace(text, i);
    const next = text.charCodeAt(i);
    if (next === CLOSE_ARRAY) return elements;
    if (next !== COMMA) return 'syntax';
    i = skipSpace(text, i + 1);
  }
}

/** Where a member's value is written; undefined when there is none of this key. The last of several, as JSON.parse takes it. */
export function memberText(
  text: string,
  { keys, starts, ends }: ObjectRange,
  key: string,
): string | undefined {
  const at = keys.lastIndexOf(key);
  return at < 0 ? undefined : text.slice(starts[at], ends[at]);
}

/** The first place from `at` on that is no white space of JSON. */
export function skipSpace(text: string, at: number): number {
  let i = at;
  while (isSpace(text.charCodeAt(i))) i++;
  return i;
}

const NO_END = -1;
const TOO_DEEP = -2;

/** One past the value's last character. */
function endOfValue(text: string, at: number, mostDepth: number): number {
  const { length } = text;
  let depth = 0;
  for (let i = at; i < length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(text, i) - 1;
        if (i < 0) return NO_END;
        if (depth === 0) return i + 1;
        break;
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        if (++depth > mostDepth) return TOO_DEEP;
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        if (depth <= 1) return depth === 1 ? i + 1 : NO_END;
        depth--;
        break;
      default:
        if (depth === 0) return endOfScalar(text, i);
    }
  }
  return NO_END;
}

/** A number or a word. */
function endOfScalar(text: string, at: number): number {
  for (let i = at; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === COMMA || code === CLOSE_OBJECT || code === CLOSE_ARRAY || isSpace(code))
      return i === at ? NO_END : i;
  }
  return NO_END;
}

/** One past the closing quote: the first one with an even number of backslashes before it. */
function endOfString(text: string, at: number): number {
  for (let from = at + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return NO_END;
    let escapes = quote;
    while (text.charCodeAt(escapes - 1) === BACKSLASH) escapes--;
    if ((quote - escapes) % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}

function unquoted(text: string, start: number, end: number): string | undefined {
  const inner = text.slice(start + 1, end - 1);
  if (!inner.includes('\\')) return inner;
  try {
    return JSON.parse(text.slice(start, end)) as string; // by its quotes
  } catch {
    return undefined;
  }
}

function isSpace(code: number): boolean {
  return code === SPACE || code === 10 || code === 13 || code === 9;
}
