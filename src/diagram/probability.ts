import type { Diagram, Edge } from './diagram.ts';
import { BudgetSpent } from './node-table.ts';

/**
 * Probabilities of functions of independent variables. `q[level]` is the probability that the variable at that level is
 * true. The nodes below the roots are laid out once, children first; evaluating walks them once. Exact but for the
 * rounding of sums of positive terms.
 *
 *   position i:  level[i], low[i], high[i] as positions; flip[i] is 1 where the high edge is complemented
 *   position 0:  the constant false
 */
export class Probability {
  private readonly level: Int32Array;
  private readonly low: Int32Array;
  private readonly high: Int32Array;
  private readonly flip: Int32Array;
  private readonly value: Float64Array;
  private readonly adjoint: Float64Array;
  private readonly position: Int32Array;

  /** Prepares to evaluate the given roots, again and again with other probabilities. */
  constructor(diagram: Diagram, roots: readonly Edge[]) {
    let top = 0;
    for (const root of roots) if (root >> 1 > top) top = root >> 1;
    const position = new Int32Array(top + 1);
    for (const root of roots) position[root >> 1] = 1;
    let count = 1;
    for (let node = top; node > 0; node--) {
      if (position[node] === 0) continue;
      count++;
      position[(diagram.low[node] as number) >> 1] = 1;
      position[(diagram.high[node] as number) >> 1] = 1;
    }
    // One piece of memory for all: small diagrams are made by the dozen.
    const numbers = new Int32Array(count * 4);
    this.level = numbers.subarray(0, count);
    this.low = numbers.subarray(count, count * 2);
    this.high = numbers.subarray(count * 2, count * 3);
    this.flip = numbers.subarray(count * 3);
    let at = 1;
    position[0] = 0;
    for (let node = 1; node <= top; node++) {
      if (position[node] === 0) continue;
      const high = diagram.high[node] as number;
      this.level[at] = diagram.level[node] as number;
      this.low[at] = position[(diagram.low[node] as number) >> 1] as number;
      this.high[at] = position[high >> 1] as number;
      this.flip[at] = high & 1;
      position[node] = at++;
    }
    this.position = position;
    const values = new Float64Array(count * 2);
    this.value = values.subarray(0, count);
    this.adjoint = values.subarray(count);
  }

  /** Number of nodes below the roots. */
  get size(): number {
    return this.level.length - 1;
  }

  evaluate(q: Float64Array): void {
    const { level, low, high, flip, value } = this;
    for (let i = 1; i < level.length; i++) {
      const p = q[level[i] as number] as number;
      const whenTrue = value[high[i] as number] as number;
      value[i] =
        p * (flip[i] === 1 ? 1 - whenTrue : whenTrue) + (1 - p) * (value[low[i] as number] as number);
    }
  }

  /**
   * Probabilities of some roots under many sets of probabilities at once: `q[level]` holds one number for all of them, or
   * one for each. Nodes outside, sets inside: the inner loop is tight.
   */
  evaluateMany(q: readonly (number | Float64Array)[], count: number, roots: readonly Edge[]): Float64Array[] {
    const { level, low, high, flip } = this;
    const values = scratchOf(level.length * count);
    values.fill(0, 0, count);
    for (let i = 1; i < level.length; i++) {
      const own = i * count;
      const whenFalse = (low[i] as number) * count;
      const whenTrue = (high[i] as number) * count;
      const sign = flip[i] === 1 ? -1 : 1;
      const shift = flip[i] === 1 ? 1 : 0;
      const p = q[level[i] as number] ?? 0;
      if (typeof p === 'number') {
        for (let k = 0; k < count; k++)
          values[own + k] =
            p * (shift + sign * (values[whenTrue + k] as number)) +
            (1 - p) * (values[whenFalse + k] as number);
      } else {
        for (let k = 0; k < count; k++) {
          const each = p[k] as number;
          values[own + k] =
            each * (shift + sign * (values[whenTrue + k] as number)) +
            (1 - each) * (values[whenFalse + k] as number);
        }
      }
    }
    return roots.map((root) => {
      const start = (this.position[root >> 1] as number) * count;
      const row = values.slice(start, start + count);
      return (root & 1) === 1 ? row.map((value) => 1 - value) : row;
    });
  }

  /** The probability of a root or of anything below one, after `evaluate`. */
  of(edge: Edge): number {
    const value = this.value[this.position[edge >> 1] as number] as number;
    return (edge & 1) === 1 ? 1 - value : value;
  }

  /**
   * Derivatives of the probability of `root` by each variable's: Birnbaum's importance, P(f | x true) − P(f | x false),
   * negative where a failure helps. One falling walk (reverse-mode differentiation), after `evaluate` with the same `q`.
   */
  gradient(root: Edge, q: Float64Array): Float64Array {
    const { level, low, high, flip, value, adjoint } = this;
    const result = new Float64Array(q.length);
    const top = this.position[root >> 1] as number;
    adjoint.fill(0);
    adjoint[top] = (root & 1) === 1 ? -1 : 1;
    for (let i = top; i > 0; i--) {
      const weight = adjoint[i] as number;
      if (weight === 0) continue;
      const at = level[i] as number;
      const p = q[at] as number;
      const up = high[i] as number;
      const down = low[i] as number;
      const whenTrue = value[up] as number;
      const flipped = flip[i] === 1;
      result[at] =
        (result[at] as number) + weight * ((flipped ? 1 - whenTrue : whenTrue) - (value[down] as number));
      adjoint[down] = (adjoint[down] as number) + weight * (1 - p);
      adjoint[up] = (adjoint[up] as number) + (flipped ? -weight : weight) * p;
    }
    return result;
  }
}

let scratch = new Float64Array(0);

/** Room that is used for one evaluation at a time and overwritten by the next. */
function scratchOf(length: number): Float64Array {
  if (scratch.length < length) scratch = new Float64Array(length);
  return scratch;
}

/** One question to `Transitions`: how often a state moves from one set into another. */
export interface Move {
  readonly before: Edge;
  readonly after: Edge;
}

/**
 * How often a state moves from one set into another: Σ w(x) · P(`after` with x true and `before` with x false), over
 * the variables x. The two sets of a move must have no state in common. `w` is in times a year; so is the result.
 *
 * The pairs of nodes that a move comes to are found once (the product of both diagrams at worst) and laid out in arrays,
 * the needed before the needing; evaluating walks them once.
 *
 *   pair i:  level[i], low[i], high[i] with both variables false or true; cross[i] with the variable true in `after` only
 *   joint pairs hold P(f and g), rate pairs the rate; pair 0 is 0, pair 1 is certain
 */
export class Transitions {
  private readonly diagram: Diagram;
  private readonly maxPairs: number;
  private readonly level: number[] = [0, 0];
  private readonly low: number[] = [0, 0];
  private readonly high: number[] = [0, 0];
  /** −1 marks a joint pair. */
  private readonly cross: number[] = [-1, -1];
  private readonly rates = new Map<number, number>();
  private readonly joints = new Map<number, number>();
  private readonly roots: readonly number[];
  private readonly value: Float64Array;

  /**
   * @param maxPairs most pairs of nodes
   * @throws BudgetSpent when the moves come to more pairs
   */
  constructor(diagram: Diagram, moves: readonly Move[], maxPairs = 2_000_000) {
    this.diagram = diagram;
    this.maxPairs = maxPairs;
    this.roots = moves.map(({ before, after }) => this.rate(after, before));
    this.value = new Float64Array(this.level.length);
    this.value[1] = 1;
  }

  /** The rate of each move. @unit as of `w` */
  evaluate(q: Float64Array, w: Float64Array): number[] {
    const { level, low, high, cross, value } = this;
    for (let i = 2; i < level.length; i++) {
      const at = level[i] as number;
      const p = q[at] as number;
      let sum = p * (value[high[i] as number] as number) + (1 - p) * (value[low[i] as number] as number);
      const other = cross[i] as number;
      if (other >= 0) sum += (w[at] as number) * (value[other] as number);
      value[i] = sum;
    }
    return this.roots.map((root) => value[root] as number);
  }

  private rate(after: Edge, before: Edge): number {
    // Nothing moves out of or into nothing; and of two sets with no state in common one is empty when the other is all.
    if (after <= 1 && before <= 1) return 0;
    if (after === 0 || before === 0) return 0;
    const key = after * 0x4000000 + before;
    const known = this.rates.get(key);
    if (known !== undefined) return known;
    const { diagram } = this;
    const top = Math.min(diagram.levelOf(after), diagram.levelOf(before));
    const a0 = diagram.cofactor(after, top, 0);
    const a1 = diagram.cofactor(after, top, 1);
    const b0 = diagram.cofactor(before, top, 0);
    const b1 = diagram.cofactor(before, top, 1);
    const pair = this.push(top, this.rate(a0, b0), this.rate(a1, b1), this.joint(a1, b0));
    this.rates.set(key, pair);
    return pair;
  }

  /** P(f and g), without making nodes for it. */
  private joint(f: Edge, g: Edge): number {
    if (f === 0 || g === 0 || (f ^ g) === 1) return 0;
    if (f === 1 && g === 1) return 1;
    const key = f < g ? f * 0x4000000 + g : g * 0x4000000 + f;
    const known = this.joints.get(key);
    if (known !== undefined) return known;
    const { diagram } = this;
    const top = Math.min(diagram.levelOf(f), diagram.levelOf(g));
    const low = this.joint(diagram.cofactor(f, top, 0), diagram.cofactor(g, top, 0));
    const high = this.joint(diagram.cofactor(f, top, 1), diagram.cofactor(g, top, 1));
    const pair = this.push(top, low, high, -1);
    this.joints.set(key, pair);
    return pair;
  }

  private push(level: number, low: number, high: number, cross: number): number {
    if (cross <= 0 && low === 0 && high === 0) return 0;
    if (this.level.length >= this.maxPairs) throw new BudgetSpent(this.maxPairs);
    this.level.push(level);
    this.low.push(low);
    this.high.push(high);
    this.cross.push(cross);
    return this.level.length - 1;
  }
}
