// Keelson's kernel beside SCRAM (Debian package `scram`) on the same fault trees in the same run:
//   bench/engine [--runs N] [--limit SECONDS] MODEL.xml… | FOLDER…
// Build first: npm run build. Whole processes run in turn, ours and SCRAM's; medians are quoted; a run that passes the limit counts
// as the limit and is marked with >. Peak memory is the system's own figure for the process (/usr/bin/time).
//
//   listing   keelson solve --list, scram --bdd --probability 1 -l 100000: P and every cut set written out
//   counting  keelson solve (P, counts by order, the ten likeliest, importance); SCRAM counts by listing
//   P alone   keelson solve --no-cut-sets --no-importance, scram --bdd --probability 1 -l 1
//   warm      in one process, the file read before: formulas → diagram → P, then cut sets counted; SCRAM's own figure of its
//             analysis (calculation-time in its report: products and probability), which leaves out reading and writing
//   all IM    every importance measure of every event, as a multiple of the one walk that gives P
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compile, countBySize, CutSets, Importances, Probability } from '../dist/diagram/index.js';
import { parseModel } from '../dist/openpsa/index.js';

const self = fileURLToPath(import.meta.url);
const bin = join(dirname(self), '..', 'bin', 'keelson.cjs');
const BUDGET = 16_000_000;

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const geometric = (values) => Math.exp(values.reduce((sum, x) => sum + Math.log(x), 0) / values.length);

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '5' },
    limit: { type: 'string', default: '60' },
    inside: { type: 'boolean', default: false },
  },
});
if (positionals.length === 0) {
  console.error(
    'bench/engine MODEL.xml… | FOLDER…: expected fault trees in the Open-PSA Model Exchange Format.',
  );
  process.exit(2);
}
const absent = positionals.filter((path) => !existsSync(path));
if (absent.length > 0) {
  console.error(`bench/engine: ${absent.join(', ')} cannot be found.`);
  process.exit(2);
}
const models = positionals.flatMap((path) =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => name.endsWith('.xml'))
        .sort()
        .map((name) => join(path, name))
    : [path],
);
if (options.inside) inside(models[0]);
else compare();

/** One model in this process: medians of its phases once the code is warm, as JSON. */
function inside(file) {
  const { tree } = parseModel(readFileSync(file, 'utf8'), { file });
  const [root] = tree.roots;
  const once = () => {
    const begin = performance.now();
    const { diagram, roots, order } = compile(tree.store, [root.formula], BUDGET);
    const probability = new Probability(diagram, roots);
    const q = Float64Array.from(order, (event) => tree.events[event]?.probability ?? 0);
    probability.evaluate(q);
    const solved = performance.now();
    const sets = new CutSets(diagram, BUDGET);
    const [edge] = roots;
    const coherent = tree.store.isMonotone(root.formula) || diagram.isMonotone(edge);
    const family = coherent ? sets.minimal(edge) : sets.minimalPositiveParts(edge);
    const count = countBySize(sets, family).reduce((sum, n) => sum + n, 0n);
    const counted = performance.now();
    return { probability, q, edge, count, solveMs: solved - begin, countMs: counted - begin };
  };
  /** Of work that takes microseconds: so often at a time that the clock can tell. */
  const often = (work) => {
    const times = Math.max(1, Math.round(2 / Math.max(1e-4, many(work, 5))));
    return (
      many(() => {
        for (let i = 0; i < times; i++) work();
      }, 5) / times
    );
  };
  const many = (work, atLeast) => {
    const times = [];
    const begin = performance.now();
    while (times.length < atLeast || (times.length < 200 && performance.now() - begin < 1500)) {
      const from = performance.now();
      work();
      times.push(performance.now() - from);
    }
    return median(times);
  };
  const first = once();
  const slow = first.countMs > 5000;
  const runs = [];
  many(() => runs.push(once()), slow ? 1 : 5);
  const warm = slow ? runs : runs.slice(runs.length >> 1);
  const { probability, q, edge } = first;
  const evaluate = () => probability.evaluate(q);
  const measures = new Importances(probability, edge);
  const all = () => measures.evaluate(q);
  many(evaluate, 5);
  many(all, 5);
  console.log(
    JSON.stringify({
      p: probability.of(edge),
      count: String(first.count),
      nodes: probability.size,
      solveMs: median(warm.map(({ solveMs }) => solveMs)),
      countMs: median(warm.map(({ countMs }) => countMs)),
      evaluateMs: often(evaluate),
      importanceMs: often(all),
    }),
  );
}

/** Seconds, peak megabytes and what was printed; `late` where the limit was passed. */
function run(command, args) {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-engine-'));
  const peak = join(folder, 'peak');
  const begin = performance.now();
  // `timeout` ends the whole group that it starts.
  const limited = ['timeout', '-s', 'KILL', options.limit, command, ...args];
  const child = spawnSync('/usr/bin/time', ['-f', '%M', '-o', peak, ...limited], {
    stdio: ['ignore', 'pipe', 'ignore'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const seconds = (performance.now() - begin) / 1000;
  const late = child.status === 137;
  const megabytes = late ? Number.NaN : Number(readFileSync(peak, 'utf8').trim().split('\n').at(-1)) / 1024;
  rmSync(folder, { recursive: true, force: true });
  return { seconds: late ? Number(options.limit) : seconds, megabytes, late, out: child.stdout ?? '' };
}

/** Ours and SCRAM's in turn, medians; whoever passes the limit or takes long is not run again. */
function pair(ours, theirs) {
  const found = [ours, theirs].map((command) => ({ command, runs: [] }));
  for (let i = 0; i <= Number(options.runs); i++)
    for (const { command, runs } of found) {
      const last = runs.at(-1);
      if (last !== undefined && (last.late || (last.seconds > 10 && i > 1))) continue;
      runs.push(run(...command));
    }
  // The first of each warms the file cache, where there are others.
  return found.map(({ runs }) => {
    const counted = runs.length > 1 ? runs.slice(1) : runs;
    return {
      seconds: median(counted.map(({ seconds }) => seconds)),
      megabytes: median(counted.map(({ megabytes }) => megabytes)),
      late: counted.some(({ late }) => late),
      out: runs[0].out,
    };
  });
}

function compare() {
  const scram = spawnSync('scram', ['--version'], { encoding: 'utf8' });
  if (scram.status !== 0 || !existsSync('/usr/bin/time')) {
    console.error('bench/engine needs the Debian packages scram and time.');
    process.exit(1);
  }
  console.log(
    `${cpus()[0]?.model.trim()}, ${cpus().length} cores; Node ${process.version}; ${scram.stderr.split('\n')[0] || scram.stdout.split('\n')[0]}; seconds, limit ${options.limit} s\n`,
  );
  console.log(
    '| model | nodes | listing: ours | SCRAM | MB | SCRAM | counting: ours | P alone: ours | SCRAM | MB | SCRAM | warm P: ms | warm P and sets: ms | SCRAM: ms | all IM |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  );
  const ratios = { counting: [], alone: [], warm: [], importance: [] };
  const slower = [];
  for (const file of models) {
    const keelson = (...words) => [process.execPath, [bin, 'solve', ...words, file]];
    const [list, scramList] = pair(keelson('--list', '/dev/null'), [
      'scram',
      ['--bdd', '--probability', '1', '-l', '100000', '-o', '/dev/null', file],
    ]);
    const [count] = pair(keelson(), [process.execPath, ['-e', '0']]);
    const [alone, scramAlone] = pair(keelson('--no-cut-sets', '--no-importance'), [
      'scram',
      ['--bdd', '--probability', '1', '-l', '1', '-o', '/dev/null', file],
    ]);
    const child = spawnSync(process.execPath, ['--max-old-space-size=2000', self, '--inside', file], {
      encoding: 'utf8',
      timeout: 180_000,
    });
    const warm = child.status === 0 ? JSON.parse(child.stdout) : undefined;
    const report = run('sh', ['-c', 'scram --bdd --probability 1 -l 100000 "$0" | head -c 20000', file]);
    const analysis = [...report.out.matchAll(/<(?:products|probability)>([^<]+)</g)].reduce(
      (sum, [, x]) => sum + Number(x) * 1000,
      0,
    );
    const theirs = report.late ? report.seconds * 1000 : analysis;
    const name = basename(file, '.xml');
    const time = ({ seconds, late }) => `${late ? '>' : ''}${seconds.toFixed(2)}`;
    const size = ({ megabytes }) => (Number.isNaN(megabytes) ? '–' : megabytes.toFixed(0));
    const ms = (value) => value?.toPrecision(3) ?? '–';
    console.log(
      `| ${name} | ${warm?.nodes ?? '–'} | ${time(list)} | ${time(scramList)} | ${size(list)} | ${size(scramList)} | ${time(count)} | ${time(alone)} | ${time(scramAlone)} | ${size(alone)} | ${size(scramAlone)} | ${ms(warm?.solveMs)} | ${ms(warm?.countMs)} | ${report.late ? '>' : ''}${ms(theirs)} | ${warm === undefined ? '–' : (warm.importanceMs / warm.evaluateMs).toFixed(2)} |`,
    );
    if (warm === undefined) continue;
    ratios.counting.push(scramList.seconds / count.seconds);
    ratios.alone.push(scramAlone.seconds / alone.seconds);
    ratios.warm.push(theirs / warm.countMs);
    ratios.importance.push(warm.importanceMs / warm.evaluateMs);
    for (const [what, ratio] of [
      ['counting', ratios.counting.at(-1)],
      ['P alone', ratios.alone.at(-1)],
      ['warm', ratios.warm.at(-1)],
    ])
      if (ratio < 0.5) slower.push(`${name} (${what}, ${(1 / ratio).toFixed(1)} times)`);
  }
  const mean = (values) => geometric(values).toFixed(2);
  console.log(
    `\nGeometric means, SCRAM's time over ours: P and all cut sets ${mean(ratios.counting)}, P alone ${mean(ratios.alone)}, warm ${mean(ratios.warm)}.\n` +
      `More than twice as slow as SCRAM: ${slower.length === 0 ? 'none' : slower.join(', ')}.\n` +
      `All importance measures cost ${median(ratios.importance).toFixed(2)} walks of P at the median, ${Math.max(...ratios.importance).toFixed(2)} at the most.`,
  );
}
