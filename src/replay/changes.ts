import { EMPTY_CATALOG, type Catalog } from '../catalog/index.ts';
import { candidatesFor, sharedFateOf, type Candidate } from '../changes/index.ts';
import { rebuildModel, type Model } from '../model/index.ts';
import { compared, difference, replayed, total, type Made } from './otherwise.ts';
import type { HelpfulChange } from './result.ts';

/** Changes that are tried, and that are shown. */
const MOST_TRIED = 40;
const MOST_SHOWN = 5;

/** Single changes to the plan that would have helped, each found by replaying the incident again. */
export function helpfulChanges(made: Made, catalog: Catalog = EMPTY_CATALOG): HelpfulChange[] {
  const { model } = made;
  const candidates = candidatesFor({
    model,
    catalog,
    weights: weightsOf(made),
    sharedFate: sharedFateOf(model),
  }).filter(({ kind }) => kind !== 'verify' && kind !== 'ready-standby');
  const found = candidates.slice(0, MOST_TRIED).flatMap((candidate): HelpfulChange[] => {
    const changed = rebuildModel(candidate.plan, model);
    if (changed === undefined) return [];
    const done = replayed(changed, made.incident, made.options, made.isShedding);
    if (done === undefined) return [];
    const [before, after] = compared(model, made.done, changed, done);
    const [base, again] = [total(before), total(after)];
    const helpful = {
      change: candidate.change,
      kind: candidate.kind,
      lossAvoided: difference(base.loss, again.loss),
      minutesDownAvoided: base.minutesDown - again.minutesDown,
      minutesDegradedAvoided: base.minutesDegraded - again.minutesDegraded,
      assumes: candidate.assumes,
    };
    return worthOf(helpful) > 0 ? [helpful] : [];
  });
  return bestOfEach(found, candidates).slice(0, MOST_SHOWN);
}

function worthOf({ lossAvoided, minutesDownAvoided, minutesDegradedAvoided }: HelpfulChange): number {
  return lossAvoided ?? minutesDownAvoided + minutesDegradedAvoided / 1000;
}

/** Of several changes to one thing the best, the most helpful first. */
function bestOfEach(found: readonly HelpfulChange[], candidates: readonly Candidate[]): HelpfulChange[] {
  const best = new Map<string, HelpfulChange>();
  for (const one of [...found].sort((a, b) => worthOf(b) - worthOf(a))) {
    const candidate = candidates.find(({ change }) => change === one.change);
    const kind = one.kind === 'second-site' || one.kind === 'second-provider' ? 'second' : one.kind;
    const key = `${kind}:${candidate?.service}:${candidate?.journey}`;
    if (!best.has(key)) best.set(key, one);
  }
  return [...best.values()];
}

/** Everything that the incident hit weighs the same. */
function weightsOf({ model, levels }: Made): Map<string, number> {
  const weights = new Map<string, number>();
  for (const { name, events } of model.references)
    if ((levels.lowest.get(name) ?? 1) < 1) for (const event of events) weights.set(eventId(model, event), 1);
  for (const { name } of model.services) if ((levels.lowest.get(name) ?? 1) < 1) weights.set(name, 1);
  return weights;
}

function eventId(model: Model, event: number): string {
  return model.events[event]?.id ?? '';
}
