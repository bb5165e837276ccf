/**
 * What a fault is, for those who write one: a description that is told to people and programs, and what it does to bytes, to requests of
 * HTTP or to queries of DNS. One fault a file; all of them stand in catalogue.ts.
 */

import type { Duplex, Readable } from 'node:stream';
import type { Random } from '../random.ts';
import type { Time } from '../time.ts';
import type { DnsQuery } from './dns/query.ts';

/** Upstream: from the client to the server. Downstream: back. */
export type Direction = 'upstream' | 'downstream';

/** What an attribute may be. Without a default it must be given; a default of null is told as "none" and stays null. */
export type Attribute =
  | {
      readonly kind: 'number';
      readonly summary: string;
      /** ms, KB/s, bytes, … */
      readonly unit?: string;
      readonly default?: number | null;
      readonly least: number;
      readonly most: number;
      /** Whole unless said otherwise. @default false */
      readonly hasDecimals?: boolean;
    }
  | {
      readonly kind: 'text';
      readonly summary: string;
      readonly default?: string | null;
      /** @unit characters */
      readonly longest: number;
      readonly oneOf?: readonly string[];
    }
  | { readonly kind: 'boolean'; readonly summary: string; readonly default: boolean }
  /** Names with a text each, as headers are. */
  | {
      readonly kind: 'texts';
      readonly summary: string;
      readonly default?: Readonly<Record<string, string>> | null;
      readonly mostEntries: number;
      /** @unit characters */
      readonly longest: number;
    }
  /** A list of texts. */
  | {
      readonly kind: 'list';
      readonly summary: string;
      readonly default?: readonly string[] | null;
      readonly mostEntries: number;
      /** @unit characters */
      readonly longest: number;
    }
  /** Any value of JSON. */
  | {
      readonly kind: 'json';
      readonly summary: string;
      readonly default?: null;
      /** As text. @unit characters */
      readonly longest: number;
    };

export type Attributes = Readonly<Record<string, Attribute>>;

type Given<A extends Attribute> = A extends { kind: 'number' }
  ? number
  : A extends { kind: 'text' }
    ? string
    : A extends { kind: 'boolean' }
      ? boolean
      : A extends { kind: 'texts' }
        ? Readonly<Record<string, string>>
        : A extends { kind: 'list' }
          ? readonly string[]
          : unknown;

/** The values that a description reads: `null` only where that is the default. */
export type ValuesOf<S extends Attributes> = {
  readonly [K in keyof S]: Given<S[K]> | (S[K] extends { default: null } ? null : never);
};

interface Described<S extends Attributes> {
  /** As it is set by: `latency`, `http_status`. */
  readonly type: string;
  /** One sentence, for --list and the page. */
  readonly summary: string;
  readonly attributes: S;
  /** What no attribute's range can say. @returns a sentence a mistake: "Expected …, found …." */
  judge?(values: ValuesOf<S>): readonly string[];
}

// Faults of different attributes stand in one list: what takes their values is a method, so that one fits the general description.

export interface StreamFault<S extends Attributes = Attributes> extends Described<S> {
  readonly layer: 'stream';
  /** What may wait in front of it, so that delay does not bound the rate. @unit bytes @default 65_536 */
  readonly bufferBytes?: number;
  /** Once for each connection and direction that it strikes: what it remembers outlives a change of its attributes. */
  make(context: StageContext): Stage<ValuesOf<S>>;
}

/** Of the proxy as a whole: what listens. Its front acts on it while it is active (Front.onToxic). */
export interface ListenerFault<S extends Attributes = Attributes> extends Described<S> {
  readonly layer: 'listener';
}

export interface HttpFault<S extends Attributes = Attributes> extends Described<S> {
  readonly layer: 'http';
  /** Once when it is set, and anew when it is changed. */
  make(values: ValuesOf<S>, context: HookContext): HttpHook;
}

export interface DnsFault<S extends Attributes = Attributes> extends Described<S> {
  readonly layer: 'dns';
  /** Once when it is set, and anew when it is changed. */
  make(values: ValuesOf<S>, context: HookContext): DnsHook;
}

export interface TlsFault<S extends Attributes = Attributes> extends Described<S> {
  readonly layer: 'tls';
  make(values: ValuesOf<S>): Handshake;
}

/** What becomes of a handshake of TLS. */
export type Handshake =
  /** @param timeoutMs until it is closed; 0: never */
  | { readonly kind: 'stall'; readonly timeoutMs: number }
  /** For other names than those that are asked for, or out of date for so long. */
  | { readonly kind: 'certificate'; readonly names?: readonly string[]; readonly expiredMs?: number };

export type Fault = ListenerFault | StreamFault | HttpFault | DnsFault | TlsFault;
export type FaultLayer = Fault['layer'];

// Keeps the types of the attributes while it is written: `export const latency = streamFault({ … })`.

export function streamFault<const S extends Attributes>(fault: StreamFault<S>): StreamFault<S> {
  return fault;
}

export function listenerFault<const S extends Attributes>(fault: ListenerFault<S>): ListenerFault<S> {
  return fault;
}

export function httpFault<const S extends Attributes>(fault: HttpFault<S>): HttpFault<S> {
  return fault;
}

export function dnsFault<const S extends Attributes>(fault: DnsFault<S>): DnsFault<S> {
  return fault;
}

export function tlsFault<const S extends Attributes>(fault: TlsFault<S>): TlsFault<S> {
  return fault;
}

// Of streams.

export interface StageContext {
  readonly time: Time;
  /** Of this proxy, toxic and connection: the same for the n-th connection whatever else happens. */
  readonly random: Random;
}

/** One fault on one direction of one connection. */
export interface Stage<V> {
  /**
   * Takes from the flow and hands on, until the flow says `stop` (the toxic was changed or removed: hand on what is held and return) or it
   * has ended or cut the flow itself. It is called again, with the new values, after a change.
   */
  pipe(flow: Flow, values: V): Promise<void>;
  /** What removing the toxic does to the connection: what was dropped cannot be had back. @default 'keep' */
  readonly onRemoval?: 'keep' | 'cut';
}

export interface Piece {
  readonly bytes: Buffer;
  /** When it came in from the socket. @unit ms since 1970 */
  readonly at: number;
}

export interface Flow {
  /** The next bytes; `end` when the sender has ended. */
  read(): Promise<Piece | 'end' | 'stop'>;
  /** Resolves when there is room for more, or at once when it is to stop. */
  write(piece: Piece): Promise<void>;
  /** @returns false when it is to stop, or the connection is gone */
  sleep(ms: number): Promise<boolean>;
  /** Hands the end on: the other direction goes on. */
  end(): void;
  /** Closes both sides of the connection, once what was handed on is sent. */
  cut(): void;
  /** Resets both sides of the connection: RST. */
  reset(): void;
  /** Counts that this connection was changed by the toxic; once, however often it is called. */
  touch(): void;
}

// Of requests.

export interface HookContext {
  readonly time: Time;
  /** The stream that the toxic was set on: of requests, or of answers. */
  readonly stream: Direction;
}

/** One request or query that a toxic strikes: its toxicity was drawn, it matches, and the schedule is on. */
export interface Occasion {
  /** From 0, by proxy. */
  readonly number: number;
  /** Of this proxy, toxic and number: the same for the n-th whatever else happens. */
  readonly random: Random;
  /** Aborted when the client has gone or has ended what it sends, or the proxy is stopped: nothing waits longer than that. */
  readonly signal: AbortSignal;
  /** Counts that it was changed by the toxic; once, however often it is called. */
  touch(): void;
}

export interface HttpOccasion extends Occasion {
  /** Has a client send its body that waits to be told so (100 Continue): before a fault reads it. */
  invite(): void;
}

export interface HttpRequest {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly target: string;
  /** Names and values by turns, as they were sent. */
  readonly rawHeaders: readonly string[];
  /** A stream is read once; a Buffer is sent with its own length. */
  readonly body: Readable | Buffer;
  /** Names and values by turns, once the body has ended; not sent where the body has been replaced. @default none */
  readonly trailers?: () => readonly string[];
}

export interface HttpAnswer {
  readonly status: number;
  /** The server's own words; Node's where they are left out. */
  readonly reason?: string;
  readonly rawHeaders: readonly string[];
  readonly body: Readable | Buffer;
  /** As of a request. */
  readonly trailers?: () => readonly string[];
  /** What is spoken after an answer that switches protocols. Whoever leaves it out destroys it. */
  readonly tunnel?: Duplex;
}

/** A fault of requests, around what comes after it: other faults in the order they were set, and then the upstream. */
export interface HttpHook {
  /**
   * Calls `next` to ask what is behind, with the request or another one, or does not; and gives that answer, or another. One answer is read
   * to its end before the next is asked for. Throws a Cut (http/cut.ts) to have the connection closed without an answer.
   */
  handle(
    request: HttpRequest,
    next: (request: HttpRequest) => Promise<HttpAnswer>,
    occasion: HttpOccasion,
  ): Promise<HttpAnswer>;
  /** The toxic was removed or changed. */
  close?(): void;
}

/** A fault of name servers, around what comes after it: other faults in the order they were set, and then the upstream. */
export interface DnsHook {
  /** @returns the answer as it is on UDP, `next`'s or another one; undefined for none */
  handle(
    query: DnsQuery,
    next: () => Promise<Uint8Array | undefined>,
    occasion: Occasion,
  ): Promise<Uint8Array | undefined>;
  /** The toxic was removed or changed. */
  close?(): void;
}

// As it is set.

export interface ToxicSettings {
  /** @default TYPE_STREAM, as `latency_downstream` */
  readonly name: string;
  readonly type: string;
  readonly stream: Direction;
  /** Share of connections, requests or queries that it strikes. @unit 0 to 1 @default 1 */
  readonly toxicity: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly match?: Match;
  readonly schedule?: Schedule;
}

/** Which requests or queries; all that is given must fit. Path, methods and header are of faults of HTTP alone, name and types of DNS. */
export interface Match {
  /** A path without its query: `*` stands for one segment, `**` for any number of them. */
  readonly path?: string;
  readonly methods?: readonly string[];
  /** One that has it, with this value if that is given. Names in any case. */
  readonly header?: { readonly name: string; readonly value?: string };
  /** A domain name in any case: itself, or with `*.` before it whatever lies below it. */
  readonly name?: string;
  /** Such as A, AAAA, CNAME, MX; one without a name here by its number, as TYPE65. */
  readonly types?: readonly string[];
}

/** When; all that is given must be so. Counted from when the toxic was set or its schedule changed. */
export interface Schedule {
  /** @unit ms @default 0 */
  readonly after?: number;
  /** How long, from then. @unit ms @default for ever */
  readonly for?: number;
  /** @unit ms since 1970 @default never */
  readonly until?: number;
  /** The first so many connections, requests or queries that would be struck. @default all */
  readonly first?: number;
  /** A period of flapping. @unit ms */
  readonly every?: number;
  /** The first part of each period, in which it is on. @unit ms @default half of the period */
  readonly on?: number;
}

/** A toxic as it is in force on a proxy: what those ask that speak HTTP or DNS. */
export interface ToxicInForce {
  readonly settings: ToxicSettings;
  readonly fault: Fault;
  /** Of faults of HTTP and DNS, what `make` gave. */
  readonly hook: HttpHook | DnsHook | undefined;
  /** By its schedule. */
  readonly isActive: boolean;
  /** Whether it strikes the n-th connection, request or query, which matches: schedule and toxicity. Ask once for each: it counts. */
  strikes(number: number): boolean;
  /** What an occasion draws from. */
  random(number: number): Random;
  /** Counts one that it has changed. */
  countChanged(): void;
}

/**
 * What listens for a proxy and speaks its protocol. Made by protocols.ts; it is started and stopped as often as the proxy is enabled and
 * disabled, and leaves nothing behind when it is stopped.
 */
export interface Front {
  /** @returns where it listens: HOST:PORT. Rejects with what the system says, such as EADDRINUSE. */
  start(): Promise<string>;
  /** Refuses what comes, cuts what is open. */
  stop(): Promise<void>;
  /**
   * One was set, changed or removed, or its schedule went on or off. Who sets or removes one waits for what is returned: then it is in force.
   */
  onToxic?(
    change: 'set' | 'changed' | 'removed' | 'on' | 'off',
    toxic: ToxicInForce,
  ): Promise<void> | undefined | void;
}

/** What a front is given. */
export interface FrontContext {
  /** The proxy's. */
  readonly name: string;
  /** Where to listen; port 0: the system gives one. */
  readonly listen: HostPort;
  readonly upstream: HostPort;
  readonly time: Time;
  /** In force, in the order they were set; also those that are off by their schedule. */
  readonly toxics: () => readonly ToxicInForce[];
  readonly counts: Counts;
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Since the proxy was made; fronts count up. */
export interface Counts {
  accepted: number;
  open: number;
  /** The upstream could not be reached. */
  failed: number;
  /** Requests of HTTP or queries of DNS. The next one's number. */
  requests: number;
  /** @unit bytes */
  upstreamBytes: number;
  /** @unit bytes */
  downstreamBytes: number;
}
