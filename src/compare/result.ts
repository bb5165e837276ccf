/**
 * The answer of `compare`, plain data, JSON as it is: the contract `keelson.comparison/1`. Fields are only ever added. There is
 * no score in it: nothing is weighed against anything else, every figure keeps its unit.
 *
 * Probabilities are shares of time in 0 to 1; durations in hours a year of 8,766 hours; money in the currency of the plan that
 * it belongs to. Plans are named by their position in `plans`, from 0. What is avoided is negative where there is more of it.
 */
export interface Comparison {
  readonly schema: 'keelson.comparison/1';
  /** In the order given. */
  readonly plans: readonly Standing[];
  /** Every journey that some plan has, by name, those that most plans have first. */
  readonly journeys: readonly JourneyMatch[];
  /** What to bear in mind when reading the figures side by side. */
  readonly cautions: readonly Caution[];
  /** The first plan beside each other. */
  readonly pairs: readonly Pair[];
}

export type Interval = readonly [number, number];

/** One plan as it stands. */
export interface Standing {
  /** The name; the file where two plans carry the same name. Every plan has another. */
  readonly label: string;
  readonly name: string;
  readonly file: string;
  /** SHA-256 of the file; null where it was loaded from none. */
  readonly digest: string | null;
  readonly asOf: string;
  readonly currency: string;
  readonly journeys: readonly JourneyStanding[];
  /** Of all journeys with a loss; null where none has one. @unit currency a year */
  readonly lossPerYear: number | null;
  /** Events that alone take some journey down. */
  readonly singlePoints: readonly string[];
  readonly sharedFate: readonly {
    readonly service: string;
    readonly alternatives: readonly string[];
    readonly events: readonly string[];
  }[];
  /** Those it stands on, by the share of the loss (of the hours down, where no journey has a loss) that theirs cause. */
  readonly providers: readonly { readonly name: string; readonly lossShare: number }[];
  /** Herfindahl–Hirschman index of those shares, 0 to 1; null when no provider costs anything. */
  readonly concentration: { readonly hhi: number | null; readonly largest: string | null };
  /** What takes most journeys down by failing alone; null when nothing changes a mode. */
  readonly largestBlast: LargestBlast | null;
  readonly evidence: EvidenceQuality;
}

export interface JourneyStanding {
  readonly name: string;
  readonly tier: 'core' | 'important' | 'deferrable';
  /** Share of time in some mode, gaps of switch-overs taken off. */
  readonly availability: number;
  /** Gaps of switch-overs included. */
  readonly downHoursPerYear: number;
  /** 90 %, of downHoursPerYear. */
  readonly downInterval: Interval;
  /** False: an upper bound, because the exact figure needed more than the budget. */
  readonly exact: boolean;
  /** Null when the plan does not say what the journey's absence costs. @unit currency a year */
  readonly lossPerYear: number | null;
  readonly slo: number | null;
  readonly meetsSlo: boolean | null;
  /** Served without a protection that is asked for. */
  readonly exposedHoursPerYear: number;
  /** Refused for want of a protection, although what the mode needs works. */
  readonly refusedHoursPerYear: number;
  readonly compromise: {
    /** Ways of compromise; decimal, of any length. */
    readonly total: string;
    /** False: too many to count, and `total` counts only those with one step. */
    readonly complete: boolean;
    readonly oneStep: number;
  };
}

export interface LargestBlast {
  readonly scope: string;
  readonly kind: 'provider' | 'region' | 'zone';
  readonly down: readonly string[];
  readonly degraded: readonly string[];
  /** @unit currency an hour */
  readonly lossPerHour: number;
}

export type Basis = 'incidents' | 'drills' | 'statement' | 'study' | 'plan' | 'assumed';

/** On what the figures of a plan rest. */
export interface EvidenceQuality {
  /** How many events that can happen by themselves rest on each. */
  readonly events: Readonly<Record<Basis, number>>;
  /**
   * Which share of the hours down rests on each: the hours of every journey are shared out over its events by their criticality,
   * gaps of switch-overs left aside. Null when no journey is ever down.
   */
  readonly hoursDown: Readonly<Record<Basis, number>> | null;
  /** Journeys that are not in `hoursDown`, because their events could not be weighed exactly. */
  readonly notWeighed: readonly string[];
  /** How many services that need something say why that is believed, by the best confidence of their evidence. */
  readonly services: {
    readonly high: number;
    readonly medium: number;
    readonly low: number;
    readonly none: number;
  };
}

export interface JourneyMatch {
  readonly name: string;
  /** Plans that have it. */
  readonly plans: readonly number[];
  /** Those of them in which it is down least; empty when only one plan has it. */
  readonly leastDown: readonly number[];
  /** Whether the 90 % interval of one that is down least overlaps with that of one that is not: then nobody knows. */
  readonly overlaps: boolean;
}

export interface Caution {
  readonly code:
    | 'days-differ'
    | 'currencies-differ'
    | 'journeys-differ'
    | 'bounds'
    | 'losses-missing'
    | 'mostly-assumed';
  readonly message: string;
}

/** What differs between the first plan and another, and what each difference is worth to the first. */
export interface Pair {
  readonly first: number;
  readonly other: number;
  /** Journeys that both have. */
  readonly journeys: readonly string[];
  /** Services that both have by name. */
  readonly services: readonly string[];
  /** False: they share neither a journey nor a service, so nothing is listed. */
  readonly related: boolean;
  /** Journeys, services, providers, assumptions, cohorts. */
  readonly differences: readonly Difference[];
  /** Null when worth was not asked for, or they share no journey. */
  readonly together: Together | null;
  /** Changed services and journeys whose worth was not solved, for there are too many. */
  readonly leftOut: readonly { readonly kind: 'journey' | 'service'; readonly name: string }[];
}

export interface Difference {
  readonly kind: 'journey' | 'service' | 'provider' | 'assumption' | 'cohort';
  readonly name: string;
  /** Added: only the other has it. Removed: only the first. */
  readonly change: 'added' | 'removed' | 'changed';
  /** Of a change the keys that differ. */
  readonly keys: readonly string[];
  /** The first plan with this alone as the other has it; null where it was not solved. */
  readonly worth: Worth | null;
  /** Why a changed journey or service has no worth, in words; null otherwise. */
  readonly why: string | null;
}

export interface Worth {
  /** Over all journeys of the first plan. */
  readonly hoursAvoidedPerYear: number;
  /** Over the journeys with a loss both before and after; null where there is none. @unit currency a year of the first plan */
  readonly lossAvoidedPerYear: number | null;
  /** False: a difference of upper bounds. */
  readonly exact: boolean;
  readonly added: {
    /** Change in the targets of which one suffices to compromise some journey. */
    readonly oneStep: number;
    readonly exposedHoursPerYear: number;
    readonly refusedHoursPerYear: number;
  };
  /** What it needs that the first plan lacks, and which was taken with it. */
  readonly brings: readonly string[];
  /** Journeys in which anything changes. */
  readonly journeys: readonly {
    readonly name: string;
    readonly hoursAvoidedPerYear: number;
    readonly lossAvoidedPerYear: number | null;
  }[];
}

/** The other plan as a whole beside its differences one by one, over the journeys that both have. */
export interface Together {
  readonly hoursAvoidedPerYear: number;
  /** Null where currencies differ, or no such journey has a loss in both. */
  readonly lossAvoidedPerYear: number | null;
  /** The sum of what the differences are worth alone. */
  readonly alone: {
    /** How many are in the sum. */
    readonly differences: number;
    readonly hoursAvoidedPerYear: number;
    readonly lossAvoidedPerYear: number | null;
  };
}
