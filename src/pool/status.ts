import type { PoolCounts } from './counts.ts';
import type { NodeHead, PoolNode } from './node.ts';
import type { Failure } from './outcome.ts';
import type { ChainPool } from './pool.ts';

/** What a node is at one moment: of what is true of it, what matters first. */
export const NODE_STATES = [
  'in use',
  /** As good as those in use, and further behind in the order of the plan. */
  'standing by',
  /** Answers too few of its calls. */
  'failing',
  /** Further behind than the pool allows. */
  'lagging',
  /** Has had all calls that the plan allows it today. */
  'used up',
  /** Left alone for a while: it said that it has enough, or cannot be had. */
  'resting',
  /** Contradicted what others agree on or what was proved. */
  'put aside',
  'not answering',
  'of another chain',
  /** A person has taken it out. */
  'drained',
  /** It has not said yet where it is. */
  'not yet heard',
] as const;
export type NodeState = (typeof NODE_STATES)[number];

export interface NodeRow {
  readonly node: PoolNode;
  readonly state: NodeState;
  /** Until when it is put aside or left alone; undefined where that is not the reason. @unit ms since 1970 */
  readonly until: number | undefined;
  readonly head: NodeHead | undefined;
  /** Below 0: ahead of what the pool stands on; undefined where either is not known. @unit blocks */
  readonly behind: number | undefined;
  /** Whether its head is of the chain that the pool stands on, as far as is known. */
  readonly branch: 'same' | 'other' | 'unknown';
  /** Whether it answers reads; else only its headers are believed. */
  readonly isMember: boolean;
  readonly socket: 'open' | 'lost' | 'none';
  readonly socketLosses: number;
  readonly failures: ReadonlyMap<Failure, number>;
}

export interface PoolStatus {
  readonly head:
    | {
        readonly number: number;
        readonly hash: string;
        /** When the pool came to stand on it. @unit ms since 1970 */
        readonly since: number;
        /** Whether enough nodes have said so of late. */
        readonly isFresh: boolean;
        /** No other has come for far longer than blocks take. */
        readonly isStalled: boolean;
      }
    | undefined;
  readonly safe: number | undefined;
  readonly finalized: number | undefined;
  readonly nodes: readonly NodeRow[];
  readonly counts: PoolCounts;
  readonly cache: { readonly hits: number; readonly misses: number; readonly bytes: number };
  readonly subscriptions: { readonly open: number; readonly told: number };
}

/** A head stands still once no other has come for so many block times, and for so long. */
const STALLED_BLOCKS = 20;
const LEAST_STALLED_MS = 30_000;

/** What is to be seen of a pool at this moment. */
export function poolStatusOf(pool: ChainPool): PoolStatus {
  const { heads, cache, subscriptions, counts, options } = pool;
  const inUse = pool.inUse();
  const { nodes, trusted = [], time, blockTimeMs = 12_000 } = options;
  const { block, since } = heads;
  const stalledMs = Math.max(LEAST_STALLED_MS, STALLED_BLOCKS * blockTimeMs);
  return {
    head:
      block === undefined
        ? undefined
        : {
            number: block.number,
            hash: block.hash,
            since,
            isFresh: heads.isFresh,
            isStalled: time.now() - since > stalledMs,
          },
    safe: heads.safe,
    finalized: heads.finalized,
    nodes: [...new Set([...nodes, ...trusted])].map((node) => rowOf(pool, node, inUse)),
    counts,
    cache: { hits: cache.hits, misses: cache.misses, bytes: cache.bytes },
    subscriptions: { open: subscriptions.size, told: subscriptions.told },
  };
}

function rowOf({ heads, options, events }: ChainPool, node: PoolNode, inUse: ReadonlySet<PoolNode>): NodeRow {
  const isMember = options.nodes.includes(node);
  const state = stateOf(node, isMember && !inUse.has(node), heads.asks(node));
  const { head } = node;
  const socket = events.find((one) => one.node === node);
  return {
    node,
    state,
    until: state === 'put aside' ? node.asideTill : state === 'resting' ? node.rest?.until : undefined,
    head,
    behind: head === undefined || heads.block === undefined ? undefined : heads.block.number - head.number,
    branch: head === undefined ? 'unknown' : branchOf(heads, head),
    isMember,
    socket: node.link.openSocket === undefined ? 'none' : socket?.isOpen === true ? 'open' : 'lost',
    socketLosses: socket?.losses ?? 0,
    failures: node.failures,
  };
}

function stateOf(node: PoolNode, isSpare: boolean, isAskedForHead: boolean): NodeState {
  if (node.isDrained) return 'drained';
  if (node.isForeign) return 'of another chain';
  if (node.missedPolls > 0) return 'not answering';
  if (node.isAside) return 'put aside';
  if (node.isResting) return 'resting';
  if (node.leftToday <= 0) return 'used up';
  if (node.isLagging) return 'lagging';
  if (!node.isUsable) return 'failing';
  if (isAskedForHead && node.head === undefined) return 'not yet heard';
  return isSpare ? 'standing by' : 'in use';
}

function branchOf(heads: ChainPool['heads'], head: NodeHead): NodeRow['branch'] {
  if (heads.isOfOther(head)) return 'other';
  // One that is a block ahead says what is before it.
  const known = heads.at(head.number) ?? heads.at(head.number - 1);
  return known === undefined ? 'unknown' : 'same';
}
