import { describe, expect, test } from 'vitest';
import { parseDataset } from './dataset.ts';

const ABOUT = `title: Example
asOf: 2026-11-01
unit: platforms
source: made up
licence: none
limits: []
`;
const HEAD = 'platform,kind,weight,need,providers\n';
const PROVIDERS = 'provider,title,catalog,stands-on,router\n';

function read(platforms: string, providers?: string, dataset = ABOUT) {
  return parseDataset({
    name: 'example',
    dataset: { text: dataset, file: 'dataset.yaml' },
    platforms: { text: platforms, file: 'platforms.csv' },
    ...(providers === undefined ? {} : { providers: { text: providers, file: 'providers.csv' } }),
  });
}

const said = (platforms: string, providers?: string, dataset?: string): string[] =>
  read(platforms, providers, dataset).problems.map(
    ({ file, line, column, code }) => `${file}:${line}:${column} ${code}`,
  );

describe('a dataset', () => {
  test('is read: needs, alternatives, what is its own, and what providers stand on', () => {
    const { table, problems } = read(
      `${HEAD}a,site,2,dns,x|y\r\na,site,2,cdn,x\r\na,site,2,rpc,z|own\r\n"b, ""the"" second",,,,\r\n`,
      `${PROVIDERS}x,"X, Inc.",x/cdn;x/dns,y|z;w,\ny,,,,yes\nz,Z,,,no\nw,W,,,\n`,
    );
    expect(problems).toEqual([]);
    expect(table?.platforms).toEqual([
      {
        name: 'a',
        kind: 'site',
        weight: 2,
        // The loss of x alone takes the CDN away: a way with more than x says nothing.
        ways: [{ need: 'cdn', providers: ['x'] }],
        uses: ['x', 'y', 'z'],
        needs: [
          { need: 'dns', providers: ['x', 'y'] },
          { need: 'cdn', providers: ['x'] },
          { need: 'rpc', providers: ['z'], hasOwn: true },
        ],
      },
      { name: 'b, "the" second', kind: '', weight: 1, ways: [], uses: [], needs: [] },
    ]);
    expect(table?.providers).toEqual([
      {
        name: 'x',
        title: 'X, Inc.',
        probability: null,
        basis: 'unknown',
        standsOn: [['y', 'z'], ['w']],
        catalog: ['x/cdn', 'x/dns'],
      },
      { name: 'y', title: 'y', probability: null, basis: 'unknown', standsOn: [], isRouter: true },
      { name: 'z', title: 'Z', probability: null, basis: 'unknown', standsOn: [] },
      { name: 'w', title: 'W', probability: null, basis: 'unknown', standsOn: [] },
    ]);
  });

  test('takes the names of providers as they are where no file lists them', () => {
    expect(read(`${HEAD}a,,,dns,x|y\nb,,,dns,y\n`).table?.providers.map(({ name }) => name)).toEqual([
      'x',
      'y',
    ]);
  });

  test('knows outages and counts where its columns say them', () => {
    const { table } = read(
      'platform,kind,weight,need,providers,count\na,,1,dns,x,40\n',
      'provider,title,catalog,stands-on,router,rate-a-year,mean-hours\nx,,,,,2,3\n',
    );
    expect(table?.platforms[0]?.count).toBe(40);
    expect(table?.providers[0]).toMatchObject({
      probability: 6 / 8766 / (1 + 6 / 8766),
      ratePerYear: 2,
      basis: 'dataset',
    });
  });

  test('says all that is wrong at once, each at its place', () => {
    expect(
      said(
        `${HEAD}a,site,0,dns,x\na,shop,1,dns,q\nc,,1,dns\nd,,1,,x\ne,,1,dns,\nf\u0007,,1,dns,x\ng,,1,dns,x;y\n`,
        `${PROVIDERS}x,X,,y|nobody,perhaps\nx,,,,\nown,,,,\n`,
        'title: Example\nasOf: soon\n',
      ).sort(),
    ).toEqual(
      [
        'dataset.yaml:1:1 missing-key',
        'dataset.yaml:1:1 missing-key',
        'dataset.yaml:1:1 missing-key',
        'dataset.yaml:1:1 missing-key',
        'dataset.yaml:2:7 wrong-type',
        'providers.csv:2:6 unlisted-provider',
        'providers.csv:2:15 wrong-word',
        'providers.csv:2:8 unlisted-provider',
        'providers.csv:3:1 listed-twice',
        'providers.csv:4:1 bad-name',
        'platforms.csv:2:8 out-of-range',
        'platforms.csv:3:1 platform-differs',
        'platforms.csv:3:14 unlisted-provider',
        'platforms.csv:4:1 csv-fields',
        'platforms.csv:5:7 missing-key',
        'platforms.csv:6:10 missing-key',
        'platforms.csv:7:1 bad-name',
        'platforms.csv:8:10 bad-name',
        'platforms.csv:8:10 missing-key',
        'platforms.csv:8:10 unlisted-provider',
      ].sort(),
    );
  });

  test.each([
    ['a quote that is never closed', `${HEAD}a,"b,1,dns,x\n`, 'platforms.csv:2:3 csv-quote'],
    ['a quote in the middle', `${HEAD}a,b"c,1,dns,x\n`, 'platforms.csv:2:3 csv-quote'],
    ['more after a quote', `${HEAD}a,"b"c,1,dns,x\n`, 'platforms.csv:2:3 csv-quote'],
    ['a field without end', `${HEAD}${'x'.repeat(30_000)},,1,dns,x\n`, 'platforms.csv:2:1 csv-quote'],
    ['a column too few', 'platform,kind,weight,need\n', 'platforms.csv:1:1 missing-key'],
    ['a column too many', 'platform,kind,weight,need,providers,colour\n', 'platforms.csv:1:37 unknown-key'],
    ['a column twice', 'platform,kind,weight,need,providers,kind\n', 'platforms.csv:1:37 duplicate-key'],
    ['nothing', '', 'platforms.csv:1:1 empty-document'],
    ['no platform', HEAD, 'platforms.csv:1:1 too-few'],
    ['an empty line', `${HEAD}\na,,1,dns,x\n`, 'platforms.csv:2:1 csv-fields'],
  ])('refuses %s', (_, platforms, problem) => {
    expect(said(platforms)).toEqual([problem]);
    expect(read(platforms).table).toBeUndefined();
  });

  test('bounds how many problems it says', () => {
    const rows = Array.from({ length: 500 }, (_, i) => `p${i},,-1,dns,x`).join('\n');
    const { problems } = read(`${HEAD}${rows}\n`);
    expect(problems).toHaveLength(71);
    expect(problems.at(-1)?.code).toBe('more-problems');
  });
});
