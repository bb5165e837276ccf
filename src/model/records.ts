import type { CatalogCapability } from '../catalog/index.ts';
import { encloses, type Outages } from '../plan/index.ts';

/** The level at which a capability fails: what its record says, else how fine the places are of which it has records. */
export function levelOf({ outages, at }: CatalogCapability): 'global' | 'region' | 'zone' {
  if (outages !== null) return outages.kind === 'none' ? 'global' : (outages.per ?? 'global');
  if (at.length === 0) return 'global';
  return at.some(({ scope }) => scope.includes('/')) ? 'zone' : 'region';
}

/** The record for a scope: that of the longest place that encloses it, else the general one. */
export function recordAt(
  capability: CatalogCapability,
  scope: string,
): { readonly record: Outages | null; readonly at: string } {
  let best: { record: Outages | null; at: string } = { record: capability.outages, at: '' };
  for (const { scope: place, outages } of capability.at)
    if (outages !== null && scope !== '' && encloses(place, scope) && place.length > best.at.length)
      best = { record: outages, at: place };
  return best;
}
