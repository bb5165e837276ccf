/**
 * Reduced ordered binary decision diagrams (Bryant 1986) in typed arrays, with complement edges (Brace, Rudell and
 * Bryant 1990).
 *
 *   node n:   level[n], low[n], high[n]        children are made before their parents, so a rising walk is bottom-up
 *   edge e:   node e >> 1, complemented when e & 1
 *   node 0:   the constant false; edge 0 is false, edge 1 is true
 *
 * The low edge of a node is always regular. So a regular edge is false where every variable is, and the probability of
 * a rare condition is summed from small terms and never as 1 − (1 − P).
 */
export type Edge = number;

export const ZERO: Edge = 0;
export const ONE: Edge = 1;

/** More nodes were needed than the budget allows. */
export class BudgetSpent extends Error {
  override readonly name = 'BudgetSpent';
  readonly nodes: number;

  constructor(nodes: number) {
    super(`The diagram needs more than ${nodes} nodes.`);
    this.nodes = nodes;
  }
}

/** Deeper diagrams would recurse past the stack. @unit levels */
const MAX_LEVELS = 4000;

export class Diagram {
  /** Node n is about variable `level[n]`: smaller levels stand nearer to the root. */
  level: Int32Array;
  low: Int32Array;
  high: Int32Array;
  /** Nodes in use, the constant included. */
  size = 1;
  private budget: number;
  private readonly levels: number;
  private table: Int32Array;
  private tableMask: number;
  private cache: Int32Array;
  private cacheMask: number;

  /**
   * @param levels number of variables
   * @param budget most nodes that may be made
   */
  constructor(levels: number, budget: number) {
    if (levels > MAX_LEVELS) throw new BudgetSpent(0);
    this.levels = levels;
    this.budget = budget;
    const capacity = 256;
    this.level = new Int32Array(capacity);
    this.low = new Int32Array(capacity);
    this.high = new Int32Array(capacity);
    this.level[0] = levels;
    this.table = new Int32Array(capacity * 2);
    this.tableMask = capacity * 2 - 1;
    this.cache = new Int32Array(capacity * 4).fill(-1);
    this.cacheMask = capacity - 1;
  }

  /** Lets at most so many further nodes be made from now on. */
  allow(nodes: number): void {
    this.budget = this.size + nodes;
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

    const slot = ((Math.imul(f, 0x9e3779b1) ^ Math.imul(g, 0x85ebca6b)) >>> 7) & this.cacheMask;
    const at = slot << 2;
    if (this.cache[at] === f && this.cache[at + 1] === g) return this.cache[at + 2] as number;

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

    // The tables may have grown below, so the slot is found again.
    const store = (((Math.imul(f, 0x9e3779b1) ^ Math.imul(g, 0x85ebca6b)) >>> 7) & this.cacheMask) << 2;
    this.cache[store] = f;
    this.cache[store + 1] = g;
    this.cache[store + 2] = result;
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
    const lowRegular = low ^ flip;
    const highEdge = high ^ flip;
    let slot = hash(level, lowRegular, highEdge) & this.tableMask;
    for (let node = this.table[slot] as number; node !== 0; node = this.table[slot] as number) {
      if (this.high[node] === highEdge && this.low[node] === lowRegular && this.level[node] === level)
        return (node << 1) | flip;
      slot = (slot + 1) & this.tableMask;
    }
    if (this.size >= this.budget) throw new BudgetSpent(this.budget);
    if (this.size === this.level.length) {
      this.grow();
      slot = hash(level, lowRegular, highEdge) & this.tableMask;
      while (this.table[slot] !== 0) slot = (slot + 1) & this.tableMask;
    }
    const node = this.size++;
    this.level[node] = level;
    this.low[node] = lowRegular;
    this.high[node] = highEdge;
    this.table[slot] = node;
    return (node << 1) | flip;
  }

  /** Doubles nodes, unique table (load at most one half) and cache (one entry a node). */
  private grow(): void {
    const capacity = this.level.length * 2;
    this.level = enlarged(this.level, capacity);
    this.low = enlarged(this.low, capacity);
    this.high = enlarged(this.high, capacity);
    this.table = new Int32Array(capacity * 2);
    this.tableMask = capacity * 2 - 1;
    for (let node = 1; node < this.size; node++) {
      let slot =
        hash(this.level[node] as number, this.low[node] as number, this.high[node] as number) &
        this.tableMask;
      while (this.table[slot] !== 0) slot = (slot + 1) & this.tableMask;
      this.table[slot] = node;
    }
    // Old results stay right, but their slots have moved: start again rather than rehash.
    this.cache = new Int32Array(capacity * 4).fill(-1);
    this.cacheMask = capacity - 1;
  }

  get variables(): number {
    return this.levels;
  }
}

function hash(level: number, low: number, high: number): number {
  const mixed = Math.imul(level, 0x27d4eb2f) ^ Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

function enlarged(array: Int32Array, length: number): Int32Array {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}
