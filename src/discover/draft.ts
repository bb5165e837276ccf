import type { Evidence, Handled, Protection } from '../plan/index.ts';

/**
 * A plan before it is text: what a crawl or an import has found, with the remarks that a person must decide on. `write-plan.ts` makes a
 * file of it, `merge.ts` holds it against a plan that exists.
 */
export interface Draft {
  /** Of the platform. */
  readonly name: string;
  readonly kind: 'exchange' | 'wallet' | 'explorer' | 'defi' | 'rpc' | 'chain' | 'other';
  /** The day on which it was found: ISO 8601. */
  readonly asOf: string;
  /** Lines at the head of the file. */
  readonly comments: readonly string[];
  readonly journeys: readonly DraftJourney[];
  readonly services: readonly DraftService[];
  /** Providers and capabilities that the catalogue lacks. */
  readonly providers: readonly DraftProvider[];
}

export interface DraftJourney {
  readonly name: string;
  /** Lines above it: what somebody must decide. */
  readonly comments: readonly string[];
  /** @default important */
  readonly tier?: 'core' | 'important' | 'deferrable';
  /** Best first; each after the first says what it is worth, as `10%`. */
  readonly modes: readonly {
    readonly name: string;
    readonly worth?: string;
    readonly needs: DraftRequirement;
  }[];
}

/** As in a plan: a service's name, or `provider/capability[@scope]`. */
export type DraftRequirement =
  | string
  | { readonly all: readonly DraftRequirement[] }
  | { readonly any: readonly DraftRequirement[] }
  | { readonly atLeast: number; readonly of: readonly DraftRequirement[] };

export interface DraftService {
  readonly name: string;
  readonly comments: readonly string[];
  /** Null where nothing is known of what it needs. */
  readonly needs: DraftRequirement | null;
  /** It has no outages of its own: it is what it needs. @default the plan's assumption */
  readonly outages?: 'none';
  readonly front?: true;
  /** Parts of the plan that the draft knows by an address. */
  readonly url?: string;
  readonly evidence: readonly Evidence[];
  readonly note?: string;
}

export interface DraftProvider {
  readonly name: string;
  readonly title: string;
  readonly kind: string;
  readonly capabilities: readonly DraftCapability[];
}

export interface DraftCapability {
  readonly name: string;
  readonly title?: string;
  readonly kind?: string;
  readonly plane?: 'data' | 'control';
  readonly per?: 'global' | 'region' | 'zone';
  readonly handles?: readonly Handled[];
  readonly protects?: readonly Protection[];
  /** `provider/capability` of what it stands on itself. */
  readonly needs?: readonly {
    readonly use: string;
    /** What it carries, as in a file of the catalogue. @default hard */
    readonly kind?: 'hard' | 'cold' | 'change' | 'degraded';
    readonly evidence: Evidence;
  }[];
}

/** `provider/capability`, without a place. */
export function withoutScope(reference: string): string {
  return reference.split('@')[0] ?? reference;
}

/** An edge of a draft: what a part stands on. */
export interface DraftEdge {
  readonly from: string;
  readonly to: string;
}

/** Every edge once, in the order of the draft: services and providers' capabilities to what they need, journeys left aside. */
export function draftEdges(draft: Draft): DraftEdge[] {
  const seen = new Map<string, DraftEdge>();
  const add = (from: string, to: string): void => {
    seen.set(`${from} ${to}`, { from, to });
  };
  for (const { name, needs } of draft.services)
    for (const to of needs === null ? [] : namesIn(needs)) add(name, to);
  for (const provider of draft.providers)
    for (const { name, needs = [] } of provider.capabilities)
      for (const { use } of needs) add(`${provider.name}/${name}`, use);
  return [...seen.values()];
}

/** The services and references that a requirement names. */
export function namesIn(requirement: DraftRequirement): string[] {
  if (typeof requirement === 'string') return [requirement];
  const parts =
    'all' in requirement ? requirement.all : 'any' in requirement ? requirement.any : requirement.of;
  return parts.flatMap(namesIn);
}
