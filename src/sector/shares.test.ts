import { expect, test } from 'vitest';
import { parseDataset } from './dataset/dataset.ts';
import { sector, withChances } from './index.ts';
import { makeNetwork } from './network.ts';
import { needFigures, overallConcentration } from './shares.ts';

function tableOf(rows: string) {
  const { table, problems } = parseDataset({
    name: 'rows',
    dataset: {
      text: 'title: Rows\nasOf: 2026-11-01\nunit: sites\nsource: made up\nlicence: none\nlimits: []\n',
      file: 'dataset.yaml',
    },
    platforms: { text: `platform,kind,weight,need,providers\n${rows}`, file: 'platforms.csv' },
  });
  if (table === undefined) throw new Error(JSON.stringify(problems));
  return table;
}

test('two rows of one need are two providers of it, each of which takes it away', () => {
  const network = makeNetwork(tableOf('x,,,dns,a\nx,,,dns,b\ny,,,dns,a|b\n'));
  const [dns] = needFigures(network);
  expect(dns).toMatchObject({
    has: { count: 2 },
    single: { count: 0, share: 0 },
    lostByOne: { count: 1, share: 0.5 },
  });
  // Each platform weighs one, half of it with either.
  expect(dns?.hhi).toBeCloseTo(0.5, 12);
  expect(overallConcentration(network).hhi).toBeCloseTo(0.5, 12);
});

test('a platform weighs as much as it does, however many rows it has', () => {
  const [dns] = needFigures(makeNetwork(tableOf('x,,,dns,a\nx,,,dns,b\nx,,,dns,c\ny,,3,dns,d\n')));
  expect(dns?.largest).toEqual({ provider: 'd', share: 0.75 });
  expect(dns?.hhi).toBeCloseTo(0.75 ** 2 + 3 * (1 / 12) ** 2, 12);
});

test('what is its own in one row is no second source of another', () => {
  const [dns] = needFigures(makeNetwork(tableOf('x,,,dns,a\nx,,,dns,own\n')));
  expect(dns).toMatchObject({ single: { count: 0 }, lostByOne: { count: 1 } });
  expect(dns?.largest).toEqual({ provider: 'a', share: 0.5 });
});

test('rows without a need are platforms of which nothing is known, and rows of their own are not', () => {
  const { platforms, down } = sector(
    withChances(tableOf('x,,3,,\ny,,1,dns,a\nz,,1,dns,own\nv,,1,dns,a|own\n')),
  );
  expect(platforms).toMatchObject({ unknown: 3, nothingKnown: { count: 1, weight: 3, share: 0.5 } });
  expect(down).toBeNull();
});
