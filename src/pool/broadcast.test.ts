import { describe, expect, test } from 'vitest';
import { grow, type Said } from '../../test/parts/scripted-link.ts';
import { scene, type SceneSettings } from '../../test/parts/scripted-pool.ts';
import { hexOf, keccak256 } from '../chain/index.ts';

const RAW = '0x02f86b01';
const HASH = hexOf(keccak256(Uint8Array.of(0x02, 0xf8, 0x6b, 0x01)));
const SEND = 'eth_sendRawTransaction';
const trunk = grow(undefined, 9);
const took: Said = { result: HASH };
const error = (message: string, code = -32000): Said => ({ error: { code, message } });

/** Nodes that say these to a transaction, the first to the first node. */
function sending(said: readonly (Said | undefined)[], settings: SceneSettings = {}) {
  const made = scene({ head: trunk, count: said.length, ...settings });
  said.forEach((one, i) => {
    made.node(i).instead = (method) => (method === SEND ? one : undefined);
  });
  const counts = (): readonly number[] => made.nodes.map(({ link }) => link.count(SEND));
  return { ...made, send: () => made.ask(SEND, [RAW]), counts };
}

describe('a signed transaction', () => {
  test('goes to several nodes, as it is, once to each, and is sent with the first that takes it', () => {
    const { send, counts, node, pass } = sending([took, took, took, took, took]);
    expect(send()).toMatchObject({ kind: 'result', text: `"${HASH}"`, from: ['a'] });
    pass(20_000);
    expect(counts()).toEqual([1, 1, 1, 1, 0]);
    expect(node(0).link.paramsOf(SEND)).toEqual([[RAW]]);
  });

  for (const words of [
    'already known',
    'ALREADY_EXISTS: already known',
    'known transaction: 0x12',
    'AlreadyKnown',
    'Known transaction',
    'Transaction with the same hash was already imported.',
    'transaction already imported',
    'already in the mempool',
    'tx already exists',
  ])
    test(`is sent where a node says "${words}"`, () => {
      const { send } = sending([error(words), error('nonce too low')]);
      expect(send()).toMatchObject({ kind: 'result', text: `"${HASH}"` });
    });

  for (const words of [
    'unknown transaction type',
    'Unknown transaction',
    'a transaction with this nonce already exists',
  ])
    test(`is refused where all say "${words}": none has it`, () => {
      const { send } = sending([error(words), error(words), error(words)]);
      expect(send()).toMatchObject({ kind: 'error' });
    });

  test('is sent where one refuses and one takes it, whoever is faster', () => {
    expect(sending([error('txpool is full'), { ...took, afterMs: 500 }]).send().text).toBe(`"${HASH}"`);
    expect(sending([took, { ...error('txpool is full'), afterMs: 500 }]).send().text).toBe(`"${HASH}"`);
  });

  test('goes to further nodes in place of those that fail', () => {
    const down: Said = { failure: 'unreachable' };
    const { send, counts } = sending([down, down, down, down, took]);
    expect(send().text).toBe(`"${HASH}"`);
    expect(counts()).toEqual([1, 1, 1, 1, 1]);
  });

  test('that all refuse is refused in the words of the first', () => {
    const { send } = sending([
      error('insufficient funds for gas * price + value'),
      error('insufficient funds'),
    ]);
    expect(JSON.parse(send().text)).toEqual({
      code: -32000,
      message: 'insufficient funds for gas * price + value',
    });
  });

  test('whose nonce is used up is sent where it is known, and refused where it is not', () => {
    const known = sending([error('nonce too low'), error('nonce too low'), error('nonce too low')]);
    const mined = {
      hash: HASH,
      from: `0x${'11'.repeat(20)}`,
      nonce: '0x1',
      value: '0x0',
      gas: '0x5208',
      input: '0x',
    };
    const legacy = {
      r: '0x1',
      s: '0x1',
      v: '0x1b',
      gasPrice: '0x1',
      blockHash: trunk.hash,
      blockNumber: '0x8',
      transactionIndex: '0x0',
    };
    for (const one of known.nodes)
      one.instead = (method) =>
        method === SEND
          ? error('nonce too low')
          : method === 'eth_getTransactionByHash'
            ? { result: { ...mined, ...legacy } }
            : undefined;
    expect(known.send().text).toBe(`"${HASH}"`);
    const unknown = sending([error('nonce too low'), error('nonce too low')]);
    for (const one of unknown.nodes)
      one.instead = (method) =>
        method === SEND
          ? error('nonce too low')
          : method === 'eth_getTransactionByHash'
            ? { result: null }
            : undefined;
    expect(unknown.send()).toMatchObject({ kind: 'error', source: 'nodes' });
  });

  test('on which nobody says anything may have been taken', () => {
    const { send, time } = sending([
      { ...took, afterMs: 1e9 },
      { ...took, afterMs: 1e9 },
    ]);
    const began = time.now();
    expect(send().text).toContain(`said whether it took ${HASH}. It may have`);
    expect(time.now() - began).toBe(12_000);
  });

  test('on which one is silent and others are down may have been taken, else nobody has', () => {
    const down: Said = { failure: 'unreachable' };
    expect(sending([{ failure: 'silent' }, down]).send().text).toContain('It may have');
    expect(sending([down, down]).send().text).toContain('No node of chain took');
  });

  test('that a node calls by another hash was not taken by it, and the node is put aside', () => {
    const { send, dissents, node } = sending([
      { result: `0x${'12'.repeat(32)}` },
      { ...took, afterMs: 50 },
      took,
    ]);
    expect(send().text).toBe(`"${HASH}"`);
    expect(dissents).toMatchObject([{ node: 'a', method: SEND }]);
    expect(node(0).node.isAside).toBe(true);
  });

  test('sent twice at once is sent once, and both hear of it; later it is sent again', () => {
    const { begin, counts, pass, send, pool } = sending([took, took]);
    const asked = [begin(SEND, [RAW]), begin(SEND, [RAW])];
    pass(100);
    expect(asked.map(({ answer }) => answer?.text)).toEqual([`"${HASH}"`, `"${HASH}"`]);
    expect(counts()).toEqual([1, 1]);
    expect(pool.counts.sends.sent).toBe(1);
    send();
    expect(counts()).toEqual([2, 2]);
  });

  test('that is none is refused, and asked of nobody', () => {
    const { ask, counts } = sending([took]);
    for (const odd of [undefined, null, 5, '', '0x', '0x1', '12', `0x${'00'.repeat(1_100_001)}`])
      expect(ask(SEND, [odd])).toMatchObject({ kind: 'error', source: 'refused' });
    expect(counts()).toEqual([0]);
  });

  test('is looked for in the chain at once', () => {
    const { send, node } = sending([took]);
    const before = node(0).link.count('eth_getBlockByNumber');
    send();
    expect(node(0).link.count('eth_getBlockByNumber')).toBe(before + 1);
  });
});
