import { nearest } from '../document/index.ts';
import { KeelsonError } from '../errors.ts';
import { show } from '../problems.ts';
import { findFewest } from './fewest.ts';
import { type Losses, lossesOf } from './losses.ts';
import { lose, makeNetwork, type Network } from './network.ts';
import type { Amount, FewestSet, Sector, WithoutFigures, WorstSet } from './result.ts';
import { amount, needFigures, overallConcentration, providerFigures } from './shares.ts';
import type { SectorTable } from './table.ts';
import { togetherOf } from './at-once/together.ts';
import { findWorst } from './worst.ts';

export interface SectorOptions {
  /** Providers to lose: what is down then. @default none */
  readonly without?: readonly string[];
  /** Files that did not load, as they are reported. @default none */
  readonly leftOut?: Sector['leftOut'];
  readonly onProgress?: (share: number, what: string) => void;
}

/** What is to be down, of the weight of all. */
const FEWEST = [1 / 3, 1 / 2, 2 / 3];

/**
 * What the platforms of a sector share: who hangs on whom, whom it would take to have most down, and how likely it is that many are down at
 * once. Providers without a chance never go down here: see `withChances`.
 *
 * @throws KeelsonError `unknown-sector-provider` when one of `without` is not in the table
 */
export function sector(table: SectorTable, options: SectorOptions = {}): Sector {
  const { onProgress = () => {} } = options;
  const network = makeNetwork(table);
  const without = withoutFigures(network, options.without ?? []);
  onProgress(0.1, 'shares');
  const providers = providerFigures(network);
  onProgress(0.2, 'the worst to lose together');
  const losses = lossesOf(network.groups, table.providers.length, 'indirect');
  const isAllDirect =
    network.standing.isEmpty && table.platforms.every(({ waysWithin }) => waysWithin === undefined);
  const indirectSets = worstSets(losses, table);
  const worst = {
    direct: isAllDirect
      ? indirectSets
      : worstSets(lossesOf(network.groups, table.providers.length, 'direct'), table),
    indirect: indirectSets,
  };
  onProgress(0.4, 'the fewest to lose');
  const fewest = FEWEST.map((share) => fewestSet(network, losses, share));
  onProgress(0.5, 'how much is down at once');
  const isCounted = network.groups.every(({ members }) => members.every(({ weight }) => weight === 1));
  const count = togetherOf(network, 'count');
  const weighed = isCounted ? undefined : togetherOf(network, 'weight');
  // That any platform is down is the same by weight, and exact by count.
  const weight =
    weighed === undefined
      ? null
      : { ...weighed, any: count.any, curve: [count.any, ...weighed.curve.slice(1)] };
  return {
    schema: 'keelson.sector/1',
    name: table.name,
    title: table.title,
    asOf: table.asOf,
    unit: table.unit,
    weighedBy: table.weighedBy ?? null,
    source: table.source,
    licence: table.licence,
    limits: table.limits,
    platforms: {
      count: network.count,
      weight: network.weight,
      unknown: network.groups.reduce(
        (sum, { direct: sets, count }) => sum + (sets.length === 0 ? count : 0),
        0,
      ),
      nothingKnown: amount(nothingKnown(table), network.weight),
      sorts: network.groups.length,
    },
    down: downOf(table),
    chances: chancesOf(table),
    providers,
    needs: needFigures(network),
    concentration: overallConcentration(network),
    worst,
    fewest,
    together: { count, weight },
    without,
    leftOut: options.leftOut ?? [],
  };
}

function worstSets(losses: Losses, { providers }: SectorTable): WorstSet[] {
  const sizes = ([1, 2, 3] as const).filter((size) => size <= providers.length);
  return sizes.map((size) => {
    const found = findWorst(losses, size);
    const down: Amount = amountOf(losses, found.providers, found.weight);
    return {
      providers: found.providers.map((one) => providers[one]?.name ?? ''),
      down,
      atMost: losses.total > 0 ? found.atMost / losses.total : 0,
      isExact: found.ties !== undefined,
      ties: found.ties ?? null,
    };
  });
}

function fewestSet(network: Network, losses: Losses, share: number): FewestSet {
  const { atLeast, providers } = findFewest(losses, share * losses.total);
  const names = providers?.map((one) => network.table.providers[one]?.name ?? '') ?? null;
  return {
    share,
    atLeast,
    providers: names,
    isExact: providers === undefined || providers.length === atLeast,
    down: providers === undefined ? null : amountOf(losses, providers),
  };
}

/** What sets of providers take down, by the sets that are known. */
function amountOf(losses: Losses, lost: readonly number[], known?: number): Amount {
  const gone = new Set(lost);
  let count = 0;
  let weight = 0;
  for (const [g, sets] of losses.sets.entries()) {
    if (!sets.some((set) => set.every((one) => gone.has(one)))) continue;
    count += losses.counts[g] as number;
    weight += losses.weights[g] as number;
  }
  return amount({ count, weight: known ?? weight }, losses.total);
}

function withoutFigures(network: Network, names: readonly string[]): WithoutFigures | null {
  if (names.length === 0) return null;
  const { table, indexOf } = network;
  const numbers = names.map((name) => {
    const known = indexOf.get(name);
    if (known !== undefined) return known;
    const close = nearest(name, indexOf.keys());
    throw new KeelsonError(
      'unknown-sector-provider',
      `${show(name)} is no provider of ${show(table.title)}.${close === undefined ? '' : ` Did you mean ${show(close)}?`}`,
      { hint: 'keelson sector … --csv lists them.' },
    );
  });
  const lost = lose(network, numbers);
  return {
    named: names,
    providers: lost.providers.map((one) => table.providers[one]?.name ?? ''),
    down: amount(lost, network.weight),
    platforms: lost.platforms.map((one) => table.platforms[one]?.name ?? ''),
  };
}

function nothingKnown({ platforms }: SectorTable): { count: number; weight: number } {
  const sum = { count: 0, weight: 0 };
  for (const { weight, count = 1, ways, needs = [], uses } of platforms) {
    if (ways.length + needs.length + uses.length > 0) continue;
    sum.count += count;
    sum.weight += weight * count;
  }
  return sum;
}

function downOf({ down, platforms }: SectorTable): Sector['down'] {
  if (down === undefined) return null;
  const counts = new Map<string, number>();
  for (const { journeys = [] } of platforms)
    for (const name of new Set(journeys)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return {
    by: down,
    journeys: [...counts]
      .map(([name, count]) => ({ name, platforms: count }))
      .sort((a, b) => b.platforms - a.platforms || (a.name < b.name ? -1 : 1)),
  };
}

function chancesOf({ providers }: SectorTable): Sector['chances'] {
  const bases = new Map<string, number>();
  for (const { basis } of providers) bases.set(basis, (bases.get(basis) ?? 0) + 1);
  return [...bases]
    .map(([basis, count]) => ({ basis, providers: count }))
    .sort((a, b) => b.providers - a.providers);
}

export { isOfKind, onlyKinds, onlyNeeds } from './choose.ts';
export { anyOf, ASSUMED, type Chance, withChances } from './chances.ts';
export {
  type DatasetTexts,
  type NamedText,
  OWN,
  type ParsedDataset,
  parseDataset,
} from './dataset/dataset.ts';
export { lose, type Lost, makeNetwork, type Network } from './network.ts';
export type * from './result.ts';
export type * from './table.ts';
