// Makes data/sector from the raw tables that data/sector/README.md describes.
//   node scripts/sector-data.js FOLDER
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostingOf, networksOf, stakeHostingOf } from './sector-nodes.js';
import { endpointsOf, explorersOf, explorerTotalsOf } from './sector-rpc.js';
import { sitesOf } from './sector-sites.js';
import { collapseOf, epochsOf, stakeOf, validatorsOf } from './sector-solana.js';
import { tableOf } from './sector-tables.js';

const [from] = process.argv.slice(2);
if (from === undefined)
  throw new Error('Expected the folder of the raw tables: node scripts/sector-data.js FOLDER');
const to = join(dirname(fileURLToPath(import.meta.url)), '..', 'data', 'sector');
const read = (name) => readFileSync(join(from, name), 'utf8');

write('crypto-sites-2020', sitesOf(read));
write('rpc-endpoints', endpointsOf(read), {
  'explorers.csv': explorersOf(read),
  'explorers-totals.csv': explorerTotalsOf(read),
});
write('node-hosting', hostingOf(read), { 'networks.csv': networksOf(read) });
write('avalanche-2022-stake', stakeHostingOf(read));
write('solana-2022', validatorsOf(read), { 'after.csv': collapseOf(read), 'epochs.csv': epochsOf(read) });
write('solana-2022-stake', stakeOf(read));

/** A row of platforms with a sixth value says how many alike it stands for. */
function write(id, { platforms, providers }, more = {}) {
  const folder = join(to, id);
  mkdirSync(folder, { recursive: true });
  const head = ['platform', 'kind', 'weight', 'need', 'providers', 'count'];
  const tables = {
    'platforms.csv': [head.slice(0, platforms[0].length), platforms],
    'providers.csv': [['provider', 'title', 'catalog', 'stands-on', 'router'], providers],
    ...more,
  };
  for (const [name, [columns, rows]] of Object.entries(tables))
    writeFileSync(join(folder, name), tableOf(columns, rows));
}
