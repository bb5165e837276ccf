import { readStrictObject } from '../strict-json.ts';

export interface TokenRules {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: ReadonlySet<string>;
  readonly clockToleranceMs: number;
  /** Names of claims to hand on. */
  readonly claims: readonly string[];
}

/** What a token says, by itself: nothing of it is proven yet. */
export interface ReadToken {
  readonly kind: 'read';
  readonly alg: string;
  readonly kid: string | undefined;
  readonly subject: string;
  /** @unit ms, wall clock */
  readonly expiresAtMs: number;
  readonly claims: Readonly<Record<string, unknown>>;
}

export type TokenFault = 'malformed' | 'algorithm' | 'issuer' | 'audience' | 'expired' | 'not-yet';

/**
 * Reads a signed token in compact form (RFC 7515, RFC 7519) and holds it to all rules but the signature's, which costs a
 * hundred times more. Keys and addresses of keys in the header (`jwk`, `jku`, `x5c`, `x5u`) are never looked at.
 */
export function readToken(
  token: string,
  now: number,
  rules: TokenRules,
): ReadToken | { readonly kind: 'refused'; readonly why: TokenFault } {
  const parts = /^([\w-]+)\.([\w-]+)\.([\w-]*)$/.exec(token);
  if (parts === null) return refused('malformed');
  const header = readPart(parts[1]);
  if (header === undefined) return refused('malformed');
  const { alg, kid } = header;
  if (typeof alg !== 'string' || !rules.algorithms.has(alg)) return refused('algorithm');
  const payload = readPart(parts[2]);
  if (payload === undefined || !isCanonical(parts[3]) || !isHeaderSound(header)) return refused('malformed');
  const { sub, exp, nbf, iat } = payload;
  if (!isSubject(sub) || !isTime(exp) || !isTimeOrAbsent(nbf) || !isTimeOrAbsent(iat))
    return refused('malformed');
  if (payload.iss !== rules.issuer) return refused('issuer');
  if (!isFor(payload.aud, rules.audience)) return refused('audience');
  if (now >= exp * 1000 + rules.clockToleranceMs) return refused('expired');
  if (nbf !== undefined && now < nbf * 1000 - rules.clockToleranceMs) return refused('not-yet');
  return {
    kind: 'read',
    alg,
    kid: kid as string | undefined, // by isHeaderSound
    subject: sub,
    expiresAtMs: exp * 1000,
    claims: Object.fromEntries(
      rules.claims.filter((name) => Object.hasOwn(payload, name)).map((name) => [name, payload[name]]),
    ),
  };
}

function refused(why: TokenFault): { kind: 'refused'; why: TokenFault } {
  return { kind: 'refused', why };
}

/** One JSON object, no key twice: where two readers could differ, a claim is not a claim. */
function readPart(part: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (part === undefined || !isCanonical(part)) return undefined;
  const read = readStrictObject(Buffer.from(part, 'base64url'), 16);
  return read.kind === 'object' ? read.value : undefined;
}

/** The one spelling of its bytes: bits that do not count are nought. */
function isCanonical(part: string | undefined): boolean {
  return part !== undefined && part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part;
}

/** Types that mean something else than a session: an issuer signs logout tokens and the like with the same keys (RFC 8725, 3.11). */
const SESSION_TYPES = new Set(['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt']);

function isHeaderSound({ kid, typ, crit, b64 }: Readonly<Record<string, unknown>>): boolean {
  // No extension is understood here, so none may be critical (RFC 7515, 4.1.11).
  if (crit !== undefined || b64 !== undefined) return false;
  if (kid !== undefined && !(typeof kid === 'string' && kid.length <= 256)) return false;
  return typ === undefined || (typeof typ === 'string' && SESSION_TYPES.has(typ.toLowerCase()));
}

/** Handed on in headers and logs by some: no control characters. */
function isSubject(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 255 && !/[\p{Cc}\p{Cs}]/u.test(value);
}

/** Seconds since 1970, with or without a fraction; what has no date is no time. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 8.64e12;
}

function isTimeOrAbsent(value: unknown): value is number | undefined {
  return value === undefined || isTime(value);
}

function isFor(claim: unknown, audience: string): boolean {
  return claim === audience || (Array.isArray(claim) && claim.includes(audience));
}
