import {
  achievementWorth,
  BudgetSpent,
  cancels,
  criticality,
  type FormulaStore,
  variablesBelow,
  type FormulaId,
  type Work,
  withoutEvent,
} from '../diagram/index.ts';
import type { JourneyNode, Model } from '../model/index.ts';
import type { Protection } from '../plan/index.ts';
import { HOURS_PER_YEAR } from '../units.ts';
import type { Reading } from './formulas.ts';
import { isFlat, lossPerYear, perHourOf } from './loss.ts';
import type { NodePool } from './node-pool.ts';
import { othersOf, type Others } from './protection.ts';
import { namesOf, topSetsOf } from './condition-sets.ts';
import { JourneyBounds } from './journey-bounds.ts';
import { JourneyDiagram } from './journey-diagram.ts';
import { intervalOf, type Draws, type Rates } from './rates.ts';
import type { ConditionResult, ImportanceResult, Interval, ProtectionResult } from './result.ts';
import {
  boundedSwitchOvers,
  formulasOf,
  onPath,
  ownSwitches,
  readSwitching,
  SwitchOverProgram,
  type SwitchOvers,
} from './switch-over.ts';

/** Most nodes that one attempt at a diagram may make. */
const NODE_BUDGET = 1_000_000;
/** Of a journey's work, what is spent on all its conditions before the last of them is tried alone, and then on that. */
const AT_FIRST = 1 / 16;
const ON_LAST = 1 / 2;
/** Most nodes of one family of cut sets. */
const SET_BUDGET = 2_000_000;

export interface JourneySettings {
  readonly rates: Rates;
  /** How many cut sets are listed. */
  readonly top: number;
  readonly pool: NodePool;
  /** The model as formulas, `failed` taken as failed. */
  readonly reading: Reading;
}

/** What it takes to price a journey: everything that money depends on, and nothing else. */
export interface JourneyPrice {
  readonly modes: readonly number[];
  readonly downProbability: number;
  readonly degradedProbability: number;
  readonly degradedEntries: number;
  readonly switchOvers: SwitchOvers;
  readonly lossPerYear: number | null;
  readonly exposedProbability: number;
  readonly refusedProbability: number;
}

/** One figure a draw. */
export interface Drawn {
  readonly down: ArrayLike<number>;
  readonly degraded: ArrayLike<number>;
  readonly lossPerYear: ArrayLike<number>;
}

/** One journey, read once and solved as often as its rates change. */
export class JourneySolver {
  readonly journey: JourneyNode;
  private readonly model: Model;
  private readonly settings: JourneySettings;
  private readonly store: FormulaStore;
  private readonly ownGates: number;
  /** That every requirement has failed: implied by each condition. */
  private readonly core: FormulaId;
  /** For each mode, that it and every better one has failed. */
  private readonly failedSoFar: readonly FormulaId[];
  private readonly diagram: JourneyDiagram | undefined;
  /** Where the journey is not solved as a whole, its last condition, if that could be. */
  private readonly last: JourneyDiagram | undefined;
  private readonly program: SwitchOverProgram | undefined;
  private readonly others: Others;
  private base: JourneyPrice | undefined;
  private readonly bounds: JourneyBounds;
  private reached: ReadonlySet<number> | undefined;

  constructor(model: Model, journey: JourneyNode, settings: JourneySettings) {
    this.model = model;
    this.journey = journey;
    this.settings = settings;
    const { store, algebra, reader } = settings.reading;
    this.store = store;
    const atStart = store.size;
    this.failedSoFar = reader.modesFailedSoFar(journey);
    this.others = othersOf(this.store, reader, journey, this.failedSoFar);
    const parts = readSwitching(model, journey, this.store, algebra, reader);
    this.core = reader.everyRequirementFailed(journey);
    this.ownGates = store.size - atStart;
    const work = settings.pool.share();
    if (parts !== undefined) {
      this.diagram = spend(work, AT_FIRST, (some) => this.compileWhole(formulasOf(parts), some));
      const { diagram } = this;
      if (diagram !== undefined)
        this.program = withinBudget(() => new SwitchOverProgram(journey, parts, diagram));
    }
    this.diagram ??= spend(work, AT_FIRST, (some) => this.compileWhole([], some));
    if (this.diagram === undefined) {
      // All conditions together are larger than the last of them: where that is too much, so is the whole.
      this.last = spend(work, ON_LAST, (some) => this.compileLast(some));
      if (this.last !== undefined) this.diagram = spend(work, 1, (some) => this.compileWhole([], some));
    }
    settings.pool.giveBack(work);
    this.bounds = new JourneyBounds({
      model,
      store,
      conditions: this.failedSoFar,
      others: this.others.formulas,
      rates: settings.rates,
      last: this.last,
    });
  }

  private compileWhole(extras: readonly FormulaId[], work: Work): JourneyDiagram {
    return new JourneyDiagram(
      this.store,
      this.core,
      this.failedSoFar,
      this.others.formulas,
      extras,
      NODE_BUDGET,
      work,
    );
  }

  private compileLast(work: Work): JourneyDiagram {
    const last = this.failedSoFar.at(-1) ?? 0;
    return new JourneyDiagram(this.store, last, [last], [], [], NODE_BUDGET, work);
  }

  /** The diagram that holds a condition and its place there. */
  private solved(i: number): { diagram: JourneyDiagram; at: number } | undefined {
    const { diagram, last } = this;
    if (diagram !== undefined) return { diagram, at: i };
    return last !== undefined && i === this.failedSoFar.length - 1 ? { diagram: last, at: 0 } : undefined;
  }

  get isExact(): boolean {
    return this.diagram !== undefined;
  }

  /** Gates that it added to those of the journeys before it. */
  get gates(): number {
    return this.ownGates;
  }

  get nodes(): number {
    return (this.diagram ?? this.last)?.nodes ?? 0;
  }

  /** Prices the journey under given rates. */
  price(rates: Rates): JourneyPrice {
    const { diagram, journey, program } = this;
    diagram?.evaluate(rates);
    const gaps =
      diagram === undefined || program === undefined
        ? boundedSwitchOvers(this.model, journey, this.settings.reading, rates)
        : program.evaluate(diagram);
    if (diagram === undefined) return this.priceByBounds(rates, gaps);
    const last = journey.modes.length - 1;
    const degraded = diagram.conditionProbability(0);
    const down = diagram.conditionProbability(last);
    const modes = journey.modes.map((_, m) => (m === 0 ? 1 - degraded : this.ofOther(this.others.best[m])));
    const stepped = journey.loss !== null && !isFlat(journey);
    const entries = stepped ? diagram.entries(0, rates) : Number.NaN;
    return {
      modes,
      downProbability: down,
      degradedProbability: degraded,
      degradedEntries: entries,
      switchOvers: gaps,
      lossPerYear: lossPerYear(journey, modes, down, degraded, entries, gaps.lossPerYear),
      exposedProbability: this.ofOther(this.others.exposed),
      refusedProbability: this.ofOther(this.others.refused),
    };
  }

  /**
   * Loss a year (or hours down, where no journey has a loss) under other rates. A journey that none of the changed events
   * reaches is not solved again.
   */
  weightWithout(rates: Rates, changed: ReadonlySet<number>, byLoss: boolean): number {
    const base = this.basePrice();
    if (!this.touches(changed))
      return byLoss ? (base.lossPerYear ?? 0) : base.downProbability * HOURS_PER_YEAR;
    // Bounds of switch-overs are not worth finding again: they stay as they are.
    if (this.diagram === undefined) {
      const price = this.priceByBounds(rates, base.switchOvers);
      return byLoss ? (price.lossPerYear ?? 0) : price.downProbability * HOURS_PER_YEAR;
    }
    const { diagram, journey } = this;
    diagram.evaluate(rates, true);
    const soFar = journey.modes.map((_, m) => diagram.conditionProbability(m));
    const down = soFar.at(-1) ?? 0;
    if (!byLoss) return down * HOURS_PER_YEAR;
    const gapLoss = this.program?.lossPerYear(diagram) ?? base.switchOvers.lossPerYear;
    const modes = soFar.map((failed, m) => (m === 0 ? 1 : (soFar[m - 1] ?? 0)) - failed);
    const entries = journey.loss !== null && !isFlat(journey) ? diagram.entries(0, rates) : Number.NaN;
    return lossPerYear(journey, modes, down, soFar[0] ?? 0, entries, gapLoss) ?? 0;
  }

  /** The price under the settings' own rates, computed once. */
  basePrice(): JourneyPrice {
    this.base ??= this.price(this.settings.rates);
    return this.base;
  }

  private touches(events: ReadonlySet<number>): boolean {
    this.reached ??= new Set(variablesBelow(this.store, this.failedSoFar));
    for (const event of events) if (this.reached.has(event)) return true;
    return false;
  }

  /**
   * The share of time down and outside the first mode, and the loss a year, for each draw. The gaps of switch-overs and the mean length
   * of a stay are taken as they are: what is uncertain is how often things fail.
   */
  drawn(draws: Draws): Drawn {
    const { diagram, journey, last } = this;
    if (draws.count === 0) return { down: [], degraded: [], lossPerYear: [] };
    if (diagram === undefined) {
      const down = last?.conditionProbabilities(draws)[0] ?? [];
      return { down, degraded: [], lossPerYear: [] };
    }
    const rows = diagram.conditionProbabilities(draws);
    const { degradedProbability, degradedEntries, switchOvers } = this.basePrice();
    const perHour = perHourOf(journey, (degradedProbability * HOURS_PER_YEAR) / degradedEntries);
    const lossPerYear = new Float64Array(draws.count).fill(switchOvers.lossPerYear);
    for (const [m, row] of rows.entries()) {
      const drop =
        ((journey.modes[m]?.worth ?? 0) - (journey.modes[m + 1]?.worth ?? 0)) * perHour * HOURS_PER_YEAR;
      for (let k = 0; k < draws.count; k++)
        lossPerYear[k] = (lossPerYear[k] as number) + drop * (row[k] as number);
    }
    return { down: rows.at(-1) ?? [], degraded: rows[0] ?? [], lossPerYear };
  }

  /** Probability of a further function; a number that is negative stands for none. */
  private ofOther(index: number | undefined): number {
    return index === undefined || index < 0 ? 0 : (this.diagram?.otherProbability(index) ?? 0);
  }

  private priceByBounds(rates: Rates, gaps: SwitchOvers): JourneyPrice {
    const { journey, others } = this;
    const bounds = this.bounds.under(rates);
    const highest = (index: number): number =>
      index < 0 ? 0 : (bounds[journey.modes.length + index]?.high ?? 1);
    const degraded = bounds[0]?.high ?? 1;
    const down = bounds[journey.modes.length - 1]?.high ?? 1;
    const modes = journey.modes.map((_, m) =>
      Math.max(0, (m === 0 ? 1 : (bounds[m - 1]?.high ?? 1)) - (bounds[m]?.high ?? 1)),
    );
    const entries = degraded > 0 ? this.bounds.entries(rates, 0) : 0;
    return {
      modes,
      downProbability: down,
      degradedProbability: degraded,
      degradedEntries: entries,
      switchOvers: gaps,
      lossPerYear: lossPerYear(journey, modes, down, degraded, entries, gaps.lossPerYear),
      exposedProbability: highest(others.exposed),
      refusedProbability: highest(others.refused),
    };
  }

  /** A condition in full: `down` is the last, `degraded` the first. */
  condition(which: 'down' | 'degraded', drawn: ArrayLike<number>): ConditionResult {
    const i = which === 'down' ? this.journey.modes.length - 1 : 0;
    const { rates, top } = this.settings;
    const solved = this.solved(i);
    if (solved === undefined) return this.bounds.condition(i, top);
    const { diagram, at } = solved;
    diagram.evaluate(rates);
    const probability = diagram.conditionProbability(at);
    const outagesPerYear = diagram.entries(at, rates);
    const cutSets = diagram.cutSets(at, rates, top, SET_BUDGET);
    const hoursPerYear = probability * HOURS_PER_YEAR;
    return {
      probability,
      hoursPerYear,
      outagesPerYear,
      meanHours: outagesPerYear > 0 ? hoursPerYear / outagesPerYear : null,
      interval: hoursOf(intervalOf(drawn, probability)),
      bounds: null,
      cutSets: {
        total: decimal(cutSets.bySize.reduce((sum, count) => sum + count, cutSets.always ? 1n : 0n)),
        byOrder: byOrder(cutSets.bySize),
        coherent: diagram.monotone[at] ?? true,
        complete: cutSets.complete,
        top: topSetsOf(this.model, cutSets.sets, top),
      },
      singlePoints: namesOf(this.model, cutSets.singlePoints),
    };
  }

  importance(): ImportanceResult[] {
    const { rates } = this.settings;
    const solved = this.solved(this.journey.modes.length - 1);
    if (solved === undefined) return [];
    const { diagram, at: last } = solved;
    diagram.evaluate(rates);
    const down = diagram.conditionProbability(last);
    if (down === 0) return [];
    const result: ImportanceResult[] = [];
    for (const [event, birnbaum] of diagram.birnbaum(last, rates)) {
      const q = rates.probability[event] ?? 0;
      const working = cancels(down, q, birnbaum)
        ? diagram.probabilityWithout(last, event, rates)
        : withoutEvent(down, q, birnbaum);
      const rrw = working > 0 ? down / working : 'Infinity';
      const id = this.model.events[event]?.id ?? '';
      result.push({
        event: id,
        birnbaum,
        criticality: criticality(down, q, birnbaum),
        raw: achievementWorth(down, q, birnbaum),
        rrw,
      });
    }
    return result.sort((a, b) => b.criticality - a.criticality || (a.event < b.event ? -1 : 1));
  }

  protections(which: 'exposed' | 'refused'): ProtectionResult {
    const { diagram, others } = this;
    diagram?.evaluate(this.settings.rates);
    const bounds = diagram === undefined ? this.bounds.under(this.settings.rates) : [];
    const chance = (index: number): number =>
      diagram === undefined && index >= 0
        ? (bounds[this.journey.modes.length + index]?.high ?? 1)
        : this.ofOther(index);
    const missing: Partial<Record<Protection, number>> = {};
    for (const [protection, index] of others[`${which}By`]) {
      const probability = chance(index);
      if (probability > 0) missing[protection] = probability;
    }
    return { probability: chance(others[which]), missing };
  }

  /**
   * How much of the journey's loss (without a loss: of its hours outside the first mode) each event stands for:
   * q · Σ over rungs k of the worth lost below k · Birnbaum's importance for "below k". By event number.
   */
  eventWeights(): Map<number, number> {
    const weights = new Map<number, number>();
    const { diagram, journey } = this;
    const { rates } = this.settings;
    if (diagram === undefined) return weights;
    diagram.evaluate(rates, true);
    const perHour = journey.loss === null ? 1 : (journey.loss[0]?.perHour ?? 0);
    for (const [k, mode] of journey.modes.entries()) {
      const drop = (mode.worth - (journey.modes[k + 1]?.worth ?? 0)) * perHour * HOURS_PER_YEAR;
      for (const [event, value] of diagram.birnbaum(k, rates))
        weights.set(event, (weights.get(event) ?? 0) + drop * value * (rates.probability[event] ?? 0));
    }
    return weights;
  }

  /** What switches lose of the state of the services on the journey's way. @unit seconds */
  dataLost(): { perYear: number; worst: number } {
    let perYear = 0;
    let worst = 0;
    const { reading, rates } = this.settings;
    for (const { service, amount, load } of onPath(this.model, this.journey)) {
      const lag = this.model.services[service]?.lagHours;
      if (lag === undefined || amount !== undefined) continue;
      perYear += lag * 3600 * ownSwitches(this.model, service, undefined, reading, rates, load).perYear;
      worst = Math.max(worst, lag * 3600);
    }
    return { perYear, worst };
  }
}

function hoursOf([low, high]: Interval): Interval {
  return [low * HOURS_PER_YEAR, high * HOURS_PER_YEAR];
}

/** What comes of a share of the work, or undefined where that is too little; what is spent is taken off. */
function spend<T>(work: Work, share: number, make: (some: Work) => T): T | undefined {
  const some = { left: Math.floor(work.left * share) };
  work.left -= some.left;
  const made = withinBudget(() => make(some));
  work.left += some.left;
  return made;
}

function withinBudget<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof BudgetSpent) return undefined;
    throw error;
  }
}

function decimal(count: bigint): string {
  return count.toString();
}

function byOrder(counts: readonly bigint[]): readonly number[] | readonly string[] {
  return counts.every((count) => count <= BigInt(Number.MAX_SAFE_INTEGER))
    ? counts.map(Number)
    : counts.map(String);
}
