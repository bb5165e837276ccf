import { expect, test } from 'vitest';
import { ancestor, grow, receiptOf, ACCOUNT } from '../../test/parts/scripted-link.ts';
import { scene } from '../../test/parts/scripted-pool.ts';

const trunk = grow(undefined, 9);

test('one that came over from another branch before it was looked into has not lied', () => {
  const { ask, node, pass, dissents } = scene({ head: trunk });
  node(0).head = grow(ancestor(trunk, 7), 1, { salt: 'b' });
  ask('eth_getBalance', [ACCOUNT, '0x8']);
  // It has moved, and says so when it is asked.
  node(0).head = trunk;
  pass(100);
  expect(dissents).toHaveLength(1);
  expect(node(0).node.isAside).toBe(false);
});

test('one that stands where the pool does has not lied, though the others have moved on', () => {
  const { ask, node, pass, dissents, pool } = scene({ head: trunk });
  const branch = grow(ancestor(trunk, 7), 1, { salt: 'b' });
  node(1).head = branch;
  node(2).head = branch;
  ask('eth_getBalance', [ACCOUNT, '0x8']);
  pass(15);
  expect(pool.heads.block?.hash).toBe(trunk.hash);
  expect(dissents).toHaveLength(1);
  expect(node(0).node.isAside).toBe(false);
});

test('it is said where what one says differs', () => {
  const { ask, node, pass, dissents } = scene({ head: trunk });
  const receipt = receiptOf(trunk);
  node(0).instead = (method) =>
    method === 'eth_getTransactionReceipt' ? { result: { ...receipt, gasUsed: '0x1' } } : undefined;
  ask('eth_getTransactionReceipt', [receipt.transactionHash]);
  pass(100);
  expect(dissents.map(({ why }) => why)).toEqual(['b and c say otherwise of result.gasUsed']);
});

test('one that lies to many reads is looked into once at a time', () => {
  const { begin, node, pass, dissents } = scene({ head: trunk });
  node(0).instead = (method) => (method === 'eth_getBalance' ? { result: '0x1' } : undefined);
  const before = node(1).link.count('eth_getBlockByNumber');
  for (let i = 1; i < 100; i++)
    begin('eth_getBalance', [
      `0x${'cc'.repeat(19)}${(10 + i).toString(16).padStart(2, '0').slice(-2)}`,
      '0x8',
    ]);
  pass(100);
  expect(node(0).node.isAside).toBe(true);
  expect(node(0).node.dissents).toBe(1);
  expect(dissents).toHaveLength(99);
  expect(node(1).link.count('eth_getBlockByNumber') - before).toBeLessThan(5);
});

test('one that says something else of a block which is not there yet has not lied', () => {
  const { ask, node, pass } = scene({ head: trunk });
  for (const i of [0, 1, 2])
    node(i).instead = (method) =>
      method === 'eth_getBalance' ? { result: i === 0 ? '0x1' : '0x2' } : undefined;
  expect(ask('eth_getBalance', [ACCOUNT, '0x99']).text).toBe('"0x2"');
  pass(100);
  expect(node(0).node.isAside).toBe(false);
});

test('those who were put aside are heard again where too few others are left to agree on a head', () => {
  const { node, nodes, pass, pool, dissents } = scene({ head: trunk });
  node(0).node.dissented('eth_call', 'no', true);
  node(2).instead = () => ({ failure: 'unreachable' });
  for (const one of nodes) one.head = grow(trunk, 1);
  expect(node(0).node.isAside).toBe(true);
  pass(2_000);
  expect([node(0).node.isAside, node(0).node.level]).toEqual([false, 1]);
  expect(pool.heads.block?.number).toBe(9);
  expect(dissents).toEqual([]);
});

test('those who were put aside are heard again as soon as requests show that too few others answer', () => {
  const { ask, node } = scene({ head: trunk });
  node(0).node.dissented('eth_call', 'no', true);
  const levels: string[] = [];
  for (const i of [0, 1])
    node(i).node.onLevel(() => levels.push(`${node(i).node.name} ${node(i).node.level > 0}`));
  node(1).instead = (method) => (method === 'eth_getBalance' ? { failure: 'broken' } : undefined);
  for (let i = 1; node(1).node.isUsable && i < 100; i++)
    ask('eth_getBalance', [`0x${String(i).padStart(40, '0')}`, '0x8']);
  expect([node(0).node.isAside, node(1).node.isUsable, node(1).node.missedPolls]).toEqual([false, false, 0]);
  // Whoever is told of levels never sees both gone.
  expect(levels[0]).toBe('a true');
});

test('one that is put aside has no say about the head while enough others have', () => {
  const { node, pass, pool } = scene({ head: trunk, count: 4 });
  node(0).node.dissented('eth_call', 'no', true);
  node(0).head = grow(trunk, 1);
  node(1).head = grow(trunk, 1);
  pass(1_000);
  expect(pool.heads.block?.number).toBe(8);
});

test('one that does not have yet what another has is no liar', () => {
  const { ask, node, pass, dissents } = scene({ head: trunk, verify: 'none', votes: 1 });
  node(0).instead = (method) => (method === 'eth_getTransactionReceipt' ? { result: null } : undefined);
  expect(ask('eth_getTransactionReceipt', [receiptOf(trunk).transactionHash]).text).not.toBe('null');
  pass(100);
  expect(dissents).toEqual([]);
  expect(node(0).node.isAside).toBe(false);
});

test('a liar is not put aside where too few would be left', () => {
  const { ask, node, pass, dissents } = scene({ head: trunk });
  node(1).node.dissented('eth_call', 'no', true);
  node(0).instead = (method) => (method === 'eth_getBalance' ? { result: '0x1' } : undefined);
  ask('eth_getBalance', [ACCOUNT, '0x8']);
  pass(100);
  expect(dissents).toMatchObject([{ node: 'a' }]);
  expect(node(0).node.isAside).toBe(false);
});
