import { CutSets } from './cut-sets.ts';
import { Diagram, ONE, ZERO, type Edge } from './diagram.ts';
import { FALSE, GATE, isTrueWhen, reachable, TRUE, type FormulaId, type FormulaStore } from './formula.ts';
import { BudgetSpent } from './node-table.ts';
import { mostUsedFirst } from './orders.ts';
import { Probability } from './probability.ts';
import { topSets } from './set-list.ts';
import { simplify } from './simplify.ts';

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** Edges that a gate's diagram keeps in the first pass, and how many times more in each further one. */
const FIRST_KEPT = 500;
const GROWTH = 4;
/** Nodes that one gate may make for each that is kept. */
const ROOM = 40;
/** With fewer nothing is left to leave out. */
const LEAST_KEPT = 8;
/** Close enough: a further pass would change digits that nobody reads. */
const CLOSE = 1e-6;
/** Nodes that the cut sets of a lower diagram may make, and how many times more of them are looked at than are asked for. */
const SETS = 500_000;
const SPARE = 4;
/** Sums are rounded: bounds are widened by more than that can come to. */
const ROUNDING = 1e-12;

/**
 * Bounds of functions whose diagrams would be too large. Every gate has two diagrams, one that is true only where the
 * gate is and one that is true wherever the gate is. Where one grows too large, the parts that are least likely to be
 * reached are taken as false in the first and as true in the second: L ≤ F ≤ U stays so, whatever the probabilities are.
 *
 *   L(f ∧ g) = L(f) ∧ L(g)        L(¬f) = ¬U(f)        and so for ∨ and for U
 */
export class Bounder {
  private readonly store: FormulaStore;
  private readonly roots: readonly FormulaId[];
  private readonly order: readonly number[];
  private readonly diagram: Diagram;
  private readonly lows: readonly Edge[];
  private readonly highs: readonly Edge[];
  private readonly exact: Probability;

  /**
   * @param probability by variable number: decides what is left out, not whether the bounds hold
   * @param budget nodes that may be made; further passes keep more as long as it lasts
   */
  constructor(
    store: FormulaStore,
    roots: readonly FormulaId[],
    probability: ArrayLike<number>,
    budget: number,
  ) {
    this.store = store;
    this.roots = roots;
    const simple = simplify(store, roots, { factor: false });
    const gates = reachable(store, simple);
    const region = {
      roots: simple,
      gates: gates.filter((id) => store.kind(id) > GATE.VARIABLE),
      leaves: gates.filter((id) => store.kind(id) === GATE.VARIABLE),
    };
    this.order = mostUsedFirst(store, region).flatMap((leaf) =>
      store.kind(leaf) === GATE.VARIABLE ? [store.args(leaf)[0] ?? 0] : [],
    );
    const q = Float64Array.from(this.order, (variable) => probability[variable] ?? 0);
    let pass = new Pass(store, simple, gates, this.order, q, FIRST_KEPT);
    for (let kept = FIRST_KEPT * GROWTH, left = budget - pass.made; ; kept *= GROWTH) {
      if (pass.isClose(q) || pass.made * GROWTH > left) break;
      pass = new Pass(store, simple, gates, this.order, q, kept);
      left -= pass.made;
    }
    this.diagram = pass.diagram;
    this.lows = pass.lows;
    this.highs = pass.highs;
    this.exact = new Probability(pass.diagram, [...pass.lows, ...pass.highs]);
  }

  /**
   * Bounds of each root.
   *
   * @param probability by variable number
   */
  evaluate(probability: ArrayLike<number>): Bounds[] {
    this.exact.evaluate(Float64Array.from(this.order, (variable) => probability[variable] ?? 0));
    return this.lows.map((low, i) => ({
      low: this.exact.of(low) * (1 - ROUNDING),
      high: Math.min(1, this.exact.of(this.highs[i] ?? ONE) * (1 + ROUNDING)),
    }));
  }

  /**
   * Minimal cut sets of a monotone root: the likeliest of those that its lower diagram shows. Each is one; likelier ones may
   * have been left out.
   *
   * @param i which root
   * @param probability by variable number
   * @param most how many at the most
   * @returns sets of variable numbers, the likeliest first
   */
  cutSets(i: number, probability: ArrayLike<number>, most: number): number[][] {
    const root = this.roots[i] ?? FALSE;
    const weight = Float64Array.from(this.order, (variable) => probability[variable] ?? 0);
    const sets = new CutSets(this.diagram, SETS);
    let family: number;
    try {
      family = sets.minimalPositiveParts(this.lows[i] ?? ZERO);
    } catch (error) {
      if (error instanceof BudgetSpent) return [];
      throw error;
    }
    const found = new Map<string, number[]>();
    // What was left out may have made a set smaller: some become one.
    for (const { levels } of topSets(sets, family, weight, most * SPARE)) {
      const set = this.minimal(
        root,
        levels.map((level) => this.order[level] ?? 0),
      );
      found.set(set.join(), set);
    }
    const chance = (set: readonly number[]): number =>
      set.reduce((product, variable) => product * (probability[variable] ?? 0), 1);
    return [...found.values()].sort((a, b) => chance(b) - chance(a)).slice(0, most);
  }

  /** A cut set without the variables that it is one without. */
  private minimal(root: FormulaId, cutSet: readonly number[]): number[] {
    const kept = new Set(cutSet);
    for (const variable of cutSet) {
      kept.delete(variable);
      if (!isTrueWhen(this.store, root, kept)) kept.add(variable);
    }
    return [...kept].sort((a, b) => a - b);
  }
}

class Pass {
  readonly diagram: Diagram;
  readonly lows: readonly Edge[];
  readonly highs: readonly Edge[];
  made = 0;
  private readonly q: Float64Array;
  private readonly kept: number;
  /** Scratch of `below`, by edge: all zero between calls but for the constants. */
  private place = new Int32Array(1024);

  constructor(
    store: FormulaStore,
    roots: readonly FormulaId[],
    gates: readonly FormulaId[],
    order: readonly number[],
    q: Float64Array,
    kept: number,
  ) {
    this.q = q;
    this.kept = kept;
    this.diagram = new Diagram(order.length, Number.MAX_SAFE_INTEGER);
    const levelOf = new Map(order.map((variable, level) => [variable, level]));
    const users = new Map<FormulaId, number>();
    for (const root of roots) users.set(root, (users.get(root) ?? 0) + 1);
    for (const id of gates)
      if (store.kind(id) > GATE.VARIABLE)
        for (const arg of store.args(id)) users.set(arg, (users.get(arg) ?? 0) + 1);
    // Of each gate that is still needed, its two edges.
    const low = new Map<FormulaId, Edge>([[TRUE, ONE]]);
    const high = new Map<FormulaId, Edge>([[TRUE, ONE]]);
    let last = 0;
    for (const id of gates) {
      const kind = store.kind(id);
      if (kind === GATE.CONSTANT) continue;
      const args = store.args(id);
      if (kind === GATE.VARIABLE) {
        const edge = this.diagram.variable(levelOf.get(args[0] ?? -1) ?? 0);
        low.set(id, edge);
        high.set(id, edge);
        continue;
      }
      if (kind === GATE.NOT) {
        low.set(id, (high.get(args[0] ?? 0) ?? ZERO) ^ 1);
        high.set(id, (low.get(args[0] ?? 0) ?? ZERO) ^ 1);
      } else {
        const conjunction = kind === GATE.AND;
        const lows = args.map((arg) => low.get(arg) ?? ZERO);
        const highs = args.map((arg) => high.get(arg) ?? ZERO);
        const below = this.join(lows, conjunction, ZERO);
        const same = highs.every((edge, i) => edge === lows[i]) && below.whole;
        low.set(id, below.edge);
        high.set(id, same ? below.edge : this.join(highs, conjunction, ONE).edge);
      }
      for (const arg of args) {
        const left = (users.get(arg) ?? 0) - 1;
        users.set(arg, left);
        if (left > 0 || store.kind(arg) <= GATE.VARIABLE) continue;
        low.delete(arg);
        high.delete(arg);
      }
      if (this.diagram.size > last * 2 + kept * ROOM) {
        this.made += this.diagram.size - last;
        const moved = this.diagram.compact(1, [...low.values(), ...high.values()]);
        for (const some of [low, high]) for (const [gate, edge] of some) some.set(gate, moved(edge));
        last = this.diagram.size;
      }
    }
    this.made += this.diagram.size - last;
    this.lows = roots.map((root) => low.get(root) ?? ZERO);
    this.highs = roots.map((root) => high.get(root) ?? ZERO);
  }

  isClose(q: Float64Array): boolean {
    const probability = new Probability(this.diagram, [...this.lows, ...this.highs]);
    probability.evaluate(q);
    return this.lows.every((low, i) => {
      const most = probability.of(this.highs[i] ?? ONE);
      return most - probability.of(low) <= CLOSE * most;
    });
  }

  /**
   * An and or an or of edges, made smaller after every step that needs it.
   *
   * @param instead what parts that are left out are taken for
   */
  private join(edges: readonly Edge[], conjunction: boolean, instead: Edge): { edge: Edge; whole: boolean } {
    const { diagram } = this;
    const sorted = [...edges].sort((a, b) => diagram.levelOf(b) - diagram.levelOf(a) || a - b);
    let edge = conjunction ? ONE : ZERO;
    let whole = true;
    for (const next of sorted) {
      let a = edge;
      let b = next;
      for (let kept = this.kept; ; kept = Math.floor(kept / 4)) {
        if (kept < LEAST_KEPT) {
          edge = instead;
          whole = false;
          break;
        }
        diagram.allow(this.kept * ROOM);
        try {
          edge = conjunction ? diagram.and(a, b) : diagram.or(a, b);
          break;
        } catch (error) {
          if (!(error instanceof BudgetSpent)) throw error;
        }
        diagram.allow(Number.MAX_SAFE_INTEGER);
        a = this.smaller(a, kept, instead);
        b = this.smaller(b, kept, instead);
        whole = false;
      }
      diagram.allow(Number.MAX_SAFE_INTEGER);
      const kept = this.smaller(edge, this.kept, instead);
      if (kept !== edge) whole = false;
      edge = kept;
    }
    return { edge, whole };
  }

  /**
   * Keeps of the edges below `f` the `most` that carry most probability, and takes the others for `instead`: what an edge
   * carries is P(it is reached) · P(it differs from `instead`).
   */
  private smaller(f: Edge, most: number, instead: Edge): Edge {
    const { diagram } = this;
    const below = this.below(f);
    const { length } = below.edges;
    if (length <= most) return f;
    const carried = this.carried(below, instead);
    const least = nthSmallest(carried.slice(), length - most);
    // As in `Below`, the constants come first.
    const now = new Int32Array(length + 2);
    now[1] = ONE;
    for (let i = 0; i < length; i++)
      now[i + 2] =
        (carried[i] as number) < least
          ? instead
          : diagram.place(
              diagram.levelOf(below.edges[i] as Edge),
              now[below.low[i] as number] as Edge,
              now[below.high[i] as number] as Edge,
            );
    return now[length + 1] as Edge;
  }

  /** By edge, P(it is reached) · P(it differs from `instead`). */
  private carried({ edges, low, high }: Below, instead: Edge): Float64Array {
    const { length } = edges;
    const p = Float64Array.from(edges, (edge) => this.q[this.diagram.levelOf(edge)] as number);
    const value = new Float64Array(length + 2);
    value[1] = 1;
    for (let i = 0; i < length; i++)
      value[i + 2] =
        (p[i] as number) * (value[high[i] as number] as number) +
        (1 - (p[i] as number)) * (value[low[i] as number] as number);
    const reach = new Float64Array(length + 2);
    reach[length + 1] = 1;
    const carried = new Float64Array(length);
    for (let i = length - 1; i >= 0; i--) {
      const own = reach[i + 2] as number;
      const up = high[i] as number;
      const down = low[i] as number;
      reach[up] = (reach[up] as number) + own * (p[i] as number);
      reach[down] = (reach[down] as number) + own * (1 - (p[i] as number));
      const holds = value[i + 2] as number;
      carried[i] = own * (instead === ZERO ? holds : 1 - holds);
    }
    return carried;
  }

  /** The edges below `f` and itself, which comes last: children before what leads to them. */
  private below(f: Edge): Below {
    const { diagram } = this;
    if (this.place.length < diagram.size * 2) this.place = new Int32Array(diagram.size * 4);
    const { place } = this;
    const lowOf = diagram.low;
    const highOf = diagram.high;
    const found: Edge[] = [];
    const waiting = [f];
    for (let edge = waiting.pop(); edge !== undefined; edge = waiting.pop()) {
      if (edge <= ONE || place[edge] !== 0) continue;
      place[edge] = 1;
      found.push(edge);
      const flip = edge & 1;
      waiting.push((lowOf[edge >> 1] as number) ^ flip, (highOf[edge >> 1] as number) ^ flip);
    }
    const edges = Int32Array.from(found).sort();
    const { length } = edges;
    place[ONE] = 1;
    for (let i = 0; i < length; i++) place[edges[i] as Edge] = i + 2;
    const low = new Int32Array(length);
    const high = new Int32Array(length);
    for (let i = 0; i < length; i++) {
      const edge = edges[i] as Edge;
      const flip = edge & 1;
      low[i] = place[(lowOf[edge >> 1] as number) ^ flip] as number;
      high[i] = place[(highOf[edge >> 1] as number) ^ flip] as number;
    }
    for (let i = 0; i < length; i++) place[edges[i] as Edge] = 0;
    return { edges, low, high };
  }
}

/** Edges, and where the two below each are: at 0 the constant false, at 1 true, at i + 2 edge i. */
interface Below {
  readonly edges: Int32Array;
  readonly low: Int32Array;
  readonly high: Int32Array;
}

/** The number that `n` others come before (Hoare 1961): puts the numbers in some order where it stands at `n`. */
function nthSmallest(numbers: Float64Array, n: number): number {
  let from = 0;
  let until = numbers.length - 1;
  while (from < until) {
    const pivot = numbers[(from + until) >> 1] as number;
    let left = from;
    let right = until;
    while (left <= right) {
      while ((numbers[left] as number) < pivot) left++;
      while ((numbers[right] as number) > pivot) right--;
      if (left > right) break;
      const swap = numbers[left] as number;
      numbers[left++] = numbers[right] as number;
      numbers[right--] = swap;
    }
    if (n <= right) until = right;
    else if (n >= left) from = left;
    else break;
  }
  return numbers[n] as number;
}
