import { join } from 'node:path';
import { readWhole, replaceWhole, type Disk } from '../../disk/index.ts';
import { digestOf } from '../../document/load.ts';
import { newRollout, type RolloutState } from '../../policies/index.ts';
import type { GuardState } from '../store/state.ts';

/* `rollout.json`: where the rollout is, in its own words. What is good, refused and frozen is the store's to say; this is believed only where
   it does not contradict that. Without it the rollout begins from what the store knows. */

const SCHEMA = 'keelson.guard-rollout/1';
/** @unit bytes */
const MOST = 10_000_000;

interface Kept {
  readonly schema: typeof SCHEMA;
  /** Of the contract under which it was decided. */
  readonly contract: string;
  readonly state: RolloutState;
}

/** Writes it when anything in it is another that a restart wants to know. */
export class KeptRollout {
  private readonly disk: Disk;
  private readonly path: string;
  private readonly contract: string;
  private last = '';

  constructor(disk: Disk, folder: string, contract: string) {
    this.disk = disk;
    this.path = join(folder, 'rollout.json');
    this.contract = contract;
  }

  /** On the disk when this returns. @throws what the disk does */
  save(state: RolloutState): void {
    const durable = durableOf(state);
    if (durable === this.last) return;
    const body = JSON.stringify({ schema: SCHEMA, contract: this.contract, state } satisfies Kept);
    replaceWhole(this.disk, this.path, `${body}\n${digestOf(body)}\n`);
    this.last = durable;
  }

  /** Undefined: there is none, or it is not as it was written. */
  load(): { readonly state: RolloutState; readonly isSameContract: boolean } | undefined {
    try {
      const [body = '', sum] = readWhole(this.disk, this.path, MOST).toString('utf8').split('\n');
      if (digestOf(body) !== sum) return undefined;
      const kept = JSON.parse(body) as Kept; // as it was written: its digest has just been looked at
      if (kept.schema !== SCHEMA) return undefined;
      return { state: kept.state, isSameContract: kept.contract === this.contract };
    } catch {
      return undefined;
    }
  }
}

/** What a restart goes by: times and health are not believed then. */
function durableOf({ health: _, healthySince: __, trial, targets, ...rest }: RolloutState): string {
  const {
    placedSince: ___,
    watchedSince: ____,
    ...onTrial
  } = trial ?? { placedSince: null, watchedSince: null };
  const standing = Object.entries(targets).map(([name, state]) =>
    state.kind === 'failing' ? [name, state.kind, state.id] : [name, state],
  );
  return JSON.stringify({ ...rest, trial: trial === null ? null : onTrial, standing });
}

export interface RestoreOptions {
  readonly kept: { readonly state: RolloutState; readonly isSameContract: boolean } | undefined;
  readonly store: GuardState;
  readonly targets: readonly string[];
  /** Whether the bytes of a version are on this disk. */
  readonly has: (id: string) => boolean;
}

/** The state that a rollout goes on from after a restart. */
export function restoredRollout({ kept, store, targets, has }: RestoreOptions): RolloutState {
  const { good, previous, refused, frozen } = store;
  const known = kept?.state.refused ?? [];
  const refusals = [...refused].reverse().map(({ digest }) => ({
    id: digest,
    why: known.find(({ id }) => id === digest)?.why ?? ('killed' as const),
  }));
  const isOpen = (id: string): boolean =>
    id !== good?.digest && has(id) && !refused.some(({ digest }) => digest === id);
  const base = kept?.state ?? newRollout(targets);
  // What only waited is offered again by its source, and held against the contract as it is now.
  const { waiting, trial } = base;
  const mayGoOn = kept?.isSameContract === true;
  return {
    ...base,
    good: good?.digest ?? null,
    previous: previous[0]?.digest ?? null,
    refused: refusals,
    isFrozen: frozen !== null,
    trial: trial !== null && isOpen(trial.id) && mayGoOn ? trial : null,
    waiting: waiting !== null && waiting.again !== null && isOpen(waiting.id) && mayGoOn ? waiting : null,
  };
}
