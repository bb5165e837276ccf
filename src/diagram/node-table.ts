/** More nodes were needed than the budget allows. */
export class BudgetSpent extends Error {
  override readonly name = 'BudgetSpent';
  readonly nodes: number;

  constructor(nodes: number) {
    super(`The diagram needs more than ${nodes} nodes.`);
    this.nodes = nodes;
  }
}

const FIRST_CAPACITY = 128;
/** A cache of more entries than this no longer pays for its memory. */
const LARGEST_CACHE = 1 << 24;
const FIRST_STACK = 1024;

/**
 * Nodes in typed arrays, each (level, low, high) once, and a cache of results beside them.
 *
 *   node n:   level[n], low[n], high[n]        children are made before their parents, so a rising walk is bottom-up
 *   table:    open-addressed, 0 where free, at most half full
 *   cache:    direct-mapped, four numbers an entry: two operands, the result, one spare; old entries are overwritten
 *   stack:    where operations keep what they have not finished, so that no diagram is too deep for them
 */
export class NodeTable {
  level = new Int32Array(FIRST_CAPACITY);
  low = new Int32Array(FIRST_CAPACITY);
  high = new Int32Array(FIRST_CAPACITY);
  /** Nodes in use, constants included. */
  size: number;
  protected cache = new Int32Array(FIRST_CAPACITY * 4).fill(-1);
  protected stack = new Int32Array(FIRST_STACK);
  private cacheMask = FIRST_CAPACITY - 1;
  private table = new Int32Array(FIRST_CAPACITY * 2);
  private tableMask = FIRST_CAPACITY * 2 - 1;
  private budget: number;
  private readonly constants: number;

  /**
   * @param constants nodes at the beginning that are not looked up
   * @param levels the level that constants stand at, below all variables
   * @param budget most nodes that may be made
   */
  constructor(constants: number, levels: number, budget: number) {
    this.constants = constants;
    this.size = constants;
    this.level.fill(levels, 0, constants);
    this.budget = budget;
  }

  /** Lets at most so many further nodes be made from now on. */
  allow(nodes: number): void {
    this.budget = this.size + nodes;
  }

  /** How many nodes may still be made. */
  get room(): number {
    return this.budget - this.size;
  }

  /** Forgets every node from `size` on. Nothing made since may be used again. */
  rollBack(size: number): void {
    if (size === this.size) return;
    this.size = size;
    this.table.fill(0);
    for (let node = this.constants; node < size; node++) this.enter(node);
    this.cache.fill(-1);
  }

  /** Where the result for two operands is kept. */
  protected slotOf(a: number, b: number): number {
    return (((Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)) >>> 7) & this.cacheMask) << 2;
  }

  /** The slot is found anew: tables may have grown since it was looked at. */
  protected remember(a: number, b: number, result: number): void {
    const slot = this.slotOf(a, b);
    this.cache[slot] = a;
    this.cache[slot + 1] = b;
    this.cache[slot + 2] = result;
  }

  /** The node with these parts, made when it is new. */
  protected node(level: number, low: number, high: number): number {
    let slot = hash(level, low, high) & this.tableMask;
    for (let node = this.table[slot] as number; node !== 0; node = this.table[slot] as number) {
      if (this.high[node] === high && this.low[node] === low && this.level[node] === level) return node;
      slot = (slot + 1) & this.tableMask;
    }
    if (this.size >= this.budget) throw new BudgetSpent(this.budget);
    if (this.size === this.level.length) {
      this.grow();
      slot = this.freeSlot(level, low, high);
    }
    const node = this.size++;
    this.level[node] = level;
    this.low[node] = low;
    this.high[node] = high;
    this.table[slot] = node;
    return node;
  }

  /** The stack, with room for `more` numbers above `top`. */
  protected roomAbove(top: number, more: number): Int32Array<ArrayBuffer> {
    if (top + more > this.stack.length) this.stack = enlarged(this.stack, this.stack.length * 2);
    return this.stack;
  }

  private enter(node: number): void {
    const slot = this.freeSlot(
      this.level[node] as number,
      this.low[node] as number,
      this.high[node] as number,
    );
    this.table[slot] = node;
  }

  private freeSlot(level: number, low: number, high: number): number {
    let slot = hash(level, low, high) & this.tableMask;
    while (this.table[slot] !== 0) slot = (slot + 1) & this.tableMask;
    return slot;
  }

  /** Doubles everything. Cached results stay right, but their slots have moved: they are forgotten rather than rehashed. */
  private grow(): void {
    const capacity = this.level.length * 2;
    this.level = enlarged(this.level, capacity);
    this.low = enlarged(this.low, capacity);
    this.high = enlarged(this.high, capacity);
    this.table = new Int32Array(capacity * 2);
    this.tableMask = capacity * 2 - 1;
    for (let node = this.constants; node < this.size; node++) this.enter(node);
    if (capacity > LARGEST_CACHE) return;
    this.cache = new Int32Array(capacity * 4).fill(-1);
    this.cacheMask = capacity - 1;
  }
}

function hash(level: number, low: number, high: number): number {
  const mixed = Math.imul(level, 0x27d4eb2f) ^ Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

function enlarged(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}
