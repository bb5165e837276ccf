/** Headers that belong to one connection (RFC 9110, section 7.6.1). */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'transfer-encoding',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'http2-settings',
]);

/** Lengths of the names of an answer that are looked at; of the others, only those that begin with a k, as `keelson-` does. */
const SUSPECT = new Uint8Array(256);
for (const name of [...OF_CONNECTION, 'content-length']) SUSPECT[name.length] = 1;

/** Whether a header belongs to one connection, or is one that only the gateway sets. @param name in lower case */
export function isOfConnection(name: string): boolean {
  return OF_CONNECTION.has(name) || name.startsWith('keelson-');
}

/** What must not stand twice: two programs would take different ones. */
const ONCE = [
  'host',
  'content-length',
  'transfer-encoding',
  'authorization',
  'idempotency-key',
  'content-type',
];

/** What proxies say of a request, `X-Forwarded-…` apart: a client that says it could pass for another one, or for another path. */
const SAID_BY_PROXIES: ReadonlySet<string> = new Set([
  'forwarded',
  'x-forwarded',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'fastly-client-ip',
  'x-original-url',
  'x-original-uri',
  'x-original-host',
  'x-original-forwarded-for',
  'x-rewrite-url',
  'x-host',
  'x-http-host-override',
  // Programs of CGI take it for the setting HTTP_PROXY (CVE-2016-5385).
  'proxy',
]);

/** Another method than the one that is judged: dropped, it would be carried out as what it is not. */
const OTHER_METHOD: ReadonlySet<string> = new Set([
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
]);

/** More headers than this are nobody's. */
const MOST_HEADERS = 200;

/** What is read of the headers of a request while they are looked through. */
export interface ReadHeaders {
  /** As they go on. */
  readonly headers: string[];
  readonly host: string | undefined;
  readonly authorization: string | undefined;
  readonly contentLength: string | undefined;
  readonly transferEncoding: string | undefined;
}

/**
 * The headers of a request as they go on: without those of its connection, those that it names as such, what proxies say of it,
 * and secrets of edges. An underscore is read as a hyphen, as many programs do. Undefined when something stands twice that must not,
 * or another method is named.
 *
 * @param raw names and values in turn, as they came
 * @param dropped further names to leave out, in lower case
 */
export function readHeaders(raw: readonly string[], dropped: readonly string[]): ReadHeaders | undefined {
  if (raw.length > 2 * MOST_HEADERS) return undefined;
  const once: (string | undefined)[] = [undefined, undefined, undefined, undefined, undefined, undefined];
  let headers: string[] = [];
  let connection = '';
  let seen = 0;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? '';
    const value = raw[i + 1] ?? '';
    const kind = kindOf(name);
    if (kind === PLAIN) headers.push(name, value);
    else if (kind === OTHER) return undefined;
    else if (kind === CONNECTION) connection += connection === '' ? value : `,${value}`;
    else if (kind >= FIRST_ONCE) {
      const which = (kind - FIRST_ONCE) >> 1;
      if ((seen & (1 << which)) !== 0) return undefined;
      seen |= 1 << which;
      // In disguise it is left out, and counts all the same.
      if (((kind - FIRST_ONCE) & 1) === 1) continue;
      once[which] = value;
      if (which !== TRANSFER_ENCODING) headers.push(name, value);
    }
  }
  const named = connection === '' ? NONE : namesIn(connection);
  if (named.size > 0 || dropped.length > 0) headers = without(headers, named, dropped);
  const [host, contentLength, transferEncoding, authorization] = once;
  return { headers, host, contentLength, transferEncoding, authorization };
}

const PLAIN = 0;
const DROPPED = 1;
const OTHER = 2;
const CONNECTION = 3;
/** From here on, twice its place among those that must not stand twice, and one more where it is in disguise. */
const FIRST_ONCE = 4;
const TRANSFER_ENCODING = ONCE.indexOf('transfer-encoding');

/** Names are few: what each is, is found out once. Hostile ones do not fill it. */
const knownKinds = new Map<string, number>();
const MOST_KNOWN = 2_000;
const LONGEST_KNOWN = 64;

function kindOf(name: string): number {
  const known = knownKinds.get(name);
  if (known !== undefined) return known;
  const kind = findKind(name);
  if (name.length <= LONGEST_KNOWN && knownKinds.size < MOST_KNOWN) knownKinds.set(name, kind);
  return kind;
}

function findKind(name: string): number {
  const said = name.toLowerCase();
  const lower = said.replaceAll('_', '-');
  const once = ONCE.indexOf(lower);
  if (once >= 0) return FIRST_ONCE + 2 * once + (said === lower ? 0 : 1);
  if (lower === 'connection') return CONNECTION;
  if (OTHER_METHOD.has(lower)) return OTHER;
  return isOfConnection(lower) || isSaidByProxies(lower) ? DROPPED : PLAIN;
}

function without(
  headers: readonly string[],
  named: ReadonlySet<string>,
  dropped: readonly string[],
): string[] {
  return headers.filter((_, i) => {
    const said = headers[i & ~1]?.toLowerCase() ?? '';
    return !named.has(said) && !dropped.includes(said.replaceAll('_', '-'));
  });
}

const NONE: ReadonlySet<string> = new Set();

function isSaidByProxies(name: string): boolean {
  return name.startsWith('x-forwarded-') || SAID_BY_PROXIES.has(name);
}

/** What `Connection` names, but never what is needed further on. */
function namesIn(connection: string): ReadonlySet<string> {
  if (connection === 'keep-alive' || connection === 'close') return NONE;
  const names = connection.split(',').map((name) => name.trim().toLowerCase());
  return new Set(names.filter((name) => !ONCE.includes(name)));
}

/** The headers of an answer as they go on. @param raw names and values in turn */
export function answerHeaders(raw: readonly Buffer[], status: number): string[] {
  const headers: string[] = [];
  let named: ReadonlySet<string> | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i];
    const value = raw[i + 1];
    if (name === undefined || value === undefined) continue;
    const text = name.toString('latin1');
    if (SUSPECT[name.length] === 1 || ((name[0] ?? 0) | 0x20) === 107) {
      const lower = text.toLowerCase();
      if (lower === 'connection') named = namesIn(value.toString('latin1'));
      // An answer 204 has no body, whatever it says (RFC 9110, section 8.6).
      if (isOfConnection(lower) || (status === 204 && lower === 'content-length')) continue;
    }
    headers.push(text, value.toString('latin1'));
  }
  if (named !== undefined && named.size > 0)
    for (let i = headers.length - 2; i >= 0; i -= 2)
      if (named.has(headers[i]?.toLowerCase() ?? '')) headers.splice(i, 2);
  return headers;
}

/** Sets a header in place of all of that name. @param name in lower case */
export function replaceHeader(headers: string[], name: string, value: string): void {
  for (let i = headers.length - 2; i >= 0; i -= 2)
    if (headers[i]?.length === name.length && headers[i]?.toLowerCase() === name) headers.splice(i, 2);
  headers.push(name, value);
}
