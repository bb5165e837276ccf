import {
  eventsUnder,
  rebuildModel,
  reachedByJourney,
  type CompromiseWithout,
  type Model,
} from '../../model/index.ts';
import type { Plan } from '../../plan/index.ts';
import { HOURS_PER_YEAR } from '../../units.ts';
import { CompromiseSolver } from '../compromise.ts';
import { readModel } from '../formulas.ts';
import { JourneySolver, type JourneyPrice } from '../journey.ts';
import { NodePool } from '../node-pool.ts';
import { ratesOf } from '../rates.ts';

/** What a change to the plan changes in its answer. */
export interface Effect {
  /** @unit currency a year */
  readonly lossAvoided: number;
  /** @unit hours a year */
  readonly hoursAvoided: number;
  /** How many ways of compromise more. */
  readonly compromise: number;
  /** Ways of compromise that are new, over all journeys, each as the targets that it needs. */
  readonly waysAdded: readonly string[];
  /** Those that are no longer there. */
  readonly waysGone: readonly string[];
  /** @unit hours a year */
  readonly exposed: number;
  /** @unit hours a year */
  readonly refused: number;
}

/** A plan with some of its services or one of its journeys changed. */
export interface Change {
  readonly plan: Plan;
  /** Services whose meaning changes: journeys that reach none of them stay as they are. */
  readonly touches: readonly string[];
  readonly journey: string | null;
}

/** Solves changed plans against one that is solved already, only as far as a change reaches. */
export class Effects {
  private readonly model: Model;
  private readonly without: readonly string[];
  private readonly solvers: readonly JourneySolver[];
  /** By journey, the services it reaches. */
  private readonly reached: readonly ReadonlySet<string>[];
  private readonly compromise: CompromiseSolver;
  private readonly budget: number | undefined;

  constructor(
    model: Model,
    without: readonly string[],
    solvers: readonly JourneySolver[],
    compromise: CompromiseSolver,
    budget: number | undefined,
  ) {
    this.compromise = compromise;
    this.budget = budget;
    this.model = model;
    this.without = without;
    this.solvers = solvers;
    this.reached = model.journeys.map((journey) => {
      const { onPath, inChange } = reachedByJourney(model, journey);
      return new Set([...onPath.keys(), ...inChange].map((service) => model.services[service]?.name ?? ''));
    });
  }

  /** Undefined when the changed plan makes no sense. */
  of({ plan, touches, journey: only }: Change): Effect | undefined {
    const changed = rebuildModel(plan, this.model);
    if (changed === undefined) return undefined;
    const failed = new Set(this.without.flatMap((scope) => eventsUnder(changed, scope)));
    const rates = ratesOf(changed, failed);
    const settings = {
      rates,
      top: 0,
      pool: new NodePool(changed.journeys.length, this.budget),
      reading: readModel(changed, failed),
    };
    const changedWays = new CompromiseSolver(changed);
    const sum = new EffectSum();
    for (const [i, journey] of changed.journeys.entries()) {
      const touched =
        only === journey.name || touches.some((service) => this.reached[i]?.has(service) === true);
      const before = this.solvers[i]?.basePrice();
      if (!touched || before === undefined) continue;
      const after = new JourneySolver(changed, journey, settings).basePrice();
      const old = this.model.journeys[i];
      sum.add(
        before,
        after,
        old === undefined ? [] : this.compromise.waysOf(old),
        changedWays.waysOf(journey),
      );
    }
    return sum.effect;
  }

  /**
   * Another chance for one of a service's own events: nothing is read anew, the journeys are priced again. With the chance
   * 1 a standby that is never ready: the plan without it.
   */
  ofChance({ event, chance, gone }: ChanceChange): Effect {
    const { model } = this;
    const failed = new Set(this.without.flatMap((scope) => eventsUnder(model, scope)));
    const rates = ratesOf(model, failed);
    rates.probability[event] = chance;
    const name = model.events[event]?.service ?? '';
    const sum = new EffectSum();
    for (const [i, journey] of model.journeys.entries()) {
      const solver = this.solvers[i];
      if (solver === undefined || this.reached[i]?.has(name) !== true) continue;
      const ways = this.compromise.waysOf(journey);
      const left = gone === undefined ? ways : this.compromise.waysWithout(journey, gone);
      sum.add(solver.basePrice(), solver.price(rates), ways, left);
    }
    return sum.effect;
  }
}

/** Another chance for an event of a service. */
export interface ChanceChange {
  readonly event: number;
  readonly chance: number;
  /** The alternative that is thereby gone. */
  readonly gone?: CompromiseWithout;
}

/** Adds up what a change does to the journeys that it touches. */
class EffectSum {
  private readonly sum = { lossAvoided: 0, hoursAvoided: 0, exposed: 0, refused: 0 };
  private readonly waysBefore = new Set<string>();
  private readonly waysAfter = new Set<string>();

  add(
    before: JourneyPrice,
    after: JourneyPrice,
    waysBefore: readonly string[],
    waysAfter: readonly string[],
  ): void {
    const { sum } = this;
    sum.lossAvoided += (before.lossPerYear ?? 0) - (after.lossPerYear ?? 0);
    sum.hoursAvoided += hoursDown(before) - hoursDown(after);
    sum.exposed += (after.exposedProbability - before.exposedProbability) * HOURS_PER_YEAR;
    sum.refused += (after.refusedProbability - before.refusedProbability) * HOURS_PER_YEAR;
    for (const way of waysBefore) this.waysBefore.add(way);
    for (const way of waysAfter) this.waysAfter.add(way);
  }

  get effect(): Effect {
    const { waysBefore, waysAfter } = this;
    return {
      ...this.sum,
      compromise: waysAfter.size - waysBefore.size,
      waysAdded: [...waysAfter].filter((way) => !waysBefore.has(way)),
      waysGone: [...waysBefore].filter((way) => !waysAfter.has(way)),
    };
  }
}

function hoursDown({ downProbability, switchOvers }: JourneyPrice): number {
  return downProbability * HOURS_PER_YEAR + switchOvers.downHoursPerYear;
}
