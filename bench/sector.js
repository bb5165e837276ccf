// Every question on a sector of 10,000 platforms and 500 providers, beside the plain way to the same answer:
//   node bench/sector.js            build first: npm run build
import { generateSector } from './generate-sector.js';
import { seeded } from './seeded.js';
import { findFewest } from '../dist/sector/fewest.js';
import { lossesOf } from '../dist/sector/losses.js';
import { makeNetwork } from '../dist/sector/network.js';
import { needFigures, providerFigures } from '../dist/sector/shares.js';
import { togetherOf } from '../dist/sector/at-once/together.js';
import { findWorst } from '../dist/sector/worst.js';

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

function timed(ask) {
  const begin = performance.now();
  const answer = ask();
  return { answer, seconds: (performance.now() - begin) / 1000 };
}

/** All questions once. */
function askAll(table) {
  const rows = [];
  const ask = (name, question) => {
    const { answer, seconds } = timed(question);
    rows.push({ name, seconds });
    return answer;
  };
  const network = ask('into numbers, merged, with what providers stand on', () => makeNetwork(table));
  ask('shares, amplification', () => providerFigures(network));
  ask('needs: HHI, single providers', () => needFigures(network));
  const losses = lossesOf(network.groups, table.providers.length, 'indirect');
  const worst = [1, 2, 3].map((size) => ask(`the worst ${size}`, () => findWorst(losses, size)));
  const fewest = [1 / 3, 1 / 2, 2 / 3].map((share) =>
    ask(`the fewest for ${share.toFixed(2)}`, () => findFewest(losses, share * losses.total)),
  );
  const together = ask('how much is down at once, and if independent', () => togetherOf(network, 'count'));
  return { network, losses, worst, fewest, together, rows };
}

/** By provider, a bit for each platform that it takes down alone: what most people would write first. Alternatives are not seen. */
function bitsetsOf(table, groups) {
  const words = Math.ceil(groups.length / 32);
  const bits = table.providers.map(() => new Uint32Array(words));
  for (const [g, { indirect }] of groups.entries())
    for (const set of indirect) if (set.length === 1) bits[set[0]][g >> 5] |= 1 << (g & 31);
  return bits;
}

function bitsOf(word) {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** All triples over bitsets: those of one first provider and `seconds` of second ones are timed. @returns seconds for all */
function everyTriple(table, groups, sample) {
  const bits = bitsetsOf(table, groups);
  const n = bits.length;
  const begin = performance.now();
  let done = 0;
  let best = 0;
  for (let b = 1; done < sample; b++)
    for (let c = b + 1; c < n; c++, done++) {
      let count = 0;
      for (let w = 0; w < bits[0].length; w++) count += bitsOf(bits[0][w] | bits[b][w] | bits[c][w]);
      if (count > best) best = count;
    }
  return (((performance.now() - begin) / 1000 / done) * n * (n - 1) * (n - 2)) / 6;
}

/** Monte Carlo, with who is down drawn by geometric steps and platforms looked up by provider. @returns seconds a draw */
function monteCarlo(table, groups, runs) {
  const random = seeded(11);
  const odds = table.providers.map(({ probability }) => probability);
  const most = Math.max(...odds);
  const within = table.providers.map(() => []);
  for (const [g, { indirect }] of groups.entries())
    for (const set of indirect) for (const one of set) within[one].push([g, set]);
  const begin = performance.now();
  let hits = 0;
  for (let i = 0; i < runs; i++) {
    const down = new Set();
    for (let k = -1; ; ) {
      k += 1 + Math.floor(Math.log(1 - random()) / Math.log(1 - most));
      if (k >= odds.length) break;
      if (random() < odds[k] / most) down.add(k);
    }
    const gone = new Set();
    for (const one of down)
      for (const [g, set] of within[one])
        if (set.length === 1 || set.every((other) => down.has(other))) gone.add(g);
    let count = 0;
    for (const g of gone) count += groups[g].count;
    if (count >= 0.1 * table.platforms.length) hits++;
  }
  return { each: (performance.now() - begin) / 1000 / runs, hits };
}

const ROUNDS = 3;
const table = generateSector({ platforms: 10_000, providers: 500, seed: 1 });
askAll(generateSector({ platforms: 500, providers: 50, seed: 2 })); // until the process is warm
const rounds = Array.from({ length: ROUNDS }, () => askAll(table));
const [first] = rounds;

console.log('\n| question | s |\n| --- | --- |');
for (const [i, { name }] of first.rows.entries())
  console.log(`| ${name} | ${median(rounds.map(({ rows }) => rows[i].seconds)).toFixed(2)} |`);
const all = rounds.map(({ rows }) => rows.reduce((sum, { seconds }) => sum + seconds, 0));
console.log(`| all | ${median(all).toFixed(2)} |`);
console.log(
  `\nPeak memory: ${Math.round(process.resourceUsage().maxRSS / 1024)} MB. Sorts of platforms: ${first.network.groups.length}.`,
);

const ten = first.together.asked[0];
const [low, high] = ten.together.probability;
console.log(
  `10 % or more down: ${low.toExponential(3)} to ${high.toExponential(3)}; undecided in all ${first.together.undecided.toExponential(1)}.`,
);
for (const [i, { weight, atMost, ties }] of first.worst.entries())
  console.log(
    `Worst ${i + 1}: ${weight} down, at most ${atMost}, ${ties === undefined ? 'not to the end' : `${ties} ties`}.`,
  );
for (const { atLeast, providers } of first.fewest)
  console.log(`Fewest: ${atLeast} to ${providers?.length ?? '–'}.`);

const triples = everyTriple(table, first.network.groups, 20_000);
const worst3 = median(rounds.map(({ rows }) => rows.find(({ name }) => name === 'the worst 3').seconds));
console.log('\n| question | s | opponent | s | ratio |\n| --- | --- | --- | --- | --- |');
console.log(
  `| the worst 3, exactly | ${worst3.toFixed(2)} | every one of 20.7 million triples over bitsets, which see no alternatives (20,000 timed) | ${triples.toFixed(0)} | ${Math.round(triples / worst3)} |`,
);
const drawn = monteCarlo(table, first.network.groups, 200_000);
const p = (low + high) / 2;
// Half the width of the bounds as two standard errors.
const needed = (p * (1 - p)) / ((high - low) / 4) ** 2;
const together = median(rounds.map(({ rows }) => rows.at(-1).seconds));
console.log(
  `| 10 % or more down at once, within ${((high - low) / 2).toExponential(1)} | ${together.toFixed(2)} | Monte Carlo, ${needed.toExponential(1)} draws for two standard errors as wide (200,000 timed) | ${Math.round(drawn.each * needed)} | ${((drawn.each * needed) / together).toFixed(0)} |`,
);

console.log('\n| platforms | providers | all, s |\n| --- | --- | --- |');
for (const [platforms, providers] of [
  [1000, 100],
  [10_000, 100],
  [10_000, 500],
  [10_000, 2000],
  [50_000, 500],
]) {
  const { rows } = askAll(generateSector({ platforms, providers, seed: 1 }));
  console.log(
    `| ${platforms} | ${providers} | ${rows.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(2)} |`,
  );
}
