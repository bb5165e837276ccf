/** Keys, tokens and cookies are written into URLs and headers. What is kept of an answer has none: hosts, and paths without what may be one. */

const MOST_IN_PATH = 512;

/** A path without query; segments that look like keys are `…`. At most 512 characters. */
export function redactPath(pathname: string): string {
  const path = pathname
    .slice(0, 8 * MOST_IN_PATH)
    .split('/')
    .map((segment) => (looksLikeKey(segment) ? '…' : segment))
    .join('/');
  return path.length > MOST_IN_PATH ? `${path.slice(0, MOST_IN_PATH - 1)}…` : path;
}

/** A URL without user, password and fragment; its query, where it has one, is `?…`. */
export function redactUrl(url: URL): string {
  return `${url.protocol}//${url.host}${redactPath(url.pathname)}${url.search === '' ? '' : '?…'}`;
}

/**
 * Whether a segment of a path may be a key: 16 characters or more of letters and digits mixed, or of hexadecimal digits, or 24 or more of
 * anything that keys are made of; not where it ends as a file does.
 */
export function looksLikeKey(segment: string): boolean {
  if (/[:@=]|%3a|%40/i.test(segment)) return true;
  if (FILE.test(segment)) return false;
  return segment
    .split(/[.~,;!]/)
    .some(
      (part) =>
        /^(?:0x)?[0-9a-f-]{16,}$/i.test(part) ||
        (part.length >= 16 &&
          /^[\w%+$*-]+$/.test(part) &&
          /\d/.test(part) &&
          /[a-z]/i.test(part) &&
          !isWords(part)) ||
        (part.length >= 24 && /^[\w-]+$/.test(part) && !/[-_]/.test(part)),
    );
}

const FILE =
  /^.{1,160}\.(?:m?js|css|json|html?|txt|xml|wasm|map|webmanifest|woff2?|ttf|otf|eot|png|jpe?g|gif|svg|webp|avif|ico|mp4|webm|pdf)$/i;

/** `release-notes-2024`: words and numbers, parted as people part them. */
function isWords(part: string): boolean {
  return (
    /[-_]/.test(part) && part.split(/[-_]/).every((word) => /^(?:[a-z]{1,15}|\d{1,6}|v\d{1,3})$/i.test(word))
  );
}

/** What is kept of a header: values of cookies and of what may be secret are `…`, URLs and paths have neither user, query nor keys. */
export function redactHeader(name: string, value: string): string {
  if (name === 'set-cookie') return redactCookie(value);
  if (/token|secret|key|auth|session|csrf|xsrf|nonce|signature|password|cookie/.test(name)) return '…';
  return value.replace(WORDS, redactWord).replace(/(['"]nonce-)[^'"]*/gi, '$1…');
}

/** Each character is in one word at most, so that a long value takes no longer than it is long. */
const WORDS = /[^\s"'<>;]+/g;

/** A word with a slash may be a URL or a path, or several behind commas. */
function redactWord(word: string): string {
  const slash = word.indexOf('/');
  if (slash < 0) return word;
  const end = word.slice(slash).search(/[?#]/);
  const kept = end < 0 ? word : word.slice(0, slash + end);
  const said = end < 0 ? '' : `${word[slash + end]}…`;
  return kept.split(',').map(redactPlace).join(',') + said;
}

function redactPlace(place: string): string {
  const [, scheme = '', rest = ''] = /^(.*?:\/\/)?(.*)$/s.exec(place) ?? [];
  // Of a path without a scheme nothing is a host.
  const [host = '', ...segments] = rest.split('/');
  const shown = scheme === '' ? host : host.slice(host.lastIndexOf('@') + 1);
  return scheme + [shown, ...segments.map((one) => (looksLikeKey(one) ? '…' : one))].join('/');
}

/** Names and attributes are what tells who has set it. */
function redactCookie(value: string): string {
  const [pair = '', ...attributes] = value.split(';');
  const name = pair.includes('=') ? pair.slice(0, pair.indexOf('=')).trim() : '';
  const kept = attributes
    .map((attribute) => attribute.trim())
    .filter((attribute) => /^(?:path|domain|samesite|secure|httponly|partitioned)\b/i.test(attribute));
  return [`${name}=…`, ...kept].join('; ');
}
