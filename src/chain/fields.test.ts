import { expect, test } from 'vitest';
import { Fields, fieldOf } from './fields.ts';

test('reads what is there, and notes the first thing that is not as it should be', () => {
  const fields = new Fields({ a: '0x1234', b: '0x10', c: null, d: [1, 2] }, 'thing');
  expect(fields.data('a')).toEqual(Uint8Array.of(0x12, 0x34));
  expect(fields.quantity('b')).toEqual(Uint8Array.of(0x10));
  expect(fields.list('d', 2)).toEqual([1, 2]);
  expect([fields.has('a'), fields.has('c'), fields.has('e')]).toEqual([true, false, false]);
  expect(fields.why).toBeUndefined();
  expect(fields.fixed('a', 3)).toEqual(new Uint8Array(0));
  expect(fields.list('d', 1)).toEqual([]);
  expect(fields.why).toBe('thing: expected 3 bytes of hex data as a');
});

test.each([
  ['data', (fields: Fields) => fields.data('a', 1), 'thing: expected hex data as a'],
  ['quantities', (fields: Fields) => fields.quantity('a', 1), 'thing: expected a quantity of 8 bits as a'],
  ['lists', (fields: Fields) => fields.list('a', 5), 'thing: expected a list of at most 5 as a'],
])('%s have a bound', (_, read, why) => {
  const fields = new Fields({ a: '0x1234' }, 'thing');
  read(fields);
  expect(fields.why).toBe(why);
});

test.each([null, undefined, 7, 'x', [], true])('%j has no fields', (value) => {
  expect(new Fields(value, 'thing').why).toBe('thing is not an object');
  expect(fieldOf(value, 'length')).toBeUndefined();
});
