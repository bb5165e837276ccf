// Makes examples/networks/*.yaml and the table of its page from data/sector: networks as pools of nodes or stake over their hosts.
//   node scripts/networks.js
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { concentrationOf, fewestToLose, minimalSets, setsOfSize } from './sector-losses.js';
import { NETWORKS } from './networks-known.js';
import { grouped, rowsOf } from './sector-tables.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** Hosts that the catalogue has by another name, or with a capability of its own. */
const REFERENCES = {
  hetzner: 'hetzner/server',
  'google-cloud': 'gcp/nodes',
  'microsoft-azure': 'azure/nodes',
};
const FROM = '<!-- from here: scripts/networks.js -->';
const TO = '<!-- to here -->';

/** @returns {Map<string, string>} every file that is made, by its path from the root */
export function networkFiles() {
  const networks = NETWORKS.map((network) => ({ ...network, ...countOf(network) }));
  const counted = networks.filter(({ isMadeUp }) => isMadeUp !== true);
  const files = new Map(
    networks
      .filter(({ file }) => file !== undefined)
      .map((network) => [`examples/networks/${network.file}.yaml`, planOf(network)]),
  );
  const page = 'examples/networks/README.md';
  const [before, rest = ''] = readFileSync(join(root, page), 'utf8').split(FROM);
  const [, after = ''] = rest.split(TO);
  return files.set(page, `${before}${FROM}\n\n${tableFor(counted)}\n${TO}${after}`);
}

/** Hosts of a network, largest first, and all that there is, hosts that nobody knows among it. */
function countOf({ dataset, kind }) {
  const read = (file) => rowsOf(readFileSync(join(root, 'data', 'sector', dataset, file), 'utf8'));
  const titles = new Map(read('providers.csv').map(({ provider, title }) => [provider, title]));
  const rows = read('platforms.csv').filter((row) => kind === undefined || row.kind === kind);
  const amountOf = ({ weight, count = '1' }) => Number(weight) * Number(count);
  const sum = (of) => of.reduce((all, row) => all + amountOf(row), 0);
  const hosts = [...grouped(rows, ({ providers }) => providers)]
    .filter(([name]) => name !== '')
    .map(([name, of]) => ({ name, title: titles.get(name) ?? name, amount: sum(of) }))
    .sort((a, b) => b.amount - a.amount || (a.name < b.name ? -1 : 1));
  return { hosts, total: sum(rows) };
}

/** What must be left for each journey; the first is what the protocol asks for. */
function thresholdsOf({ total, atLeast }) {
  return {
    finality: atLeast(total),
    half: Math.floor(total / 2) + 1,
    third: Math.floor(total / 3) + 1,
  };
}

/** Those of a plan: where hosts are thrown together, only those that something can be said of. */
function journeysOf(network) {
  const { asks = ['finality', 'half', 'third'] } = network;
  return Object.entries(thresholdsOf(network)).filter(([journey]) => asks.includes(journey));
}

function planOf(network) {
  const { hosts, total, shown = hosts.length, unit, source, asOf, withWorst } = network;
  const members = hosts.slice(0, shown);
  const left = total - members.reduce((sum, { amount }) => sum + amount, 0);
  const pools = left === 0 || withWorst === false ? ['network'] : ['network', 'network-at-worst'];
  const lines = [
    ...network.comment.map((line) => `# ${line}`.trimEnd()),
    `# Made by scripts/networks.js from data/sector/${network.dataset}.`,
    'keelson: 1',
    `platform: {name: ${network.title}, kind: chain, asOf: ${asOf}}`,
    ...(network.cohorts === undefined ? [] : [`cohorts: [${network.cohorts.join(', ')}]`]),
    '',
    'journeys:',
    ...journeysOf(network).flatMap(([journey, atLeast]) =>
      pools.map((pool, i) => {
        const name = i === 0 ? journey : `${journey}-at-worst`;
        return `  ${name}: {modes: {full: {needs: {from: ${pool}, atLeast: ${atLeast}}}}}`;
      }),
    ),
    ...(network.journeys?.(thresholdsOf(network).finality) ?? []),
    '',
    'services:',
    ...pools.flatMap((pool, i) => [
      `  ${pool}:   # ${unit}; all together ${total}`,
      '    outages: none',
      `    evidence: {source: ${JSON.stringify(source)}, date: ${asOf}, confidence: ${network.confidence}}`,
      '    pool:',
      ...members.map(
        ({ name, title, amount }) =>
          `      - {use: ${referenceOf(name)}, capacity: ${amount}}   # ${percent(amount / total)} ${title}`,
      ),
      ...(left === 0
        ? []
        : [
            `      - {use: ${i === 0 ? 'others-for-ever' : 'others-as-one'}, capacity: ${left}}   # ${percent(left / total)}`,
          ]),
    ]),
    ...(left === 0
      ? []
      : [
          '  others-for-ever: {outages: none, note: "assumed: all other hosts never fail"}',
          ...(pools.length === 1
            ? []
            : ['  others-as-one: {note: "assumed: all other hosts fail together, as one"}']),
        ]),
    '',
    'providers:   # none of them has a record of failing as a whole: every rate is the assumption of the plan',
    ...providersOf(members),
    '',
  ];
  return lines.join('\n');
}

function referenceOf(name) {
  return REFERENCES[name] ?? `${name}/nodes`;
}

function providersOf(members) {
  return members
    .filter(({ name }) => referenceOf(name).endsWith('/nodes'))
    .map(({ name, title }) => {
      const [slug] = referenceOf(name).split('/');
      return `  ${slug}: {name: ${JSON.stringify(title)}, capabilities: {nodes: {title: "All nodes there", kind: server}}}`;
    });
}

/** What the tables say of each network: how many hosts, how concentrated, and how few it takes. */
export function networkRows() {
  return NETWORKS.filter(({ isMadeUp }) => isMadeUp !== true).map((network) =>
    rowOf({ ...network, ...countOf(network) }),
  );
}

function rowOf(network) {
  const { hosts, total, isPart, title, asOf, unit, dataset, kind } = network;
  const amounts = hosts.map(({ amount }) => amount);
  const lost = Object.values(thresholdsOf(network)).map((atLeast) => total - atLeast + 1);
  const [largest] = hosts;
  const fewest = lost.map((enough) => fewestToLose(amounts, enough));
  return {
    title,
    dataset,
    kind,
    asOf,
    unit: unit.replace(/^.* of stake$/, 'stake'),
    hosts: `${isPart === true ? 'more than ' : ''}${withCommas(hosts.length)}`,
    largest: `${largest.title} ${percent(largest.amount / total)}`,
    concentration: isPart === true ? '–' : withCommas(Math.round(concentrationOf(amounts))),
    fewest: fewest.map((count) => count ?? '–'),
    setsOfFewest: `${isPart === true ? 'at least ' : ''}${setsOfSize(amounts, lost[0], fewest[0])}`,
    // Not worked out until it is asked for: it takes a second.
    minimalSets: () => (isPart === true ? '–' : countWords(minimalSets(amounts, lost[0]))),
  };
}

function tableFor(networks) {
  const rows = networks.map((network) => {
    const row = rowOf(network);
    const name = network.file === undefined ? row.title : `[${row.title}](${network.file}.yaml)`;
    return [
      name,
      row.asOf,
      row.unit,
      row.hosts,
      row.largest,
      row.concentration,
      ...row.fewest,
      row.setsOfFewest,
      row.minimalSets(),
    ];
  });
  const head = [
    'network',
    'as of',
    'in',
    'hosts',
    'largest',
    'HHI',
    'stops',
    'half',
    'two thirds',
    'sets of so few',
    'minimal sets',
  ];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** Exact up to ten digits, then in powers of ten. */
function countWords(count) {
  const digits = String(count);
  if (digits.length <= 10) return withCommas(digits);
  const [mantissa, power] = Number(`${digits.slice(0, 15)}`)
    .toExponential(1)
    .split('e+');
  return `${mantissa} × 10^${Number(power) + digits.length - 15}`;
}

function withCommas(digits) {
  return String(digits).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [path, text] of networkFiles()) writeFileSync(join(root, path), text);
