import type { IncomingMessage } from 'node:http';
import type { Admission, IdempotencyKeys, RateLimit } from '../../policies/index.ts';
import type { Pools } from '../chain/pools.ts';
import type { Fronts } from '../fronts.ts';
import type { JourneyRules, Route } from '../routes.ts';
import type { Way } from '../targets.ts';
import type { Tokens } from '../sessions/index.ts';
import type { StaticPage } from '../static-pages.ts';
import type { Snapshots } from '../snapshots/index.ts';
import type { Forwarding } from './exchange.ts';
import type { Sockets } from './sockets.ts';

/** What a request asks for, once it is certain that every program reads it alike. */
export interface Understood {
  readonly route: Route;
  /** Without its query, and without escapes. */
  readonly path: string;
  /** As they go on. */
  readonly headers: string[];
  readonly authorization: string | undefined;
  /** Whether it says that it has one. */
  readonly hasBody: boolean;
  /** How long it says that it is; undefined where it comes in chunks, or there is none. @unit bytes */
  readonly bodyBytes: number | undefined;
}

/** An answer to a keyed request, as it is given again. */
export interface KeptReply {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** How a request ended. */
export const OUTCOMES = [
  'answered', // by an upstream
  'snapshot',
  'static',
  'repeated', // an answer kept for its Idempotency-Key
  'refused', // by a rule: mode, session, protection, limits, or not understood
  'failed', // no upstream answered, or only half
  'unknown', // sent, not answered, and must not be sent again
  'left', // its client did not wait
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What is known of a request once it has ended. */
export interface Ended {
  readonly request: IncomingMessage;
  readonly route: Route | undefined;
  /** The number of the journey; -1 where the request is none's. */
  readonly journey: number;
  readonly mode: number;
  readonly outcome: Outcome;
  /** Why it was refused; undefined where it was not. */
  readonly why: string | undefined;
  readonly status: number;
  readonly tookMs: number;
  readonly upstream: string | undefined;
  readonly attempts: number;
  readonly isExposed: boolean;
  /** What it was called on its way, so that its outcome can be looked for; undefined for what only reads. */
  readonly id: string | undefined;
  /** What a pool of nodes was asked; undefined where none was. */
  readonly rpc?: RpcAsked | undefined;
}

/** A request to a pool of nodes of a chain. */
export interface RpcAsked {
  readonly pool: string;
  /** Of its calls, those that are not known as one: of few different ones. */
  readonly methods: () => readonly string[];
  /** Nodes that its answers stand on. */
  readonly nodes: readonly string[];
}

/** Everything that the requests of one gateway stand on. */
export interface GatewayParts {
  readonly routes: readonly Route[];
  readonly journeys: readonly JourneyRules[];
  readonly forwarding: Forwarding;
  /** The time of day, for keys, snapshots and tokens. @unit ms since 1970 */
  readonly wallNow: () => number;
  /** The connections of clients. */
  readonly sockets: Sockets;
  /** By journey, the mode in force; the number of its modes when it is down. */
  readonly modes: Int32Array;
  /** By journey and mode, what checks its tokens; undefined where it needs none. */
  readonly tokens: readonly (readonly (Tokens | undefined)[])[];
  readonly fronts: Fronts;
  readonly admission: Admission;
  readonly clients: RateLimit | undefined;
  readonly keys: IdempotencyKeys<KeptReply>;
  readonly snapshots: Snapshots;
  readonly pages: ReadonlyMap<string, StaticPage>;
  /** Pools of nodes of chains, which answer by themselves. */
  readonly pools: Pools;
  /** The largest body of a request. @unit bytes */
  readonly mostBody: number;
  /** Upstreams that hold state hear how often it has moved: one that hears a higher number than its own no longer writes. */
  readonly epochOf: (way: Way | undefined) => string | undefined;
  /** @unit s, by journey */
  readonly retryAfterS: (journey: number) => number;
  readonly onEnded: (ended: Ended) => void;
  /** Asked once of every request, whatever becomes of it: what a sampled one carries on; undefined for the others. */
  readonly traceOf: (request: IncomingMessage) => string | undefined;
}
