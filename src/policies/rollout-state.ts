export type RolloutHealth = 'healthy' | 'unhealthy' | 'unknown';

export type RefusalReason =
  | 'unhealthy' // health failed while it was on a target
  | 'nacked' // a target read it and said no
  | 'killed' // a person stopped it
  | 'interrupted' // the guard ended while it was tried, and it had been tried before
  | 'unproven'; // patience is at an end without a whole watch, and it had been tried before

/** Plain JSON: kept on the disk as it is. */
export interface RolloutState {
  /** The version that every target should have; null: none was ever kept. */
  readonly good: string | null;
  /** The good one before it. */
  readonly previous: string | null;
  readonly waiting: WaitingCandidate | null;
  readonly trial: Trial | null;
  /** Oldest first. */
  readonly refused: readonly { readonly id: string; readonly why: RefusalReason }[];
  readonly isFrozen: boolean;
  readonly health: RolloutHealth;
  /** Null while it is not healthy. @unit ms */
  readonly healthySince: number | null;
  readonly targets: Readonly<Record<string, TargetState>>;
  /** By target, what it had before its first candidate: put back while there is no good one. */
  readonly before: Readonly<Record<string, string | null>>;
}

export interface WaitingCandidate {
  readonly id: string;
  /** The targets that had it when it was first tried: it is tried again once they are known to be rid of it. */
  readonly again: readonly string[] | null;
}

/** A candidate that some targets have been given. */
export interface Trial {
  readonly id: string;
  /** Whether it is tried again, after a first time that ended through nobody's fault. */
  readonly isAgain: boolean;
  /** 0: the canary; then the waves. */
  readonly step: number;
  readonly given: readonly string[];
  /** Since when all that were given it in this step have answered. @unit ms */
  readonly placedSince: number | null;
  /** Since when it has been watched, and all were healthy. @unit ms */
  readonly watchedSince: number | null;
}

export type TargetState =
  /** Not looked at since the start, or it cannot be: what it has is not known. `last`: what it had when that was known. */
  | { readonly kind: 'unseen' | 'lost'; readonly last: string | null }
  | { readonly kind: 'placing'; readonly id: string | null; readonly tries: number }
  /** `isConfirmed`: it has said so itself, or has had it before; a file that is there may not have been read. */
  | { readonly kind: 'has'; readonly id: string | null; readonly isConfirmed: boolean }
  /** It did not take what it was given; asked again at `againAt`. @unit ms */
  | {
      readonly kind: 'failing';
      readonly id: string | null;
      readonly tries: number;
      readonly againAt: number;
    };

/** Where nothing else was kept: what targets have is not known, and they are given the good one when they are seen. */
export function newRollout(targets: readonly string[], good: string | null = null): RolloutState {
  return {
    good,
    previous: null,
    waiting: null,
    trial: null,
    refused: [],
    isFrozen: false,
    health: 'unknown',
    healthySince: null,
    targets: Object.fromEntries(targets.map((name) => [name, { kind: 'unseen', last: null }])),
    before: {},
  };
}

/** Whether it is to be given this version now. */
export function needs(state: TargetState, id: string | null, now: number): boolean {
  switch (state.kind) {
    case 'unseen':
    case 'lost':
      return false;
    case 'placing':
      return state.id !== id;
    case 'has':
      return state.id !== id || !state.isConfirmed;
    case 'failing':
      return state.id !== id || now >= state.againAt;
  }
}

/** What the target is known to have taken; null where that is in doubt. */
export function lastOf(state: TargetState): string | null {
  switch (state.kind) {
    case 'unseen':
    case 'lost':
      return state.last;
    case 'has':
      return state.isConfirmed ? state.id : null;
    case 'placing':
    case 'failing':
      return null;
  }
}
