import { GATE, type FormulaId, type FormulaStore } from './formula.ts';

/**
 * A part of a formula that is compiled by itself: the gates from its roots down to its leaves, which are variables and the
 * roots of other regions.
 */
export interface Region {
  /** The module's gate; of the top region all roots. */
  readonly roots: readonly FormulaId[];
  /** Arguments before the gates that use them. */
  readonly gates: readonly FormulaId[];
  /** In rising order. */
  readonly leaves: readonly FormulaId[];
}

/** Which modules are looked for: all of them, or only monotone ones. */
export type ModuleKind = 'any' | 'monotone';

/**
 * Cuts formulas into modules: gates of whose variables and gates nothing outside makes use. They are found in two walks
 * (Dutuit and Rauzy 1996): a gate is a module when everything below it is met for the first and for the last time between
 * entering and leaving it. No module holds a root: what is asked for stays over the same levels as the rest.
 *
 * @returns regions, each after those that it uses; the last has all roots
 */
export function modulesOf(store: FormulaStore, roots: readonly FormulaId[], kind: ModuleKind): Region[] {
  const { isModule, met } = markModules(store, roots, kind);
  const regions: Region[] = [];
  for (const id of met) if (isModule[id] === 1) regions.push(regionOf(store, [id], isModule));
  regions.push(regionOf(store, [...new Set(roots)], isModule));
  return regions;
}

interface Marks {
  /** By formula. */
  readonly isModule: Uint8Array;
  /** Every formula below the roots, rising: arguments have smaller numbers than their gates. */
  readonly met: readonly FormulaId[];
}

function markModules(store: FormulaStore, roots: readonly FormulaId[], wanted: ModuleKind): Marks {
  const count = Math.max(1, ...roots) + 1;
  const entered = new Int32Array(count);
  const left = new Int32Array(count);
  const last = new Int32Array(count);
  const met: FormulaId[] = [];
  let time = 0;
  const waiting: FormulaId[] = [];
  for (const root of roots) {
    waiting.push(root);
    while (waiting.length > 0) {
      const id = waiting.pop() as number; // not empty
      if (id < 0) {
        left[~id] = ++time;
        last[~id] = time;
        continue;
      }
      last[id] = ++time;
      if (entered[id] !== 0) continue;
      entered[id] = time;
      met.push(id);
      if (store.kind(id) <= GATE.VARIABLE) continue;
      waiting.push(~id);
      for (const arg of store.args(id)) waiting.push(arg);
    }
  }
  met.sort((a, b) => a - b);
  // The first and the last time that anything below a gate is met.
  const first = new Int32Array(count);
  const final = new Int32Array(count);
  const isModule = new Uint8Array(count);
  const holdsRoot = new Uint8Array(count);
  for (const root of roots) holdsRoot[root] = 1;
  for (const id of met) {
    const kind = store.kind(id);
    if (kind <= GATE.VARIABLE) continue;
    let from = time + 1;
    let until = 0;
    for (const arg of store.args(id)) {
      const gate = store.kind(arg) > GATE.VARIABLE;
      from = Math.min(from, entered[arg] as number, gate ? (first[arg] as number) : time);
      until = Math.max(until, last[arg] as number, gate ? (final[arg] as number) : 0);
      if (holdsRoot[arg] === 1) holdsRoot[id] = 1;
    }
    first[id] = from;
    final[id] = until;
    if (kind === GATE.NOT || holdsRoot[id] === 1 || (wanted === 'monotone' && !store.isMonotone(id)))
      continue;
    if (from > (entered[id] as number) && until < (left[id] as number)) isModule[id] = 1;
  }
  return { isModule, met };
}

function regionOf(store: FormulaStore, roots: readonly FormulaId[], isModule: Uint8Array): Region {
  const gates: FormulaId[] = [];
  const leaves: FormulaId[] = [];
  const seen = new Set<FormulaId>(roots);
  const waiting = [...seen];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (store.kind(id) <= GATE.VARIABLE || (isModule[id] === 1 && id !== roots[0])) {
      leaves.push(id);
      continue;
    }
    gates.push(id);
    for (const arg of store.args(id))
      if (!seen.has(arg)) {
        seen.add(arg);
        waiting.push(arg);
      }
  }
  const rising = (a: number, b: number): number => a - b;
  return { roots, gates: gates.sort(rising), leaves: leaves.sort(rising) };
}
