import { BudgetSpent, compile, FormulaStore, GATE, reachable, Transitions, type Edge, type FormulaId } from '../diagram/index.ts';
import { Interpreter, type JourneyNode, type Model, type Node, type ServiceNode } from '../model/index.ts';
import { formulaAlgebra } from './formulas.ts';
import { JourneyDiagram, type Rates } from './journey-diagram.ts';

/** One redundancy whose switches users of a journey can feel. */
interface Switching {
  readonly service: number;
  /** Of a pool: the amount asked. */
  readonly amount: number | undefined;
}

export interface SwitchOvers {
  readonly perYear: number;
  readonly hoursPerYear: number;
  readonly downHoursPerYear: number;
  /** Σ hours × (worth of the mode without the gap − worth of the mode in it). @unit hours a year */
  readonly worthHoursPerYear: number;
  readonly exact: boolean;
  readonly byService: readonly { readonly service: number; readonly perYear: number; readonly gapHours: number; readonly hoursPerYear: number }[];
}

/** Above this many gates times switching services a journey's switches are bounded instead of solved. */
const MAX_WORK = 20_000;
const NODE_BUDGET = 200_000;
const MAX_STEPS = 400_000;

/**
 * How often the users of a journey feel a switch, and for how long. A switch happens when the failure of an event moves a
 * redundancy from the alternative in use to a later one; it is felt when, in the state after it, the journey would be in
 * a better mode if the redundancy worked than if it did not.
 *
 *   Σ over events e: w(e) · P(in use after e is later than before e, and the journey feels it)
 */
export function switchOversOf(model: Model, journey: JourneyNode, failed: ReadonlySet<number>, rates: Rates): SwitchOvers {
  const switching = onPath(model, journey);
  if (switching.length === 0) return { perYear: 0, hoursPerYear: 0, downHoursPerYear: 0, worthHoursPerYear: 0, exact: true, byService: [] };
  const load = Math.min(...journey.modes.map((mode) => mode.load));
  const store = new FormulaStore();
  const algebra = formulaAlgebra(store, model, failed);
  const reader = new Interpreter(model, algebra);
  const modes = reader.modesFailedSoFar(journey);
  if (store.size * switching.length > MAX_WORK) return bounded(model, journey, switching, failed, rates, load);
  const parts = switching.map((one) => {
    const service = model.services[one.service] as ServiceNode; // numbered by onPath
    const stages = reader.stages(service, one.amount, load);
    const option = one.amount === undefined ? { service: one.service } : { service: one.service, amount: one.amount };
    const forced = new Interpreter(model, algebra, { failed: option }).modesFailedSoFar(journey);
    return { ...one, ...stages, forced };
  });
  try {
    return solve(store, journey, modes, parts, rates);
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    return bounded(model, journey, switching, failed, rates, load);
  }
}

interface Part extends Switching {
  /** By stage, that it and every earlier one has failed. */
  readonly failed: readonly FormulaId[];
  readonly gapHours: readonly number[];
  /** The journey's modes so far, with the redundancy failed. */
  readonly forced: readonly FormulaId[];
}

function solve(store: FormulaStore, journey: JourneyNode, modes: readonly FormulaId[], parts: readonly Part[], rates: Rates): SwitchOvers {
  const others = parts.flatMap((part) => [...part.failed, ...part.forced]);
  const solved = new JourneyDiagram(store, modes, others, NODE_BUDGET);
  solved.evaluate(rates);
  const { diagram } = solved.compiled;
  const moves = solved.transitions(MAX_STEPS);
  let next = 0;
  const take = (count: number): readonly Edge[] => {
    const taken = solved.others.slice(next, next + count);
    next += count;
    return taken;
  };
  const total = { perYear: 0, hoursPerYear: 0, downHoursPerYear: 0, worthHoursPerYear: 0 };
  const byService: SwitchOvers['byService'][number][] = [];
  for (const part of parts) {
    const stages = take(part.failed.length);
    const forced = take(part.forced.length);
    const own = { perYear: 0, hoursPerYear: 0 };
    // What users feel, by how far down the ladder: mode k or better without the gap, worse than k in it.
    const felt = forced.map((edge, k) => diagram.and(edge, (solved.conditions[k] ?? 0) ^ 1));
    const anyFelt = felt.reduce((sum, edge) => diagram.or(sum, edge), 0);
    for (let stage = 1; stage < stages.length; stage++) {
      const before = (stages[stage - 1] ?? 0) ^ 1;
      const after = diagram.and(stages[stage - 1] ?? 0, (stages[stage] ?? 0) ^ 1);
      const rate = (condition: Edge): number => {
        const found = moves.rate(before, diagram.and(after, condition));
        if (found === undefined) throw new BudgetSpent(MAX_STEPS);
        return solved.noSingle * found;
      };
      const perYear = rate(anyFelt);
      const gap = part.gapHours[stage] ?? 0;
      own.perYear += perYear;
      own.hoursPerYear += perYear * gap;
      if (gap === 0 || perYear === 0) continue;
      for (const [k, mode] of journey.modes.entries()) {
        const isLast = k === journey.modes.length - 1;
        const drop = mode.worth - (journey.modes[k + 1]?.worth ?? 0);
        const edge = felt[k] ?? 0;
        if (edge === 0 || (drop === 0 && !isLast)) continue;
        const hours = (edge === anyFelt ? perYear : rate(edge)) * gap;
        total.worthHoursPerYear += hours * drop;
        if (isLast) total.downHoursPerYear += hours;
      }
    }
    total.perYear += own.perYear;
    total.hoursPerYear += own.hoursPerYear;
    if (own.perYear > 0)
      byService.push({ service: part.service, perYear: own.perYear, gapHours: own.hoursPerYear / own.perYear, hoursPerYear: own.hoursPerYear });
  }
  return { ...total, exact: true, byService };
}

/** Upper bounds: every switch of every redundancy is felt, and takes the journey down. */
function bounded(
  model: Model,
  journey: JourneyNode,
  switching: readonly Switching[],
  failed: ReadonlySet<number>,
  rates: Rates,
  load: number,
): SwitchOvers {
  const total = { perYear: 0, hoursPerYear: 0, downHoursPerYear: 0, worthHoursPerYear: 0 };
  const byService: SwitchOvers['byService'][number][] = [];
  for (const { service, amount } of switching) {
    const { perYear, gapHours } = ownSwitches(model, service, amount, failed, rates, load);
    if (perYear === 0) continue;
    const hours = perYear * gapHours;
    total.perYear += perYear;
    total.hoursPerYear += hours;
    total.downHoursPerYear += hours;
    total.worthHoursPerYear += hours * (journey.modes[0]?.worth ?? 1);
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
  failed: ReadonlySet<number>,
  rates: Rates,
  load: number,
): { perYear: number; gapHours: number } {
  let known = remembered.get(rates);
  if (known === undefined) remembered.set(rates, (known = new Map()));
  const key = `${service}:${amount}:${load}:${[...failed].join()}`;
  const done = known.get(key);
  if (done !== undefined) return done;
  const store = new FormulaStore();
  const node = model.services[service];
  if (node === undefined) return { perYear: 0, gapHours: 0 };
  const stages = new Interpreter(model, formulaAlgebra(store, model, failed)).stages(node, amount, load);
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
    const compiled = compile(store, [earlier, upTo], NODE_BUDGET / 10);
    const { diagram, order } = compiled;
    const [before = 0, after = 0] = compiled.roots;
    const q = Float64Array.from(order, (event) => rates.probability[event] ?? 0);
    const w = Float64Array.from(order, (event) => rates.frequency[event] ?? 0);
    const found = new Transitions(diagram, q, w, MAX_STEPS).rate(before ^ 1, diagram.and(before, after ^ 1));
    if (found !== undefined) return found;
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
  }
  let sum = 0;
  for (const variable of variablesOf(store, earlier)) sum += rates.frequency[variable] ?? 0;
  return sum;
}

function variablesOf(store: FormulaStore, root: FormulaId): number[] {
  return reachable(store, [root]).flatMap((id) => (store.kind(id) === GATE.VARIABLE ? [...store.args(id)] : []));
}

/** Redundancies that a journey's modes reach, not through what steers or grows. */
export function onPath(model: Model, journey: JourneyNode): Switching[] {
  const found = new Map<string, Switching>();
  const seen = new Set<number>();
  const visit = (node: Node): void => {
    switch (node.kind) {
      case 'service':
        visitService(node.service);
        return;
      case 'pool':
        found.set(`${node.service}:${node.amount}`, { service: node.service, amount: node.amount });
        visitService(node.service);
        return;
      case 'all':
        for (const part of node.parts) visit(part);
        return;
      case 'any':
        for (const option of node.options) visit(option.node);
        return;
      case 'atLeast':
        for (const part of node.of) visit(part);
        return;
      default:
    }
  };
  const visitService = (index: number): void => {
    if (seen.has(index)) return;
    seen.add(index);
    const service = model.services[index];
    if (service === undefined) return;
    if (service.redundancy?.kind === 'any' && service.redundancy.options.length > 1)
      found.set(`${index}`, { service: index, amount: undefined });
    if (service.needs !== undefined) visit(service.needs);
    if (service.redundancy !== undefined) visit(service.redundancy);
    for (const member of service.pool ?? []) visit(member.node);
  };
  for (const mode of journey.modes) visit(mode.node);
  return [...found.values()].filter(({ service, amount }) => amount === undefined || growsLater(model, service));
}

function growsLater(model: Model, service: number): boolean {
  return model.services[service]?.pool?.some((member) => member.grow > 0 && member.after > 0) === true;
}
