import { compactVerify, errors } from 'jose';
import { SIGNATURE_ALGORITHMS } from './jwk-set.ts';
import type { HeldKey, KeySet } from './keys.ts';
import { type ReadToken, readToken, type TokenFault, type TokenRules } from './read-token.ts';
import { Recent } from './recent.ts';
import { Slots } from './slots.ts';

export interface TokensOptions {
  readonly keys: KeySet;
  /** `iss`, to the letter. */
  readonly issuer: string;
  /** One of `aud`. */
  readonly audience: string;
  /** Asymmetric ones only. @default RS256, ES256, EdDSA, Ed25519 and PS256 */
  readonly algorithms?: readonly string[];
  /** The wall clock. @unit ms */
  readonly now: () => number;
  /** By how much the issuer's clock may differ, for `exp` and `nbf` alike. @unit s @default 10 */
  readonly clockToleranceS?: number;
  /** Claims to hand on, besides the subject. @default scope */
  readonly claims?: readonly string[];
  /** Tokens remembered; half of them may be forgotten early. @default 10_000 */
  readonly most?: number;
  /** All tokens remembered, together. @unit bytes @default 33_554_432 */
  readonly mostRememberedBytes?: number;
  /** One token. @unit bytes @default 8_192 */
  readonly mostBytes?: number;
  /** Signatures checked at once: there are four threads for them. @default 8 */
  readonly mostChecking?: number;
  /** Tokens that may wait for that. @default 1_000 */
  readonly mostWaiting?: number;
}

export type TokenRefusal =
  | TokenFault
  /** No bearer token at all. */
  | 'missing'
  /** The issuer offers no such key. */
  | 'unknown-key'
  | 'signature'
  /** The issuer has been gone for longer than the bound, or was never heard: not the client's fault, so 503 and not 401. */
  | 'keys-expired'
  /** More unknown tokens at once than can be checked, or it could not be checked: 503 too. */
  | 'busy';

export type Verdict =
  | {
      readonly kind: 'good';
      readonly subject: string;
      /** @unit ms, wall clock */
      readonly expiresAtMs: number;
      readonly claims: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'refused'; readonly why: TokenRefusal };

/**
 * Checks bearer tokens. A token is verified once and remembered until it expires or its key is dropped; from memory the verdict is
 * there at once. A token that has expired is refused always: remembered or not, issuer gone or not.
 */
export class Tokens {
  private readonly keys: KeySet;
  private readonly now: () => number;
  private readonly rules: TokenRules;
  private readonly mostCharacters: number;
  private readonly good: Recent<Remembered>;
  /** Signatures that were wrong, each with the key that said so: a flood of one bad token is one check. */
  private readonly bad: Recent<Remembered>;
  private readonly underWay = new Map<string, Promise<Verdict>>();
  private readonly slots: Slots;

  constructor(options: TokensOptions) {
    const {
      keys,
      now,
      issuer,
      audience,
      clockToleranceS = 10,
      mostBytes = 8192,
      claims = ['scope'],
    } = options;
    const { algorithms = ['RS256', 'ES256', 'EdDSA', 'Ed25519', 'PS256'] } = options;
    const unfit = algorithms.find((one) => !SIGNATURE_ALGORITHMS.includes(one));
    if (unfit !== undefined) throw new RangeError(`Expected an algorithm with a public key, found ${unfit}.`);
    if (!(clockToleranceS >= 0))
      throw new RangeError(`Expected at least 0 seconds, found ${clockToleranceS}.`);
    this.keys = keys;
    this.now = now;
    this.mostCharacters = mostBytes;
    const clockToleranceMs = clockToleranceS * 1000;
    this.rules = { issuer, audience, algorithms: new Set(algorithms), clockToleranceMs, claims };
    this.good = new Recent(options.most ?? 10_000, options.mostRememberedBytes ?? 33_554_432);
    this.bad = new Recent(1_000, 2_097_152);
    this.slots = new Slots(options.mostChecking ?? 8, options.mostWaiting ?? 1_000);
  }

  /** @param authorization the header as it came */
  check(authorization: string | undefined): Verdict | Promise<Verdict> {
    if (authorization === undefined) return MISSING;
    const known = this.good.get(tailOf(authorization));
    if (known !== undefined && known.authorization === authorization) {
      const now = this.now();
      if (now < known.untilMs && now < known.key.usableUntilMs) return known.verdict;
      this.good.delete(tailOf(authorization));
    }
    return this.checkUnknown(authorization);
  }

  private checkUnknown(authorization: string): Verdict | Promise<Verdict> {
    const underWay = this.underWay.get(authorization);
    if (underWay !== undefined) return underWay;
    if (!/^Bearer /i.test(authorization)) return MISSING;
    const token = authorization.slice('Bearer '.length).trim();
    if (token.length > this.mostCharacters) return refused('malformed');
    const read = readToken(token, this.now(), this.rules);
    if (read.kind === 'refused') return refused(read.why);
    const bad = this.bad.get(tailOf(authorization));
    if (bad?.authorization === authorization && bad.key === this.keys.find(read.kid, read.alg))
      return bad.verdict;
    const verdict = this.verify(authorization, token, read).finally(() =>
      this.underWay.delete(authorization),
    );
    this.underWay.set(authorization, verdict);
    return verdict;
  }

  private async verify(authorization: string, token: string, read: ReadToken): Promise<Verdict> {
    const { kid, alg, subject, expiresAtMs, claims } = read;
    const key = this.keys.find(kid, alg) ?? (await this.keys.seek(kid, alg));
    if (key === 'busy') return refused('busy');
    if (key === undefined) return refused(this.keys.level() > 0 ? 'unknown-key' : 'keys-expired');
    const isSigned = await this.slots.run(() => isSignedBy(key, token, alg));
    if (isSigned === undefined) return refused('busy');
    const untilMs = expiresAtMs + this.rules.clockToleranceMs;
    if (!isSigned) {
      const verdict = refused('signature');
      this.bad.set(tailOf(authorization), { authorization, verdict, untilMs, key }, authorization.length);
      return verdict;
    }
    // Time has passed, and the key may have gone.
    const now = this.now();
    if (now >= untilMs) return refused('expired');
    if (now >= key.usableUntilMs) return refused(this.keys.level() > 0 ? 'unknown-key' : 'keys-expired');
    const verdict: Verdict = Object.freeze({
      kind: 'good',
      subject,
      expiresAtMs,
      claims: Object.freeze(claims),
    });
    this.good.set(tailOf(authorization), { authorization, verdict, untilMs, key }, authorization.length);
    return verdict;
  }
}

interface Remembered {
  readonly authorization: string;
  readonly verdict: Verdict;
  readonly untilMs: number;
  readonly key: HeldKey;
}

/**
 * What to look a header up by: the end of its signature. The hash of 32 characters costs a fraction of that of a thousand; the whole
 * is then compared. Whoever makes up another token with this end finds nothing by it, and drives nobody out.
 */
function tailOf(authorization: string): string {
  return authorization.slice(-32);
}

const MISSING: Verdict = Object.freeze({ kind: 'refused', why: 'missing' });

function refused(why: TokenRefusal): Verdict {
  return { kind: 'refused', why };
}

/** Undefined when it could not be found out: that says nothing against the token. */
async function isSignedBy(key: HeldKey, token: string, alg: string): Promise<boolean | undefined> {
  try {
    await compactVerify(token, key.crypto, { algorithms: [alg] });
    return true;
  } catch (error) {
    return error instanceof errors.JOSEError ? false : undefined;
  }
}
