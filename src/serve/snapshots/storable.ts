import {
  fieldOf,
  type HeaderFields,
  readCacheControl,
  readHttpDate,
  readSeconds,
  secondsOf,
} from './cache-control.ts';

export type NotStored =
  | 'method'
  | 'status'
  | 'no-store' // asked by either side
  | 'private'
  | 'no-cache' // may be stored, but never served without asking the origin: of no use here
  | 'authorization'
  | 'personal' // a cookie or a key: the answer may be one person's
  | 'set-cookie'
  | 'vary'
  | 'encoding'
  | 'unreadable' // Cache-Control that cannot be read
  | 'cut-off' // not as long as it says
  | 'too-large';

export interface Exchange {
  readonly request: { readonly method: string; readonly headers: HeaderFields };
  readonly response: { readonly status: number; readonly headers: HeaderFields };
  /** When the request was sent, and when its answer began to arrive. @unit ms, wall clock */
  readonly requestedAtMs: number;
  readonly receivedAtMs: number;
}

/** Request fields that make an answer one person's, besides Authorization and Cookie. */
export const PERSONAL_HEADERS: readonly string[] = [
  'proxy-authorization',
  'x-api-key',
  'api-key',
  'x-auth-token',
  'x-mbx-apikey',
  'cb-access-key',
  'kc-api-key',
];

const CODINGS = new Set(['gzip', 'br', 'zstd', 'deflate']);

/**
 * Why a shared cache may not keep an answer (RFC 9111, section 3), or undefined when it may. Stricter than the RFC where it leaves
 * room: a cookie or a key counts like Authorization, since platforms forget to say `private`; only whole answers to GET with
 * status 200 are kept, and only those that are the same for all but for their coding.
 */
export function whyNotStored(
  { request, response }: Exchange,
  personal = PERSONAL_HEADERS,
): NotStored | undefined {
  const { headers } = response;
  if (request.method !== 'GET') return 'method';
  if (response.status !== 200 || headers['content-range'] !== undefined) return 'status';
  const directives = readCacheControl(headers);
  const asked = readCacheControl(request.headers);
  if (directives === undefined || asked === undefined) return 'unreadable';
  if (directives.has('no-store') || asked.has('no-store')) return 'no-store';
  // With names of fields too: it would be allowed to keep the rest.
  if (directives.has('private')) return 'private';
  if (directives.has('no-cache')) return 'no-cache';
  if (headers['set-cookie'] !== undefined) return 'set-cookie';
  const isShared = directives.has('public') || directives.has('s-maxage');
  if (request.headers.authorization !== undefined && !isShared && !directives.has('must-revalidate'))
    return 'authorization';
  if (!isShared && ['cookie', ...personal].some((name) => request.headers[name] !== undefined))
    return 'personal';
  if (!/^(?:[\t ,]*accept-encoding)*[\t ,]*$/i.test(fieldOf(headers, 'vary') ?? '')) return 'vary';
  return codingOf(headers) === undefined ? 'encoding' : undefined;
}

/** What the body is coded with: `identity` when with nothing, undefined when with something that is not known here. */
export function codingOf(headers: HeaderFields): string | undefined {
  const coding = (fieldOf(headers, 'content-encoding') ?? '').trim().toLowerCase();
  if (coding === '' || coding === 'identity') return 'identity';
  return CODINGS.has(coding) ? coding : undefined;
}

/** How old an answer was when it arrived, and how old the origin allows it to get. */
export interface Limits {
  /** When the origin wrote it. @unit ms, wall clock */
  readonly writtenAtMs: number;
  /** @unit ms */
  readonly initialAgeMs: number;
  /** How long it is fresh; without a word from the origin it never is: nothing is guessed. @unit ms */
  readonly freshMs: number;
  /** How stale it may be served when the origin is gone; Infinity when the origin does not say. @unit ms */
  readonly staleMs: number;
}

/** Age by RFC 9111, section 4.2.3; freshness by 4.2.1; staleness by 4.2.4 and RFC 5861, section 4. */
export function limitsOf({ response, requestedAtMs, receivedAtMs }: Exchange): Limits {
  const { headers } = response;
  const directives = readCacheControl(headers) ?? new Map<string, string>();
  const writtenAtMs = readHttpDate(fieldOf(headers, 'date')) ?? receivedAtMs;
  // Of several the first counts (RFC 9111, section 5.1).
  const upstreamS = readSeconds((fieldOf(headers, 'age') ?? '').split(',', 1)[0]?.trim() ?? '') ?? 0;
  const apparentMs = Math.max(0, receivedAtMs - writtenAtMs);
  const correctedMs = upstreamS * 1000 + Math.max(0, receivedAtMs - requestedAtMs);
  const expires = fieldOf(headers, 'expires');
  const expiresMs = expires === undefined ? 0 : Math.max(0, (readHttpDate(expires) ?? 0) - writtenAtMs);
  const freshS = secondsOf(directives, 's-maxage') ?? secondsOf(directives, 'max-age');
  return {
    writtenAtMs,
    initialAgeMs: Math.max(apparentMs, correctedMs),
    freshMs: freshS === undefined ? expiresMs : freshS * 1000,
    staleMs: staleMsOf(directives),
  };
}

/**
 * must-revalidate and proxy-revalidate forbid it whatever else is said. s-maxage says the same of shared caches, unless the origin
 * adds stale-if-error, which has no other meaning than to allow it "regardless of other freshness information".
 */
function staleMsOf(directives: ReadonlyMap<string, string>): number {
  if (directives.has('must-revalidate') || directives.has('proxy-revalidate')) return 0;
  const limitS = secondsOf(directives, 'stale-if-error');
  if (limitS !== undefined) return limitS * 1000;
  return directives.has('s-maxage') ? 0 : Number.POSITIVE_INFINITY;
}
