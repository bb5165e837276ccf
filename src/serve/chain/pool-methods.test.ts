import { expect, test } from 'vitest';
import { classOf, methodLabel } from './pool-methods.ts';

test('methods that nobody knows are one, whatever their namespace', () => {
  const made = ['debug_a1', 'trace_b2', 'constructor', '__proto__', 'eth_x', '', 'anvil_mine'];
  expect(new Set(made.map((method) => methodLabel(method, undefined)))).toEqual(new Set(['other']));
  expect(methodLabel('eth_getBalance', undefined)).toBe('eth_getBalance');
  expect(methodLabel('eth_sendRawTransaction', undefined)).toBe('eth_sendRawTransaction');
  expect(methodLabel('trace_block', undefined)).toBe('other');
  expect(methodLabel('trace_block', new Set(['trace_block']))).toBe('trace_block');
});

test('every method is of one of a few classes', () => {
  expect(
    ['eth_getBlockByNumber', 'eth_getBalance', 'eth_call', 'eth_getLogs', 'eth_getProof'].map(classOf),
  ).toEqual(['block', 'state', 'call', 'logs', 'proof']);
  expect(['eth_getTransactionReceipt', 'eth_sendRawTransaction', 'debug_x', 'x'].map(classOf)).toEqual([
    'transaction',
    'send',
    'other',
    'other',
  ]);
});
