import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOG } from '../catalog/index.ts';
import { buildModel, type Model } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import { sectorHtml, sectorMarkdown, sectorText, type SectorPageData } from '../reporters/index.ts';
import { sector, withChances, type Sector, type SectorTable } from './index.ts';
import { tableOfPlans, type PlansOptions } from './plans.ts';

const PROVIDERS = `
providers:
  edgy: {capabilities: {cdn: {kind: cdn, outages: {rate: 1/yr, mean: 2h}, needs: [cloudy/store]}}}
  other: {capabilities: {cdn: {kind: cdn}, waf: {kind: waf}}}
  cloudy: {capabilities: {store: {kind: storage}, dns: {kind: dns}}}
`;

function model(name: string, journeys: string, services: string): Model {
  const text = `keelson: 1
platform: {name: ${name}, kind: exchange, currency: USD, asOf: 2026-11-01}
journeys:
${journeys}
services:
${services}
${PROVIDERS}`;
  const { plan, problems } = parsePlan(text, 'plan.yaml');
  const built = plan === undefined ? undefined : buildModel(plan, EMPTY_CATALOG);
  if (built?.model === undefined) throw new Error(JSON.stringify([problems, built?.problems]));
  return built.model;
}

const ways = (one: Model, down?: PlansOptions['down']) => {
  const { table, leftOut } = tableOfPlans([{ file: 'plan.yaml', model: one }], {
    name: 'plans',
    title: 'Plans',
    ...(down === undefined ? {} : { down }),
  });
  const [platform] = table.platforms;
  const short = (
    all: typeof platform extends undefined ? never : NonNullable<typeof platform>['ways'] = [],
  ) => all.map(({ need, providers }) => `${need}: ${providers.join(' ')}`).sort();
  return { direct: short(platform?.ways), indirect: short(platform?.waysWithin), table, leftOut };
};

const page = (found: Sector, table: SectorTable): SectorPageData => ({
  schema: 'keelson.sector-page/1',
  version: '0',
  sector: found,
  table,
});

const TWO_EDGES = model(
  'Two',
  `  trade: {tier: core, modes: {full: {needs: [edge]}}}
  prices: {tier: deferrable, modes: {full: {needs: [cloudy/dns]}}}`,
  '  edge: {any: [edgy/cdn, other/cdn]}',
);

describe('the ways of a plan', () => {
  test('are the providers that take its highest tier down, by what it says itself and with inner needs', () => {
    const { direct, indirect, table } = ways(TWO_EDGES);
    expect(direct).toEqual(['trade: edgy other']);
    expect(indirect).toEqual(['trade: cloudy other', 'trade: edgy other']);
    expect(table.platforms[0]?.needs).toEqual([{ need: 'cdn', providers: ['edgy', 'other'], critical: [] }]);
    expect(table.providers.map(({ name, basis }) => [name, basis])).toEqual([
      ['cloudy', 'assumed'],
      ['edgy', 'plan'],
      ['other', 'assumed'],
    ]);
  });

  test('say which journeys are counted, and of how many platforms nothing is known', () => {
    const unknown = model(
      'Unknown',
      '  site: {tier: core, modes: {full: {needs: [hosting]}}}',
      '  hosting: {}',
    );
    const { table } = tableOfPlans(
      [TWO_EDGES, unknown, TWO_EDGES].map((each, i) => ({ file: `${i}.yaml`, model: each })),
      { name: 'plans', title: 'Plans' },
    );
    const found = sector(withChances(table));
    expect(found.platforms.nothingKnown).toEqual({ count: 1, weight: 1, share: 1 / 3 });
    expect(found.down).toEqual({
      by: 'tier',
      journeys: [
        { name: 'trade', platforms: 2 },
        { name: 'site', platforms: 1 },
      ],
    });
    const text = sectorText(found);
    expect(text).toContain('Down: any of the journeys of the highest tier: trade (2), site (1).');
    for (const said of [text, sectorMarkdown(found), sectorHtml('<!--answer-->', page(found, table))])
      expect(said).toContain(
        'Of 1 of 3 platforms nothing is known; counted as never down. Every share is of all 3.',
      );
  });

  test('say of each need who alone takes it away, whatever else they offer', () => {
    const both = model('Both', '  trade: {modes: {full: {needs: [edgy/cdn, other/cdn]}}}', '  spare: {}');
    const besides = model(
      'Besides',
      '  trade: {modes: {full: {needs: [edge, other/waf]}}}',
      '  edge: {any: [edgy/cdn, other/cdn]}',
    );
    const one = model('One', '  trade: {modes: {full: {needs: [edgy/cdn]}}}', '  spare: {}');
    expect(ways(both).table.platforms[0]?.needs).toEqual([
      { need: 'cdn', providers: ['edgy', 'other'], critical: ['edgy', 'other'] },
    ]);
    expect(ways(besides).table.platforms[0]?.needs).toEqual([
      { need: 'cdn', providers: ['edgy', 'other'], critical: [] },
      { need: 'waf', providers: ['other'], critical: ['other'] },
    ]);
    const plans = [both, besides, one].map((each, i) => ({ file: `${i}.yaml`, model: each }));
    const { table } = tableOfPlans(plans, { name: 'plans', title: 'Plans' });
    const [cdn] = sector(withChances(table)).needs;
    expect(cdn).toMatchObject({
      need: 'cdn',
      has: { count: 3 },
      single: { count: 1 },
      lostByOne: { count: 2 },
    });
    // edgy: ½ + ½ + 1 of 3.
    expect(cdn?.hhi).toBeCloseTo((2 / 3) ** 2 + (1 / 3) ** 2, 12);
  });

  test('are of any journey, or of one, where that is asked', () => {
    expect(ways(TWO_EDGES, { kind: 'any' }).direct).toEqual(['prices: cloudy', 'trade: edgy other']);
    expect(ways(TWO_EDGES, { kind: 'journey', name: 'prices' }).direct).toEqual(['prices: cloudy']);
    expect(ways(TWO_EDGES, { kind: 'journey', name: 'stake' }).leftOut).toEqual([
      { file: 'plan.yaml', reason: 'it has no journey stake' },
    ]);
  });

  test('are the minimal positive parts where losing more brings a journey back', () => {
    const one = model(
      'Refusing',
      '  trade: {tier: core, protections: {need: [waf], missing: refuse}, modes: {full: {needs: [edge]}}}',
      `  edge: {any: [front, back]}
  front: {needs: [edgy/cdn], protects: [waf]}
  back: {needs: [other/cdn]}`,
    );
    expect(ways(one).direct).toEqual(['trade: edgy']);
  });

  test('count for platforms by their names, two of the same name apart', () => {
    const { table } = tableOfPlans(
      [
        { file: 'a.yaml', model: TWO_EDGES },
        { file: 'b.yaml', model: TWO_EDGES },
      ],
      { name: 'plans', title: 'Plans' },
    );
    expect(table.platforms.map(({ name }) => name)).toEqual(['Two', 'Two (b.yaml)']);
    const { worst } = sector(withChances(table));
    expect(worst.indirect.map(({ down, ties }) => [down.count, ties])).toEqual([
      [0, 0],
      [2, 1],
      [2, 0],
    ]);
  });

  test('that are too many are kept up to some number of providers, and what is missing is in the bounds', () => {
    const members = Array.from({ length: 24 }, (_, i) => `p${i}`);
    const text = `keelson: 1
platform: {name: Wide, kind: chain, currency: USD, asOf: 2026-11-01}
journeys:
  finality: {tier: core, modes: {full: {needs: [{atLeast: 21, of: [${members.map((one) => `${one}/nodes`).join(', ')}]}]}}}
providers:
${members.map((one) => `  ${one}: {capabilities: {nodes: {kind: server}}}`).join('\n')}
`;
    const { plan } = parsePlan(text, 'plan.yaml');
    const built = plan === undefined ? undefined : buildModel(plan, EMPTY_CATALOG).model;
    if (built === undefined) throw new Error('The plan does not load.');
    // Any four of 24 take it down: 10,626 sets, of which 2,000 are kept, so none of four is known whole.
    const { table } = ways(built);
    expect(table.platforms[0]?.knownOrder).toBe(3);
    expect(table.limits.at(-1)).toMatch(/Wide \(3\)/);
    // What is lost by name is asked of the plan itself: of the 10,626 sets none is missed, and none of three is enough.
    for (const [lost, count] of [
      [members.slice(20), 1],
      [[3, 7, 11, 23].map((i) => `p${i}`), 1],
      [members.slice(21), 0],
    ] as const)
      expect(sector(withChances(table), { without: lost }).without?.down.count).toBe(count);
    const { worst, fewest, together } = sector(withChances(table));
    expect(worst.indirect.map(({ isExact, down }) => [isExact, down.count])).toEqual([
      [true, 0],
      [true, 0],
      [true, 0],
    ]);
    expect(fewest.map(({ atLeast }) => atLeast)).toEqual([4, 4, 4]);
    const p = 1 / 8766 / (1 + 1 / 8766);
    const exact = 10_626 * p ** 4 * (1 - p) ** 20;
    expect(together.count.any.together.probability[0]).toBeLessThanOrEqual(exact);
    expect(together.count.any.together.probability[1]).toBeGreaterThanOrEqual(exact);
  });
});
