import type { SectorProvider } from './table.ts';

/** What providers stand on, in numbers: who is down when some are lost. */
export class Standing {
  /** Needs by the providers that offer them. */
  private readonly offered: readonly (readonly number[])[];
  private readonly owners: readonly number[];
  private readonly sizes: Int32Array;
  private readonly lost: Uint8Array;
  readonly isEmpty: boolean;

  constructor(providers: readonly SectorProvider[], indexOf: ReadonlyMap<string, number>) {
    const offered: number[][] = providers.map(() => []);
    const owners: number[] = [];
    const sizes: number[] = [];
    for (const [owner, { standsOn }] of providers.entries())
      for (const alternatives of standsOn) {
        const known = new Set(alternatives.flatMap((name) => indexOf.get(name) ?? []));
        // Who can do without others, or offers the need itself, stands on nobody.
        if (known.size < new Set(alternatives).size || known.size === 0 || known.has(owner)) continue;
        for (const one of known) offered[one]?.push(owners.length);
        owners.push(owner);
        sizes.push(known.size);
      }
    this.offered = offered;
    this.owners = owners;
    this.sizes = Int32Array.from(sizes);
    this.lost = new Uint8Array(providers.length);
    this.isEmpty = owners.length === 0;
  }

  /** Those that are down when these are lost, themselves first; circles are no trouble, as each is lost once. */
  downWith(lost: Iterable<number>): number[] {
    const down: number[] = [];
    const touched: number[] = [];
    const add = (one: number): void => {
      if (this.lost[one] === 1) return;
      this.lost[one] = 1;
      down.push(one);
    };
    for (const one of lost) add(one);
    for (let i = 0; i < down.length; i++)
      for (const need of this.offered[down[i] as number] ?? []) {
        touched.push(need);
        const left = (this.sizes[need] as number) - 1;
        this.sizes[need] = left;
        if (left === 0) add(this.owners[need] as number);
      }
    for (const need of touched) this.sizes[need] = (this.sizes[need] as number) + 1;
    for (const one of down) this.lost[one] = 0;
    return down;
  }

  /**
   * For each provider, the minimal sets of providers whose own failures together have it down, itself alone among them. Sets of more
   * than `order` members are left out.
   */
  causes(order: number, most: number): Product<readonly SetsOf[]> {
    const count = this.offered.length;
    const needs: number[][] = Array.from({ length: count }, () => []);
    for (const [need, owner] of this.owners.entries()) needs[owner]?.push(need);
    const alternatives: number[][] = this.owners.map(() => []);
    for (const [one, offers] of this.offered.entries())
      for (const need of offers) alternatives[need]?.push(one);
    const sets: SetsOf[] = Array.from({ length: count }, (_, i) => [[i]]);
    let isCut = false;
    let isOver = false;
    const waiting = new Set(needs.flatMap((own, i) => (own.length > 0 ? [i] : [])));
    for (const one of waiting) {
      waiting.delete(one);
      const found: (readonly number[])[] = [[one]];
      for (const need of needs[one] ?? []) {
        const product = together(
          (alternatives[need] ?? []).map((other) => sets[other] ?? []),
          order,
          most,
        );
        isCut ||= product.isCut;
        isOver ||= product.isOver;
        found.push(...product.sets);
      }
      const minimal = minimalSets(found);
      isOver ||= minimal.length > most;
      if (isOver) break;
      if (keyOf(minimal) === keyOf(sets[one] ?? [])) continue;
      sets[one] = minimal;
      for (const need of this.offered[one] ?? []) waiting.add(this.owners[need] as number);
    }
    return { sets, isCut, isOver };
  }
}

export interface Product<S = SetsOf> {
  readonly sets: S;
  /** Sets were left out for having too many members. */
  readonly isCut: boolean;
  /** There were too many sets: those here mean nothing. */
  readonly isOver: boolean;
}

/** Sets of providers, each rising. */
export type SetsOf = readonly (readonly number[])[];

/** Minimal sets that hold one of each: the sets that bring all of them about. */
export function together(each: readonly SetsOf[], order: number, most: number): Product {
  let sets: SetsOf = [[]];
  let isCut = false;
  for (const choices of [...each].sort((a, b) => a.length - b.length)) {
    if (sets.length * choices.length > most * MOST_PRODUCT) return { sets: [], isCut, isOver: true };
    const product: number[][] = [];
    for (const set of sets)
      for (const choice of choices) {
        const joined = union(set, choice);
        if (joined.length > order) isCut = true;
        else product.push(joined);
      }
    sets = minimalSets(product);
    if (sets.length > most) return { sets: [], isCut, isOver: true };
  }
  return { sets, isCut, isOver: false };
}

/** How many times more sets than are wanted may be made before the minimal ones are taken. */
const MOST_PRODUCT = 10;

function union(a: readonly number[], b: readonly number[]): number[] {
  return [...new Set([...a, ...b])].sort((x, y) => x - y);
}

/** Those that hold no other, each once, the smallest first. */
export function minimalSets(sets: SetsOf): SetsOf {
  if (sets.length < 2) return sets;
  const bySize = [...sets].sort((a, b) => a.length - b.length || compare(a, b));
  const kept: (readonly number[])[] = [];
  const singles = new Set<number>();
  for (const set of bySize) {
    if (set.some((one) => singles.has(one))) continue;
    if (set.length === 1) {
      singles.add(set[0] as number);
      kept.push(set);
      continue;
    }
    const members = new Set(set);
    const holds = kept.some((other) => other.length > 1 && other.every((one) => members.has(one)));
    if (!holds) kept.push(set);
  }
  return kept;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number);
  return 0;
}

/** The same for the same sets in the same order. */
export function keyOf(sets: SetsOf): string {
  return sets.map((set) => set.join(' ')).join(',');
}
