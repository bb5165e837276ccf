import type { Model } from '../model/index.ts';
import type { CutSetResult } from './result.ts';

/** Ids of events, sorted. */
export function namesOf(model: Model, events: readonly number[]): string[] {
  return events.map((event) => model.events[event]?.id ?? '').sort();
}

/** The likeliest sets of events, by name. */
export function topSetsOf(
  model: Model,
  sets: readonly { events: readonly number[]; probability: number }[],
  top: number,
): CutSetResult['top'] {
  const named = sets.map(({ events, probability }) => ({ events: namesOf(model, events), probability }));
  named.sort(
    (a, b) =>
      b.probability - a.probability ||
      a.events.length - b.events.length ||
      (a.events.join() < b.events.join() ? -1 : 1),
  );
  return named.slice(0, top);
}
