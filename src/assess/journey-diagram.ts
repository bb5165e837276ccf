import {
  assumeFalse,
  BudgetSpent,
  compile,
  countBySize,
  CutSets,
  Probability,
  structuralSingles,
  topSets,
  Transitions,
  type Compiled,
  type Edge,
  type FormulaId,
  type FormulaStore,
  type Work,
} from '../diagram/index.ts';
import type { Draws, Rates } from './rates.ts';

/** What stands in an order where a level is a module's. */
const MODULE = -1;

/**
 * The conditions of one journey in one diagram. Events that alone bring all of them about are factored out first: every
 * condition is then `S ∨ R`, where S is that any of those has happened and R a function of the rest.
 */
export class JourneyDiagram {
  readonly compiled: Compiled;
  readonly singles: readonly number[];
  /** One edge a condition: R. */
  readonly conditions: readonly Edge[];
  /** One edge a further function: what it is where no single has happened. */
  readonly others: readonly Edge[];
  /** The same for those of which no probability is asked, only how they come about. */
  readonly extras: readonly Edge[];
  readonly monotone: readonly boolean[];
  /** Of conditions and others. */
  private readonly whole: Probability;
  /** Of conditions alone. */
  private readonly brief: Probability;
  /** The one that was evaluated last. */
  private probability: Probability;
  private levelQ = new Float64Array(0);
  private levelW = new Float64Array(0);
  /** P(some single has happened). */
  private single = 0;
  private readonly moves = new Map<Edge, Transitions>();

  /**
   * @param core a formula that implies every condition and under which every further function is false
   * @param extras further functions of which no probability is asked
   * @param budget most nodes of one attempt to compile it
   * @param work what all attempts may come to
   * @throws BudgetSpent
   */
  constructor(
    store: FormulaStore,
    core: FormulaId,
    conditions: readonly FormulaId[],
    others: readonly FormulaId[],
    extras: readonly FormulaId[],
    budget: number,
    work: Work,
  ) {
    this.singles = structuralSingles(store, core);
    const reduced = assumeFalse(store, [...conditions, ...others, ...extras], this.singles);
    this.compiled = compile(store, reduced, budget, { modules: 'monotone', work });
    const asked = conditions.length + others.length;
    this.conditions = this.compiled.roots.slice(0, conditions.length);
    this.others = this.compiled.roots.slice(conditions.length, asked);
    this.extras = this.compiled.roots.slice(asked);
    this.monotone = conditions.map(
      (_, i) =>
        store.isMonotone(reduced[i] ?? 0) || this.compiled.diagram.isMonotone(this.conditions[i] ?? 0),
    );
    const { diagram } = this.compiled;
    const modules = diagram.modulesOf(this.extras);
    this.whole = new Probability(diagram, this.compiled.roots.slice(0, asked), modules);
    this.brief = others.length === 0 ? this.whole : new Probability(diagram, this.conditions, modules);
    this.probability = this.whole;
  }

  get nodes(): number {
    return this.whole.size;
  }

  /** Takes the rates on which everything below is computed; `conditionsOnly` leaves the other functions out. */
  evaluate(rates: Rates, conditionsOnly = false): void {
    this.probability = conditionsOnly ? this.brief : this.whole;
    const { order } = this.compiled;
    if (this.levelQ.length !== order.length) {
      this.levelQ = new Float64Array(order.length);
      this.levelW = new Float64Array(order.length);
    }
    for (let level = 0; level < order.length; level++) {
      const event = order[level] ?? MODULE;
      if (event === MODULE) continue;
      this.levelQ[level] = rates.probability[event] ?? 0;
      this.levelW[level] = rates.frequency[event] ?? 0;
    }
    let single = 0;
    for (const event of this.singles) single += (1 - single) * (rates.probability[event] ?? 0);
    this.single = single;
    this.probability.evaluate(this.levelQ);
    this.probability.frequencies(this.levelQ, this.levelW);
  }

  /** P(no single has happened). */
  get noSingle(): number {
    return 1 - this.single;
  }

  /** P(condition) = P(S) + (1 − P(S))·P(R): sums of what may be small, never one less what is nearly one. */
  conditionProbability(i: number): number {
    return this.single + (1 - this.single) * this.probability.of(this.conditions[i] ?? 0);
  }

  /** P(condition) for each condition and draw. */
  conditionProbabilities({ count, probability }: Draws): Float64Array[] {
    const { order } = this.compiled;
    const single = new Float64Array(count);
    for (const event of this.singles) {
      const p = probability[event] ?? 0;
      for (let k = 0; k < count; k++) {
        const before = single[k] as number;
        single[k] = before + (1 - before) * (typeof p === 'number' ? p : (p[k] as number));
      }
    }
    const rows = this.brief.evaluateMany(
      order.map((event) => probability[event] ?? 0),
      count,
      this.conditions,
    );
    for (const row of rows)
      for (let k = 0; k < count; k++)
        row[k] = (single[k] as number) + (1 - (single[k] as number)) * (row[k] as number);
    return rows;
  }

  /** P(function and no single). */
  otherProbability(i: number): number {
    return this.noSingle * this.probability.of(this.others[i] ?? 0);
  }

  /** Birnbaum's importance of each event in a condition, by event number. */
  birnbaum(i: number, rates: Rates): Map<number, number> {
    const result = new Map<number, number>();
    const edge = this.conditions[i] ?? 0;
    const restWorks = 1 - this.probability.of(edge);
    const { noSingle } = this;
    for (const event of this.singles)
      result.set(event, (noSingle / (1 - (rates.probability[event] ?? 0))) * restWorks);
    if (edge <= 1) return result;
    const gradient = this.probability.gradient(edge, this.levelQ);
    for (let level = 0; level < gradient.length; level++) {
      const value = gradient[level] ?? 0;
      const event = this.compiled.order[level] ?? MODULE;
      if (value !== 0 && event !== MODULE) result.set(event, noSingle * value);
    }
    return result;
  }

  /** P(condition | the event works), by evaluating again: exact where P − q·Birnbaum would cancel. */
  probabilityWithout(i: number, event: number, rates: Rates): number {
    const changed = { probability: rates.probability.slice(), frequency: rates.frequency };
    changed.probability[event] = 0;
    this.evaluate(changed);
    const result = this.conditionProbability(i);
    this.evaluate(rates);
    return result;
  }

  /** Entries into a condition: Σ w · P(it differs with the event). @unit per year */
  entries(i: number, rates: Rates): number {
    const edge = this.conditions[i] ?? 0;
    const { noSingle } = this;
    const restWorks = 1 - this.probability.of(edge);
    let sum = 0;
    for (const event of this.singles)
      sum += ((rates.frequency[event] ?? 0) / (1 - (rates.probability[event] ?? 0))) * restWorks;
    if (edge <= 1) return noSingle * sum;
    if (this.monotone[i] === true) {
      const gradient = this.probability.gradient(edge, this.levelQ);
      for (let level = 0; level < gradient.length; level++)
        if (this.compiled.order[level] !== MODULE)
          sum += (this.levelW[level] as number) * (gradient[level] as number);
      return noSingle * sum;
    }
    let moves = this.moves.get(edge);
    if (moves === undefined) {
      moves = new Transitions(this.compiled.diagram, [
        { before: edge ^ 1, after: edge },
        { before: edge, after: edge ^ 1 },
      ]);
      this.moves.set(edge, moves);
    }
    const [into = 0, out = 0] = moves.evaluate(this.levelQ, this.levelW);
    return noSingle * (sum + into + out);
  }

  /** Rates of moves between functions of the rest, times `noSingle`. @unit per year */
  moveRates(moves: Transitions): number[] {
    const { noSingle } = this;
    return moves.evaluate(this.levelQ, this.levelW).map((rate) => noSingle * rate);
  }

  /** Minimal cut sets of a condition, or its minimal positive parts where it is not monotone. */
  cutSets(i: number, rates: Rates, most: number, budget: number): JourneyCutSets {
    const edge = this.conditions[i] ?? 0;
    const family = new CutSets(this.compiled.diagram, budget);
    let root: number;
    let complete = true;
    try {
      root = this.monotone[i] === true ? family.minimal(edge) : family.minimalPositiveParts(edge);
    } catch (error) {
      if (!(error instanceof BudgetSpent)) throw error;
      root = 0;
      complete = false;
    }
    const counts = countBySize(family, root);
    const always = counts[0] === 1n;
    const bySize = counts.slice(1);
    if (this.singles.length > 0 && !always) bySize[0] = (bySize[0] ?? 0n) + BigInt(this.singles.length);
    const weight = this.levelQ;
    const sets = topSets(family, root, weight, most).map(({ levels, weight: probability }) => ({
      events: levels.map((level) => this.compiled.order[level] ?? 0),
      probability,
    }));
    if (!always)
      for (const event of this.singles)
        sets.push({ events: [event], probability: rates.probability[event] ?? 0 });
    const ones = always ? [] : [...this.singles, ...this.singlesOfRest(edge)];
    return { bySize, always, complete, sets, singlePoints: ones };
  }

  /** Events that alone make the rest true. */
  private singlesOfRest(edge: Edge): number[] {
    const found: number[] = [];
    const { diagram, order } = this.compiled;
    // Along the path where nothing before has happened, a level is single when it alone leads to true.
    const waiting = [edge];
    for (let start = waiting.pop(); start !== undefined; start = waiting.pop())
      for (let at = start; at > 1; ) {
        const level = diagram.levelOf(at);
        const event = order[level] ?? MODULE;
        if (this.trueWhenNothingElse(diagram.cofactor(at, level, 1))) {
          if (event === MODULE) waiting.push(diagram.moduleAt(level));
          else found.push(event);
        }
        at = diagram.cofactor(at, level, 0);
      }
    return found;
  }

  private trueWhenNothingElse(edge: Edge): boolean {
    let at = edge;
    while (at > 1) at = this.compiled.diagram.cofactor(at, this.compiled.diagram.levelOf(at), 0);
    return at === 1;
  }
}

export interface JourneyCutSets {
  /** How many of one event, of two, … */
  readonly bySize: readonly bigint[];
  /** The condition holds whatever happens: its one minimal set is empty. */
  readonly always: boolean;
  readonly complete: boolean;
  readonly sets: readonly { readonly events: readonly number[]; readonly probability: number }[];
  readonly singlePoints: readonly number[];
}
