import type { Plan, Protection } from '../plan/index.ts';
import type { Chance } from './chance.ts';
import type { Rate } from './rates.ts';

/**
 * What a plan means once its catalogue is known: numbered events, services and references, and what each journey's modes
 * require of them. Plain data; `interpret.ts` gives it its truth.
 */
export interface Model {
  readonly plan: Plan;
  readonly events: readonly ModelEvent[];
  readonly references: readonly ReferenceNode[];
  /** Everything that the references reach inside the catalogue. */
  readonly offers: readonly Offer[];
  readonly services: readonly ServiceNode[];
  readonly journeys: readonly JourneyNode[];
  /** Whoever alters one of these alters what users see, sign or withdraw: `compromise:NAME`. */
  readonly targets: readonly Target[];
}

export interface ModelEvent {
  readonly id: string;
  readonly kind: 'provider' | 'place' | 'capability' | 'service' | 'maintenance' | 'standby' | 'switch';
  readonly provider: string | null;
  readonly capability: string | null;
  /** `''`, `region` or `region/zone`. */
  readonly scope: string;
  /** The service it belongs to. */
  readonly service: string | null;
  /** Share of time, or the chance that a standby is not ready or a switch fails. Zero: never happens by itself. */
  readonly probability: number;
  /** How often it begins. @unit per year, over all time */
  readonly frequency: number;
  /** Undefined for chances (standby, switch) and for what has no record. */
  readonly rate: Rate | undefined;
  /** How a chance was measured; undefined where it is only stated, and for what has a rate. */
  readonly chance: Chance | undefined;
}

/** What a provider offers at a place, reached by a reference or by an inner need of the catalogue. */
export interface Offer {
  readonly name: string;
  readonly provider: string;
  /** Null for a place. */
  readonly capability: string | null;
  readonly scope: string;
  /** Whether it serves traffic or changes things; a place serves. */
  readonly plane: 'data' | 'control';
  /** Inner needs that carry failure to it, as numbers of offers. */
  readonly needs: readonly number[];
  /** Further ones that carry it where something is being changed. */
  readonly needsInChange: readonly number[];
}

export interface Target {
  readonly id: string;
  readonly handles: readonly string[];
}

/** A reference to what a provider offers, followed through the inner needs of the catalogue. */
export interface ReferenceNode {
  readonly name: string;
  readonly provider: string;
  readonly capability: string | null;
  readonly scope: string;
  readonly kind: string | null;
  /** Where it stands in `offers`. */
  readonly offer: number;
  /** Any of these takes it down. */
  readonly events: readonly number[];
  /** The same where something is changed: inside failover.needs and a pool's growth. */
  readonly eventsInChange: readonly number[];
  readonly protects: ReadonlySet<Protection>;
  /** Whoever holds one of these holds it. */
  readonly targets: readonly number[];
}

export type Node =
  | { readonly kind: 'reference'; readonly reference: number }
  | { readonly kind: 'service'; readonly service: number }
  | { readonly kind: 'all'; readonly parts: readonly Node[] }
  | { readonly kind: 'any'; readonly options: readonly Option[]; readonly failover: FailoverNode | null }
  | {
      readonly kind: 'atLeast';
      readonly atLeast: number;
      readonly of: readonly Node[];
      /** Whether so many have to say the same: then only so many together can lie. */
      readonly quorum: boolean;
    }
  | { readonly kind: 'pool'; readonly service: number; readonly amount: number };

/** One alternative of an any. */
export interface Option {
  readonly node: Node;
  /** Share of full load. */
  readonly carries: number;
  /** The event that it is not ready; undefined when it always is. */
  readonly standby: number | undefined;
}

export interface FailoverNode {
  /** The event that a switch fails; undefined when it never does. */
  readonly switch: number | undefined;
  readonly steering: Node | undefined;
  /** Detect, approve, switch and half of spread. @unit hours */
  readonly gapHours: number;
  readonly times: FailoverTimes;
}

/** How long the steps of a switch take. @unit hours */
export interface FailoverTimes {
  readonly detect: number;
  readonly approve: number;
  readonly switch: number;
  readonly spread: number;
  readonly hold: number;
}

export interface PoolMemberNode {
  readonly node: Node;
  readonly capacity: number;
  readonly grow: number;
  /** @unit hours */
  readonly after: number;
  readonly needs: Node | undefined;
}

export interface ServiceNode {
  readonly name: string;
  readonly offset: number;
  /** Its own event and its maintenance. */
  readonly own: readonly number[];
  /** What it needs besides its redundancy. */
  readonly needs: Node | undefined;
  /** Its any or atLeast. */
  readonly redundancy: Extract<Node, { kind: 'any' | 'atLeast' }> | undefined;
  readonly pool: readonly PoolMemberNode[] | undefined;
  readonly protects: ReadonlySet<Protection>;
  /** Set when it handles something itself. */
  readonly target: number | undefined;
  /**
   * Set when answers are verified by proof, hash or signature: then the verifier can lie. Of chain reads also who is
   * believed for headers: `headers`, and members together where the redundancy is a quorum.
   */
  readonly verifier: number | undefined;
  /** Whose headers proofs of chain reads are held against, where that is one service. It is among its needs. */
  readonly headers: Node | undefined;
  /** The most that a switch loses; undefined without state. @unit hours */
  readonly lagHours: number | undefined;
}

export interface ModeNode {
  readonly name: string;
  readonly offset: number;
  readonly worth: number;
  readonly load: number;
  readonly node: Node;
  readonly need: readonly Protection[];
  readonly missing: 'refuse' | 'serve';
}

export interface JourneyNode {
  readonly name: string;
  readonly offset: number;
  readonly tier: 'core' | 'important' | 'deferrable';
  readonly slo: number | null;
  /** Null when the plan does not say what it costs. Steps of money an hour. */
  readonly loss: readonly { readonly afterHours: number; readonly perHour: number }[] | null;
  readonly usable: number;
  readonly modes: readonly ModeNode[];
  /** How slowly modes are changed. @unit hours */
  readonly ladder: { readonly down: number; readonly up: number };
  /** Coming back in steps; null when it comes back at once. @unit hours */
  readonly reopen: { readonly after: number; readonly step: number } | null;
  /** Work that waits and comes back; null when none does. */
  readonly backlog: { readonly share: number; readonly overHours: number } | null;
}
