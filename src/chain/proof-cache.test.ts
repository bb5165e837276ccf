import { expect, test } from 'vitest';
import { ProofCache } from './proof-cache.ts';

const hash = (i: number) => i.toString(16).padStart(64, '0');

test('what was kept is held under its hash, its depth and its text, and under no other', () => {
  const cache = new ProofCache();
  cache.keep(1, hash(1), '0xf8');
  expect(cache.holds(1, hash(1), '0xf8')).toBe(true);
  expect(cache.holds(1, hash(1), '0xf9')).toBe(false);
  expect(cache.holds(1, hash(2), '0xf8')).toBe(false);
  expect(cache.holds(0, hash(1), '0xf8')).toBe(false);
  cache.keep(4, hash(4), '0xf8');
  expect(cache.holds(4, hash(4), '0xf8')).toBe(false);
});

test('however many come, so many are kept', () => {
  const cache = new ProofCache({ mostNodes: 1_024 });
  for (let i = 0; i < 100_000; i++) cache.keep(i % 4, hash(i), '0xf8');
  expect(cache.size).toBeLessThanOrEqual(1_024);
  expect(cache.size).toBeGreaterThan(500);
  expect(() => new ProofCache({ mostNodes: 100 })).toThrow(RangeError);
});

test('a flood of deep nodes leaves the upper ones where they are', () => {
  const cache = new ProofCache();
  for (let i = 0; i < 16; i++) cache.keep(1, hash(i), '0xf8');
  for (let i = 0; i < 100_000; i++) cache.keep(3, hash(100 + i), '0xf8');
  for (let i = 0; i < 16; i++) expect(cache.holds(1, hash(i), '0xf8')).toBe(true);
});

test('what is used stays while others of its depth come and go', () => {
  const cache = new ProofCache();
  cache.keep(3, hash(0), '0xf8');
  for (let i = 1; i < 50_000; i++) {
    cache.keep(3, hash(i), '0xf8');
    if (i % 1_000 === 0) expect(cache.holds(3, hash(0), '0xf8')).toBe(true);
  }
  expect(cache.holds(3, hash(1), '0xf8')).toBe(false);
});
