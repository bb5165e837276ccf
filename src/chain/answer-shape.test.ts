import { describe, expect, test } from 'vitest';
import {
  FORMS,
  addressOf,
  coreOf,
  formFault,
  memberOf,
  quantityOf,
  smallQuantityOf,
  wordOf,
} from './answer-shape.ts';

const WORD = `0x${'aB'.repeat(32)}`;

test.each([
  ['0x0', 0n],
  ['0x00ff', 255n],
  ['0xFF', 255n],
  [`0x${'f'.repeat(64)}`, 2n ** 256n - 1n],
  [`0x0${'f'.repeat(64)}`, undefined],
  ['0x', undefined],
  ['0X1', undefined],
  ['1', undefined],
  ['0x1g', undefined],
  ['-0x1', undefined],
  [1, undefined],
  [null, undefined],
])('the quantity of %j is %s', (value, expected) => {
  expect(quantityOf(value)).toBe(expected);
  const isSmall = expected !== undefined && expected < 2n ** 53n;
  expect(smallQuantityOf(value)).toBe(isSmall ? Number(expected) : undefined);
});

test('words and addresses are read in any case', () => {
  expect(wordOf(WORD)).toBe(WORD.toLowerCase());
  expect(wordOf(WORD.slice(0, -2))).toBeUndefined();
  expect(wordOf(7)).toBeUndefined();
  expect(addressOf(WORD.slice(0, 42))).toBe(WORD.slice(0, 42).toLowerCase());
  expect(addressOf(WORD)).toBeUndefined();
});

test('a member is an own one, and null is none', () => {
  expect(memberOf({ a: 0 }, 'a')).toBe(0);
  expect(memberOf({ a: null }, 'a')).toBeUndefined();
  expect(memberOf({}, 'toString')).toBeUndefined();
  expect(memberOf(JSON.parse('{"__proto__":1}'), '__proto__')).toBe(1);
  const field = {
    name: 'yParity',
    alias: 'v',
    form: 'quantity',
    isRequired: true,
    whenAbsent: '0x0',
  } as const;
  expect(
    [{ yParity: '0x1', v: '0x2' }, { v: '0x2' }, { yParity: null }].map((value) => coreOf(value, field)),
  ).toEqual(['0x1', '0x2', '0x0']);
});

describe('what is wrong with a form is said with its place', () => {
  test.each([
    ['quantity', '0x', 'Expected result as a quantity of at most 256 bits.'],
    ['boolean', 1, 'Expected result as true or false.'],
    ['text', 1, 'Expected result as a text.'],
    ['logs', {}, 'Expected result as a list.'],
    ['logs', [7], 'Expected result[0] as an object.'],
    ['logs', [{ address: '0x1' }], 'Expected result[0].address as 20 bytes in hexadecimal.'],
    ['logs', [{}], 'Expected result[0].address, found none.'],
    [
      'feeHistory',
      { oldestBlock: '0x1', gasUsedRatio: [0.5, 'x'] },
      'Expected result.gasUsedRatio[1] as a number.',
    ],
    [
      'block',
      { hash: WORD, number: '0x1', parentHash: '0x' },
      'Expected result.parentHash as 32 bytes in hexadecimal.',
    ],
  ] as const)('%s %j: %s', (shape, value, expected) => {
    expect(formFault(FORMS[shape], value)).toBe(expected);
  });

  test('a transaction of an unknown type has what all have in common', () => {
    const deposit = {
      hash: WORD,
      from: WORD.slice(0, 42),
      nonce: '0x0',
      value: '0x0',
      gas: '0x1',
      input: '0x',
      type: '0x7e',
    };
    expect(formFault(FORMS.transaction, deposit)).toBeUndefined();
    expect(formFault(FORMS.transaction, { ...deposit, type: '0x2' })).toBe('Expected result.r, found none.');
    expect(formFault(FORMS.transaction, { ...deposit, type: undefined })).toBe(
      'Expected result.r, found none.',
    );
    expect(formFault(FORMS.transaction, { ...deposit, type: 'toString' })).toMatch(/result.type/);
  });
});
