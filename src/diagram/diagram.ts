import { NodeTable } from './node-table.ts';

/**
 * Reduced ordered binary decision diagrams (Bryant 1986) in typed arrays, with complement edges (Brace, Rudell and
 * Bryant 1990).
 *
 *   node n:   level[n], low[n], high[n]        smaller levels stand nearer to the root
 *   edge e:   node e >> 1, complemented when e & 1
 *   node 0:   the constant false; edge 0 is false, edge 1 is true
 *
 * The low edge of a node is always regular. So a regular edge is false where every variable is, and the probability of
 * a rare condition is summed from small terms and never as 1 − (1 − P).
 *
 * A level may stand for a module: a function of variables that nothing else depends on (`define`). Everything that walks
 * diagrams reads such a level as that function.
 */
export type Edge = number;

export const ZERO: Edge = 0;
export const ONE: Edge = 1;

export class Diagram extends NodeTable {
  readonly variables: number;
  /** By level, the regular edge of the module that it stands for; 0 for a variable. */
  private readonly modules: Int32Array;
  /** By level, 1 where functions of the variables from there on are monotone. */
  private readonly monotone: Uint8Array;

  /**
   * @param levels number of variables and modules
   * @param budget most nodes that may be made
   */
  constructor(levels: number, budget: number) {
    super(1, levels, budget);
    this.variables = levels;
    this.modules = new Int32Array(levels);
    this.monotone = new Uint8Array(levels);
  }

  /** The function that is true when the variable at `level` is. */
  variable(level: number): Edge {
    return this.make(level, ZERO, ONE);
  }

  /**
   * Lets a level that no node stands at yet stand for a function.
   *
   * @param regular an edge that is not complemented: it is false where every variable is
   */
  define(level: number, regular: Edge): void {
    this.modules[level] = regular;
  }

  /** Declares all nodes at a level to be monotone functions. */
  declareMonotone(level: number): void {
    this.monotone[level] = 1;
  }

  isMonotoneAt(level: number): boolean {
    return this.monotone[level] === 1;
  }

  /** What a level stands for: the regular edge of a module, or 0 for a variable. */
  moduleAt(level: number): Edge {
    return this.modules[level] as number;
  }

  not(f: Edge): Edge {
    return f ^ 1;
  }

  or(f: Edge, g: Edge): Edge {
    return this.and(f ^ 1, g ^ 1) ^ 1;
  }

  /**
   *   and(f, g) = (top, and(f0, g0), and(f1, g1))
   *
   * The stack holds, for each pair that is not finished, six numbers: f, g, then the pair that waits and −1, or the finished
   * low edge and its place.
   */
  and(f: Edge, g: Edge): Edge {
    const bottom = 0;
    let top = bottom;
    let stack = this.stack;
    for (;;) {
      // Find f and g, or lay the pair on the stack and go down on the low side.
      let result: number;
      if (f > g) {
        const swap = f;
        f = g;
        g = swap;
      }
      // f is the smaller edge, so a constant is f.
      if (f === ZERO || (f ^ g) === 1) result = ZERO;
      else if (f === ONE || f === g) result = g;
      else {
        const slot = this.slotOf(f, g);
        const { cache } = this;
        if (cache[slot] === f && cache[slot + 1] === g) result = cache[slot + 2] as number;
        else {
          const fNode = f >> 1;
          const gNode = g >> 1;
          const fLevel = this.level[fNode] as number;
          const gLevel = this.level[gNode] as number;
          const fFlip = f & 1;
          const gFlip = g & 1;
          if (top + 6 > stack.length) stack = this.roomAbove(top, 6);
          stack[top] = f;
          stack[top + 1] = g;
          stack[top + 2] = fLevel <= gLevel ? (this.high[fNode] as number) ^ fFlip : f;
          stack[top + 3] = gLevel <= fLevel ? (this.high[gNode] as number) ^ gFlip : g;
          stack[top + 4] = -1;
          stack[top + 5] = fLevel < gLevel ? fLevel : gLevel;
          top += 6;
          if (fLevel <= gLevel) f = (this.low[fNode] as number) ^ fFlip;
          if (gLevel <= fLevel) g = (this.low[gNode] as number) ^ gFlip;
          continue;
        }
      }
      // Hand the result up: as the low side of the pair above, whose high side is next, or as its high side.
      for (;;) {
        if (top === bottom) return result;
        if (stack[top - 2] === -1) {
          stack[top - 2] = result;
          f = stack[top - 4] as number;
          g = stack[top - 3] as number;
          break;
        }
        top -= 6;
        result = this.make(stack[top + 5] as number, stack[top + 4] as number, result);
        this.remember(stack[top] as number, stack[top + 1] as number, result);
      }
    }
  }

  levelOf(f: Edge): number {
    return this.level[f >> 1] as number;
  }

  /** The function where the variable at `level`, not below the top of `f`, is false or true. */
  cofactor(f: Edge, level: number, value: 0 | 1): Edge {
    const node = f >> 1;
    if (this.level[node] !== level) return f;
    return ((value === 0 ? this.low[node] : this.high[node]) as number) ^ (f & 1);
  }

  /**
   * Whether no variable's becoming true makes `f` false. Where it does so anywhere below, it does so in `f`: small functions
   * are looked at first.
   *
   * @throws BudgetSpent
   */
  isMonotone(f: Edge): boolean {
    if (f <= ONE) return true;
    const top = f >> 1;
    const reached = new Uint8Array(top + 1);
    reached[top] = 1;
    if ((f & 1) === 1) return false;
    for (let node = top; node > 0; node--) {
      if (reached[node] === 0) continue;
      const high = this.high[node] as number;
      // Contrary to a regular edge, it is true where nothing is, and not everywhere.
      if ((high & 1) === 1 && high !== ONE) return false;
      reached[(this.low[node] as number) >> 1] = 1;
      reached[high >> 1] = 1;
      reached[this.moduleAt(this.level[node] as number) >> 1] = 1;
    }
    for (let node = 1; node <= top; node++)
      if (reached[node] === 1 && this.and(this.low[node] as number, (this.high[node] as number) ^ 1) !== ZERO)
        return false;
    return true;
  }

  /** Levels of the modules that functions of the variables above them depend on, modules inside modules left out. */
  modulesOf(roots: readonly Edge[]): number[] {
    const levels = new Set<number>();
    const seen = new Uint8Array(Math.max(0, ...roots.map((root) => root >> 1)) + 1);
    for (const root of roots) seen[root >> 1] = 1;
    for (let node = seen.length - 1; node > 0; node--) {
      if (seen[node] === 0) continue;
      seen[(this.low[node] as number) >> 1] = 1;
      seen[(this.high[node] as number) >> 1] = 1;
      const level = this.level[node] as number;
      if (this.moduleAt(level) !== ZERO) levels.add(level);
    }
    return [...levels];
  }

  /**
   * Keeps of the nodes from `mark` on those below the roots, and moves them together.
   *
   * @returns where an edge of before is now
   */
  compact(mark: number, roots: Iterable<Edge>): (edge: Edge) => Edge {
    const { level, low, high, size } = this;
    const used = new Uint8Array(size - mark);
    for (const root of roots) if (root >> 1 >= mark) used[(root >> 1) - mark] = 1;
    for (let node = size - 1; node >= mark; node--) {
      if (used[node - mark] === 0) continue;
      const down = (low[node] as number) >> 1;
      const up = (high[node] as number) >> 1;
      if (down >= mark) used[down - mark] = 1;
      if (up >= mark) used[up - mark] = 1;
    }
    const place = new Int32Array(size - mark);
    const moved = (edge: Edge): Edge =>
      edge >> 1 < mark ? edge : ((place[(edge >> 1) - mark] as number) << 1) | (edge & 1);
    let next = mark;
    for (let node = mark; node < size; node++) {
      if (used[node - mark] === 0) continue;
      // Never past the node itself: children have moved before it, and it moves down.
      level[next] = level[node] as number;
      low[next] = moved(low[node] as number);
      high[next] = moved(high[node] as number);
      place[node - mark] = next++;
    }
    this.rollBack(next);
    return moved;
  }

  /** The node with these parts. */
  place(level: number, low: Edge, high: Edge): Edge {
    return this.make(level, low, high);
  }

  private make(level: number, low: Edge, high: Edge): Edge {
    if (low === high) return low;
    const flip = low & 1;
    return (this.node(level, low ^ flip, high ^ flip) << 1) | flip;
  }
}
