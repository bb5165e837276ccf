/** How all that is served stands: what `/status` answers, a contract for programs. Fields are added, never changed or taken away. */

export const STATUS_SCHEMA = 'keelson.serve-status/1';

/** Who serves a plan: what stands before its parts, or what moves users among its edges. */
export type Role = 'gateway' | 'steerer';

/** A moment, in ISO 8601 and UTC. */
export type Moment = string;

export interface Status {
  readonly schema: typeof STATUS_SCHEMA;
  readonly role: Role;
  readonly plan: { readonly name: string; readonly digest: string };
  readonly startedAt: Moment;
  /** When this was so. */
  readonly now: Moment;
  /** Whether the program does its work. */
  readonly live: boolean;
  /** Whether it should be sent requests. */
  readonly ready: boolean;
  readonly journeys: readonly JourneyStatus[];
  readonly services: readonly ServiceStatus[];
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
  | 'steering'
  | 'finding'
  | 'ready';

export interface HistoryEntry {
  readonly at: Moment;
  readonly kind: HistoryKind;
  readonly words: string;
}
