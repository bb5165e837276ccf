import { getContractAddress } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mutations } from '../../test/chain/mutations.ts';
import { ana, startWorld, type World } from '../../test/chain/world.ts';
import { mayContain } from './bloom.ts';
import { type Header, readHeader } from './header.ts';
import { bytesOf, bytesOfNumber, hexOf } from './hex.ts';
import { composeReceipt, createdAddress, executed, type Executed, readReceipts } from './receipt.ts';
import { readTransactions } from './transaction.ts';

const bytesOfAll = (receipts: readonly { readonly bytes: Uint8Array }[]) =>
  receipts.map(({ bytes }) => hexOf(bytes)).join();

describe('receipts of a real node', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.stop());

  async function blockAt(
    number: number,
  ): Promise<{ header: Header; json: Record<string, unknown>[]; block: Executed }> {
    const at = `0x${number.toString(16)}`;
    const answer = (await world.ask('eth_getBlockByNumber', at, true)) as { transactions: unknown };
    const json = (await world.ask('eth_getBlockReceipts', at)) as Record<string, unknown>[];
    const header = readHeader(answer);
    if (header.kind === 'refused') throw new Error(header.why);
    const transactions = readTransactions(header, answer.transactions);
    const receipts = readReceipts(header, json);
    if (transactions.kind === 'refused' || receipts.kind === 'refused') throw new Error('refused');
    const block = executed(header, transactions.transactions, receipts.receipts);
    if ('kind' in block) throw new Error(block.why);
    return { header, json, block };
  }

  test('have the root of the header, and say what the node says', async () => {
    for (let number = 1; number <= world.height; number++) {
      const { header, json, block } = await blockAt(number);
      const bloom = new Uint8Array(256);
      for (const [i, said] of json.entries()) {
        // anvil says the price of blobs without blobs, and when the block was, as a number.
        const { blobGasPrice: _, blockTimestamp: __, ...fields } = said;
        expect(composeReceipt(block, i)).toEqual({ kind: 'proved', value: fields });
        for (const [place, byte] of (block.receipts[i]?.logsBloom ?? []).entries())
          bloom[place] = (bloom[place] ?? 0) | byte;
      }
      expect(hexOf(bloom)).toBe(hexOf(header.logsBloom));
    }
  });

  test('the bloom of a block has the addresses and topics of its logs', async () => {
    const { header } = await blockAt(3);
    const has = (hex: string) => mayContain(header.logsBloom, bytesOf(hex) ?? new Uint8Array(0));
    expect(has(world.store)).toBe(true);
    expect(has(`0x${'0'.repeat(62)}0b`)).toBe(true);
    expect(has(ana.address)).toBe(false);
  });

  test('with anything changed are refused, or say the same', async () => {
    const { header, json, block } = await blockAt(2);
    const all = (of: Executed) => of.receipts.map((_, i) => composeReceipt(of, i));
    const whole = all(block);
    let same = 0;
    for (const { at, value } of mutations(json)) {
      const changed = readReceipts(header, value);
      if (changed.kind === 'refused') continue;
      same++;
      // All that is composed of a receipt stands in its bytes.
      expect(bytesOfAll(changed.receipts), at).toBe(bytesOfAll(block.receipts));
    }
    expect(same).toBeGreaterThan(100);
    expect(all(block)).toEqual(whole);
  });

  test('are not put together with transactions that are fewer, or of other types', async () => {
    const { header, block } = await blockAt(2);
    const { transactions, receipts } = block;
    expect(executed(header, transactions.slice(1), receipts)).toMatchObject({ kind: 'refused' });
    expect(executed(header, [...transactions].reverse(), receipts)).toMatchObject({ kind: 'refused' });
    expect(composeReceipt(block, transactions.length)).toMatchObject({ kind: 'refused' });
    expect(composeReceipt(block, -1)).toMatchObject({ kind: 'refused' });
  });

  test('of a type that is not known are refused by that name', async () => {
    const { header, json } = await blockAt(5);
    expect(readReceipts(header, [{ ...json[0], type: '0x7e' }])).toMatchObject({ why: /^unknown-type: / });
  });
});

test('a receipt from before Byzantium has a root in place of a status', () => {
  // The first transaction of mainnet, alone in block 46,147.
  const header = {
    receiptsRoot: '0xfe2bf2a941abf41d72637e5b91750332a30283efd40c424dc522b77e6f0ed8c4',
  } as Header;
  const root = '0x96a8e009d2b88b1483e6941e6812e32263b05683fac202abc622a3e31aed1957';
  const json = { root, cumulativeGasUsed: '0x5208', logs: [] };
  expect(readReceipts(header, [json])).toMatchObject({
    receipts: [{ type: 0, outcome: { kind: 'root', root: bytesOf(root) }, cumulativeGasUsed: 21_000 }],
  });
  expect(readReceipts(header, [{ ...json, status: '0x1' }]).kind).toBe('refused');
});

test('where a contract comes to stand is where viem says', () => {
  for (const nonce of [0, 1, 127, 128, 255, 256, 2 ** 40])
    expect(createdAddress(ana.address, bytesOfNumber(nonce))).toBe(
      getContractAddress({ from: ana.address, nonce: BigInt(nonce) }).toLowerCase(),
    );
});

test.each([
  null,
  undefined,
  7,
  'x',
  {},
  [null],
  [[]],
  [{}],
  [{ status: '0x2', cumulativeGasUsed: '0x1', logs: [] }],
])('%j are no receipts', (list) => {
  const header = { receiptsRoot: `0x${'00'.repeat(32)}` } as Header;
  expect(readReceipts(header, list).kind).toBe('refused');
});
