import { keccak_256 } from '@noble/hashes/sha3.js';
import { hexOf } from './hex.ts';

/** Keccak with 256 bits, as Ethereum has it: with the padding of before SHA-3 was settled. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  return keccak_256(bytes);
}

/** The hash of no bytes: the code of an account without code. */
export const EMPTY_HASH = hexOf(keccak256(new Uint8Array(0)));
/** The root of a trie without entries: the hash of the RLP of no bytes. */
export const EMPTY_ROOT = hexOf(keccak256(Uint8Array.of(0x80)));
/** The hash of the RLP of an empty list: the uncles of a block without uncles. */
export const EMPTY_LIST_HASH = hexOf(keccak256(Uint8Array.of(0xc0)));
