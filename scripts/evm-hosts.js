// Makes data/rpc/evm-hosts.csv: whose nodes stand at which domains, from a table of endpoints as data/README.md describes.
//   node scripts/evm-hosts.js evm-rpc.csv
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Providers of the catalogue, by the name that the table gives them. */
const IN_CATALOGUE = { 'Infura (Consensys)': 'infura', Alchemy: 'alchemy', QuickNode: 'quicknode' };
/** Who sends reads on to nodes of others, and who says so. */
const ROUTERS = {
  dRPC: 'https://docs.drpc.org/howitworks/overview',
  'Pocket Network / Grove': 'https://ethereum.org/developers/tools/pocket-network-grove/',
  'Lava Network': 'recalled',
};
/** What the table does not have: domain, provider, catalogue, router. */
const BY_HAND = [
  ['alchemyapi.io', 'Alchemy', 'alchemy', ''],
  ['cosmos.directory', 'cosmos.directory', '', 'the table’s own account'],
  ['routeme.sh', 'RouteMesh', '', 'the table’s own account'],
];

const [table] = process.argv.slice(2);
if (table === undefined)
  throw new Error('Expected the table of endpoints: node scripts/evm-hosts.js evm-rpc.csv');
const rows = tableOf(readFileSync(table, 'utf8'));

/** @type {Map<string, { provider: string, hosts: Set<string>, chains: Set<number> }>} */
const domains = new Map();
/** @type {Map<string, Set<string>>} */
const hostsOf = new Map();
for (const { registrable_domain: domain, host, chain_id: chain, provider } of rows) {
  // An address of a machine says nothing of whose it is.
  if (/^[\d.]+$|:/.test(domain)) continue;
  const one = domains.get(domain) ?? { provider, hosts: new Set(), chains: new Set() };
  domains.set(domain, one);
  one.hosts.add(host);
  one.chains.add(Number(chain));
  hostsOf.set(provider, (hostsOf.get(provider) ?? new Set()).add(host));
}

const lines = [...domains]
  .filter(
    ([, { provider }]) => hostsOf.get(provider).size > 1 || provider in IN_CATALOGUE || provider in ROUTERS,
  )
  .map(([domain, { provider, hosts, chains }]) => [
    domain,
    provider,
    IN_CATALOGUE[provider] ?? '',
    ROUTERS[provider] ?? '',
    hosts.size,
    [...chains].sort((a, b) => a - b).join(' '),
  ]);
for (const known of BY_HAND) if (!domains.has(known[0])) lines.push([...known, 0, '']);
lines.sort(([a], [b]) => (a < b ? -1 : 1));
const text = [['domain', 'provider', 'catalog', 'router', 'hosts', 'chains'], ...lines]
  .map((line) => line.map((value) => String(value).replaceAll(',', ' ')).join(','))
  .join('\n');
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
writeFileSync(join(root, 'data', 'rpc', 'evm-hosts.csv'), `${text}\n`);

/** @returns {Record<string, string>[]} rows by their heads; a value in quotes may hold commas */
function tableOf(contents) {
  const [head = [], ...rest] = contents
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted ?? plain),
    );
  return rest.map((values) => Object.fromEntries(head.map((name, i) => [name, values[i] ?? ''])));
}
