import { describe, expect, test } from 'vitest';
import { nearest } from './nearest.ts';

const KNOWN = ['cloudflare', 'fastly', 'akamai', 'aws', 'gcp', 'hot-wallet'];

describe('the nearest name', () => {
  test.each([
    ['cloudfare', 'cloudflare'],
    ['claudflar', 'cloudflare'],
    ['Fastly', 'fastly'],
    ['fatsly', 'fastly'],
    ['hot-walet', 'hot-wallet'],
    ['asw', 'aws'],
    ['aws', 'aws'],
  ])('to %s is %s', (name, meant) => {
    expect(nearest(name, KNOWN)).toBe(meant);
  });

  test.each(['', 'x', 'cloud', 'zzzzzz', 'hetzner', 'a'.repeat(81)])('to "%s" is none', (name) => {
    expect(nearest(name, KNOWN)).toBeUndefined();
  });

  test('of several as near is the first', () => {
    expect(nearest('abx', ['abc', 'abd'])).toBe('abc');
    expect(nearest('abx', ['abd', 'abc'])).toBe('abd');
  });

  test('counts swapped neighbours as one mistake', () => {
    expect(nearest('abdc', ['abcd'])).toBe('abcd');
    expect(nearest('dbca', ['abcd'])).toBeUndefined();
  });
});
