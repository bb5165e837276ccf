import fc from 'fast-check';
import {
  parseTransaction,
  serializeTransaction,
  type TransactionSerializable,
  type Hex,
  keccak256,
} from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BLOCK_2_000_004 } from '../../test/chain/mainnet.ts';
import { mutations } from '../../test/chain/mutations.ts';
import { ana, ben, startWorld, type World } from '../../test/chain/world.ts';
import { readHeader } from './header.ts';
import { bytesOf, hexOf } from './hex.ts';
import {
  composeTransaction,
  effectiveGasPrice,
  readTransaction,
  readTransactions,
  senderOf,
} from './transaction.ts';

fc.configureGlobal({ seed: 1 });

const hex = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => hexOf(bytes) as Hex);
const quantity = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });
const data = fc.uint8Array({ maxLength: 80 }).map((bytes) => hexOf(bytes) as Hex);
const to = hex(20);
const accessList = fc.array(
  fc.record({ address: hex(20), storageKeys: fc.array(hex(32), { maxLength: 3 }) }),
  { maxLength: 3 },
);
const common = { nonce: fc.nat(), gas: quantity(63), value: quantity(256), data };
const fees = quantity(255).chain((most) =>
  fc.record({ maxFeePerGas: fc.constant(most), maxPriorityFeePerGas: fc.bigInt({ min: 0n, max: most }) }),
);
const chainId = fc.integer({ min: 1, max: 2 ** 50 });
const blobHash = hex(31).map((rest) => `0x01${rest.slice(2)}` as Hex);

/** Transactions as viem takes them, of each type. */
const unsigned: readonly fc.Arbitrary<object>[] = [
  fc.record({
    type: fc.constant('legacy'),
    ...common,
    to: fc.option(to, { nil: undefined }),
    gasPrice: quantity(256),
  }),
  fc.record({ type: fc.constant('legacy'), ...common, to, gasPrice: quantity(256), chainId }),
  fc.record({
    type: fc.constant('eip2930'),
    ...common,
    to: fc.option(to, { nil: undefined }),
    gasPrice: quantity(256),
    chainId,
    accessList,
  }),
  fc
    .tuple(
      fees,
      fc.record({
        type: fc.constant('eip1559'),
        ...common,
        to: fc.option(to, { nil: undefined }),
        chainId,
        accessList,
      }),
    )
    .map(([fee, rest]) => ({ ...fee, ...rest })),
  fc
    .tuple(
      fees,
      fc.record({
        type: fc.constant('eip4844'),
        ...common,
        to,
        chainId,
        accessList,
        maxFeePerBlobGas: fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }),
        blobVersionedHashes: fc.array(blobHash, { minLength: 1, maxLength: 4 }),
      }),
    )
    .map(([fee, rest]) => ({ ...fee, ...rest })),
  fc
    .tuple(
      fees,
      fc.record({
        type: fc.constant('eip7702'),
        ...common,
        to,
        chainId,
        accessList,
        authorizationList: fc.array(
          fc.record({
            chainId: fc.nat(),
            address: hex(20),
            nonce: fc.nat(),
            yParity: fc.constantFrom(0, 1),
            r: hex(32).filter((r) => BigInt(r) > 0n),
            s: hex(32).filter((s) => BigInt(s) > 0n),
          }),
          { minLength: 1, maxLength: 3 },
        ),
      }),
    )
    .map(([fee, rest]) => ({ ...fee, ...rest })),
];

const written = (value: unknown) => `0x${BigInt(value as bigint).toString(16)}`;

/** The JSON that a node gives for a signed transaction, as far as its bytes tell. */
function jsonOf(serialized: Hex): Record<string, unknown> {
  const found = parseTransaction(serialized) as Record<string, unknown>;
  const json: Record<string, unknown> = {
    hash: keccak256(serialized),
    input: found.data ?? '0x',
    to: found.to ?? null,
    gas: written(found.gas ?? 0n),
    nonce: written(found.nonce ?? 0),
    value: written(found.value ?? 0n),
    r: written(found.r),
    s: written(found.s),
  };
  const types = { legacy: '0x0', eip2930: '0x1', eip1559: '0x2', eip4844: '0x3', eip7702: '0x4' };
  json.type = types[found.type as keyof typeof types];
  if (found.type === 'legacy') json.v = written(found.v);
  else
    Object.assign(json, {
      yParity: written(found.yParity),
      v: written(found.yParity),
      accessList: found.accessList ?? [],
    });
  if (found.chainId !== undefined) json.chainId = written(found.chainId);
  if (found.type === 'legacy' || found.type === 'eip2930') json.gasPrice = written(found.gasPrice ?? 0n);
  else
    Object.assign(json, {
      maxFeePerGas: written(found.maxFeePerGas ?? 0n),
      maxPriorityFeePerGas: written(found.maxPriorityFeePerGas ?? 0n),
    });
  if (found.type === 'eip4844')
    Object.assign(json, {
      maxFeePerBlobGas: written(found.maxFeePerBlobGas),
      blobVersionedHashes: found.blobVersionedHashes,
    });
  if (found.type === 'eip7702')
    json.authorizationList = (found.authorizationList as Record<string, unknown>[]).map((entry) => ({
      chainId: written(entry.chainId ?? 0),
      address: entry.address,
      nonce: written(entry.nonce ?? 0),
      yParity: written(entry.yParity ?? 0),
      r: written(entry.r),
      s: written(entry.s),
    }));
  return json;
}

test('bytes, hash and sender of every type are those of viem', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(...unsigned), fc.constantFrom(ana, ben), async (transaction, by) => {
      const serialized = await by.signTransaction(transaction as TransactionSerializable);
      const json = jsonOf(serialized);
      const read = readTransaction(json);
      if (read.kind === 'refused') throw new Error(read.why);
      expect(hexOf(read.bytes)).toBe(serialized);
      expect(senderOf(read)).toBe(by.address.toLowerCase());
      expect({ ...json, gasPrice: read.fields.gasPrice }).toEqual({
        ...read.fields,
        gasPrice: read.fields.gasPrice,
      });
    }),
    { numRuns: 150 },
  );
});

describe('a block of mainnet from before EIP-155', () => {
  const header = readHeader(BLOCK_2_000_004);
  if (header.kind === 'refused') throw new Error(header.why);

  test('its transactions have the root of its header, and say what nodes say', () => {
    const read = readTransactions(header, BLOCK_2_000_004.transactions);
    if (read.kind === 'refused') throw new Error(read.why);
    for (const [i, transaction] of read.transactions.entries())
      expect(composeTransaction(header, i, transaction)).toEqual({
        kind: 'proved',
        value: { ...BLOCK_2_000_004.transactions[i], blockTimestamp: BLOCK_2_000_004.timestamp },
      });
  });

  test('transactions that are missing, doubled, turned round or not there are refused', () => {
    const { transactions } = BLOCK_2_000_004;
    for (const wrong of [
      [],
      transactions.slice(1),
      [...transactions, transactions[0]],
      [...transactions].reverse(),
      transactions.map(({ hash }) => hash),
      null,
      undefined,
      { length: 4 },
    ])
      expect(readTransactions(header, wrong).kind).toBe('refused');
  });
});

describe('transactions of a real node', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ hasBlobs: true });
  });
  afterAll(() => world.stop());

  const blockOf = async (number: number) =>
    (await world.ask('eth_getBlockByNumber', `0x${number.toString(16)}`, true)) as {
      transactions: Record<string, unknown>[];
    };

  test('with anything changed are refused, or say the same', async () => {
    const { transactions } = await blockOf(2);
    expect(new Set(transactions.map(({ type }) => type))).toEqual(new Set(['0x0', '0x1', '0x2', '0x4']));
    for (const json of transactions) {
      const whole = readTransaction(json);
      for (const { at, value } of mutations(json)) {
        const changed = readTransaction(value);
        if (changed.kind !== 'refused') expect(changed, at).toEqual(whole);
      }
    }
  });

  test('one with blobs has its hash and its sender', async () => {
    const { transactions } = await blockOf(6);
    const read = readTransaction(transactions[0]);
    if (read.kind === 'refused') throw new Error(read.why);
    expect(read).toMatchObject({ type: 3, blobs: 1, hash: transactions[0]?.hash });
    expect(senderOf(read)).toBe(transactions[0]?.from);
    const { blobs: _, commitments: __, proofs: ___, sidecar: ____, ...json } = transactions[0] ?? {};
    for (const { at, value } of mutations(json)) {
      const changed = readTransaction(value);
      if (changed.kind !== 'refused') expect(changed, at).toEqual(read);
    }
  });
});

test('types that are not known are refused by that name', () => {
  const json = BLOCK_2_000_004.transactions[0];
  for (const type of ['0x5', '0x64', '0x7e', '0x7f', '0xff', '0x100'])
    expect(readTransaction({ ...json, type })).toMatchObject({ kind: 'refused', why: /^unknown-type: / });
});

test('a transaction of a type that stands in for another is another', () => {
  const json = BLOCK_2_000_004.transactions[0];
  for (const type of ['0x1', '0x2', '0x3', '0x4'])
    expect(readTransaction({ ...json, type, accessList: [], chainId: '0x1' }).kind).toBe('refused');
});

test.each([
  ['no r', { r: 0n, s: 1n, v: 27n }],
  ['no s', { r: 1n, s: 0n, v: 27n }],
  ['r beyond the curve', { r: 2n ** 256n - 1n, s: 1n, v: 28n }],
  ['r that is on no point', { r: 5n, s: 1n, v: 27n }],
])('a signature with %s has no sender, and throws nothing', (_, { r, s, v }) => {
  const signature = {
    r: `0x${r.toString(16).padStart(64, '0')}`,
    s: `0x${s.toString(16).padStart(64, '0')}`,
    v,
  };
  const transaction = {
    type: 'legacy',
    nonce: 1,
    gas: 21_000n,
    gasPrice: 1n,
    to: ana.address,
    value: 1n,
  } as const;
  const json = {
    ...BLOCK_2_000_004.transactions[0],
    nonce: '0x1',
    gasPrice: '0x1',
    to: ana.address,
    value: '0x1',
    r: `0x${r.toString(16)}`,
    s: `0x${s.toString(16)}`,
    v: `0x${v.toString(16)}`,
  };
  // viem writes r and s of 0 as nothing, and so do we; what the hash is does not matter here.
  const said = readTransaction({
    ...json,
    hash: keccak256(serializeTransaction(transaction, signature as { r: Hex; s: Hex; v: bigint })),
  });
  const hash = said.kind === 'refused' ? said.why.match(/hash (0x\w{64}) of its fields/)?.[1] : said.hash;
  const read = readTransaction({ ...json, hash });
  if (read.kind === 'refused') throw new Error(read.why);
  expect(senderOf(read)).toMatchObject({ kind: 'refused' });
});

test('what gas costs follows the base fee, up to what is offered', () => {
  const read = (fields: object) => {
    const first = readTransaction({ ...BLOCK_2_000_004.transactions[0], ...fields });
    const hash = first.kind === 'refused' ? first.why.match(/hash (0x\w{64}) of its fields/)?.[1] : '';
    const transaction = readTransaction({ ...BLOCK_2_000_004.transactions[0], ...fields, hash });
    if (transaction.kind === 'refused') throw new Error(transaction.why);
    return transaction;
  };
  const typed = {
    type: '0x2',
    chainId: '0x1',
    accessList: [],
    yParity: '0x0',
    maxFeePerGas: '0x64',
    maxPriorityFeePerGas: '0xa',
  };
  expect(effectiveGasPrice(read(typed), 50n)).toBe(60n);
  expect(effectiveGasPrice(read(typed), 90n)).toBe(100n);
  expect(effectiveGasPrice(read(typed), 95n)).toBe(100n);
  expect(effectiveGasPrice(read(typed), undefined)).toBe(100n);
  expect(
    effectiveGasPrice(
      read({ type: '0x1', chainId: '0x1', accessList: [], yParity: '0x0', gasPrice: '0x9' }),
      5n,
    ),
  ).toBe(9n);
});

test('lists and numbers without measure are refused', () => {
  const json = BLOCK_2_000_004.transactions[0];
  const many = Array.from({ length: 100_001 }, () => ({ address: ana.address, storageKeys: [] }));
  expect(
    readTransaction({ ...json, type: '0x1', chainId: '0x1', yParity: '0x0', accessList: many }).kind,
  ).toBe('refused');
  expect(readTransaction({ ...json, value: `0x1${'0'.repeat(64)}` }).kind).toBe('refused');
  expect(readTransaction({ ...json, nonce: '0x10000000000000000' }).kind).toBe('refused');
  expect(bytesOf(json?.value)).toBeUndefined();
});
