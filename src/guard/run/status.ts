import type { RuleStanding } from './health-watch.ts';

/** How guards stand: plain data. */
export interface GuardsStatus {
  readonly schema: 'keelson.guard-status/1';
  /** RFC 3339. */
  readonly at: string;
  /** False: it is read from the state folder, and nothing runs. */
  readonly isRunning: boolean;
  readonly guards: readonly GuardStatus[];
}

export interface GuardStatus {
  readonly name: string;
  /** Its contract; null where only the state folder was asked. */
  readonly contract: string | null;
  /** Of its contract's text; null where only the state folder was asked. */
  readonly contractDigest: string | null;
  readonly phase: GuardPhase;
  /** The phase in words. */
  readonly words: string;
  readonly good: GoodStatus | null;
  /** On trial, or waiting for it. */
  readonly candidate: CandidateStatus | null;
  /** What the source offered last; null: nothing yet. */
  readonly offered: OfferedStatus | null;
  readonly health: {
    readonly state: 'healthy' | 'unhealthy' | 'unknown';
    readonly rules: readonly RuleStanding[];
  };
  readonly source: SourceStatus;
  readonly targets: readonly TargetStatus[];
  /** Never tried again by themselves; the newest first. */
  readonly refused: readonly { readonly digest: string; readonly why: string; readonly at: string }[];
  readonly frozen: { readonly why: string; readonly at: string } | null;
  /** Orders that nobody has taken yet. */
  readonly orders: readonly string[];
  /** What was wrong with what was kept, when it was started. */
  readonly found: readonly string[];
  /** What is wrong with the guard itself, now. */
  readonly troubles: readonly string[];
}

export type GuardPhase =
  /** Every target that answers has the good one. */
  | 'quiet'
  /** A candidate waits for its turn. */
  | 'waiting'
  | 'canary'
  | 'wave'
  /** Targets are given what they should have: after a refusal, a restart, an absence. */
  | 'restoring'
  /** No version was ever good. */
  | 'none-good'
  | 'stopped';

export interface GoodStatus {
  readonly digest: string;
  readonly version: number | null;
  readonly bytes: number;
  readonly rows: number | null;
  /** RFC 3339. */
  readonly since: string;
  readonly expires: string | null;
  readonly isExpired: boolean;
}

export interface CandidateStatus {
  readonly digest: string;
  readonly state: 'waiting' | 'canary' | 'wave';
  /** 0 the canary, then the waves. */
  readonly step: number;
  readonly targets: readonly string[];
}

export interface OfferedStatus {
  readonly digest: string;
  readonly at: string;
  readonly accepted: boolean;
  /** What became of it, in words. */
  readonly words: string;
  readonly violations: readonly { readonly code: string; readonly message: string }[];
}

export interface SourceStatus {
  readonly where: string | null;
  readonly state: 'well' | 'gone' | 'unsettled' | 'too-large' | 'unseen';
  readonly words: string;
  /** Since when it stands so. RFC 3339. */
  readonly since: string | null;
  /** When it was last had. RFC 3339. */
  readonly seen: string | null;
}

export interface TargetStatus {
  readonly name: string;
  readonly file: string;
  readonly state: 'good' | 'candidate' | 'other' | 'placing' | 'failing' | 'lost' | 'unseen';
  readonly digest: string | null;
  /** Of the last that was done to it. */
  readonly words: string;
}

/** A digest as people read it. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}
