import { expect, test } from 'vitest';
import { Names } from './names.ts';

const one = (text: string): string => new Names().take(text);
const all = (...texts: string[]): string[] => {
  const names = new Names();
  return texts.map((text) => names.take(text));
};
const LEGAL = /^[A-Za-z_]\w*(?:-\w+)*$/;

test('names of a plan stay readable', () => {
  expect(
    ['aws/ec2@us-east-1/use1-az4', 'edge:switch', 'identity', 'edge.eu', 'Harbor (before)'].map(one),
  ).toEqual(['aws_ec2_us-east-1_use1-az4', 'edge_switch', 'identity', 'edge_eu', 'Harbor_before']);
});

test('a name begins with a letter or _, has single hyphens within, and is never empty', () => {
  expect(['1inch', '-a--b-', '__', '', '交易所', 'Börse', '\ud800', 'a\n"<'].map(one)).toEqual([
    '_1inch',
    'a-b',
    'unnamed',
    'unnamed',
    'unnamed',
    'Borse',
    'unnamed',
    'a',
  ]);
});

test('any text becomes a legal name that is not long', () => {
  for (let code = 0; code < 0x3000; code++) {
    const text = String.fromCharCode(code);
    expect(one(text)).toMatch(LEGAL);
    expect(one(`a${text}-${text}b`)).toMatch(LEGAL);
  }
  expect(one('a-'.repeat(1e6))).toMatch(LEGAL);
  expect(one('ﷺ'.repeat(1e6)).length).toBeLessThanOrEqual(101);
});

test('no two are alike, whatever the case of their letters', () => {
  expect(all('a:b', 'a/b', 'A@B', 'a_b-2', 'a.b')).toEqual(['a_b', 'a_b-2', 'A_B-3', 'a_b-2-2', 'a_b-4']);
  expect(all('a-2', 'a', 'a', 'a')).toEqual(['a-2', 'a', 'a-3', 'a-4']);
});

test('a hundred thousand of the same name are numbered at once', () => {
  const names = all(...Array.from({ length: 100_000 }, () => 'a'));
  expect(new Set(names).size).toBe(100_000);
  expect(names.at(-1)).toBe('a-100000');
});

test('what a text is given does not hang on those after it', () => {
  expect(all('a', 'b', 'a').slice(0, 2)).toEqual(all('a', 'b'));
});
