import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { type Issuer, type IssuerAnswer, startIssuer } from '../../../test/parts/issuer.ts';
import { readJwk } from './jwk-set.ts';
import { fetchKeysFrom, KeySet, type KeySetOptions } from './index.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 18, 11, 20);

let now = START;
let issuer: Issuer;
let first: string;

beforeEach(async () => {
  now = START;
  issuer = await startIssuer(() => now);
  first = await issuer.addKey('ES256');
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

async function readySet(options: Partial<KeySetOptions> = {}): Promise<KeySet> {
  const keys = keySet(options);
  await keys.refresh();
  expect(keys.state.kind).toBe('fresh');
  return keys;
}

describe('the issuer gone', () => {
  const troubles: readonly (readonly [string, IssuerAnswer, string])[] = [
    ['never answers', 'nothing', 'no-answer'],
    ['answers 500', 'error', 'no-answer'],
    ['answers garbage', 'garbage', 'no-answer'],
    ['is cut off', 'cut-off', 'no-answer'],
    ['offers no keys', 'empty-set', 'no-usable-key'],
    ['offers something else', { set: ['keys'] }, 'not-a-key-set'],
    ['offers null', { set: null }, 'not-a-key-set'],
    ['offers too many keys', { set: { keys: Array(101).fill({}) } }, 'too-many-keys'],
    ['offers too much', { set: { keys: [], more: 'x'.repeat(300_000) } }, 'no-answer'],
  ];

  test.each(troubles)('keeps what it had when it %s', async (_, answer, why) => {
    const keys = await readySet();
    const { version } = keys;
    issuer.answer(answer);
    now += 300_000;
    await keys.refresh();
    expect(keys.state).toMatchObject({ kind: 'stale', why, untilMs: START + 24 * HOUR });
    expect(keys.find(first, 'ES256')).toBeDefined();
    expect([keys.level(), keys.version]).toEqual([1, version]);
  });

  test('the bound is counted from the last good fetch, and then nothing is usable', async () => {
    const keys = await readySet({ staleMs: 4 * HOUR });
    await issuer.stop();
    now = START + 4 * HOUR - 1;
    await keys.refresh();
    expect(keys.find(first, 'ES256')).toBeDefined();
    now++;
    expect(keys.find(first, 'ES256')).toBeUndefined();
    expect([keys.state.kind, keys.level()]).toEqual(['expired', 0]);
    await issuer.start();
    await keys.refresh();
    expect([keys.state.kind, keys.level()]).toEqual(['fresh', 1]);
  });

  test('a set that is larger than it may be is not taken, whoever has read it', async () => {
    const keys = keySet({ fetchKeys: async () => ({ keys: issuer.keys, more: 'x'.repeat(300_000) }) });
    await keys.refresh();
    expect(keys.state).toEqual({ kind: 'none', why: 'too-large' });
  });

  test('is asked again after the cool-down, and after the refresh time once it has answered', async () => {
    const keys = keySet();
    expect(keys.wakeAtMs).toBe(Number.NEGATIVE_INFINITY);
    await keys.refresh();
    expect(keys.wakeAtMs).toBe(START + 300_000);
    issuer.answer('error');
    now += 300_000;
    await keys.refresh();
    expect(keys.wakeAtMs).toBe(now + 30_000);
  });

  test('a fetch that heeds no signal ends at its time', async () => {
    const keys = keySet({ fetchKeys: () => new Promise(() => {}), timeoutMs: 20 });
    await keys.refresh();
    expect(keys.state).toEqual({ kind: 'none', why: 'no-answer' });
  });

  test('keys that nobody has refreshed for a while are stale', async () => {
    const keys = await readySet();
    now += 600_000;
    expect(keys.state.kind).toBe('stale');
  });
});

describe('an unknown key id', () => {
  test('causes one fetch in each cool-down, however many ask', async () => {
    const keys = await readySet();
    const found = await Promise.all(Array.from({ length: 50 }, (_, i) => keys.seek(`made-up-${i}`, 'ES256')));
    expect(new Set(found)).toEqual(new Set([undefined]));
    expect(issuer.asked).toBe(2);
    now += 29_999;
    await keys.seek('made-up', 'ES256');
    expect(issuer.asked).toBe(2);
    now++;
    await keys.seek('made-up', 'ES256');
    expect(issuer.asked).toBe(3);
  });

  test('is found when the issuer has a new key', async () => {
    const keys = await readySet();
    const second = await issuer.addKey('RS256');
    expect(await keys.seek(second, 'RS256')).toMatchObject({ jwk: { kid: second } });
    expect(await keys.seek(second, 'ES256')).toBeUndefined();
  });

  test('is too much for more than may wait', async () => {
    const keys = await readySet({ mostSeeking: 2 });
    const found = await Promise.all([1, 2, 3].map((i) => keys.seek(`made-up-${i}`, 'ES256')));
    expect(found).toEqual([undefined, undefined, 'busy']);
  });
});

describe('rotation', () => {
  test('a key that is no longer offered is dropped at once, and nothing checked with it holds', async () => {
    const keys = await readySet();
    const held = keys.find(first, 'ES256');
    const second = await issuer.addKey('ES256');
    issuer.dropKey(first);
    await keys.refresh();
    expect(keys.find(first, 'ES256')).toBeUndefined();
    expect(held?.usableUntilMs).toBeLessThan(now);
    expect(keys.find(second, 'ES256')).toBeDefined();
  });

  test('a key that stays is the same, with more time', async () => {
    const keys = await readySet();
    const held = keys.find(first, 'ES256');
    await issuer.addKey('ES256');
    now += 1000;
    await keys.refresh();
    expect(keys.find(first, 'ES256')).toBe(held);
    expect(held?.usableUntilMs).toBe(now + 24 * HOUR);
  });

  test('another key under the same id takes its place', async () => {
    const keys = await readySet();
    const held = keys.find(first, 'ES256');
    await issuer.addKey('ES256', first);
    await keys.refresh();
    expect(keys.find(first, 'ES256')).not.toBe(held);
    expect(held?.usableUntilMs).toBeLessThan(now);
  });

  test('a key that is offered but damaged keeps its last good form, and no more time', async () => {
    const keys = await readySet();
    await issuer.addKey('ES256', 'second');
    const [one, other] = issuer.keys;
    issuer.answer({ set: { keys: [{ ...one, x: 'AAAA' }, other] } });
    now += HOUR;
    await keys.refresh();
    expect(keys.find('second', 'ES256')?.usableUntilMs).toBe(now + 24 * HOUR);
    expect(keys.find(first, 'ES256')?.usableUntilMs).toBe(START + 24 * HOUR);
  });

  test('a key that is now offered with its private half is dropped', async () => {
    const keys = await readySet();
    await issuer.addKey('ES256', 'second');
    const [one, other] = issuer.keys;
    issuer.answer({ set: { keys: [{ ...one, d: 'AAAA' }, other] } });
    await keys.refresh();
    expect(keys.find(first, 'ES256')).toBeUndefined();
  });

  test('two keys under one id are damage; the same key twice is not', async () => {
    const keys = await readySet();
    const [one] = issuer.keys;
    await issuer.addKey('ES256', 'second');
    const other = issuer.keys[1];
    issuer.answer({ set: { keys: [one, { ...other, kid: first }] } });
    await keys.refresh();
    expect(keys.state).toMatchObject({ kind: 'stale', why: 'doubled-key-id' });
    issuer.answer({ set: { keys: [one, one] } });
    await keys.refresh();
    expect(keys.state.kind).toBe('fresh');
  });
});

describe('a set', async () => {
  const jwkOf = async (alg: string): Promise<JWK> =>
    exportJWK((await generateKeyPair(alg, { extractable: true })).publicKey);
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
  const curve = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' });
  const koblitz = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export({ format: 'jwk' });
  const good = await jwkOf('ES256');
  const rsa = await jwkOf('RS256');

  test.each<[string, unknown, string]>([
    ['a shared secret', { kty: 'oct', k: 'c2VjcmV0', alg: 'HS256', kid: 'bad' }, 'secret'],
    ['a private key', { ...good, d: 'AAAA', kid: 'bad' }, 'private'],
    ['a key for encryption', { ...rsa, use: 'enc', kid: 'bad' }, 'not-for-signatures'],
    ['a key for signing', { ...rsa, key_ops: ['sign', 'verify'], kid: 'bad' }, 'not-for-signatures'],
    ['a key for nothing', { ...rsa, key_ops: [], kid: 'bad' }, 'not-for-signatures'],
    ['a weak RSA key', { ...weak, kid: 'bad' }, 'weak'],
    [
      'a weak RSA key with noughts before it',
      { ...weak, n: `${'A'.repeat(300)}${weak.n}`, kid: 'bad' },
      'weak',
    ],
    ['an RSA key with exponent 1', { ...rsa, e: 'AQ', kid: 'bad' }, 'weak'],
    ['a huge RSA key', { ...rsa, n: `_${'A'.repeat(1600)}`, kid: 'bad' }, 'unsupported'],
    ['a key for HMAC', { ...rsa, alg: 'HS256', kid: 'bad' }, 'unsupported'],
    ['an RSA key for an elliptic curve', { ...rsa, alg: 'ES256', kid: 'bad' }, 'unsupported'],
    ['a key of another kind of curve', { ...curve, kid: 'bad' }, 'unsupported'],
    ['a key of another curve', { ...koblitz, kid: 'bad' }, 'unsupported'],
    ['a type that means something to JavaScript', { kty: '__proto__', kid: 'bad' }, 'unsupported'],
    ['no point of the curve', { ...good, y: good.x, kid: 'bad' }, 'damaged'],
    ['no x', { ...good, x: undefined, kid: 'bad' }, 'damaged'],
    ['an x that is no text', { ...good, x: 7, kid: 'bad' }, 'damaged'],
    ['no object', 'key', 'damaged'],
    ['an id that is no text', { ...good, kid: 7 }, 'damaged'],
    ['an endless id', { ...good, kid: 'x'.repeat(257) }, 'damaged'],
  ])('with %s is used but for that', async (_, jwk, why) => {
    const keys = keySet({ fetchKeys: async () => ({ keys: [{ ...good, kid: 'good' }, jwk] }) });
    await keys.refresh();
    expect(keys.find('good', 'ES256')).toBeDefined();
    const read = readJwk(jwk);
    // What reads well and is no key is found when it is imported.
    expect(read.kind === 'refused' ? read.why : 'damaged').toBe(why);
    for (const alg of ['ES256', 'RS256', 'HS256', 'PS256', 'EdDSA'])
      expect(keys.find('bad', alg)).toBeUndefined();
  });

  test.each<[string, JWK, readonly string[]]>([
    ['RSA', rsa, ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
    ['P-384', await jwkOf('ES384'), ['ES384']],
    ['Ed25519', await jwkOf('EdDSA'), ['EdDSA', 'Ed25519']],
  ])('a key of %s that names no algorithm serves those of its kind', async (_, jwk, algorithms) => {
    const keys = keySet({ fetchKeys: async () => ({ keys: [{ ...jwk, kid: 'a' }] }) });
    await keys.refresh();
    for (const alg of algorithms) expect(keys.find('a', alg)?.jwk.alg).toBe(alg);
    expect(keys.find('a', 'ES256')).toBeUndefined();
  });

  test('a token without an id means the only key of its algorithm', async () => {
    const offered = [{ ...good, kid: 'a' }];
    const keys = keySet({ fetchKeys: async () => ({ keys: offered }) });
    await keys.refresh();
    expect(keys.find(undefined, 'ES256')?.jwk.kid).toBe('a');
    offered.push({ ...(await jwkOf('ES256')), kid: 'b' });
    await keys.refresh();
    expect(keys.find(undefined, 'ES256')).toBeUndefined();
  });
});

describe('a stored copy', () => {
  test('keeps a restart within the same bound', async () => {
    const before = await readySet({ staleMs: 4 * HOUR });
    const stored: unknown = JSON.parse(JSON.stringify(before.snapshot()));
    await issuer.stop();
    now += 3 * HOUR;
    const after = keySet({ staleMs: 4 * HOUR });
    expect(await after.restore(stored)).toBe(1);
    await after.refresh();
    expect(after.state).toEqual({
      kind: 'stale',
      why: 'no-answer',
      goodAtMs: START,
      untilMs: START + 4 * HOUR,
    });
    expect(after.snapshot()).toEqual(stored);
    now += HOUR;
    expect([after.find(first, 'ES256'), after.level()]).toEqual([undefined, 0]);
  });

  test.each<[string, (stored: Record<string, unknown>) => unknown]>([
    ['damaged', () => 'x'],
    ['null', () => null],
    ['of another form', (stored) => ({ ...stored, schema: 'keelson.keys/2' })],
    ['of another issuer', (stored) => ({ ...stored, source: 'https://other.example' })],
    [
      'without times',
      (stored) => ({ ...stored, keys: (stored.keys as object[]).map((one) => ({ ...one, seenAtMs: 'x' })) }),
    ],
    [
      'from the future',
      (stored) => ({
        ...stored,
        keys: (stored.keys as object[]).map((one) => ({ ...one, seenAtMs: START + 1 })),
      }),
    ],
    [
      'too old',
      (stored) => ({
        ...stored,
        keys: (stored.keys as object[]).map((one) => ({ ...one, seenAtMs: START - 24 * HOUR })),
      }),
    ],
  ])('is not taken when it is %s', async (_, change) => {
    const stored = JSON.parse(JSON.stringify((await readySet()).snapshot())) as Record<string, unknown>;
    const keys = keySet();
    expect(await keys.restore(change(stored))).toBe(0);
    expect(keys.state.kind).toBe('none');
  });

  test('is not taken once the issuer was heard: what it has dropped stays dropped', async () => {
    const stored = (await readySet()).snapshot();
    await issuer.addKey('ES256');
    issuer.dropKey(first);
    const keys = await readySet();
    expect(await keys.restore(stored)).toBe(0);
    expect(keys.find(first, 'ES256')).toBeUndefined();
  });
});

test('a clock that is set back wins no time', async () => {
  const keys = await readySet({ staleMs: HOUR });
  await issuer.stop();
  now -= 100 * HOUR;
  await keys.refresh();
  now += HOUR;
  expect([keys.find(first, 'ES256'), keys.level()]).toEqual([undefined, 0]);
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('%s is no bound', (staleMs) => {
  expect(() => keySet({ staleMs })).toThrow(RangeError);
});
