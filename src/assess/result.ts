import type { ChangeKind, SharedFate } from '../changes/index.ts';
import type { Protection } from '../plan/index.ts';
import type { Problem } from '../problems.ts';

/**
 * The answer of `assess`, plain data, JSON as it is: the contract `keelson.assessment/1`. Fields are only ever added. All
 * but `solved.ms` is the same for the same plan, catalogue and version.
 *
 * Probabilities are shares of time in 0 to 1; rates are per year of 8,766 hours; durations in hours unless the name says
 * otherwise; money in the plan's currency.
 */
export interface Assessment {
  readonly schema: 'keelson.assessment/1';
  readonly plan: {
    readonly name: string;
    readonly file: string;
    readonly digest: string | null;
    readonly asOf: string;
    readonly currency: string;
  };
  /** Events and scopes taken as failed (`--without`). */
  readonly without: readonly string[];
  readonly solved: {
    /** Events with a record that some journey can reach. */
    readonly events: number;
    readonly gates: number;
    readonly nodes: number;
    readonly ms: number;
  };
  readonly journeys: readonly JourneyResult[];
  readonly events: readonly EventResult[];
  readonly blast: readonly BlastResult[];
  readonly providers: readonly ProviderShare[];
  readonly concentration: { readonly hhi: number | null; readonly largest: string | null };
  readonly sharedFate: readonly SharedFate[];
  readonly advice: readonly Advice[];
  /** What the alternatives that the plan pays for save. */
  readonly paid: readonly PaidAlternative[];
  readonly findings: readonly Finding[];
  readonly assumptions: readonly Assumption[];
  /** What drills measured of the plan; only where they were asked for (`--drills`). */
  readonly drilled?: DrilledResult;
}

export type Interval = readonly [number, number];

export interface JourneyResult {
  readonly name: string;
  readonly tier: 'core' | 'important' | 'deferrable';
  /** Share of time it must work in some mode; null when the plan sets no target. */
  readonly slo: number | null;
  readonly meetsSlo: boolean | null;
  /** Share of time, gaps of switch-overs taken off. */
  readonly availability: number;
  readonly modes: readonly { readonly name: string; readonly worth: number; readonly probability: number }[];
  readonly down: ConditionResult;
  /** Not in the first mode; down counts too. */
  readonly degraded: ConditionResult;
  readonly switchOver: SwitchOverResult;
  /** Of the events in the journey's way to `down`, by criticality. */
  readonly importance: readonly ImportanceResult[];
  /** Null when the plan does not say what the journey's absence costs. */
  readonly lossPerYear: number | null;
  readonly lossInterval: Interval | null;
  /** Served without a protection that is asked for. */
  readonly exposed: ProtectionResult;
  /** Refused for want of a protection, although what the mode needs works. */
  readonly refused: ProtectionResult;
  readonly compromise: CompromiseResult;
}

export interface ConditionResult {
  readonly probability: number;
  readonly hoursPerYear: number;
  /** Entries a year, those within switch-over gaps not counted. */
  readonly outagesPerYear: number;
  /** Null when it never happens. */
  readonly meanHours: number | null;
  /** 90 %, of hoursPerYear. */
  readonly interval: Interval;
  /** Set where the exact figure needed more than the budget: it lies between these, and `probability` is the upper. */
  readonly bounds: Interval | null;
  readonly cutSets: CutSetResult;
  readonly singlePoints: readonly string[];
}

export interface CutSetResult {
  /** Decimal, of any length. */
  readonly total: string;
  /** How many of one event, of two, … */
  readonly byOrder: readonly string[] | readonly number[];
  /** False: some failure helps, and the sets are minimal positive parts. */
  readonly coherent: boolean;
  /** False: the budget was spent, and `total` counts only what was found. */
  readonly complete: boolean;
  readonly top: readonly { readonly events: readonly string[]; readonly probability: number }[];
}

export interface SwitchOverResult {
  /** Switches that users of the journey feel. */
  readonly perYear: number;
  /** Hours of gap in a lower mode than without the gap, or down. */
  readonly hoursPerYear: number;
  /** The part of them in which the journey is down: what counts against the SLO. */
  readonly downHoursPerYear: number;
  /** @unit seconds */
  readonly dataLost: { readonly perYear: number; readonly worst: number };
  /** False: upper bounds, because the exact figure needed more than the budget. */
  readonly exact: boolean;
  readonly byService: readonly {
    readonly service: string;
    readonly perYear: number;
    readonly gapHours: number;
    readonly hoursPerYear: number;
  }[];
}

export interface ImportanceResult {
  readonly event: string;
  /** P(down | failed) − P(down | working). */
  readonly birnbaum: number;
  /** birnbaum · q / P. */
  readonly criticality: number;
  /** Risk achievement worth, P(down | failed) / P. */
  readonly raw: number;
  /** Risk reduction worth, P / P(down | working). */
  readonly rrw: number | 'Infinity';
}

export interface ProtectionResult {
  readonly probability: number;
  readonly missing: Partial<Readonly<Record<Protection, number>>>;
}

export interface CompromiseResult {
  readonly total: string;
  /** False: the budget was spent, and only single targets are counted. */
  readonly complete: boolean;
  readonly singlePoints: readonly string[];
  /** Smallest first, at most 50. */
  readonly sets: readonly (readonly string[])[];
  readonly byAlternative: readonly {
    readonly service: string;
    /** As in the plan: the name, or the position from 1. */
    readonly alternative: string;
    readonly added: readonly (readonly string[])[];
  }[];
}

export interface EventResult {
  readonly id: string;
  readonly provider: string | null;
  readonly probability: number;
  /** Null for a chance: a standby that is not ready, a switch that fails. */
  readonly ratePerYear: number | null;
  readonly meanHours: number | null;
  readonly basis: 'incidents' | 'drills' | 'statement' | 'study' | 'plan' | 'assumed';
  readonly detail: string;
  /** 90 %, of ratePerYear. */
  readonly interval: Interval | null;
  /** 90 %, of probability; only where drills measured it. */
  readonly probabilityInterval?: Interval;
}

export interface DrilledResult {
  /** Runs that count. */
  readonly runs: number;
  /** Runs of other versions of the plan, or of other plans, that were left out. */
  readonly leftOut: number;
  /** Whether runs of other versions count too. */
  readonly ofOtherPlans: boolean;
  readonly figures: readonly DrilledFigure[];
}

/** How often a switch was made in time, or a standby served, in drills. */
export interface DrilledFigure {
  /** `edge:switch`, `edge:standby-2`; among the events only where it can happen. */
  readonly event: string;
  readonly service: string;
  /** The standby's position in `any`, from 2; null: the switch. */
  readonly alternative: number | null;
  readonly made: number;
  readonly tried: number;
  /** What the plan says. @unit share */
  readonly stated: number;
  /** What is used: the measured one, or what is stated where drills do not contradict that it is sure. @unit share */
  readonly used: number;
  readonly isReplaced: boolean;
  /** The basis in words: "drilled: 7 of 7, sandbox, 2026-11-29". */
  readonly detail: string;
}

export interface BlastResult {
  readonly scope: string;
  readonly kind: 'provider' | 'region' | 'zone';
  /** The mode each journey is left in, or `down`; journeys that stay in the mode they are in are left out. */
  readonly journeys: Readonly<Record<string, string>>;
  readonly lossPerHour: number;
}

export interface ProviderShare {
  readonly name: string;
  /** Share of the loss that would be saved if its events never happened, of the sum over providers. */
  readonly lossShare: number;
  /** That loss. */
  readonly lossPerYear: number;
}

export interface Advice {
  /** What to change, in a sentence. */
  readonly change: string;
  readonly kind: ChangeKind;
  readonly service: string | null;
  readonly journey: string | null;
  readonly lossAvoidedPerYear: number;
  readonly hoursAvoidedPerYear: number;
  /** Null when nobody has said what it costs. */
  readonly costPerYear: number | null;
  /** What it assumes, in words. */
  readonly assumes: readonly string[];
  readonly added: {
    /** Sets of targets whose compromise would newly suffice, less those that no longer would. */
    readonly compromise: number;
    /** Change in the hours served without a protection. */
    readonly exposedHoursPerYear: number;
    /** Change in the hours refused for want of one. */
    readonly refusedHoursPerYear: number;
  };
}

export interface PaidAlternative {
  readonly service: string;
  readonly alternative: string;
  readonly costPerYear: number;
  /** The loss that taking it out would add. */
  readonly lossAvoidedPerYear: number;
  readonly hoursAvoidedPerYear: number;
  /** Ways of compromise that taking it out would take away. */
  readonly addedCompromise: number;
}

export interface Finding {
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'note';
  readonly message: string;
  readonly line: number;
  readonly column: number;
  /** The journey or service it is about. */
  readonly subject: string | null;
}

export interface Assumption {
  readonly subject: string;
  /** What was assumed, in words. */
  readonly what: string;
}

/** What stands in place of an answer when a plan is wrong: `keelson.problems/1`. */
export interface ProblemReport {
  readonly schema: 'keelson.problems/1';
  readonly problems: readonly Problem[];
}
