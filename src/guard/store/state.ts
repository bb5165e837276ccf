import { digestOf } from '../../document/load.ts';
import type { Facts } from '../result.ts';

/** A version that was everywhere and well. */
export interface GoodVersion {
  readonly digest: string;
  readonly facts: Facts;
  /** RFC 3339, by the wall clock. */
  readonly since: string;
}

/** The one that is being tried. */
export interface Candidate {
  readonly digest: string;
  readonly facts: Facts;
  /** Where its rollout is, in the words of whoever rolls it out. */
  readonly phase: string;
  /** Those that may have it: named before they get it. */
  readonly targets: readonly string[];
  /** How often it was begun: a restart is no proof against it, and not a reason to try forever. */
  readonly tries: number;
}

export interface Refused {
  readonly digest: string;
  readonly why: string;
  readonly at: string;
}

/** What the guard knows, as it is in `state.json`. */
export interface GuardState {
  readonly good: GoodVersion | null;
  /** Good before it, the newest first. */
  readonly previous: readonly GoodVersion[];
  readonly candidate: Candidate | null;
  /** Never tried again by itself; the newest first. */
  readonly refused: readonly Refused[];
  readonly frozen: { readonly why: string; readonly at: string } | null;
}

/** What changes a state. Each is an entry of the journal before it is true, so a state can be had from the journal alone. */
export type Change =
  | { readonly kind: 'begun'; readonly digest: string; readonly facts: Facts; readonly phase: string }
  | {
      readonly kind: 'moved';
      readonly digest: string;
      readonly phase: string;
      readonly targets: readonly string[];
    }
  | { readonly kind: 'kept'; readonly digest: string; readonly facts: Facts }
  | { readonly kind: 'refused'; readonly digest: string; readonly why: string }
  /** A person lets a refused one be tried again. */
  | { readonly kind: 'allowed'; readonly digest: string; readonly why: string }
  | { readonly kind: 'frozen'; readonly why: string }
  | { readonly kind: 'thawed'; readonly why: string }
  /** Its bytes on this disk are not its bytes any more. */
  | { readonly kind: 'lost'; readonly digest: string; readonly why: string }
  /** No more than so many good ones are kept. */
  | { readonly kind: 'pruned'; readonly keep: number }
  /** The first of a new file of the journal: all that was before it. */
  | { readonly kind: 'continued'; readonly state: GuardState };

const KINDS: Readonly<Record<Change['kind'], true>> = {
  begun: true,
  moved: true,
  kept: true,
  refused: true,
  allowed: true,
  frozen: true,
  thawed: true,
  lost: true,
  pruned: true,
  continued: true,
};

export function isChange(kind: string): boolean {
  return Object.hasOwn(KINDS, kind);
}

export const NOTHING: GuardState = { good: null, previous: [], candidate: null, refused: [], frozen: null };

const SCHEMA = 'keelson.guard-state/1';
const MOST_REFUSED = 200;
const MOST_PREVIOUS = 50;
const MOST_WHY = 500;

/** The state after a change. What does not fit the state changes nothing. */
export function changed(state: GuardState, change: Change, at: string): GuardState {
  switch (change.kind) {
    case 'begun': {
      const { digest, facts, phase } = change;
      const tries = state.candidate?.digest === digest ? state.candidate.tries + 1 : 1;
      return { ...state, candidate: { digest, facts, phase, targets: [], tries } };
    }
    case 'moved': {
      if (state.candidate?.digest !== change.digest) return state;
      return { ...state, candidate: { ...state.candidate, phase: change.phase, targets: change.targets } };
    }
    case 'kept': {
      const { digest, facts } = change;
      if (state.refused.some((one) => one.digest === digest)) return state;
      const before = state.good === null ? state.previous : [state.good, ...state.previous];
      return {
        ...state,
        good: { digest, facts, since: state.good?.digest === digest ? state.good.since : at },
        previous: before.filter((one) => one.digest !== digest).slice(0, MOST_PREVIOUS),
        candidate: state.candidate?.digest === digest ? null : state.candidate,
      };
    }
    case 'refused': {
      const { digest, why } = change;
      const others = state.refused.filter((one) => one.digest !== digest);
      return {
        ...without(state, digest),
        refused: [{ digest, why: why.slice(0, MOST_WHY), at }, ...others].slice(0, MOST_REFUSED),
      };
    }
    case 'allowed':
      return { ...state, refused: state.refused.filter((one) => one.digest !== change.digest) };
    case 'frozen':
      return { ...state, frozen: { why: change.why.slice(0, MOST_WHY), at } };
    case 'thawed':
      return { ...state, frozen: null };
    case 'lost':
      return without(state, change.digest);
    case 'pruned':
      return { ...state, previous: state.previous.slice(0, Math.max(0, change.keep - 1)) };
    case 'continued':
      return change.state;
  }
}

/** Where it was the good one, that is now the one before. */
function without(state: GuardState, digest: string): GuardState {
  const goods = state.good === null ? state.previous : [state.good, ...state.previous];
  const [good = null, ...previous] = goods.filter((one) => one.digest !== digest);
  const candidate = state.candidate?.digest === digest ? null : state.candidate;
  return { ...state, good, previous, candidate };
}

/** The last entry of the journal that a state knows of. */
export interface Anchor {
  readonly seq: number;
  /** Of its line; null when there is none yet. */
  readonly digest: string | null;
}

/** The text of `state.json`: with the digest of all the rest, for half a state that is whole JSON is none either. */
export function stateText(state: GuardState, journal: Anchor): string {
  const body = { schema: SCHEMA, ...state, journal };
  return `${JSON.stringify({ ...body, sum: digestOf(JSON.stringify(body)) })}\n`;
}

/** Undefined: it is not what was written. */
export function readState(
  text: string,
): { readonly state: GuardState; readonly journal: Anchor } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value.schema !== SCHEMA) return undefined;
  const { sum, schema: _, journal, ...state } = value;
  if (sum !== digestOf(JSON.stringify({ schema: SCHEMA, ...state, journal }))) return undefined;
  return isState(state) && isAnchor(journal) ? { state, journal } : undefined;
}

/** Undefined: an entry that changes nothing. */
export function toChange(entry: Readonly<Record<string, unknown>>): Change | undefined {
  const { kind, digest, facts, phase, targets, why, keep, state } = entry;
  switch (kind) {
    case 'begun':
      return isDigest(digest) && isFacts(facts, digest) && isText(phase)
        ? { kind, digest, facts, phase }
        : undefined;
    case 'moved':
      return isDigest(digest) && isText(phase) && isTexts(targets)
        ? { kind, digest, phase, targets }
        : undefined;
    case 'kept':
      return isDigest(digest) && isFacts(facts, digest) ? { kind, digest, facts } : undefined;
    case 'refused':
    case 'allowed':
    case 'lost':
      return isDigest(digest) && isText(why) ? { kind, digest, why } : undefined;
    case 'frozen':
    case 'thawed':
      return isText(why) ? { kind, why } : undefined;
    case 'pruned':
      return isCount(keep) ? { kind, keep } : undefined;
    case 'continued':
      return isState(state) ? { kind, state } : undefined;
    default:
      return undefined;
  }
}

export function isDigest(value: unknown): value is string {
  return typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isState(value: unknown): value is GuardState {
  if (!isRecord(value)) return false;
  const { good, previous, candidate, refused, frozen } = value;
  return (
    (good === null || isGood(good)) &&
    Array.isArray(previous) &&
    previous.every(isGood) &&
    (candidate === null || isCandidate(candidate)) &&
    Array.isArray(refused) &&
    refused.every((one) => isRecord(one) && isDigest(one.digest) && isText(one.why) && isText(one.at)) &&
    (frozen === null || (isRecord(frozen) && isText(frozen.why) && isText(frozen.at)))
  );
}

function isGood(value: unknown): value is GoodVersion {
  return (
    isRecord(value) && isDigest(value.digest) && isFacts(value.facts, value.digest) && isText(value.since)
  );
}

function isCandidate(value: unknown): value is Candidate {
  return (
    isRecord(value) &&
    isDigest(value.digest) &&
    isFacts(value.facts, value.digest) &&
    isText(value.phase) &&
    isTexts(value.targets) &&
    isCount(value.tries)
  );
}

function isFacts(value: unknown, digest: string): value is Facts {
  if (!isRecord(value) || value.digest !== digest || !isCount(value.bytes)) return false;
  const numbers = [value.rows, value.entries, value.version];
  return (
    numbers.every((one) => one === null || typeof one === 'number') &&
    (value.expires === null || isText(value.expires)) &&
    isTexts(value.signedBy)
  );
}

function isAnchor(value: unknown): value is Anchor {
  return isRecord(value) && isCount(value.seq) && (value.digest === null || isDigest(value.digest));
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}
