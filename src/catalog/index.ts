import type { Capability, Outages, Provider } from '../plan/index.ts';
import type { NodeHost } from './node-hosts.ts';

export { NodeHosts, type NodeHost } from './node-hosts.ts';

/**
 * What is known of providers, as plain JSON: made from `data/` when Keelson is built, so that starting costs no reading of
 * YAML.
 */
export interface Catalog {
  readonly schema: 'keelson.catalog/1';
  /** The day until which the incident library has been kept. */
  readonly watchedUntil: string;
  readonly providers: readonly CatalogProvider[];
  /** What the incident library counts, one entry an incident that counts towards an event. */
  readonly counted: readonly CountedIncident[];
  /** Whose nodes of chains stand where; the page does without. @default nobody's are known */
  readonly nodeHosts?: readonly NodeHost[];
}

export interface CatalogProvider {
  readonly name: string;
  readonly title: string;
  readonly kind: string;
  /** From when on the library can be said to hold this provider's large outages; null when it does not watch it. */
  readonly watchedSince: string | null;
  readonly watchedNote: string | null;
  readonly outages: Outages | null;
  readonly scopes: readonly { readonly scope: string; readonly outages: Outages | null }[];
  readonly capabilities: readonly CatalogCapability[];
}

export interface CatalogCapability {
  readonly name: string;
  readonly title: string | null;
  readonly kind: string | null;
  readonly plane: 'data' | 'control';
  readonly home: string | null;
  readonly outages: Outages | null;
  readonly at: readonly { readonly scope: string; readonly outages: Outages | null }[];
  readonly protects: NonNullable<Capability['protects']>;
  readonly handles: NonNullable<Capability['handles']>;
  readonly needs: NonNullable<Capability['needs']>;
  readonly note: string | null;
}

export interface CountedIncident {
  readonly incident: string;
  readonly title: string;
  readonly event: string;
  /** The day on which it began, as far as known. */
  readonly day: string;
  /** Null when begin or end is not known. @unit hours */
  readonly hours: number | null;
  /** Share of customers reached; null when nobody published it. */
  readonly reach: number | null;
}

/** Used where a plan says `catalog: none`. */
export const EMPTY_CATALOG: Catalog = {
  schema: 'keelson.catalog/1',
  watchedUntil: '1970-01-01',
  providers: [],
  counted: [],
};

/** A provider of a plan or of a file, in the catalogue's form. */
export function toCatalogProvider(
  name: string,
  value: Provider,
  watched: { readonly since: string | null; readonly note: string | null } = { since: null, note: null },
): CatalogProvider {
  return {
    name,
    title: value.name ?? name,
    kind: value.kind ?? 'other',
    watchedSince: watched.since,
    watchedNote: watched.note,
    outages: value.outages ?? null,
    scopes: (value.scopes ?? []).map((scope) => ({
      scope: scope.name,
      outages: scope.value.outages ?? null,
    })),
    capabilities: (value.capabilities ?? []).map((capability) =>
      toCatalogCapability(capability.name, capability.value),
    ),
  };
}

function toCatalogCapability(name: string, value: Capability): CatalogCapability {
  return {
    name,
    title: value.title ?? null,
    kind: value.kind ?? null,
    plane: value.plane ?? 'data',
    home: value.home ?? null,
    outages: value.outages ?? null,
    at: (value.at ?? []).map((scope) => ({ scope: scope.name, outages: scope.value.outages ?? null })),
    protects: value.protects ?? [],
    handles: value.handles ?? [],
    needs: value.needs ?? [],
    note: value.note ?? null,
  };
}

/** The catalogue with a plan's providers laid over it: what a plan says replaces what the catalogue says, field by field. */
export function overlay(
  catalog: Catalog,
  providers: readonly { readonly name: string; readonly value: Provider }[],
): Catalog {
  if (providers.length === 0) return catalog;
  const merged = new Map(catalog.providers.map((provider) => [provider.name, provider]));
  for (const { name, value } of providers) {
    const own = toCatalogProvider(name, value);
    const known = merged.get(name);
    merged.set(name, known === undefined ? own : overlayProvider(known, own, value));
  }
  return { ...catalog, providers: [...merged.values()] };
}

function overlayProvider(known: CatalogProvider, own: CatalogProvider, value: Provider): CatalogProvider {
  const capabilities = new Map(known.capabilities.map((capability) => [capability.name, capability]));
  for (const { name, value: stated } of value.capabilities ?? []) {
    const before = capabilities.get(name);
    capabilities.set(
      name,
      before === undefined ? toCatalogCapability(name, stated) : overlayCapability(before, stated),
    );
  }
  return {
    ...known,
    title: value.name ?? known.title,
    kind: value.kind ?? known.kind,
    outages: own.outages ?? known.outages,
    scopes: overlayScopes(known.scopes, own.scopes),
    capabilities: [...capabilities.values()],
  };
}

function overlayCapability(before: CatalogCapability, stated: Capability): CatalogCapability {
  const own = toCatalogCapability(before.name, stated);
  const per = before.outages !== null && before.outages.kind !== 'none' ? before.outages.per : undefined;
  // A rate that says nothing of its level keeps the level that is known.
  const outages =
    own.outages === null
      ? before.outages
      : own.outages.kind !== 'none' && own.outages.per === undefined && per !== undefined
        ? { ...own.outages, per }
        : own.outages;
  return {
    name: before.name,
    title: own.title ?? before.title,
    kind: own.kind ?? before.kind,
    plane: stated.plane ?? before.plane,
    home: own.home ?? before.home,
    outages,
    at: overlayScopes(before.at, own.at),
    protects: stated.protects ?? before.protects,
    handles: stated.handles ?? before.handles,
    needs: stated.needs ?? before.needs,
    note: own.note ?? before.note,
  };
}

type Scoped = { readonly scope: string; readonly outages: Outages | null };

function overlayScopes(known: readonly Scoped[], own: readonly Scoped[]): readonly Scoped[] {
  const merged = new Map(known.map((scope) => [scope.scope, scope]));
  for (const scope of own) merged.set(scope.scope, scope);
  return [...merged.values()];
}
