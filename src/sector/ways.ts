import type { Way } from './table.ts';

/** Those of the ways that hold no other; of equal ones the first, with its need. */
export function minimalWays(ways: readonly Way[]): Way[] {
  const kept: Way[] = [];
  const bySize = [...ways].sort((a, b) => a.providers.length - b.providers.length);
  for (const way of bySize) {
    const members = new Set(way.providers);
    if (!kept.some(({ providers }) => providers.every((one) => members.has(one)))) kept.push(way);
  }
  return kept;
}
