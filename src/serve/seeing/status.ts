/** How all that is served stands: what `/status` answers, a contract for programs. Fields are added, never changed or taken away. */

import type { NodeState } from '../../pool/index.ts';

export const STATUS_SCHEMA = 'keelson.serve-status/1';

/** Who serves a plan: what stands before its parts, or what moves users among its edges. */
export type Role = 'gateway' | 'steerer';

/** A moment, in ISO 8601 and UTC. */
export type Moment = string;

export interface Status {
  readonly schema: typeof STATUS_SCHEMA;
  readonly role: Role;
  /** How many times as fast as the system's clock it decides: a drill. @default 1 */
  readonly speed?: number;
  /** How many addresses of the plan are reached elsewhere in this run. @default 0 */
  readonly via?: number;
  /** The one in force. */
  readonly plan: { readonly name: string; readonly digest: string };
  /** The last that was offered, where it is not in force. */
  readonly offered: OfferedPlan | null;
  readonly startedAt: Moment;
  /** When this was so. */
  readonly now: Moment;
  /** Whether the program does its work. */
  readonly live: boolean;
  /** Whether it should be sent requests. */
  readonly ready: boolean;
  readonly journeys: readonly JourneyStatus[];
  readonly services: readonly ServiceStatus[];
  /** Services that are a pool of nodes of a chain; none where a steerer is asked. */
  readonly pools: readonly PoolStatus[];
  readonly findings: readonly Finding[];
  /** The latest last. */
  readonly history: readonly HistoryEntry[];
}

export interface JourneyStatus {
  readonly name: string;
  readonly tier: 'core' | 'important' | 'deferrable';
  /** One of `modes`; null when it is down. */
  readonly mode: string | null;
  /** The ladder, best first. */
  readonly modes: readonly string[];
  /** The share of requests that can be answered, 0 to 1. */
  readonly level: number;
  readonly since: Moment;
  /** Why it is not in its first mode, a sentence each. */
  readonly why: readonly string[];
  readonly held: HeldLever | null;
  /** Protections that it should have and is served without. */
  readonly exposed: readonly string[];
  /** Since the start. */
  readonly requests: { readonly served: number; readonly refused: number; readonly failed: number };
}

/** A mode that a person has set. */
export interface HeldLever {
  readonly mode: string;
  /** Whether it stays in that mode whatever works; else that is the best it may be in. */
  readonly pinned: boolean;
  readonly reason: string;
  readonly by: string;
  /** Null when it has no end. */
  readonly until: Moment | null;
}

export interface ServiceStatus {
  readonly name: string;
  readonly kind: 'front' | 'any' | 'at-least' | 'pool' | 'single';
  /** The alternative in use; null when none is, or when all are. */
  readonly inUse: string | null;
  /** Since when that is in use; since the start, where nothing was moved. */
  readonly since: Moment;
  readonly waiting: Waiting | null;
  /** In order of preference. */
  readonly alternatives: readonly AlternativeStatus[];
  /** Of a front: whether it could be moved now. */
  readonly steering: SteeringStatus | null;
}

/** What has to happen before the switch that is due is made. */
export interface Waiting {
  /** `approval` waits for a person. */
  readonly kind: 'approval' | 'steering' | 'switching' | 'detecting' | 'holding';
  readonly since: Moment;
  readonly words: string;
}

export interface AlternativeStatus {
  readonly name: string;
  readonly url: string | null;
  /** The share of requests it answers, 0 to 1. */
  readonly level: number;
  /** The last probe; null before the first. */
  readonly probe: {
    readonly ok: boolean;
    readonly at: Moment;
    readonly ms: number;
    readonly why: string | null;
  } | null;
  /** What real requests show; null when there are too few. */
  readonly traffic: { readonly level: number; readonly requests: number } | null;
  readonly protections: readonly string[];
  /** Requests that it has been sent and has not answered, and WebSockets that are open. */
  readonly inFlight: number;
  /** What `drain` calls the part that it is; null where requests are not sent to it. */
  readonly part: string | null;
  /** Whether a person has taken it out of use. */
  readonly drained: boolean;
}

export interface SteeringStatus {
  readonly ok: boolean;
  /** Why it could not be moved; null when it could. */
  readonly why: string | null;
  /** The alternative that users are told to use now; null when that is not known. */
  readonly inForce: string | null;
  readonly checkedAt: Moment | null;
}

/** A pool of nodes of one chain: what it stands on, and how each node does. */
export interface PoolStatus {
  /** Of its service. */
  readonly name: string;
  /** `eth_chainId`. */
  readonly chain: number;
  readonly verify: 'none' | 'quorum' | 'proof';
  /** How many members must say the same. */
  readonly votes: number;
  /** Whose headers are believed; null where those are on which its members agree. */
  readonly trusted: readonly string[] | null;
  /** The newest block on which enough agree; null before the first. */
  readonly head: PoolHead | null;
  readonly safe: number | null;
  readonly finalized: number | null;
  /** In the order of the plan; then those that are only believed for their headers. */
  readonly nodes: readonly PoolNodeStatus[];
  /** Calls since the start, by where their answers came from. */
  readonly reads: {
    /** From nodes; those that `joined` what was asked already among them. */
    readonly answered: number;
    readonly kept: number;
    readonly joined: number;
    /** By the pool itself. */
    readonly own: number;
    readonly refused: number;
    readonly failed: number;
  };
  /** Transactions since the start, by what came of sending them. */
  readonly sends: {
    readonly sent: number;
    readonly refused: number;
    readonly unknown: number;
    readonly nobody: number;
    readonly unreadable: number;
  };
  /** How often blocks gave way to others, and how many at most. @unit blocks of `deepest` */
  readonly reorganisations: { readonly count: number; readonly deepest: number };
  /** Open at this moment, filters that are polled among them. */
  readonly subscriptions: number;
  /** What kept answers take. */
  readonly cacheBytes: number;
}

export interface PoolHead {
  readonly number: number;
  readonly hash: string;
  /** When the pool came to stand on it. */
  readonly since: Moment;
  readonly ageSeconds: number;
  /** Whether enough nodes have said so of late. */
  readonly isFresh: boolean;
  /** Whether no other has come for far longer than blocks take. */
  readonly isStalled: boolean;
}

export interface PoolNodeStatus {
  readonly name: string;
  readonly state: NodeState;
  /** Until when it is put aside or left alone; null where it is not. */
  readonly until: Moment | null;
  /** What it answers to `eth_chainId`; null before it has. */
  readonly chain: number | null;
  /** False: it answers no reads, and is believed for its headers. */
  readonly isMember: boolean;
  /** What it said last; null before it has, and where it is not asked for it. */
  readonly head: { readonly number: number; readonly hash: string; readonly at: Moment } | null;
  /** Below 0: ahead of the pool; null where it is not known. @unit blocks */
  readonly behind: number | null;
  /** Whether its head is of the chain that the pool stands on. */
  readonly branch: 'same' | 'other' | 'unknown';
  /** The share of calls it answers, 0 to 1. */
  readonly level: number;
  /** How long an answer usually takes; null before the first. */
  readonly latencyMs: number | null;
  /** Since the start; `requests` by HTTP, of which one may hold several calls. */
  readonly calls: number;
  readonly requests: number;
  /** Calls that it may still have today; null where the plan sets no bound. */
  readonly budgetLeft: number | null;
  /** By kind, since the start. */
  readonly failures: Readonly<Record<string, number>>;
  readonly lastFailure: { readonly at: Moment; readonly method: string; readonly why: string } | null;
  /** How often it contradicted what others agree on or what was proved. */
  readonly dissents: number;
  readonly lastDissent: { readonly at: Moment; readonly method: string; readonly why: string } | null;
  /** Its WebSocket, which says at once that something has happened. */
  readonly socket: 'open' | 'lost' | 'none';
}

/** A plan that was offered and is not in force. */
export interface OfferedPlan {
  readonly digest: string;
  readonly state: 'checking' | 'trying' | 'refused' | 'held-back' | 'taken-back' | 'put-off';
  readonly at: Moment;
  /** Why, each in one sentence. */
  readonly why: readonly string[];
}

export interface Finding {
  readonly severity: 'error' | 'warning' | 'note';
  readonly code: string;
  readonly message: string;
}

export type HistoryKind =
  | 'plan'
  | 'mode'
  | 'lever'
  | 'exposed'
  | 'service'
  | 'waiting'
  | 'probe'
  | 'pool'
  | 'steering'
  | 'finding'
  | 'ready';

export interface HistoryEntry {
  readonly at: Moment;
  readonly kind: HistoryKind;
  readonly words: string;
}
