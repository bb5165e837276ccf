import {
  assumeFalse,
  BudgetSpent,
  compile,
  countBySize,
  CutSets,
  FormulaStore,
  smallestSets,
  structuralSingles,
  type FormulaId,
} from '../diagram/index.ts';
import {
  CompromiseReader,
  dependents,
  labelOf,
  reachedByJourney,
  type CompromiseWithout,
  type JourneyNode,
  type Model,
} from '../model/index.ts';
import { targetAlgebra } from './formulas.ts';
import type { CompromiseResult } from './result.ts';

const BUDGET = 200_000;
const MOST_SETS = 50;
/** Sets that are compared with and without an alternative. */
const MOST_COMPARED = 1000;

/** Minimal sets of targets whose compromise reaches a journey's users, and what each alternative adds to them. */
export class CompromiseSolver {
  private readonly model: Model;
  private readonly store = new FormulaStore();
  private readonly algebra = targetAlgebra(this.store);
  private readonly reader: CompromiseReader<FormulaId>;
  private readonly solved = new Map<FormulaId, Ways>();
  private readonly journeys = new Map<JourneyNode, FormulaId>();
  /** Readings without an alternative, shared by the journeys. */
  private readonly readers = new Map<string, CompromiseReader<FormulaId>>();
  private above: readonly ReadonlySet<number>[] | undefined;

  constructor(model: Model) {
    this.model = model;
    this.reader = new CompromiseReader(model, this.algebra);
  }

  result(journey: JourneyNode): CompromiseResult {
    const { model } = this;
    const whole = this.whole(journey);
    const found = this.ways(whole);
    const sets = [...found.sets.values()].map((set) => this.named(set)).sort(bySizeAndName);
    const byAlternative: CompromiseResult['byAlternative'][number][] = [];
    for (const { service, alternative, label } of alternativesOf(model, journey)) {
      const left = this.without(journey, service, alternative);
      if (left === whole) continue;
      const without = this.ways(left).sets;
      const added: string[][] = [];
      for (const [key, set] of found.sets) if (!without.has(key)) added.push(this.named(set));
      if (added.length > 0)
        byAlternative.push({
          service: model.services[service]?.name ?? '',
          alternative: label,
          added: added.sort(bySizeAndName).slice(0, MOST_SETS),
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
  waysOf(journey: JourneyNode): string[] {
    return this.asTexts(this.whole(journey));
  }

  /** The same with one alternative taken out. */
  waysWithout(journey: JourneyNode, { service, alternative }: CompromiseWithout): string[] {
    return this.asTexts(this.without(journey, service, alternative));
  }

  private asTexts(root: FormulaId): string[] {
    return [...this.ways(root).sets.values()].map((set) => this.named(set).join(' '));
  }

  private named(set: readonly number[]): string[] {
    const names = set.map((target) => this.model.targets[target]?.id ?? '');
    return names.length === 1 ? names : names.sort();
  }

  private whole(journey: JourneyNode): FormulaId {
    const known = this.journeys.get(journey) ?? this.reader.journey(journey);
    this.journeys.set(journey, known);
    return known;
  }

  /** What reaches a journey with one alternative taken out. */
  private without(journey: JourneyNode, service: number, alternative: number): FormulaId {
    const reader = this.readerWithout(service, alternative);
    // Where the service itself is reached by the same, so is everything above it.
    return reader.service(service) === this.reader.service(service)
      ? this.whole(journey)
      : reader.journey(journey);
  }

  private readerWithout(service: number, alternative: number): CompromiseReader<FormulaId> {
    const key = `${service}:${alternative}`;
    const known = this.readers.get(key);
    if (known !== undefined) return known;
    this.above ??= dependents(this.model);
    const above = this.above[service] ?? new Set<number>();
    const reader = new CompromiseReader(this.model, this.algebra, {
      service,
      alternative,
      reader: this.reader,
      above,
    });
    this.readers.set(key, reader);
    return reader;
  }

  private ways(root: FormulaId): Ways {
    const known = this.solved.get(root);
    if (known !== undefined) return known;
    const { total, sets, complete } = minimalSets(this.store, root, MOST_COMPARED);
    const keyed = sets.map((set): [string | number, readonly number[]] =>
      // Most sets are of one target: its number is key enough.
      set.length === 1 ? [set[0] ?? -1, set] : [[...set].sort((a, b) => a - b).join(' '), set],
    );
    const ways = { total, complete, sets: new Map(keyed) };
    this.solved.set(root, ways);
    return ways;
  }
}

interface Ways {
  readonly total: bigint;
  readonly complete: boolean;
  /** Sets of targets by number. */
  readonly sets: ReadonlyMap<string | number, readonly number[]>;
}

function minimalSets(
  store: FormulaStore,
  root: FormulaId,
  most: number,
): { total: bigint; sets: number[][]; complete: boolean } {
  const singles = structuralSingles(store, root);
  const sets = singles.map((single) => [single]);
  let total = BigInt(singles.length);
  let complete = true;
  if (store.isFlat(root)) return { total, sets, complete };
  const [rest = 0] = assumeFalse(store, [root], singles);
  if (rest === 0) return { total, sets, complete };
  try {
    const { diagram, roots, order } = compile(store, [rest], BUDGET);
    const family = new CutSets(diagram, BUDGET);
    const minimal = family.minimal(roots[0] ?? 0);
    total += countBySize(family, minimal).reduce((sum, count) => sum + count, 0n);
    for (const set of smallestSets(family, minimal, most)) sets.push(set.map((level) => order[level] ?? 0));
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
  const { onPath, inChange } = reachedByJourney(model, journey);
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

function bySizeAndName(a: readonly string[], b: readonly string[]): number {
  return a.length - b.length || (a.join() < b.join() ? -1 : 1);
}
