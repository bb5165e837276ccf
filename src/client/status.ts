import type { ChainPool, Failure, PoolNode } from '../pool/index.ts';

/** How a pool stands, as plain data. */
export interface PoolStatus {
  readonly chain: number;
  /** The block on which enough nodes agree; undefined before there is one. */
  readonly head:
    | {
        readonly number: number;
        readonly hash: string;
        /** Whether enough nodes have confirmed it of late. */
        readonly isFresh: boolean;
      }
    | undefined;
  readonly safe: number | undefined;
  readonly finalized: number | undefined;
  readonly nodes: readonly NodeStatus[];
  readonly kept: {
    /** @unit bytes */
    readonly bytes: number;
    readonly hits: number;
    readonly misses: number;
  };
  /** Calls that waited for an equal one's answer. */
  readonly joined: number;
  readonly subscriptions: number;
}

export interface NodeStatus {
  readonly name: string;
  /**
   * `good`; `behind`: further than `lag`; `lied`: put aside, because it contradicted the others or what was proved; `resting`: it said that it
   * has had enough; `silent`: its head is not to be had; `failing`: too much of what it is asked comes to nothing; `foreign`: of another
   * chain; `unknown`: nothing has been heard of it.
   */
  readonly state: 'good' | 'behind' | 'lied' | 'resting' | 'silent' | 'failing' | 'foreign' | 'unknown';
  /** The newest block that it has told of. */
  readonly head: number | undefined;
  /** How long an answer usually takes. @unit ms */
  readonly latencyMs: number | undefined;
  readonly calls: number;
  /** Answers that did not come, by why. */
  readonly failures: Readonly<Partial<Record<Failure, number>>>;
  /** How often it contradicted the others, or what was proved. */
  readonly dissents: number;
  /** @unit `at`: ms since 1970 */
  readonly lastDissent: { readonly method: string; readonly why: string; readonly at: number } | undefined;
  readonly lastFailure: { readonly method: string; readonly why: Failure; readonly at: number } | undefined;
  /** Calls that its budget still allows today; undefined where it has no such bound. */
  readonly leftToday: number | undefined;
}

export function statusOf(pool: ChainPool, nodes: readonly PoolNode[]): PoolStatus {
  const { heads, cache, options } = pool;
  const { block } = heads;
  return {
    chain: options.chain,
    head:
      block === undefined ? undefined : { number: block.number, hash: block.hash, isFresh: heads.isFresh },
    safe: heads.safe,
    finalized: heads.finalized,
    nodes: nodes.map(nodeStatus),
    kept: { bytes: cache.bytes, hits: cache.hits, misses: cache.misses },
    joined: pool.counts.joined,
    subscriptions: pool.subscriptions.size,
  };
}

function nodeStatus(node: PoolNode): NodeStatus {
  return {
    name: node.name,
    state: stateOf(node),
    head: node.head?.number,
    latencyMs: node.latencyMs,
    calls: node.calls,
    failures: Object.fromEntries(node.failures),
    dissents: node.dissents,
    lastDissent: node.lastDissent,
    lastFailure: node.lastFailure,
    leftToday: Number.isFinite(node.leftToday) ? node.leftToday : undefined,
  };
}

function stateOf(node: PoolNode): NodeStatus['state'] {
  if (node.isForeign) return 'foreign';
  if (node.isAside) return 'lied';
  if (node.isResting) return node.rest?.why === 'silent' ? 'silent' : 'resting';
  if (node.missedPolls > 0) return 'silent';
  if (node.isLagging) return 'behind';
  if (!node.isUsable) return 'failing';
  return node.head === undefined ? 'unknown' : 'good';
}
