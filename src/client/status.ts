import { poolStatusOf, type ChainPool, type Failure, type NodeRow, type NodeState } from '../pool/index.ts';

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
  readonly state: NodeState;
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

export function statusOf(pool: ChainPool): PoolStatus {
  const { head, safe, finalized, nodes, cache, counts, subscriptions } = poolStatusOf(pool);
  return {
    chain: pool.options.chain,
    head: head === undefined ? undefined : { number: head.number, hash: head.hash, isFresh: head.isFresh },
    safe,
    finalized,
    nodes: nodes.map(nodeStatus),
    kept: { bytes: cache.bytes, hits: cache.hits, misses: cache.misses },
    joined: counts.joined,
    subscriptions: subscriptions.open,
  };
}

function nodeStatus({ node, state, head, failures }: NodeRow): NodeStatus {
  return {
    name: node.name,
    state,
    head: head?.number,
    latencyMs: node.latencyMs === undefined ? undefined : Math.round(node.latencyMs * 10) / 10,
    calls: node.calls,
    failures: Object.fromEntries(failures),
    dissents: node.dissents,
    lastDissent: node.lastDissent,
    lastFailure: node.lastFailure,
    leftToday: Number.isFinite(node.leftToday) ? node.leftToday : undefined,
  };
}
