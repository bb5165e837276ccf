import type { AsOf } from './answer-cache.ts';

/** Transactions that are remembered. */
const MOST = 20_000;

/** In which block a transaction was found: one that was mined is not gone because a node says so. */
export class Mined {
  private readonly isCanonical: (number: number, hash: string) => boolean;
  private young = new Map<string, AsOf>();
  private old = new Map<string, AsOf>();

  constructor(isCanonical: (number: number, hash: string) => boolean) {
    this.isCanonical = isCanonical;
  }

  /** Where it is, while that block is of the chain. */
  of(hash: unknown): { readonly blockNumber: number; readonly blockHash: string } | undefined {
    if (typeof hash !== 'string') return undefined;
    const key = hash.toLowerCase();
    const found = this.young.get(key) ?? this.old.get(key);
    return found !== undefined && this.isCanonical(found.number, found.hash)
      ? { blockNumber: found.number, blockHash: found.hash }
      : undefined;
  }

  learn(hash: unknown, block: AsOf): void {
    if (typeof hash !== 'string') return;
    if (this.young.size >= MOST / 2) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(hash.toLowerCase(), block);
  }
}
