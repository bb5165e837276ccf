import { isUtf8 } from 'node:buffer';

/** What another parser could read differently is not read at all. */
export type JsonRefusal =
  | 'encoding' // not UTF-8
  | 'syntax' // not JSON (RFC 8259): a byte order mark, NaN, comments, anything after the value
  | 'not-an-object'
  | 'too-deep'
  | 'duplicate' // the same key twice in one object, however it is escaped
  | 'character'; // U+0000, at which programs in C stop, or half a surrogate pair, which others replace

/** A JSON object that every parser reads alike, but for what double-precision numbers cannot hold. */
export interface StrictObject {
  readonly kind: 'object';
  readonly value: Readonly<Record<string, unknown>>;
  /** Top-level scalars as they were written, by key; strings still quoted. */
  readonly texts: ReadonlyMap<string, string>;
}

/** @param mostDepth objects and arrays within one another, the outermost counted. @default 64 */
export function readStrictObject(
  bytes: Buffer,
  mostDepth = 64,
): StrictObject | { readonly kind: 'refused'; readonly why: JsonRefusal } {
  if (!isUtf8(bytes)) return { kind: 'refused', why: 'encoding' };
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'refused', why: 'syntax' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { kind: 'refused', why: 'not-an-object' };
  const texts = scan(text, mostDepth);
  if (typeof texts === 'string') return { kind: 'refused', why: texts };
  return { kind: 'object', value: value as Record<string, unknown>, texts }; // an object, as just checked
}

/** Strings, punctuation, and numbers or words: enough for text that JSON.parse has accepted. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/gs;

/** A second look, for what JSON.parse lets pass. */
function scan(text: string, mostDepth: number): Map<string, string> | JsonRefusal {
  const texts = new Map<string, string>();
  /** Keys so far of each open object; null for an array. */
  const open: (Set<string> | null)[] = [];
  let key = '';
  let isKeyNext = false;
  for (const [token] of text.matchAll(TOKENS)) {
    switch (token[0]) {
      case '{':
      case '[':
        if (open.length === mostDepth) return 'too-deep';
        open.push(token === '{' ? new Set() : null);
        isKeyNext = token === '{';
        continue;
      case '}':
      case ']':
        open.pop();
        isKeyNext = false;
        continue;
      case ',':
        isKeyNext = open.at(-1) !== null;
        continue;
      case ':':
        continue;
    }
    if (token[0] === '"' && hasStrayCharacter(token)) return 'character';
    const keys = open.at(-1);
    if (isKeyNext && keys) {
      key = unquote(token);
      if (keys.has(key)) return 'duplicate';
      keys.add(key);
      isKeyNext = false;
    } else if (open.length === 1) texts.set(key, token);
  }
  return texts;
}

function hasStrayCharacter(token: string): boolean {
  if (!token.includes('\\u')) return false; // valid UTF-8 and JSON have them in escapes only
  const text = unquote(token);
  return text.includes('\0') || !text.isWellFormed();
}

function unquote(token: string): string {
  return token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1); // a JSON string, by its quotes
}
