import { expect, test } from 'vitest';
import { Mined } from './mined.ts';

test('a transaction is where it was found while that block is of the chain', () => {
  let isCanonical = true;
  const mined = new Mined(() => isCanonical);
  mined.learn('0xAB', { number: 5, hash: '0xa' });
  expect(mined.of('0xab')).toEqual({ blockNumber: 5, blockHash: '0xa' });
  expect(mined.of(5)).toBeUndefined();
  mined.learn(5, { number: 5, hash: '0xa' });
  isCanonical = false;
  expect(mined.of('0xab')).toBeUndefined();
});

test('the newest ten thousand are remembered, and twenty thousand at most', () => {
  const mined = new Mined(() => true);
  for (let i = 0; i < 30_001; i++) mined.learn(`0x${i}`, { number: i, hash: '0xa' });
  expect(mined.of('0x20001')).toBeDefined();
  expect(mined.of('0x9999')).toBeUndefined();
});
