/** Nodes at this depth or deeper are not kept: there are too many of them for one to be met again. */
export const CACHED_DEPTHS = 4;

/** What part of the room nodes of each depth have. Under one root there are at most 1, 16, 256 and 4,096 of them. */
const SHARES: readonly number[] = [1 / 256, 1 / 16, 1 / 4, 175 / 256];

interface Kept {
  readonly hash: string;
  readonly text: string;
}

export interface ProofCacheOptions {
  /** How many nodes are kept, of all depths together; each takes at most 1.3 kB. @unit nodes @default 16_384 */
  readonly mostNodes?: number;
}

/**
 * Nodes of a trie that were verified before: the hash of a node, and its hex text. A node that comes again with the same text under the
 * same hash need not be hashed or decoded once more.
 *
 * Only branches are kept that hold nothing but hashes, at most 532 bytes, less than four steps below the root: those that every proof
 * begins with. Each depth has its own room, so that many nodes of the fourth never take the place of the first three, and gives up first
 * what was not used for longest. What is kept was hashed by us: a node that lies fills nothing.
 */
export class ProofCache {
  private readonly depths: readonly Depth[];

  /** @throws RangeError when `mostNodes` is less than 512: not every depth would have room */
  constructor({ mostNodes = 16_384 }: ProofCacheOptions = {}) {
    if (!(Number.isSafeInteger(mostNodes) && mostNodes >= 512))
      throw new RangeError(`Expected room for at least 512 nodes, found ${mostNodes}.`);
    this.depths = SHARES.map((share) => new Depth(Math.floor((mostNodes * share) / 2)));
  }

  /** How many nodes are kept. */
  get size(): number {
    return this.depths.reduce((sum, depth) => sum + depth.size, 0);
  }

  /** Whether the node of this hash has this very text. @param hash 64 digits, without `0x` */
  holds(depth: number, hash: string, text: string): boolean {
    return this.depths[depth]?.holds(hash, text) ?? false;
  }

  /** Keeps a branch whose hash was computed, and that holds only hashes. @param hash 64 digits in lower case, without `0x` */
  keep(depth: number, hash: string, text: string): void {
    this.depths[depth]?.keep({ hash, text });
  }
}

/** Two generations: who is used in the old one moves to the new one, and when that is full the old one goes. */
class Depth {
  private recent = new Map<string, Kept>();
  private old = new Map<string, Kept>();
  private readonly most: number;

  constructor(most: number) {
    this.most = Math.max(1, most);
  }

  get size(): number {
    return this.recent.size + this.old.size;
  }

  holds(hash: string, text: string): boolean {
    const recent = this.recent.get(hash);
    if (recent !== undefined) return recent.text === text;
    const old = this.old.get(hash);
    if (old === undefined || old.text !== text) return false;
    this.old.delete(hash);
    this.keep(old);
    return true;
  }

  keep(kept: Kept): void {
    if (this.recent.size >= this.most && !this.recent.has(kept.hash)) {
      this.old = this.recent;
      this.recent = new Map();
    }
    // The key is a string of its own: a part of a longer one would keep that alive.
    this.recent.set(kept.hash, kept);
  }
}
