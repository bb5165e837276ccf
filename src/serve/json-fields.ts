import { type JsonRefusal, readStrictObject } from './strict-json.ts';

export type FieldsRefusal = JsonRefusal | 'media-type' | 'too-large' | 'form';

export type Field = string | number | boolean | null;

/** @unit bytes */
const MOST_BYTES = 64 * 1024;

/**
 * The top-level scalar fields of a JSON object or of a form, for the rules of modes ("only post-only orders"). What
 * the service behind could read differently than the rule is refused: a body that says `postOnly` twice would pass as the one and be
 * executed as the other. A rule is to ask for what must be there; what is not in the map has not been said.
 *
 * Left out, so that no rule can match it: what is nested, and a number that a double does not hold as it is written (an
 * order's id beyond 2^53: that request may pass, but not by that number).
 *
 * @param body whole and as it was sent; a body with a Content-Encoding is the caller's to refuse
 */
export function topLevelFields(
  body: Buffer,
  contentType: string | undefined,
): Map<string, Field> | { readonly why: FieldsRefusal } {
  const type = mediaType(contentType);
  if (type === undefined) return { why: 'media-type' };
  if (body.length > MOST_BYTES) return { why: 'too-large' };
  return type === 'json' ? jsonFields(body) : formFields(body);
}

/** One media type, at most with the one charset that there is for it. */
function mediaType(contentType: string | undefined): 'json' | 'form' | undefined {
  if (contentType === undefined || contentType.length > 200) return undefined;
  const found =
    /^application\/(x-www-form-urlencoded|(?:[\w.+-]+\+)?json) *(?:; *charset=("?)utf-8\2)? *$/i.exec(
      contentType,
    );
  if (found === null) return undefined;
  return found[1]?.toLowerCase().endsWith('json') === true ? 'json' : 'form';
}

function jsonFields(body: Buffer): Map<string, Field> | { why: FieldsRefusal } {
  const read = readStrictObject(body);
  if (read.kind === 'refused') return { why: read.why };
  const fields = new Map<string, Field>();
  const folded = new Set<string>();
  for (const [key, value] of Object.entries(read.value)) {
    folded.add(fold(key));
    if (typeof value === 'number' ? isHeldExactly(read.texts.get(key) ?? '') : isScalar(value))
      fields.set(key, value as Field); // a number or a scalar, as just checked
  }
  return folded.size === Object.keys(read.value).length ? fields : { why: 'duplicate' };
}

/** Go's encoding/json, for one, takes a key in any case, and the last of several. */
function fold(key: string): string {
  return key.toUpperCase().toLowerCase();
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value === 'string' || typeof value === 'boolean';
}

/** Fifteen digits survive a double; so do whole numbers up to 2^53. */
function isHeldExactly(text: string): boolean {
  const value = Number(text);
  if (!Number.isFinite(value)) return false;
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(value);
  const digits = (/^[^eE]*/.exec(text)?.[0] ?? '').replace(/\D/g, '').replace(/^0+/, '');
  if (digits === '') return true;
  // Below the smallest normal number digits are lost.
  return digits.length <= 15 && Math.abs(value) >= 2.3e-308;
}

/** Names that no framework rewrites: PHP turns dots and spaces into `_`, others read dots as nesting. */
const FORM_NAME = /^([\w-]{1,200})(\[[\w[\]-]*)?$/;

function formFields(body: Buffer): Map<string, Field> | { why: FieldsRefusal } {
  if (body.length === 0) return new Map();
  const text = body.toString('latin1');
  // A semicolon separates for some; a space, a control or a raw byte above ASCII does not belong here.
  if (!/^[!-:<-~]+$/.test(text)) return { why: 'form' };
  const fields = new Map<string, Field>();
  const seen = new Map<string, 'scalar' | 'nested'>();
  for (const pair of text.split('&')) {
    const at = pair.indexOf('=');
    const name = FORM_NAME.exec(at > 0 ? (decode(pair.slice(0, at)) ?? '') : '');
    const value = decode(pair.slice(at + 1));
    if (name === null || value === undefined) return { why: 'form' };
    const [, base = '', brackets] = name;
    const kind = brackets === undefined ? 'scalar' : 'nested';
    const before = seen.get(fold(base));
    if (before !== undefined && (kind === 'scalar' || before === 'scalar')) return { why: 'duplicate' };
    seen.set(fold(base), kind);
    if (kind === 'scalar') fields.set(base, value);
  }
  return fields;
}

function decode(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text.replaceAll('+', ' '));
    return decoded.includes('\0') ? undefined : decoded;
  } catch {
    return undefined; // a stray %, or bytes that are not UTF-8
  }
}
