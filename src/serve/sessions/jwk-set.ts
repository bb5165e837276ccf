import { type CryptoKey, importJWK } from 'jose';

/** Signature algorithms with a public key, by what a key must be for them. `none` and HMAC are not among them, ever. */
const ALGORITHMS_OF: Readonly<Record<string, readonly string[]>> = {
  RSA: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  'EC P-256': ['ES256'],
  'EC P-384': ['ES384'],
  'EC P-521': ['ES512'],
  'OKP Ed25519': ['EdDSA', 'Ed25519'], // one algorithm: RFC 8037's name and RFC 9864's
};

export const SIGNATURE_ALGORITHMS: readonly string[] = Object.values(ALGORITHMS_OF).flat();

/** Public members of a key, with its id and one algorithm: nothing that is not needed is kept. */
export interface PublicJwk {
  readonly kty: string;
  readonly kid?: string;
  readonly alg: string;
  readonly n?: string;
  readonly e?: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
}

/** Why one key of a set is not used. */
export type KeyRefusal =
  | 'damaged' // not an object, a member missing or not what it should be, not a point of its curve
  | 'secret' // `oct`: who can check with it can sign with it
  | 'private' // published with its private half, so no longer its owner's alone
  | 'not-for-signatures' // `use` or `key_ops` say so
  | 'weak' // RSA below 2,048 bits, or with an exponent that proves nothing
  | 'unsupported'; // a type, a curve or an algorithm that is not used here

export type ReadKey =
  | { readonly kind: 'usable'; readonly keys: readonly PublicJwk[] } // one for each algorithm it may serve
  | { readonly kind: 'refused'; readonly why: KeyRefusal; readonly kid: string | undefined };

/** What one entry of a key set is good for (RFC 7517, RFC 7518 section 6, RFC 8037). */
export function readJwk(value: unknown): ReadKey {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refused('damaged', undefined);
  const jwk = value as Readonly<Record<string, unknown>>; // an object, as just checked
  const { kid } = jwk;
  if (kid !== undefined && !(typeof kid === 'string' && kid.length <= MOST_KID))
    return refused('damaged', undefined);
  if (typeof jwk.kty !== 'string') return refused('damaged', kid);
  if (jwk.kty === 'oct' || 'k' in jwk) return refused('secret', kid);
  if (PRIVATE_MEMBERS.some((member) => member in jwk)) return refused('private', kid);
  if (!isForSignatures(jwk)) return refused('not-for-signatures', kid);
  const algorithms = ALGORITHMS_OF[jwk.kty === 'RSA' ? 'RSA' : `${jwk.kty} ${jwk.crv}`];
  const alg = jwk.alg;
  if (algorithms === undefined || (alg !== undefined && !algorithms.includes(alg as string)))
    return refused('unsupported', kid);
  const material = jwk.kty === 'RSA' ? readRsa(jwk) : readPoint(jwk);
  if (typeof material === 'string') return refused(material, kid);
  const isOne = alg !== undefined && jwk.kty !== 'OKP';
  return {
    kind: 'usable',
    keys: (isOne ? [alg as string] : algorithms).map((one) => ({
      ...material,
      ...(kid === undefined ? {} : { kid }),
      alg: one,
    })),
  };
}

/** Ready to check signatures with; undefined when the material is no key after all. */
export async function importPublic(jwk: PublicJwk): Promise<CryptoKey | undefined> {
  const { kid: _, alg, ...material } = jwk;
  try {
    const key = await importJWK(material, alg);
    return key instanceof Uint8Array ? undefined : key;
  } catch {
    return undefined;
  }
}

const MOST_KID = 256;
const MOST_RSA_BITS = 8192; // above, one check costs milliseconds
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv'];

function refused(why: KeyRefusal, kid: string | undefined): ReadKey {
  return { kind: 'refused', why, kid };
}

function isForSignatures({ use, key_ops: operations }: Readonly<Record<string, unknown>>): boolean {
  if (use !== undefined && use !== 'sig') return false;
  if (operations === undefined) return true;
  return Array.isArray(operations) && operations.length > 0 && operations.every((one) => one === 'verify');
}

function readRsa({
  n,
  e,
}: Readonly<Record<string, unknown>>): { kty: string; n: string; e: string } | KeyRefusal {
  if (!isBase64Url(n) || !isBase64Url(e)) return 'damaged';
  const modulus = Buffer.from(n, 'base64url');
  const first = modulus.findIndex((byte) => byte !== 0);
  if (first < 0) return 'damaged';
  const bits = (modulus.length - first) * 8 - Math.clz32(modulus[first] ?? 0) + 24;
  if (bits > MOST_RSA_BITS) return 'unsupported';
  const exponent = Number.parseInt(Buffer.from(e, 'base64url').toString('hex'), 16);
  // With an exponent of 1 anything is its own signature.
  const isSound = exponent >= 3 && exponent < 2 ** 32 && exponent % 2 === 1;
  return bits >= 2048 && isSound ? { kty: 'RSA', n, e } : 'weak';
}

function readPoint(jwk: Readonly<Record<string, unknown>>): Omit<PublicJwk, 'alg' | 'kid'> | KeyRefusal {
  const { kty, crv, x, y } = jwk as Readonly<Record<string, string>>; // kty and crv chose the algorithms
  if (kty === undefined || crv === undefined || !isBase64Url(x)) return 'damaged';
  if (kty === 'OKP') return { kty, crv, x };
  return isBase64Url(y) ? { kty, crv, x, y } : 'damaged';
}

function isBase64Url(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 2048 && /^[\w-]+$/.test(value);
}
