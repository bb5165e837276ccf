// keelson guard check of a large file beside jq empty, as whole processes in the same run; and 20,000 mutated files beside a slow judge.
//   node bench/run.js guard
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seeded } from '../seeded.js';
import { caseOf, makeKeys, writeContract } from './mutations.js';
import { judgeSlowly } from './slow-judge.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const bin = join(root, 'bin', 'keelson.cjs');
const TIME = '/usr/bin/time';

const SCHEMA = {
  type: 'object',
  required: ['name', 'region', 'weight', 'id'],
  properties: {
    name: { type: 'string', pattern: '^feature-[0-9]+$' },
    region: { enum: ['eu', 'us', 'ap'] },
    weight: { type: 'number', minimum: 0, maximum: 100 },
    on: { type: 'boolean' },
    tags: { type: 'array', items: { type: 'string' } },
    id: { type: 'integer' },
  },
  additionalProperties: false,
};

const CONTRACTS = {
  facts: 'rows: {at: /features}\nversion: {at: /version}\n',
  'unique names': 'rows: {at: /features, unique: [name]}\n',
  'unique names, a schema of rows': 'rows: {at: /features, unique: [name], schema: row.schema.json}\n',
};

/** @param {{ sizes?: readonly number[], rounds?: number, mutants?: number }} options sizes in bytes, the first is the one beside jq */
export async function benchGuard({ sizes = [100e6, 25e6, 50e6, 200e6], rounds = 5, mutants = 20_000 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-bench-guard-'));
  try {
    writeFileSync(join(folder, 'row.schema.json'), JSON.stringify(SCHEMA));
    for (const [i, rules] of Object.values(CONTRACTS).entries())
      writeFileSync(
        join(folder, `${i}.yaml`),
        `contract: 1\nname: f\nformat: json\nlimits: {bytes: 1 GB, time: 10m}\n${rules}`,
      );
    const [first = 0, ...others] = sizes;
    if (existsSync(TIME)) {
      benchBesideJq(folder, first, rounds);
      benchGrowth(
        folder,
        [first, ...others].sort((a, b) => a - b),
      );
    } else console.log(`\n## The guard: not measured, there is no ${TIME}`);
    await benchMutants(folder, mutants);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function benchBesideJq(folder, bytes, rounds) {
  const file = join(folder, 'large.json');
  const rows = writeRows(file, bytes);
  const commands = [
    ['jq empty', ['jq', 'empty', file]],
    ['node -e 0', [process.execPath, '-e', '0']],
    ...Object.keys(CONTRACTS).map((name, i) => [
      `guard check: ${name}`,
      [process.execPath, bin, 'guard', 'check', file, '--contract', join(folder, `${i}.yaml`)],
    ]),
  ];
  const hasJq = spawnSync('jq', ['--version']).status === 0;
  const measured = commands
    .filter(([name]) => hasJq || name !== 'jq empty')
    .map(([name, words]) => ({ name, words, found: [] }));
  // In turn, so that what else the machine does hits all alike.
  for (let round = 0; round < rounds; round++)
    for (const one of measured) one.found.push(timed(one.words, folder));
  console.log(
    `\n## The guard: a file of ${Math.round(bytes / 1e6)} MB, ${rows} rows of JSON, as whole processes; medians of ${rounds} rounds in turn\n`,
  );
  console.log(
    '| command | s | CPU, s | MB a CPU-second | peak MB | CPU to the first | spread |\n| --- | --- | --- | --- | --- | --- | --- |',
  );
  const base = measured[0]?.found ?? [];
  for (const { name, found } of measured) {
    const of = (key) => found.map((each) => each[key]);
    const ratios = found.map(({ cpu }, i) => cpu / (base[i]?.cpu ?? 1)).sort((a, b) => a - b);
    const speed = name === 'node -e 0' ? '–' : Math.round(bytes / 1e6 / median(of('cpu')));
    console.log(
      `| ${name} | ${median(of('seconds')).toFixed(2)} | ${median(of('cpu')).toFixed(2)} | ${speed} | ${Math.max(...of('megabytes')).toFixed(0)} | ${median(ratios).toFixed(2)} | ${ratios[0].toFixed(2)}–${ratios.at(-1).toFixed(2)} |`,
    );
  }
}

function benchGrowth(folder, sizes) {
  console.log(
    '\nWhat grows with what, one run each:\n\n| MB | rows | facts: CPU, s | peak MB | unique names: CPU, s | peak MB |\n| --- | --- | --- | --- | --- | --- |',
  );
  for (const bytes of sizes) {
    const file = join(folder, 'grown.json');
    const rows = writeRows(file, bytes);
    const cells = [0, 1].flatMap((i) => {
      const { cpu, megabytes } = timed(
        [process.execPath, bin, 'guard', 'check', file, '--contract', join(folder, `${i}.yaml`)],
        folder,
      );
      return [cpu.toFixed(2), megabytes.toFixed(0)];
    });
    console.log(`| ${Math.round(bytes / 1e6)} | ${rows} | ${cells.join(' | ')} |`);
    rmSync(file);
  }
}

/** Writes rows until there are so many bytes. @returns how many */
function writeRows(file, bytes) {
  const random = seeded(1);
  const descriptor = openSync(file, 'w');
  let text = '{"version":7,"features":[\n';
  let written = 0;
  let rows = 0;
  while (written + text.length < bytes) {
    const region = ['eu', 'us', 'ap'][rows % 3];
    text += `${rows > 0 ? ',\n' : ''}{"name":"feature-${rows}","region":"${region}","weight":${(random() * 100).toFixed(6)},"on":${random() < 0.5},"tags":["a${rows % 7}","bé"],"id":${rows}}`;
    rows++;
    if (text.length < 1 << 20) continue;
    written += writeSync(descriptor, text);
    text = '';
  }
  writeSync(descriptor, `${text}\n]}\n`);
  closeSync(descriptor);
  return rows;
}

function timed([program, ...args], folder) {
  const report = join(folder, 'measured');
  const { status, stderr } = spawnSync(TIME, ['-f', '%e %U %S %M', '-o', report, program, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  const [seconds, user, system, kilobytes] = readFileSync(report, 'utf8').trim().split(' ').map(Number);
  return { seconds, cpu: user + system, megabytes: kilobytes / 1024 };
}

/** How often the guard and the slow judge, which share nothing, say the same of mutated files. */
async function benchMutants(folder, count) {
  const { judge } = await import('../../dist/guard/check/judge.js');
  const { loadContract } = await import('../../dist/guard/load.js');
  const { pems, signers } = makeKeys();
  console.log(
    '\nMutated files, judged by the guard and by a slow judge that shares nothing with it:\n\n| format | files | accepted by both | refused by both | only the guard accepts | only the slow judge accepts |\n| --- | --- | --- | --- | --- | --- |',
  );
  for (const [format, share] of [
    ['json', 0.7],
    ['csv', 0.2],
    ['text', 0.1],
  ]) {
    const { contract } = await loadContract(writeContract(folder, format, pems));
    const file = join(folder, 'candidate');
    const envelope = `${file}.dsse.json`;
    const counts = [0, 0, 0, 0];
    const cases = Math.round(count * share);
    for (let seed = 1; seed <= cases; seed++) {
      const one = caseOf(format, 1_000_000 + seed, signers);
      writeFileSync(file, one.bytes);
      if (one.envelope === null) rmSync(envelope, { force: true });
      else writeFileSync(envelope, one.envelope);
      const { violations } = await judge({
        file,
        contract,
        last: one.last,
        now: one.now,
        envelope,
        copy: undefined,
      });
      const ours = violations.length === 0;
      const theirs = judgeSlowly(format, one, pems).length === 0;
      counts[ours ? (theirs ? 0 : 2) : theirs ? 3 : 1]++;
      if (ours !== theirs) console.error(`seed ${1_000_000 + seed} of ${format}: ${one.kind}`);
    }
    console.log(`| ${format} | ${cases} | ${counts.join(' | ')} |`);
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
