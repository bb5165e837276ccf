import { lose, type Network } from './network.ts';
import type { Amount, Concentration, NeedFigures, ProviderFigures } from './result.ts';
import type { SectorNeed } from './table.ts';

/** How much of the sector hangs on each provider, the most first. */
export function providerFigures(network: Network): ProviderFigures[] {
  const { table, groups, standing, weight: whole } = network;
  const make = (): Sum[] => table.providers.map(() => ({ count: 0, weight: 0 }));
  const [uses, direct, indirect] = [make(), make(), make()];
  for (const { weight, count = 1, uses: used } of table.platforms)
    for (const name of new Set(used)) add(uses[network.indexOf.get(name) ?? -1], count, weight * count);
  for (const group of groups) {
    for (const set of group.direct)
      if (set.length === 1) add(direct[set[0] as number], group.count, group.weight);
    for (const set of group.indirect)
      if (set.length === 1) add(indirect[set[0] as number], group.count, group.weight);
  }
  // Where there were too many sets to write out, who goes down is looked up provider by provider.
  if (groups.some(({ knownOrder }) => knownOrder < 1))
    for (const one of table.providers.keys()) {
      const { count, weight } = lose(network, [one]);
      indirect[one] = { count, weight };
    }
  return table.providers
    .map((provider, i): ProviderFigures => {
      const [a, b] = [direct[i] as Sum, indirect[i] as Sum];
      return {
        name: provider.name,
        title: provider.title,
        isRouter: provider.isRouter === true,
        probability: provider.probability,
        ratePerYear: provider.ratePerYear ?? null,
        basis: provider.basis,
        uses: amount(uses[i] as Sum, whole),
        direct: amount(a, whole),
        indirect: amount(b, whole),
        amplification: a.weight > 0 ? b.weight / a.weight : null,
        takesAlong: standing.downWith([i]).length - 1,
      };
    })
    .sort(
      (a, b) =>
        b.indirect.weight - a.indirect.weight ||
        b.direct.weight - a.direct.weight ||
        b.uses.weight - a.uses.weight ||
        (a.name < b.name ? -1 : 1),
    );
}

/** How concentrated each need is, the one that most platforms have first. */
export function needFigures({ table, weight: whole }: Network): NeedFigures[] {
  const routers = new Set(table.providers.flatMap(({ name, isRouter }) => (isRouter === true ? [name] : [])));
  const found = new Map<string, Needed>();
  for (const platform of table.platforms) {
    const count = platform.count ?? 1;
    const weight = platform.weight * count;
    for (const sources of sourcesOf(platform.needs ?? [])) {
      const figures = found.get(sources.need) ?? {
        has: none(),
        single: none(),
        alone: none(),
        lost: none(),
        use: new Map(),
      };
      found.set(sources.need, figures);
      add(figures.has, count, weight);
      if (isSingle(sources)) add(figures.single, count, weight);
      if (isSingleWithout(sources, routers)) add(figures.alone, count, weight);
      if (sources.isLostByOne) add(figures.lost, count, weight);
      share(sources, weight, figures.use);
    }
  }
  return [...found]
    .map(
      ([need, { has, single, alone, lost, use }]): NeedFigures => ({
        need,
        providers: use.size,
        has: amount(has, whole),
        single: amount(single, has.weight),
        singleWithoutRouters: amount(alone, has.weight),
        lostByOne: amount(lost, has.weight),
        ...concentration(use, has.weight),
      }),
    )
    .sort((a, b) => b.has.weight - a.has.weight || (a.need < b.need ? -1 : 1));
}

/** Of all needs together: a platform is in it once for each need that it has. */
export function overallConcentration({ table }: Network): Concentration {
  const use = new Map<string, number>();
  let all = 0;
  for (const { weight: each, count = 1, needs = [] } of table.platforms)
    for (const sources of sourcesOf(needs)) {
      all += each * count;
      share(sources, each * count, use);
    }
  return concentration(use, all);
}

/** What of each platform is down. */
export function amount({ count, weight }: Sum, whole: number): Amount {
  return { count, weight, share: whole > 0 ? weight / whole : 0 };
}

interface Sum {
  count: number;
  weight: number;
}

interface Needed {
  readonly has: Sum;
  readonly single: Sum;
  readonly alone: Sum;
  readonly lost: Sum;
  readonly use: Map<string, number>;
}

const none = (): Sum => ({ count: 0, weight: 0 });

function add(sum: Sum | undefined, count: number, weight: number): void {
  if (sum === undefined) return;
  sum.count += count;
  sum.weight += weight;
}

/** Whom one platform has for one need, over all that was said of it. */
interface Sources {
  readonly need: string;
  readonly providers: Set<string>;
  hasOwn: boolean;
  isLostByOne: boolean;
}

/** By need, each once: several rows of one need are several things that it takes. */
function sourcesOf(rows: readonly SectorNeed[]): Iterable<Sources> {
  const found = new Map<string, Sources>();
  for (const row of rows) {
    const sources = found.get(row.need);
    if (sources === undefined)
      found.set(row.need, {
        need: row.need,
        providers: new Set(row.providers),
        hasOwn: hasOwn(row),
        isLostByOne: isLostByOne(row),
      });
    else {
      for (const one of row.providers) sources.providers.add(one);
      sources.hasOwn ||= hasOwn(row);
      sources.isLostByOne ||= isLostByOne(row);
    }
  }
  return found.values();
}

function hasOwn(row: SectorNeed): boolean {
  return row.hasOwn === true || row.providers.length === 0;
}

function isLostByOne(row: SectorNeed): boolean {
  if (row.critical !== undefined) return row.critical.length > 0;
  return !hasOwn(row) && row.providers.length === 1;
}

function isSingle({ providers, hasOwn: isOwn }: Sources): boolean {
  return !isOwn && providers.size === 1;
}

function isSingleWithout({ providers, hasOwn: isOwn }: Sources, routers: ReadonlySet<string>): boolean {
  let sources = 0;
  for (const one of providers) if (!routers.has(one)) sources++;
  return !isOwn && sources <= 1;
}

/** The weight of a platform, shared out in equal parts among those it has; what it does itself is nobody's share. */
function share({ providers, hasOwn: isOwn }: Sources, weight: number, use: Map<string, number>): void {
  const part = weight / (providers.size + (isOwn ? 1 : 0));
  for (const one of providers) use.set(one, (use.get(one) ?? 0) + part);
}

function concentration(use: ReadonlyMap<string, number>, all: number): Concentration {
  let hhi = 0;
  let largest: { provider: string; share: number } | null = null;
  for (const [provider, weight] of use) {
    const part = weight / all;
    hhi += part * part;
    if (largest === null || part > largest.share) largest = { provider, share: part };
  }
  return { hhi, largest };
}
