import { byFirst, grouped, rowsOf, slugOf } from './sector-tables.js';

const TABLES = { evm: 'rpc/evm-rpc.csv', cosmos: 'rpc/cosmos-rpc.csv', substrate: 'rpc/substrate-rpc.csv' };
/** Capabilities of the catalogue, by the name that the tables give their provider. */
const CATALOG = { infura: 'infura/rpc', alchemy: 'alchemy/rpc', quicknode: 'quicknode/rpc' };
/** They send reads on to nodes of others; who says so stands in scripts/evm-hosts.js. */
const ROUTERS = new Set(['drpc', 'pocket-network', 'lava-network', 'routemesh', 'cosmos.directory']);

/**
 * Chains and who offers their nodes to everybody: main networks that are not given up, endpoints without a key.
 *
 * @param {(name: string) => string} read the text of a raw table
 */
export function endpointsOf(read) {
  /** @type {Map<string, string>} */
  const titles = new Map();
  const platforms = [];
  for (const [ecosystem, table] of Object.entries(TABLES)) {
    const rows = rowsOf(read(table)).filter(
      (row) => row.testnet === '0' && row.deprecated === '0' && row.needs_key === '0',
    );
    for (const [id, ofChain] of grouped(rows, ({ chain_id: chain }) => chain)) {
      const chain = ecosystem === 'evm' ? `${slugOf(ofChain[0].chain_name)}.${id}` : slugOf(id);
      const isInViem = ofChain.some(({ source }) => source.split('|').includes('viem'));
      const providers = ofChain.map(({ provider }) => nameOf(provider, chain));
      ofChain.forEach(({ provider }, i) => {
        titles.set(providers[i], titleOf(provider));
      });
      platforms.push([
        chain,
        isInViem ? `${ecosystem}/viem` : ecosystem,
        1,
        'rpc',
        [...new Set(providers)].sort().join('|'),
      ]);
    }
  }
  const providers = [...titles]
    .sort(byFirst)
    .map(([name, title]) => [name, title, CATALOG[name] ?? '', '', ROUTERS.has(name) ? 'yes' : '']);
  return { platforms: platforms.sort(byFirst), providers };
}

/** An address of a machine says nothing of whose it is, and is nobody's to publish: it is one source of that chain. */
function isAddress(provider) {
  return /^[\d.]+$|:/.test(provider);
}

function nameOf(provider, chain) {
  return isAddress(provider) ? `address-of-${chain}` : slugOf(withoutDomain(provider));
}

function titleOf(provider) {
  return isAddress(provider) ? 'an address without a name' : withoutDomain(provider);
}

/** `Kleomedes (kleomedes.network)` and `Pocket Network / Grove` by the name alone. */
function withoutDomain(provider) {
  const name = provider.replace(/ \([^)]*\)$/, '').replace(/ \/ .*$/, '');
  return slugOf(name) === '' ? provider : name;
}

/** Who runs the explorers that the chain lists name: the 25 with the most chains. */
export function explorersOf(read) {
  const { top_by_chains: top } = JSON.parse(read('sector/explorer-concentration.json'));
  const rows = top.map(({ registrable_domain: operator, chains, sole_explorer_for: sole }) => [
    operator,
    chains,
    sole,
  ]);
  return [['operator', 'chains', 'sole'], rows];
}

/** How many chains have an explorer listed, and how many of them one operator. */
export function explorerTotalsOf(read) {
  const { chains_with_a_listed_explorer: chains, chains_with_one_explorer_operator: one } = JSON.parse(
    read('sector/explorer-concentration.json'),
  );
  return [['chains', 'one-operator'], [[chains, one]]];
}
