import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keccak256 as viem } from 'viem';
import { hexOf } from './hex.ts';
import { EMPTY_HASH, EMPTY_LIST_HASH, EMPTY_ROOT, keccak256 } from './keccak.ts';

fc.configureGlobal({ seed: 1 });

test('what the yellow paper names', () => {
  expect(EMPTY_HASH).toBe('0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470');
  expect(EMPTY_ROOT).toBe('0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421');
  expect(EMPTY_LIST_HASH).toBe('0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347');
});

test('hashes bytes of any length as viem does', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      expect(hexOf(keccak256(bytes))).toBe(viem(bytes));
    }),
  );
});
