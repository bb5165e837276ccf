import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PUBLISHED_PROOF } from '../../test/chain/published-proof.ts';
import { proveAccount, provenCode, proveStorage } from './account.ts';
import { bytesOf, hexOf } from './hex.ts';
import { EMPTY_HASH, EMPTY_ROOT, keccak256 } from './keccak.ts';
import { encode } from './rlp.ts';
import { ProofCache } from './proof-cache.ts';
import { trieRoot } from './trie.ts';

fc.configureGlobal({ seed: 1 });

const bytes = (hex: unknown) => bytesOf(hex) ?? new Uint8Array(0);
const { address, storageHash, storageProof, accountProof } = PUBLISHED_PROOF;
const stateRoot = hexOf(keccak256(bytes(accountProof[0])));

describe('a proof that a real node gave', () => {
  test('shows the account', () => {
    const { nonce, balance, codeHash } = PUBLISHED_PROOF;
    const account = { exists: true, nonce, balance, codeHash, storageHash };
    const cache = new ProofCache();
    for (let i = 0; i < 2; i++)
      expect(proveAccount(stateRoot, address, PUBLISHED_PROOF, cache)).toEqual({ kind: 'proved', account });
    expect(cache.size).toBe(4);
  });

  test('shows what its slots hold, and that one holds nothing', () => {
    for (const entry of storageProof)
      expect(proveStorage(storageHash, bytes(entry.key), entry)).toEqual({
        kind: 'proved',
        value: entry.value,
      });
  });

  test('shows nothing of another account, another slot or under another root', () => {
    expect(proveAccount(stateRoot, `0x${'12'.repeat(20)}`, PUBLISHED_PROOF).kind).toBe('refused');
    expect(proveAccount(storageHash, address, PUBLISHED_PROOF).kind).toBe('refused');
    expect(proveStorage(storageHash, bytes(storageProof[1]?.key), storageProof[0]).kind).toBe('refused');
    expect(proveStorage(stateRoot, bytes(storageProof[0]?.key), storageProof[0]).kind).toBe('refused');
    expect(proveStorage(storageHash, new Uint8Array(31), storageProof[0]).kind).toBe('refused');
  });

  test('counts by its nodes only: what the answer says beside them is not read', () => {
    const lie = {
      accountProof,
      balance: '0xffff',
      nonce: '0x9',
      storageHash: EMPTY_ROOT,
      codeHash: EMPTY_HASH,
    };
    expect(proveAccount(stateRoot, address, lie)).toEqual(proveAccount(stateRoot, address, PUBLISHED_PROOF));
    const entry = { ...storageProof[0], value: '0x7', key: '0x1' };
    expect(proveStorage(storageHash, bytes(storageProof[0]?.key), entry)).toMatchObject({
      value: '0x1e4ebdd7',
    });
  });

  test('with any digit changed shows nothing', () => {
    fc.assert(
      fc.property(
        fc.nat(accountProof.length - 1),
        fc.nat(2_000),
        fc.integer({ min: 1, max: 15 }),
        (n, place, by) => {
          const node = accountProof[n] ?? '';
          const at = 2 + (place % (node.length - 2));
          const digit = ((Number.parseInt(node[at] ?? '', 16) + by) % 16).toString(16);
          const wrong = accountProof.with(n, `${node.slice(0, at)}${digit}${node.slice(at + 1)}`);
          expect(proveAccount(stateRoot, address, { accountProof: wrong }).kind).toBe('refused');
        },
      ),
      { numRuns: 500 },
    );
  });
});

test('an account that is not there has nothing', () => {
  expect(proveAccount(EMPTY_ROOT, address, { accountProof: [] })).toEqual({
    kind: 'proved',
    account: { exists: false, nonce: '0x0', balance: '0x0', storageHash: EMPTY_ROOT, codeHash: EMPTY_HASH },
  });
});

test.each([
  undefined,
  null,
  7,
  'x',
  [],
  {},
  { accountProof: {} },
  { accountProof: 'x' },
  { accountProof: [] },
])('the answer %j shows nothing', (answer) => {
  expect(proveAccount(stateRoot, address, answer).kind).toBe('refused');
  expect(proveStorage(storageHash, new Uint8Array(32), answer).kind).toBe('refused');
});

test.each(['', '0x', '0x12', `${address}00`, address.slice(2)])('%j is no address', (wrong) =>
  expect(proveAccount(stateRoot, wrong, PUBLISHED_PROOF).kind).toBe('refused'),
);

test('a leaf that holds no account is refused', () => {
  const hash = new Uint8Array(32);
  const wrong = [
    encode([hash, hash, hash, hash]),
    encode([new Uint8Array(9).fill(1), new Uint8Array(0), hash, hash]),
    encode([Uint8Array.of(0), new Uint8Array(0), hash, hash]),
    encode([new Uint8Array(0), new Uint8Array(33).fill(1), hash, hash]),
    encode([new Uint8Array(0), new Uint8Array(0), hash]),
    encode([new Uint8Array(0), new Uint8Array(0), hash, hash.subarray(1)]),
    encode([new Uint8Array(0), new Uint8Array(0), hash, []]),
    encode(hash),
    Uint8Array.of(0xff),
  ];
  for (const value of wrong) {
    const key = keccak256(bytes(address));
    const node = encode([Uint8Array.of(0x20, ...key), value]);
    expect(trieRoot([{ key, value }])).toBe(hexOf(keccak256(node)));
    expect(proveAccount(hexOf(keccak256(node)), address, { accountProof: [hexOf(node)] }).kind).toBe(
      'refused',
    );
  }
});

test('code is known by its hash', () => {
  const hash = hexOf(keccak256(bytes('0x6001')));
  expect(provenCode(hash, '0x6001')).toBe('0x6001');
  expect(provenCode(hash, '0x')).toBeUndefined();
  expect(provenCode(EMPTY_HASH, '0x6001')).toBe('0x');
});
