import type { Catalog } from '../catalog/index.ts';
import type { Clock } from '../clock.ts';
import { eventsUnder, type Model } from '../model/index.ts';
import type { Plan } from '../plan/index.ts';
import type { Problem } from '../problems.ts';
import { HOURS_PER_YEAR } from '../units.ts';
import { worthOfAlternatives, type AlternativeWorth } from './advice/alternatives.ts';
import { Effects } from './advice/effect.ts';
import { adviceFor, planChangedBy } from './advice/index.ts';
import { blastOf } from './blast.ts';
import { CompromiseSolver } from './compromise.ts';
import { drilledResult, REHEARSED } from './drilled.ts';
import { findingsOf } from './findings.ts';
import { readModel } from './formulas.ts';
import { JourneySolver } from './journey.ts';
import { NodePool } from './node-pool.ts';
import { providerShares } from './providers.ts';
import { drawRates, intervalOf, ratesOf, type Draws } from './rates.ts';
import type { Assessment, Assumption, EventResult, JourneyResult } from './result.ts';
import { sharedFateOf } from '../changes/index.ts';

export interface AssessOptions {
  /** Events, scopes or services taken as failed: `cloudflare`, `aws@us-east-1`, `edge:switch`. */
  readonly without?: readonly string[];
  /** Whether changes are tried on the plan. @default true */
  readonly advice?: boolean;
  /** Needed for advice: changed plans are read against it. */
  readonly catalog?: Catalog;
  /** How many cut sets a journey lists. @default 10 */
  readonly top?: number;
  /** Draws of the rates behind each interval. @default 128 */
  readonly draws?: number;
  /** Nodes that all attempts at all journeys' diagrams may come to. @default 12_000_000 */
  readonly budget?: number;
  /** Warnings about the plan that are to stand among the findings. */
  readonly problems?: readonly Problem[];
  /** Told what is being done, 0 to 1. */
  readonly onProgress?: (share: number, what: string) => void;
  /** Measures `solved.ms`; without it that is 0. */
  readonly clock?: Clock;
}

/** Exactly what takes each journey of a plan down, how often, what it costs, and what its fallbacks give away. */
export function assess(model: Model, options: AssessOptions = {}): Assessment {
  const clock = options.clock ?? (() => 0);
  const begin = clock();
  const progress = options.onProgress ?? (() => {});
  const failed = new Set((options.without ?? []).flatMap((scope) => eventsUnder(model, scope)));
  const rates = ratesOf(model, failed);
  const draws = drawRates(model, rates, failed, options.draws ?? 128);
  const reading = readModel(model, failed);
  const settings = {
    rates,
    top: options.top ?? 10,
    pool: new NodePool(model.journeys.length, options.budget),
    reading,
  };
  const compromise = new CompromiseSolver(model);
  const solvers: JourneySolver[] = [];
  const journeys: JourneyResult[] = [];
  for (const [i, journey] of model.journeys.entries()) {
    progress(i / model.journeys.length, `solving ${journey.name}`);
    const solver = new JourneySolver(model, journey, settings);
    solvers.push(solver);
    journeys.push(journeyResult(model, solver, compromise, draws));
  }
  const loss = journeys.some(({ lossPerYear }) => lossPerYear !== null)
    ? journeys.reduce((sum, { lossPerYear }) => sum + (lossPerYear ?? 0), 0)
    : null;
  const hoursDown = journeys.reduce((sum, { down }) => sum + down.hoursPerYear, 0);
  progress(1, 'comparing providers');
  const blast = blastOf(model, failed);
  const sharedFate = sharedFateOf(model);
  const shares = providerShares(model, solvers, rates, loss, hoursDown);
  const wanted = options.advice !== false;
  const { advice, paid } =
    wanted && options.catalog !== undefined
      ? adviceFor(model, options.catalog, {
          without: options.without ?? [],
          solvers,
          compromise,
          budget: options.budget,
          sharedFate,
          onProgress: progress,
        })
      : { advice: [], paid: [] };
  const { plan } = model;
  const base = {
    schema: 'keelson.assessment/1' as const,
    plan: {
      name: plan.platform.name,
      file: plan.source.file,
      digest: plan.digest ?? null,
      asOf: plan.platform.asOf,
      currency: plan.platform.currency ?? 'USD',
    },
    without: options.without ?? [],
    journeys,
    events: eventResults(model),
    blast,
    providers: shares.providers,
    concentration: shares.concentration,
    sharedFate,
    advice,
    paid,
    assumptions: assumptionsOf(model),
    ...(plan.drilled === undefined ? {} : { drilled: drilledResult(plan.drilled) }),
  };
  const findings = findingsOf(model, settings.reading.reader, base, options.problems ?? []);
  const solved = {
    events: base.events.length,
    gates: solvers.reduce((sum, solver) => sum + solver.gates, 0),
    nodes: solvers.reduce((sum, solver) => sum + solver.nodes, 0),
    ms: clock() - begin,
  };
  const { schema, plan: head, without, ...rest } = base;
  return { schema, plan: head, without, solved, ...rest, findings };
}

/**
 * What every alternative of every service saves, what it costs and what it gives away: the plan is solved without each. Takes about
 * as long as the journeys times the alternatives that they reach.
 */
export function alternativesOf(
  model: Model,
  options: Pick<AssessOptions, 'without' | 'budget'> = {},
): AlternativeWorth[] {
  const { solvers, compromise } = solved(model, options);
  return worthOfAlternatives(
    model,
    new Effects(model, options.without ?? [], solvers, compromise, options.budget),
  );
}

/** The plan that a piece of advice for a model makes; undefined when no change of that name would ever be tried on it. */
export function changedPlan(model: Model, catalog: Catalog, change: string): Plan | undefined {
  return planChangedBy(model, catalog, sharedFateOf(model), change);
}

/** Every journey solved. */
function solved(
  model: Model,
  { without = [], budget }: Pick<AssessOptions, 'without' | 'budget'>,
): { readonly solvers: readonly JourneySolver[]; readonly compromise: CompromiseSolver } {
  const failed = new Set(without.flatMap((scope) => eventsUnder(model, scope)));
  const settings = {
    rates: ratesOf(model, failed),
    top: 0,
    pool: new NodePool(model.journeys.length, budget),
    reading: readModel(model, failed),
  };
  const solvers = model.journeys.map((journey) => new JourneySolver(model, journey, settings));
  return { solvers, compromise: new CompromiseSolver(model) };
}

function journeyResult(
  model: Model,
  solver: JourneySolver,
  compromise: CompromiseSolver,
  draws: Draws,
): JourneyResult {
  const { journey } = solver;
  const price = solver.basePrice();
  const drawn = solver.drawn(draws);
  const down = solver.condition('down', drawn.down);
  const degraded = journey.modes.length === 1 ? down : solver.condition('degraded', drawn.degraded);
  const gaps = price.switchOvers;
  const availability = Math.max(0, 1 - price.downProbability - gaps.downHoursPerYear / HOURS_PER_YEAR);
  return {
    name: journey.name,
    tier: journey.tier,
    slo: journey.slo,
    meetsSlo:
      journey.slo === null
        ? null
        : price.downProbability + gaps.downHoursPerYear / HOURS_PER_YEAR <= 1 - journey.slo + 1e-15,
    availability,
    modes: journey.modes.map((mode, m) => ({
      name: mode.name,
      worth: mode.worth,
      probability: price.modes[m] ?? 0,
    })),
    down,
    degraded,
    switchOver: {
      perYear: gaps.perYear,
      hoursPerYear: gaps.hoursPerYear,
      downHoursPerYear: gaps.downHoursPerYear,
      dataLost: solver.dataLost(),
      exact: gaps.exact,
      byService: gaps.byService.map(({ service, ...rest }) => ({
        service: model.services[service]?.name ?? '',
        ...rest,
      })),
    },
    importance: solver.importance(),
    lossPerYear: price.lossPerYear,
    lossInterval: price.lossPerYear === null ? null : intervalOf(drawn.lossPerYear, price.lossPerYear),
    exposed: solver.protections('exposed'),
    refused: solver.protections('refused'),
    compromise: compromise.result(journey),
  };
}

function eventResults(model: Model): EventResult[] {
  return model.events
    .filter(({ probability }) => probability > 0)
    .map(({ id, provider, probability, rate, chance }) => ({
      id,
      provider,
      probability,
      ratePerYear: rate?.ratePerYear ?? null,
      meanHours: rate?.meanHours ?? null,
      basis: rate?.basis ?? chance?.basis ?? ('plan' as const),
      detail: rate?.detail ?? chance?.detail ?? 'the plan',
      interval: rate === undefined ? null : rate.interval,
      ...(chance === undefined ? {} : { probabilityInterval: chance.interval }),
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function assumptionsOf(model: Model): Assumption[] {
  return model.events
    .flatMap(({ id, probability, rate, chance }): Assumption[] => {
      if (probability === 0) return [];
      if (chance?.isRehearsed === true) return [{ subject: id, what: `${chance.detail}; ${REHEARSED}` }];
      return rate !== undefined &&
        (rate.basis === 'assumed' || rate.detail.includes('assumed') || rate.detail.includes('taken as all'))
        ? [{ subject: id, what: rate.detail }]
        : [];
    })
    .sort((a, b) => (a.subject < b.subject ? -1 : 1));
}

export { bestModes } from './blast.ts';
export { journeyFormulas, type JourneyFormulas } from './formulas.ts';
export type { AlternativeWorth } from './advice/alternatives.ts';
export type * from './result.ts';
export {
  downHours,
  downInterval,
  driftBetween,
  type Change,
  type Drift,
  type JourneyDrift,
} from './drift.ts';
export { FAIL_ON, failures, type FailOn } from './verdict.ts';
export { harmBetween, protectionsGivenUp } from './harm.ts';
