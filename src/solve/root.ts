import {
  Bounder,
  BudgetSpent,
  compile,
  countBySize,
  CutSets,
  Importances,
  Probability,
  topSets,
  variablesBelow,
  visitSets,
  type Compiled,
  type Edge,
  type FormulaStore,
} from '../diagram/index.ts';
import type { BasicEvent, FaultTree, Root } from '../openpsa/index.ts';
import { DEFAULT_NODE_BUDGET, isCutOff, type SolveOptions } from './options.ts';
import type { CutSet, CutSetsOfRoot, EventImportance, RootSolution } from './result.ts';

/** Nodes that may be made to find out whether a function with negations is monotone. */
const MONOTONE_BUDGET = 1_000_000;
/** For the bar of progress: few roots are done with so few nodes. */
const FEWEST = 1000;
/** The share of the budget that bounds may take, when it did not suffice for the whole. */
const BOUNDS_SHARE = 4;

/** Solves one root: exactly, or where the budget is spent, within bounds. */
export function solveRoot(tree: FaultTree, root: Root, options: SolveOptions): RootSolution {
  const budget = options.budget ?? DEFAULT_NODE_BUDGET;
  try {
    const onRound = (nodes: number): void => {
      const share = Math.log(nodes / FEWEST) / Math.log(budget / FEWEST);
      options.onProgress?.(Math.max(0, share / 2), `${root.name}: diagrams of up to ${nodes} nodes`);
    };
    const compiled = compile(tree.store, [root.formula], budget, { onRound });
    options.onProgress?.(0.5, `${root.name}: cut sets`);
    return new RootSolver(tree, root, compiled, options).solution();
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    return boundedSolution(tree, root, options, budget);
  }
}

class RootSolver {
  private readonly root: Root;
  private readonly options: SolveOptions;
  private readonly compiled: Compiled;
  private readonly edge: Edge;
  private readonly probability: Probability;
  /** Levels of the events that the root depends on. */
  private readonly levels: Int32Array;
  /** By level the event; undefined where a module stands. */
  private readonly events: readonly (BasicEvent | undefined)[];
  private readonly unknown: readonly BasicEvent[];
  /** Names of events, sorted, and by level the place of its event there. */
  private readonly named: readonly string[];
  private readonly rankOf: Int32Array;
  private readonly coherent: boolean | null;
  /** Of variables and modules; where some event has no probability that of variables alone, 1 where it is not known. */
  private readonly q: Float64Array;

  constructor(tree: FaultTree, root: Root, compiled: Compiled, options: SolveOptions) {
    this.root = root;
    this.options = options;
    this.compiled = compiled;
    this.edge = compiled.roots[0] as Edge; // one root, one edge
    this.events = compiled.order.map((event) => tree.events[event]);
    this.probability = new Probability(compiled.diagram, [this.edge]);
    this.levels = this.probability.variablesOf(this.edge);
    this.unknown = [...this.levels].flatMap((level) => {
      const event = this.events[level];
      return event === undefined || event.probability !== null ? [] : [event];
    });
    const sorted = [...this.levels].sort((a, b) => byName(this.nameAt(a), this.nameAt(b)));
    this.named = sorted.map((level) => this.nameAt(level));
    this.rankOf = new Int32Array(this.events.length);
    for (const [rank, level] of sorted.entries()) this.rankOf[level] = rank;
    this.coherent = coherence(tree.store, root, compiled);
    this.q = Float64Array.from(this.events, (event) => event?.probability ?? 1);
    if (this.isKnown) this.probability.evaluate(this.q);
  }

  private nameAt(level: number): string {
    return this.events[level]?.name ?? '';
  }

  private get isKnown(): boolean {
    return this.unknown.length === 0;
  }

  solution(): RootSolution {
    return {
      name: this.root.name,
      exact: true,
      probability: this.isKnown ? this.probability.of(this.edge) : null,
      bounds: null,
      events: this.levels.length,
      unknown: this.unknown.map(({ name }) => name).sort(),
      coherent: this.coherent,
      diagram: { nodes: this.probability.size, modules: this.probability.modules },
      cutSets: this.options.cutSets === false ? null : this.cutSets(),
      importance: this.isKnown && this.options.importance !== false ? this.importance() : [],
    };
  }

  private cutSets(): CutSetsOfRoot {
    const { budget = DEFAULT_NODE_BUDGET, top = 10 } = this.options;
    const sets = new CutSets(this.compiled.diagram, budget);
    let family: number;
    try {
      family = this.coherent === true ? sets.minimal(this.edge) : sets.minimalPositiveParts(this.edge);
    } catch (error) {
      if (!(error instanceof BudgetSpent)) throw error;
      return notCounted(this.coherent);
    }
    const counts = countBySize(sets, family);
    return {
      kind: kindOf(this.coherent),
      total: counts.reduce((sum, count) => sum + count, 0n).toString(),
      byOrder: counts.map(String),
      kept: this.kept(sets, family, counts),
      top: this.top(sets, family, top),
    };
  }

  private get limits(): { readonly least: number; readonly largest: number } {
    const { cutOff } = this.options;
    return { least: cutOff?.probability ?? 0, largest: cutOff?.order ?? Number.POSITIVE_INFINITY };
  }

  /** Without all probabilities, the smallest, and no cut-off by what is not known. */
  private top(sets: CutSets, family: number, most: number): CutSet[] {
    const weight = this.isKnown ? this.q : new Float64Array(this.q.length).fill(0.5);
    const { least, largest } = this.limits;
    const limits = { least: this.isKnown ? least : 0, largest };
    const found = topSets(sets, family, weight, most, limits).map(({ levels }) => this.setOf(levels));
    return found.sort(
      (a, b) =>
        (b.probability ?? 0) - (a.probability ?? 0) ||
        a.events.length - b.events.length ||
        byName(a.events.join(), b.events.join()),
    );
  }

  private setOf(levels: readonly number[]): CutSet {
    const isKnown = this.isKnown || levels.every((level) => this.isKnownAt(level));
    const product = levels.reduce((soFar, level) => soFar * (this.q[level] as number), 1);
    return { events: this.namesOf(levels), probability: isKnown ? product : null };
  }

  private isKnownAt(level: number): boolean {
    return this.events[level]?.probability !== null;
  }

  /** Names in their order: sorted as numbers, because sets are listed by the million. */
  private namesOf(levels: readonly number[]): string[] {
    const { rankOf, named } = this;
    const ranks = levels.map((level) => rankOf[level] as number);
    for (let i = 1; i < ranks.length; i++) {
      const rank = ranks[i] as number;
      let at = i - 1;
      for (; at >= 0 && (ranks[at] as number) > rank; at--) ranks[at + 1] = ranks[at] as number;
      ranks[at + 1] = rank;
    }
    return ranks.map((rank) => named[rank] as string);
  }

  /** Counts what is within the cut-off, and hands each such set out where that is asked. */
  private kept(sets: CutSets, family: number, counts: readonly bigint[]): string | null {
    const { visit } = this.options;
    const { least, largest } = this.limits;
    const isCut = isCutOff(this.options.cutOff);
    if (visit === undefined && !isCut) return null;
    if (visit === undefined && least === 0)
      return counts.reduce((sum, count, order) => (order <= largest ? sum + count : sum), 0n).toString();
    let kept = 0;
    visitSets(sets, family, this.q, { least, largest }, (levels, product) => {
      kept++;
      if (visit === undefined) return undefined;
      const probability = this.isKnown || levels.every((level) => this.isKnownAt(level)) ? product : null;
      return visit(this.root.name, this.namesOf(levels), probability);
    });
    return isCut ? String(kept) : null;
  }

  private measured(): Importances {
    const measures = new Importances(this.probability, this.edge);
    measures.evaluate(this.q);
    return measures;
  }

  private importance(): EventImportance[] {
    const { levels, mif, cif, dif, raw, rrw } = this.measured();
    const ratio = (value = Number.NaN): number | null => (Number.isNaN(value) ? null : value);
    const found = Array.from(levels, (level, k): EventImportance => {
      const { name = '', probability = null } = this.events[level] ?? {};
      return {
        event: name,
        probability: probability ?? 0,
        mif: mif[k] ?? 0,
        cif: ratio(cif[k]),
        dif: ratio(dif[k]),
        raw: ratio(raw[k]),
        rrw: rrw[k] === Number.POSITIVE_INFINITY ? 'Infinity' : ratio(rrw[k]),
      };
    });
    return found.sort((a, b) => rank(b) - rank(a) || byName(a.event, b.event));
  }
}

/** To ten digits: events that mean the same are rounded apart no further. */
function rank({ cif, mif }: EventImportance): number {
  return Number((cif ?? mif).toPrecision(10));
}

/** Short names first, so that e9 stands before e10. */
function byName(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

/** Undecided, null, where deciding would take too many nodes. */
function coherence(store: FormulaStore, root: Root, { diagram, roots }: Compiled): boolean | null {
  if (store.isMonotone(root.formula)) return true;
  diagram.allow(MONOTONE_BUDGET);
  try {
    return diagram.isMonotone(roots[0] as Edge); // one root, one edge
  } catch (error) {
    if (error instanceof BudgetSpent) return null;
    throw error;
  }
}

function kindOf(coherent: boolean | null): CutSetsOfRoot['kind'] {
  return coherent === true ? 'minimal-cut-sets' : 'minimal-positive-parts';
}

function notCounted(coherent: boolean | null): CutSetsOfRoot {
  return { kind: kindOf(coherent), total: null, byOrder: null, kept: null, top: [] };
}

function boundedSolution(
  { store, events }: FaultTree,
  { name, formula }: Root,
  options: SolveOptions,
  budget: number,
): RootSolution {
  const variables = variablesBelow(store, [formula]);
  const unknown = variables.filter((variable) => events[variable]?.probability === null);
  const coherent = store.isMonotone(formula) ? true : null;
  let bounds: RootSolution['bounds'] = null;
  let top: CutSet[] = [];
  if (unknown.length === 0) {
    const probability = Float64Array.from(events, (event) => event.probability ?? 0);
    const bounder = new Bounder(store, [formula], probability, budget / BOUNDS_SHARE);
    const [{ low, high } = { low: 0, high: 1 }] = bounder.evaluate(probability);
    bounds = [low, high];
    if (coherent === true && options.cutSets !== false)
      top = bounder.cutSets(0, probability, options.top ?? 10).map((set) => ({
        events: set.map((variable) => events[variable]?.name ?? '').sort(byName),
        probability: set.reduce((product, variable) => product * (probability[variable] ?? 0), 1),
      }));
  }
  return {
    name,
    exact: false,
    probability: null,
    bounds,
    events: variables.length,
    unknown: unknown.map((variable) => events[variable]?.name ?? '').sort(),
    coherent,
    diagram: null,
    cutSets: options.cutSets === false ? null : { ...notCounted(coherent), top },
    importance: [],
  };
}
