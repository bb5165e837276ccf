import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BLOCK_2_000_004, BLOCK_23_535_880, GENESIS } from '../../test/chain/mainnet.ts';
import { mutations } from '../../test/chain/mutations.ts';
import { startWorld, type World } from '../../test/chain/world.ts';
import { composeBlock, proveBlock } from './block.ts';
import { type Header, readHeader } from './header.ts';
import { orderedRoot } from './trie.ts';

function headerOf(json: unknown): Header {
  const header = readHeader(json);
  if (header.kind === 'refused') throw new Error(header.why);
  return header;
}

function answerOf(header: Header, json: unknown, isFull: boolean): unknown {
  const block = proveBlock(header, json);
  return block.kind === 'refused' ? block : composeBlock(block, isFull);
}

describe('a block of mainnet', () => {
  const header = headerOf(BLOCK_2_000_004);
  const { totalDifficulty: _, ...said } = BLOCK_2_000_004;
  // Nodes of today say it of each transaction.
  const blockTimestamp = said.timestamp;
  const fields = { ...said, transactions: said.transactions.map((one) => ({ ...one, blockTimestamp })) };

  test('is what a node says of it, without what nothing proves', () => {
    expect(answerOf(header, BLOCK_2_000_004, true)).toEqual({ kind: 'proved', value: fields });
    const transactions = fields.transactions.map(({ hash }) => hash);
    expect(answerOf(header, BLOCK_2_000_004, false)).toEqual({
      kind: 'proved',
      value: { ...fields, transactions },
    });
  });

  test('with anything changed is refused, or is the same', () => {
    const whole = JSON.stringify(answerOf(header, BLOCK_2_000_004, false));
    for (const { at, value } of mutations(BLOCK_2_000_004)) {
      const changed = proveBlock(header, value);
      if (changed.kind !== 'refused') expect(JSON.stringify(composeBlock(changed, false)), at).toBe(whole);
    }
  });

  test('without transactions is that, and withdrawals before Shanghai are none', () => {
    const { kind, value } = answerOf(headerOf(GENESIS), { ...GENESIS, withdrawals: [] }, true) as {
      kind: string;
      value: unknown;
    };
    expect(kind).toBe('proved');
    expect(value).toMatchObject({ transactions: [], uncles: [], size: '0x21c' });
    expect(value).not.toHaveProperty('withdrawals');
  });
});

describe('withdrawals of a block of mainnet', () => {
  // Its transactions are not at hand: it stands here with none, under the root of none.
  const header = { ...headerOf(BLOCK_23_535_880), transactionsRoot: orderedRoot([]) };
  const json = { ...BLOCK_23_535_880, transactions: [] };

  test('have the root of its header', () => {
    const block = proveBlock(header, json);
    expect(block).toMatchObject({ kind: 'block', withdrawals: BLOCK_23_535_880.withdrawals });
  });

  test('with anything changed are refused, or are the same', () => {
    for (const { at, value } of mutations(BLOCK_23_535_880.withdrawals)) {
      const changed = proveBlock(header, { ...json, withdrawals: value });
      if (changed.kind !== 'refused') expect(changed.withdrawals, at).toEqual(BLOCK_23_535_880.withdrawals);
    }
  });
});

test('blocks with uncles are refused by that name', () => {
  const header = { ...headerOf(BLOCK_2_000_004), ommersHash: `0x${'12'.repeat(32)}` };
  expect(proveBlock(header, BLOCK_2_000_004)).toMatchObject({ kind: 'refused', why: /^uncles: / });
});

test.each([null, undefined, 7, 'x', [], {}, { transactions: {} }])('%j is no block', (json) => {
  expect(proveBlock(headerOf(BLOCK_2_000_004), json).kind).toBe('refused');
});

describe('blocks of a real node', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.stop());

  test('are what the node says of them', async () => {
    for (let number = 0; number <= world.height; number++)
      for (const isFull of [true, false]) {
        const at = `0x${number.toString(16)}`;
        const full = await world.ask('eth_getBlockByNumber', at, true);
        const said = (await world.ask('eth_getBlockByNumber', at, isFull)) as Record<string, unknown>;
        const header = headerOf(said);
        // anvil leaves the empty list of withdrawals out of the size.
        const { totalDifficulty: _, size, ...fields } = said;
        const value = { ...fields, size: `0x${(Number(size) + 1).toString(16)}` };
        expect(answerOf(header, full, isFull)).toEqual({ kind: 'proved', value });
        const none = proveBlock(header, { ...fields, transactions: [] });
        expect(none.kind).toBe(number === 0 || number === 4 ? 'block' : 'refused');
      }
  });
});
