import type { Catalog, CatalogCapability, CatalogProvider } from '../catalog/index.ts';
import { parseReference } from '../plan/index.ts';

/** Where a copy of something is put when nobody has said where: a place with the catalogue's general record. */
const REGION = 'elsewhere';
const ZONE = 'elsewhere/a';

/** The same capability of the same provider in another region; undefined for what has no place. */
export function otherRegion(reference: string): string | undefined {
  const parsed = parseReference(reference);
  if (parsed === undefined || parsed.scope === '') return undefined;
  const head = parsed.capability === undefined ? parsed.provider : `${parsed.provider}/${parsed.capability}`;
  return `${head}@${parsed.scope.includes('/') ? ZONE : REGION}`;
}

/**
 * For references to one provider, the same kinds of capability at another: the one of which most is known. Undefined when
 * no provider of the catalogue offers them all.
 */
export function otherProvider(
  catalog: Catalog,
  references: readonly string[],
  avoid: ReadonlySet<string>,
): { readonly provider: string; readonly change: ReadonlyMap<string, string> } | undefined {
  const kinds: { reference: string; kind: string; scope: string }[] = [];
  for (const reference of references) {
    const parsed = parseReference(reference);
    const kind = find(catalog, parsed?.provider, parsed?.capability)?.kind;
    if (parsed === undefined || kind == null) return undefined;
    kinds.push({ reference, kind, scope: parsed.scope });
  }
  let best: { provider: CatalogProvider; change: Map<string, string> } | undefined;
  for (const provider of catalog.providers) {
    if (avoid.has(provider.name)) continue;
    const change = new Map<string, string>();
    for (const { reference, kind } of kinds) {
      const same = provider.capabilities.find((capability) => capability.kind === kind);
      if (same !== undefined) change.set(reference, `${provider.name}/${same.name}${placeFor(same)}`);
    }
    if (change.size < kinds.length) continue;
    if (best === undefined || knownOf(provider) > knownOf(best.provider)) best = { provider, change };
  }
  return best === undefined ? undefined : { provider: best.provider.name, change: best.change };
}

/** A DNS control that none of the given providers offers, to steer with from outside them. */
export function steeringElsewhere(catalog: Catalog, avoid: ReadonlySet<string>): string | undefined {
  for (const provider of catalog.providers) {
    if (avoid.has(provider.name)) continue;
    const control = provider.capabilities.find(({ kind }) => kind === 'dns-control');
    const stands = control?.needs.some(({ use }) => avoid.has(parseReference(use)?.provider ?? '')) === true;
    if (control !== undefined && !stands) return `${provider.name}/${control.name}${placeFor(control)}`;
  }
  return undefined;
}

function find(
  catalog: Catalog,
  provider: string | undefined,
  capability: string | undefined,
): CatalogCapability | undefined {
  return catalog.providers
    .find(({ name }) => name === provider)
    ?.capabilities.find(({ name }) => name === capability);
}

function placeFor({ outages }: CatalogCapability): string {
  const per = outages === null || outages.kind === 'none' ? 'global' : (outages.per ?? 'global');
  return per === 'global' ? '' : `@${per === 'zone' ? ZONE : REGION}`;
}

/** Providers that the library watches come first: their rates are counted and not assumed. */
function knownOf(provider: CatalogProvider): number {
  return (
    (provider.watchedSince === null ? 0 : 2) +
    (provider.capabilities.some(({ outages }) => outages !== null) ? 1 : 0)
  );
}
