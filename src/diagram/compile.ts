import { type Diagram, Diagram as DiagramClass, ONE, ZERO, type Edge } from './diagram.ts';
import { GATE, reachable, TRUE, type FormulaId, type FormulaStore } from './formula.ts';

export interface Compiled {
  readonly diagram: Diagram;
  /** One edge a root, in the order of the roots. */
  readonly roots: readonly Edge[];
  /** Variable number at each level. */
  readonly order: readonly number[];
  /** Level of each variable that occurs. */
  readonly levelOf: ReadonlyMap<number, number>;
}

/**
 * Compiles formulas into one diagram under one order of the variables.
 *
 * @param budget most nodes
 * @throws BudgetSpent
 */
export function compile(store: FormulaStore, roots: readonly FormulaId[], budget: number): Compiled {
  const order = depthFirstOrder(store, roots);
  const levelOf = new Map(order.map((variable, level) => [variable, level]));
  const diagram = new DiagramClass(order.length, budget);
  return { diagram, roots: buildInto(diagram, store, roots, levelOf), order, levelOf };
}

/** Compiles further formulas over variables that the diagram already has. */
export function buildInto(
  diagram: Diagram,
  store: FormulaStore,
  roots: readonly FormulaId[],
  levelOf: ReadonlyMap<number, number>,
): Edge[] {
  const built = new Array<Edge>(Math.max(TRUE, ...roots) + 1).fill(ZERO);
  built[TRUE] = ONE;
  for (const id of reachable(store, roots)) {
    const args = store.args(id);
    const kind = store.kind(id);
    if (kind === GATE.VARIABLE) {
      const level = levelOf.get(args[0] ?? -1);
      if (level === undefined) throw new RangeError(`Variable ${args[0]} has no level.`);
      built[id] = diagram.variable(level);
    } else if (kind === GATE.NOT) {
      built[id] = (built[args[0] as number] as number) ^ 1;
    } else if (kind !== GATE.CONSTANT) {
      const edges = new Array<Edge>(args.length);
      for (let i = 0; i < args.length; i++) edges[i] = built[args[i] as number] as number;
      built[id] = combine(diagram, edges, kind === GATE.AND);
    }
  }
  return roots.map((root) => built[root] as number);
}

/** Arguments whose variables stand lowest are joined first: what is made stays small and is walked once. */
function combine(diagram: Diagram, edges: Edge[], conjunction: boolean): Edge {
  edges.sort((a, b) => diagram.levelOf(b) - diagram.levelOf(a) || a - b);
  let result = conjunction ? ONE : ZERO;
  for (const edge of edges) result = conjunction ? diagram.and(edge, result) : diagram.or(edge, result);
  return result;
}

/**
 * Variables in the order in which a depth-first walk meets them, at each gate the smaller arguments first: what belongs
 * together stays together.
 */
export function depthFirstOrder(store: FormulaStore, roots: readonly FormulaId[]): number[] {
  const weights = new Array<number>(Math.max(TRUE, ...roots) + 1).fill(0);
  for (const id of reachable(store, roots)) {
    let weight = 1;
    if (store.kind(id) !== GATE.VARIABLE) for (const arg of store.args(id)) weight += weights[arg] as number;
    weights[id] = Math.min(weight, 1e15);
  }
  const order: number[] = [];
  const seen = new Array<boolean>(weights.length).fill(false);
  // The best root last on the stack is walked first; the last root holds the most.
  const waiting: FormulaId[] = [...roots].reverse();
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (seen[id] === true) continue;
    seen[id] = true;
    if (store.kind(id) === GATE.VARIABLE) {
      order.push(store.args(id)[0] ?? 0);
      continue;
    }
    const args = [...store.args(id)].sort((a, b) => (weights[b] as number) - (weights[a] as number) || b - a);
    for (const arg of args) waiting.push(arg);
  }
  return order;
}
