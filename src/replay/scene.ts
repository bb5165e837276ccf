import { referenceSignals } from '../control/index.ts';
import type { Incident } from '../incidents/index.ts';
import type { Model } from '../model/index.ts';
import { placeEffects, type PlacedEffect } from './effects.ts';
import { levelsOf, type IncidentLevels } from './levels.ts';
import type { ReplayOptions } from './options.ts';
import type { Choice } from './result.ts';

/** An incident as a plan meets it. */
export interface Scene {
  readonly effects: readonly PlacedEffect[];
  readonly choices: readonly Choice[];
  readonly levels: IncidentLevels;
  /** From the first phase that is replayed to the last; undefined when none is. @unit ms */
  readonly span: { readonly from: number; readonly to: number } | undefined;
}

/** Places an incident in time, for the cohorts that the plan and the options name, and says what it does to the plan. */
export function sceneOf(model: Model, incident: Incident, options: ReplayOptions): Scene {
  const cohorts = [...(model.plan.cohorts ?? []), ...(options.cohorts ?? [])];
  const { effects, choices } = placeEffects(incident, { ...options, cohorts });
  const levels = levelsOf(model, referenceSignals(model), effects);
  return { effects, choices, levels, span: spanOf(effects) };
}

function spanOf(effects: readonly PlacedEffect[]): Scene['span'] {
  const phases = effects.flatMap((effect) => effect.phases);
  if (phases.length === 0) return undefined;
  return {
    from: phases.reduce((least, { from }) => Math.min(least, from), Number.POSITIVE_INFINITY),
    to: phases.reduce((most, { to }) => Math.max(most, to), Number.NEGATIVE_INFINITY),
  };
}
