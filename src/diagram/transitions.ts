import { ONE, ZERO, type Diagram, type Edge } from './diagram.ts';
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
    this.roots = moves.map(({ before, after }) => this.pairOf({ rate: true, f: after, g: before }));
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

  /**
   * The pair of a question, and the pairs that it leads to, found without recursion: a question stays on the stack until all
   * that it needs has been answered.
   */
  private pairOf(first: Question): number {
    const waiting = [first];
    for (let top = waiting.at(-1); top !== undefined; top = waiting.at(-1)) {
      const needed = this.answer(top);
      if (needed === undefined) waiting.pop();
      else waiting.push(...needed);
    }
    return this.known(first) ?? 0;
  }

  /** Answers a question, or gives the questions that are to be answered before. */
  private answer(question: Question): Question[] | undefined {
    if (this.known(question) !== undefined) return undefined;
    const { diagram } = this;
    const { rate, f, g } = question;
    const level = Math.min(diagram.levelOf(f), diagram.levelOf(g));
    const f0 = diagram.cofactor(f, level, 0);
    const f1 = diagram.cofactor(f, level, 1);
    const g0 = diagram.cofactor(g, level, 0);
    const g1 = diagram.cofactor(g, level, 1);
    const parts: Question[] = [
      { rate, f: f0, g: g0 },
      { rate, f: f1, g: g1 },
    ];
    if (rate) parts.push({ rate: false, f: f1, g: g0 });
    const found = parts.map((part) => this.known(part));
    if (found.includes(undefined)) return parts.filter((_, i) => found[i] === undefined);
    const [low = 0, high = 0, cross = -1] = found;
    (rate ? this.rates : this.joints).set(keyOf(question), this.push(level, low, high, cross));
    return undefined;
  }

  private known({ rate, f, g }: Question): number | undefined {
    // Nothing moves out of or into nothing; and of two sets with no state in common one is empty when the other is all.
    if (f === ZERO || g === ZERO) return 0;
    if (rate) return f === ONE && g === ONE ? 0 : this.rates.get(keyOf({ rate, f, g }));
    if ((f ^ g) === 1) return 0;
    return f === ONE && g === ONE ? 1 : this.joints.get(keyOf({ rate, f, g }));
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

/** The rate at which `g` is left for `f`, or P(f and g). */
interface Question {
  readonly rate: boolean;
  readonly f: Edge;
  readonly g: Edge;
}

/** P(f and g) is the same either way round. Edges have less than 26 bits. */
function keyOf({ rate, f, g }: Question): number {
  return rate || f < g ? f * 0x4000000 + g : g * 0x4000000 + f;
}
