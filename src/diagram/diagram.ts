import { BudgetSpent, NodeTable } from './node-table.ts';

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
 */
export type Edge = number;

export const ZERO: Edge = 0;
export const ONE: Edge = 1;

/** Deeper diagrams would recurse past the stack. @unit levels */
const MAX_LEVELS = 4000;

export class Diagram extends NodeTable {
  private readonly levels: number;

  /**
   * @param levels number of variables
   * @param budget most nodes that may be made
   */
  constructor(levels: number, budget: number) {
    if (levels > MAX_LEVELS) throw new BudgetSpent(0);
    super(1, levels, budget);
    this.levels = levels;
  }

  /** The function that is true when the variable at `level` is. */
  variable(level: number): Edge {
    return this.make(level, ZERO, ONE);
  }

  not(f: Edge): Edge {
    return f ^ 1;
  }

  or(f: Edge, g: Edge): Edge {
    return this.and(f ^ 1, g ^ 1) ^ 1;
  }

  and(f: Edge, g: Edge): Edge {
    if (f === g) return f;
    if ((f ^ g) === 1) return ZERO;
    if (f > g) {
      const swap = f;
      f = g;
      g = swap;
    }
    // f is the smaller edge, so a constant is f.
    if (f === ZERO) return ZERO;
    if (f === ONE) return g;

    const slot = this.slotOf(f, g);
    if (this.cache[slot] === f && this.cache[slot + 1] === g) return this.cache[slot + 2] as number;

    const fNode = f >> 1;
    const gNode = g >> 1;
    const fLevel = this.level[fNode] as number;
    const gLevel = this.level[gNode] as number;
    const top = Math.min(fLevel, gLevel);
    const fFlip = f & 1;
    const gFlip = g & 1;
    const f0 = fLevel === top ? (this.low[fNode] as number) ^ fFlip : f;
    const f1 = fLevel === top ? (this.high[fNode] as number) ^ fFlip : f;
    const g0 = gLevel === top ? (this.low[gNode] as number) ^ gFlip : g;
    const g1 = gLevel === top ? (this.high[gNode] as number) ^ gFlip : g;
    const result = this.make(top, this.and(f0, g0), this.and(f1, g1));
    this.remember(f, g, result);
    return result;
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

  /** Whether `f` is true wherever it is made true by fewer variables: no variable's becoming true makes it false. */
  isMonotone(f: Edge): boolean {
    const seen = new Set<Edge>();
    const walk = (edge: Edge): boolean => {
      if (edge <= ONE || seen.has(edge)) return true;
      seen.add(edge);
      const level = this.levelOf(edge);
      const low = this.cofactor(edge, level, 0);
      const high = this.cofactor(edge, level, 1);
      return this.and(low, high ^ 1) === ZERO && walk(low) && walk(high);
    };
    return walk(f);
  }

  private make(level: number, low: Edge, high: Edge): Edge {
    if (low === high) return low;
    const flip = low & 1;
    return (this.node(level, low ^ flip, high ^ flip) << 1) | flip;
  }

  get variables(): number {
    return this.levels;
  }
}
