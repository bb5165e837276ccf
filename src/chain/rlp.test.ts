import { RLP } from '@ethereumjs/rlp';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOf, bytesOfNumber, hexOf } from './hex.ts';
import { decode, encode, type Item } from './rlp.ts';

fc.configureGlobal({ seed: 1 });

const text = (value: string) => new TextEncoder().encode(value);
const { item } = fc.letrec<{ item: Item }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.uint8Array({ maxLength: 80 }),
    fc.array(tie('item'), { maxLength: 6 }),
  ),
}));

/** From ethereum/tests, RLPTests/rlptest.json. */
const VECTORS: readonly (readonly [string, Item, string])[] = [
  ['emptystring', text(''), '0x80'],
  ['bytestring00', Uint8Array.of(0), '0x00'],
  ['bytestring01', Uint8Array.of(1), '0x01'],
  ['bytestring7F', Uint8Array.of(0x7f), '0x7f'],
  ['shortstring', text('dog'), '0x83646f67'],
  [
    'shortstring2',
    text('Lorem ipsum dolor sit amet, consectetur adipisicing eli'),
    '0xb74c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e7365637465747572206164697069736963696e6720656c69',
  ],
  [
    'longstring',
    text('Lorem ipsum dolor sit amet, consectetur adipisicing elit'),
    '0xb8384c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e7365637465747572206164697069736963696e6720656c6974',
  ],
  ['zero', bytesOfNumber(0), '0x80'],
  ['smallint4', bytesOfNumber(127), '0x7f'],
  ['mediumint1', bytesOfNumber(128), '0x8180'],
  ['mediumint3', bytesOfNumber(100_000), '0x830186a0'],
  [
    'mediumint4',
    bytesOfNumber(83_729_609_699_884_896_815_286_331_701_780_722n),
    '0x8f102030405060708090a0b0c0d0e0f2',
  ],
  ['emptylist', [], '0xc0'],
  ['stringlist', [text('dog'), text('god'), text('cat')], '0xcc83646f6783676f6483636174'],
  ['multilist', [text('zw'), [Uint8Array.of(4)], Uint8Array.of(1)], '0xc6827a77c10401'],
  ['listsoflists', [[[], []], []], '0xc4c2c0c0c0'],
  ['listsoflists2', [[], [[]], [[], [[]]]], '0xc7c0c1c0c3c0c1c0'],
  [
    'longList1',
    [1, 2, 3, 4].map(() => [text('asdf'), text('qwer'), text('zxcv')]),
    `0xf840${'cf84617364668471776572847a786376'.repeat(4)}`,
  ],
  [
    'longList2',
    Array.from({ length: 32 }, () => [text('asdf'), text('qwer'), text('zxcv')]),
    `0xf90200${'cf84617364668471776572847a786376'.repeat(32)}`,
  ],
  ['bigint', bytesOfNumber(2n ** 256n), `0xa101${'00'.repeat(32)}`],
];

describe('vectors of ethereum/tests', () => {
  test.each(VECTORS)('%s', (_, value, out) => {
    expect(hexOf(encode(value))).toBe(out);
    expect(decode(bytesOf(out) ?? new Uint8Array(0))).toEqual(value);
  });
});

test('writes and reads what @ethereumjs/rlp does', () => {
  fc.assert(
    fc.property(item, (value) => {
      const bytes = encode(value);
      // Their type of lists is not a readonly one.
      expect(bytes).toEqual(RLP.encode(value as Parameters<typeof RLP.encode>[0]));
      expect(decode(bytes)).toEqual(value);
    }),
  );
});

test('lengths of 64 kB and more are written with as many bytes as they need', () => {
  for (const length of [55, 56, 255, 256, 65_535, 65_536, 70_000]) {
    const bytes = new Uint8Array(length).fill(1);
    const [read] = [decode(encode([bytes]))].flat(2);
    expect(Buffer.compare(encode([bytes]), RLP.encode([bytes]))).toBe(0);
    expect(read instanceof Uint8Array && Buffer.compare(read, bytes)).toBe(0);
  }
});

test('what is read is what would have been written: bytes that anybody made are an item, or nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const value = decode(bytes);
      if (value !== undefined) expect(encode(value)).toEqual(bytes);
    }),
    { numRuns: 5_000 },
  );
});

test.each([
  ['nothing', ''],
  ['one byte in the long form', '8100'],
  ['one small byte in the short form', '8179'],
  ['a short length in the long form', 'b801ff'],
  ['a length with a zero in front', `b90038${'11'.repeat(56)}`],
  ['a list with a length that the short form does for', 'f80180'],
  ['something left over', '0100'],
  ['too little', '83646f'],
  ['a list with a part that reaches beyond it', 'c28363'],
  ['a length of 5 bytes', 'bc0100000000'],
  ['a length beyond all', 'bfffffffffffffffff'],
])('%s is not read', (_, hex) => expect(decode(bytesOf(`0x${hex}`) ?? new Uint8Array(0))).toBeUndefined());

test('lists within lists are read so deep and no deeper', () => {
  let nested: Item = [];
  for (let i = 1; i < 16; i++) nested = [nested];
  expect(decode(encode(nested))).toEqual(nested);
  expect(decode(encode([nested]))).toBeUndefined();
  const deep = new Uint8Array(100_000).fill(0xc1);
  expect(decode(deep)).toBeUndefined();
});
