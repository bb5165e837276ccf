import type { Choice, PlanSummary } from '../result.ts';

/**
 * The answer of `replay --years`, plain data: the contract `keelson.years/1`. The same plan, seed, number of years and version
 * give the same bytes, whatever the number of workers. Hours and money are a year.
 */
export interface Years {
  readonly schema: 'keelson.years/1';
  readonly plan: PlanSummary;
  readonly years: number;
  readonly seed: number;
  /** How often an event began or ended, over all years. */
  readonly stateChanges: number;
  readonly journeys: readonly JourneyYears[];
  /** Over all journeys that say what they cost; null when none does. */
  readonly loss: LossYears | null;
  /** The year that lost most, or was down longest where nothing costs; null when none was harmed. */
  readonly worst: WorstYear | null;
  readonly choices: readonly Choice[];
}

export interface JourneyYears {
  readonly name: string;
  readonly tier: 'core' | 'important' | 'deferrable';
  /** Share of time in some mode. */
  readonly availability: number;
  readonly slo: number | null;
  /** Share of years that met the target by themselves; null without one. */
  readonly yearsMet: number | null;
  /** By mode, the share of time in it. */
  readonly modes: readonly { readonly name: string; readonly probability: number }[];
  /** Hours a year in no mode, switch-overs included. */
  readonly down: Distribution;
  readonly outagesPerYear: Estimate;
  /** Hours a year in a lower mode; without down. */
  readonly degraded: Distribution;
  /** How often a year the first mode is left. */
  readonly departuresPerYear: Estimate;
  readonly exposedHoursPerYear: number;
  readonly switchOver: SwitchOverYears;
  readonly loss: Distribution | null;
}

/** Switches that users felt: until they were on an alternative that served them better. */
export interface SwitchOverYears {
  readonly perYear: number;
  readonly hoursPerYear: number;
  readonly downHoursPerYear: number;
  readonly lossPerYear: number;
}

/** A mean and how far it may be off. */
export interface Estimate {
  readonly mean: number;
  /** Null of a single year. */
  readonly standardError: number | null;
}

/** A yearly figure over all years. */
export interface Distribution extends Estimate {
  readonly median: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly most: number;
}

export interface LossYears extends Distribution {
  /** What a year loses at most with a chance of 95 and 99 %. */
  readonly valueAtRisk: { readonly p95: number; readonly p99: number };
  /** What a year loses on average among the worst 5 and 1 %. */
  readonly expectedShortfall: { readonly p95: number; readonly p99: number };
  /** Share of the mean that is lost while switches are being made. */
  readonly switchOverShare: number;
  /** Loss-exceedance curve: the chance that a year loses more. */
  readonly exceedance: readonly { readonly loss: number; readonly probability: number }[];
}

export interface WorstYear {
  /** Numbered from 1. */
  readonly year: number;
  readonly loss: number | null;
  readonly downHours: number;
  /** Journeys that were down already when it began. */
  readonly downBefore: readonly string[];
  /** Outages of that year while which most was lost; they can overlap. */
  readonly incidents: readonly {
    readonly event: string;
    /** Day of the year it began, from 1; null when it began before. */
    readonly day: number | null;
    /** How long it lasted, as far as it lies between the 25 years' begin and the end of the year after. */
    readonly hours: number;
    readonly downHours: number;
    readonly loss: number | null;
  }[];
}
