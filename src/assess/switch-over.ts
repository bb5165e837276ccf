import { BudgetSpent, compile, FormulaStore, GATE, reachable, Transitions, type Compiled, type Edge, type FormulaId } from '../diagram/index.ts';
import { Interpreter, type JourneyNode, type Model, type Node, type ServiceNode } from '../model/index.ts';
import { formulaAlgebra } from './formulas.ts';
import { JourneyDiagram, type Rates } from './journey-diagram.ts';

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
  if (switching.length === 0) return { perYear: 0, hoursPerYear: 0, downHoursPerYear: 0, lossPerYear: 0, exact: true, byService: [] };
  const store = new FormulaStore();
  const algebra = formulaAlgebra(store, model, failed);
  const reader = new Interpreter(model, algebra);
  const modes = reader.modesFailedSoFar(journey);
  if (store.size * switching.length > MAX_WORK) return bounded(model, journey, switching, failed, rates);
  const parts = switching.map((one): Part => {
    const service = model.services[one.service] as ServiceNode; // numbered by onPath
    const option = one.amount === undefined ? { service: one.service } : { service: one.service, amount: one.amount };
    const forced = new Interpreter(model, algebra, { failed: option }).modesFailedSoFar(journey);
    return { ...one, groups: groupsOf(reader, journey, service, one.amount), forced };
  });
  try {
    return solve(store, journey, reader.everyRequirementFailed(journey), modes, parts, rates);
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    return bounded(model, journey, switching, failed, rates);
  }
}

interface Part extends Switching {
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

function groupsOf(reader: Interpreter<FormulaId>, journey: JourneyNode, service: ServiceNode, amount: number | undefined): Group[] {
  const groups = new Map<string, { modes: number[]; failed: FormulaId[]; gapHours: number[] }>();
  for (const [i, mode] of journey.modes.entries()) {
    const stages = reader.stages(service, amount, mode.load);
    const key = stages.failed.join();
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { modes: [i], ...stages });
    else known.modes.push(i);
  }
  return [...groups.values()];
}

/** What being without anything for exactly so long costs. */
function lossOver(journey: JourneyNode, hours: number): number {
  let sum = 0;
  let before = 0;
  for (const { afterHours, perHour } of journey.loss ?? []) {
    sum += (perHour - before) * Math.max(0, hours - afterHours);
    before = perHour;
  }
  return sum;
}

function solve(
  store: FormulaStore,
  journey: JourneyNode,
  core: FormulaId,
  modes: readonly FormulaId[],
  parts: readonly Part[],
  rates: Rates,
): SwitchOvers {
  const others = parts.flatMap((part) => [...part.forced, ...part.groups.flatMap((group) => group.failed)]);
  const solved = new JourneyDiagram(store, core, modes, others, NODE_BUDGET);
  solved.evaluate(rates);
  const { diagram } = solved.compiled;
  const moves = solved.transitions(MAX_STEPS);
  const rate = (before: Edge, after: Edge): number => {
    const found = moves.rate(before, after);
    if (found === undefined) throw new BudgetSpent(MAX_STEPS);
    return solved.noSingle * found;
  };
  let next = 0;
  const take = (count: number): readonly Edge[] => {
    const taken = solved.others.slice(next, next + count);
    next += count;
    return taken;
  };
  const works = (k: number): Edge => (solved.conditions[k] ?? 0) ^ 1;
  const total = { perYear: 0, hoursPerYear: 0, downHoursPerYear: 0, lossPerYear: 0 };
  const byService: SwitchOvers['byService'][number][] = [];
  const last = journey.modes.length - 1;
  for (const part of parts) {
    const forced = take(part.forced.length);
    const own = { perYear: 0, hoursPerYear: 0 };
    // felt[k]: some mode up to k works without the gap, and none up to k in it.
    const felt = forced.map((edge, k) => diagram.and(edge, works(k)));
    const anyFelt = felt.reduce((sum, edge) => diagram.or(sum, edge), 0);
    for (const group of part.groups) {
      const stages = take(group.failed.length);
      const best = part.groups.length === 1 ? 1 : bestAmong(diagram, solved.conditions, group.modes);
      for (let stage = 1; stage < stages.length; stage++) {
        const before = (stages[stage - 1] ?? 0) ^ 1;
        const after = diagram.and(diagram.and(stages[stage - 1] ?? 0, (stages[stage] ?? 0) ^ 1), best);
        const perYear = rate(before, diagram.and(after, anyFelt));
        const gap = group.gapHours[stage] ?? 0;
        own.perYear += perYear;
        own.hoursPerYear += perYear * gap;
        if (gap === 0 || perYear === 0) continue;
        const cost = lossOver(journey, gap);
        for (const [k, mode] of journey.modes.entries()) {
          const drop = mode.worth - (journey.modes[k + 1]?.worth ?? 0);
          const edge = felt[k] ?? 0;
          if (edge === 0 || (drop * cost === 0 && k !== last)) continue;
          const times = edge === anyFelt ? perYear : rate(before, diagram.and(after, edge));
          total.lossPerYear += times * cost * drop;
          if (k === last) total.downHoursPerYear += times * gap;
        }
      }
    }
    total.perYear += own.perYear;
    total.hoursPerYear += own.hoursPerYear;
    if (own.perYear > 0)
      byService.push({ service: part.service, perYear: own.perYear, gapHours: own.hoursPerYear / own.perYear, hoursPerYear: own.hoursPerYear });
  }
  return { ...total, exact: true, byService };
}

/** That the best working mode is one of these. */
function bestAmong(diagram: Compiled['diagram'], failedSoFar: readonly Edge[], modes: readonly number[]): Edge {
  let result = 0;
  for (const k of modes) {
    const better = k === 0 ? 1 : (failedSoFar[k - 1] ?? 0);
    result = diagram.or(result, diagram.and(better, (failedSoFar[k] ?? 0) ^ 1));
  }
  return result;
}

/** Upper bounds: every switch of every redundancy is felt, and takes the journey down. */
function bounded(
  model: Model,
  journey: JourneyNode,
  switching: readonly Switching[],
  failed: ReadonlySet<number>,
  rates: Rates,
): SwitchOvers {
  const total = { perYear: 0, hoursPerYear: 0, downHoursPerYear: 0, lossPerYear: 0 };
  const byService: SwitchOvers['byService'][number][] = [];
  for (const { service, amount, load } of switching) {
    const { perYear, gapHours } = ownSwitches(model, service, amount, failed, rates, load);
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
  let load = 1;
  const note = (service: number, amount: number | undefined): void => {
    const key = `${service}:${amount}`;
    if (!found.has(key)) found.set(key, { service, amount, load });
  };
  const visit = (node: Node): void => {
    if (node.kind === 'service' || node.kind === 'pool') {
      if (node.kind === 'pool' && grows(model, node.service)) note(node.service, node.amount);
      visitService(node.service);
    } else if (node.kind !== 'reference') {
      for (const part of partsOf(node)) visit(part);
    }
  };
  const visitService = (index: number): void => {
    const service = model.services[index];
    if (service === undefined || seen.has(index)) return;
    seen.add(index);
    if (service.redundancy?.kind === 'any' && service.redundancy.options.length > 1) note(index, undefined);
    if (service.needs !== undefined) visit(service.needs);
    if (service.redundancy !== undefined) visit(service.redundancy);
    for (const member of service.pool ?? []) visit(member.node);
  };
  for (const mode of journey.modes) {
    load = mode.load;
    visit(mode.node);
  }
  return [...found.values()];
}

function partsOf(node: Extract<Node, { kind: 'all' | 'any' | 'atLeast' }>): readonly Node[] {
  if (node.kind === 'any') return node.options.map((option) => option.node);
  return node.kind === 'all' ? node.parts : node.of;
}

function grows(model: Model, service: number): boolean {
  return model.services[service]?.pool?.some((member) => member.grow > 0) === true;
}
