import {
  assumeFalse,
  BudgetSpent,
  compile,
  CutSets,
  FormulaStore,
  structuralSingles,
  type FormulaId,
} from '../diagram/index.ts';
import {
  compromiseOf,
  reachedBy,
  type CompromiseWithout,
  type JourneyNode,
  type Model,
  type Node,
} from '../model/index.ts';
import { targetAlgebra } from './formulas.ts';
import type { CompromiseResult } from './result.ts';

const BUDGET = 200_000;
const MOST_SETS = 50;
/** Sets that are compared with and without an alternative. */
const MOST_COMPARED = 1000;

/** Minimal sets of targets whose compromise reaches a journey's users, and what each alternative adds to them. */
export function compromiseResult(model: Model, journey: JourneyNode): CompromiseResult {
  const store = new FormulaStore();
  const whole = compromiseOf(model, targetAlgebra(store), journey);
  const found = minimalSets(store, whole, MOST_COMPARED);
  const name = (set: readonly number[]): string[] =>
    set.map((target) => model.targets[target]?.id ?? '').sort();
  const sets = found.sets.map(name).sort(bySizeAndName);
  const known = new Set(sets.map((set) => set.join()));
  const byAlternative: CompromiseResult['byAlternative'][number][] = [];
  for (const { service, alternative, label } of alternativesOf(model, journey)) {
    const without = compromiseOf(model, targetAlgebra(store), journey, { service, alternative });
    if (without === whole) continue;
    const left = new Set(minimalSets(store, without, MOST_COMPARED).sets.map((set) => name(set).join()));
    const added = sets.filter((set) => known.has(set.join()) && !left.has(set.join()));
    if (added.length > 0)
      byAlternative.push({
        service: model.services[service]?.name ?? '',
        alternative: label,
        added: added.slice(0, MOST_SETS),
      });
  }
  return {
    total: found.total.toString(),
    complete: found.complete,
    singlePoints: sets.flatMap((set) => (set.length === 1 ? set : [])),
    sets: sets.slice(0, MOST_SETS),
    byAlternative,
  };
}

/** The minimal sets of a journey, each as one text, as far as they are compared. */
export function waysOfCompromise(model: Model, journey: JourneyNode): string[] {
  const store = new FormulaStore();
  const { sets } = minimalSets(store, compromiseOf(model, targetAlgebra(store), journey), MOST_COMPARED);
  return sets.map((set) =>
    set
      .map((target) => model.targets[target]?.id ?? '')
      .sort()
      .join(' '),
  );
}

function minimalSets(
  store: FormulaStore,
  root: FormulaId,
  most: number,
): { total: bigint; sets: number[][]; complete: boolean } {
  const singles = structuralSingles(store, root);
  const [rest = 0] = assumeFalse(store, [root], singles);
  const sets = singles.map((single) => [single]);
  let total = BigInt(singles.length);
  let complete = true;
  if (rest === 0) return { total, sets, complete };
  try {
    const { diagram, roots, order } = compile(store, [rest], BUDGET);
    const family = new CutSets(diagram, BUDGET);
    const minimal = family.minimal(roots[0] ?? 0);
    total += family.countBySize(minimal).reduce((sum, count) => sum + count, 0n);
    for (const set of family.smallest(minimal, most)) sets.push(set.map((level) => order[level] ?? 0));
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    complete = false;
  }
  return { total, sets, complete };
}

/** Alternatives of every any, and members of every atLeast that could do with one less, on a journey's way. */
function alternativesOf(
  model: Model,
  journey: JourneyNode,
): (CompromiseWithout & { readonly label: string })[] {
  const found: (CompromiseWithout & { readonly label: string })[] = [];
  const { onPath, inChange } = reachedBy(model, [journey]);
  for (const index of new Set([...onPath.keys(), ...inChange])) {
    const redundancy = model.services[index]?.redundancy;
    if (redundancy === undefined) continue;
    const members =
      redundancy.kind === 'any' ? redundancy.options.map((option) => option.node) : redundancy.of;
    const spare = redundancy.kind === 'any' ? members.length - 1 : members.length - redundancy.atLeast;
    if (spare < 1) continue;
    for (const [alternative, node] of members.entries())
      found.push({ service: index, alternative, label: labelOf(model, node, alternative) });
  }
  return found;
}

/** What an alternative is called: its name where it is one, the first of several, else its position. */
export function labelOf(model: Model, node: Node, position: number): string {
  switch (node.kind) {
    case 'service':
      return model.services[node.service]?.name ?? String(position + 1);
    case 'reference':
      return model.references[node.reference]?.name ?? String(position + 1);
    case 'all': {
      const [first, ...rest] = node.parts;
      if (first === undefined) return String(position + 1);
      const label = labelOf(model, first, position);
      return rest.length === 0 ? label : `${label} + ${rest.length}`;
    }
    default:
      return String(position + 1);
  }
}

function bySizeAndName(a: readonly string[], b: readonly string[]): number {
  return a.length - b.length || (a.join() < b.join() ? -1 : 1);
}
