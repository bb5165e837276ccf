/**
 * Years are simulated in blocks that know nothing of each other. Whoever simulates them, in whatever order, the answer made of them
 * must be the same to the last byte.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOG, type Catalog } from '../../../src/catalog/index.ts';
import { loadCatalog } from '../../../src/catalog/load.ts';
import { buildModel, type Model } from '../../../src/model/index.ts';
import { parsePlan } from '../../../src/plan/index.ts';
import { randomStream, type Random } from '../../../src/random.ts';
import {
  blocksOf,
  simulateYears,
  simulateYearsBlock,
  yearsFrom,
  type Block,
  type YearsOptions,
} from '../../../src/replay/index.ts';
import { randomPlan } from '../random-plan.ts';

function modelOf(text: string, catalog: Catalog = EMPTY_CATALOG): Model {
  const { plan, problems } = parsePlan(text, 'plan.yaml');
  if (plan === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  const { model, problems: others } = buildModel(plan, catalog);
  if (model === undefined) throw new Error(others.map(({ message }) => message).join('\n'));
  return model;
}

const { catalog } = loadCatalog('data');
const HARBOR = modelOf(readFileSync('examples/harbor/plan.yaml', 'utf8'), catalog);
const MODELS: Readonly<Record<string, Model>> = {
  Harbor: HARBOR,
  ...Object.fromEntries(
    [3, 8, 21].map((seed) => [`random plan ${seed}`, modelOf(randomPlan(randomStream('plan', seed)))]),
  ),
};
const bytes = (value: unknown): string => JSON.stringify(value);

function shuffled(count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}

/** As workers do it: each has its own copy of the model, takes blocks as they come and hands back copies of them. */
function simulateShared(model: Model, options: YearsOptions, workers: number, random: Random): Block[] {
  const copies = Array.from({ length: workers }, () => structuredClone(model));
  const blocks: Block[] = [];
  for (const block of shuffled(blocksOf(options.years), random)) {
    const copy = copies[Math.floor(random() * workers)];
    if (copy === undefined) throw new Error('There is no such worker.');
    blocks[block] = structuredClone(simulateYearsBlock(copy, block, options));
  }
  return blocks;
}

describe('however blocks are shared out, the answer is the same to the last byte', () => {
  for (const [name, model] of Object.entries(MODELS))
    test(`of ${name}`, () => {
      for (const years of [1, 24, 25, 26, 60, 260]) {
        const options: YearsOptions = { years, seed: 7, catalog };
        const alone = bytes(simulateYears(model, options));
        for (const workers of [1, 2, 3, 7]) {
          const random = randomStream(`${name} ${years} ${workers}`);
          const blocks = simulateShared(model, options, workers, random);
          expect(blocks.map(({ rows }) => rows.length > 0)).toEqual(blocks.map(() => true));
          expect(bytes(yearsFrom(model, options, blocks))).toBe(alone);
        }
      }
    });

  test('with other lengths of outages, without shedding, and while somebody watches', () => {
    const options: YearsOptions = { years: 60, seed: 2, sigma: 0.5, shedding: false };
    const shares: number[] = [];
    const watched = simulateYears(HARBOR, { ...options, onProgress: (share) => shares.push(share) });
    expect(bytes(yearsFrom(HARBOR, options, simulateShared(HARBOR, options, 2, randomStream('two'))))).toBe(
      bytes(watched),
    );
    expect(shares).toEqual([0, 1 / 3, 2 / 3]);
  });
});

describe('a seed', () => {
  test('gives the same bytes each time', () => {
    for (const model of Object.values(MODELS)) {
      const once = bytes(simulateYears(model, { years: 60, seed: 3, catalog }));
      expect(bytes(simulateYears(model, { years: 60, seed: 3, catalog }))).toBe(once);
      expect(bytes(simulateYears(structuredClone(model), { years: 60, seed: 3, catalog }))).toBe(once);
    }
  });

  test('that is another gives other years; without one it is 1', () => {
    const found = [0, 1, 2, 3, 2 ** 31 - 1].map((seed) =>
      simulateYears(HARBOR, { years: 60, seed, catalog }),
    );
    expect(new Set(found.map(({ journeys }) => bytes(journeys))).size).toBe(5);
    expect(new Set(found.map(({ stateChanges }) => stateChanges)).size).toBeGreaterThan(1);
    expect(bytes(simulateYears(HARBOR, { years: 60, catalog }))).toBe(bytes(found[1]));
  });
});

describe('the worst year', () => {
  const oneService = (journey: string, outages: string): Model =>
    modelOf(`keelson: 1
platform: {name: P, asOf: 2026-01-01}
catalog: none
journeys: {j: {${journey} modes: {m: {needs: s}}}}
services: {s: {outages: ${outages}}}
`);

  test('is explained by outages that began before it or are not over', () => {
    const worst = simulateYears(oneService('loss: 1k USD/h,', '{rate: 0.3/yr, mean: 5yr}'), {
      years: 25,
    }).worst;
    expect(worst).toMatchObject({ downHours: 8766, loss: 8_766_000, downBefore: ['j'] });
    expect(worst?.incidents).toMatchObject([{ event: 's', day: null, downHours: 8766, loss: 8_766_000 }]);
  });

  test('goes by hours down where nothing was lost', () => {
    const waits = oneService('loss: [{after: 100d, rate: 1k USD/h}],', '{rate: 2/yr, mean: 2h}');
    const { worst, loss, journeys } = simulateYears(waits, { years: 50 });
    expect(loss?.most).toBe(0);
    expect(worst?.downHours).toBe(journeys[0]?.down.most);
    expect(worst?.downHours).toBeGreaterThan(0);
  });

  test('weighs every outage as what was lost while it lasted, however many there are', () => {
    const many = oneService('loss: 1k USD/h,', '{rate: 20000/yr, mean: 3m}');
    const { worst } = simulateYears(many, { years: 2 });
    for (const { hours, downHours, loss } of worst?.incidents ?? []) {
      expect(downHours).toBeCloseTo(hours, 9);
      expect(loss).toBeCloseTo(1000 * hours, 5);
    }
    expect(worst?.incidents).toHaveLength(6);
  });
});

describe('a number of years', () => {
  test('makes as many blocks of 25 as it takes, the last one shorter', () => {
    expect([1, 24, 25, 26, 50, 51, 1000].map(blocksOf)).toEqual([1, 1, 1, 2, 2, 3, 40]);
    const lengths = [1, 24, 25, 26, 60].map((years) =>
      Array.from({ length: blocksOf(years) }, (_, block) => {
        const { rows } = simulateYearsBlock(HARBOR, block, { years, catalog });
        return rows.length / (simulateYearsBlock(HARBOR, 0, { years: 1, catalog }).rows.length || 1);
      }),
    );
    expect(lengths).toEqual([[1], [24], [25], [25, 1], [25, 25, 10]]);
  });

  test('does not change the years before them', () => {
    const long = simulateYearsBlock(HARBOR, 0, { years: 60, catalog }).rows;
    for (const years of [1, 24, 25, 26]) {
      const { rows } = simulateYearsBlock(HARBOR, 0, { years, catalog });
      expect(rows).toEqual(long.slice(0, rows.length));
    }
    const blocks = [0, 1, 2].map((block) =>
      bytes([...simulateYearsBlock(HARBOR, block, { years: 75, catalog }).rows]),
    );
    expect(new Set(blocks).size).toBe(3);
  });

  test('counts every year once', () => {
    for (const years of [1, 24, 25, 26, 60]) {
      const { journeys, loss, worst, ...rest } = simulateYears(HARBOR, { years, seed: 5, catalog });
      expect(rest.years).toBe(years);
      for (const { modes, availability } of journeys)
        expect(modes.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(availability, 12);
      expect(worst?.loss).toBe(loss?.most);
      expect(worst?.year).toBeGreaterThan(0);
      expect(worst?.year).toBeLessThanOrEqual(years);
    }
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('of %s is refused', (years) => {
    expect(() => simulateYears(HARBOR, { years, catalog })).toThrow(RangeError);
    expect(() => blocksOf(years)).toThrow(RangeError);
  });
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('a spread of lengths of %s is refused', (sigma) => {
  expect(() => simulateYears(HARBOR, { years: 1, sigma })).toThrow(RangeError);
});

test.each([1.5, Number.NaN, Number.POSITIVE_INFINITY])('a seed of %s is refused', (seed) => {
  expect(() => simulateYears(HARBOR, { years: 1, seed, catalog })).toThrow(RangeError);
});
