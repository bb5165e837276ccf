import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCatalog } from './load.ts';
import { NodeHosts, readNodeHosts } from './node-hosts.ts';

const data = join(import.meta.dirname, '..', '..', 'data');
const file = join(data, 'rpc', 'evm-hosts.csv');
const rows = readNodeHosts({ file, text: readFileSync(file, 'utf8') });

describe('domains of nodes', () => {
  test.each([
    ['https://mainnet.infura.io/v3', 'infura.io', 'infura'],
    ['https://infura.io', 'infura.io', 'infura'],
    ['wss://eth-mainnet.g.alchemy.com/v2/', 'alchemy.com', 'alchemy'],
    ['https://a-b.matic.quiknode.pro:8443', 'quiknode.pro', 'quicknode'],
    ['https://ethereum-rpc.publicnode.com', 'publicnode.com', undefined],
    ['https://notinfura.io', undefined, undefined],
    ['https://infura.io.evil.example', undefined, undefined],
    ['https://node.example', undefined, undefined],
    ['http://127.0.0.1:8545', undefined, undefined],
    ['http://[::1]:8545', undefined, undefined],
    ['http://localhost:8545', undefined, undefined],
  ])('%s is at %s', (url, domain, catalog) => {
    const found = new NodeHosts(rows).find(url);
    expect([found?.domain, found?.catalog]).toEqual([domain, catalog]);
  });

  test('have the routers that say so, and no machine’s address', () => {
    const routers = rows.flatMap(({ domain, isRouter }) => (isRouter ? [domain] : []));
    expect(routers).toEqual(['cosmos.directory', 'drpc.org', 'lava.build', 'pokt.network', 'routeme.sh']);
    expect(rows.filter(({ domain }) => !/^(?=.*[a-z])[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain))).toEqual([]);
    expect(rows.map(({ domain }) => domain)).toEqual([...new Set(rows.map(({ domain }) => domain))].sort());
  });

  test('stand in the catalogue, with an RPC capability where they name a provider of it', () => {
    const { catalog } = loadCatalog(data);
    expect(catalog.nodeHosts).toEqual(rows);
    for (const { catalog: name } of rows) {
      if (name === undefined) continue;
      const provider = catalog.providers.find((one) => one.name === name);
      expect(
        provider?.capabilities.map(({ kind }) => kind),
        name,
      ).toContain('rpc');
    }
  });

  test('are those of the script’s columns, or none', () => {
    expect(() => readNodeHosts({ file, text: 'host,provider\na,b\n' })).toThrow(/columns/);
  });
});
