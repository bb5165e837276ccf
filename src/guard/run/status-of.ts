import type { RolloutState, TargetState } from '../../policies/index.ts';
import type { Contract } from '../contract.ts';
import type { GuardState } from '../store/index.ts';
import {
  shortDigest,
  type CandidateStatus,
  type GoodStatus,
  type GuardPhase,
  type GuardStatus,
  type OfferedStatus,
  type SourceStatus,
  type TargetStatus,
} from './status.ts';
import type { LastDone } from './target-desk.ts';

export interface GuardStanding {
  readonly contract: Contract;
  readonly store: GuardState;
  readonly rollout: RolloutState;
  readonly last: ReadonlyMap<string, LastDone>;
  readonly health: GuardStatus['health'];
  readonly source: SourceStatus;
  readonly offered: OfferedStatus | null;
  readonly orders: readonly string[];
  readonly found: readonly string[];
  readonly troubles: readonly string[];
  /** @unit ms since 1970 */
  readonly wallNow: number;
}

/** Refused ones that are shown. */
const MOST_REFUSED = 10;

export function guardStatusOf(standing: GuardStanding): GuardStatus {
  const { contract, store, rollout, last, health, source, offered, orders, found, troubles, wallNow } =
    standing;
  const targets = contract.targets.map(({ name, file }) => targetOf(name, file, rollout, last.get(name)));
  const phase = phaseOf(rollout, targets);
  const candidate = candidateOf(rollout);
  return {
    name: contract.name,
    contract: contract.file,
    contractDigest: contract.digest,
    phase,
    words: wordsOf(phase, candidate, standing),
    good: goodOf(store, wallNow),
    candidate,
    offered,
    health,
    source,
    targets,
    refused: store.refused.slice(0, MOST_REFUSED),
    frozen: store.frozen,
    orders,
    found,
    troubles,
  };
}

export function goodOf({ good }: GuardState, wallNow: number): GoodStatus | null {
  if (good === null) return null;
  const { digest, since, facts } = good;
  const { version, bytes, rows, expires } = facts;
  const isExpired = expires !== null && Date.parse(expires) <= wallNow;
  return { digest, version, bytes, rows, since, expires, isExpired };
}

function candidateOf({ trial, waiting }: RolloutState): CandidateStatus | null {
  if (trial !== null) {
    const { id, step, given } = trial;
    return { digest: id, state: step === 0 ? 'canary' : 'wave', step, targets: given };
  }
  return waiting === null ? null : { digest: waiting.id, state: 'waiting', step: 0, targets: [] };
}

function targetOf(
  name: string,
  file: string,
  { targets, good, trial }: RolloutState,
  last: LastDone | undefined,
): TargetStatus {
  const state = targets[name];
  const digest = state === undefined ? null : lastDigestOf(state);
  const words = last?.words ?? '';
  return { name, file, state: stateOf(state, good, trial?.id), digest, words };
}

function lastDigestOf(state: TargetState): string | null {
  return 'id' in state ? state.id : state.last;
}

function stateOf(
  state: TargetState | undefined,
  good: string | null,
  candidate: string | undefined,
): TargetStatus['state'] {
  if (state === undefined) return 'unseen';
  if (state.kind !== 'has') return state.kind;
  if (state.id !== null && state.id === good) return 'good';
  return state.id !== null && state.id === candidate ? 'candidate' : 'other';
}

function phaseOf({ trial, waiting, good }: RolloutState, targets: readonly TargetStatus[]): GuardPhase {
  if (trial !== null) return trial.step === 0 ? 'canary' : 'wave';
  if (targets.some(({ state }) => state === 'placing' || state === 'failing')) return 'restoring';
  if (waiting !== null) return 'waiting';
  return good === null ? 'none-good' : 'quiet';
}

function wordsOf(
  phase: GuardPhase,
  candidate: CandidateStatus | null,
  { health, rollout, store }: GuardStanding,
): string {
  const frozen = store.frozen === null ? '' : ' It is frozen.';
  const which = candidate === null ? '' : shortDigest(candidate.digest);
  const { trial } = rollout;
  const isWatched = trial?.watchedSince !== null && trial !== null;
  switch (phase) {
    case 'quiet':
      return `Every target that answers has the good version.${frozen}`;
    case 'none-good':
      return `No version has been good yet.${frozen}`;
    case 'waiting':
      return `${which} waits for its turn: health is ${health.state}.${frozen}`;
    case 'canary':
    case 'wave':
      return `${which} is ${isWatched ? 'watched' : 'given'} on ${candidate?.targets.length} of ${Object.keys(rollout.targets).length} targets.${frozen}`;
    case 'restoring':
      return `Targets are given what they should have.${frozen}`;
    case 'stopped':
      return `Nothing runs.${frozen}`;
  }
}
