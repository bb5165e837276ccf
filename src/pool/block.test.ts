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
