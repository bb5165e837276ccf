import type { Diagram, Edge } from './diagram.ts';

/** Numbers that `evaluateMany` works on at a time. */
const CELLS = 1 << 18;

/**
 * Probabilities of functions of independent variables. `q[level]` is the probability that the variable at that level is
 * true; those of modules are filled in by evaluating. The nodes below the roots are laid out once, children and modules
 * before what uses them; evaluating walks them once. Exact but for the rounding of sums of positive terms.
 *
 *   position i:   level[i], low[i], high[i] as positions; flip[i] is 1 where the high edge is complemented
 *   position 0:   the constant false
 *   module m:     its root stands at moduleEnd[m], the level that stands for it is moduleLevel[m]; ends are rising
 */
export class Probability {
  private readonly level: Int32Array;
  private readonly low: Int32Array;
  private readonly high: Int32Array;
  private readonly flip: Int32Array;
  private readonly value: Float64Array;
  /** What a node's variable is worth: the value where it is true less that where it is false. */
  private readonly gain: Float64Array;
  private readonly adjoint: Float64Array;
  private readonly position: Int32Array;
  private readonly moduleEnd: Int32Array;
  private readonly moduleLevel: Int32Array;
  /** Of roots that were asked about, the variables. */
  private readonly variables = new Map<Edge, Int32Array>();

  /**
   * Prepares to evaluate the given roots, again and again with other probabilities.
   *
   * @param filled levels of modules whose probability is wanted though no root may depend on them
   */
  constructor(diagram: Diagram, roots: readonly Edge[], filled: readonly number[] = []) {
    let top = 0;
    for (const root of roots) top = Math.max(top, root >> 1);
    for (const module of filled) top = Math.max(top, diagram.moduleAt(module) >> 1);
    const position = new Int32Array(top + 1);
    for (const root of roots) position[root >> 1] = 1;
    for (const module of filled) position[diagram.moduleAt(module) >> 1] = 1;
    let count = 1;
    for (let node = top; node > 0; node--) {
      if (position[node] === 0) continue;
      count++;
      position[(diagram.low[node] as number) >> 1] = 1;
      position[(diagram.high[node] as number) >> 1] = 1;
      const module = diagram.moduleAt(diagram.level[node] as number);
      if (module !== 0) position[module >> 1] = 1;
    }
    // One piece of memory for all: small diagrams are made by the dozen.
    const numbers = new Int32Array(count * 4);
    this.level = numbers.subarray(0, count);
    this.low = numbers.subarray(count, count * 2);
    this.high = numbers.subarray(count * 2, count * 3);
    this.flip = numbers.subarray(count * 3);
    let at = 1;
    position[0] = 0;
    const ends = new Map<number, number>();
    for (let node = 1; node <= top; node++) {
      if (position[node] === 0) continue;
      const high = diagram.high[node] as number;
      this.level[at] = diagram.level[node] as number;
      this.low[at] = position[(diagram.low[node] as number) >> 1] as number;
      this.high[at] = position[high >> 1] as number;
      this.flip[at] = high & 1;
      const module = diagram.moduleAt(diagram.level[node] as number);
      if (module !== 0) ends.set(diagram.level[node] as number, position[module >> 1] as number);
      position[node] = at++;
    }
    for (const module of filled) ends.set(module, position[diagram.moduleAt(module) >> 1] as number);
    this.position = position;
    const modules = [...ends].sort(([, a], [, b]) => a - b);
    this.moduleLevel = Int32Array.from(modules, ([own]) => own);
    this.moduleEnd = Int32Array.from(modules, ([, end]) => end);
    const values = new Float64Array(count * 3);
    this.value = values.subarray(0, count);
    this.adjoint = values.subarray(count, count * 2);
    this.gain = values.subarray(count * 2);
  }

  /** Number of nodes below the roots. */
  get size(): number {
    return this.level.length - 1;
  }

  /** Number of modules among them. */
  get modules(): number {
    return this.moduleLevel.length;
  }

  /** @param q by level; those of modules are written */
  evaluate(q: Float64Array): void {
    const { level, low, high, flip, value, gain, moduleEnd, moduleLevel } = this;
    let i = 1;
    for (let m = 0; m <= moduleEnd.length; m++) {
      const end = m < moduleEnd.length ? (moduleEnd[m] as number) : level.length - 1;
      for (; i <= end; i++) {
        const p = q[level[i] as number] as number;
        const plain = value[high[i] as number] as number;
        const whenTrue = flip[i] === 1 ? 1 - plain : plain;
        const whenFalse = value[low[i] as number] as number;
        gain[i] = whenTrue - whenFalse;
        value[i] = p * whenTrue + (1 - p) * whenFalse;
      }
      if (m < moduleEnd.length) q[moduleLevel[m] as number] = value[end] as number;
    }
  }

  /**
   * How often modules become true, given how often variables do: Σ w · Birnbaum's importance, for modules that are
   * monotone. One rising walk (forward-mode differentiation), after `evaluate` with the same `q`.
   *
   * @param w times a year by level; those of modules are written
   */
  frequencies(q: Float64Array, w: Float64Array): void {
    const { level, low, high, flip, gain, adjoint: tangent, moduleEnd, moduleLevel } = this;
    if (moduleEnd.length === 0) return;
    const last = moduleEnd[moduleEnd.length - 1] as number;
    tangent[0] = 0;
    let m = 0;
    for (let i = 1; i <= last; i++) {
      const at = level[i] as number;
      const p = q[at] as number;
      const up = tangent[high[i] as number] as number;
      tangent[i] =
        (w[at] as number) * (gain[i] as number) +
        p * (flip[i] === 1 ? -up : up) +
        (1 - p) * (tangent[low[i] as number] as number);
      while (m < moduleEnd.length && moduleEnd[m] === i) w[moduleLevel[m++] as number] = tangent[i] as number;
    }
  }

  /**
   * Probabilities of some roots under many sets of probabilities at once: `q[level]` holds one number for all of them, or
   * one for each. Nodes outside, sets inside: the inner loop is tight, and so many sets at a time that their numbers stay in
   * the cache of the processor.
   */
  evaluateMany(q: readonly (number | Float64Array)[], count: number, roots: readonly Edge[]): Float64Array[] {
    const answers = roots.map(() => new Float64Array(count));
    const at = roots.map((root) => this.position[root >> 1] as number);
    const most = Math.max(1, Math.min(count, Math.floor(CELLS / this.level.length)));
    const values = scratchOf(this.level.length * most);
    for (let from = 0; from < count; from += most) {
      const until = Math.min(count, from + most);
      const some = q.map((p) => (typeof p === 'number' ? p : p.subarray(from, until)));
      this.evaluateSome(some, until - from, values);
      for (const [r, answer] of answers.entries()) {
        const start = (at[r] as number) * (until - from);
        const contrary = ((roots[r] as number) & 1) === 1;
        for (let k = from; k < until; k++) {
          const value = values[start + k - from] as number;
          answer[k] = contrary ? 1 - value : value;
        }
      }
    }
    return answers;
  }

  /** Writes the probabilities of all nodes, one row of `count` numbers a node. */
  private evaluateSome(drawn: (number | Float64Array)[], count: number, values: Float64Array): void {
    const { level, low, high, flip, moduleEnd, moduleLevel } = this;
    values.fill(0, 0, count);
    let m = 0;
    for (let i = 1; i < level.length; i++) {
      const own = i * count;
      const whenFalse = (low[i] as number) * count;
      const whenTrue = (high[i] as number) * count;
      const sign = flip[i] === 1 ? -1 : 1;
      const shift = flip[i] === 1 ? 1 : 0;
      const p = drawn[level[i] as number] ?? 0;
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
      for (; m < moduleEnd.length && moduleEnd[m] === i; m++)
        drawn[moduleLevel[m] as number] = values.subarray(own, own + count);
    }
  }

  /** Levels of the variables that a root depends on, those of modules among them, rising. */
  variablesOf(root: Edge): Int32Array {
    const known = this.variables.get(root);
    if (known !== undefined) return known;
    const { level, low, high, moduleEnd, moduleLevel } = this;
    const used = new Uint8Array(level.length);
    used[this.position[root >> 1] as number] = 1;
    const endOf = new Map<number, number>();
    for (const [m, own] of moduleLevel.entries()) endOf.set(own, moduleEnd[m] as number);
    const levels = new Set<number>();
    for (let i = level.length - 1; i > 0; i--) {
      if (used[i] === 0) continue;
      used[low[i] as number] = 1;
      used[high[i] as number] = 1;
      const own = level[i] as number;
      const end = endOf.get(own);
      if (end === undefined) levels.add(own);
      else used[end] = 1;
    }
    const found = Int32Array.from(levels).sort();
    this.variables.set(root, found);
    return found;
  }

  /** The constant that a root becomes where a variable is false; undefined where it still depends on others. */
  constantWithout(variable: number, root: Edge): 0 | 1 | undefined {
    const { level, low, high, flip, moduleEnd, moduleLevel } = this;
    const OPEN = 2;
    const worth = new Uint8Array(level.length);
    // What is known of modules, by level.
    const fixed = new Map<number, number>([[variable, 0]]);
    let m = 0;
    for (let i = 1; i < level.length; i++) {
      const down = worth[low[i] as number] as number;
      const plain = worth[high[i] as number] as number;
      const up = flip[i] === 1 && plain !== OPEN ? 1 - plain : plain;
      const known = fixed.get(level[i] as number);
      if (known === 0) worth[i] = down;
      else if (known === 1) worth[i] = up;
      else worth[i] = down === up ? down : OPEN;
      for (; m < moduleEnd.length && moduleEnd[m] === i; m++)
        if (worth[i] !== OPEN) fixed.set(moduleLevel[m] as number, worth[i] as number);
    }
    const found = worth[this.position[root >> 1] as number] as number;
    if (found === OPEN) return undefined;
    return (found ^ (root & 1)) === 1 ? 1 : 0;
  }

  /** The probability of a root or of anything below one, after `evaluate`. */
  of(edge: Edge): number {
    const value = this.value[this.position[edge >> 1] as number] as number;
    return (edge & 1) === 1 ? 1 - value : value;
  }

  /**
   * Derivatives of the probability of `root` by each variable's: Birnbaum's importance, P(f | x true) − P(f | x false),
   * negative where a failure helps; by level, modules among them. One falling walk (reverse-mode differentiation), after `evaluate` with the same `q`.
   */
  gradient(root: Edge, q: Float64Array, result = new Float64Array(q.length)): Float64Array {
    const { level, low, high, flip, gain, adjoint, moduleEnd, moduleLevel } = this;
    result.fill(0);
    const top = this.position[root >> 1] as number;
    adjoint.fill(0, 0, top);
    adjoint[top] = (root & 1) === 1 ? -1 : 1;
    let i = top;
    // Modules by falling ends, and at last the rest. All that uses a module lies above its root: its share is complete there.
    let m = moduleEnd.length - 1;
    while (m >= 0 && (moduleEnd[m] as number) > top) m--;
    for (;;) {
      const end = m >= 0 ? (moduleEnd[m] as number) : 0;
      for (; i > end; i--) {
        const weight = adjoint[i] as number;
        const at = level[i] as number;
        const up = high[i] as number;
        const down = low[i] as number;
        const ofHigh = weight * (q[at] as number);
        result[at] = (result[at] as number) + weight * (gain[i] as number);
        adjoint[down] = (adjoint[down] as number) + (weight - ofHigh);
        adjoint[up] = (adjoint[up] as number) + (flip[i] === 1 ? -ofHigh : ofHigh);
      }
      if (m < 0) return result;
      adjoint[end] = (adjoint[end] as number) + (result[moduleLevel[m] as number] as number);
      m--;
    }
  }
}

let scratch = new Float64Array(0);

/** Room that is used for one evaluation at a time and overwritten by the next. */
function scratchOf(length: number): Float64Array {
  if (scratch.length < length) scratch = new Float64Array(length);
  return scratch;
}
