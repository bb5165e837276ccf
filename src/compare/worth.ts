import type { Assessment, JourneyResult } from '../assess/index.ts';
import type { Catalog } from '../catalog/index.ts';
import { buildModel, reachedByJourney, type Model } from '../model/index.ts';
import { contradictions, type Plan } from '../plan/index.ts';
import type { Problem } from '../problems.ts';
import { isSame } from './journeys.ts';
import type { JourneyStanding, Worth } from './result.ts';
import { journeyStanding, type Assessed } from './standing.ts';
import { transplant } from './transplant.ts';

/** What solves a changed plan: the verb that answers is handed in. */
export interface Solving {
  readonly catalog: Catalog;
  /** Intervals, cut sets and advice are not looked at. */
  readonly assess: (model: Model) => Assessment;
}

/** Keys on which no figure that is compared rests. */
const WITHOUT_WEIGHT = {
  service: ['cost', 'evidence', 'front', 'note'],
  journey: ['backlog', 'ladder', 'reopen', 'slo', 'tier', 'usable'],
} as const;

interface Changed {
  readonly kind: 'journey' | 'service';
  readonly name: string;
  readonly keys: readonly string[];
}

/** What one change is worth to the first plan alone, or in words why nobody can say. */
export function worthOf(
  first: Assessed,
  other: Plan,
  changed: Changed,
  solving: Solving,
): { readonly worth: Worth | null; readonly why: string | null } {
  const touched = touchedBy(first, changed);
  const bounded = touched.find(({ down }) => down.bounds !== null);
  if (bounded !== undefined)
    return { worth: null, why: `Not solved: of ${bounded.name} only bounds are known.` };
  const { plan, brings } = transplant(first.model, other, changed);
  const wrong = contradictions(plan);
  if (wrong.length > 0) return { worth: null, why: cannotStand(wrong) };
  // The journeys that it does not touch answer what they did.
  const names = new Set(touched.map(({ name }) => name));
  const journeys = plan.journeys.filter(({ name }) => names.has(name));
  const { model, problems } = buildModel({ ...plan, journeys }, solving.catalog);
  if (model === undefined) return { worth: null, why: cannotStand(problems) };
  const after = solving.assess(model);
  const rest = first.assessment.journeys.filter(({ name }) => !names.has(name));
  const oneStep = oneStepTargets([...after.journeys, ...rest]) - oneStepTargets(first.assessment.journeys);
  return { worth: difference(touched, after, rest, { oneStep, brings }), why: null };
}

/** Journeys of the first plan that a change bears on: what they reach is the same before and after, but for what is below it. */
function touchedBy({ model, assessment }: Assessed, { kind, name }: Changed): readonly JourneyResult[] {
  const index = model.services.findIndex((service) => service.name === name);
  const names = model.journeys
    .filter((journey) => {
      if (kind === 'journey') return journey.name === name;
      const { onPath, inChange } = reachedByJourney(model, journey);
      return onPath.has(index) || inChange.has(index);
    })
    .map((journey) => journey.name);
  return assessment.journeys.filter((journey) => names.includes(journey.name));
}

/** Set where a change is one of words only: then there is nothing to solve. */
export function isOfWords({ kind, keys }: Changed): boolean {
  const words: readonly string[] = WITHOUT_WEIGHT[kind];
  return keys.every((key) => words.includes(key));
}

function cannotStand(problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const more = errors.length > 1 ? ` And ${errors.length - 1} more.` : '';
  return `The first plan cannot stand with it alone: ${errors[0]?.message ?? 'nobody can say why.'}${more}`;
}

function difference(
  touched: readonly JourneyResult[],
  after: Assessment,
  rest: readonly JourneyResult[],
  { oneStep, brings }: { readonly oneStep: number; readonly brings: readonly string[] },
): Worth {
  const pairs = touched.flatMap((journey) => {
    const now = after.journeys.find(({ name }) => name === journey.name);
    return now === undefined ? [] : [{ from: journeyStanding(journey), to: journeyStanding(now) }];
  });
  const same = rest.map(journeyStanding).map((journey) => ({ from: journey, to: journey }));
  const rise = (of: (journey: JourneyStanding) => number): number =>
    pairs.reduce((total, { from, to }) => total + exactly(of(from), of(to)), 0);
  const changed = pairs.map((pair) => ({
    name: pair.from.name,
    hoursAvoidedPerYear: exactly(pair.to.downHoursPerYear, pair.from.downHoursPerYear),
    lossAvoidedPerYear: lossAvoided([pair]),
  }));
  return {
    hoursAvoidedPerYear: changed.reduce((sum, journey) => sum + journey.hoursAvoidedPerYear, 0),
    lossAvoidedPerYear: lossAvoided([...pairs, ...same]),
    exact: pairs.every(({ from, to }) => from.exact && to.exact),
    added: {
      oneStep,
      exposedHoursPerYear: rise(({ exposedHoursPerYear }) => exposedHoursPerYear),
      refusedHoursPerYear: rise(({ refusedHoursPerYear }) => refusedHoursPerYear),
    },
    brings,
    journeys: changed.filter(
      ({ hoursAvoidedPerYear, lossAvoidedPerYear }) =>
        hoursAvoidedPerYear !== 0 || (lossAvoidedPerYear ?? 0) !== 0,
    ),
  };
}

/** What is the same but for rounding has not changed. */
function exactly(from: number, to: number): number {
  return isSame(from, to) ? 0 : to - from;
}

/** Null where a journey has a loss only before or only after, and where none has one. */
export function lossAvoided(
  pairs: readonly { readonly from: JourneyStanding; readonly to: JourneyStanding }[],
): number | null {
  let avoided: number | null = null;
  for (const { from, to } of pairs) {
    if (from.lossPerYear === null && to.lossPerYear === null) continue;
    if (from.lossPerYear === null || to.lossPerYear === null) return null;
    avoided = (avoided ?? 0) + exactly(to.lossPerYear, from.lossPerYear);
  }
  return avoided;
}

/** How many targets suffice alone to compromise some journey. */
function oneStepTargets(journeys: readonly JourneyResult[]): number {
  return new Set(journeys.flatMap(({ compromise }) => compromise.singlePoints)).size;
}
