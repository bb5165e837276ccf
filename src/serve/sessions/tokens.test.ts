import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CryptoKey, exportSPKI, type JWK, importJWK } from 'jose';
import { type Issuer, startIssuer, type TokenParts } from '../../../test/parts/issuer.ts';
import {
  fetchKeysFrom,
  KeySet,
  type KeySetOptions,
  Tokens,
  type TokensOptions,
  type Verdict,
} from './index.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 10, 18, 11, 20);

let now = START;
let issuer: Issuer;
let kid: string;
let keys: KeySet;
let tokens: Tokens;

beforeEach(async () => {
  now = START;
  issuer = await startIssuer(() => now);
  kid = await issuer.addKey('ES256');
  keys = keySet();
  await keys.refresh();
  tokens = tokensWith();
});

afterEach(() => issuer.stop());

function keySet(options: Partial<KeySetOptions> = {}): KeySet {
  return new KeySet({
    fetchKeys: fetchKeysFrom(issuer.url),
    source: issuer.url,
    now: () => now,
    timeoutMs: 200,
    ...options,
  });
}

function tokensWith(options: Partial<TokensOptions> = {}): Tokens {
  return new Tokens({ keys, issuer: issuer.issuer, audience: 'harbor', now: () => now, ...options });
}

const good = { kind: 'good', subject: 'user-1' } as const;
const no = (why: string) => ({ kind: 'refused', why });
const check = async (token: string, by = tokens): Promise<Verdict> => by.check(`Bearer ${token}`);
const signed = async (parts: TokenParts = {}, by = kid): Promise<Verdict> =>
  check(await issuer.sign(by, parts));

/** A token of one's own making; `signature` as it is. */
const forged = (header: object | string, claims: object | string, signature = 'AAAA'): string =>
  [header, claims]
    .map((part) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url'))
    .concat(signature)
    .join('.');
const claims = () => ({ iss: issuer.issuer, aud: 'harbor', sub: 'user-1', exp: now / 1000 + 60 });

describe('a good token', () => {
  test.each(['ES256', 'RS256', 'EdDSA'])('signed with %s is good', async (alg) => {
    const other = await issuer.addKey(alg);
    expect(await signed({ claims: { scope: 'trade', email: 'a@b.example' } }, other)).toEqual({
      ...good,
      expiresAtMs: now + HOUR,
      claims: { scope: 'trade' },
    });
  });

  test('is verified once, however many ask, and then known at once', async () => {
    const token = await issuer.sign(kid);
    const first = tokens.check(`Bearer ${token}`);
    expect(first).toBeInstanceOf(Promise);
    expect(tokens.check(`Bearer ${token}`)).toBe(first);
    expect(tokens.check(`Bearer ${token}`)).toBe(first);
    const verdict = await first;
    expect(verdict).toMatchObject(good);
    expect(tokens.check(`Bearer ${token}`)).toBe(verdict);
  });

  test('is refused once it has expired, remembered or not', async () => {
    const token = await issuer.sign(kid);
    await check(token);
    now += HOUR + 10_000 - 1;
    expect(await check(token)).toMatchObject(good);
    now++;
    expect(await check(token)).toEqual(no('expired'));
    expect(await check(token, tokensWith())).toEqual(no('expired'));
  });

  test('may name several audiences, and have times with fractions', async () => {
    const parts = { claims: { aud: ['other', 'harbor'], exp: now / 1000 + 0.5, nbf: now / 1000 - 0.5 } };
    expect(await signed(parts)).toMatchObject({ ...good, expiresAtMs: now + 500 });
  });

  test('may have a key id of any characters', async () => {
    for (const odd of ['', ' ', 'a = b', '__proto__', '../../etc/passwd', "' OR 1=1 --", 'é\n🜚']) {
      await issuer.addKey('ES256', odd);
      now += 30_000;
      expect(await signed({}, odd)).toMatchObject(good);
    }
  });

  test('in another case of Bearer, or without an id where there is one key, is good', async () => {
    expect(await tokens.check(`bearer ${await issuer.sign(kid)}`)).toMatchObject(good);
    expect(await signed({ header: { kid: undefined } })).toMatchObject(good);
  });
});

describe('refused is', () => {
  test.each<[string, TokenParts, string]>([
    ['another issuer', { claims: { iss: 'https://other.example' } }, 'issuer'],
    ['no issuer', { claims: { iss: undefined } }, 'issuer'],
    ['another audience', { claims: { aud: 'harbour' } }, 'audience'],
    ['no audience', { claims: { aud: undefined } }, 'audience'],
    ['an audience within another form', { claims: { aud: { harbor: true } } }, 'audience'],
    ['what is not valid yet', { claims: { nbf: START / 1000 + 11 } }, 'not-yet'],
    ['what never expires', { claims: { exp: undefined } }, 'malformed'],
    ['an exp that is text', { claims: { exp: String(START / 1000 + 60) } }, 'malformed'],
    ['an exp below nought', { claims: { exp: -1 } }, 'malformed'],
    ['an exp that is no date', { claims: { exp: 1e300 } }, 'malformed'],
    ['an exp of null', { claims: { exp: null } }, 'malformed'],
    ['an exp that was, with a fraction', { claims: { exp: START / 1000 - 10.5 } }, 'expired'],
    ['an nbf that is text', { claims: { nbf: '0' } }, 'malformed'],
    ['nobody', { claims: { sub: undefined } }, 'malformed'],
    ['a subject that breaks a line', { claims: { sub: 'a\r\nx-admin: 1' } }, 'malformed'],
    ['an endless subject', { claims: { sub: 'x'.repeat(256) } }, 'malformed'],
    ['a critical extension', { header: { crit: ['urn:x'], 'urn:x': 1 } }, 'malformed'],
    ['a token for something else', { header: { typ: 'logout+jwt' } }, 'malformed'],
    ['a payload that is no object', { payload: '"x"' }, 'malformed'],
    ['a payload that is no JSON', { payload: '{"exp":NaN}' }, 'malformed'],
  ])('%s', async (_, parts, why) => {
    expect(await signed(parts)).toEqual(no(why));
  });

  test('a claim said twice', async () => {
    const text = JSON.stringify(claims());
    expect(await signed({ payload: text })).toMatchObject(good);
    expect(await signed({ payload: text.replace('{', '{"sub":"admin",') })).toEqual(no('malformed'));
    expect(await signed({ payload: text.replace('{', '{"\\u0073ub":"admin",') })).toEqual(no('malformed'));
  });

  test('no algorithm, in any spelling', async () => {
    for (const alg of ['none', 'None', 'NONE', '', 'nonE ', null, 0, ['none']])
      for (const signature of ['', 'AAAA'])
        expect(await check(forged({ alg, kid }, claims(), signature))).toEqual(no('algorithm'));
  });

  test('a public key used as a shared secret', async () => {
    const rsa = await issuer.addKey('RS256');
    await keys.refresh();
    const jwk = issuer.keys.find((one) => one.kid === rsa) as JWK; // just added
    const pem = await exportSPKI((await importJWK(jwk)) as CryptoKey);
    for (const secret of [pem, pem.trimEnd(), JSON.stringify(jwk)]) {
      const unsigned = forged({ alg: 'HS256', kid: rsa }, claims(), '');
      const mac = createHmac('sha256', secret).update(unsigned.slice(0, -1)).digest('base64url');
      expect(await check(unsigned + mac)).toEqual(no('algorithm'));
    }
  });

  test('an algorithm that is not asked for, or is not the key’s', async () => {
    const rsa = await issuer.addKey('RS256');
    expect(await check(await issuer.sign(rsa), tokensWith({ algorithms: ['ES256'] }))).toEqual(
      no('algorithm'),
    );
    await keys.refresh();
    expect(await check(forged({ alg: 'PS256', kid: rsa }, claims()))).toEqual(no('unknown-key'));
  });

  test('a key that the token brings along', async () => {
    const stranger = await startIssuer(() => now);
    const theirs = await stranger.addKey('ES256', kid);
    const [jwk] = stranger.keys;
    for (const header of [{ jwk }, { jku: stranger.url }, { x5u: stranger.url }, { x5c: ['AAAA'] }]) {
      const token = await stranger.sign(theirs, { claims: { iss: issuer.issuer }, header });
      expect(await check(token)).toEqual(no('signature'));
    }
    expect(stranger.asked).toBe(0);
    await stranger.stop();
    expect(await signed({ header: { jwk, jku: stranger.url, x5u: stranger.url } })).toMatchObject(good);
  });

  test('a token whose parts are not its own', async () => {
    const [one, other] = [await issuer.sign(kid), await issuer.sign(kid, { claims: { sub: 'admin' } })];
    const [header, , signature] = one.split('.');
    expect(await check(one)).toMatchObject(good); // remembered, by the end of its signature
    expect(await check([header, other.split('.')[1], signature].join('.'))).toEqual(no('signature'));
    expect(await check(one)).toMatchObject(good);
    expect(await tokens.check((signature ?? '').slice(-32))).toEqual(no('missing'));
    expect(await check([header, one.split('.')[1], ''].join('.'))).toEqual(no('malformed'));
  });

  test('what is no token', async () => {
    for (const none of [undefined, '', 'Basic YTpi', 'Bearer', 'Bearerx'])
      expect(await tokens.check(none)).toEqual(no('missing'));
    const token = await issuer.sign(kid);
    const long = 'A'.repeat(9000);
    for (const bad of [
      '',
      'x',
      '..',
      'a.b',
      `${token}.x`,
      `${token} ${token}`,
      `${token}, ${token}`,
      `${token}=`,
      long,
    ])
      expect(await check(bad)).toEqual(no('malformed'));
    expect(await check(`${long}.${long}.${long}`)).toEqual(no('malformed'));
    expect(await check(forged('{"alg":"ES256","alg":"ES256"}', claims()))).toEqual(no('malformed'));
    expect(await check(forged({ alg: 'ES256', kid: 7 }, claims()))).toEqual(no('malformed'));
    expect(await check(forged({ alg: 'ES256', kid }, '{"a":'.repeat(100)))).toEqual(no('malformed'));
  });

  test('another spelling of the same token', async () => {
    const token = await issuer.sign(kid);
    const last = token.at(-1) ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const other = token.slice(0, -1) + alphabet[alphabet.indexOf(last) + 1]; // the last bits of 64 bytes do not count
    expect(await check(other)).toEqual(no('malformed'));
  });

  test('HMAC, when it is asked for', () => {
    for (const alg of ['HS256', 'none', 'dir'])
      expect(() => tokensWith({ algorithms: ['ES256', alg] })).toThrow(RangeError);
  });
});

describe('keys', () => {
  test('rotated while tokens are about: old and new are good', async () => {
    const old = await issuer.sign(kid);
    const second = await issuer.addKey('ES256');
    expect(await signed({}, second)).toMatchObject(good);
    expect(await check(old)).toMatchObject(good);
  });

  test('dropped by the issuer end its sessions, remembered or not', async () => {
    const token = await issuer.sign(kid);
    await check(token);
    await issuer.addKey('ES256');
    issuer.dropKey(kid);
    await keys.refresh();
    expect(await check(token)).toEqual(no('unknown-key'));
    expect(await check(token, tokensWith())).toEqual(no('unknown-key'));
  });

  test('replaced under the same id end its sessions', async () => {
    const token = await issuer.sign(kid);
    await check(token);
    await issuer.addKey('ES256', kid);
    await keys.refresh();
    expect(await check(token)).toEqual(no('signature'));
    expect(await signed()).toMatchObject(good);
  });

  test('unknown before are accepted once they are known, for the very same token', async () => {
    const second = await issuer.addKey('ES256');
    issuer.dropKey(second);
    const token = await issuer.sign(second);
    expect(await check(token)).toEqual(no('unknown-key'));
    issuer.offerKey(second);
    expect(await check(token)).toEqual(no('unknown-key')); // not asked again so soon
    now += 30_000;
    expect(await check(token)).toMatchObject(good);
    expect(issuer.asked).toBe(3);
  });

  test('known too late for a token that was refused for its signature make it good', async () => {
    const [jwk] = issuer.keys;
    const second = await issuer.addKey('ES256');
    const token = await issuer.sign(second, { header: { kid } });
    expect(await check(token)).toEqual(no('signature'));
    issuer.answer({ set: { keys: [{ ...issuer.keys[1], kid: jwk?.kid }] } });
    await keys.refresh();
    expect(await check(token)).toMatchObject(good);
  });

  test('never heard of say so: it is not the client’s fault', async () => {
    await issuer.stop();
    keys = keySet();
    expect(await check(await issuer.sign(kid), tokensWith())).toEqual(no('keys-expired'));
  });
});

test('the issuer gone for four hours: who is logged in stays so, and an unknown key id is refused all along', async () => {
  keys = keySet({ staleMs: 4 * HOUR });
  await keys.refresh();
  tokens = tokensWith();
  const stranger = await startIssuer(() => now);
  const theirs = await stranger.addKey('ES256', 'theirs');
  const life = (hours: number) => issuer.sign(kid, { claims: { exp: START / 1000 + hours * 3600 } });
  const held = await Promise.all([1, 2, 3, 5, 24].map(life));
  const cold = await Promise.all(
    Array.from({ length: 26 }, (_, i) =>
      issuer.sign(kid, { claims: { sub: 'user-1', jti: i, exp: START / 1000 + 86_400 } }),
    ),
  );
  for (const token of held) expect(await check(token)).toMatchObject(good);
  await issuer.stop();

  for (let minute = 1; minute <= 260; minute++) {
    now = START + minute * MINUTE;
    if (now >= keys.wakeAtMs) await keys.refresh();
    const isWithin = now < START + 4 * HOUR;
    expect(keys.level()).toBe(isWithin ? 1 : 0);
    for (const [i, token] of held.entries()) {
      const exp = START + ([1, 2, 3, 5, 24][i] ?? 0) * HOUR;
      const verdict = await check(token);
      if (now >= exp + 10_000) expect(verdict).toEqual(no('expired'));
      else expect(verdict).toMatchObject(isWithin ? good : no('keys-expired'));
    }
    const unknown = await stranger.sign(theirs, { claims: { iss: issuer.issuer, jti: minute } });
    expect(await check(unknown)).toEqual(no(isWithin ? 'unknown-key' : 'keys-expired'));
    if (minute % 10 > 0) continue;
    expect(await check(cold.pop() ?? '')).toMatchObject(isWithin ? good : no('keys-expired'));
  }

  await issuer.start();
  now += MINUTE;
  await keys.refresh();
  expect(await check(held[4] ?? '')).toMatchObject(good);
  expect(await check(held[3] ?? '')).toMatchObject(good);
  expect(await check(held[2] ?? '')).toEqual(no('expired'));
  await stranger.stop();
});

test('the issuer hanging keeps nobody waiting whose key is known', async () => {
  const token = await issuer.sign(kid);
  issuer.answer('nothing');
  const unknown = tokens.check(`Bearer ${forged({ alg: 'ES256', kid: 'made-up' }, claims())}`);
  let isAnswered = false;
  void Promise.resolve(unknown).then(() => {
    isAnswered = true;
  });
  expect(await check(token)).toMatchObject(good);
  expect(isAnswered).toBe(false);
  expect(await unknown).toEqual(no('unknown-key'));
});

test('more cold tokens at once than may wait are told so, and none of them is thrown out for good', async () => {
  const crowd = await Promise.all(
    Array.from({ length: 10 }, (_, i) => issuer.sign(kid, { claims: { jti: i } })),
  );
  tokens = tokensWith({ mostChecking: 2, mostWaiting: 3 });
  const verdicts = await Promise.all(crowd.map((token) => check(token)));
  expect(verdicts.map((verdict) => (verdict.kind === 'good' ? 'good' : verdict.why)).sort()).toEqual([
    ...Array(5).fill('busy'),
    ...Array(5).fill('good'),
  ]);
  for (const token of crowd) expect(await check(token)).toMatchObject(good);
});

test('one bad token over and over is verified once', async () => {
  const bad = `Bearer ${forged({ alg: 'ES256', kid }, claims(), Buffer.alloc(64, 1).toString('base64url'))}`;
  expect(tokens.check(bad)).toBeInstanceOf(Promise);
  expect(await tokens.check(bad)).toEqual(no('signature'));
  expect(tokens.check(bad)).toEqual(no('signature'));
});
