import { expect, test } from 'vitest';
import { grow } from '../../test/parts/scripted-link.ts';
import { blockOf, headerOf, numberOf } from './block.ts';

const trunk = grow(undefined, 3);

test('numbers that a double does not hold are none, nor are blocks without their form', () => {
  expect(numberOf('0x1fffffffffffff')).toBe(Number.MAX_SAFE_INTEGER);
  for (const odd of ['0x20000000000000', '0x', '1', '0x1g', 5, null, undefined, `0x${'f'.repeat(60)}`])
    expect(numberOf(odd)).toBeUndefined();
  expect(blockOf(trunk.value)?.header).toBeDefined();
  for (const odd of [
    null,
    5,
    'x',
    {},
    { ...trunk.value, number: '0x20000000000000' },
    { ...trunk.value, hash: '0x1' },
    { ...trunk.value, logsBloom: 5 },
  ])
    expect(blockOf(odd)).toBeUndefined();
  expect(headerOf({ ...trunk.value, gasUsed: '0x1' })).toBeUndefined();
});

test('of a block is kept what its header says, whatever else it has', () => {
  const odd = { ...trunk.value, Number: '0x1', pad: [[], []], size: 'x'.repeat(1_000_000) };
  const block = blockOf(odd);
  expect(block?.fields).toEqual(block?.header?.fields);
  expect(block).toEqual(blockOf(trunk.value));
});

test('of a block whose hash is not computed is kept what has no parts, as much as a header may hold', () => {
  const { value } = grow(undefined, 3, { isForeignLayout: true });
  const { transactions, uncles, ...header } = value;
  expect(blockOf(value)).toMatchObject({ header: undefined, fields: header });
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`field${i}`, '0x0123456789']));
  const long = { ['n'.repeat(65)]: '0x1', long: 'x'.repeat(32_771), nothing: null };
  const fields = blockOf({ ...value, ...long, ...many })?.fields ?? {};
  expect(fields).toMatchObject(header);
  for (const name of Object.keys(long)) expect(fields).not.toHaveProperty(name);
  expect(JSON.stringify(fields).length).toBeLessThan(100_000);
  expect(blockOf({ ...value, logsBloom: 'x'.repeat(32_771) })).toBeUndefined();
  expect(blockOf({ ...value, transactionsRoot: 'x'.repeat(1e6), receiptsRoot: 5 })).toMatchObject({
    transactionsRoot: undefined,
    receiptsRoot: undefined,
  });
});
