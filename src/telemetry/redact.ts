import { createHash } from 'node:crypto';

/** Headers whose values are never written; of any other whose name sounds like them neither. */
const SECRET_HEADER =
  /auth|cookie|token|secret|key|pass|sign|session|credential|jwt|api-|websocket-protocol/i;
const SECRET_FIELD =
  /authorization|cookie|token|secret|password|passphrase|credential|api.?key|private.?key/i;
/** Headers that hold an address, which may have a query. */
const ADDRESS_HEADER = /^(?:referer|location|content-location|origin)$/i;
const HIDDEN = '[hidden]';

const MOST_KEYS = 20;
/** Of a query. A longer one may be a token without a name. @unit characters */
const LONGEST_KEY = 32;
const MOST_SEGMENTS = 32;
/** Of a path. @unit characters */
const LONGEST_SEGMENT = 64;
/** A part of a path of so many characters with letters and digits may be a token, an API key or a session. */
const TOKEN_LENGTH = 20;
/** An address on a chain is public; 64 digits may be a transaction, and may be a private key. */
const CHAIN_ADDRESS = /^0x[0-9a-fA-F]{40}$/;
/** Of a text. @unit characters */
const LONGEST_TEXT = 2000;

/**
 * The value of a header as it may be written: of secret ones only that they were there, of an `Idempotency-Key` a hash by which
 * two lines can be told to be of one operation.
 */
export function redactHeader(name: string, value: string): string {
  if (/^idempotency-key$/i.test(name)) return hashOf(value);
  if (SECRET_HEADER.test(name)) return HIDDEN;
  return ADDRESS_HEADER.test(name) ? redactUrl(value) : redactText(value);
}

/** `sha256:` and the first 64 bits, in hexadecimal digits. */
export function hashOf(value: string): string {
  return `sha256:${createHash('sha256').update(value).digest('hex').slice(0, 16)}`;
}

/** Whether the value of a field of this name is never written. */
export function isSecretField(name: string): boolean {
  return SECRET_FIELD.test(name);
}

/**
 * An address, or what of it a request line has, as it may be written: of its query the keys alone, nothing of who signs in by it, no
 * fragment, no parameters of segments, and `…43` in place of a segment of 43 characters that may be a secret.
 */
export function redactUrl(url: string): string {
  const short = url.slice(0, LONGEST_TEXT);
  const [, origin = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)?(.*)$/is.exec(short) ?? [];
  const [beforeFragment = ''] = rest.split('#', 1);
  const at = beforeFragment.indexOf('?');
  const path = at < 0 ? beforeFragment : beforeFragment.slice(0, at);
  const query = at < 0 ? '' : beforeFragment.slice(at + 1);
  const keys = redactQuery(query);
  return `${origin.replace(/\/\/.*@/s, '//')}${redactPath(path)}${keys === '' ? '' : `?${keys}`}`;
}

/** A text for people, as it may be written: without what looks like a token, and without who signs in by an address. */
export function redactText(text: string): string {
  return text
    .slice(0, LONGEST_TEXT)
    .replace(/\beyJ[\w-]{4,}\.[\w-]*(?:\.[\w-]*)?/g, HIDDEN)
    .replace(/\b(bearer|basic|digest)\s+[^\s,;]+/gi, `$1 ${HIDDEN}`)
    .replace(/:\/\/[^/\s@]{1,200}@/g, '://')
    .replace(/(\/\/[^\s?]{0,500})\?[^\s"']*/g, '$1?…');
}

function redactPath(path: string): string {
  const segments = path.split('/');
  const shown = segments.slice(0, MOST_SEGMENTS).map(redactSegment).join('/');
  return segments.length > MOST_SEGMENTS ? `${shown}/…` : shown;
}

function redactSegment(segment: string): string {
  const [own = ''] = segment.split(';', 1);
  if (CHAIN_ADDRESS.test(own)) return own;
  const mayBeSecret = own.length >= TOKEN_LENGTH && /\d/.test(own) && /[a-z]/i.test(own);
  return mayBeSecret || own.length > LONGEST_SEGMENT ? `…${own.length}` : own;
}

function redactQuery(query: string): string {
  if (query === '') return '';
  const keys = query.split('&', MOST_KEYS + 1).map((pair) => {
    const [key = ''] = pair.split('=', 1);
    const mayBeSecret = key.length > LONGEST_KEY || (key.length >= TOKEN_LENGTH && /\d/.test(key));
    return mayBeSecret ? `…${key.length}` : key;
  });
  return keys.length > MOST_KEYS ? [...keys.slice(0, MOST_KEYS), '…'].join('&') : keys.join('&');
}
