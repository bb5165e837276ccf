import {
  Bounder,
  structuralSingles,
  type Bounds,
  type FormulaId,
  type FormulaStore,
} from '../diagram/index.ts';
import type { Model } from '../model/index.ts';
import { HOURS_PER_YEAR } from '../units.ts';
import { namesOf, topSetsOf } from './condition-sets.ts';
import type { JourneyDiagram } from './journey-diagram.ts';
import type { Rates } from './rates.ts';
import type { ConditionResult, Interval } from './result.ts';

/** Nodes that may be made to bound a journey that is not solved. */
const BOUNDS_BUDGET = 400_000;

export interface BoundedJourney {
  readonly model: Model;
  readonly store: FormulaStore;
  /** For each mode, that it and every better one has failed. */
  readonly conditions: readonly FormulaId[];
  readonly others: readonly FormulaId[];
  readonly rates: Rates;
  /** The last condition, if that could be solved by itself. */
  readonly last: JourneyDiagram | undefined;
}

/** What is known of a journey whose diagram needs more than the budget: bounds, and the cut sets that were found. */
export class JourneyBounds {
  private readonly about: BoundedJourney;
  private bounder: Bounder | undefined;

  constructor(about: BoundedJourney) {
    this.about = about;
  }

  /** Made when first asked for: most journeys are solved. */
  private bounding(): Bounder {
    const { store, conditions, others, rates } = this.about;
    this.bounder ??= new Bounder(store, [...conditions, ...others], rates.probability, BOUNDS_BUDGET);
    return this.bounder;
  }

  /** Bounds of the conditions, then of the other functions. Where the last condition is solved, all hold from it on. */
  under(rates: Rates): readonly Bounds[] {
    const bounds = this.bounding().evaluate(rates.probability);
    const { last, conditions } = this.about;
    if (last === undefined) return bounds;
    last.evaluate(rates);
    const down = last.conditionProbability(0);
    return bounds.map(({ low, high }, i) => {
      if (i >= conditions.length) return { low, high };
      const exact = i === conditions.length - 1;
      return { low: Math.max(low, down), high: exact ? down : Math.max(high, down) };
    });
  }

  /** Entries by single events: exact for those, and the rest is rarer. @unit per year */
  entries(rates: Rates, i: number): number {
    const singles = structuralSingles(this.about.store, this.about.conditions[i] ?? 0);
    return singles.reduce((sum, event) => sum + (rates.frequency[event] ?? 0), 0);
  }

  /** A condition in full, its probability the upper bound. */
  condition(i: number, top: number): ConditionResult {
    const { model, store, conditions, rates } = this.about;
    const { low, high } = this.under(rates)[i] ?? { low: 0, high: 1 };
    const isMonotone = store.isMonotone(conditions[i] ?? 0);
    const hoursPerYear = high * HOURS_PER_YEAR;
    const outagesPerYear = this.entries(rates, i);
    const bounds: Interval = [low * HOURS_PER_YEAR, hoursPerYear];
    const found = this.cutSetsFound(i, isMonotone, top);
    const bySize: number[] = [];
    for (const { length } of found) bySize[length - 1] = (bySize[length - 1] ?? 0) + 1;
    const sets = found.map((events) => ({
      events,
      probability: events.reduce((product, event) => product * (rates.probability[event] ?? 0), 1),
    }));
    return {
      probability: high,
      hoursPerYear,
      outagesPerYear,
      meanHours: outagesPerYear > 0 ? hoursPerYear / outagesPerYear : null,
      interval: bounds,
      bounds,
      cutSets: {
        total: String(found.length),
        byOrder: Array.from(bySize, (count) => count ?? 0),
        coherent: isMonotone,
        complete: false,
        top: topSetsOf(model, sets, top),
      },
      singlePoints: namesOf(
        model,
        found.flatMap((events) => (events.length === 1 ? events : [])),
      ),
    };
  }

  /** Single points that the shape of a formula shows, and where nothing helps, the likeliest other sets that bounding found. */
  private cutSetsFound(i: number, isMonotone: boolean, top: number): number[][] {
    const { store, conditions, rates } = this.about;
    const found = structuralSingles(store, conditions[i] ?? 0).map((event) => [event]);
    if (!isMonotone) return found;
    const known = new Set(found.map(([event]) => event));
    const others = this.bounding().cutSets(i, rates.probability, top + found.length);
    return [...found, ...others.filter((set) => set.length > 1 || !known.has(set[0]))];
  }
}
