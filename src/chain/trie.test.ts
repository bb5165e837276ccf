import { createMerkleProof, createMPT, type MerklePatriciaTrie } from '@ethereumjs/mpt';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOf, bytesOfNumber, hexOf } from './hex.ts';
import { EMPTY_ROOT, keccak256 } from './keccak.ts';
import { decode, encode } from './rlp.ts';
import { ProofCache } from './proof-cache.ts';
import { type Entry, type Found, orderedRoot, trieRoot, verifyProof } from './trie.ts';

fc.configureGlobal({ seed: 1 });

const text = (value: string): Uint8Array =>
  value.startsWith('0x') ? (bytesOf(value) ?? new Uint8Array(0)) : new TextEncoder().encode(value);

/** Each key once, with what was put last; null takes it out. */
function entriesOf(puts: readonly (readonly [string, string | null])[]): Entry[] {
  const kept = new Map<string, string>();
  for (const [key, value] of puts) {
    if (value === null) kept.delete(key);
    else kept.set(key, value);
  }
  return [...kept].map(([key, value]) => ({ key: text(key), value: text(value) }));
}

async function otherTrie(entries: readonly Entry[]): Promise<MerklePatriciaTrie> {
  const trie = await createMPT();
  for (const { key, value } of entries) await trie.put(key, value);
  return trie;
}

async function proofOf(entries: readonly Entry[], key: Uint8Array): Promise<string[]> {
  const trie = await otherTrie(entries);
  return (await createMerkleProof(trie, key)).map(hexOf);
}

describe('roots of ethereum/tests, TrieTests/trietest.json', () => {
  test('emptyValues', () => {
    const root = trieRoot(
      entriesOf([
        ['do', 'verb'],
        ['ether', 'wookiedoo'],
        ['horse', 'stallion'],
        ['shaman', 'horse'],
        ['doge', 'coin'],
        ['ether', null],
        ['dog', 'puppy'],
        ['shaman', null],
      ]),
    );
    expect(root).toBe('0x5991bb8c6514148a29db676a14ac506cd2cd5775ace63c30a4fe457715e9ac84');
  });

  test('branchingTests', () => expect(trieRoot([])).toBe(EMPTY_ROOT));

  test('jeff', () => {
    const at = (hex: string) => `0x${hex.padStart(64, '0')}`;
    const from = (hex: string) => `0x${hex.padEnd(64, '0')}`;
    const root = trieRoot(
      entriesOf([
        [at('45'), '0x22b224a1420a802ab51d326e29fa98e34c4f24ea'],
        [at('46'), from('67706c207633')],
        [at('1234567890'), '0x697c7b8c961b56f675d570498424ac8de1a918f6'],
        [at('697c7b8c961b56f675d570498424ac8de1a918f6'), '0x1234567890'],
        [at('7ef9e639e2733cb34e4dfc576d4b23f72db776b2'), from('4655474156')],
        [at('ec4f34c97e43fbb2816cfd95e388353c7181dab1'), from('4e616d65526567')],
        [from('4655474156'), '0x7ef9e639e2733cb34e4dfc576d4b23f72db776b2'],
        [from('4e616d65526567'), '0xec4f34c97e43fbb2816cfd95e388353c7181dab1'],
        [at('1234567890'), null],
        [
          at('697c7b8c961b56f675d570498424ac8de1a918f6'),
          from('6f6f6f6820736f2067726561742c207265616c6c6c793f'),
        ],
        [
          from('6f6f6f6820736f2067726561742c207265616c6c6c793f'),
          '0x697c7b8c961b56f675d570498424ac8de1a918f6',
        ],
      ]),
    );
    expect(root).toBe('0x9f6221ebb8efe7cff60a716ecb886e67dd042014be444669f0159d8e68b42100');
  });

  test('insert-middle-leaf', () => {
    const root = trieRoot(
      entriesOf([
        ['key1aa', '0123456789012345678901234567890123456789xxx'],
        ['key1', '0123456789012345678901234567890123456789Very_Long'],
        ['key2bb', 'aval3'],
        ['key2', 'short'],
        ['key3cc', 'aval3'],
        ['key3', '1234567890123456789012345678901'],
      ]),
    );
    expect(root).toBe('0xcb65032e2f76c48b82b5c24b3db8f670ce73982869d38cd39a624f23d62a9e89');
  });
});

test.each([0, 1, 2, 17, 127, 128, 129, 300])(
  '%i values in order have the root that @ethereumjs/mpt finds',
  async (count) => {
    const values = Array.from({ length: count }, (_, i) =>
      keccak256(bytesOfNumber(i + 1)).subarray(0, 1 + (i % 32)),
    );
    const trie = await otherTrie(values.map((value, i) => ({ key: encode(bytesOfNumber(i)), value })));
    expect(orderedRoot(values)).toBe(hexOf(trie.root()));
  },
);

/** Keys that have much in common and values that are short: nodes within nodes, extensions, values in branches. */
const closeEntries = fc
  .dictionary(
    fc
      .array(fc.constantFrom('11', '12', '1f', '21', 'f1'), { minLength: 1, maxLength: 4 })
      .map((key) => key.join('')),
    fc.uint8Array({ minLength: 1, maxLength: 40 }),
    { minKeys: 1, maxKeys: 14 },
  )
  .map((found) => Object.entries(found).map(([key, value]) => ({ key: text(`0x${key}`), value })));
const someKey = fc
  .array(fc.constantFrom('11', '12', '1f', '21', 'f1', '33'), { minLength: 1, maxLength: 5 })
  .map((key) => text(`0x${key.join('')}`));

test('tries of keys that are close have the root that @ethereumjs/mpt finds', async () => {
  await fc.assert(
    fc.asyncProperty(closeEntries, async (entries) => {
      expect(trieRoot(entries)).toBe(hexOf((await otherTrie(entries)).root()));
    }),
  );
});

/** What a proof must show: the value or that there is none. */
function truth(entries: readonly Entry[], key: Uint8Array): Found {
  const entry = entries.find((other) => hexOf(other.key) === hexOf(key));
  return entry === undefined ? { kind: 'absent' } : { kind: 'value', value: entry.value };
}

test('proofs of @ethereumjs/mpt show what is there and what is not, with a cache and without', async () => {
  await fc.assert(
    fc.asyncProperty(closeEntries, someKey, async (entries, stranger) => {
      const root = trieRoot(entries);
      const cache = new ProofCache();
      for (const key of [stranger, ...entries.map((entry) => entry.key)]) {
        const nodes = await proofOf(entries, key);
        for (const kept of [undefined, cache, cache])
          expect(verifyProof(root, key, nodes, kept)).toEqual(truth(entries, key));
      }
    }),
    { numRuns: 60 },
  );
});

test('nodes within others may be left out, as go-ethereum does, or listed, as others do', async () => {
  // The branch of the second nibble is short enough to stand within the first node.
  const entries = entriesOf([
    ['0x1111', '0x01'],
    ['0x1112', '0x02'],
    ['0x2111', `0x${'55'.repeat(40)}`],
  ]);
  const root = trieRoot(entries);
  const listed = await proofOf(entries, text('0x1112'));
  const hashed = listed.filter((node, i) => i === 0 || node.length >= 66);
  const found = { kind: 'value', value: Uint8Array.of(2) };
  expect(verifyProof(root, text('0x1112'), hashed)).toEqual(found);
  const within = decode(bytesOf(hashed[0]) ?? text(''));
  const embedded = Array.isArray(within) ? within[1] : undefined;
  expect(Array.isArray(embedded)).toBe(true);
  // Checked on the line above.
  const extension = embedded as Uint8Array[];
  const all = [hashed[0] ?? '', hexOf(encode(extension)), hexOf(encode(extension[1] ?? []))];
  expect(verifyProof(root, text('0x1112'), all)).toMatchObject({ kind: 'value' });
  expect(verifyProof(root, text('0x1112'), [...all, '0xc0'])).toMatchObject({ kind: 'refused' });
  expect(verifyProof(root, text('0x1112'), [hashed[0], '0xc0'])).toMatchObject({ kind: 'refused' });
});

describe('a trie as large as those of a chain', () => {
  const entries = Array.from({ length: 600 }, (_, i) => ({
    key: keccak256(bytesOfNumber(i)),
    value: encode([bytesOfNumber(i), keccak256(bytesOfNumber(i))]),
  }));
  const root = trieRoot(entries);
  const trie = otherTrie(entries);
  const nodesOf = async (key: Uint8Array) => (await createMerkleProof(await trie, key)).map(hexOf);
  const absent = keccak256(text('nobody'));
  const present = entries[77]?.key ?? text('');

  test('every byte of a proof counts', async () => {
    for (const key of [present, absent]) {
      const nodes = await nodesOf(key);
      expect(nodes.length).toBeGreaterThanOrEqual(3);
      const cache = new ProofCache();
      expect(verifyProof(root, key, nodes, cache).kind).not.toBe('refused');
      const { size } = cache;
      for (const [n, node] of nodes.entries())
        for (let at = 2; at < node.length; at++) {
          const digit = ((Number.parseInt(node[at] ?? '', 16) + 1 + (at % 15)) % 16).toString(16);
          const wrong = nodes.with(n, `${node.slice(0, at)}${digit}${node.slice(at + 1)}`);
          for (const kept of [undefined, cache])
            expect(verifyProof(root, key, wrong, kept).kind).toBe('refused');
        }
      // What lies fills nothing.
      expect(cache.size).toBe(size);
    }
  });

  test('nodes that are missing, doubled, turned round or added are refused', async () => {
    for (const key of [present, absent]) {
      const nodes = await nodesOf(key);
      const cache = new ProofCache();
      verifyProof(root, key, nodes, cache);
      const wrong: unknown[][] = [
        [],
        [...nodes].reverse(),
        [...nodes, '0x80'],
        [...nodes, nodes.at(-1)],
        ['0x80'],
      ];
      for (const i of nodes.keys()) {
        wrong.push(nodes.toSpliced(i, 1), nodes.toSpliced(i, 0, nodes[i] ?? ''), nodes.slice(0, i));
        for (const value of [
          null,
          7,
          '',
          '0x',
          '0x0',
          {},
          `${nodes[i]}0`,
          `${nodes[i]}00`,
          nodes[i]?.slice(2),
        ])
          wrong.push(nodes.toSpliced(i, 1, value as string));
      }
      for (const list of wrong)
        for (const kept of [undefined, cache])
          expect(verifyProof(root, key, list, kept).kind, JSON.stringify(list).slice(0, 200)).toBe('refused');
    }
  });

  test('the proof of one key shows nothing of another, but where it ends', async () => {
    const cache = new ProofCache();
    const nodes = await nodesOf(present);
    for (const { key } of entries.slice(0, 200)) {
      if (key === present) continue;
      for (const kept of [undefined, cache]) expect(verifyProof(root, key, nodes, kept).kind).toBe('refused');
    }
  });

  test('digits of either case are the same, and upper case fills no cache twice', async () => {
    const nodes = await nodesOf(present);
    const cache = new ProofCache();
    expect(verifyProof(root, present, nodes, cache).kind).toBe('value');
    const { size } = cache;
    const upper = nodes.map((node) => `0x${node.slice(2).toUpperCase()}`);
    expect(verifyProof(root, present, upper, cache).kind).toBe('value');
    expect(verifyProof(`0x${root.slice(2).toUpperCase()}`, present, upper, cache).kind).toBe('value');
    expect(cache.size).toBe(size);
  });

  test('a root that is none has no proofs', async () => {
    const nodes = await nodesOf(present);
    for (const wrong of ['', '0x', root.slice(2), `${root}00`, `0x${'z'.repeat(64)}`, EMPTY_ROOT])
      expect(verifyProof(wrong, present, nodes).kind).toBe('refused');
    expect(verifyProof(root, present, { length: 1 }).kind).toBe('refused');
    expect(verifyProof(root, present, undefined).kind).toBe('refused');
  });
});

test('an empty trie has no nodes, or one that says so', () => {
  const key = keccak256(text('a'));
  expect(verifyProof(EMPTY_ROOT, key, [])).toEqual({ kind: 'absent' });
  expect(verifyProof(EMPTY_ROOT, key, ['0x80'])).toEqual({ kind: 'absent' });
  expect(verifyProof(EMPTY_ROOT, key, ['0x80', '0x80']).kind).toBe('refused');
  expect(verifyProof(EMPTY_ROOT, key, ['0xc0']).kind).toBe('refused');
});

test('nodes whose hashes are right and that are none are refused: a root may be as wrong as its proof', () => {
  const key = keccak256(text('a'));
  const nothing = new Uint8Array(0);
  const hash = new Uint8Array(32).fill(7);
  const path = (first: number) => Uint8Array.of(first, ...key);
  const branch = (item: Uint8Array | Uint8Array[]) =>
    Array.from({ length: 17 }, (_, i) => (i === 16 ? nothing : item));
  const wrong = [
    [],
    [nothing],
    [nothing, nothing],
    [path(0x40), hash],
    [path(0x21), hash],
    [path(0x20), nothing],
    [path(0x20), [hash]],
    [[path(0x20)], hash],
    [Uint8Array.of(0), hash],
    [path(0x00), Uint8Array.of(1, 2)],
    branch(hash).slice(0, 16),
    [...branch(hash), nothing],
    branch(new Uint8Array(31)),
    branch([hash, hash]),
    hash,
  ].map((item) => encode(item));
  wrong.push(
    Uint8Array.of(),
    Uint8Array.of(0xc1),
    new Uint8Array(2_000),
    Uint8Array.of(...encode(branch(hash)), 0),
  );
  for (const node of wrong)
    expect(verifyProof(hexOf(keccak256(node)), key, [hexOf(node)]).kind, hexOf(node)).toBe('refused');
  // And so below the first node.
  for (const node of wrong) {
    const top = encode(Array.from({ length: 17 }, (_, i) => (i === 16 ? nothing : keccak256(node))));
    const nodes = [hexOf(top), hexOf(node)];
    for (const cache of [undefined, new ProofCache()])
      expect(verifyProof(hexOf(keccak256(top)), key, nodes, cache).kind, hexOf(node)).toBe('refused');
  }
});
