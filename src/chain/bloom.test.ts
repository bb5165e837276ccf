import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bloomOf, mayContain } from './bloom.ts';
import { bytesOf, hexOf } from './hex.ts';

fc.configureGlobal({ seed: 1 });

const bytes = (hex: string) => bytesOf(hex) ?? new Uint8Array(0);

test('the bits that go-ethereum sets', () => {
  // core/types/bloom9_test.go: what is added is found, what is not is not.
  const text = (value: string) => new TextEncoder().encode(value);
  const bloom = bloomOf(
    ['testtest', 'test', 'hallo', 'other'].map((word) => ({ address: text(word), topics: [] })),
  );
  for (const word of ['testtest', 'test', 'hallo', 'other']) expect(mayContain(bloom, text(word))).toBe(true);
  for (const word of ['tes', 'lo']) expect(mayContain(bloom, text(word))).toBe(false);
});

test('of an address and a topic, the bits of the yellow paper', () => {
  // Of the tests of eth-bloom: https://github.com/ethereum/eth-bloom
  const address = bytes('0x22341ae42d6dd7384bc8584e50419ea3ac75b83f');
  const topic = bytes('0x04491edcd115127caedbd478e2e7895ed80c7847e903431f94f9cfa579cad47f');
  const bloom = bloomOf([{ address, topics: [topic] }]);
  const bits = [...hexOf(bloom).slice(2)].reduce(
    (sum, digit) => sum + popcount(Number.parseInt(digit, 16)),
    0,
  );
  expect(bits).toBeGreaterThan(3);
  expect(bits).toBeLessThanOrEqual(6);
  expect(mayContain(bloom, address) && mayContain(bloom, topic)).toBe(true);
});

const popcount = (digit: number) => [1, 2, 4, 8].filter((bit) => digit & bit).length;

test('whatever is in it is found; an empty one has nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 10 }), (topics) => {
      const bloom = bloomOf([{ address: new Uint8Array(20), topics }]);
      for (const topic of topics) {
        expect(mayContain(bloom, topic)).toBe(true);
        expect(mayContain(new Uint8Array(256), topic)).toBe(false);
      }
    }),
  );
});
