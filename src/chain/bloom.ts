import { keccak256 } from './keccak.ts';

/** @unit bytes */
export const BLOOM_BYTES = 256;

/** The part of a log that a bloom tells of. */
export interface Marked {
  readonly address: Uint8Array;
  readonly topics: readonly Uint8Array[];
}

/**
 * The bloom of logs: three of 2,048 bits for each address and each topic. Source: the yellow paper, section 4.4.3.
 */
export function bloomOf(logs: readonly Marked[]): Uint8Array {
  const bloom = new Uint8Array(BLOOM_BYTES);
  for (const { address, topics } of logs) {
    mark(bloom, address);
    for (const topic of topics) mark(bloom, topic);
  }
  return bloom;
}

function mark(bloom: Uint8Array, item: Uint8Array): void {
  for (const bit of bloomBits(item)) bloom[bit >> 3] = (bloom[bit >> 3] ?? 0) | (1 << (bit & 7));
}

/** The three bits of an address or a topic: the place of a byte times 8, and the bit in it. */
export function bloomBits(item: Uint8Array): readonly number[] {
  const hash = keccak256(item);
  return [0, 2, 4].map((i) => {
    const bit = (((hash[i] ?? 0) << 8) | (hash[i + 1] ?? 0)) & 2_047;
    return ((BLOOM_BYTES - 1 - (bit >> 3)) << 3) | (bit & 7);
  });
}

/** Whether a bloom has these bits. */
export function hasBits(bloom: Uint8Array, bits: readonly number[]): boolean {
  return bits.every((bit) => ((bloom[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0);
}

/** Whether what the bloom tells of may have this address or topic. False is certain, true is not. */
export function mayContain(bloom: Uint8Array, item: Uint8Array): boolean {
  return hasBits(bloom, bloomBits(item));
}
