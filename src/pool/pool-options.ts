import type { Call } from '../chain/index.ts';
import type { Time } from '../time.ts';
import type { Block } from './block.ts';
import type { PoolNode } from './node.ts';
import type { Preference } from './order.ts';
import type { PoolAnswer } from './pool-answer.ts';
import type { MakeProver } from './read-prover.ts';

export interface PoolOptions {
  readonly name: string;
  /** `eth_chainId`. */
  readonly chain: number;
  readonly nodes: readonly PoolNode[];
  readonly preference: Preference;
  readonly verify: 'none' | 'quorum' | 'proof';
  /** Makes what proves reads; wanted where `verify` is `proof`. */
  readonly prover?: MakeProver;
  /** How many must say the same; of what is verified by nothing, 1. */
  readonly votes: number;
  /** Whose headers are believed, where not those on which `votes` agree; they need not be among `nodes`. */
  readonly trusted?: readonly PoolNode[];
  /** What becomes of reads that nothing proves, with `proof`. @default refuse */
  readonly unproved?: 'quorum' | 'trusted' | 'refuse';
  /** @unit ms @default 12_000 */
  readonly blockTimeMs?: number;
  /** Blocks that a node may be behind and still be asked for what it has. @default 3 */
  readonly lag?: number;
  /** Methods that are offered although they are not unless asked for. */
  readonly allow?: ReadonlySet<string>;
  readonly refuse?: ReadonlySet<string>;
  /** The widest range of blocks for logs. @default 10_000 */
  readonly mostLogBlocks?: number;
  /** What kept answers may take. @unit bytes @default 64 MB */
  readonly cacheBytes?: number;
  readonly time: Time;
  /** Gives numbers in [0, 1). */
  readonly draw: () => number;
  /** A new identifier as hex that nobody can guess, for filters. */
  readonly newId: () => string;
  readonly listener?: PoolListener;
  /**
   * Whether nobody has wanted anything of late: then nodes are not asked for their heads either, and blocks that nobody followed are not
   * gone through afterwards. @default never
   */
  readonly isIdle?: () => boolean;
}

/** What a pool tells whoever counts and writes it down. */
export interface PoolListener {
  onAnswered?(call: Call, answer: PoolAnswer): void;
  /** A node said what cannot be, or what the others contradict. */
  onDissent?(node: PoolNode, method: string, why: string): void;
  onMoved?(removed: readonly Block[], added: readonly Block[]): void;
}

export interface CallContext {
  /** The whole request as it came, where it is this one call. */
  readonly body?: string | Uint8Array;
  /** The block that stands for `latest`; undefined: the head. */
  readonly pin?: number;
}
