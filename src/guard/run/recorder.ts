import type { RefusalReason, RolloutAction, RolloutState } from '../../policies/index.ts';
import type { Facts } from '../result.ts';
import type { GuardStore } from '../store/index.ts';
import type { LastDone } from './target-desk.ts';

export interface RecorderOptions {
  readonly store: GuardStore;
  /** How many good versions are kept. */
  readonly keep: number;
  readonly factsOf: (id: string) => Facts | undefined;
  /** Why health is what it is, in words. */
  readonly healthWords: () => string;
  /** What a target has said last. */
  readonly lastOf: (target: string) => LastDone | undefined;
  /** What a person has said who ordered it. */
  readonly orderWords: () => string;
}

const WHY: Readonly<Record<RefusalReason, string>> = {
  unhealthy: 'health failed while it was on a target',
  nacked: 'a target read it and said no',
  killed: 'a person has killed it',
  interrupted: 'the guard was stopped while it was tried, and it had been tried before',
  unproven: 'it was never well for as long as a watch takes, and it had been tried before',
};

/** Writes what the rollout has decided into the store and its journal, before it is done. */
export class Recorder {
  private readonly options: RecorderOptions;
  /** By target, what was noted of it last: what is tried again and again is noted once. */
  private readonly noted = new Map<string, string>();

  constructor(options: RecorderOptions) {
    this.options = options;
  }

  /** @param state after the action. @throws KeelsonError `state-unusable`: then it is not to be done */
  record(action: RolloutAction, state: RolloutState): void {
    const { store } = this.options;
    switch (action.kind) {
      case 'keep':
        this.keep(action.id);
        break;
      case 'refuse':
        store.refuse(action.id, this.whyOf(action));
        break;
      case 'place': {
        const { target, id } = action;
        if (this.isNew(target, `place ${id}`)) store.note('placing', { target, digest: id });
        break;
      }
      case 'note':
        this.note(action, state);
        break;
    }
  }

  /** What came of a placement. */
  recordPlaced(target: string, { digest, outcome, words }: LastDone): void {
    if (this.isNew(target, `${outcome} ${digest} ${words}`))
      this.options.store.note('placed', { target, digest, outcome, words });
    // Another attempt of what went well is an attempt of its own.
    if (outcome === 'acknowledged') this.noted.delete(target);
  }

  whyOf({ why, target }: Extract<RolloutAction, { kind: 'refuse' }>): string {
    const { healthWords, lastOf, orderWords } = this.options;
    const more =
      why === 'unhealthy'
        ? healthWords()
        : why === 'killed'
          ? orderWords()
          : target === null
            ? ''
            : `${target}: ${lastOf(target)?.words ?? ''}`;
    return more === '' ? `${WHY[why]}.` : `${WHY[why]}: ${more}.`;
  }

  private keep(id: string): void {
    const { store, factsOf, keep } = this.options;
    if (store.good?.digest === id) return;
    const facts = factsOf(id);
    if (facts === undefined) throw new Error(`Expected the facts of ${id} to be known.`);
    store.keepGood(facts);
    store.prune(keep);
  }

  private note({ note, id, target }: Extract<RolloutAction, { kind: 'note' }>, state: RolloutState): void {
    const { store, factsOf } = this.options;
    const trial = state.trial?.id === id ? state.trial : undefined;
    const phase = trial === undefined || trial.step === 0 ? 'canary' : `wave ${trial.step}`;
    if (note === 'begun' && id !== null) {
      const facts = factsOf(id);
      if (facts === undefined) throw new Error(`Expected the facts of ${id} to be known.`);
      store.begin({ digest: id, facts, phase: 'canary' });
      if (trial !== undefined) store.move(id, phase, trial.given);
    } else if (note === 'wave' && id !== null && trial !== undefined) store.move(id, phase, trial.given);
    else if (target === null || this.isNew(target, `${note} ${id}`))
      store.note('noted', { note, digest: id, ...(target === null ? {} : { target }) });
  }

  private isNew(target: string, what: string): boolean {
    const key = `${target} ${what.split(' ')[0]}`;
    if (this.noted.get(key) === what) return false;
    this.noted.set(key, what);
    return true;
  }
}
