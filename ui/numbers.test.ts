import { expect, test } from 'vitest';
import { local } from './numbers.ts';

test.each([
  ['99.857 %', '99,857 %'],
  ['1.43M USD', '1,43M USD'],
  ['−1.5k USD a year', '−1,5k USD a year'],
  ['0.7 × 1 m 43 s', '0,7 × 1 m 43 s'],
  ['0.38 a year (90 %: 0.1 to 0.9), 2 h on average', '0,38 a year (90 %: 0,1 to 0,9), 2 h on average'],
  ['< 0.01 s.', '< 0,01 s.'],
])('a figure takes the decimal sign of the reader: %s', (printed, read) => {
  expect(local(printed, ',')).toBe(read);
  expect(local(printed, '.')).toBe(printed);
});

test.each([
  'https://arxiv.org/abs/2504.09476',
  'db-1.5 → pay-2.0: needed for v2.0',
  'v1.2',
  'api.1.5',
  '10.0.0.1',
  '2026-11-01, 12:30:15',
  'a 1.5x and b1.5',
])('a name, a version or an address stays what it is: %s', (text) => {
  expect(local(text, ',')).toBe(text);
});
