import { CompromiseReader, TRUTH, type Model } from '../model/index.ts';
import { reaches } from './levels.ts';
import type { PlacedEffect } from './effects.ts';

/**
 * By journey, for how many minutes somebody could alter what its users see, sign or withdraw: while capabilities that it
 * stands on, and that handle something, were altered. The rules are those of compromise in docs/semantics.md.
 */
export function minutesAltered(model: Model, effects: readonly PlacedEffect[]): number[] {
  const altering = effects.flatMap((effect) =>
    effect.phases.flatMap((phase) => (phase.isAltered ? [{ effect, phase }] : [])),
  );
  if (altering.length === 0) return model.journeys.map(() => 0);
  const moments = [...new Set(altering.flatMap(({ phase }) => [phase.from, phase.to]))].sort((a, b) => a - b);
  const minutes = model.journeys.map(() => 0);
  for (const [i, from] of moments.entries()) {
    const to = moments[i + 1];
    if (to === undefined) break;
    const present = altering.filter(({ phase }) => phase.from <= from && from < phase.to);
    const held = targetsUnder(
      model,
      present.map(({ effect }) => effect),
    );
    const reader = new CompromiseReader(model, { ...TRUTH, event: (target) => held.has(target) });
    for (const [j, journey] of model.journeys.entries())
      if (held.size > 0 && reader.journey(journey)) minutes[j] = (minutes[j] ?? 0) + (to - from) / 60_000;
  }
  return minutes;
}

/** Targets that effects alter: of capabilities at or under them, and of services of the plan. */
function targetsUnder(model: Model, effects: readonly PlacedEffect[]): Set<number> {
  const names = new Set<string>();
  for (const effect of effects) {
    if (model.services.some(({ name }) => name === effect.name)) names.add(`compromise:${effect.name}`);
    for (const offer of model.offers)
      if (offer.capability !== null && reaches(effect, offer))
        names.add(`compromise:${offer.provider}/${offer.capability}`);
  }
  return new Set(model.targets.flatMap(({ id }, i) => (names.has(id) ? [i] : [])));
}
