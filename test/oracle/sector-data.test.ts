import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDataset } from '../../src/sector/dataset/dataset.ts';
import type { SectorPlatform, SectorTable } from '../../src/sector/table.ts';
import { root } from '../cli/keelson.ts';

/** What was published of the shipped datasets, counted anew from them in the plainest way there is: not with the engine. */
const folder = join(root, 'data', 'sector');
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const read = (name: string, file: string) => readFileSync(join(folder, name, file), 'utf8');

function parsed(name: string) {
  const named = (file: string) => ({ text: read(name, file), file: join(name, file) });
  return parseDataset({
    name,
    dataset: named('dataset.yaml'),
    platforms: named('platforms.csv'),
    providers: named('providers.csv'),
  });
}

function tableOf(name: string): SectorTable {
  const { table } = parsed(name);
  if (table === undefined) throw new Error(`${name} is no dataset.`);
  return table;
}

const amountOf = ({ weight, count = 1 }: SectorPlatform) => weight * count;
const total = (platforms: readonly SectorPlatform[]) =>
  platforms.reduce((sum, one) => sum + amountOf(one), 0);
const isKind = (kind: string) => (platform: SectorPlatform) =>
  platform.kind === kind || platform.kind.startsWith(`${kind}/`);

/** The share of platforms that lose one of these needs when these providers are lost, as the measurement counted: what they stand on aside. */
function shareLost(platforms: readonly SectorPlatform[], lost: readonly string[], needs?: readonly string[]) {
  const hit = platforms.filter(({ ways }) =>
    ways.some(
      ({ need, providers }) =>
        (needs?.includes(need) ?? true) && providers.every((provider) => lost.includes(provider)),
    ),
  );
  return total(hit) / total(platforms);
}

const rounded = (share: number) => Number(share.toFixed(4));

describe.each(names)('the dataset %s', (name) => {
  test('is one, with nothing wrong', () => {
    const { table, problems } = parsed(name);
    expect(problems).toEqual([]);
    expect(table?.limits.length).toBeGreaterThan(2);
  });

  test('says in a page where it is from', () => {
    const page = read(name, 'README.md');
    for (const heading of ['Origin', 'Licence', 'How it was made', 'Limits'])
      expect(page).toContain(`## ${heading}`);
  });

  test('lists no provider that nobody names', () => {
    const { platforms, providers } = tableOf(name);
    const used = new Set([
      ...platforms.flatMap(({ uses }) => uses),
      ...providers.flatMap(({ standsOn }) => standsOn.flat()),
    ]);
    expect(providers.map((provider) => provider.name).filter((provider) => !used.has(provider))).toEqual([]);
  });
});

describe('crypto sites of 2020', () => {
  const { platforms, providers } = tableOf('crypto-sites-2020');
  const named = platforms.filter(isKind('named'));
  const published = ['dns', 'cdn'];

  test.each([
    ['named', named, 101, 0.6337, 0.3465, 0.8515, 0.1287],
    ['all', platforms, 476, 0.5609, 0.1744, 0.687, 0.0483],
  ])('%s: the shares that were published', (_, sites, count, cloudflare, aws, either, both) => {
    expect(sites).toHaveLength(count);
    const byCloudflare = shareLost(sites, ['cloudflare'], published);
    const byAws = shareLost(sites, ['aws'], published);
    expect(rounded(byCloudflare)).toBe(cloudflare);
    expect(rounded(byAws)).toBe(aws);
    const hit = (provider: string) =>
      new Set(sites.filter((site) => shareLost([site], [provider], published) === 1).map(({ name }) => name));
    const [first, second] = [hit('cloudflare'), hit('aws')];
    const inBoth = [...first].filter((name) => second.has(name)).length;
    expect(rounded((first.size + second.size - inBoth) / count)).toBe(either);
    expect(rounded(inBoth / count)).toBe(both);
  });

  test('smaller providers come out as published too', () => {
    const shares = (sites: readonly SectorPlatform[]) =>
      ['akamai', 'godaddy', 'fastly', 'google'].map((provider) =>
        rounded(shareLost(sites, [provider], published)),
      );
    expect(shares(named)).toEqual([0.0594, 0, 0.0099, 0.0099]);
    expect(shares(platforms)).toEqual([0.0252, 0.0378, 0.0084, 0.0315]);
  });

  test('a certificate authority whose answer is stapled takes nobody down', () => {
    expect(platforms.find(({ name }) => name === 'coinbase.com')?.ways.map(({ need }) => need)).toEqual([
      'dns',
      'cdn',
    ]);
    expect(platforms.find(({ name }) => name === 'coinbase.com')?.uses).toContain('digicert');
  });

  test('says which companies stood on whose name servers', () => {
    const standsOn = Object.fromEntries(
      providers.filter(({ standsOn }) => standsOn.length > 0).map(({ name, standsOn }) => [name, standsOn]),
    );
    expect(standsOn).toMatchObject({
      digicert: [['dnsmadeeasy']],
      fastly: [['dyn']],
      letsencrypt: [['cloudflare']],
      stackpath: [['aws', 'ns1']],
    });
    expect(standsOn.godaddy).toBeUndefined();
  });
});

describe('endpoints of chains', () => {
  const { platforms, providers } = tableOf('rpc-endpoints');
  const routers = new Set(providers.filter(({ isRouter }) => isRouter).map(({ name }) => name));
  const sources = ({ uses }: SectorPlatform) => uses.filter((name) => !routers.has(name)).length;

  test.each([
    ['evm', 1361, 1187, 1199],
    ['evm/viem', 370, 261, 271],
    ['cosmos', 215, 60, 60],
    ['substrate', 75, 39, 39],
  ])(
    '%s: chains, those with one provider, and those with one that is no router',
    (kind, chains, one, noRouter) => {
      const of = platforms.filter(isKind(kind));
      expect(of).toHaveLength(chains);
      expect(of.filter(({ uses }) => uses.length === 1)).toHaveLength(one);
      expect(of.filter((chain) => sources(chain) === 1)).toHaveLength(noRouter);
      expect(of.filter((chain) => sources(chain) === 0)).toEqual([]);
    },
  );

  test('who is on most EVM chains, routers and ties among them', () => {
    const evm = platforms.filter(isKind('evm'));
    const most = providers
      .map(({ name }) => [name, evm.filter(({ uses }) => uses.includes(name)).length] as const)
      .filter(([, chains]) => chains >= 18)
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    expect(most).toEqual([
      ['publicnode', 34],
      ['drpc', 29],
      ['ava-labs', 21],
      ['ankr', 18],
      ['caldera', 18],
    ]);
    expect(most.filter(([name]) => routers.has(name)).map(([name]) => name)).toEqual(['drpc']);
    const said = readFileSync(join(root, 'docs', 'findings.md'), 'utf8');
    expect(said).toContain(
      'routers left out: PublicNode (34), Ava Labs (21), Ankr (18), Caldera (18); of the routers dRPC (29).',
    );
  });

  test('holds no address of a machine', () => {
    expect(
      providers.filter(({ name, title }) => /^[\d.]+$/.test(name) || /\d+\.\d+\.\d+\.\d+/.test(title)),
    ).toEqual([]);
  });
});

describe('who hosts nodes', () => {
  const { platforms } = tableOf('node-hosting');
  const { platforms: stake } = tableOf('avalanche-2022-stake');

  /** Hosts of a network with what they hold, largest first, of all; the concentration is over hosts that are known. */
  function hostsOf(of: readonly SectorPlatform[], kind: string) {
    const rows = of.filter((platform) => platform.kind === kind);
    const all = total(rows);
    const shares = rows
      .map((row) => ({ name: row.uses[0] ?? 'unknown', share: amountOf(row) / all }))
      .sort((a, b) => b.share - a.share);
    const known = shares.filter(({ name }) => name !== 'unknown');
    const ofKnown = known.reduce((sum, { share }) => sum + share, 0);
    const concentration = known.reduce((sum, { share }) => sum + ((share / ofKnown) * 100) ** 2, 0);
    return { all, shares, concentration };
  }

  test.each([
    ['ethereum-el', 17_356, 'aws', 0.178, 562.2],
    ['polygon-pos', 11_242, 'aws', 0.1786, 714.7],
    ['filecoin', 256, 'as4766', 0.1523, 448.6],
    ['avalanche-primary', 1171, 'aws', 0.6721, 4620.7],
  ])(
    '%s: nodes, the largest host and the concentration as published',
    (kind, nodes, host, share, concentration) => {
      const found = hostsOf(platforms, kind);
      expect(found.all).toBe(nodes);
      expect(found.shares[0]?.name).toBe(host);
      expect(rounded(found.shares[0]?.share ?? 0)).toBe(share);
      expect(found.concentration).toBeCloseTo(concentration, 1);
    },
  );

  test('Avalanche by stake', () => {
    const { shares, concentration } = hostsOf(stake, 'avalanche-primary');
    expect(shares.slice(0, 3).map(({ name, share }) => [name, rounded(share)])).toEqual([
      ['aws', 0.7744],
      ['vultr', 0.0484],
      ['netcup', 0.0483],
    ]);
    expect(concentration).toBeCloseTo(6064.9, 0);
  });

  test('37 Cosmos chains, and Hetzner in most of them', () => {
    const kinds = [...new Set(platforms.map(({ kind }) => kind))].filter((kind) =>
      kind.startsWith('cosmos/'),
    );
    const byHetzner = kinds.map(
      (kind) => hostsOf(platforms, kind).shares.find(({ name }) => name === 'hetzner')?.share ?? 0,
    );
    expect(kinds).toHaveLength(37);
    expect(total(platforms.filter(isKind('cosmos')))).toBe(2677);
    expect(rounded(shareLost(platforms.filter(isKind('cosmos')), ['hetzner']))).toBe(0.4535);
    expect([1 / 3, 1 / 2, 2 / 3].map((least) => byHetzner.filter((share) => share >= least).length)).toEqual([
      32, 12, 2,
    ]);
  });

  test('networks.csv says when each was counted', () => {
    const dates = read('node-hosting', 'networks.csv').trim().split('\n').slice(1);
    expect(dates.map((line) => line.split(',')[0])).toEqual([...new Set(platforms.map(({ kind }) => kind))]);
  });
});

describe('Solana before Hetzner cut validators off', () => {
  test('its share of validators and of stake', () => {
    const { platforms } = tableOf('solana-2022');
    expect(total(platforms)).toBe(2086);
    // The press said about 40 % of validators and more than 20 % of stake, and more than 1,000 validators lost.
    expect(rounded(shareLost(platforms, ['hetzner']))).toBe(0.4396);
    expect(rounded(shareLost(tableOf('solana-2022-stake').platforms, ['hetzner']))).toBe(0.2435);
  });

  test('its clusters fell apart and the others did not', () => {
    const rows = read('solana-2022', 'after.csv')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));
    const together = (isHetzner: boolean) => {
      const last = rows.filter(
        ([, provider, , epoch]) => (provider === 'hetzner') === isHetzner && epoch === '372',
      );
      const sum = (column: number) => last.reduce((all, row) => all + Number(row[column]), 0);
      return sum(6) / sum(2);
    };
    expect(together(true)).toBeLessThan(0.3);
    expect(together(false)).toBeGreaterThan(0.8);
  });

  test('184 epochs, the last before it among them', () => {
    const [head, ...rows] = read('solana-2022', 'epochs.csv').trim().split('\n');
    expect(rows).toHaveLength(184);
    expect(head?.startsWith('epoch,date,validators')).toBe(true);
    expect(rows.some((row) => row.startsWith('366,2022-10-31,2086,'))).toBe(true);
  });
});
