import type { Diagram, Edge } from './diagram.ts';

/**
 * Probabilities of functions of independent variables. `q[level]` is the probability that the variable at that level is
 * true. One rising walk over the nodes below the root; exact but for the rounding of sums of positive terms.
 */
export class Probability {
  private readonly diagram: Diagram;
  /** Nodes below the roots, rising. */
  private readonly nodes: Int32Array;
  private readonly value: Float64Array;
  private readonly adjoint: Float64Array;

  /** Prepares to evaluate the given roots, again and again with other probabilities. */
  constructor(diagram: Diagram, roots: readonly Edge[]) {
    this.diagram = diagram;
    let top = 0;
    for (const root of roots) if (root >> 1 > top) top = root >> 1;
    const marked = new Uint8Array(top + 1);
    for (const root of roots) marked[root >> 1] = 1;
    let count = 0;
    for (let node = top; node > 0; node--) {
      if (marked[node] === 0) continue;
      count++;
      marked[(diagram.low[node] as number) >> 1] = 1;
      marked[(diagram.high[node] as number) >> 1] = 1;
    }
    this.nodes = new Int32Array(count);
    let at = 0;
    for (let node = 1; node <= top; node++) if (marked[node] === 1) this.nodes[at++] = node;
    this.value = new Float64Array(top + 1);
    this.adjoint = new Float64Array(top + 1);
  }

  /** Number of nodes below the roots. */
  get size(): number {
    return this.nodes.length;
  }

  evaluate(q: Float64Array): void {
    const { nodes, value } = this;
    const { level, low, high } = this.diagram;
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i] as number;
      const p = q[level[node] as number] as number;
      const up = high[node] as number;
      const whenTrue = value[up >> 1] as number;
      value[node] = p * ((up & 1) === 1 ? 1 - whenTrue : whenTrue) + (1 - p) * (value[(low[node] as number) >> 1] as number);
    }
  }

  /** The probability of a root or of anything below one, after `evaluate`. */
  of(edge: Edge): number {
    const value = this.value[edge >> 1] as number;
    return (edge & 1) === 1 ? 1 - value : value;
  }

  /**
   * Derivatives of the probability of `root` by each variable's: Birnbaum's importance, P(f | x true) − P(f | x false),
   * negative where a failure helps. One falling walk (reverse-mode differentiation), after `evaluate` with the same `q`.
   */
  gradient(root: Edge, q: Float64Array): Float64Array {
    const { nodes, value, adjoint } = this;
    const { level, low, high } = this.diagram;
    const result = new Float64Array(q.length);
    adjoint.fill(0);
    adjoint[root >> 1] = (root & 1) === 1 ? -1 : 1;
    for (let i = nodes.length - 1; i >= 0; i--) {
      const node = nodes[i] as number;
      const weight = adjoint[node] as number;
      if (weight === 0) continue;
      const at = level[node] as number;
      const p = q[at] as number;
      const up = high[node] as number;
      const down = (low[node] as number) >> 1;
      const whenTrue = value[up >> 1] as number;
      const flipped = (up & 1) === 1;
      result[at] = (result[at] as number) + weight * ((flipped ? 1 - whenTrue : whenTrue) - (value[down] as number));
      adjoint[down] = (adjoint[down] as number) + weight * (1 - p);
      adjoint[up >> 1] = (adjoint[up >> 1] as number) + (flipped ? -weight : weight) * p;
    }
    return result;
  }
}

/**
 * How often a state moves from one set into another: Σ w(x) · P(`after` with x true and `before` with x false), over
 * the variables x. The two sets must have no state in common. `w` is in times a year; so is the result.
 *
 * Walks pairs of nodes once each: the product of both diagrams at worst.
 */
export class Transitions {
  private readonly diagram: Diagram;
  private readonly q: Float64Array;
  private readonly w: Float64Array;
  private readonly rates = new Map<number, number>();
  private readonly both = new Map<number, number>();
  private steps = 0;
  private readonly maxSteps: number;

  /** @param maxSteps most pairs of nodes that are looked at before `rate` gives up */
  constructor(diagram: Diagram, q: Float64Array, w: Float64Array, maxSteps = 2_000_000) {
    this.diagram = diagram;
    this.q = q;
    this.w = w;
    this.maxSteps = maxSteps;
  }

  /** Undefined when it would take more than the allowed steps. */
  rate(before: Edge, after: Edge): number | undefined {
    const result = this.walk(after, before);
    return this.steps > this.maxSteps ? undefined : result;
  }

  private walk(after: Edge, before: Edge): number {
    if (after === 0 || before === 0) return 0;
    if ((after | before) === 1) return 0;
    const key = after * 0x4000000 + before;
    const known = this.rates.get(key);
    if (known !== undefined) return known;
    if (++this.steps > this.maxSteps) return 0;
    const { diagram } = this;
    const top = Math.min(diagram.levelOf(after), diagram.levelOf(before));
    const a0 = diagram.cofactor(after, top, 0);
    const a1 = diagram.cofactor(after, top, 1);
    const b0 = diagram.cofactor(before, top, 0);
    const b1 = diagram.cofactor(before, top, 1);
    const p = this.q[top] as number;
    const rate = this.w[top] as number;
    let result = (1 - p) * this.walk(a0, b0);
    if (p > 0) result += p * this.walk(a1, b1);
    if (rate > 0) result += rate * this.joint(a1, b0);
    this.rates.set(key, result);
    return result;
  }

  /** P(f and g), without making nodes for it. */
  private joint(f: Edge, g: Edge): number {
    if (f === 0 || g === 0 || (f ^ g) === 1) return 0;
    if (f === 1 && g === 1) return 1;
    const key = f < g ? f * 0x4000000 + g : g * 0x4000000 + f;
    const known = this.both.get(key);
    if (known !== undefined) return known;
    if (++this.steps > this.maxSteps) return 0;
    const { diagram } = this;
    const top = Math.min(diagram.levelOf(f), diagram.levelOf(g));
    const p = this.q[top] as number;
    let result = (1 - p) * this.joint(diagram.cofactor(f, top, 0), diagram.cofactor(g, top, 0));
    if (p > 0) result += p * this.joint(diagram.cofactor(f, top, 1), diagram.cofactor(g, top, 1));
    this.both.set(key, result);
    return result;
  }
}
