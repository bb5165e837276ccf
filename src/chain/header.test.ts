import { afterAll, describe, expect, test } from 'vitest';
import { type Anvil, startAnvil } from '../../test/chain/anvil.ts';
import {
  AMSTERDAM,
  AMSTERDAM_WITHOUT_ITS_FIELDS,
  BLOCK_2_000_004,
  BLOCK_23_535_880,
  GENESIS,
} from '../../test/chain/mainnet.ts';
import { mutations } from '../../test/chain/mutations.ts';
import { readHeader } from './header.ts';

describe('the hash of real headers', () => {
  test.each([
    ['the first of all', GENESIS],
    ['before London', BLOCK_2_000_004],
    ['of Prague', BLOCK_23_535_880],
    ['of Amsterdam', AMSTERDAM],
  ])('%s', (_, block) => {
    const header = readHeader(block);
    expect(header).toMatchObject({
      kind: 'header',
      hash: block.hash,
      number: Number(block.number),
      timestamp: Number(block.timestamp),
      stateRoot: block.stateRoot,
    });
  });

  test('without what a fork added it is that of the fork before', () => {
    const { blockAccessListHash: _, slotNumber: __, ...fields } = AMSTERDAM;
    expect(readHeader({ ...fields, hash: AMSTERDAM_WITHOUT_ITS_FIELDS })).toMatchObject({
      kind: 'header',
      hash: AMSTERDAM_WITHOUT_ITS_FIELDS,
      blockAccessListHash: undefined,
    });
    expect(readHeader({ ...fields, slotNumber: '0x1' })).toMatchObject({
      kind: 'refused',
      why: 'header: expected blockAccessListHash before slotNumber',
    });
  });
});

describe('headers of real nodes', () => {
  const nodes: Anvil[] = [];
  afterAll(() => Promise.all(nodes.map((node) => node.stop())));

  test.each(['berlin', 'london', 'paris', 'shanghai', 'cancun', 'prague', 'osaka'])('%s', async (fork) => {
    const node = await startAnvil('--hardfork', fork);
    nodes.push(node);
    await node.ask('evm_mine');
    await node.ask('evm_mine');
    const before = readHeader(await node.ask('eth_getBlockByNumber', '0x1', false));
    const header = readHeader(await node.ask('eth_getBlockByNumber', '0x2', true));
    if (header.kind === 'refused' || before.kind === 'refused')
      throw new Error(JSON.stringify([header, before]));
    expect(header.parentHash).toBe(before.hash);
    expect(header.baseFeePerGas === undefined).toBe(fork === 'berlin');
    expect(header.withdrawalsRoot === undefined).toBe(['berlin', 'london', 'paris'].includes(fork));
    expect(header.requestsHash !== undefined).toBe(['prague', 'osaka'].includes(fork));
  });
});

test.each([
  ['before London', BLOCK_2_000_004],
  ['of Prague', BLOCK_23_535_880],
  ['of Amsterdam', AMSTERDAM],
])('a header with anything changed is refused, or is the same: %s', (_, block) => {
  const { transactions: __, withdrawals: ___, ...fields } = block as Record<string, unknown>;
  const header = readHeader(fields);
  for (const { at, value } of mutations(fields)) {
    const changed = readHeader(value);
    if (changed.kind !== 'refused') expect(changed, at).toEqual(header);
  }
});

test('each field that is hashed is needed as it is', () => {
  for (const name of Object.keys(readHeader(AMSTERDAM)).length > 1 ? Object.keys(AMSTERDAM) : []) {
    const { [name]: _, ...others } = AMSTERDAM as Record<string, unknown>;
    expect(readHeader(others).kind, name).toBe('refused');
    expect(readHeader({ ...AMSTERDAM, [name]: '0x3' }).kind, name).toBe('refused');
  }
});

test.each([null, undefined, 7, 'x', [], {}])('%j is no header', (value) =>
  expect(readHeader(value).kind).toBe('refused'),
);

test('a block that is still pending has no hash, and is refused', () => {
  expect(readHeader({ ...AMSTERDAM, hash: null }).kind).toBe('refused');
});

test('fields are written as JSON-RPC writes them, whatever case and zeros they came with', () => {
  const header = readHeader({
    ...BLOCK_23_535_880,
    extraData: BLOCK_23_535_880.extraData.toUpperCase().replace('X', 'x'),
    gasUsed: '0x01d1e02e',
  });
  if (header.kind === 'refused') throw new Error(header.why);
  const { withdrawals: _, ...fields } = BLOCK_23_535_880;
  expect(header.fields).toEqual(fields);
});
