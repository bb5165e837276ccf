// Makes docs/findings.md from data/sector, with the functions that keelson sector has. Needs a build: node scripts/findings.js
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { networkRows } from './networks.js';
import { fewestToLose } from './sector-losses.js';
import { grouped, rowsOf } from './sector-tables.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'data', 'sector');
const read = (...path) => readFileSync(join(folder, ...path), 'utf8');

/**
 * The page.
 *
 * @param engine of src/sector: sector, makeNetwork, needFigures, providerFigures, parseDataset, withChances; and `known`, what the catalogue knows
 * of a reference
 */
export function findingsMarkdown(engine) {
  const tables = kept((name) => tableOf(engine, name));
  const part = (name, asked = {}) => narrowed(tables(name), asked);
  const ask = kept((name, asked) => engine.sector(part(name, asked)));
  return [
    HEAD,
    platformsOf2020(ask),
    whatTheyStandOn(ask, (asked) =>
      engine.providerFigures(engine.makeNetwork(part('crypto-sites-2020', asked))),
    ),
    downAtOnce(ask),
    chainsWithOneProvider((asked) => part('rpc-endpoints', asked), engine),
    explorers(),
    nodeHosts(ask),
    cosmosChains(),
    solana(ask),
    TAIL,
  ].join('\n');
}

const HEAD = `# Findings

What the tables in [data/sector](../data/sector) say of the sector, with the functions behind \`keelson sector\`. Made by \`node scripts/findings.js\`; a test fails
when it is stale. Each finding says what its figures count, on what they rest, of when they are and what they do not say. None is a statement on
how things stand today, where its date is not today's.
`;

function platformsOf2020(ask) {
  const published = ['dns', 'cdn'];
  const named = ask('crypto-sites-2020', { kind: 'named', needs: published });
  const all = ask('crypto-sites-2020', { needs: published });
  const whole = ask('crypto-sites-2020', { kind: 'named' });
  const row = (title, pick) => `| ${[title, pick(named), pick(all), pick(whole)].join(' | ')} |`;
  const direct = (name) => (of) => share(providerOf(of, name).direct.share);
  const both = (of) => {
    const down = providerOf(of, 'cloudflare').direct.share + providerOf(of, 'aws').direct.share;
    return share(down - pairOf(of).down.share);
  };
  return `
## Two companies under most crypto platforms of 2020

Of the 101 named platforms, ${share(providerOf(named, 'cloudflare').direct.share)} hung critically on Cloudflare and ${share(providerOf(named, 'aws').direct.share)} on AWS: without one of them their name or their page was gone. ${share(pairOf(named).down.share)}
hung on one or the other. No two companies took more.

| | 101 named platforms | all 476 sites | named, with certificates |
| --- | --- | --- | --- |
${row('hang on Cloudflare', direct('cloudflare'))}
${row('hang on AWS', direct('aws'))}
${row('on one or the other', (of) => share(pairOf(of).down.share))}
${row('on both', both)}
${row('the worst one to lose', (of) => worstWords(of, of.worst.direct[0]))}
${row('the worst two', (of) => worstWords(of, of.worst.direct[1]))}
${row('the worst three', (of) => worstWords(of, of.worst.direct[2]))}
${row('concentration, HHI of 10,000', (of) => index(of.concentration.hhi))}

${basis({
  counts:
    'sites whose only provider of a need is lost; the worst sets are found exactly, over all pairs and triples; in the concentration a site is once for each need that it has',
  rests: 'measured, as published beside the paper',
  date: '2020',
  source: '[crypto-sites-2020](../data/sector/crypto-sites-2020)',
  limits:
    'six years old; only what a browser meets first; a company counts as one thing, though its DNS and CDN seldom fail together',
})}`;
}

function whatTheyStandOn(ask, providersOf) {
  const of = ask('crypto-sites-2020', { kind: 'named' });
  const grows = ({ direct, indirect }) => indirect.count > direct.count;
  const rows = providersOf({})
    .filter(grows)
    .slice(0, 8)
    .map(({ name, title, direct, indirect }) => {
      const here = providerOf(of, name);
      return `| ${[title, here.direct.count, here.indirect.count, direct.count, indirect.count, times(direct.count === 0 ? null : indirect.count / direct.count)].join(' | ')} |`;
    });
  const [, pair] = of.worst.indirect;
  return `
## What hangs on a provider through another

A provider can take down sites that never chose it: DigiCert's names stood at DNS Made Easy, Let's Encrypt's at Cloudflare, Fastly's at Dyn. With that, the worst two for the named
platforms are ${worstWords(of, pair)}; directly they are ${worstWords(of, of.worst.direct[1])}.

| | named: direct | with what others stand on | all 476: direct | with what others stand on | amplification |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

${basis({
  counts:
    'sites that go down with the provider alone, by DNS, CDN or certificates; amplification is the second figure over the first, for all 476',
  rests:
    'measured; that a browser waits for an authority whose name does not resolve is how the measurement counts, and harsher than most browsers are',
  date: '2020',
  source: '[crypto-sites-2020](../data/sector/crypto-sites-2020)',
  limits:
    'whose name servers a company stood on is known for some authorities and CDNs only, and of some authorities no site is called critical, so all figures are lower bounds',
})}`;
}

function downAtOnce(ask) {
  const of = ask('crypto-sites-2020', { kind: 'named', needs: ['dns', 'cdn'] });
  const { count } = of.together;
  if (count.undecided > 0) throw new Error('The distribution is not exact any more: write the finding anew.');
  const [, quarter] = count.asked;
  const rows = [count.any, ...count.asked].map(({ share: least, together, independent, ratio }) => {
    const name = least === 0 ? 'at least one' : `at least ${share(least, 0)}`;
    return `| ${[name, hours(together), perYear(together), hours(independent), ratio === null ? '–' : times(ratio[0])].join(' | ')} |`;
  });
  const known = of.chances
    .filter(({ basis: one }) => one !== 'assumed')
    .reduce((sum, { providers }) => sum + providers, 0);
  const assumed = of.chances.reduce((sum, { providers }) => sum + providers, 0) - known;
  return `
## Many at once, which is what systemic means

Each of the 101 platforms is down for about ${number(count.mean * 8766)} hours a year by its DNS and CDN, whether or not it shares them with others. What sharing changes is how many are down at the same time.
A quarter of them is, for ${hours(quarter.together)} hours a year; had each providers of its own, just as good, it would be ${hours(quarter.independent)}, which is never. The price of that: some one of them would be down for ${hours(count.any.independent)} hours a year, where it is ${hours(count.any.together)} now.

| down at once | hours a year | a year | hours a year if independent | times as likely |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

${basis({
  counts:
    'time in which so many of the 101 named platforms are down by DNS or CDN, exact over the states of their providers',
  rests: `rates of ${known} providers are the catalogue’s; of ${assumed} they are assumed (once a year, for an hour). Platforms are those of 2020, rates those of 2026`,
  date: '2020 and 2026',
  source: '[crypto-sites-2020](../data/sector/crypto-sites-2020), [data/providers](../data/providers)',
  limits:
    'a provider is taken as up or down for all; most outages reach a part of its customers. Providers fail independently of each other here, but for what they stand on',
})}`;
}

function chainsWithOneProvider(part, { makeNetwork, needFigures }) {
  const kinds = [
    ['EVM chains', 'evm'],
    ['of these in viem', 'evm/viem'],
    ['Cosmos chains', 'cosmos'],
    ['Substrate chains', 'substrate'],
  ];
  const rows = kinds.map(([title, kind]) => {
    const [need] = needFigures(makeNetwork(part({ kind })));
    const { has, single, singleWithoutRouters: alone } = need;
    return { title, has, single, alone };
  });
  const evm = part({ kind: 'evm' });
  const ranked = evm.providers
    .map(({ name, title, isRouter }) => ({
      title,
      isRouter: isRouter === true,
      chains: evm.platforms.filter(({ uses }) => uses.includes(name)).length,
    }))
    .sort((a, b) => b.chains - a.chains);
  const sources = ranked.filter(({ isRouter }) => !isRouter);
  // Who has as many chains as the third is no less among the first.
  const most = sources.filter(({ chains }) => chains >= sources[2].chains);
  const routers = ranked.filter(({ isRouter, chains }) => isRouter && chains >= sources[2].chains);
  const [all, inViem] = rows;
  const served = new Map();
  for (const { uses } of evm.platforms)
    for (const name of uses) served.set(name, (served.get(name) ?? 0) + 1);
  const own = evm.platforms.filter(
    ({ uses: [only, ...more] }) => more.length === 0 && served.get(only) === 1,
  );
  return `
## Most chains can be read through one company only

Of ${many(all.has.count)} EVM main networks, ${many(all.single.count)} (${share(all.single.share)}) have one public provider of nodes; of the ${many(inViem.has.count)} that viem has, ${many(inViem.single.count)} (${share(inViem.single.share)}). A router sends reads on to nodes of others and is no source of its own; without
routers it is ${many(all.alone.count)} and ${many(inViem.alone.count)}.

| | chains | one provider | one that is no router |
| --- | --- | --- | --- |
${rows.map(({ title, has, single, alone }) => `| ${title} | ${many(has.count)} | ${many(single.count)} (${share(single.share)}) | ${many(alone.count)} (${share(alone.share)}) |`).join('\n')}

Who is on most EVM chains, routers left out: ${most.map(chainsWords).join(', ')}${routers.length === 0 ? '' : `; of the routers ${routers.map(chainsWords).join(', ')}`}. The large ones are not what most chains hang on: ${many(own.length)} of the ${many(all.single.count)} hang on
a provider that no other EVM chain has.
Cosmos chains have more sources, since validators offer them.

${basis({
  counts: 'main networks, by how many providers offer an endpoint that needs no key',
  rests: 'what people declared in chain lists',
  date: 'August 2026',
  source: '[rpc-endpoints](../data/sector/rpc-endpoints)',
  limits:
    'nobody called the endpoints, so dead chains are in; who pays has more sources; two names can be one company or one cloud; routers that do not say so are not marked',
})}`;
}

/** Who it is and on how many chains. */
function chainsWords({ title, chains }) {
  return `${title} (${chains})`;
}

function explorers() {
  const [totals] = rowsOf(read('rpc-endpoints', 'explorers-totals.csv'));
  const rows = rowsOf(read('rpc-endpoints', 'explorers.csv')).map(({ operator, chains, sole }) => ({
    operator,
    chains: Number(chains),
    sole: Number(sole),
  }));
  const alone = [...rows].sort((a, b) => b.sole - a.sole).slice(0, 5);
  return `
## And be seen through one explorer only

Of ${many(totals.chains)} chains with a listed explorer, ${many(totals['one-operator'])} (${share(totals['one-operator'] / totals.chains)}) have one operator of explorers.

| the only explorer | of so many chains | of those that it serves |
| --- | --- | --- |
${alone.map(({ operator, chains, sole }) => `| ${operator} | ${sole} | ${chains} |`).join('\n')}

${basis({
  counts: 'chains, by the registrable domain of their explorers; test networks are in',
  rests: 'what people declared in chain lists',
  date: 'August 2026',
  source: '[rpc-endpoints](../data/sector/rpc-endpoints), explorers.csv',
  limits: 'the 25 operators with the most chains are kept; one company can have several domains',
})}`;
}

function nodeHosts(ask) {
  const rows = networkRows().map(
    ({ title, asOf, unit, hosts, largest, concentration, fewest }) =>
      `| ${[title, asOf, unit, hosts, largest, concentration, ...fewest].join(' | ')} |`,
  );
  const ethereum = ask('node-hosting', { kind: 'ethereum-el' });
  const [one, two, three] = ethereum.worst.direct;
  return `
## How many hosts a network can lose

Ethereum's peers stand at 1,402 hosts, and three of them hold more than a third: the worst to lose are ${worstWords(ethereum, one)}; ${worstWords(ethereum, two)}; ${worstWords(ethereum, three)}. Of
Avalanche's stake AWS alone held more than three quarters in 2022.

| network | as of | in | hosts | largest | HHI | stops finality | half | two thirds |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

The last three columns say how many hosts it takes, at least, and exactly. What stops finality is a third of stake (Avalanche: a quarter); for peers it is what it would be if each weighed the same. As plans, with all minimal
sets: [examples/networks](../examples/networks).

${basis({
  counts:
    'nodes, or stake, by the operator of the network that announces their address; HHI of 10,000, over hosts that are known; other shares are of all',
  rests: 'counts of crawls; validators for Avalanche and Solana, peers for the others',
  date: 'as in the table',
  source:
    '[node-hosting](../data/sector/node-hosting), [avalanche-2022-stake](../data/sector/avalanche-2022-stake), [solana-2022](../data/sector/solana-2022), [solana-2022-stake](../data/sector/solana-2022-stake)',
  limits:
    'a host with many regions does not fail as one but for its account, its terms and its control plane; companies behind several network numbers are partly counted apart, so concentration is a lower bound',
})}`;
}

function cosmosChains() {
  const rows = rowsOf(read('node-hosting', 'platforms.csv')).filter(({ kind }) => kind.startsWith('cosmos/'));
  const chains = [...grouped(rows, ({ kind }) => kind).values()].map((of) => {
    const total = of.reduce((sum, { count }) => sum + Number(count), 0);
    const hosts = of.filter(({ providers }) => providers !== '').map(({ count }) => Number(count));
    const hetzner = of.find(({ providers }) => providers === 'hetzner');
    return {
      share: Number(hetzner?.count ?? 0) / total,
      fewest: fewestToLose(hosts, total - Math.floor((2 * total) / 3)),
    };
  });
  const with_ = (least) => chains.filter((chain) => chain.share >= least).length;
  const alone = chains.filter(({ fewest }) => fewest === 1).length;
  return `
## One host under most Cosmos chains

Of ${chains.length} Cosmos chains, ${with_(1 / 3)} had at least a third of their peers at Hetzner, ${with_(1 / 2)} at least half and ${with_(2 / 3)} two thirds. On ${alone} of them a single host has a third of the peers.

${basis({
  counts: 'chains, by the share of peers at one host',
  rests: 'peers seen by one crawler, each weighing the same',
  date: 'March 2024',
  source: '[node-hosting](../data/sector/node-hosting)',
  limits: 'peers are no validators; a chain with few validators at other hosts can stand better, or worse',
})}`;
}

function solana(ask) {
  const validators = providerOf(ask('solana-2022'), 'hetzner').direct;
  const stake = providerOf(ask('solana-2022-stake'), 'hetzner').direct;
  const after = rowsOf(read('solana-2022', 'after.csv')).filter(({ epoch }) => epoch === '390');
  const left = (isHetzner) => {
    const of = after.filter(({ provider }) => (provider === 'hetzner') === isHetzner);
    const sum = (column) => of.reduce((all, row) => all + Number(row[column]), 0);
    return share(sum('together') / sum('validators'));
  };
  const epochs = rowsOf(read('solana-2022', 'epochs.csv'));
  const at = (epoch) => epochs.find((row) => row.epoch === epoch);
  const [before, next] = [at('366'), at('390')];
  return `
## Solana before Hetzner left, and after

Two days before Hetzner cut them off, ${share(validators.share, 2)} of Solana's validators shared its data centres and ${share(stake.share, 2)} of stake. Losing a third of stake stops finality, so the chain kept running, as it did.

| | from the records | reported |
| --- | --- | --- |
| validators at Hetzner | ${many(validators.count)} of 2,086, ${share(validators.share, 2)} | about 40 % (August 2022) |
| stake at Hetzner | ${share(stake.share, 2)}; 21.15 % by the figure that the records hold | about 20 % (August 2022); more than 20 % delinquent on the day |
| validators lost | ${many(validators.count)} in clusters of which ${left(true)} still shared a data centre on 24 December; of the next seven clusters, ${left(false)} | more than 1,000 |
| the largest data centre, share of stake | ${share(Number(before['largest-stake']))} on ${before.date}, ${share(Number(next['largest-stake']))} on ${next.date} | – |
| concentration of stake over data centres, HHI of 10,000 | ${before['hhi-stake']} on ${before.date}, ${next['hhi-stake']} on ${next.date} | – |

${basis({
  counts: 'validators and stake by the data centre that they share',
  rests: 'records per validator; the name Hetzner is ours, from which clusters fell apart in the days after',
  date: '31 October 2022',
  source:
    '[solana-2022](../data/sector/solana-2022), [solana-2022-stake](../data/sector/solana-2022-stake); the press is named there',
  limits:
    'only the ten clusters with the most validators are told apart; the records average over about ten epochs',
})}`;
}

const TAIL = `
## What no table says

Clouds behind an edge, custody, captcha and identity checks, the clients and versions that nodes share, and what RPC providers stand on themselves: nobody has published tables of
these. Every share above is of what was seen, and what was not seen hangs on somebody too.
`;

function basis({ counts, rests, date, source, limits }) {
  return `- **Counts** ${counts}.
- **Rests on** ${rests}.
- **Of** ${date}. **From** ${source}.
- **Does not say**: ${limits}.`;
}

/** What was worked out once is not worked out again. */
function kept(make) {
  const known = new Map();
  return (...asked) => {
    const key = JSON.stringify(asked);
    if (!known.has(key)) known.set(key, make(...asked));
    return known.get(key);
  };
}

function tableOf({ parseDataset, withChances, known }, name) {
  const named = (file) => ({ text: read(name, file), file });
  const { table } = parseDataset({
    name,
    dataset: named('dataset.yaml'),
    platforms: named('platforms.csv'),
    providers: named('providers.csv'),
  });
  return withChances(table, known);
}

/** A part of a table: platforms of a kind, and of what they need only some. */
function narrowed(table, { kind, needs }) {
  const isKind = (one) => kind === undefined || one === kind || one.startsWith(`${kind}/`);
  const isAsked = ({ need }) => needs === undefined || needs.includes(need);
  const platforms = table.platforms
    .filter((platform) => isKind(platform.kind))
    .map((platform) => {
      const kept = platform.needs.filter(isAsked);
      return {
        ...platform,
        needs: kept,
        ways: minimalWays(kept),
        uses: [...new Set(kept.flatMap(({ providers }) => providers))],
      };
    });
  const used = new Set(platforms.flatMap(({ uses }) => uses));
  const byName = new Map(table.providers.map((provider) => [provider.name, provider]));
  for (const name of used) for (const one of byName.get(name).standsOn.flat()) used.add(one);
  return { ...table, platforms, providers: table.providers.filter(({ name }) => used.has(name)) };
}

/** Needs that providers alone can take away, without those that hold another; of equal ones the first. */
function minimalWays(needs) {
  const ways = [];
  for (const { need, providers, hasOwn } of [...needs].sort(
    (a, b) => a.providers.length - b.providers.length,
  ))
    if (hasOwn !== true && !ways.some((way) => way.providers.every((one) => providers.includes(one))))
      ways.push({ need, providers });
  return ways;
}

const NOBODY = { count: 0, weight: 0, share: 0 };

/** The figures of a provider; nothing where no platform of the part has anything of it. */
function providerOf(of, name) {
  const found = of.providers.find((provider) => provider.name === name);
  return found ?? { uses: NOBODY, direct: NOBODY, indirect: NOBODY };
}

/** The worst two to lose: the text says that they are Cloudflare and AWS, and that no two others take as much. */
function pairOf(of) {
  const [, pair] = of.worst.direct;
  if ([...pair.providers].sort().join() !== 'aws,cloudflare' || !pair.isExact || pair.ties !== 0)
    throw new Error('Cloudflare and AWS are not the worst two any more: write the finding anew.');
  return pair;
}

/** Who they are and how much they take. */
function worstWords(of, { providers, down, isExact }) {
  const titles = providers.map((name) => of.providers.find((provider) => provider.name === name).title);
  return `${titles.join(', ')}: ${share(down.share)}${isExact ? '' : ' or more'}`;
}

function share(value, digits = 1) {
  return `${(value * 100).toFixed(digits)} %`;
}

function index(hhi) {
  return many(Math.round(hhi * 10_000));
}

function many(value) {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

function times(value) {
  if (value === null) return 'from none';
  return value < 100 ? `${value.toFixed(2)}` : number(value);
}

function hours({ hoursPerYear: [low, high] }) {
  const [a, b] = [number(low), number(high)];
  return a === b ? a : `${a} to ${b}`;
}

function perYear({ perYear: found }) {
  if (found === null) return '–';
  const [a, b] = found.map(number);
  return a === b ? a : `${a} to ${b}`;
}

/** Two figures, in powers of ten where it is small or large. */
function number(value) {
  if (value === 0) return '0';
  if (value >= 0.01 && value < 1e6) return String(Number(value.toPrecision(2)));
  const [mantissa, power] = value.toExponential(1).split('e');
  return `${mantissa} × 10^${Number(power)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const built = (file) => import(pathToFileURL(join(root, 'dist', file)).href);
  const { catalogChances } = await built('cli/sector/chances.js');
  const catalog = JSON.parse(readFileSync(join(root, 'dist', 'catalog.json'), 'utf8'));
  const engine = {
    ...(await built('sector/index.js')),
    ...(await built('sector/shares.js')),
    known: catalogChances(catalog, catalog.watchedUntil),
  };
  writeFileSync(join(root, 'docs', 'findings.md'), findingsMarkdown(engine));
}
