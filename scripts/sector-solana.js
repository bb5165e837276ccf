import { rowsOf } from './sector-tables.js';

/** The last epoch before 2 November 2022 of which there is a record. */
const EPOCH = '366';
/** How many of the clusters are Hetzner's: the largest, which fell apart in the days after while the next did not. */
const HETZNER = 3;

/** Solana's validators on 31 October 2022 by the data centre that they share. @param {(name: string) => string} read */
export function validatorsOf(read) {
  const { clusters, epoch } = recordOf(read);
  const rows = clusters.map(({ validators }, i) => [...clusterAt(i), validators]);
  const { platforms, providers } = sectorOf(rows, Number(epoch.validators));
  return {
    platforms: platforms.map(([name, kind, count, ...need]) => [name, kind, 1, ...need, count]),
    providers,
  };
}

/** The same by stake, in hundredths of a percent of all stake. */
export function stakeOf(read) {
  const { clusters, epoch } = recordOf(read);
  const rows = clusters.map(({ stake_share_pct: share }, i) => [...clusterAt(i), Math.round(share * 100)]);
  // Two clusters of Hetzner are the largest two, or the largest three would not add up to what they do; so the third is what is left.
  const third = Math.round(Number(epoch.top3_cluster_stake_share) * 1e4) - rows[0][2] - rows[1][2];
  rows.push(['third-by-stake', 'third-by-stake', third]);
  return sectorOf(rows, 10_000);
}

/** The share of each cluster that still shares one data centre, epoch by epoch. */
export function collapseOf(read) {
  const { clusters } = recordOf(read);
  const rows = clusters.flatMap(({ still_colocated: after, validators }, i) =>
    Object.entries(after).map(([epoch, { date, present, largest_common_cluster: together }]) => [
      clusterAt(i)[0],
      clusterAt(i)[1],
      validators,
      epoch,
      date,
      present,
      together,
    ]),
  );
  return [['cluster', 'provider', 'validators', 'epoch', 'date', 'present', 'together'], rows];
}

function recordOf(read) {
  const { after } = JSON.parse(read('nodes/solana-hetzner-2022-validation.json'));
  const epoch = rowsOf(read('nodes/solana-datacentre-concentration.csv')).find((row) => row.epoch === EPOCH);
  return { clusters: after.clusters, epoch };
}

/** @returns {[platform: string, provider: string]} */
function clusterAt(i) {
  return i < HETZNER ? [`hetzner-${i + 1}`, 'hetzner'] : [`cluster-${i + 1}`, `cluster-${i + 1}`];
}

function sectorOf(rows, total) {
  const known = rows.reduce((sum, [, , weight]) => sum + weight, 0);
  return {
    platforms: [
      ...rows.map(([cluster, provider, weight]) => [cluster, 'cluster', weight, 'hosting', provider]),
      ['elsewhere', 'elsewhere', total - known, '', ''],
    ],
    providers: [...new Set(rows.map(([, provider]) => provider))].map((name) =>
      name === 'hetzner'
        ? [name, 'Hetzner', 'hetzner/server', '', '']
        : [name, 'a data centre without a name', '', '', ''],
    ),
  };
}

/** Every epoch of the records: how many validators share a data centre, and how much stake. */
export function epochsOf(read) {
  const rows = rowsOf(read('nodes/solana-datacentre-concentration.csv'));
  const names = {
    epoch: 'epoch',
    date: 'date',
    validators: 'validators',
    clusters: 'clusters',
    'largest-stake': 'top1_cluster_stake_share',
    'largest-three-stake': 'top3_cluster_stake_share',
    'largest-ten-stake': 'top10_cluster_stake_share',
    'hhi-stake': 'hhi_stake',
    'most-populous-validators': 'most_populous_cluster_validators',
    'most-populous-stake': 'most_populous_cluster_stake_share',
    'three-most-populous-validators': 'top3_populous_validator_share',
    'three-most-populous-stake': 'top3_populous_stake_share',
  };
  return [Object.keys(names), rows.map((row) => Object.values(names).map((name) => row[name]))];
}
