/**
 * A store of Boolean formulas over numbered variables: a directed acyclic graph of and, or and not gates in which equal
 * gates are one gate. Formula 0 is false, 1 is true; others are what the methods return.
 */
export type FormulaId = number;

export const FALSE: FormulaId = 0;
export const TRUE: FormulaId = 1;

const CONSTANT = 0;
const VARIABLE = 1;
const AND = 2;
const OR = 3;
const NOT = 4;
export type GateKind = typeof AND | typeof OR | typeof NOT | typeof VARIABLE | typeof CONSTANT;
export const GATE = { CONSTANT, VARIABLE, AND, OR, NOT } as const;

const NO_ARGUMENTS: readonly FormulaId[] = [];

export class FormulaStore {
  private readonly kinds: GateKind[] = [CONSTANT, CONSTANT];
  /** Arguments of a gate in rising order; of a variable its number. */
  private readonly arguments: (readonly FormulaId[])[] = [NO_ARGUMENTS, NO_ARGUMENTS];
  private readonly variables: FormulaId[] = [];
  /** Whether a not stands at or below a formula. */
  private readonly negated: boolean[] = [false, false];
  /** Whether a formula is nothing but an or of variables. */
  private readonly flat: boolean[] = [true, false];
  /** Open-addressed hash table of gates, 0 where free; at most half full. */
  private table = new Int32Array(512);
  private gates = 0;

  kind(id: FormulaId): GateKind {
    return this.kinds[id] ?? CONSTANT;
  }

  /** Arguments of a gate; of a variable a list with its number. */
  args(id: FormulaId): readonly FormulaId[] {
    return this.arguments[id] ?? NO_ARGUMENTS;
  }

  get size(): number {
    return this.kinds.length;
  }

  variable(number: number): FormulaId {
    const known = this.variables[number];
    if (known !== undefined) return known;
    const id = this.push(VARIABLE, [number]);
    this.variables[number] = id;
    return id;
  }

  /** True when every argument is. Of nothing: true. */
  and(args: readonly FormulaId[]): FormulaId {
    return this.gate(AND, args, FALSE, TRUE);
  }

  /** True when any argument is. Of nothing: false. */
  or(args: readonly FormulaId[]): FormulaId {
    return this.gate(OR, args, TRUE, FALSE);
  }

  not(arg: FormulaId): FormulaId {
    if (arg <= TRUE) return arg === FALSE ? TRUE : FALSE;
    if (this.kind(arg) === NOT) return this.args(arg)[0] ?? FALSE;
    return this.intern(NOT, [arg]);
  }

  /** True when an odd number of arguments are. Of nothing: false. */
  xor(args: readonly FormulaId[]): FormulaId {
    return args.reduce(
      (odd, arg) => this.or([this.and([odd, this.not(arg)]), this.and([this.not(odd), arg])]),
      FALSE,
    );
  }

  /**
   * True when the weights of the true arguments add up to more than `slack`. Monotone: built from and and or gates by
   * dynamic programming over (position, what is left), k·n gates for k of n.
   */
  exceeds(weights: readonly number[], args: readonly FormulaId[], slack: number): FormulaId {
    const rest = new Array<number>(weights.length + 1).fill(0);
    for (let i = weights.length - 1; i >= 0; i--) rest[i] = (rest[i + 1] ?? 0) + (weights[i] ?? 0);
    // By position and what is left of the slack there, what has been built.
    const done = weights.map(() => new Map<number, FormulaId>());
    const known = (i: number, left: number): FormulaId | undefined =>
      left < 0 ? TRUE : (rest[i] ?? 0) <= left ? FALSE : done[i]?.get(left);
    // With a stack of its own: as long as there are arguments, so deep it goes.
    const waiting: (readonly [i: number, left: number])[] = [[0, slack]];
    for (let top = waiting.at(-1); top !== undefined; top = waiting.at(-1)) {
      const [i, left] = top;
      const less = left - (weights[i] ?? 0);
      const without = known(i + 1, left);
      const having = known(i + 1, less);
      if (known(i, left) !== undefined) waiting.pop();
      else if (without === undefined) waiting.push([i + 1, left]);
      else if (having === undefined) waiting.push([i + 1, less]);
      else done[i]?.set(left, this.or([without, this.and([args[i] ?? FALSE, having])]));
    }
    return known(0, slack) ?? FALSE;
  }

  private gate(
    kind: typeof AND | typeof OR,
    args: readonly FormulaId[],
    absorbing: FormulaId,
    neutral: FormulaId,
  ): FormulaId {
    const kept: FormulaId[] = [];
    for (const arg of args) {
      if (arg === absorbing) return absorbing;
      if (arg !== neutral) kept.push(arg);
    }
    if (kept.length === 0) return neutral;
    if (kept.length === 1) return kept[0] ?? neutral;
    sortSmall(kept);
    let length = 1;
    for (let i = 1; i < kept.length; i++) if (kept[i] !== kept[i - 1]) kept[length++] = kept[i] ?? neutral;
    kept.length = length;
    return length === 1 ? (kept[0] ?? neutral) : this.intern(kind, kept);
  }

  private intern(kind: GateKind, args: readonly FormulaId[]): FormulaId {
    const mask = this.table.length - 1;
    let slot = hashOf(kind, args) & mask;
    for (let id = this.table[slot] as number; id !== 0; id = this.table[slot] as number) {
      if (this.kinds[id] === kind && sameArgs(this.arguments[id] ?? NO_ARGUMENTS, args)) return id;
      slot = (slot + 1) & mask;
    }
    const id = this.push(kind, args);
    this.table[slot] = id;
    if (++this.gates * 2 > this.table.length) this.growTable();
    return id;
  }

  private growTable(): void {
    this.table = new Int32Array(this.table.length * 2);
    const mask = this.table.length - 1;
    for (let id = 2; id < this.kinds.length; id++) {
      const kind = this.kinds[id] as GateKind;
      if (kind === VARIABLE) continue;
      let slot = hashOf(kind, this.arguments[id] ?? NO_ARGUMENTS) & mask;
      while (this.table[slot] !== 0) slot = (slot + 1) & mask;
      this.table[slot] = id;
    }
  }

  /** Whether a formula is built without a not: then its function is monotone. */
  isMonotone(id: FormulaId): boolean {
    return this.negated[id] !== true;
  }

  /** Whether a formula is nothing but an or of variables: then each of them is a minimal cut set, and there is no other. */
  isFlat(id: FormulaId): boolean {
    return this.flat[id] === true;
  }

  private push(kind: GateKind, args: readonly FormulaId[]): FormulaId {
    let negated = kind === NOT;
    let flat = kind === VARIABLE || kind === OR;
    if (kind !== VARIABLE)
      for (let i = 0; i < args.length; i++) {
        const arg = args[i] as number;
        if (this.negated[arg] === true) negated = true;
        if (this.flat[arg] !== true) flat = false;
      }
    this.negated.push(negated);
    this.flat.push(flat);
    this.kinds.push(kind);
    this.arguments.push(args);
    return this.kinds.length - 1;
  }
}

/** Gates have few arguments: insertion beats a comparator. */
function sortSmall(ids: FormulaId[]): void {
  if (ids.length > 24) {
    ids.sort((a, b) => a - b);
    return;
  }
  for (let i = 1; i < ids.length; i++) {
    const id = ids[i] as number;
    let at = i - 1;
    while (at >= 0 && (ids[at] as number) > id) {
      ids[at + 1] = ids[at] as number;
      at--;
    }
    ids[at + 1] = id;
  }
}

function hashOf(kind: GateKind, args: readonly FormulaId[]): number {
  let hash: number = kind;
  for (let i = 0; i < args.length; i++)
    hash = Math.imul(hash ^ (args[i] as number), 0x9e3779b1) ^ (hash >>> 15);
  return hash ^ (hash >>> 13);
}

function sameArgs(a: readonly FormulaId[], b: readonly FormulaId[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Every formula below the roots, arguments before the gates that use them. */
export function reachable(store: FormulaStore, roots: readonly FormulaId[]): FormulaId[] {
  // Arguments always have smaller numbers than their gate: one falling walk marks, one rising walk lists.
  let top = 0;
  for (const root of roots) if (root > top) top = root;
  if (marks.length <= top) marks = new Uint8Array(Math.max(top + 1, marks.length * 2));
  const marked = marks;
  for (const root of roots) marked[root] = 1;
  for (let id = top; id > TRUE; id--) {
    if (marked[id] === 0 || store.kind(id) === VARIABLE) continue;
    const args = store.args(id);
    for (let i = 0; i < args.length; i++) marked[args[i] as number] = 1;
  }
  const found: FormulaId[] = [];
  for (let id = 0; id <= top; id++) {
    if (marked[id] === 0) continue;
    marked[id] = 0;
    found.push(id);
  }
  return found;
}

/** Whether a formula is true where those variables are and no others. */
export function isTrueWhen(store: FormulaStore, root: FormulaId, variables: ReadonlySet<number>): boolean {
  const holds = new Uint8Array(Math.max(root, TRUE) + 1);
  holds[TRUE] = 1;
  for (const id of reachable(store, [root])) {
    const args = store.args(id);
    switch (store.kind(id)) {
      case VARIABLE:
        holds[id] = variables.has(args[0] as number) ? 1 : 0;
        break;
      case AND:
        holds[id] = args.every((arg) => holds[arg] === 1) ? 1 : 0;
        break;
      case OR:
        holds[id] = args.some((arg) => holds[arg] === 1) ? 1 : 0;
        break;
      case NOT:
        holds[id] = 1 - (holds[args[0] as number] as number);
        break;
    }
  }
  return holds[root] === 1;
}

/** Numbers of the variables that stand below formulas, each once. */
export function variablesBelow(store: FormulaStore, roots: readonly FormulaId[]): number[] {
  return reachable(store, roots).flatMap((id) => (store.kind(id) === VARIABLE ? [...store.args(id)] : []));
}

/** Room for one walk at a time, all zero between walks. */
let marks = new Uint8Array(1024);

/**
 * Variables that alone make the root true whatever else happens, as far as the shape of the formula shows: under an or
 * those of any argument, under an and those of every one.
 */
export function structuralSingles(store: FormulaStore, root: FormulaId): number[] {
  const singles = knownSingles.get(store) ?? new Map<FormulaId, ReadonlySet<number>>();
  knownSingles.set(store, singles);
  if (!singles.has(root))
    for (const id of reachable(store, [root]))
      if (!singles.has(id)) singles.set(id, singlesOf(store, id, singles));
  return [...(singles.get(root) ?? NONE)].sort((a, b) => a - b);
}

const NONE: ReadonlySet<number> = new Set();
/** Gates never change, so what is found of one holds for as long as its store. */
const knownSingles = new WeakMap<FormulaStore, Map<FormulaId, ReadonlySet<number>>>();

function singlesOf(
  store: FormulaStore,
  id: FormulaId,
  known: ReadonlyMap<FormulaId, ReadonlySet<number>>,
): ReadonlySet<number> {
  const args = store.args(id);
  switch (store.kind(id)) {
    case VARIABLE:
      return new Set(args);
    case OR: {
      const union = new Set<number>();
      for (const arg of args) for (const variable of known.get(arg) ?? NONE) union.add(variable);
      return union.size === 0 ? NONE : union;
    }
    case AND: {
      let common: ReadonlySet<number> | undefined;
      for (const arg of args) {
        const own = known.get(arg) ?? NONE;
        common = common === undefined ? own : intersection(common, own);
        if (common.size === 0) return NONE;
      }
      return common ?? NONE;
    }
    default:
      return NONE;
  }
}

function intersection(a: ReadonlySet<number>, b: ReadonlySet<number>): ReadonlySet<number> {
  const both = new Set<number>();
  for (const one of a) if (b.has(one)) both.add(one);
  return both;
}

/** The roots with the given variables taken as false, simplified. */
export function assumeFalse(
  store: FormulaStore,
  roots: readonly FormulaId[],
  variables: readonly number[],
): FormulaId[] {
  if (variables.length === 0) return [...roots];
  const gone = new Set(variables);
  const changed = new Array<FormulaId>(Math.max(...roots) + 1).fill(FALSE);
  changed[TRUE] = TRUE;
  for (const id of reachable(store, roots)) {
    const args = store.args(id);
    const kind = store.kind(id);
    if (kind === VARIABLE) {
      changed[id] = gone.has(args[0] as number) ? FALSE : id;
    } else if (kind !== CONSTANT) {
      let same = true;
      const now = new Array<FormulaId>(args.length);
      for (let i = 0; i < args.length; i++) {
        const arg = args[i] as number;
        now[i] = changed[arg] as number;
        if (now[i] !== arg) same = false;
      }
      if (same) changed[id] = id;
      else if (kind === NOT) changed[id] = store.not(now[0] as number);
      else changed[id] = kind === AND ? store.and(now) : store.or(now);
    }
  }
  return roots.map((root) => changed[root] as number);
}
