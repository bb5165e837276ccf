import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bigintOf,
  bytesOf,
  bytesOfNumber,
  fixedBytesOf,
  hexOf,
  numberOf,
  quantityBytes,
  quantityOf,
  quantityOfNumber,
  sameBytes,
} from './hex.ts';

fc.configureGlobal({ seed: 1 });

test('bytes come back from their hex, in either case', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const hex = `0x${Buffer.from(bytes).toString('hex')}`;
      expect(hexOf(bytes)).toBe(hex);
      expect(bytesOf(hex)).toEqual(bytes);
      expect(bytesOf(`0x${hex.slice(2).toUpperCase()}`)).toEqual(bytes);
    }),
  );
});

test.each([
  undefined,
  null,
  7,
  {},
  ['0x00'],
  '',
  '0',
  '0x0',
  'x0',
  '00',
  '0X00',
  '0xg0',
  '0x0g',
  '0x 0',
  '0x00 ',
  '0x\u0130\u0130',
  '0x٠٠',
  '0x-1',
  '0x:0',
  '0x/0',
  '0x@0',
  '0x`0',
])('%j is no hex data', (value) => expect(bytesOf(value)).toBeUndefined());

test('data beyond its bound is not read', () => {
  expect(bytesOf(`0x${'00'.repeat(5)}`, 5)).toEqual(new Uint8Array(5));
  expect(bytesOf(`0x${'00'.repeat(6)}`, 5)).toBeUndefined();
  expect(fixedBytesOf('0x0011', 2)).toEqual(Uint8Array.of(0, 0x11));
  expect(fixedBytesOf('0x0011', 3)).toBeUndefined();
});

test('quantities come back, from numbers and bytes, whatever zeros are in front', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), fc.nat(4), (value, zeros) => {
      const digits = value.toString(16);
      const bytes = quantityBytes(`0x${digits.padStart(Math.min(64, digits.length + zeros), '0')}`);
      expect(bytes && quantityOf(bytes)).toBe(`0x${digits}`);
      expect(bytes && bigintOf(bytes)).toBe(value);
      expect(bytes && sameBytes(bytes, bytesOfNumber(value))).toBe(true);
      expect(quantityOfNumber(value)).toBe(`0x${digits}`);
    }),
  );
  expect(quantityBytes('0x0')).toEqual(new Uint8Array(0));
  expect(quantityOf(new Uint8Array(3))).toBe('0x0');
});

test('quantities have a bound of width', () => {
  expect(quantityBytes(`0x1${'0'.repeat(64)}`)).toBeUndefined();
  expect(quantityBytes(`0x${'0'.repeat(65)}`)).toBeUndefined();
  expect(quantityBytes('0x100', 1)).toBeUndefined();
  expect(quantityBytes('0x00ff', 1)).toEqual(Uint8Array.of(0xff));
  for (const value of ['0x', '', '12', 12, '0x1.', '-0x1', '0xx', '10x', undefined])
    expect(quantityBytes(value)).toBeUndefined();
});

test('numbers end where they are no longer exact', () => {
  expect(numberOf(bytesOfNumber(Number.MAX_SAFE_INTEGER))).toBe(Number.MAX_SAFE_INTEGER);
  expect(numberOf(bytesOfNumber(2n ** 53n))).toBeUndefined();
  expect(numberOf(new Uint8Array(9))).toBeUndefined();
});
