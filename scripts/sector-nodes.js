import { byFirst, grouped, rowsOf, slugOf } from './sector-tables.js';

/** The capability of the catalogue that hosts nodes, by the vendor's name. It keeps no whole cloud, so the large ones have none here. */
const CATALOG = { hetzner: 'hetzner/server' };
const TABLE = 'nodes/node-hosting.csv';
const UNKNOWN = 'unknown';
/** A network of its own with fewer nodes than this in every network goes by its number alone. */
const NAMED_FROM = 5;

/**
 * Networks and who hosts their nodes: one row a network and host, which stands for all nodes there.
 *
 * @param {(name: string) => string} read the text of a raw table
 */
export function hostingOf(read) {
  return groupsOf(
    read,
    ({ nodes }) => Number(nodes),
    ([platform, network, nodes, ...need]) => [platform, network, 1, ...need, nodes],
  );
}

/** The same of Avalanche alone, the one network whose stake the table knows, in millionths of all stake. */
export function stakeHostingOf(read) {
  return groupsOf(
    read,
    ({ stake_share: share }) => Math.round(Number(share) * 1e6),
    (row) => row,
  );
}

/** When and by whom each network was counted. */
export function networksOf(read) {
  const byNetwork = grouped(rowsOf(read(TABLE)), ({ network }) => kindOf(network));
  const rows = [...byNetwork].map(([network, rows]) => [
    network,
    rows[0].snapshot,
    rows.reduce((sum, { nodes }) => sum + Number(nodes), 0),
    rows[0].source,
  ]);
  return [['network', 'date', 'nodes', 'source'], rows.sort(byFirst)];
}

function groupsOf(read, amountOf, rowOf) {
  const platforms = [];
  const titles = new Map();
  for (const [network, ofNetwork] of grouped(rowsOf(read(TABLE)), ({ network }) => kindOf(network))) {
    for (const [host, ofHost] of grouped(ofNetwork, hostOf)) {
      const amount = ofHost.reduce((sum, row) => sum + amountOf(row), 0);
      if (amount === 0) continue;
      const need = host === UNKNOWN ? ['', ''] : ['hosting', host];
      platforms.push(rowOf([`${network}/${host}`, network, amount, ...need]));
      if (host !== UNKNOWN && (amount >= NAMED_FROM || !titles.has(host)))
        titles.set(host, titleOf(ofHost[0], amount));
    }
  }
  const providers = [...titles]
    .sort(byFirst)
    .map(([name, title]) => [name, title, CATALOG[name] ?? '', '', '']);
  return { platforms: platforms.sort(byFirst), providers };
}

/** `cosmos/Juno` → `cosmos/juno` */
function kindOf(network) {
  return network.split('/').map(slugOf).join('/');
}

function hostOf({ vendor, asn }) {
  if (vendor !== '') return slugOf(vendor);
  return asn === '0' ? UNKNOWN : `as${asn}`;
}

function titleOf({ vendor, asn, as_name: name }, amount) {
  if (vendor !== '') return vendor;
  return amount >= NAMED_FROM ? `AS${asn} ${name}` : `AS${asn}`;
}
