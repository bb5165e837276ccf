// What a request costs: CPU time of the forwarding process alone, on one core of its own, one kind after the other in turn.
//   node bench/run.js serve [--soak 1000000]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cores, cpuOf, nextMessage, residentOf, startOn, stop } from './measured.js';
import { opponents, startOrigin } from './opponents.js';
import { writeTokens } from './tokens.js';

const folder = dirname(fileURLToPath(import.meta.url));
const BYTES = 1024;
const CONNECTIONS = 64;

/**
 * @param {{ rounds?: number, warmUp?: number, requests?: number, soak?: number, contenders?: typeof opponents }} options
 * `soak` sends that many requests to one process of each and prints its memory instead.
 */
export async function benchServe({
  rounds = 5,
  warmUp = 20_000,
  requests = 30_000,
  soak = 0,
  contenders = opponents,
} = {}) {
  if (process.platform !== 'linux')
    return console.log('\n## The gateway: not measured, CPU time is read from /proc');
  const scratch = mkdtempSync(join(tmpdir(), 'keelson-bench-serve-'));
  const coldRequests = 20_000;
  const tokens = writeTokens(scratch, { cold: coldRequests + warmUp });
  const origin = await startOrigin(BYTES, scratch);
  const generator = startOn('others', process.execPath, [join(folder, 'load.js')], [
    'ignore',
    'inherit',
    'inherit',
    'ipc',
  ]);
  const load = (port, order) => {
    const answer = nextMessage(generator);
    generator.send({ port, connections: CONNECTIONS, bytes: BYTES, tokens: tokens.warm, seed: 0, ...order });
    return answer;
  };
  const here = Object.entries(contenders).filter(([, { why }]) => !why);
  const cold = here.filter(([name]) => name === 'keelson serve').map(([name, one]) => [`${name}, every token new`, one]);
  const measure = async (name, { start }, round) => {
    const { child, port } = await start(origin.port, scratch);
    try {
      if (soak > 0) return await soakOne(name, child, port, load, soak);
      const isCold = name.endsWith('every token new');
      const kind = isCold ? { tokens: tokens.cold } : {};
      await load(port, { requests: warmUp, seed: isCold ? 0 : round, ...kind });
      const before = cpuOf(child.pid);
      const order = { requests: isCold ? coldRequests : requests, seed: isCold ? warmUp : round, ...kind };
      const found = await load(port, order);
      const cpu = cpuOf(child.pid) - before;
      return { ...found, microseconds: cpu / 1000 / Math.max(1, found.requests), megabytes: residentOf(child.pid) };
    } finally {
      await stop(child);
    }
  };
  try {
    printHead(origin.name, soak, rounds, requests);
    for (const [name, { why }] of Object.entries(contenders)) if (why) console.log(`Left out: ${name} (${why}).\n`);
    if (soak > 0) {
      for (const [name, one] of here) await measure(name, one, 0);
      return;
    }
    const all = [...here, ...cold];
    const found = new Map(all.map(([name]) => [name, []]));
    for (let round = 0; round < rounds; round++)
      for (const [name, one] of all) found.get(name).push(await measure(name, one, round));
    printTable(found);
  } finally {
    await stop(generator);
    await stop(origin.child);
    rmSync(scratch, { recursive: true, force: true });
  }
}

function printHead(origin, soak, rounds, requests) {
  const where = cores === null ? 'not pinned' : `the proxy alone on core ${cores.measured}`;
  const how =
    soak > 0
      ? `memory over ${soak} requests`
      : `CPU of the proxy's process a request, medians of ${rounds} rounds in turn of ${requests} requests each`;
  console.log(
    `\n## The gateway: ${how}; ${BYTES} bytes from ${origin}, ${CONNECTIONS} connections, 1,000 tokens, ${where}\n`,
  );
}

/** Ratios are taken round by round against the first, which ran just before. */
function printTable(found) {
  const [first] = found.values();
  console.log(
    '| what forwards | µs a request | requests a CPU-second | to the first | spread | median, ms | p99, ms | MB | failed |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  );
  for (const [name, rounds] of found) {
    const of = (key) => rounds.map((round) => round[key]);
    const ratios = rounds.map((round, i) => round.microseconds / first[i].microseconds);
    const cells = [
      name,
      median(of('microseconds')).toFixed(1),
      Math.round(1e6 / median(of('microseconds'))),
      median(ratios).toFixed(2),
      `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`,
      median(of('medianMs')).toFixed(1),
      median(of('p99Ms')).toFixed(1),
      Math.max(...of('megabytes')).toFixed(0),
      of('failed').reduce((sum, one) => sum + one, 0),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

/** Twenty readings of the resident memory, at even steps. */
async function soakOne(name, child, port, load, requests) {
  const step = Math.ceil(requests / 20);
  const megabytes = [];
  let failed = 0;
  for (let sent = 0; sent < requests; sent += step) {
    const found = await load(port, { requests: Math.min(step, requests - sent), seed: sent });
    failed += found.failed;
    megabytes.push(residentOf(child.pid));
  }
  const half = megabytes.slice(megabytes.length >> 1);
  const drift = half.at(-1) - half[0];
  console.log(
    `${name}: ${megabytes.map((one) => one.toFixed(0)).join(' ')} MB; in the second half ${drift >= 0 ? '+' : ''}${drift.toFixed(1)} MB; ${failed} failed`,
  );
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
