import { expect, test } from 'vitest';
import { AnswerCache } from './answer-cache.ts';

const BLOCK = { number: 5, hash: '0xa' };

test('what is of a block holds while that block is of the chain, and again when it comes back', () => {
  let hash = '0xa';
  const cache = new AnswerCache(10_000, (number, one) => number === 5 && one === hash);
  cache.set('key', '"0x1"', BLOCK);
  cache.set('for ever', '"0x2"', undefined);
  expect(cache.get('key')).toBe('"0x1"');
  hash = '0xb';
  expect(cache.get('key')).toBeUndefined();
  expect(cache.get('for ever')).toBe('"0x2"');
  cache.set('key', '"0x3"', { number: 5, hash: '0xb' });
  expect(cache.get('key')).toBe('"0x3"');
  expect(cache).toMatchObject({ hits: 3, misses: 1 });
});

test('it takes no more than it may, and keeps what is used', () => {
  const cache = new AnswerCache(100_000, () => true);
  cache.set('used', 'x', undefined);
  for (let i = 0; i < 5_000; i++) {
    cache.set(`key ${i}`, 'y'.repeat(100), undefined);
    if (i % 10 === 0) expect(cache.get('used')).toBe('x');
    expect(cache.bytes).toBeLessThanOrEqual(100_000);
  }
  expect(cache.get('key 4999')).toBeDefined();
  expect(cache.get('key 0')).toBeUndefined();
});

test('the same key again takes its room once', () => {
  const cache = new AnswerCache(100_000, () => true);
  cache.set('key', 'y'.repeat(100), undefined);
  const { bytes } = cache;
  for (let i = 0; i < 100; i++) cache.set('key', 'y'.repeat(100), undefined);
  expect(cache.bytes).toBe(bytes);
});

test('one that would push out many is not kept', () => {
  const cache = new AnswerCache(16_000, () => true);
  cache.set('large', 'y'.repeat(1_000), undefined);
  expect(cache.get('large')).toBeUndefined();
  cache.set('small', 'y'.repeat(990), undefined);
  expect(cache.get('small')).toBeDefined();
});
