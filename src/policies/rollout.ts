/*
 * Who gets a new version of a file, when, and when all go back.
 *
 *   offered ──► waiting ──► canary ──► wave 1 ──► … ──► last wave ──► good
 *                  ▲           │          │                 │
 *                  │           └──────────┴────────┬────────┘ all that have it get the good one back
 *                  └─ nobody's fault, for once ────┴──► refused
 *
 * Nothing here is told to undo: each target has one version that it should have, and whatever it has instead is replaced.
 * The states, the steps and what holds in all of them are written down in docs/rollout.md.
 */

import { countOf, timesOf, withDefaults, type RolloutOptions, type RolloutTerms } from './rollout-options.ts';
import {
  lastOf,
  needs,
  newRollout,
  type RefusalReason,
  type RolloutHealth,
  type RolloutState,
  type TargetState,
  type Trial,
  type WaitingCandidate,
} from './rollout-state.ts';

/** Times are those of a clock that never goes back; `restarted` forgets all that were told of another clock. */
export type RolloutEvent =
  | { readonly kind: 'time' }
  /** The source has this version, and it fits the contract. */
  | { readonly kind: 'offered'; readonly id: string }
  /** A person wants a refused version tried once more. */
  | { readonly kind: 'retry'; readonly id: string }
  /**
   * What came of the newest placement on a target; an older one that it overtook is not told. `refused`: it read the version and
   * said no. `unreachable`: nobody knows whether it has it.
   */
  | {
      readonly kind: 'placed';
      readonly target: string;
      readonly id: string | null;
      readonly outcome: 'acknowledged' | 'refused' | 'unreachable';
    }
  /** What a look at the target has found there; null: nothing. */
  | { readonly kind: 'seen'; readonly target: string; readonly id: string | null }
  /** The target cannot be looked at. */
  | { readonly kind: 'lost'; readonly target: string }
  | { readonly kind: 'health'; readonly health: RolloutHealth }
  | { readonly kind: 'freeze' }
  | { readonly kind: 'thaw' }
  /** A person stops everything. `good`: that version too, if it is the good one; so a kill may be told twice. */
  | { readonly kind: 'kill'; readonly good?: string }
  /** This state was kept by a process that is no more: the first event after it is taken up. */
  | { readonly kind: 'restarted' };

/** To be done in this order, once the state is on the disk. */
export type RolloutAction =
  /** Give the target this version and tell what came of it. Null: take away what is there. It overtakes an unfinished one. */
  | { readonly kind: 'place'; readonly target: string; readonly id: string | null }
  /** It is the good one from now on. */
  | { readonly kind: 'keep'; readonly id: string }
  | {
      readonly kind: 'refuse';
      readonly id: string;
      readonly why: RefusalReason;
      /** Who said no; null where it was no target. */
      readonly target: string | null;
    }
  /** For people to read. */
  | {
      readonly kind: 'note';
      readonly note: RolloutNote;
      readonly id: string | null;
      readonly target: string | null;
    };

export type RolloutNote =
  | 'begun' // the canary is given the candidate
  | 'wave' // the next wave is given it
  | 'superseded' // a newer version waits in its place
  | 'already-good'
  | 'refused-before' // it is not tried again but by `retry`
  | 'interrupted' // the guard ended while it was tried: it goes back, and is tried once more
  | 'unproven' // patience is at an end without a whole watch: it goes back, and is tried once more
  | 'foreign' // the target was found with something that is nobody's
  | 'missing' // the target was found with nothing
  | 'good-refused' // the target refuses a version that is not on trial; it is asked again
  | 'unreachable' // the target did not answer; it is asked again
  | 'no-good-before'; // there is nothing to go back to

/** How many refused versions are remembered. */
const MOST_REFUSED = 1_000;
const NOBODY = { names: [], all: new Set<string>() };

/**
 * Which targets have which version of one file. It is told what happens and says what is to be done; whoever does that writes the
 * state down first, and tells what came of it.
 */
export class Rollout {
  /** Never changed, but replaced. */
  state: RolloutState;
  /** When `take` has something to do even if nothing happens; infinite when never. @unit ms */
  wakeAt = Number.POSITIVE_INFINITY;
  private readonly options: RolloutTerms;
  private actions: RolloutAction[] = [];
  /** Those of the state, while an event is taken. */
  private targets: Record<string, TargetState> = {};
  /** Who has been given the candidate on trial. */
  private given: { readonly names: readonly string[]; readonly all: ReadonlySet<string> } = NOBODY;

  /**
   * @param restored the state of an earlier one, as it was
   * @throws RangeError when there are no targets, or two of one name, or a time or a share is out of range
   */
  constructor(options: RolloutOptions, restored?: RolloutState) {
    this.options = withDefaults(options);
    this.state = restored ?? newRollout(options.targets);
  }

  /**
   * One event, and everything that is due.
   *
   * @param now never earlier than before, except with `restarted`. @unit ms
   */
  take(event: RolloutEvent, now: number): readonly RolloutAction[] {
    this.actions = [];
    // Whoever has kept the state before keeps it as it was.
    this.targets = { ...this.state.targets };
    this.set({ targets: this.targets });
    this.receive(event, now);
    do this.placeWhatIsWanted(now);
    while (this.advance(now));
    this.wakeAt = this.nextWake(now);
    return this.actions;
  }

  private receive(event: RolloutEvent, now: number): void {
    switch (event.kind) {
      case 'time':
        break;
      case 'offered':
        this.offer(event.id);
        break;
      case 'retry':
        this.set({ refused: this.state.refused.filter(({ id }) => id !== event.id) });
        this.offer(event.id);
        break;
      case 'placed':
        this.hear(event, now);
        break;
      case 'seen':
        this.see(event.target, event.id);
        break;
      case 'lost':
        this.lose(event.target);
        break;
      case 'health':
        this.noteHealth(event.health, now);
        break;
      case 'freeze':
      case 'thaw':
        this.set({ isFrozen: event.kind === 'freeze' });
        break;
      case 'kill':
        this.kill(event.good);
        break;
      case 'restarted':
        this.restart();
        break;
    }
  }

  private offer(id: string): void {
    const { good, waiting, trial, refused } = this.state;
    if (waiting?.id === id) return;
    if (refused.some((one) => one.id === id)) {
      this.note('refused-before', id);
      return;
    }
    if (waiting !== null) this.note('superseded', waiting.id);
    // While another one is on trial the good one may wait, too: it is then to come back after that.
    const isThere = id === (trial?.id ?? good);
    if (isThere && trial === null) this.note('already-good', id);
    this.set({ waiting: isThere ? null : { id, again: null } });
  }

  private hear({ target, id, outcome }: Extract<RolloutEvent, { kind: 'placed' }>, now: number): void {
    const state = this.state.targets[target];
    // What was overtaken since is of no interest.
    if (state?.kind !== 'placing' || state.id !== id) return;
    if (outcome === 'acknowledged') {
      this.hearTaken(target, id);
      return;
    }
    const tries = state.tries + 1;
    const { againMs, againMostMs } = this.options;
    const againAt = now + Math.min(againMostMs, againMs * 2 ** (tries - 1));
    this.setTarget(target, { kind: 'failing', id, tries, againAt });
    if (outcome === 'unreachable') this.note('unreachable', id, target);
    else if (this.isOnTrial(target)) this.refuseTrial('nacked', target);
    else this.note('good-refused', id, target);
  }

  private hearTaken(target: string, id: string | null): void {
    this.setTarget(target, { kind: 'has', id, isConfirmed: true });
    const { trial, before } = this.state;
    // Whoever has it only now is watched for as long as the others.
    if (trial !== null && this.isOnTrial(target)) this.set({ trial: { ...trial, watchedSince: null } });
    else this.set({ before: Object.fromEntries(Object.entries(before).filter(([name]) => name !== target)) });
  }

  private see(target: string, id: string | null): void {
    const state = this.state.targets[target];
    // While it is being given something a look may come too early; afterwards it has been told.
    if (state === undefined || state.kind === 'placing' || state.kind === 'failing') return;
    const last = state.kind === 'has' ? state.id : state.last;
    if (state.kind === 'has' && id === last) return;
    if (id !== last && !this.isKnown(id)) this.note(id === null ? 'missing' : 'foreign', id, target);
    this.setTarget(target, { kind: 'has', id, isConfirmed: id === last });
  }

  /** Whether it may be on a target without anybody else having put it there. */
  private isKnown(id: string | null): boolean {
    const { good, previous, trial, waiting, refused } = this.state;
    if (good === null) return true;
    if (id === null) return false;
    if (id === good || id === previous || id === trial?.id || id === waiting?.id) return true;
    return refused.some((one) => one.id === id);
  }

  private lose(target: string): void {
    const state = this.state.targets[target];
    if (state === undefined || state.kind === 'placing') return;
    this.setTarget(target, { kind: 'lost', last: lastOf(state) });
  }

  private noteHealth(health: RolloutHealth, now: number): void {
    const healthySince = health === 'healthy' ? (this.state.healthySince ?? now) : null;
    this.set({ health, healthySince });
    if (health === 'unhealthy') this.refuseTrial('unhealthy');
  }

  private kill(good: string | undefined): void {
    this.set({ isFrozen: true });
    this.refuseTrial('killed');
    if (good === undefined || good !== this.state.good) return;
    const { previous } = this.state;
    if (previous === null) {
      this.note('no-good-before', good);
      return;
    }
    this.refuse(good, 'killed', null);
    this.set({ good: previous, previous: null });
    this.actions.push({ kind: 'keep', id: previous });
  }

  /** Nothing that was measured before is believed: neither times, nor health, nor what targets have. */
  private restart(): void {
    const { trial, targets } = this.state;
    const unseen = this.options.targets.map((name): [string, TargetState] => {
      const state = targets[name];
      return [name, { kind: 'unseen', last: state === undefined ? null : lastOf(state) }];
    });
    this.targets = Object.fromEntries(unseen);
    this.set({ targets: this.targets, health: 'unknown', healthySince: null });
    if (trial !== null) this.giveUp(trial, 'interrupted');
  }

  /** Nobody is to blame: the candidate is tried once more, if no newer one waits. */
  private giveUp(trial: Trial, why: 'interrupted' | 'unproven'): void {
    if (trial.isAgain) {
      this.refuseTrial(why);
      return;
    }
    this.note(why, trial.id);
    if (this.state.waiting !== null) this.note('superseded', trial.id);
    this.set({ trial: null, waiting: this.state.waiting ?? { id: trial.id, again: trial.given } });
  }

  /** The candidate on trial, if there is one: with it gone, all that have it are given what they should have instead. */
  private refuseTrial(why: RefusalReason, target: string | null = null): void {
    const { trial } = this.state;
    if (trial === null) return;
    this.refuse(trial.id, why, target);
    this.set({ trial: null });
  }

  private refuse(id: string, why: RefusalReason, target: string | null): void {
    const { refused, waiting } = this.state;
    this.set({
      refused: [...refused, { id, why }].slice(-MOST_REFUSED),
      waiting: waiting?.id === id ? null : waiting,
    });
    this.actions.push({ kind: 'refuse', id, why, target });
  }

  /** Each target that can be asked is given what it should have, if it has something else. */
  private placeWhatIsWanted(now: number): void {
    for (const target of this.options.targets) {
      const id = this.wanted(target);
      const state = this.state.targets[target];
      if (id === undefined || state === undefined || !needs(state, id, now)) continue;
      if (this.state.isFrozen && this.isOnTrial(target)) continue;
      const tries = state.kind === 'failing' && state.id === id ? state.tries : 0;
      this.setTarget(target, { kind: 'placing', id, tries });
      this.actions.push({ kind: 'place', target, id });
    }
  }

  /** What the target should have; undefined: whatever it has. */
  private wanted(target: string): string | null | undefined {
    const { trial, good, before } = this.state;
    if (trial !== null && this.isOnTrial(target)) return trial.id;
    // A target may be called what every object has.
    return good ?? (Object.hasOwn(before, target) ? before[target] : undefined);
  }

  private isOnTrial(target: string): boolean {
    const names = this.state.trial?.given ?? NOBODY.names;
    if (names !== this.given.names) this.given = { names, all: new Set(names) };
    return this.given.all.has(target);
  }

  /** One step further, if one is due; false when nothing is left to do now. */
  private advance(now: number): boolean {
    this.noteWatch(now);
    const { trial, isFrozen } = this.state;
    if (isFrozen) return false;
    if (trial === null) return this.begin(now);
    const { watchMs, patienceMs } = timesOf(this.options, trial.step);
    if (trial.watchedSince !== null && now >= trial.watchedSince + watchMs) return this.goOn(trial);
    if (trial.placedSince === null || now < trial.placedSince + patienceMs) return false;
    this.giveUp(trial, 'unproven');
    return true;
  }

  /** A step is watched while all is healthy, no target is still being given the candidate and at least one has taken it. */
  private noteWatch(now: number): void {
    const { trial, targets, isFrozen, health } = this.state;
    if (trial === null) return;
    const given = trial.given.map((target) => targets[target]);
    // Who did not answer the first time is asked again meanwhile: the others need not wait for it.
    const isPlaced = !isFrozen && !given.some((state) => state?.kind === 'placing' && state.tries === 0);
    const isTaken = given.some(
      (state) => state?.kind === 'has' && state.id === trial.id && state.isConfirmed,
    );
    const isWatched = isPlaced && isTaken && health === 'healthy';
    this.set({
      trial: {
        ...trial,
        placedSince: isPlaced ? (trial.placedSince ?? now) : null,
        watchedSince: isWatched ? (trial.watchedSince ?? now) : null,
      },
    });
  }

  private begin(now: number): boolean {
    const { waiting, good } = this.state;
    if (waiting === null) return false;
    if (waiting.id === good) {
      this.note('already-good', good);
      this.set({ waiting: null });
      return true;
    }
    if (!this.isReady(waiting) || now < this.steadyAt()) return false;
    const { id, again } = waiting;
    const trial: Trial = {
      id,
      isAgain: again !== null,
      step: 0,
      given: [],
      placedSince: null,
      watchedSince: null,
    };
    const others = this.options.targets.filter((target) => this.answers(target)).length - 1;
    this.set({ waiting: null });
    this.give(trial, this.choose([], Math.max(1, Math.min(countOf(this.options, 0), others))), 'begun');
    return true;
  }

  /** Whether every target that answers has what it should have, and at least one does. */
  private isReady({ again }: WaitingCandidate): boolean {
    const states = this.options.targets.map((target) => this.state.targets[target]);
    if (states.some((state) => state?.kind === 'unseen' || state?.kind === 'placing')) return false;
    const names = again?.filter((target) => this.options.targets.includes(target)) ?? [];
    return states.some((state) => state?.kind === 'has') && names.every((target) => this.answers(target));
  }

  /** What keeps a candidate from being tried, or from going on, other than time. */
  get heldBy(): 'frozen' | 'health' | 'targets' | undefined {
    const { trial, waiting, isFrozen, health } = this.state;
    if (trial === null && waiting === null) return undefined;
    if (isFrozen) return 'frozen';
    if (health !== 'healthy') return 'health';
    const isHeld = trial === null ? waiting !== null && !this.isReady(waiting) : trial.watchedSince === null;
    return isHeld ? 'targets' : undefined;
  }

  private answers(target: string): boolean {
    return this.state.targets[target]?.kind === 'has';
  }

  private steadyAt(): number {
    const { healthySince } = this.state;
    return healthySince === null ? Number.POSITIVE_INFINITY : healthySince + this.options.steadyMs;
  }

  /** To the next step that gives somebody the candidate; after the last one it is good. */
  private goOn(trial: Trial): boolean {
    for (let step = trial.step + 1; step <= this.options.waves.length; step++) {
      const added = this.choose(trial.given, countOf(this.options, step) - trial.given.length);
      if (added.length === 0) continue;
      this.give({ ...trial, step }, added, 'wave');
      return true;
    }
    this.actions.push({ kind: 'keep', id: trial.id });
    this.set({ good: trial.id, previous: this.state.good, trial: null, before: {} });
    return true;
  }

  private give(trial: Trial, added: readonly string[], note: 'begun' | 'wave'): void {
    const { good, before, targets } = this.state;
    const had = added.map((target): [string, string | null] => {
      const state = targets[target];
      return [target, state?.kind === 'has' ? state.id : null];
    });
    this.set({
      trial: { ...trial, given: [...trial.given, ...added], placedSince: null, watchedSince: null },
      before: good === null ? { ...before, ...Object.fromEntries(had) } : before,
    });
    this.note(note, trial.id);
  }

  /** Targets that answer, in order. */
  private choose(but: readonly string[], count: number): readonly string[] {
    const has = new Set(but);
    const free = this.options.targets.filter((target) => this.answers(target) && !has.has(target));
    return free.slice(0, Math.max(0, count));
  }

  private nextWake(now: number): number {
    const { trial, waiting, isFrozen } = this.state;
    const times = this.options.targets.map((target) => this.asksAgainAt(target));
    if (!isFrozen && trial === null && waiting !== null && this.isReady(waiting)) times.push(this.steadyAt());
    if (!isFrozen && trial !== null) {
      const { watchMs, patienceMs } = timesOf(this.options, trial.step);
      if (trial.watchedSince !== null) times.push(trial.watchedSince + watchMs);
      if (trial.placedSince !== null) times.push(trial.placedSince + patienceMs);
    }
    return Math.min(...times.filter((time) => time > now));
  }

  private asksAgainAt(target: string): number {
    const state = this.state.targets[target];
    const isHeld = this.wanted(target) === undefined || (this.state.isFrozen && this.isOnTrial(target));
    return state?.kind === 'failing' && !isHeld ? state.againAt : Number.POSITIVE_INFINITY;
  }

  private note(note: RolloutNote, id: string | null, target: string | null = null): void {
    this.actions.push({ kind: 'note', note, id, target });
  }

  private set(change: Partial<RolloutState>): void {
    this.state = { ...this.state, ...change };
  }

  private setTarget(target: string, state: TargetState): void {
    this.targets[target] = state;
  }
}
