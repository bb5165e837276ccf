import type { Catalog } from '../../catalog/index.ts';
import { buildModel, eventsUnder, reachedBy, type Model } from '../../model/index.ts';
import { waysOfCompromise } from '../compromise.ts';
import { JourneySolver, NodePool, type JourneyPrice } from '../journey.ts';
import { ratesOf } from '../rates.ts';
import type { Advice, JourneyResult, SharedFate } from '../result.ts';
import type { Candidate } from './candidate.ts';
import { candidatesFor } from './candidates.ts';

export interface AdviceContext {
  readonly without: readonly string[];
  readonly solvers: readonly JourneySolver[];
  readonly journeys: readonly JourneyResult[];
  readonly sharedFate: readonly SharedFate[];
  readonly onProgress: (share: number, what: string) => void;
}

const HOURS_PER_YEAR = 8766;
/** Changes that are tried, and how many when a journey's diagram is large. */
const MOST_TRIED = 60;
const MOST_TRIED_LARGE = 6;
const LARGE_NODES = 100_000;
/** Changes that are shown. */
const MOST_SHOWN = 12;

/**
 * Changes tried on the plan: each is made, the journeys that it touches are solved again, and what it saves is ranked.
 * Of several for the same service and of the same kind the best is kept.
 */
export function adviceFor(model: Model, catalog: Catalog, context: AdviceContext): Advice[] {
  const candidates = candidatesFor({
    model,
    catalog,
    weights: weightsOf(model, context),
    sharedFate: context.sharedFate,
  });
  const large = context.solvers.reduce((sum, solver) => sum + solver.nodes, 0) > LARGE_NODES;
  const tried = candidates.slice(0, large ? MOST_TRIED_LARGE : MOST_TRIED);
  const reached = model.journeys.map((journey) => {
    const { onPath, inChange } = reachedBy(model, [journey]);
    return new Set([...onPath.keys(), ...inChange].map((service) => model.services[service]?.name ?? ''));
  });
  const found: (Advice & { readonly helps: number })[] = [];
  for (const [i, candidate] of tried.entries()) {
    context.onProgress(i / tried.length, `trying ${candidate.change}`);
    const advice = tryOut(model, catalog, candidate, reached, context);
    if (advice !== undefined) found.push(advice);
  }
  return rank(found).slice(0, MOST_SHOWN);
}

/** How much of all loss each event stands for, as a share. */
function weightsOf(model: Model, { solvers }: AdviceContext): Map<string, number> {
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

function tryOut(
  model: Model,
  catalog: Catalog,
  candidate: Candidate,
  reached: readonly ReadonlySet<string>[],
  context: AdviceContext,
): (Advice & { readonly helps: number }) | undefined {
  const changed = buildModel(candidate.plan, catalog).model;
  if (changed === undefined) return undefined;
  const failed = new Set(context.without.flatMap((scope) => eventsUnder(changed, scope)));
  const rates = ratesOf(changed, failed);
  const pool = new NodePool(changed.journeys.length);
  let loss = 0;
  let hours = 0;
  let exposed = 0;
  let refused = 0;
  const waysBefore = new Set<string>();
  const waysAfter = new Set<string>();
  for (const [i, journey] of changed.journeys.entries()) {
    const touched =
      candidate.journey === journey.name ||
      candidate.touches.some((service) => reached[i]?.has(service) === true);
    const before = context.solvers[i]?.basePrice();
    const old = model.journeys[i];
    if (!touched || before === undefined || old === undefined) continue;
    const after = new JourneySolver(changed, journey, { failed, rates, top: 0, pool }).basePrice();
    loss += (before.lossPerYear ?? 0) - (after.lossPerYear ?? 0);
    hours += hoursDown(before) - hoursDown(after);
    exposed += after.exposedProbability - before.exposedProbability;
    refused += after.refusedProbability - before.refusedProbability;
    for (const way of waysOfCompromise(model, old)) waysBefore.add(way);
    for (const way of waysOfCompromise(changed, journey)) waysAfter.add(way);
  }
  const { change, kind, service, journey, assumes } = candidate;
  return {
    change,
    kind,
    service,
    journey,
    lossAvoidedPerYear: Math.max(0, loss),
    hoursAvoidedPerYear: hours,
    costPerYear: null,
    assumes,
    added: {
      compromise: waysAfter.size - waysBefore.size,
      exposedHoursPerYear: exposed * HOURS_PER_YEAR,
      refusedHoursPerYear: refused * HOURS_PER_YEAR,
    },
    helps: Math.max(loss, 0),
  };
}

function hoursDown({ downProbability, switchOvers }: JourneyPrice): number {
  return downProbability * HOURS_PER_YEAR + switchOvers.downHoursPerYear;
}

/** Largest saving first; what saves nothing stays only when it takes ways of compromise away. */
function rank(found: readonly (Advice & { readonly helps: number })[]): Advice[] {
  const best = new Map<string, Advice & { readonly helps: number }>();
  for (const one of found) {
    const key = `${one.kind === 'second-site' || one.kind === 'second-provider' ? 'second' : one.kind}:${one.service}:${one.journey}`;
    const known = best.get(key);
    if (
      known === undefined ||
      one.helps > known.helps ||
      (one.helps === known.helps && one.hoursAvoidedPerYear > known.hoursAvoidedPerYear)
    )
      best.set(key, one);
  }
  return [...best.values()]
    .filter(
      (one) => one.lossAvoidedPerYear > 1 || one.hoursAvoidedPerYear > 1 / 60 || one.added.compromise < 0,
    )
    .sort(
      (a, b) =>
        b.lossAvoidedPerYear - a.lossAvoidedPerYear ||
        b.hoursAvoidedPerYear - a.hoursAvoidedPerYear ||
        a.added.compromise - b.added.compromise,
    )
    .map(({ helps: _, ...one }) => one);
}
