import { Diagram, ONE, ZERO, type Edge } from './diagram.ts';
import { GATE, TRUE, type FormulaId, type FormulaStore } from './formula.ts';
import { modulesOf, type ModuleKind, type Region } from './modules.ts';
import { BudgetSpent } from './node-table.ts';
import { depthFirst, dynamicWeight, force, ORDERS, type Order } from './orders.ts';
import { groupPrivate, simplify } from './simplify.ts';

export interface CompileOptions {
  /**
   * Which modules get a level of their own: `monotone` where it will be asked how often functions come about
   * (`Transitions`, `frequencies`). By default any.
   */
  readonly modules?: ModuleKind;
  /** Told before each round how many nodes its attempts may make. */
  readonly onRound?: (nodes: number) => void;
  /** What all attempts together may come to. By default anything. */
  readonly work?: Work;
}

/** Nodes that may still be made, in use at the end or not; what is made is taken off. */
export interface Work {
  left: number;
}

export interface Compiled {
  readonly diagram: Diagram;
  /** One edge a root, in the order of the roots. */
  readonly roots: readonly Edge[];
  /** Variable number at each level; −1 where a module stands. */
  readonly order: readonly number[];
}

/** Nodes that the first attempt of all may make: most modules need few. */
const PLAIN = 6_000;
/** Nodes that an attempt may make in the first round of the race, and how many times more in each further one. */
const FIRST_ROUND = 15_000;
const GROWTH = 4;
/** The same where work is scarce: rounds begin small, so that little is lost on what turns out to be too much. */
const FIRST_SCARCE = 2_000;
/** How many orders of a shape stay in the race in each round; after the last of these, one. */
const STAY = [ORDERS.length, 3, 2];
const STAY_SCARCE = [ORDERS.length, 2];
/** Of gates done: there was not even room for the variables. */
const NOT_BEGUN = -1;
/** Garbage is collected when there are so many times more nodes than were in use last time, and some more. */
const COLLECT_AT = 3;
const COLLECT_FROM = 20_000;

/** Ways to write the formulas. */
type Rewrite = (store: FormulaStore, roots: readonly FormulaId[]) => readonly FormulaId[];
const asItIs: Rewrite = (_, roots) => roots;
const simplified: Rewrite = (store, roots) => simplify(store, roots, { factor: false });
const factored: Rewrite = (store, roots) => simplify(store, roots, { factor: true });

/** What is best most often, before the race of all. */
const PRELUDE: readonly { readonly nodes: number; readonly order: Order; readonly rewrite: Rewrite }[] = [
  { nodes: 15_000, order: force, rewrite: factored },
  { nodes: 60_000, order: force, rewrite: factored },
  { nodes: 60_000, order: dynamicWeight, rewrite: factored },
  { nodes: 60_000, order: force, rewrite: simplified },
  { nodes: 60_000, order: dynamicWeight, rewrite: simplified },
  { nodes: 240_000, order: force, rewrite: factored },
  { nodes: 240_000, order: dynamicWeight, rewrite: factored },
  { nodes: 240_000, order: force, rewrite: simplified },
  { nodes: 240_000, order: dynamicWeight, rewrite: simplified },
];

/**
 * Compiles formulas into one diagram. Modules are compiled by themselves, each under an order of its own; a level of the
 * diagram is a variable or a module.
 *
 * No shape of a formula and no order of its variables is best everywhere. So several are raced: the formula as it is and
 * two simplifications of it, each under several orders: first those that are best most often, then all with a small budget of
 * nodes, then fewer with more. Orders stay in the race by how many gates they came to. The first to finish wins. Where work
 * is scarce, only the formula that is simplified most runs on after the first attempt: it has the fewest variables that
 * stand in several places.
 *
 * @param budget most nodes that one attempt may make
 * @throws BudgetSpent when every attempt came to more, or all of them to more than the work
 */
export function compile(
  store: FormulaStore,
  roots: readonly FormulaId[],
  budget: number,
  { modules = 'any', onRound, work }: CompileOptions = {},
): Compiled {
  const left = work ?? { left: Number.MAX_SAFE_INTEGER };
  const shapes = new Map<Rewrite | string, Shape>();
  // Made when it is asked for; rewriting that changes nothing gives the same shape.
  const shapeOf = (rewrite: Rewrite): Shape => {
    const known = shapes.get(rewrite);
    if (known !== undefined) return known;
    const written = groupPrivate(store, rewrite(store, roots));
    const key = written.join();
    const shape = shapes.get(key) ?? new Shape(store, written, modules, budget, left);
    shapes.set(key, shape).set(rewrite, shape);
    return shape;
  };
  const plain = shapeOf(asItIs);
  if (plain.attempt(Math.min(PLAIN, budget), depthFirst)) return plain.compiled();
  const isScarce = work !== undefined;
  for (const { nodes, order, rewrite } of isScarce ? [] : PRELUDE) {
    if (nodes > budget) break;
    const shape = shapeOf(rewrite);
    if (shape.attempt(nodes, order)) return shape.compiled();
  }
  const racing = new Set((isScarce ? [factored] : [asItIs, simplified, factored]).map(shapeOf));
  for (let round = 0, nodes = isScarce ? FIRST_SCARCE : FIRST_ROUND; ; round++, nodes *= GROWTH) {
    // The last round is the one that comes near the budget: another would hardly go further.
    const limit = nodes * 2 > budget ? budget : nodes;
    onRound?.(limit);
    const stay = (isScarce ? STAY_SCARCE : STAY)[round] ?? 1;
    for (const shape of racing) if (shape.race(limit, stay)) return shape.compiled();
    if (limit === budget || left.left <= 0) throw new BudgetSpent(budget);
  }
}

/** One way to write the formulas, compiled region by region. What has been compiled stays, whichever round it was in. */
class Shape {
  private readonly store: FormulaStore;
  private readonly roots: readonly FormulaId[];
  private readonly budget: number;
  private readonly work: Work;
  private readonly regions: readonly Region[];
  /** The first level of each region. */
  private readonly base: number[] = [];
  private readonly diagram: Diagram;
  /** By formula, its edge within its region. */
  private readonly edges: Int32Array;
  /** By formula, the edge of a region's root. */
  private readonly functions: Int32Array;
  /** By formula, how many gates of its region still need its edge. */
  private readonly left: Int32Array;
  private readonly order: number[];
  private done = 0;
  /** Of the region that is compiled now, orders, the best first, and what has been found for some. */
  private runners: Runner[] = [];
  private readonly leaves = new Map<Order, readonly FormulaId[]>();
  /** Of that region too, the most nodes that did not suffice for an order, and how many gates they came to. */
  private readonly failed = new Map<Order, { readonly nodes: number; readonly gates: number }>();

  constructor(
    store: FormulaStore,
    roots: readonly FormulaId[],
    modules: ModuleKind,
    budget: number,
    work: Work,
  ) {
    this.store = store;
    this.roots = roots;
    this.budget = budget;
    this.work = work;
    this.regions = modulesOf(store, roots, modules);
    let levels = 0;
    for (const region of this.regions) {
      this.base.push(levels);
      levels += region.leaves.length;
    }
    this.diagram = new Diagram(levels, budget);
    const formulas = Math.max(TRUE, ...roots) + 1;
    const numbers = new Int32Array(formulas * 3);
    this.edges = numbers.subarray(0, formulas);
    this.functions = numbers.subarray(formulas, formulas * 2);
    this.left = numbers.subarray(formulas * 2);
    this.edges[TRUE] = ONE;
    this.functions[TRUE] = ONE;
    this.order = new Array<number>(levels).fill(-1);
  }

  /** Compiles as many regions as it can, each under one order. @returns whether all are done */
  attempt(nodes: number, order: Order): boolean {
    return this.advance((region) => this.isBuilt(region, order, nodes) === true);
  }

  /**
   * Compiles as many regions as it can, racing so many orders for each, the best of the last round.
   *
   * @returns whether all are done
   */
  race(nodes: number, stay: number): boolean {
    return this.advance((region) => {
      if (this.runners.length === 0) this.runners = ORDERS.map((order) => ({ order, gates: 0 }));
      for (const runner of this.runners.slice(0, stay)) {
        const gates = this.isBuilt(region, runner.order, nodes);
        if (gates === true) return true;
        runner.gates = gates;
      }
      // Stable: of equals the one that comes first in the list.
      this.runners.sort((a, b) => b.gates - a.gates);
      return false;
    });
  }

  private advance(compileRegion: (region: Region) => boolean): boolean {
    for (; this.done < this.regions.length; this.done++) {
      if (!compileRegion(this.regions[this.done] as Region)) return false; // done is in range
      this.runners = [];
      this.leaves.clear();
      this.failed.clear();
    }
    return true;
  }

  /** @returns true, or for how many gates the nodes sufficed; then nothing is left of them */
  private isBuilt(region: Region, order: Order, nodes: number): true | number {
    const { diagram, work, leaves, failed } = this;
    if (work.left <= 0) return NOT_BEGUN;
    const known = failed.get(order);
    if (known !== undefined && known.nodes >= nodes) return known.gates;
    const mark = diagram.size;
    const asked = leaves.get(order) ?? order(this.store, region);
    leaves.set(order, asked);
    const { left } = work;
    const gates = this.build(region, asked, Math.min(nodes, left));
    if (gates === region.gates.length) return true;
    diagram.rollBack(mark);
    if (nodes <= left) failed.set(order, { nodes, gates });
    return gates;
  }

  compiled(): Compiled {
    this.diagram.allow(this.budget);
    return {
      diagram: this.diagram,
      roots: this.roots.map((root) => this.functions[root] as number),
      order: this.order,
    };
  }

  /** Compiles a region's gates under an order of its leaves. @returns how many the budget sufficed for, or NOT_BEGUN */
  private build(region: Region, leaves: readonly FormulaId[], nodes: number): number {
    const { store, diagram, edges, left } = this;
    const mark = diagram.size;
    let made = 0;
    let kept = mark;
    diagram.allow(nodes);
    if (!this.placeLeaves(leaves)) return NOT_BEGUN;
    for (const gate of region.gates) for (const arg of store.args(gate)) left[arg] = 0;
    for (const gate of region.gates)
      for (const arg of store.args(gate)) left[arg] = (left[arg] as number) + 1;
    for (const root of region.roots) left[root] = (left[root] as number) + 1;
    for (let i = 0; i < region.gates.length; i++) {
      const id = region.gates[i] as number;
      const args = store.args(id);
      try {
        edges[id] =
          store.kind(id) === GATE.NOT
            ? (edges[args[0] as number] as number) ^ 1
            : combine(diagram, args, edges, store.kind(id) === GATE.AND);
      } catch (error) {
        if (!(error instanceof BudgetSpent)) throw error;
        this.work.left -= made + diagram.size - kept;
        return i;
      }
      for (const arg of args) left[arg] = (left[arg] as number) - 1;
      if (diagram.size - mark > (kept - mark) * COLLECT_AT + COLLECT_FROM) {
        made += diagram.size - kept;
        this.collect(region, mark, i);
        kept = diagram.size;
        diagram.allow(nodes - made);
      }
    }
    this.work.left -= made + diagram.size - kept;
    this.collect(region, mark, -1);
    for (const root of region.roots) this.functions[root] = edges[root] as number;
    if (region.roots.every((root) => store.isMonotone(root)))
      for (let i = 0; i < leaves.length; i++) diagram.declareMonotone((this.base[this.done] as number) + i);
    return region.gates.length;
  }

  /** Leaves that are modules stand for them, unless those turned out to be constant. @returns whether there was room */
  private placeLeaves(leaves: readonly FormulaId[]): boolean {
    const { store, diagram, edges, functions } = this;
    if (leaves.length > diagram.room) return false;
    const base = this.base[this.done] as number;
    for (const [i, leaf] of leaves.entries()) {
      const level = base + i;
      this.order[level] = -1;
      if (store.kind(leaf) === GATE.VARIABLE) {
        this.order[level] = store.args(leaf)[0] ?? 0;
        diagram.define(level, ZERO);
        edges[leaf] = diagram.variable(level);
      } else if (store.kind(leaf) !== GATE.CONSTANT) {
        const module = functions[leaf] as number;
        diagram.define(level, module & ~1);
        edges[leaf] = module <= ONE ? module : diagram.variable(level) ^ (module & 1);
      }
    }
    return true;
  }

  /** Drops the nodes that neither the roots nor gates after `last` need; after −1 there are none. */
  private collect(region: Region, mark: number, last: number): void {
    const { edges, left } = this;
    const inUse: FormulaId[] = [...region.roots];
    if (last >= 0) {
      for (const leaf of region.leaves) if ((left[leaf] as number) > 0) inUse.push(leaf);
      for (let i = 0; i <= last; i++) {
        const gate = region.gates[i] as number;
        if ((left[gate] as number) > 0) inUse.push(gate);
      }
    }
    const unique = [...new Set(inUse)];
    const moved = this.diagram.compact(
      mark,
      unique.map((id) => edges[id] as number),
    );
    for (const id of unique) edges[id] = moved(edges[id] as number);
  }
}

interface Runner {
  readonly order: Order;
  /** How many gates it came to in the last round. */
  gates: number;
}

/** Arguments whose variables stand lowest are joined first: what is made stays small and is walked once. */
function combine(
  diagram: Diagram,
  args: readonly FormulaId[],
  edgeOf: Int32Array,
  conjunction: boolean,
): Edge {
  const edges = args.map((arg) => edgeOf[arg] as number);
  edges.sort((a, b) => diagram.levelOf(b) - diagram.levelOf(a) || a - b);
  let result = conjunction ? ONE : ZERO;
  for (const edge of edges) result = conjunction ? diagram.and(edge, result) : diagram.or(edge, result);
  return result;
}
