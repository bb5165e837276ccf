import type { SectorTable } from './table.ts';
import { minimalWays } from './ways.ts';

/** Only the platforms of some kinds: `evm` is also each `evm/…`. Providers that nothing hangs on any more are left out. */
export function onlyKinds(table: SectorTable, kinds: readonly string[]): SectorTable {
  const platforms = table.platforms.filter((one) => kinds.some((kind) => isOfKind(one.kind, kind)));
  return withoutUnused({ ...table, title: narrowed(table.title, kinds), platforms });
}

export function isOfKind(kind: string, wanted: string): boolean {
  return kind === wanted || kind.startsWith(`${wanted}/`);
}

/** Only what some needs ask of providers: platforms are down when one of those is lost. Of platforms that say their needs. */
export function onlyNeeds(table: SectorTable, wanted: readonly string[]): SectorTable {
  const platforms = table.platforms.map((platform) => {
    const needs = (platform.needs ?? []).filter(({ need }) => wanted.includes(need));
    const ways = needs.flatMap(({ need, providers, hasOwn }) =>
      hasOwn === true || providers.length === 0 ? [] : [{ need, providers }],
    );
    const uses = [...new Set(needs.flatMap(({ providers }) => providers))];
    return { ...platform, needs, ways: minimalWays(ways), uses };
  });
  return withoutUnused({ ...table, title: narrowed(table.title, wanted), platforms });
}

/** `Sites (only named; dns, cdn)` */
function narrowed(title: string, words: readonly string[]): string {
  const before = /^(.*\(only .*)\)$/s.exec(title)?.[1];
  return before === undefined ? `${title} (only ${words.join(', ')})` : `${before}; ${words.join(', ')})`;
}

/** Keeps providers that are used, and those that they stand on. */
function withoutUnused(table: SectorTable): SectorTable {
  const { platforms, providers } = table;
  const used = new Set(
    platforms.flatMap(({ uses, waysWithin = [] }) => [
      ...uses,
      ...waysWithin.flatMap((way) => way.providers),
    ]),
  );
  const byName = new Map(providers.map((one) => [one.name, one]));
  for (const name of used) for (const one of byName.get(name)?.standsOn.flat() ?? []) used.add(one);
  return { ...table, providers: providers.filter(({ name }) => used.has(name)) };
}
