import type { DrillEnvironment } from '../contract.ts';

/**
 * The answer of `drill guard`, plain data, JSON as it is: the contract `keelson.guard-drill/1`. Fields are only ever added. Moments are ISO
 * 8601 in UTC, durations milliseconds.
 */
export interface GuardDrill {
  readonly schema: 'keelson.guard-drill/1';
  readonly contract: { readonly name: string; readonly file: string; readonly digest: string };
  readonly environment: DrillEnvironment;
  readonly versions: { readonly keelson: string; readonly node: string };
  readonly seed: number;
  readonly startedAt: string;
  readonly endedAt: string;
  /** The file in force, of which the others were made. */
  readonly good: {
    readonly digest: string;
    readonly version: number | null;
    readonly bytes: number;
    readonly rows: number | null;
  };
  /** How much later than predicted something may be seen. @unit ms */
  readonly toleranceMs: number;
  readonly offers: readonly OfferResult[];
  /** What was not made, and why. */
  readonly leftOut: readonly LeftOut[];
  /** agrees: all was as predicted. wrong: something was not, or would be let through. stopped: it was ended before its time. */
  readonly outcome: 'agrees' | 'wrong' | 'stopped';
  /** Why it was ended; null where it was not. */
  readonly stopped: string | null;
  /** Whether the source, the guard and every target had the good file at the end. */
  readonly restored: boolean;
}

export interface LeftOut {
  readonly name: MadeName;
  readonly why: string;
}

export const MADE_NAMES = [
  'oversized',
  'doubled',
  'truncated',
  'empty',
  'older',
  'wrong-type',
  'duplicate-key',
  'harmful',
] as const;
export type MadeName = (typeof MADE_NAMES)[number];

/** A file that is to be offered, and what the contract makes of it. */
export interface Foreseen {
  readonly name: MadeName;
  /** What was done to the good one. */
  readonly says: string;
  readonly digest: string;
  readonly bytes: number;
  readonly predicted: Predicted;
}

export type Predicted =
  /** By the guard's own check: the first codes that it tells. No target has it at any time. */
  | {
      readonly end: 'refused';
      readonly codes: readonly string[];
      readonly message: string;
      /** Since it was offered. */
      readonly withinMs: number;
    }
  /** A rollout of it has failed before: it is not tried. */
  | { readonly end: 'refused-before'; readonly why: string; readonly withinMs: number }
  /** It fits. These have it first, nobody else ever, and health takes it back. */
  | {
      readonly end: 'taken-back';
      readonly canary: readonly string[];
      /** Until the first has it, since it was offered. */
      readonly beginsMs: number;
      /** Until it is refused, since the first has it. */
      readonly withinMs: number;
    }
  /** Nothing would stop it: it is not offered. */
  | { readonly end: 'let-through'; readonly why: string };

export interface OfferResult extends Foreseen {
  /** Null: it was not offered. */
  readonly observed: Observed | null;
  /** Targets that have had it, by their file or by what their reader says. */
  readonly had: readonly Had[];
  readonly breaches: readonly Breach[];
  readonly outcome: 'agrees' | 'wrong' | 'stopped';
}

export interface Observed {
  /** kept: it became the good one. nothing: the guard said nothing of it in time. */
  readonly end: 'refused' | 'refused-before' | 'taken-back' | 'accepted' | 'kept' | 'nothing';
  readonly codes: readonly string[];
  /** In the guard's words. */
  readonly says: string;
  /** Since it was offered; of one that was taken back, since the first target had it. Null where nothing was decided. */
  readonly decidedMs: number | null;
  /** Until the source and every target had the good one again, since it was offered; null where they had not in time. */
  readonly backMs: number | null;
  /** Whether the guard had to be ordered to take it back. */
  readonly killed: boolean;
}

export interface Had {
  readonly target: string;
  readonly by: 'file' | 'reader';
  /** Since it was offered. */
  readonly fromMs: number;
  /** Null: it still had it when it was looked at last. */
  readonly toMs: number | null;
}

/** Something that was promised and did not hold. */
export interface Breach {
  readonly kind: BreachKind;
  readonly target: string | null;
  /** In one sentence. */
  readonly says: string;
}

/**
 * let-through: nothing in the contract stops it. differs: something else came of it than predicted. late: it took longer. loaded: a target had
 * what none may have. other: a target had what nobody had offered, or nothing. silent: a reader stopped saying that it has the good one.
 * not-recorded: the journal has no entry of it. not-back: the good one was not back in time.
 */
export type BreachKind =
  | 'let-through'
  | 'differs'
  | 'late'
  | 'loaded'
  | 'other'
  | 'silent'
  | 'not-recorded'
  | 'not-back';
