import { keccak_256 } from '@noble/hashes/sha3.js';

/**
 * Whether a bloom filter has the three bits of an item (yellow paper, section 4.3.1, M3:2048). One that lacks them is of a block without the
 * item; one that has them may be.
 *
 * @param bloom 256 bytes in hexadecimal @param item bytes in hexadecimal, in any case
 */
export function mayContain(bloom: string, item: string): boolean {
  const hash = keccak_256(bytesOf(item));
  for (let i = 0; i < 6; i += 2) {
    const bit = (((hash[i] ?? 0) << 8) | (hash[i + 1] ?? 0)) & 2047;
    // Four bits a digit, the lowest last.
    const digit = Number.parseInt(bloom.charAt(513 - (bit >> 2)), 16);
    if (((digit >> (bit & 3)) & 1) === 0) return false;
  }
  return true;
}

function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array((hex.length - 2) >> 1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i + 2, 2 * i + 4), 16);
  return bytes;
}
