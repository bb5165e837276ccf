import { describe, expect, test } from 'vitest';
import { keccak256, toRlp, type Hex } from 'viem';
import { trieOfOne } from '../../test/parts/block-hash.ts';
import { grow, receiptOf, type Said, type ScriptedNode, ACCOUNT } from '../../test/parts/scripted-link.ts';
import { scene, type SceneSettings } from '../../test/parts/scripted-pool.ts';
import { Prover } from './proving.ts';

const EMPTY_TRIE = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421';
const EMPTY_CODE = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470';

/** A state with one account in it, whose balance this is. */
function stateWith(balance: Hex) {
  const { root, proof } = trieOfOne(keccak256(ACCOUNT), toRlp(['0x01', balance, EMPTY_TRIE, EMPTY_CODE]));
  const said = {
    ...{ address: ACCOUNT, accountProof: proof, balance, nonce: '0x1', codeHash: EMPTY_CODE },
    ...{ storageHash: EMPTY_TRIE, storageProof: [] },
  };
  return { root, said };
}

const state = stateWith('0x64');
const trunk = grow(undefined, 9, { fields: { stateRoot: state.root } });

function proving(settings: SceneSettings = {}) {
  const made = scene({ head: trunk, verify: 'proof', prover: (parts) => new Prover(parts), ...settings });
  const says = (node: ScriptedNode, method: string, said: Said | undefined): void => {
    const { instead } = node;
    node.instead = (asked, params, truth) => (asked === method ? said : instead?.(asked, params, truth));
  };
  for (const node of made.nodes) {
    says(node, 'eth_getProof', { result: state.said });
    says(node, 'eth_getTransactionByHash', { result: null });
  }
  return { ...made, says };
}

describe('a read that is proved', () => {
  test('is asked of one node, and kept as of its block', () => {
    const { ask, node } = proving();
    expect(ask('eth_getBalance', [ACCOUNT])).toMatchObject({ text: '"0x64"', from: ['a'], block: 8 });
    expect(ask('eth_getBalance', [ACCOUNT, '0x8']).source).toBe('kept');
    expect(node(1).link.count('eth_getProof')).toBe(0);
  });

  test('is right though all others lie, who are put aside as long as enough are left', () => {
    const { ask, node, says, dissents, pass } = proving({ trusts: true });
    const lie = stateWith('0x6400').said;
    says(node(0), 'eth_getProof', { result: lie });
    says(node(1), 'eth_getProof', { result: { ...lie, accountProof: [] } });
    expect(ask('eth_getBalance', [ACCOUNT])).toMatchObject({ text: '"0x64"', from: ['c'] });
    pass(100);
    expect(new Set(dissents.map((one) => one.node))).toEqual(new Set(['a', 'b']));
    expect(node(0).node.isAside).toBe(true);
  });

  test('has no answer where nobody gives a proof that holds', () => {
    const { ask, nodes, says } = proving();
    for (const node of nodes) says(node, 'eth_getProof', { result: stateWith('0x6400').said });
    expect(ask('eth_getBalance', [ACCOUNT])).toMatchObject({ kind: 'error', source: 'failed' });
    for (const node of nodes)
      says(node, 'eth_getProof', { error: { code: -32601, message: 'method not found' } });
    expect(ask('eth_getBalance', [ACCOUNT]).kind).toBe('error');
  });

  test('of a block that is not there yet is none', () => {
    const { ask } = proving();
    expect(ask('eth_getBalance', [ACCOUNT, '0x99']).text).toContain(
      'Block 153 is not there yet: the newest is 8.',
    );
    expect(ask('eth_getBlockByNumber', ['0x99', false]).text).toBe('null');
  });

  test('of an old block needs its header from as many as must agree', () => {
    const { ask, node } = proving();
    expect(ask('eth_getBalance', [ACCOUNT, '0x3']).text).toBe('"0x64"');
    const lost = proving();
    for (const i of [0, 1])
      lost.says(lost.node(i), 'eth_getBlockByNumber', { result: grow(undefined, 4, { salt: `${i}` }).value });
    expect(lost.ask('eth_getBalance', [ACCOUNT, '0x3']).text).toContain('No header is to be had');
    expect(node(0).link.count('eth_getBlockByNumber')).toBeGreaterThan(0);
  });
});

test('headers of old blocks are asked for anew until they are final, and once from then on', () => {
  const { ask, node, nodes, pass } = proving();
  const asked = (): number =>
    node(0)
      .link.paramsOf('eth_getBlockByNumber')
      .filter(([number]) => number === '0x3').length;
  ask('eth_getBalance', [ACCOUNT, '0x3']);
  ask('eth_getTransactionCount', [ACCOUNT, '0x3']);
  expect(asked()).toBe(2);
  for (const one of nodes) one.finalized = 4;
  pass(4_000);
  ask('eth_getCode', [ACCOUNT, '0x3']);
  ask('eth_getStorageAt', [ACCOUNT, '0x0', '0x3']);
  expect(asked()).toBe(3);
});

describe('that there is no such transaction', () => {
  const hash = `0x${'12'.repeat(32)}`;

  test('is said by as many as must agree', () => {
    const { ask } = proving();
    expect(ask('eth_getTransactionReceipt', [hash])).toMatchObject({ text: 'null', from: ['a', 'b'] });
  });

  test('is said by whoever is trusted, and by nobody else', () => {
    const { ask } = proving({ trusts: true });
    expect(ask('eth_getTransactionReceipt', [hash])).toMatchObject({ text: 'null', from: ['t'] });
    const alone = proving({ trusts: true });
    alone.says(alone.node(3), 'eth_getTransactionByHash', { failure: 'unreachable' });
    expect(alone.ask('eth_getTransactionReceipt', [hash]).kind).toBe('error');
  });

  test('is not believed of a node that says in which block it is, and cannot show it', () => {
    const { ask, node, says, dissents, pass } = proving({ trusts: true });
    says(node(0), 'eth_getTransactionByHash', {
      result: { hash, blockNumber: '0x5', blockHash: trunk.hash },
    });
    says(node(0), 'eth_getBlockReceipts', { result: [receiptOf(trunk)] });
    expect(ask('eth_getTransactionReceipt', [hash])).toMatchObject({ text: 'null', from: ['t'] });
    pass(100);
    expect(dissents.length).toBeLessThanOrEqual(1);
  });
});
