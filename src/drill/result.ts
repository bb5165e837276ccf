/**
 * The answer of `drill`, plain data, JSON as it is: the contract `keelson.drill/1`. Fields are only ever added.
 *
 * Moments are ISO 8601 in UTC. Durations are milliseconds of the drill's own clock, which is the running system's: with a speed of 60 a
 * minute of the plan is one second of it.
 */
export interface Drill {
  readonly schema: 'keelson.drill/1';
  readonly plan: {
    readonly name: string;
    readonly file: string;
    readonly digest: string | null;
    readonly asOf: string;
  };
  readonly environment: 'sandbox' | 'staging' | 'production';
  readonly versions: { readonly keelson: string; readonly node: string; readonly faults: string };
  /** How many seconds of the plan pass in one of the drill. */
  readonly speed: number;
  readonly startedAt: string;
  readonly endedAt: string;
  /** How much later than predicted something may be seen: the slowest probe, and what requests take. @unit ms */
  readonly toleranceMs: number;
  readonly faults: readonly FaultResult[];
  /** How often a journey was in one mode where another was predicted, over all faults; by names, `down` among them. */
  readonly confusion: readonly Confusion[];
  /** What explains the disagreements. */
  readonly blame: readonly Blame[];
  /** What was not drilled, and why. */
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
  /** agrees: all that was drilled was as predicted, or better. wrong: something was not. stopped: it was ended before its time. */
  readonly outcome: 'agrees' | 'wrong' | 'stopped';
  /** Why it was ended; null where it was not. */
  readonly stopped: string | null;
  /** Whether everything that was put was taken away again. */
  readonly restored: boolean;
}

export interface FaultResult {
  readonly name: string;
  readonly kind: 'provider' | 'region' | 'zone' | 'part' | 'steering' | 'pair' | 'incident';
  /** Other names of the plan that come to the same. */
  readonly same: readonly string[];
  /** How it was made to fail. */
  readonly as: FailsAs;
  readonly places: readonly FailedPlace[];
  readonly injectedAt: string;
  readonly restoredAt: string;
  /** Of an incident, when which of the places failed: from each moment until the next. Left out where all failed all the time. */
  readonly course?: readonly CourseMoment[];
  /** What had to be chosen of an incident. */
  readonly choices?: readonly { readonly about: string; readonly says: string }[];
  readonly journeys: readonly JourneyResult[];
  /** Who was to do what, by the prediction. */
  readonly steps: readonly { readonly atMs: number; readonly says: string }[];
  readonly switches: readonly SwitchResult[];
  /** Switches that the running system made and nothing foresaw; since the fault was put. */
  readonly unforeseen: readonly { readonly service: string; readonly to: string; readonly atMs: number }[];
  readonly writes: readonly WritesResult[];
  /** What parts were asked for each request of a user, at most over all places; null where nobody counts. */
  readonly amplification: number | null;
  readonly outcome: 'agrees' | 'better' | 'wrong' | 'stopped';
}

export interface CourseMoment {
  /** Since the fault was put. */
  readonly atMs: number;
  /** When that was in the incident; null where it is none. */
  readonly at: string | null;
  /** The share of requests that failed at each place, 0 exclusive to 1; what was well is not among them. */
  readonly failing: readonly { readonly address: string; readonly share: number }[];
}

export interface FailedPlace {
  readonly address: string;
  /** What the plan has there. */
  readonly names: readonly string[];
  /** What of providers is had there, by its references. */
  readonly stands: readonly string[];
}

/** refuse: no connection, and those that are open are cut. hang: accepted, never answered. error: answered with 503. */
export type FailsAs = 'refuse' | 'hang' | 'error';

export interface JourneyResult {
  readonly name: string;
  /** From when on it was to be in which mode, since the fault was put. */
  readonly predicted: readonly Stage[];
  /** From when on it was seen in which mode. */
  readonly observed: readonly Stage[];
  readonly outcome: 'agrees' | 'better' | 'wrong';
  /** Until something was seen of the fault; null where nothing was. */
  readonly detectMs: number | null;
  /** From when it was restored until the journey was in its first mode for good; null where it never left it, or is not back. */
  readonly recoverMs: number | null;
  /** Requests of the users who came for it. */
  readonly requests: { readonly sent: number; readonly good: number };
  /** Protections that it was served without though it should have them; whether that was predicted. */
  readonly exposed: { readonly predicted: boolean; readonly missing: readonly string[] };
  readonly breaches: readonly Breach[];
}

export interface Stage {
  /** Since the fault was put. */
  readonly fromMs: number;
  readonly mode: string;
}

/** Something that a mode promises and that did not hold. */
export interface Breach {
  readonly kind: BreachKind;
  readonly mode: string;
  /** The request, as the plan has it. */
  readonly send: string;
  readonly times: number;
  readonly firstMs: number;
  /** In one sentence. */
  readonly says: string;
}

/**
 * differs: another mode than predicted. lets-through: answered what the mode refuses. refuses: refused what the mode lets through.
 * bad-answer: answered, and not what the user came for. stale: stood still, or was older than said. twice: done twice. lost: answered
 * well, and not done. storm: parts were asked far more often than users asked.
 * exposed: served without a protection that it should have, where that was not predicted.
 */
export type BreachKind =
  | 'differs'
  | 'lets-through'
  | 'refuses'
  | 'bad-answer'
  | 'stale'
  | 'twice'
  | 'lost'
  | 'storm'
  | 'exposed';

/** A switch that was to be made. */
export interface SwitchResult {
  readonly service: string;
  readonly to: string;
  /** When its users were to be there; since the fault was put. */
  readonly predictedMs: number;
  /** When the running system said so; null where it did not. */
  readonly observedMs: number | null;
  /** Whether it came when it was to, within the tolerance. */
  readonly agrees: boolean;
}

/** Writes of one request of a journey. */
export interface WritesResult {
  readonly journey: string;
  readonly send: string;
  readonly sent: number;
  readonly answered: number;
  readonly twice: number;
  readonly lost: number;
}

export interface Confusion {
  readonly predicted: string;
  readonly observed: string;
  /** Faults and journeys. */
  readonly times: number;
}

/** What was wrong in the plan, or in what runs. */
export interface Blame {
  /** The part of the plan: `edge`, `edge.any[2]`, `trade.modes.cancel-only`. */
  readonly edge: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What was seen, in one sentence. */
  readonly says: string;
  /** The smallest change of the plan with which all of it would have been predicted; null where none was found. */
  readonly edit: { readonly says: string; readonly yaml: string } | null;
  /** Faults and journeys that it explains, as `fault: journey`. */
  readonly explains: readonly string[];
  /** Other parts of the plan of which a change would explain as much: what was drilled cannot tell them apart. */
  readonly asGood: readonly string[];
}
