import { keyOf, minimalSets, type SetsOf, Standing, together } from './standing.ts';
import type { SectorPlatform, SectorProvider, SectorTable, Way } from './table.ts';

/** A table in numbers, with platforms that stand on the same merged: every question is asked of this. */
export interface Network {
  readonly table: SectorTable;
  readonly indexOf: ReadonlyMap<string, number>;
  readonly standing: Standing;
  readonly groups: readonly Group[];
  /** Of all platforms. */
  readonly weight: number;
  readonly count: number;
}

/** Platforms that the same sets of providers take down. */
export interface Group {
  /** Minimal sets of providers whose loss takes them down, as the table says them. */
  readonly direct: SetsOf;
  /** The same with what providers stand on: minimal sets of providers whose own failure does. */
  readonly indirect: SetsOf;
  /** Sets of more members than this may be missing from `indirect`, and from `direct`. */
  readonly knownOrder: number;
  readonly knownOrderDirect: number;
  /** In all. */
  readonly weight: number;
  readonly count: number;
  /** What they weigh one by one: `count` of each weight. */
  readonly members: readonly { readonly weight: number; readonly count: number }[];
  /** Numbers of platforms in the table. */
  readonly platforms: readonly number[];
}

/** Most sets that are made of one way, and of one platform. */
const MOST_SETS = 2000;
/** Which sets are looked for where there are too many: those of at most so many members. */
const ORDERS = [Number.POSITIVE_INFINITY, 8, 5, 4, 3, 2, 1];

/** Puts a table into numbers and merges what is alike. */
export function makeNetwork(table: SectorTable): Network {
  const indexOf = new Map(table.providers.map(({ name }, i) => [name, i]));
  const standing = new Standing(table.providers, indexOf);
  const expand = expander(table.providers, standing);
  const merged = new Map<string, { group: Group; members: Map<number, number>; platforms: number[] }>();
  let weight = 0;
  let count = 0;
  for (const [i, platform] of table.platforms.entries()) {
    const many = platform.count ?? 1;
    weight += platform.weight * many;
    count += many;
    const direct = setsOf(platform.ways, indexOf);
    const within = platform.waysWithin === undefined ? undefined : setsOf(platform.waysWithin, indexOf);
    const { knownOrder: knownOrderDirect = Number.POSITIVE_INFINITY } = platform;
    const key = `${keyOf(direct)};${within === undefined ? '' : keyOf(within)};${knownOrderDirect}`;
    let found = merged.get(key);
    if (found === undefined) {
      const expanded =
        within === undefined ? expand(direct) : { sets: within, knownOrder: Number.POSITIVE_INFINITY };
      const group = {
        direct,
        indirect: expanded.sets,
        knownOrder: Math.min(expanded.knownOrder, knownOrderDirect),
        knownOrderDirect,
        weight: 0,
        count: 0,
        members: [],
        platforms: [],
      };
      found = { group, members: new Map(), platforms: [] };
      merged.set(key, found);
    }
    found.members.set(platform.weight, (found.members.get(platform.weight) ?? 0) + many);
    found.platforms.push(i);
  }
  const groups = [...merged.values()].map(({ group, members, platforms }) => {
    const each = [...members].map(([one, many]) => ({ weight: one, count: many }));
    return {
      ...group,
      weight: each.reduce((sum, one) => sum + one.weight * one.count, 0),
      count: each.reduce((sum, one) => sum + one.count, 0),
      members: each,
      platforms,
    };
  });
  return { table, indexOf, standing, groups, weight, count };
}

/** Minimal sets of numbers; a way with a provider that the table does not list can never be lost whole. */
function setsOf(ways: readonly Way[], indexOf: ReadonlyMap<string, number>): SetsOf {
  const sets = ways.flatMap(({ providers }) => {
    const known = providers.flatMap((name) => indexOf.get(name) ?? []);
    return known.length < providers.length ? [] : [[...new Set(known)].sort((a, b) => a - b)];
  });
  return minimalSets(sets);
}

type Expanded = { readonly sets: SetsOf; readonly knownOrder: number };

/** Follows ways through what providers stand on. */
function expander(providers: readonly SectorProvider[], standing: Standing): (direct: SetsOf) => Expanded {
  if (standing.isEmpty || providers.length === 0)
    return (direct) => ({ sets: direct, knownOrder: Number.POSITIVE_INFINITY });
  const causes = ORDERS.map(() => undefined as ReturnType<Standing['causes']> | undefined);
  const causesAt = (i: number): ReturnType<Standing['causes']> => {
    causes[i] ??= standing.causes(ORDERS[i] as number, MOST_SETS);
    return causes[i];
  };
  const knownWays = new Map<string, Expanded>();
  const expandWay = (way: readonly number[]): Expanded => {
    const key = way.join(' ');
    const known = knownWays.get(key);
    if (known !== undefined) return known;
    let result: Expanded = { sets: [], knownOrder: 0 };
    for (const [i, order] of ORDERS.entries()) {
      const { sets, isCut, isOver } = causesAt(i);
      if (isOver) continue;
      const product = together(
        way.map((one) => sets[one] ?? []),
        order,
        MOST_SETS,
      );
      if (product.isOver) continue;
      result = { sets: product.sets, knownOrder: isCut || product.isCut ? order : Number.POSITIVE_INFINITY };
      break;
    }
    knownWays.set(key, result);
    return result;
  };
  return (direct) => {
    const parts = direct.map(expandWay);
    return {
      sets: minimalSets(parts.flatMap(({ sets }) => sets)),
      knownOrder: Math.min(...parts.map(({ knownOrder }) => knownOrder)),
    };
  };
}

/** What is down when providers are lost. */
export interface Lost {
  /** Numbers of the providers that are down, those that were named first. */
  readonly providers: readonly number[];
  /** Numbers of the platforms that are down, rising. */
  readonly platforms: readonly number[];
  readonly weight: number;
  readonly count: number;
}

/** What goes down with these providers, with those that stand on them. */
export function lose(network: Network, lost: Iterable<number>): Lost {
  const named = [...new Set(lost)];
  const providers = network.standing.downWith(named);
  const own = new Set(named);
  const names = new Set(named.map((one) => network.table.providers[one]?.name ?? ''));
  const down = new Set(providers);
  const platforms: number[] = [];
  let weight = 0;
  let count = 0;
  for (const group of network.groups) {
    const isWithin = hasWithin(network.table.platforms[group.platforms[0] ?? 0]);
    const [sets, gone] = isWithin ? [group.indirect, own] : [group.direct, down];
    if (sets.some((set) => set.every((one) => gone.has(one)))) {
      platforms.push(...group.platforms);
      weight += group.weight;
      count += group.count;
    } else if (group.knownOrder < own.size)
      // Sets that are missing may be among these.
      for (const one of group.platforms) {
        const platform = network.table.platforms[one];
        if (platform?.isDown?.(names) !== true) continue;
        const { weight: each, count: many = 1 } = platform;
        platforms.push(one);
        weight += each * many;
        count += many;
      }
  }
  return { providers, platforms: platforms.sort((a, b) => a - b), weight, count };
}

/** Whether a platform says itself what its providers stand on. */
function hasWithin(platform: SectorPlatform | undefined): boolean {
  return platform?.waysWithin !== undefined;
}
