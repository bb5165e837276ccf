import {
  BudgetSpent,
  compile,
  Probability,
  type FormulaStore,
  reachable,
  Transitions,
  variablesBelow,
  type Compiled,
  type Edge,
  type FormulaId,
  type Move,
} from '../diagram/index.ts';
import {
  dependents,
  Interpreter,
  reachedByJourney,
  type Algebra,
  type JourneyNode,
  type Model,
  type ServiceNode,
} from '../model/index.ts';
import type { Reading } from './formulas.ts';
import type { JourneyDiagram } from './journey-diagram.ts';
import { lossOver } from './loss.ts';
import type { Rates } from './rates.ts';

/** One redundancy whose switches users of a journey can feel. */
interface Switching {
  readonly service: number;
  /** Of a pool: the amount asked. */
  readonly amount: number | undefined;
  /** Of the first mode that reaches it. */
  readonly load: number;
}

export interface SwitchOvers {
  readonly perYear: number;
  readonly hoursPerYear: number;
  readonly downHoursPerYear: number;
  /** Each gap's loss by the steps of the plan, the clock starting with the gap. @unit currency a year */
  readonly lossPerYear: number;
  readonly exact: boolean;
  readonly byService: readonly {
    readonly service: number;
    readonly perYear: number;
    readonly gapHours: number;
    readonly hoursPerYear: number;
  }[];
}

/**
 * Gates times switching services that a whole plan may come to: shared among its journeys. Above its share a journey's
 * switches are bounded instead of solved.
 */
const MAX_WORK = 60_000;
/** Most nodes of the diagram of one redundancy by itself. */
const OWN_BUDGET = 5_000;
/** What all attempts at it may come to. */
const OWN_WORK = 2 * OWN_BUDGET;
const MAX_PAIRS = 400_000;

/**
 * How often the users of a journey feel a switch, and for how long. A switch happens when the failure of an event moves a
 * redundancy from the alternative in use to a later one; it is felt when, in the state after it, the journey would be in
 * a better mode if the redundancy worked than if it did not.
 *
 *   Σ over events e: w(e) · P(in use after e is later than before e, and the journey feels it)
 *
 * `readSwitching` makes the formulas, which are compiled beside those of the journey; `SwitchOverProgram` asks of them.
 *
 * @returns undefined where that would be too much work
 */
export function readSwitching(
  model: Model,
  journey: JourneyNode,
  store: FormulaStore,
  algebra: Algebra<FormulaId>,
  reader: Interpreter<FormulaId>,
): readonly Part[] | undefined {
  const switching = onPath(model, journey);
  if (switching.length === 0) return [];
  const modes = reader.modesFailedSoFar(journey);
  if (reachable(store, modes).length * switching.length > MAX_WORK / model.journeys.length) return undefined;
  const above = dependentsOf(model);
  return switching.map((one): Part => {
    const service = model.services[one.service] as ServiceNode; // numbered by onPath
    const failed = {
      service: one.service,
      amount: one.amount,
      reader,
      above: above[one.service] ?? new Set(),
    };
    const forced = new Interpreter(model, algebra, { failed }).modesFailedSoFar(journey);
    return { ...one, groups: groupsOf(reader, journey, service, one.amount), forced };
  });
}

const knownDependents = new WeakMap<Model, readonly ReadonlySet<number>[]>();

function dependentsOf(model: Model): readonly ReadonlySet<number>[] {
  const known = knownDependents.get(model) ?? dependents(model);
  knownDependents.set(model, known);
  return known;
}

/** The formulas of parts, in the order in which the program takes their edges. */
export function formulasOf(parts: readonly Part[]): FormulaId[] {
  return parts.flatMap((part) => [...part.forced, ...part.groups.flatMap((group) => group.failed)]);
}

export interface Part extends Switching {
  readonly groups: readonly Group[];
  /** The journey's modes so far, with the redundancy failed. */
  readonly forced: readonly FormulaId[];
}

/** Modes at whose load the redundancy has the same stages. */
interface Group {
  readonly modes: readonly number[];
  /** By stage, that it and every earlier one has failed. */
  readonly failed: readonly FormulaId[];
  readonly gapHours: readonly number[];
}

function groupsOf(
  reader: Interpreter<FormulaId>,
  journey: JourneyNode,
  service: ServiceNode,
  amount: number | undefined,
): Group[] {
  const byLoad = new Map<number, number[]>();
  for (const [i, mode] of journey.modes.entries()) {
    const load = reader.canonical(mode.load);
    const modes = byLoad.get(load);
    if (modes === undefined) byLoad.set(load, [i]);
    else modes.push(i);
  }
  const groups = new Map<string, { modes: number[]; failed: FormulaId[]; gapHours: number[] }>();
  for (const [load, modes] of byLoad) {
    const stages = reader.stages(service, amount, load);
    const key = stages.failed.join();
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { modes, ...stages });
    else known.modes.push(...modes);
  }
  return [...groups.values()];
}

/** One kind of switch that users feel: which part makes it, how long it takes, how far down the ladder it goes. */
interface FeltMove {
  readonly part: number;
  readonly gapHours: number;
  /** Undefined: any felt switch; else those that pass from mode `rung` or better to below it. */
  readonly rung: number | undefined;
  /** What one such switch costs. @unit currency */
  readonly loss: number;
}

/** The switch-overs of one journey, laid out once and evaluated under any rates. */
export class SwitchOverProgram {
  private readonly journey: JourneyNode;
  private readonly parts: readonly Part[];
  private readonly kinds: FeltMove[] = [];
  private readonly transitions: Transitions;

  /** @throws BudgetSpent */
  constructor(journey: JourneyNode, parts: readonly Part[], solved: JourneyDiagram) {
    this.journey = journey;
    this.parts = parts;
    const { diagram } = solved.compiled;
    const moves: Move[] = [];
    let next = 0;
    const take = (count: number): readonly Edge[] => {
      const taken = solved.extras.slice(next, next + count);
      next += count;
      return taken;
    };
    for (const [p, part] of parts.entries()) {
      // felt[k]: some mode up to k works without the gap, and none up to k in it.
      const felt = take(part.forced.length).map((edge, k) =>
        diagram.and(edge, (solved.conditions[k] ?? 0) ^ 1),
      );
      const anyFelt = felt.reduce((sum, edge) => diagram.or(sum, edge), 0);
      for (const group of part.groups) {
        const stages = take(group.failed.length);
        const best = part.groups.length === 1 ? 1 : bestAmong(diagram, solved.conditions, group.modes);
        for (let stage = 1; stage < stages.length; stage++) {
          const before = (stages[stage - 1] ?? 0) ^ 1;
          const after = diagram.and(diagram.and(stages[stage - 1] ?? 0, (stages[stage] ?? 0) ^ 1), best);
          const gapHours = group.gapHours[stage] ?? 0;
          const ask = (condition: Edge, rung: number | undefined): void => {
            const reached = diagram.and(after, condition);
            if (reached === 0) return;
            moves.push({ before, after: reached });
            const drop = rung === undefined ? 0 : worthLost(journey, rung);
            this.kinds.push({
              part: p,
              gapHours,
              rung,
              loss: drop === 0 ? 0 : lossOver(journey, gapHours) * drop,
            });
          };
          ask(anyFelt, undefined);
          if (gapHours > 0) for (const [k, edge] of felt.entries()) ask(edge, k);
        }
      }
    }
    this.transitions = new Transitions(diagram, moves, MAX_PAIRS);
  }

  /** The loss a year alone, under the rates that `solved` was evaluated with last. */
  lossPerYear(solved: JourneyDiagram): number {
    const rates = solved.moveRates(this.transitions);
    return this.kinds.reduce((sum, { loss }, i) => sum + (loss === 0 ? 0 : loss * (rates[i] ?? 0)), 0);
  }

  /** Under the rates that `solved` was evaluated with last. */
  evaluate(solved: JourneyDiagram): SwitchOvers {
    const { journey, parts } = this;
    const total = { perYear: 0, hoursPerYear: 0, downHoursPerYear: 0, lossPerYear: 0 };
    const own = parts.map(({ service }) => ({ service, perYear: 0, gapHours: 0, hoursPerYear: 0 }));
    const rates = solved.moveRates(this.transitions);
    for (const [i, { part, gapHours, rung, loss }] of this.kinds.entries()) {
      const perYear = rates[i] ?? 0;
      const one = own[part];
      if (rung === undefined && one !== undefined) {
        one.perYear += perYear;
        one.hoursPerYear += perYear * gapHours;
      } else if (rung !== undefined) {
        total.lossPerYear += perYear * loss;
        if (rung === journey.modes.length - 1) total.downHoursPerYear += perYear * gapHours;
      }
    }
    for (const one of own) {
      total.perYear += one.perYear;
      total.hoursPerYear += one.hoursPerYear;
      if (one.perYear > 0) one.gapHours = one.hoursPerYear / one.perYear;
    }
    return { ...total, exact: true, byService: own.filter(({ perYear }) => perYear > 0) };
  }
}

/** The worth that is lost from a mode to the next. */
function worthLost({ modes }: JourneyNode, rung: number): number {
  return (modes[rung]?.worth ?? 0) - (modes[rung + 1]?.worth ?? 0);
}

/** That the best working mode is one of these. */
function bestAmong(
  diagram: Compiled['diagram'],
  failedSoFar: readonly Edge[],
  modes: readonly number[],
): Edge {
  let result = 0;
  for (const k of modes) {
    const better = k === 0 ? 1 : (failedSoFar[k - 1] ?? 0);
    result = diagram.or(result, diagram.and(better, (failedSoFar[k] ?? 0) ^ 1));
  }
  return result;
}

/** Upper bounds: every switch of every redundancy is felt, and takes the journey down. */
export function boundedSwitchOvers(
  model: Model,
  journey: JourneyNode,
  reading: Reading,
  rates: Rates,
): SwitchOvers {
  const total = { perYear: 0, hoursPerYear: 0, downHoursPerYear: 0, lossPerYear: 0 };
  const byService: SwitchOvers['byService'][number][] = [];
  for (const { service, amount, load } of onPath(model, journey)) {
    const { perYear, gapHours } = ownSwitches(model, service, amount, reading, rates, load);
    if (perYear === 0) continue;
    const hours = perYear * gapHours;
    total.perYear += perYear;
    total.hoursPerYear += hours;
    total.downHoursPerYear += hours;
    total.lossPerYear += perYear * lossOver(journey, gapHours);
    byService.push({ service, perYear, gapHours, hoursPerYear: hours });
  }
  return { ...total, exact: false, byService };
}

const remembered = new WeakMap<Rates, Map<string, { perYear: number; gapHours: number }>>();

/**
 * How often a redundancy switches, whoever feels it: what it loses of its state goes with this. Where the diagram would
 * grow past its budget, the rate at which anything below the first alternative fails: never too low.
 */
export function ownSwitches(
  model: Model,
  service: number,
  amount: number | undefined,
  reading: Reading,
  rates: Rates,
  load: number,
): { perYear: number; gapHours: number } {
  const known = remembered.get(rates) ?? new Map<string, { perYear: number; gapHours: number }>();
  remembered.set(rates, known);
  const { store, reader } = reading;
  const key = `${service}:${amount}:${reader.canonical(load)}`;
  const done = known.get(key);
  if (done !== undefined) return done;
  const node = model.services[service];
  if (node === undefined) return { perYear: 0, gapHours: 0 };
  const stages = reader.stages(node, amount, load);
  let perYear = 0;
  let hours = 0;
  for (let stage = 1; stage < stages.failed.length; stage++) {
    const rate = stageRate(store, stages.failed[stage - 1] ?? 0, stages.failed[stage] ?? 0, rates);
    perYear += rate;
    hours += rate * (stages.gapHours[stage] ?? 0);
  }
  const result = { perYear, gapHours: perYear > 0 ? hours / perYear : 0 };
  known.set(key, result);
  return result;
}

function stageRate(store: FormulaStore, earlier: FormulaId, upTo: FormulaId, rates: Rates): number {
  try {
    const compiled = compile(store, [earlier, upTo], OWN_BUDGET, {
      modules: 'monotone',
      work: { left: OWN_WORK },
    });
    const { diagram, order } = compiled;
    const [before = 0, after = 0] = compiled.roots;
    const q = Float64Array.from(order, (event) => rates.probability[event] ?? 0);
    const w = Float64Array.from(order, (event) => rates.frequency[event] ?? 0);
    const probability = new Probability(diagram, compiled.roots);
    probability.evaluate(q);
    probability.frequencies(q, w);
    const move = { before: before ^ 1, after: diagram.and(before, after ^ 1) };
    return new Transitions(diagram, [move], MAX_PAIRS).evaluate(q, w)[0] ?? 0;
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
  }
  let sum = 0;
  for (const variable of variablesBelow(store, [earlier])) sum += rates.frequency[variable] ?? 0;
  return sum;
}

/** Redundancies on the way of a journey's users, not those that only steer or grow. */
export function onPath(model: Model, journey: JourneyNode): Switching[] {
  const { onPath: services, asked } = reachedByJourney(model, journey);
  const anys = [...services].flatMap(([service, load]): Switching[] => {
    const redundancy = model.services[service]?.redundancy;
    return redundancy?.kind === 'any' && redundancy.options.length > 1
      ? [{ service, amount: undefined, load }]
      : [];
  });
  return [
    ...anys,
    ...asked.filter(
      ({ service }) => model.services[service]?.pool?.some((member) => member.grow > 0) === true,
    ),
  ];
}
