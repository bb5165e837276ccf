import type { CatalogCapability } from '../catalog/index.ts';
import type { InnerNeed } from '../plan/index.ts';

/**
 * Whether an inner need holds as of a day and carries failure to what needs it.
 *
 * @param change whether something is being changed: inside failover.needs and a pool's growth
 */
export function carriesFailure(
  { kind, from, until }: InnerNeed,
  plane: CatalogCapability['plane'],
  asOf: string,
  change: boolean,
): boolean {
  if (from != null && asOf < from) return false;
  if (until != null && asOf >= until) return false;
  if (kind === 'hard') return true;
  if (kind === 'cold') return plane === 'control';
  return kind === 'change' && change;
}

/** `p/c@same` with the scope of what needs it; undefined when that has none. */
export function carrySame(use: string, scope: string): string | undefined {
  if (!use.endsWith('@same')) return use;
  return scope === '' ? undefined : `${use.slice(0, -'@same'.length)}@${scope}`;
}
