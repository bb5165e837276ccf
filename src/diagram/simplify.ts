import { FALSE, GATE, reachable, TRUE, type FormulaId, type FormulaStore } from './formula.ts';

/** Rounds of rewriting; most formulas are at rest after two. */
const MOST_ROUNDS = 6;
/** How far up an argument is looked for. */
const MOST_STEPS = 64;

/**
 * Rewrites formulas into smaller ones with the same function:
 *
 *   and(a, and(b, c)) → and(a, b, c)             where the inner gate stands nowhere else
 *   and(a, … or(a, b) …) → and(a, … b or true …)  absorption: below its own gate an argument is known
 *   or(and(a, b), and(a, c)) → and(a, or(b, c))   only with `factor`
 *
 * Each makes some diagrams much smaller and some larger, so compilation tries with and without.
 *
 * @returns the roots, in their order
 */
export function simplify(
  store: FormulaStore,
  roots: readonly FormulaId[],
  { factor }: { readonly factor: boolean },
): FormulaId[] {
  let now = [...roots];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    let next = absorb(store, flatten(store, now));
    if (factor) next = factored(store, next);
    if (next.every((id, i) => id === now[i])) break;
    now = next;
  }
  return now;
}

/** Splits each gate's private arguments from those it shares: they become a gate of their own, and so a module. */
export function groupPrivate(store: FormulaStore, roots: readonly FormulaId[]): FormulaId[] {
  const ids = reachable(store, roots);
  const users = usersOf(store, ids, roots);
  // Private: every gate and variable at or below it is used once.
  const isPrivate = new Uint8Array(users.length);
  return rewrite(store, ids, roots, (id, args) => {
    const kind = store.kind(id);
    const old = store.args(id);
    const own = args.filter((_, i) => isPrivate[old[i] as number] === 1);
    if (kind !== GATE.VARIABLE && own.length < args.length) isPrivate[id] = 0;
    else isPrivate[id] = users[id] === 1 ? 1 : 0;
    if (kind <= GATE.VARIABLE || kind === GATE.NOT || own.length < 2 || own.length === args.length)
      return undefined;
    const rest = args.filter((_, i) => isPrivate[old[i] as number] !== 1);
    const build = (some: readonly FormulaId[]): FormulaId =>
      kind === GATE.AND ? store.and(some) : store.or(some);
    return build([...rest, build(own)]);
  });
}

/** Calls `change` on every formula with its new arguments; undefined builds the same gate of them. */
function rewrite(
  store: FormulaStore,
  ids: readonly FormulaId[],
  roots: readonly FormulaId[],
  change: (id: FormulaId, args: readonly FormulaId[]) => FormulaId | undefined,
): FormulaId[] {
  const changed = new Int32Array(Math.max(TRUE, ...roots) + 1);
  changed[TRUE] = TRUE;
  for (const id of ids) {
    const kind = store.kind(id);
    if (kind === GATE.CONSTANT) continue;
    const old = store.args(id);
    const args = kind === GATE.VARIABLE ? old : old.map((arg) => changed[arg] as number);
    changed[id] = change(id, args) ?? rebuilt(store, id, args);
  }
  return roots.map((root) => changed[root] as number);
}

function rebuilt(store: FormulaStore, id: FormulaId, args: readonly FormulaId[]): FormulaId {
  const kind = store.kind(id);
  if (kind === GATE.VARIABLE) return id;
  const old = store.args(id);
  if (args.every((arg, i) => arg === old[i])) return id;
  if (kind === GATE.NOT) return store.not(args[0] ?? FALSE);
  return kind === GATE.AND ? store.and(args) : store.or(args);
}

/** How many gates use each formula; a root counts as one more. */
function usersOf(store: FormulaStore, ids: readonly FormulaId[], roots: readonly FormulaId[]): Int32Array {
  const users = new Int32Array(Math.max(TRUE, ...roots) + 1);
  for (const root of roots) users[root] = (users[root] as number) + 1;
  for (const id of ids)
    if (store.kind(id) > GATE.VARIABLE)
      for (const arg of store.args(id)) users[arg] = (users[arg] as number) + 1;
  return users;
}

/** Joins gates with arguments of their own kind; a not that stands alone over a gate moves below it. */
function flatten(store: FormulaStore, roots: readonly FormulaId[]): FormulaId[] {
  const ids = reachable(store, roots);
  const users = usersOf(store, ids, roots);
  return rewrite(store, ids, roots, (id, args) => {
    const kind = store.kind(id);
    const old = store.args(id);
    if (kind === GATE.NOT) {
      const [arg = FALSE] = args;
      const below = store.kind(arg);
      if (users[old[0] as number] !== 1 || (below !== GATE.AND && below !== GATE.OR)) return undefined;
      const inverted = store.args(arg).map((one) => store.not(one));
      return below === GATE.AND ? store.or(inverted) : store.and(inverted);
    }
    if (kind <= GATE.VARIABLE) return undefined;
    const joined: FormulaId[] = [];
    let changes = false;
    for (const [i, arg] of args.entries())
      if (store.kind(arg) === kind && users[old[i] as number] === 1) {
        joined.push(...store.args(arg));
        changes = true;
      } else joined.push(arg);
    if (!changes) return undefined;
    return kind === GATE.AND ? store.and(joined) : store.or(joined);
  });
}

/**
 * Below a gate with an argument a, a matters only where the gate's value does not follow from it: under an and where a is
 * true, under an or where it is false. Followed down as long as there is one way only.
 */
function absorb(store: FormulaStore, roots: readonly FormulaId[]): FormulaId[] {
  const ids = reachable(store, roots);
  const users = usersOf(store, ids, roots);
  // The gate above, of a gate that is used once.
  const above = new Int32Array(users.length);
  for (const id of ids) {
    if (store.kind(id) <= GATE.VARIABLE) continue;
    for (const arg of store.args(id)) if (users[arg] === 1) above[arg] = id;
  }
  const holds = new Map<FormulaId, ReadonlySet<FormulaId>>();
  const argsOf = (id: FormulaId): ReadonlySet<FormulaId> => {
    const known = holds.get(id) ?? new Set(store.args(id));
    holds.set(id, known);
    return known;
  };
  /** What `arg` is worth under the gate `id`: a constant, or itself. */
  const known = (id: FormulaId, arg: FormulaId): FormulaId => {
    if ((users[arg] as number) < 2) return arg;
    const contrary = store.not(arg);
    // A gate says nothing about the argument that the way up comes from: that may be the contrary itself.
    let from = id;
    for (let step = 0; above[from] !== 0 && step < MOST_STEPS; step++) {
      const at = above[from] as number;
      const kind = store.kind(at);
      if (kind !== GATE.NOT && argsOf(at).has(arg)) return kind === GATE.AND ? TRUE : FALSE;
      if (kind !== GATE.NOT && from !== contrary && argsOf(at).has(contrary))
        return kind === GATE.AND ? FALSE : TRUE;
      from = at;
    }
    return arg;
  };
  return rewrite(store, ids, roots, (id, args) => {
    const kind = store.kind(id);
    if (kind <= GATE.VARIABLE) return undefined;
    const old = store.args(id);
    const now = args.map((arg, i) => {
      const worth = known(id, old[i] as number);
      return worth === old[i] ? arg : worth;
    });
    return rebuilt(store, id, now);
  });
}

/** Takes what several private arguments of a gate have in common out of them, the most common first. */
function factored(store: FormulaStore, roots: readonly FormulaId[]): FormulaId[] {
  const ids = reachable(store, roots);
  const users = usersOf(store, ids, roots);
  return rewrite(store, ids, roots, (id, args) => {
    const kind = store.kind(id);
    if (kind !== GATE.AND && kind !== GATE.OR) return undefined;
    const old = store.args(id);
    const other = kind === GATE.AND ? GATE.OR : GATE.AND;
    const terms = args.map((arg, i) =>
      store.kind(arg) === other && users[old[i] as number] === 1 ? new Set(store.args(arg)) : undefined,
    );
    const outer = (some: readonly FormulaId[]): FormulaId =>
      kind === GATE.AND ? store.and(some) : store.or(some);
    const inner = (some: readonly FormulaId[]): FormulaId =>
      kind === GATE.AND ? store.or(some) : store.and(some);
    const rest = args.filter((_, i) => terms[i] === undefined);
    let open = terms.filter((term) => term !== undefined);
    if (open.length < 2) return undefined;
    let changes = false;
    for (;;) {
      const counts = new Map<FormulaId, number>();
      for (const term of open) for (const one of term) counts.set(one, (counts.get(one) ?? 0) + 1);
      let best = FALSE;
      let most = 1;
      for (const [one, count] of counts)
        if (count > most || (count === most && most > 1 && one < best)) {
          best = one;
          most = count;
        }
      if (most < 2) break;
      changes = true;
      const common = open.filter((term) => term.has(best));
      open = open.filter((term) => !term.has(best));
      const left = common.map((term) => inner([...term].filter((one) => one !== best)));
      rest.push(inner([best, outer(left)]));
    }
    if (!changes) return undefined;
    return outer([...rest, ...open.map((term) => inner([...term]))]);
  });
}
