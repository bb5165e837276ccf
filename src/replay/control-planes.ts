import { reachedBy, type Model, type Offer } from '../model/index.ts';
import type { PlacedEffect } from './effects.ts';
import { reaches } from './levels.ts';
import type { ControlPlane } from './result.ts';
import { isoTime } from './time.ts';

/** What the providers that the plan stands on offer to change things with, as far as it was hit. */
export function controlPlanesOf(model: Model, effects: readonly PlacedEffect[]): ControlPlane[] {
  const providers = new Set(model.references.map(({ provider }) => provider));
  const { referencesInChange } = reachedBy(model, model.journeys);
  const steering = new Set([...referencesInChange].map((i) => model.references[i]?.offer));
  return effects.flatMap((effect): ControlPlane[] => {
    if (!providers.has(effect.name.split('/')[0] ?? '')) return [];
    const reached = [...model.offers.entries()].filter(([, offer]) => reaches(effect, offer));
    return planesOf(effect, reached).flatMap(({ capability, offers }) =>
      effect.phases
        .filter(({ severity }) => severity > 0)
        .map(({ from, to, mode }) => ({
          capability,
          from: isoTime(from),
          to: isoTime(to),
          mode,
          used: offers.some((offer) => steering.has(offer)),
        })),
    );
  });
}

/** A whole provider takes all of its control planes along; a capability may be one without the catalogue's knowing. */
function planesOf(
  { name, scope, phases }: PlacedEffect,
  reached: readonly (readonly [index: number, offer: Offer])[],
): { readonly capability: string; readonly offers: readonly number[] }[] {
  const control = reached.filter(([, { plane }]) => plane === 'control');
  if (!name.includes('/')) return control.map(([i, offer]) => ({ capability: offer.name, offers: [i] }));
  const isSaid = phases.some(({ mode }) => mode === 'login-unavailable' || mode === 'control-plane-errors');
  if (control.length === 0 && !isSaid) return [];
  const capability = scope === '' ? name : `${name}@${scope}`;
  return [{ capability, offers: reached.map(([i]) => i) }];
}
