import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lose, makeNetwork, sector, type SectorTable } from '../../src/sector/index.ts';
import { lossesOf } from '../../src/sector/losses.ts';
import { findFewest } from '../../src/sector/fewest.ts';
import { needFigures, providerFigures } from '../../src/sector/shares.ts';
import { togetherOf } from '../../src/sector/at-once/together.ts';
import { findWorst } from '../../src/sector/worst.ts';
import { downOf, lostOf, platformOf, subsets, tables } from './sector-truth.ts';

const RUNS = { numRuns: 80, seed: 20261101 };
const names = (table: SectorTable): string[] => table.providers.map(({ name }) => name);

/** P(state) by which providers have failed by themselves. */
function chanceOf(table: SectorTable, failed: ReadonlySet<string>): number {
  return table.providers.reduce(
    (product, { name, probability }) =>
      product * (failed.has(name) ? (probability ?? 0) : 1 - (probability ?? 0)),
    1,
  );
}

/** Whether a value lies between bounds that are no further apart than `wide`. */
function holds([low, high]: readonly [number, number], value: number, wide: number, slack: number): boolean {
  return low <= value + slack && high >= value - slack && high - low <= wide;
}

describe('on small tables, against every state of the providers', () => {
  test('what each provider takes down, alone and with what others stand on', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const found = providerFigures(makeNetwork(table));
        for (const { name, direct, indirect, amplification, takesAlong } of found) {
          const alone = lostOf(table, new Set([name]));
          const down = downOf(table, new Set([name]));
          const all = lostOf(table, down);
          expect(direct.weight).toBeCloseTo(alone.weight, 9);
          expect(direct.count).toBe(alone.count);
          expect(indirect.weight).toBeCloseTo(all.weight, 9);
          expect(indirect.count).toBe(all.count);
          expect(takesAlong).toBe(down.size - 1);
          if (alone.weight === 0) expect(amplification).toBeNull();
          else expect(amplification).toBeCloseTo(all.weight / alone.weight, 9);
        }
      }),
      RUNS,
    );
  });

  test('what is down when providers are lost', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const network = makeNetwork(table);
        for (const lost of subsets(names(table))) {
          const found = lose(
            network,
            [...lost].map((one) => network.indexOf.get(one) ?? -1),
          );
          const down = downOf(table, lost);
          expect(new Set(found.providers.map((i) => table.providers[i]?.name))).toEqual(down);
          expect(found.weight).toBeCloseTo(lostOf(table, down).weight, 9);
          expect(found.count).toBe(lostOf(table, down).count);
        }
      }),
      { ...RUNS, numRuns: 40 },
    );
  });

  test('the worst one, two and three, and who does as much', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const network = makeNetwork(table);
        for (const how of ['direct', 'indirect'] as const) {
          const losses = lossesOf(network.groups, table.providers.length, how);
          for (const size of [1, 2, 3] as const) {
            const taking = new Set(
              losses.sets.flatMap((sets) => sets.filter((one) => one.length <= size).flat()),
            );
            const those = names(table).filter((_, i) => taking.has(i));
            const all = [...subsets(those)]
              .filter((one) => one.size === Math.min(size, those.length))
              .map((one) => lostOf(table, how === 'direct' ? one : downOf(table, one)).weight);
            const most = Math.max(...all);
            const found = findWorst(losses, size);
            expect(found.weight).toBeCloseTo(most, 9);
            expect(found.atMost).toBeCloseTo(most, 9);
            const chosen = new Set(found.providers.map((i) => table.providers[i]?.name ?? ''));
            expect(chosen.size).toBe(Math.min(size, those.length));
            expect(lostOf(table, how === 'direct' ? chosen : downOf(table, chosen)).weight).toBeCloseTo(
              most,
              9,
            );
            if (most > 0)
              expect(found.ties).toBe(all.filter((one) => Math.abs(one - most) < 1e-9).length - 1);
          }
        }
      }),
      RUNS,
    );
  });

  test('the fewest that take down so much', () => {
    fc.assert(
      fc.property(tables, fc.constantFrom(0.1, 1 / 3, 0.5, 2 / 3, 1), (table, share) => {
        const network = makeNetwork(table);
        const losses = lossesOf(network.groups, table.providers.length, 'indirect');
        const enough = [...subsets(names(table))].filter(
          (one) => lostOf(table, downOf(table, one)).weight >= share * network.weight - 1e-9,
        );
        const fewest = enough.reduce((least, one) => Math.min(least, one.size), Number.POSITIVE_INFINITY);
        const found = findFewest(losses, share * losses.total);
        if (enough.length === 0) expect(found.providers).toBeUndefined();
        else {
          expect(found.providers?.length).toBe(fewest);
          expect(found.atLeast).toBe(fewest);
          const chosen = new Set((found.providers ?? []).map((i) => table.providers[i]?.name ?? ''));
          expect(lostOf(table, downOf(table, chosen)).weight).toBeGreaterThanOrEqual(
            share * network.weight - 1e-9,
          );
        }
      }),
      RUNS,
    );
  });

  test.each([
    ['by conditioning', { conditioning: 1e9, states: 0 }],
    ['by states', { conditioning: 0, states: 1e8 }],
    ['by states, as far as a few steps reach', { conditioning: 0, states: 60 }],
  ])('how much is down at once, %s', (_, steps) => {
    fc.assert(
      fc.property(tables, (table) => {
        const network = makeNetwork(table);
        const found = togetherOf(network, 'count', steps);
        const truth = new Float64Array(network.count + 1);
        let mean = 0;
        const flow = new Float64Array(network.count + 1);
        for (const failed of subsets(names(table))) {
          const p = chanceOf(table, failed);
          if (p === 0) continue;
          const { count } = lostOf(table, downOf(table, failed));
          mean += p * count;
          truth[count] = (truth[count] as number) + p;
          let rate = 0;
          for (const { name, probability } of table.providers)
            rate += failed.has(name)
              ? (3 * (1 - (probability ?? 0))) / (probability ?? 0)
              : probability === 0
                ? 0
                : -3;
          flow[count] = (flow[count] as number) + p * rate;
        }
        const isCertain = table.providers.some(({ probability }) => probability === 1);
        expect(found.mean).toBeCloseTo(mean / network.count, 9);
        if (steps.conditioning > 0) expect(found.undecided).toBe(0);
        const wrong = found.curve.filter(({ share, together }) => {
          const from = share === 0 ? 1 : Math.ceil(share * network.count - 1e-9);
          const p = truth.slice(from).reduce((a, b) => a + b, 0);
          if (!holds(together.probability, p, found.undecided === 0 ? 1e-12 : 2, 1e-12)) return true;
          const rate = Math.max(
            0,
            flow.slice(from).reduce((a, b) => a + b, 0),
          );
          const isExact = found.undecided === 0;
          return (
            !isCertain &&
            !holds(together.perYear ?? [0, 0], rate, isExact ? 1e-8 : Number.POSITIVE_INFINITY, 1e-8)
          );
        });
        expect(wrong).toEqual([]);
      }),
      RUNS,
    );
  });

  test('how much weight is down at once, between bounds that hold', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const network = makeNetwork(table);
        const found = togetherOf(network, 'weight');
        const states = [...subsets(names(table))].map((failed) => ({
          share: lostOf(table, downOf(table, failed)).weight / network.weight,
          p: chanceOf(table, failed),
        }));
        const wrong = found.curve.slice(1).filter(({ share, together }) => {
          const p = states.reduce((sum, state) => sum + (state.share >= share - 1e-9 ? state.p : 0), 0);
          return !holds(together.probability, p, 1, 1e-12);
        });
        expect(wrong).toEqual([]);
      }),
      { ...RUNS, numRuns: 40 },
    );
  });

  test('the same if each failed by itself', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const network = makeNetwork(table);
        // P(down) of each platform, one by one, then every set of platforms that could be down.
        const single = table.platforms.flatMap((platform) => {
          let p = 0;
          for (const failed of subsets(names(table)))
            if (lostOf({ ...table, platforms: [platform] }, downOf(table, failed)).count > 0)
              p += chanceOf(table, failed);
          return new Array<number>(platform.count ?? 1).fill(p);
        });
        let spread = [1];
        for (const p of single)
          spread = [...spread, 0].map(
            (one, k) => one * (1 - p) + (k > 0 ? (spread[k - 1] as number) * p : 0),
          );
        const { curve } = togetherOf(network, 'count');
        const wrong = curve.filter(({ share, independent }) => {
          const from = share === 0 ? 1 : Math.ceil(share * network.count - 1e-9);
          return !holds(
            independent.probability,
            spread.slice(from).reduce((a, b) => a + b, 0),
            1e-9,
            1e-9,
          );
        });
        expect(wrong).toEqual([]);
      }),
      { ...RUNS, numRuns: 40 },
    );
  });

  test('how concentrated needs are', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const routers = new Set(table.providers.filter(({ isRouter }) => isRouter).map(({ name }) => name));
        for (const found of needFigures(makeNetwork(table))) {
          const those = table.platforms.flatMap(({ weight, count = 1, needs = [] }) => {
            const rows = needs.filter(({ need }) => need === found.need);
            if (rows.length === 0) return [];
            // Who offers it, the platform itself among them.
            const offer = [
              ...new Set(
                rows.flatMap(({ providers, hasOwn }) => (hasOwn ? [...providers, 'own'] : providers)),
              ),
            ];
            const isLost = (lost: string): boolean =>
              rows.some(({ providers, hasOwn }) => !hasOwn && providers.every((one) => one === lost));
            return [{ weight: weight * count, offer, isLostByOne: names(table).some(isLost) }];
          });
          const sum = (is: (one: (typeof those)[number]) => boolean): number =>
            those.filter(is).reduce((all, { weight }) => all + weight, 0);
          const all = sum(() => true);
          const parts = names(table).map(
            (name) =>
              those.reduce(
                (part, { weight, offer }) => part + (offer.includes(name) ? weight / offer.length : 0),
                0,
              ) / all,
          );
          expect(found.hhi).toBeCloseTo(
            parts.reduce((square, part) => square + part * part, 0),
            9,
          );
          expect(found.has.weight).toBeCloseTo(all, 9);
          const isNobodys = ({ offer }: (typeof those)[number]): boolean => !offer.includes('own');
          for (const [figure, is] of [
            [found.single, (one) => isNobodys(one) && one.offer.length === 1],
            [
              found.singleWithoutRouters,
              (one) => isNobodys(one) && one.offer.filter((name) => !routers.has(name)).length <= 1,
            ],
            [found.lostByOne, ({ isLostByOne }) => isLostByOne],
          ] as const satisfies [unknown, (one: (typeof those)[number]) => boolean][]) {
            expect(figure.weight).toBeCloseTo(sum(is), 9);
            expect(figure.share).toBeCloseTo(sum(is) / all, 9);
          }
        }
      }),
      RUNS,
    );
  });
});

describe('in closed form', () => {
  const table = (platforms: number, provider: (i: number) => string, p: number): SectorTable => ({
    name: 'closed',
    title: 'Closed',
    asOf: '2026-11-01',
    unit: 'platforms',
    source: 'made up',
    licence: 'none',
    limits: [],
    providers: [...new Set(Array.from({ length: platforms }, (_, i) => provider(i)))].map((name) => ({
      name,
      title: name,
      probability: p,
      ratePerYear: 1,
      basis: 'test',
      standsOn: [],
    })),
    platforms: Array.from({ length: platforms }, (_, i) =>
      platformOf(`s${i}`, 1, 1, [{ need: 'dns', providers: [provider(i)] }]),
    ),
  });

  test('one provider under all: all or none', () => {
    const { curve, mean } = togetherOf(makeNetwork(table(1000, () => 'one', 0.001)), 'count');
    for (const { together } of curve) expect(together.probability).toEqual([0.001, 0.001]);
    expect(mean).toBeCloseTo(0.001, 15);
    expect(curve[5]?.ratio?.[0]).toBeGreaterThan(1e50);
    expect(curve[99]?.ratio).toBeNull();
  });

  test('a provider each: the binomial distribution, with and without independence', () => {
    const [n, p] = [200, 0.05];
    const { curve } = togetherOf(makeNetwork(table(n, (i) => `p${i}`, p)), 'count');
    const chances: number[] = [];
    let log = n * Math.log1p(-p);
    for (let k = 0; k <= n; k++) {
      chances.push(Math.exp(log));
      log += Math.log((n - k) / (k + 1)) + Math.log(p / (1 - p));
    }
    for (const { share, together, independent } of curve.slice(1, 30)) {
      const tail = chances.slice(Math.round(share * n)).reduceRight((a, b) => a + b, 0);
      for (const found of [...together.probability, ...independent.probability])
        expect(found / tail).toBeCloseTo(1, 10);
    }
  });

  test('two alternatives do together what none does alone', () => {
    const pairs: SectorTable = {
      ...table(3, (i) => `p${i}`, 0.1),
      platforms: [
        ...Array.from({ length: 5 }, (_, i) =>
          platformOf(`x${i}`, 1, 1, [{ need: 'dns', providers: ['p1', 'p2'] }]),
        ),
        ...Array.from({ length: 3 }, (_, i) =>
          platformOf(`y${i}`, 1, 1, [{ need: 'dns', providers: ['p0'] }]),
        ),
      ],
    };
    const { worst } = sector(pairs);
    expect(worst.indirect.map(({ providers, down }) => [providers.toSorted(), down.count])).toEqual([
      [['p0'], 3],
      [['p1', 'p2'], 5],
      [['p0', 'p1', 'p2'], 8],
    ]);
  });

  test('a circle of providers goes down as one', () => {
    const base = table(3, (i) => `p${i}`, 0.1);
    const circle = {
      ...base,
      providers: base.providers.map((one, i) => ({ ...one, standsOn: [[`p${(i + 1) % 3}`]] })),
    };
    const { providers, together } = sector(circle);
    expect(providers.map(({ indirect, amplification }) => [indirect.count, amplification])).toEqual([
      [3, 3],
      [3, 3],
      [3, 3],
    ]);
    expect(together.count.curve.at(-1)?.together.probability[0]).toBeCloseTo(1 - 0.9 ** 3, 12);
  });
});
