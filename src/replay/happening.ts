import { referenceSignals } from '../control/index.ts';
import type { Incident } from '../incidents/index.ts';
import type { Model } from '../model/index.ts';
import type { EffectOptions, PlacedEffect } from './effects.ts';
import { reaches, type LevelChange } from './levels.ts';
import type { Choice } from './result.ts';
import { sceneOf } from './scene.ts';

/** What an incident does to what a plan stands on, for whoever makes it happen. */
export interface Happening {
  /** In the order of time, with moments since 1970. */
  readonly changes: readonly LevelChange[];
  /** What the levels are of: what is seen of a running platform has them under the same numbers. */
  readonly signals: ReturnType<typeof referenceSignals>;
  /** What some of it fails of, by its name in the plan. */
  readonly hit: readonly string[];
  /** Of what the plan stands on. */
  readonly choices: readonly Choice[];
}

/** Places an incident in time as it is replayed, and says what of a plan it reaches. */
export function happeningOf(model: Model, incident: Incident, options: EffectOptions): Happening {
  const { effects, choices, levels } = sceneOf(model, incident, options);
  const felt = feltBy(model, effects);
  return {
    changes: levels.changes,
    signals: referenceSignals(model),
    hit: [...levels.lowest].flatMap(([name, lowest]) => (lowest < 1 ? [name] : [])),
    choices: choices.filter(({ about }) => felt.has(about)),
  };
}

/** Those effects that are about something that the plan stands on, by what choices call them. */
export function feltBy({ offers, services }: Model, effects: readonly PlacedEffect[]): ReadonlySet<string> {
  const isFelt = (effect: PlacedEffect): boolean =>
    services.some(({ name }) => name === effect.name) || offers.some((offer) => reaches(effect, offer));
  return new Set(effects.filter(isFelt).map(({ about }) => about));
}
