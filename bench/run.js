// How long assess and replay take, as ratios against named opponents in the same run:
//   node bench/run.js            everything, printed as the tables of bench/results.md
//   node bench/run.js start      only what the word names: start, solve, large, hard, growth, replay, years, map, page, serve,
//                                chain, guard, files, faults, discover, sector
//   node bench/run.js serve --soak 1000000    the memory of each gateway over so many requests
// Build first: npm run build. Times are wall-clock; A and B run in turn; medians are quoted.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { load } from 'js-yaml';
import { assess, buildModel, parsePlan, simulateYears } from '../dist/index.js';
import { generatePlan } from './generate-plan.js';
import { benchPage } from './page.js';
import { simulateNaively } from './naive-simulation.js';
import { benchServe } from './serve/index.js';
import { benchForwardedReads } from './chain/forwarded-reads.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'bin', 'keelson.cjs');
const harbor = join(root, 'examples', 'harbor', 'plan.yaml');
const catalog = JSON.parse(readFileSync(join(root, 'dist', 'catalog.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'keelson-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const spread = (values) => `${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)}`;

/** Seconds and peak megabytes of one process. */
function run(args) {
  const begin = performance.now();
  const child = spawnSync(process.execPath, ['--require', join(root, 'bench', 'rss.cjs'), ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  return { seconds: (performance.now() - begin) / 1000, megabytes: Number(String(child.output[3])) / 1024 };
}

/** Runs A and B in turn and gives the ratio pair by pair. */
function pair(a, b, times) {
  run(a);
  run(b);
  const found = { a: [], b: [], ratio: [], megabytes: [] };
  for (let i = 0; i < times; i++) {
    const first = run(a);
    const second = run(b);
    found.a.push(first.seconds);
    found.b.push(second.seconds);
    found.megabytes.push(first.megabytes);
    found.ratio.push(first.seconds / second.seconds);
  }
  return found;
}

/** Microseconds for each begin or end of an outage. */
function perChange(simulate, years, seed) {
  const begin = performance.now();
  const changes = simulate(years, seed);
  return { changes, microseconds: ((performance.now() - begin) * 1000) / changes };
}

const parts = {
  start() {
    console.log(
      '\n## A small plan, as a whole process\n\n| command | s | opponent | s | ratio | spread |\n| --- | --- | --- | --- | --- | --- |',
    );
    for (const [name, args] of [
      ['assess examples/harbor/plan.yaml', ['assess', harbor]],
      ['assess --no-advice examples/harbor/plan.yaml', ['assess', '--no-advice', harbor]],
      ['check examples/harbor/plan.yaml', ['check', harbor]],
    ]) {
      const { a, b, ratio } = pair([bin, ...args], ['-e', '0'], 21);
      console.log(
        `| ${name} | ${median(a).toFixed(3)} | node -e 0 | ${median(b).toFixed(3)} | ${median(ratio).toFixed(2)} | ${spread(ratio)} |`,
      );
    }
  },

  solve() {
    const { plan } = parsePlan(readFileSync(harbor, 'utf8'), harbor);
    const { model } = buildModel(plan, catalog);
    const timed = (work, times) => {
      for (let i = 0; i < 800; i++) work(); // until the process is warm
      return Array.from({ length: times }, () => {
        const begin = performance.now();
        work();
        return performance.now() - begin;
      });
    };
    const text = readFileSync(harbor, 'utf8');
    const opponent = median(timed(() => load(text), 300));
    console.log(
      '\n## Solving Harbor in a warm process\n\n| what | ms | opponent | ms | ratio |\n| --- | --- | --- | --- | --- |',
    );
    const rows = [
      [
        'solved: all figures, blast, compromise',
        timed(() => assess(model, { advice: false, draws: 0 }), 300),
      ],
      ['the same with advice', timed(() => assess(model, { catalog, draws: 0 }), 150)],
      ['solved, with intervals of 128 draws', timed(() => assess(model, { advice: false }), 300)],
      ['the same with advice', timed(() => assess(model, { catalog }), 150)],
      [
        'solved, with intervals of 10,000 draws',
        timed(() => assess(model, { advice: false, draws: 10_000 }), 20),
      ],
    ];
    for (const [what, times] of rows)
      console.log(
        `| ${what} | ${median(times).toFixed(2)} | js-yaml load of the same plan | ${opponent.toFixed(2)} | ${(median(times) / opponent).toFixed(1)} |`,
      );
  },

  large() {
    console.log(
      '\n## Generated plans: 2,000 services in six layers, 500 capabilities in 40 regions, 60 journeys, a fifth with alternatives\n',
    );
    console.log(
      '| seed | s | MB | node -e 0, s | ratio | parsePlan, ms | js-yaml load, ms | ratio |\n| --- | --- | --- | --- | --- | --- | --- | --- |',
    );
    for (const seed of [1, 2, 3, 4, 5]) {
      const file = join(folder, `large-${seed}.yaml`);
      const text = generatePlan({ seed });
      writeFileSync(file, text);
      const { a, b, ratio, megabytes } = pair([bin, 'assess', '--no-advice', file], ['-e', '0'], 3);
      const ours = median(Array.from({ length: 5 }, () => time(() => parsePlan(text, file))));
      const theirs = median(Array.from({ length: 5 }, () => time(() => load(text))));
      console.log(
        `| ${seed} | ${median(a).toFixed(2)} | ${Math.max(...megabytes).toFixed(0)} | ${median(b).toFixed(3)} | ${median(ratio).toFixed(1)} | ${ours.toFixed(0)} | ${theirs.toFixed(0)} | ${(ours / theirs).toFixed(1)} |`,
      );
    }
  },

  hard() {
    console.log(
      '\n## Harder shapes: ten layers, two fifths with alternatives\n\n| seed | s | MB | journeys solved exactly | only being down exact | bounded |\n| --- | --- | --- | --- | --- | --- |',
    );
    for (const seed of [1, 2]) {
      const file = join(folder, `hard-${seed}.yaml`);
      writeFileSync(file, generatePlan({ seed, layers: 10, alternatives: 0.4 }));
      const { seconds, megabytes } = run([bin, 'assess', '--no-advice', file]);
      const { plan } = parsePlan(readFileSync(file, 'utf8'), file);
      const { journeys } = assess(buildModel(plan, catalog).model, { advice: false });
      const bounded = journeys.filter(({ down }) => down.bounds !== null).length;
      const inPart = journeys.filter(
        ({ down, degraded }) => down.bounds === null && degraded.bounds !== null,
      ).length;
      const whole = journeys.length - bounded - inPart;
      console.log(
        `| ${seed} | ${seconds.toFixed(1)} | ${megabytes.toFixed(0)} | ${whole} | ${inPart} | ${bounded} |`,
      );
    }
  },

  replay() {
    console.log(
      '\n## Replays, as whole processes\n\n| command | s | opponent | s | ratio | spread |\n| --- | --- | --- | --- | --- | --- |',
    );
    for (const [name, args, times] of [
      ['replay cloudflare-2025-11-18 examples/harbor/plan.yaml', ['cloudflare-2025-11-18', harbor], 11],
      ['replay all examples/harbor/plan.yaml', ['all', harbor], 21],
      ['replay --years 10000 examples/harbor/plan.yaml', ['--years', '10000', harbor], 11],
      ['the same with --workers 1', ['--years', '10000', '--workers', '1', harbor], 11],
    ]) {
      const { a, b, ratio } = pair([bin, 'replay', ...args], ['-e', '0'], times);
      console.log(
        `| ${name} | ${median(a).toFixed(3)} | node -e 0 | ${median(b).toFixed(3)} | ${median(ratio).toFixed(2)} | ${spread(ratio)} |`,
      );
    }
  },

  years() {
    console.log(
      '\n## Years in a warm process, one thread, against bench/naive-simulation.js (objects, a heap of closures, recursion)\n\n| plan | years | state changes | µs a change | naive, µs a change | ratio | spread |\n| --- | --- | --- | --- | --- | --- | --- |',
    );
    const plans = [
      ['examples/harbor/plan.yaml', readFileSync(harbor, 'utf8'), [250, 1000, 4000, 16_000]],
      ['generated, 250 services', generatePlan({ seed: 1, services: 250, journeys: 12 }), [50, 200]],
    ];
    for (const [name, text, counts] of plans) {
      const { model } = buildModel(parsePlan(text, name).plan, catalog);
      const ours = (years, seed) => simulateYears(model, { years, seed, sigma: 1 }).stateChanges;
      const theirs = (years, seed) => simulateNaively(model, years, seed, 1).stateChanges;
      for (let i = 0; i < 3; i++) {
        ours(counts[0], i);
        theirs(counts[0], i);
      }
      for (const years of counts) {
        const found = { ours: [], theirs: [], ratio: [] };
        let changes = 0;
        for (let seed = 1; seed <= 5; seed++) {
          const a = perChange(ours, years, seed);
          const b = perChange(theirs, years, seed);
          changes = a.changes;
          found.ours.push(a.microseconds);
          found.theirs.push(b.microseconds);
          found.ratio.push(b.microseconds / a.microseconds);
        }
        console.log(
          `| ${name} | ${years} | ${changes} | ${median(found.ours).toFixed(2)} | ${median(found.theirs).toFixed(2)} | ${median(found.ratio).toFixed(1)} | ${spread(found.ratio)} |`,
        );
      }
    }
  },

  async map() {
    const { benchMap } = await import('./map.js');
    console.log('\n## The layout of a map in a warm process, against elkjs');
    const modelOf = (text) => buildModel(parsePlan(text, 'plan.yaml').plan, catalog).model;
    await benchMap([
      { name: 'examples/harbor/plan.yaml', model: modelOf(readFileSync(harbor, 'utf8')), times: 41 },
      ...[500, 2000].map((services) => ({
        name: `generated, ${services} services`,
        model: modelOf(generatePlan({ seed: 1, services })),
        times: services === 500 ? 9 : 5,
      })),
    ]);
  },

  page() {
    return benchPage({ bin, root, folder });
  },

  serve() {
    return benchServe({ soak });
  },

  async chain() {
    await benchForwardedReads();
    const { benchAccountProofs } = await import('./chain/account-proofs.js');
    await benchAccountProofs();
    const { benchFirstNodeHung } = await import('./chain/first-node-hung.js');
    await benchFirstNodeHung();
  },

  async guard() {
    const { benchGuard } = await import('./guard/check.js');
    await benchGuard();
  },

  /** A few of them; node bench/guard/files.js offers 20,000. */
  async files() {
    const { benchFiles } = await import('./guard/files.js');
    await benchFiles({ count: 1_000, good: 100 });
  },

  async faults() {
    const { benchFaults } = await import('./faults.js');
    await benchFaults();
  },

  async discover() {
    const { benchDiscover } = await import('./discover/index.js');
    await benchDiscover();
  },

  /** In a process of its own: its peak of memory is told. */
  sector() {
    spawnSync(process.execPath, [join(root, 'bench', 'sector.js')], { stdio: 'inherit' });
  },

  growth() {
    console.log(
      '\n## What grows with what (seed 1, six layers, a fifth with alternatives)\n\n| services | journeys | nodes | read, ms | model, ms | solve, ms |\n| --- | --- | --- | --- | --- | --- |',
    );
    for (const [services, journeys] of [
      [250, 60],
      [500, 60],
      [1000, 60],
      [2000, 60],
      [2000, 30],
      [2000, 15],
      [4000, 60],
    ]) {
      const text = generatePlan({ seed: 1, services, journeys });
      let plan;
      let model;
      let result;
      const read = time(() => ({ plan } = parsePlan(text, 'plan.yaml')));
      const build = time(() => ({ model } = buildModel(plan, catalog)));
      const solve = time(() => (result = assess(model, { advice: false })));
      console.log(
        `| ${services} | ${journeys} | ${result.solved.nodes} | ${read.toFixed(0)} | ${build.toFixed(0)} | ${solve.toFixed(0)} |`,
      );
    }
  },
};

function time(work) {
  const begin = performance.now();
  work();
  return performance.now() - begin;
}

const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { soak: { type: 'string', default: '0' } },
});
const soak = Number(values.soak);
const unknown = wanted.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}. There are: ${Object.keys(parts).join(', ')}.`);
  process.exit(2);
}
console.log(`${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores; Node ${process.version}`);
for (const [name, part] of Object.entries(parts))
  if (wanted.length === 0 || wanted.includes(name)) await part();
