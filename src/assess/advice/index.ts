import type { Catalog } from '../../catalog/index.ts';
import { candidatesFor, type Candidate, type SharedFate } from '../../changes/index.ts';
import type { Model } from '../../model/index.ts';
import type { Plan } from '../../plan/index.ts';
import { HOURS_PER_YEAR } from '../../units.ts';
import type { CompromiseSolver } from '../compromise.ts';
import type { JourneySolver } from '../journey.ts';
import type { Advice, PaidAlternative } from '../result.ts';
import { worthOfAlternatives } from './alternatives.ts';
import { Effects } from './effect.ts';

export interface AdviceContext {
  readonly without: readonly string[];
  readonly solvers: readonly JourneySolver[];
  readonly compromise: CompromiseSolver;
  /** As of the plan itself; undefined stands for the default. */
  readonly budget: number | undefined;
  readonly sharedFate: readonly SharedFate[];
  readonly onProgress: (share: number, what: string) => void;
}

/** Changes that are tried; how many when diagrams are large, and when some journey has bounds only. */
const MOST_TRIED = 60;
const MOST_TRIED_LARGE = 6;
const MOST_TRIED_BOUNDED = 3;
const LARGE_NODES = 100_000;
/** What saves a smaller share of all loss is not shown. */
const LEAST_SAVING = 0.001;
/** Changes that are shown. */
const MOST_SHOWN = 12;

/**
 * Changes tried on the plan: each is made, the journeys that it touches are solved again, and what it saves is ranked.
 * Of several for the same service and of the same kind the best is kept. Beside them, what the alternatives that the
 * plan pays for save: the plan is solved without each.
 */
export function adviceFor(
  model: Model,
  catalog: Catalog,
  context: AdviceContext,
): { readonly advice: Advice[]; readonly paid: PaidAlternative[] } {
  const { without, solvers, compromise, budget, sharedFate, onProgress } = context;
  const effects = new Effects(model, without, solvers, compromise, budget);
  const candidates = candidatesFor({ model, catalog, weights: weightsOf(model, solvers), sharedFate });
  const nodes = solvers.reduce((sum, solver) => sum + solver.nodes, 0);
  const isExact = solvers.every((solver) => solver.isExact);
  const isLarge = nodes > LARGE_NODES || !isExact;
  const tried = candidates.slice(0, !isExact ? MOST_TRIED_BOUNDED : isLarge ? MOST_TRIED_LARGE : MOST_TRIED);
  const found: Advice[] = [];
  for (const [i, candidate] of tried.entries()) {
    onProgress(i / tried.length, `trying ${candidate.change}`);
    const advice = tryOut(model, candidate, effects);
    if (advice !== undefined) found.push(advice);
  }
  const total = solvers.reduce((sum, solver) => sum + (solver.basePrice().lossPerYear ?? 0), 0);
  return {
    advice: rank(found, total * LEAST_SAVING).slice(0, MOST_SHOWN),
    paid: isLarge ? [] : paidAlternatives(model, effects),
  };
}

function tryOut(model: Model, candidate: Candidate, effects: Effects): Advice | undefined {
  const event = model.events.findIndex(({ id }) => id === candidate.chance?.event);
  const effect =
    candidate.chance === undefined || event < 0
      ? effects.of(candidate)
      : effects.ofChance({ event, chance: candidate.chance.chance });
  if (effect === undefined) return undefined;
  const { change, kind, service, journey, assumes, costPerYear } = candidate;
  return {
    change,
    kind,
    service,
    journey,
    lossAvoidedPerYear: Math.max(0, effect.lossAvoided),
    hoursAvoidedPerYear: effect.hoursAvoided,
    costPerYear,
    assumes,
    added: {
      compromise: effect.compromise,
      exposedHoursPerYear: effect.exposed,
      refusedHoursPerYear: effect.refused,
    },
  };
}

/** What the alternatives that the plan pays for save. */
function paidAlternatives(model: Model, effects: Effects): PaidAlternative[] {
  return worthOfAlternatives(model, effects, (cost) => cost !== null).map((one) => ({
    service: one.service,
    alternative: one.alternative,
    costPerYear: one.costPerYear ?? 0, // only those with a cost are asked for
    lossAvoidedPerYear: one.lossAvoidedPerYear,
    hoursAvoidedPerYear: one.hoursAvoidedPerYear,
    addedCompromise: one.addedCompromise.length - one.avoidedCompromise.length,
  }));
}

/** The plan that a piece of advice makes; undefined when no change of that name would be tried. */
export function planChangedBy(
  model: Model,
  catalog: Catalog,
  sharedFate: readonly SharedFate[],
  change: string,
): Plan | undefined {
  // Whatever was advised, whenever: no event is too light to be looked at.
  const weights = new Map(model.events.map(({ id }) => [id, 1]));
  const candidates = candidatesFor({ model, catalog, weights, sharedFate });
  return candidates.find((candidate) => candidate.change === change)?.plan;
}

/** How much of all loss each event stands for, as a share. */
function weightsOf(model: Model, solvers: readonly JourneySolver[]): Map<string, number> {
  const weights = new Map<string, number>();
  let total = 0;
  for (const solver of solvers) {
    const { lossPerYear, degradedProbability } = solver.basePrice();
    total += lossPerYear ?? degradedProbability * HOURS_PER_YEAR;
    for (const [event, weight] of solver.eventWeights()) {
      const id = model.events[event]?.id ?? '';
      weights.set(id, (weights.get(id) ?? 0) + weight);
    }
  }
  for (const [id, weight] of weights) weights.set(id, total > 0 ? weight / total : 0);
  return weights;
}

/** Largest saving first, its cost taken off where one is known; what saves nothing stays only when it takes ways of compromise away. */
function rank(found: readonly Advice[], leastSaving: number): Advice[] {
  const net = (one: Advice): number => one.lossAvoidedPerYear - (one.costPerYear ?? 0);
  const order = (a: Advice, b: Advice): number =>
    net(b) - net(a) ||
    b.hoursAvoidedPerYear - a.hoursAvoidedPerYear ||
    a.added.compromise - b.added.compromise;
  const best = new Map<string, Advice>();
  for (const one of [...found].sort(order)) {
    const kind = one.kind === 'second-site' || one.kind === 'second-provider' ? 'second' : one.kind;
    const key = `${kind}:${one.service}:${one.journey}`;
    if (!best.has(key)) best.set(key, one);
  }
  return [...best.values()].filter(
    (one) =>
      (leastSaving > 0 ? one.lossAvoidedPerYear >= leastSaving : one.hoursAvoidedPerYear > 1 / 60) ||
      one.added.compromise < 0,
  );
}
