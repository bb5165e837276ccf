import type { Place } from '../references.ts';

/** Who calls whom, as any of the formats tells. */
export interface Calls {
  /** Services by name, in the order in which they were met. */
  readonly services: Map<string, SeenService>;
  /** Calls by `from` and `to`, with how many there were. */
  readonly edges: Map<string, Call>;
  /** Edges that a file lists and counts no call of, by the same keys. */
  readonly never: Set<string>;
  /** What could not be told. */
  readonly remarks: Set<string>;
}

export interface SeenService {
  readonly name: string;
  /** Where it was seen to run. */
  readonly runsOn: Map<string, { readonly capability: string; readonly place: Place }>;
  readonly remarks: Set<string>;
  /** It has told of itself, and was not only called. */
  isSeen: boolean;
  /** Users were seen to come in by it. */
  isEntry: boolean;
}

export interface Call {
  readonly from: string;
  readonly to: Target;
  count: number;
}

export type Target =
  | { readonly kind: 'service'; readonly name: string }
  /** A host or an address that is called and says nothing of itself. */
  | { readonly kind: 'host'; readonly name: string }
  /** A database or a queue known by its kind alone. */
  | { readonly kind: 'store'; readonly name: string }
  | { readonly kind: 'capability'; readonly name: string; readonly place: Place };

export function noCalls(): Calls {
  return { services: new Map(), edges: new Map(), never: new Set(), remarks: new Set() };
}

export function serviceOf(calls: Calls, name: string): SeenService {
  const known = calls.services.get(name);
  if (known !== undefined) return known;
  const made: SeenService = { name, runsOn: new Map(), remarks: new Set(), isSeen: false, isEntry: false };
  calls.services.set(name, made);
  return made;
}

/**
 * Adds calls of a service. Those of itself to itself are none. What is counted and was never called is no need: it is remembered, so that the
 * draft can say of how many that is so.
 */
export function addCalls(calls: Calls, from: string, to: Target, count: number): void {
  if (to.kind === 'service' && to.name === from) return;
  const key = JSON.stringify([
    from,
    to.kind,
    to.name,
    to.kind === 'capability' ? to.place.region : undefined,
  ]);
  if (!(count > 0)) {
    calls.never.add(key);
    return;
  }
  serviceOf(calls, from).isSeen = true;
  if (to.kind === 'service') serviceOf(calls, to.name);
  const known = calls.edges.get(key);
  if (known === undefined) calls.edges.set(key, { from, to, count });
  else known.count += count;
}

/** Of how many edges that a file lists no call was counted anywhere in it. */
export function neverCalled({ edges, never }: Calls): number {
  return [...never].filter((key) => !edges.has(key)).length;
}
