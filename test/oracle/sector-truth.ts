import fc from 'fast-check';
import type { SectorNeed, SectorPlatform, SectorProvider, SectorTable } from '../../src/sector/index.ts';
import { minimalWays } from '../../src/sector/ways.ts';

/** A table of a few providers and platforms, with alternatives, what providers stand on (circles too), weights and counts. */
export const tables: fc.Arbitrary<SectorTable> = fc
  .record({ providers: fc.integer({ min: 1, max: 7 }), platforms: fc.integer({ min: 1, max: 8 }) })
  .chain(({ providers, platforms }) => {
    const names = Array.from({ length: providers }, (_, i) => `p${i}`);
    const some = fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 });
    const provider = fc.record({
      probability: fc.constantFrom(0, 0.001, 0.03, 0.2, 0.5, 0.9, 1),
      standsOn: fc.array(some, { maxLength: 2 }),
      router: fc.boolean(),
    });
    const need = fc.record({
      need: fc.constantFrom('dns', 'cdn', 'rpc'),
      providers: some,
      own: fc.boolean(),
    });
    const platform = fc.record({
      weight: fc.constantFrom(1, 2, 3.5),
      count: fc.constantFrom(1, 1, 2),
      needs: fc.array(need, { maxLength: 3 }),
    });
    return fc.record({
      providers: fc.array(provider, { minLength: providers, maxLength: providers }),
      platforms: fc.array(platform, { minLength: platforms, maxLength: platforms }),
      isCounted: fc.boolean(),
    });
  })
  .map(({ providers, platforms, isCounted }) => ({
    name: 'random',
    title: 'Random',
    asOf: '2026-11-01',
    unit: 'platforms',
    source: 'made up',
    licence: 'none',
    limits: [],
    providers: providers.map(({ probability, standsOn, router }, i): SectorProvider => {
      const provider = {
        name: `p${i}`,
        title: `P ${i}`,
        probability,
        basis: 'test',
        ratePerYear: 3,
        standsOn: standsOn.filter((one) => !one.includes(`p${i}`)),
      };
      return router ? { ...provider, isRouter: true } : provider;
    }),
    platforms: platforms.map(({ weight, count, needs }, i) =>
      platformOf(
        `s${i}`,
        isCounted ? 1 : weight,
        count,
        needs.map(
          ({ need, providers: names, own }): SectorNeed =>
            own && names.length > 2 ? { need, providers: names, hasOwn: true } : { need, providers: names },
        ),
      ),
    ),
  }));

export function platformOf(
  name: string,
  weight: number,
  count: number,
  needs: readonly SectorNeed[],
): SectorPlatform {
  const ways = needs.flatMap(({ need, providers, hasOwn }) => (hasOwn === true ? [] : [{ need, providers }]));
  return {
    name,
    kind: 'site',
    weight,
    ...(count > 1 ? { count } : {}),
    ways: minimalWays(ways),
    uses: [...new Set(needs.flatMap(({ providers }) => providers))],
    needs,
  };
}

/** Who is down when these have failed by themselves: over and over until nobody follows. */
export function downOf(table: SectorTable, failed: ReadonlySet<string>): Set<string> {
  const down = new Set(failed);
  for (let before = -1; before !== down.size; ) {
    before = down.size;
    for (const { name, standsOn } of table.providers)
      if (standsOn.some((need) => need.every((one) => down.has(one)))) down.add(name);
  }
  return down;
}

/** What is down, by weight and by count. */
export function lostOf(table: SectorTable, down: ReadonlySet<string>): { weight: number; count: number } {
  let weight = 0;
  let count = 0;
  for (const platform of table.platforms)
    if (
      platform.needs?.some(
        ({ providers, hasOwn }) => hasOwn !== true && providers.every((one) => down.has(one)),
      )
    ) {
      weight += platform.weight * (platform.count ?? 1);
      count += platform.count ?? 1;
    }
  return { weight, count };
}

/** Every set of providers, as numbers of them. */
export function* subsets(names: readonly string[]): Generator<Set<string>> {
  for (let mask = 0; mask < 2 ** names.length; mask++)
    yield new Set(names.filter((_, i) => Math.floor(mask / 2 ** i) % 2 === 1));
}
