import { findLines, placeOf } from '../../document/index.ts';
import { problem, type Problem } from '../../problems.ts';

/** Of a file of JSON. @unit bytes */
export const MAX_JSON_BYTES = 64_000_000;

/** A mapping of JSON, looked into only by `field`. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/**
 * Reads a text as JSON. Never throws: what is wrong comes back as a problem at its place.
 * @param maxBytes of the text, counted as UTF-16 code units; larger ones are refused before they are read
 */
export function parseJson(
  text: string,
  file: string,
  maxBytes: number = MAX_JSON_BYTES,
): { readonly value: unknown; readonly problem?: undefined } | { readonly problem: Problem } {
  const start = { file, line: 1, column: 1 };
  if (text.length > maxBytes)
    return { problem: problem('file-too-large', start, { bytes: text.length, limit: maxBytes }) };
  if (text.trim() === '') return { problem: problem('empty-document', start, { expected: 'JSON' }) };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    const at = errorOffset(error, text);
    const source = { file, lineStarts: findLines(text) };
    return { problem: problem('json-syntax', placeOf(source, at), { found: foundAt(text, at) }) };
  }
}

/** Where the engine stopped. The message itself may quote a secret, so it is not handed on. */
function errorOffset(error: unknown, text: string): number {
  const at = /at position (\d+)/.exec(messageOf(error))?.[1];
  if (at !== undefined) return Math.min(Number(at), text.length);
  return text.length > MOST_SEARCHED || isCutShort(error) ? text.length : firstWrong(text);
}

/** Beyond so many, twenty readings of the text would be waited for. @unit UTF-16 code units */
const MOST_SEARCHED = 4_000_000;

/** The engine does not always say where: it is the first character with which what stands before it can no longer be gone on with. */
function firstWrong(text: string): number {
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBroken(text.slice(0, middle + 1))) high = middle;
    else low = middle + 1;
  }
  return low;
}

function isBroken(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return !isCutShort(error);
  }
}

/** A text that ends too early, of which more could make JSON. */
function isCutShort(error: unknown): boolean {
  return /end of JSON|Unterminated|No number after minus|Exponent part/.test(messageOf(error));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}

function foundAt(text: string, at: number): string {
  const character = text.codePointAt(at);
  return character === undefined ? 'the end of the file' : `"${String.fromCodePoint(character)}"`;
}

/** Undefined where it is no mapping. */
export function recordOf(value: unknown): JsonRecord | undefined {
  // A mapping of JSON has no other keys than texts.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonRecord)
    : undefined;
}

/** Empty where it is no list. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Undefined where it is no text, or an empty one. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A field of a mapping that is its own: never one of what every object has. */
export function field(value: unknown, key: string): unknown {
  const record = recordOf(value);
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

/** The fields of a mapping, in their order; none where it is no mapping. */
export function fieldsOf(value: unknown): [string, unknown][] {
  const record = recordOf(value);
  return record === undefined ? [] : Object.entries(record);
}

/** Everything at a path of keys. Lists on the way are gone through: `origin.domain_name` finds it in each origin. */
export function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  let found: unknown[] = [value];
  for (const key of path) {
    const next: unknown[] = [];
    for (const one of flat(found)) {
      const inner = field(one, key);
      if (inner !== undefined && inner !== null) next.push(inner);
    }
    found = next;
  }
  return flat(found);
}

/** Texts at a path, as `valuesAt`; numbers as texts. */
export function textsAt(value: unknown, path: readonly string[]): string[] {
  return valuesAt(value, path).flatMap((one) =>
    typeof one === 'string' && one !== '' ? [one] : typeof one === 'number' ? [String(one)] : [],
  );
}

/** Lists opened, two levels deep, as formats nest them. */
function flat(values: readonly unknown[]): unknown[] {
  return values.flatMap((one) => (Array.isArray(one) ? (one as unknown[]).flat(1) : [one]));
}
