import type { BreachKind, Drill, FailsAs, FaultResult, JourneyResult } from '../result.ts';

/**
 * What drills have shown, kept over many of them: the contract `keelson.drill-evidence/1`. Plain data, JSON as it is; fields are only ever
 * added. `assess` reads it back.
 */
export interface DrillEvidence {
  readonly schema: 'keelson.drill-evidence/1';
  /** In the order in which they were begun. */
  readonly runs: readonly Run[];
  /** What runs have found wrong, and what became of it; follows from the runs alone. Open ones first. */
  readonly findings: readonly Finding[];
}

export type Environment = Drill['environment'];

/** One drill. */
export interface Run {
  /** A digest of everything else here: the same run counts once, and one that was altered is refused. */
  readonly id: string;
  readonly plan: { readonly name: string; readonly digest: string | null; readonly asOf: string };
  readonly environment: Environment;
  readonly versions: Drill['versions'];
  readonly speed: number;
  readonly startedAt: string;
  readonly endedAt: string;
  /** @unit ms */
  readonly toleranceMs: number;
  readonly outcome: Drill['outcome'];
  readonly faults: readonly DrilledFault[];
  readonly switches: readonly SwitchTrials[];
  readonly standbys: readonly StandbyTrials[];
  readonly blame: readonly Found[];
  /** By path (`edge`, `edge.any[2]`, `trade.modes.full`), a digest of what the plan said there: tells whether a part was changed. */
  readonly parts: Readonly<Record<string, string>>;
}

export interface DrilledFault {
  readonly name: string;
  readonly kind: FaultResult['kind'];
  readonly as: FailsAs;
  /** Other names that came to the same. */
  readonly same: readonly string[];
  readonly injectedAt: string;
  readonly restoredAt: string;
  readonly outcome: FaultResult['outcome'];
  readonly journeys: readonly { readonly name: string; readonly outcome: JourneyResult['outcome'] }[];
  /** Services that were not switched as predicted, or were where nothing was. */
  readonly misswitched: readonly string[];
}

/** Switches of a service that were to be made, and those that were, in time. */
export interface SwitchTrials {
  readonly service: string;
  readonly made: number;
  readonly tried: number;
}

/** How often a standby had taken over and users were to be served by it, and how often they were. */
export interface StandbyTrials {
  readonly service: string;
  /** Its position in `any`, from 2. */
  readonly alternative: number;
  /** What the plan calls it. */
  readonly name: string;
  readonly served: number;
  readonly tried: number;
}

/** What a run found wrong. */
export interface Found {
  /** Of the part and the kind: the same in every run that finds it. */
  readonly id: string;
  /** The part of the plan: `edge`, `edge.any[2]`, `trade.modes.cancel-only`. */
  readonly edge: string;
  /** The gravest thing that users saw of it. */
  readonly kind: BreachKind;
  readonly says: string;
  readonly explains: readonly Shown[];
}

/** A journey under a fault, or the switch of a service. */
export interface Shown {
  readonly fault: string;
  readonly as: FailsAs;
  readonly about: 'journey' | 'service';
  readonly name: string;
}

/** A finding with its life. One of another environment is another one: a sandbox says nothing of production. */
export interface Finding extends Found {
  /** The platform. */
  readonly plan: string;
  readonly environment: Environment;
  /**
   * open: as it was found. mended: the part of the plan has been changed since, and not been drilled. drilled: whatever showed it was drilled
   * again since, and agrees.
   */
  readonly state: 'open' | 'mended' | 'drilled';
  /** How many runs found it. */
  readonly times: number;
  readonly first: Moment;
  readonly last: Moment;
  /** The first version of the plan since in which the part is another; `at` is null where that version has not been drilled at all. */
  readonly mended: { readonly digest: string | null; readonly at: string | null } | null;
  /** The last run that was needed to see all of it agree. */
  readonly drilled: Moment | null;
}

export interface Moment {
  readonly run: string;
  readonly at: string;
  /** Of the plan. */
  readonly digest: string | null;
}
