import { depthFirstOrder } from './compile.ts';
import { Diagram, ONE, ZERO, type Edge } from './diagram.ts';
import { GATE, reachable, type FormulaId, type FormulaStore } from './formula.ts';
import { BudgetSpent } from './node-table.ts';
import { Probability } from './probability.ts';

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** Nodes that one gate may add, and all of them together. */
const NODES_PER_GATE = 5_000;
const NODES = 60_000;

type Known = Bounds & { readonly monotone: boolean };
const IMPOSSIBLE: Known = { low: 0, high: 0, monotone: true };

/**
 * Bounds of the probabilities of formulas whose diagram would be too large. Gates are exact as far up as their own
 * diagrams stay small; above that, monotone functions of independent events are associated (Harris 1960; Fortuin,
 * Kasteleyn and Ginibre 1971), so
 *
 *   P(A) P(B) ≤ P(A ∧ B) ≤ min(P(A), P(B))       max(P(A), P(B)) ≤ P(A ∨ B) ≤ 1 − (1 − P(A))(1 − P(B))
 *
 * and where a not stands below, Fréchet's bounds hold.
 */
export class Bounder {
  private readonly store: FormulaStore;
  private readonly roots: readonly FormulaId[];
  private readonly order: readonly number[];
  private readonly gates: readonly FormulaId[];
  private readonly edges: ReadonlyMap<FormulaId, Edge>;
  private readonly exact: Probability | undefined;

  constructor(store: FormulaStore, roots: readonly FormulaId[]) {
    this.store = store;
    this.roots = roots;
    this.order = depthFirstOrder(store, roots);
    this.gates = reachable(store, roots);
    const { diagram, edges } = exactGates(store, roots, this.order);
    this.edges = edges;
    this.exact = diagram === undefined ? undefined : new Probability(diagram, [...edges.values()]);
  }

  /**
   * Bounds of each root.
   *
   * @param probability by variable number
   */
  evaluate(probability: Float64Array): Bounds[] {
    this.exact?.evaluate(Float64Array.from(this.order, (variable) => probability[variable] ?? 0));
    const known = new Map<FormulaId, Known>();
    for (const id of this.gates) known.set(id, this.gate(id, known, probability));
    return this.roots.map((root) => known.get(root) ?? IMPOSSIBLE);
  }

  private gate(id: FormulaId, known: ReadonlyMap<FormulaId, Known>, probability: Float64Array): Known {
    const { store, exact } = this;
    const kind = store.kind(id);
    const below = kind === GATE.VARIABLE ? [] : store.args(id).map((arg) => known.get(arg) ?? IMPOSSIBLE);
    const monotone = kind !== GATE.NOT && below.every((one) => one.monotone);
    const edge = this.edges.get(id);
    if (edge !== undefined && exact !== undefined) {
      const p = exact.of(edge);
      return { low: p, high: p, monotone };
    }
    if (kind === GATE.VARIABLE) {
      const p = probability[store.args(id)[0] ?? 0] ?? 0;
      return { low: p, high: p, monotone };
    }
    if (kind === GATE.AND) return conjunction(below, monotone);
    if (kind === GATE.OR) return disjunction(below, monotone);
    const [one = IMPOSSIBLE] = below;
    return kind === GATE.NOT
      ? { low: 1 - one.high, high: 1 - one.low, monotone }
      : { low: id, high: id, monotone };
  }
}

/** Diagrams of the gates that stay small; a gate above one that does not is left out too. */
function exactGates(
  store: FormulaStore,
  roots: readonly FormulaId[],
  order: readonly number[],
): { readonly diagram: Diagram | undefined; readonly edges: ReadonlyMap<FormulaId, Edge> } {
  const edges = new Map<FormulaId, Edge>();
  const levelOf = new Map(order.map((variable, level) => [variable, level]));
  let diagram: Diagram;
  try {
    diagram = new Diagram(order.length, NODES);
  } catch (error) {
    if (error instanceof BudgetSpent) return { diagram: undefined, edges };
    throw error;
  }
  for (const id of reachable(store, roots)) {
    const below = store.kind(id) === GATE.VARIABLE ? [] : store.args(id).map((arg) => edges.get(arg));
    if (below.includes(undefined) || diagram.size > NODES) continue;
    diagram.allow(NODES_PER_GATE);
    try {
      edges.set(id, gateEdge(store, id, below as Edge[], diagram, levelOf)); // none is undefined
    } catch (error) {
      if (!(error instanceof BudgetSpent)) throw error;
    }
  }
  return { diagram, edges };
}

function gateEdge(
  store: FormulaStore,
  id: FormulaId,
  below: readonly Edge[],
  diagram: Diagram,
  levelOf: ReadonlyMap<number, number>,
): Edge {
  switch (store.kind(id)) {
    case GATE.VARIABLE:
      return diagram.variable(levelOf.get(store.args(id)[0] ?? -1) ?? 0);
    case GATE.AND:
      return below.reduce((result, edge) => diagram.and(result, edge), ONE);
    case GATE.OR:
      return below.reduce((result, edge) => diagram.or(result, edge), ZERO);
    case GATE.NOT:
      return (below[0] ?? ZERO) ^ 1;
    default:
      return id === 1 ? ONE : ZERO;
  }
}

function conjunction(terms: readonly Known[], monotone: boolean): Known {
  const high = Math.min(...terms.map((term) => term.high));
  const low = monotone
    ? terms.reduce((product, term) => product * term.low, 1)
    : Math.max(
        0,
        terms.reduce((sum, term) => sum + term.low, 1 - terms.length),
      );
  return { low, high, monotone };
}

function disjunction(terms: readonly Known[], monotone: boolean): Known {
  const low = Math.max(...terms.map((term) => term.low));
  const high = monotone
    ? -Math.expm1(terms.reduce((sum, term) => sum + Math.log1p(-term.high), 0))
    : terms.reduce((sum, term) => sum + term.high, 0);
  return { low, high: Math.min(1, high), monotone };
}
