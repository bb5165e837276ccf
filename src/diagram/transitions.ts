import type { Diagram, Edge } from './diagram.ts';
import { BudgetSpent } from './node-table.ts';

/** One question to `Transitions`: how often a state moves from one set into another. */
export interface Move {
  readonly before: Edge;
  readonly after: Edge;
}

/**
 * How often a state moves from one set into another: Σ w(x) · P(`after` with x true and `before` with x false), over
 * the variables x. The two sets of a move must have no state in common. `w` is in times a year; so is the result. Modules
 * count as variables: they must be monotone, and `q` and `w` hold theirs (`Probability.evaluate`, `frequencies`).
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
