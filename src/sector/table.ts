/**
 * Many platforms and the providers under them, in the one form that every question on a sector is asked of: for each platform, the
 * minimal sets of providers whose loss together takes it down. A need with alternatives is one such set: those who offer it.
 */
export interface SectorTable {
  readonly name: string;
  readonly title: string;
  /** The day of the data: ISO 8601. */
  readonly asOf: string;
  /** What one platform is, for people: `platforms`, `chains`, `validators`, `nodes`. */
  readonly unit: string;
  /** What a weight is, where it is no count: `stake`. @default weights count platforms */
  readonly weighedBy?: string;
  /** Of plans: a platform is down when any journey of its highest tier is, any at all, or the one that was named. @default when it loses a need */
  readonly down?: 'tier' | 'any' | 'journey';
  /** Where it is from, under which licence, and what it does not say. */
  readonly source: string;
  readonly licence: string;
  readonly limits: readonly string[];
  readonly platforms: readonly SectorPlatform[];
  readonly providers: readonly SectorProvider[];
}

export interface SectorPlatform {
  readonly name: string;
  readonly kind: string;
  /** How much one of them counts; 1 where platforms are counted. Positive. */
  readonly weight: number;
  /** How many alike platforms it stands for, each with this weight and failing with the others. @default 1 */
  readonly count?: number;
  /** None of them holds another; none: nothing that is known takes it down. */
  readonly ways: readonly Way[];
  /** The same with what its providers stand on, where that is known of this platform alone, as of a plan; then nobody's `standsOn` is followed. */
  readonly waysWithin?: readonly Way[];
  /** Ways of more providers than this may be missing, as there were too many. @default all are there */
  readonly knownOrder?: number;
  /** Where ways may be missing: whether it is down when these providers fail, as the plan itself says. A table that is kept has it not. */
  readonly isDown?: (lost: ReadonlySet<string>) => boolean;
  /** Of a plan: the journeys any of which has it down. */
  readonly journeys?: readonly string[];
  /** Providers that it uses in any way, also where their loss alone does no harm. */
  readonly uses: readonly string[];
  /** What it needs, as it was said, also where providers alone cannot take it away. What is asked of single needs is asked of these. */
  readonly needs?: readonly SectorNeed[];
}

export interface SectorNeed {
  /** `dns`, `cdn`, `certificates`, `rpc`. */
  readonly need: string;
  /** The alternatives, each once. None: the platform does it itself. */
  readonly providers: readonly string[];
  /** The platform itself is an alternative: the loss of providers never takes the need away. @default not */
  readonly hasOwn?: true;
  /** Those whose loss alone takes it away, where that is known, as of a plan. @default the only alternative, where there is one */
  readonly critical?: readonly string[];
}

export interface Way {
  /** What is lost: `dns`, `cdn`, `certificates`, `rpc`, or a journey of a plan. */
  readonly need: string;
  /** Lost together, they take the platform down. Each once, at least one. */
  readonly providers: readonly string[];
}

export interface SectorProvider {
  readonly name: string;
  readonly title: string;
  /** The chance that it is down at a moment; null when nobody knows. */
  readonly probability: number | null;
  /** How often it goes down; undefined when only the chance is known. @unit per year */
  readonly ratePerYear?: number;
  /** Where the chance is from: the catalogue, an assumption. */
  readonly basis: string;
  /** Providers that it stands on itself: it is down when one of these needs is lost, each an `any` of providers. */
  readonly standsOn: readonly (readonly string[])[];
  /** It sends on to nodes of others and is no second source. @default not */
  readonly isRouter?: true;
  /** What it is in the catalogue: a provider, a capability or a place, several when it is down as soon as one of them is. */
  readonly catalog?: readonly string[];
}
