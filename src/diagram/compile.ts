import { type Diagram, Diagram as DiagramClass, ONE, ZERO, type Edge } from './diagram.ts';
import { GATE, reachable, type FormulaId, type FormulaStore } from './formula.ts';

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
  const built = new Map<FormulaId, Edge>();
  for (const id of reachable(store, roots)) {
    const args = store.args(id);
    const edges = (): Edge[] => args.map((arg) => built.get(arg) ?? ZERO);
    switch (store.kind(id)) {
      case GATE.VARIABLE: {
        const level = levelOf.get(args[0] ?? -1);
        if (level === undefined) throw new RangeError(`Variable ${args[0]} has no level.`);
        built.set(id, diagram.variable(level));
        break;
      }
      case GATE.AND:
        built.set(id, combine(diagram, edges(), true));
        break;
      case GATE.OR:
        built.set(id, combine(diagram, edges(), false));
        break;
      case GATE.NOT:
        built.set(id, (edges()[0] ?? ZERO) ^ 1);
        break;
      default:
        built.set(id, id === 1 ? ONE : ZERO);
    }
  }
  return roots.map((root) => built.get(root) ?? ZERO);
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
  const weights = new Map<FormulaId, number>();
  for (const id of reachable(store, roots)) {
    let weight = 1;
    if (store.kind(id) !== GATE.VARIABLE) for (const arg of store.args(id)) weight += weights.get(arg) ?? 0;
    weights.set(id, Math.min(weight, 1e15));
  }
  const order: number[] = [];
  const seen = new Set<FormulaId>();
  // The best root last on the stack is walked first; the last root holds the most.
  const waiting: FormulaId[] = [...roots].reverse();
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    if (store.kind(id) === GATE.VARIABLE) {
      order.push(store.args(id)[0] ?? 0);
      continue;
    }
    const args = [...store.args(id)].sort((a, b) => (weights.get(b) ?? 0) - (weights.get(a) ?? 0) || b - a);
    for (const arg of args) waiting.push(arg);
  }
  return order;
}
