// Whether any bad plan gets into a gateway that watches its plan's file, and what offering them costs its requests. By itself:
//   node bench/guard/plans.js [--count 20000] [--good 2000] [--seed 1] [--trial-share 0.02]
// `keelson serve` is a process of its own before three sites, asked all the time by another one. Each plan is written over the file and
// offered; test/parts/plan-truth.ts, which shares nothing with the guard, says what is to become of it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { cpuOf, freePort, startOn, stop, untilAccepts } from '../serve/measured.js';
import { loadTestParts } from '../test-parts.js';

const folder = dirname(fileURLToPath(import.meta.url));
const root = join(folder, '..', '..');
const bin = join(root, 'bin', 'keelson.cjs');
/** What is taken from the tests. */
const PARTS = `
  export { familyOf, written } from './plan-mutations.ts';
  export { offerPlans } from './plan-offers.ts';
  export { endTraffic, startSiteProcess } from './traffic.ts';
  export { randomStream } from '../../src/random.ts';`;
/** It lasts longer where fewer than 100 requests have come by then. */
const TRIAL = ['--trial', '20%', '--trial-time', '1s'];

/** @param {{ count?: number, good?: number, seed?: number, trialShare?: number }} options `good` are offered among the `count` others, of which only a trial finds a share */
export async function benchPlans({ count = 20_000, good = 2_000, seed = 1, trialShare = 0.02 } = {}) {
  if (process.platform !== 'linux')
    return console.log('\n## Plans offered under load: not measured, memory is read from /proc');
  const parts = await loadTestParts('plans', PARTS);
  const scratch = mkdtempSync(join(tmpdir(), 'keelson-plans-'));
  const [a, b, broken] = await Promise.all(
    ['a', 'b', 'broken'].map((name) => parts.startSiteProcess(name, scratch)),
  );
  await broken.behave({ kind: 'errors', share: 1, status: 500 });
  const urls = { a: a.url, b: b.url, broken: broken.url };
  const plan = parts.familyOf(parts.randomStream('first plan', seed), urls);
  const file = join(scratch, 'plan.yaml');
  writeFileSync(file, parts.written(plan));
  const state = join(scratch, 'state');
  const port = await freePort();
  const words = ['--listen', `127.0.0.1:${port}`, '--admin', 'off', '--state', state, '--share', '0%'];
  const child = startOn(
    'measured',
    process.execPath,
    [bin, 'serve', file, ...words, ...TRIAL],
    ['ignore', 'ignore', 'ignore'],
  );
  try {
    await untilAccepts(port, child);
    const before = cpuOf(child.pid);
    const found = await parts.offerPlans({
      gateway: { pid: child.pid, url: `http://127.0.0.1:${port}`, socket: join(state, 'gateway.sock'), file },
      sites: [a, b],
      urls,
      schema: JSON.parse(readFileSync(join(root, 'docs', 'plan.schema.json'), 'utf8')),
      plan,
      bad: count,
      trialShare,
      good,
      seed,
      onProgress: (said) => console.error(said),
    });
    print({ ...found, cpuSeconds: (cpuOf(child.pid) - before) / 1e9 });
    return found;
  } finally {
    await stop(child);
    parts.endTraffic();
    rmSync(scratch, { recursive: true, force: true });
  }
}

const ms = (value) => (value < 10 ? value.toFixed(1) : value.toFixed(0));

function print(found) {
  const { offers, seconds, requests, counts, refusedMs, takenMs, memory } = found;
  console.log(
    `\n## Plans offered under load: ${offers} in ${Math.round(seconds)} s, beside ${requests} requests\n\n| what | found |\n| --- | --- |`,
  );
  for (const [what, value] of [
    ['bad ones loaded', found.badLoaded.length],
    ['good ones not loaded', found.goodNotLoaded.length],
    ['good ones put off and taken when offered again', found.putOff],
    ['nobody can say beforehand', found.undecided.length],
    ['requests dropped or wrongly answered', found.wrong.length],
    [
      'the same by plans while they were tried; the most by one',
      `${found.wrongOnTrial}; ${found.worstTrial}`,
    ],
    ['writes carried out twice; answered and not carried out', `${found.doubled}; ${found.invented}`],
    ['keyed writes sent again, each answered from what was kept', found.repeats],
    [
      'a plan that is refused or held back, ms until that is said: median; p99',
      `${ms(refusedMs.median)}; ${ms(refusedMs.p99)}`,
    ],
    ['the same, a second', found.perSecond.toFixed(0)],
    [
      'a plan that comes into force, tried for 1 s or on 100 requests, ms: median; p99',
      `${ms(takenMs.median)}; ${ms(takenMs.p99)}`,
    ],
    ['answers, ms: median; p99', `${ms(found.medianMs)}; ${ms(found.p99Ms)}`],
    [
      'longest without an answer, ms (of that, whoever asks was held up up to)',
      `${ms(found.longestGapMs)} (${ms(found.longestStallMs)})`,
    ],
    ['CPU of the gateway, all of it, s', found.cpuSeconds.toFixed(0)],
    ['MB of memory, at 20 points', memory.map((bytes) => Math.round(bytes / 1e6)).join(' ')],
  ])
    console.log(`| ${what} | ${value} |`);
  console.log('\n| to be | what became of it | plans |\n| --- | --- | --- |');
  for (const [what, number] of Object.entries(counts).sort())
    console.log(`| ${what.replace(': ', ' | ')} | ${number} |`);
  for (const name of ['badLoaded', 'goodNotLoaded', 'wrong', 'undecided'])
    for (const one of found[name].slice(0, 8)) console.log(`    ${name} ${one}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '20000' },
      good: { type: 'string' },
      seed: { type: 'string', default: '1' },
      'trial-share': { type: 'string', default: '0.02' },
    },
  });
  const count = Number(values.count);
  const good = Number(values.good ?? Math.ceil(count / 10));
  await benchPlans({ count, good, seed: Number(values.seed), trialShare: Number(values['trial-share']) });
}
