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

/** Before each round, so that no connection is opened within it. */
const PRIMER = 2 * CONNECTIONS;

/**
 * @param {{ rounds?: number, warmUp?: number, requests?: number, soak?: number, contenders?: typeof opponents }} options
 * `soak` sends that many requests to one process of each and prints its memory instead.
 */
export async function benchServe(options = {}) {
  const { rounds = 41, warmUp = 15_000, requests = 2_000, soak = 0, contenders = opponents } = options;
  if (process.platform !== 'linux')
    return console.log('\n## The gateway: not measured, CPU time is read from /proc');
  const scratch = mkdtempSync(join(tmpdir(), 'keelson-bench-serve-'));
  const tokens = writeTokens(scratch, { cold: soak > 0 ? 0 : warmUp + rounds * (requests + PRIMER) });
  const origin = await startOrigin(BYTES, scratch);
  const generator = startOn(
    'others',
    process.execPath,
    [join(folder, 'load.js')],
    ['ignore', 'inherit', 'inherit', 'ipc'],
  );
  const load = (port, order) => {
    const answer = nextMessage(generator);
    generator.send({ port, connections: CONNECTIONS, bytes: BYTES, tokens: tokens.warm, seed: 0, ...order });
    return answer;
  };
  const running = [];
  const start = async (name, one, isCold) => {
    const { child, port } = await one.start(origin.port, scratch);
    const runner = { name, child, port, found: [], sent: 0, tokens: isCold ? tokens.cold : tokens.warm };
    running.push(runner);
    return runner;
  };
  try {
    printHead(origin.name, soak, rounds, requests);
    for (const [name, { why }] of Object.entries(contenders))
      if (why) console.log(`Left out: ${name} (${why}).\n`);
    for (const [name, one] of Object.entries(contenders).filter(([, { why }]) => !why)) {
      if (soak > 0) {
        const { child, port } = await start(name, one, false);
        await soakOne(name, child, port, load, soak);
        await stop(child);
      } else {
        await start(name, one, false);
        if (name === 'keelson serve') await start(`${name}, every token new`, one, true);
      }
    }
    if (soak > 0) return;
    await runRounds(running, load, { rounds, warmUp, requests });
    printTable(running);
  } finally {
    for (const { child } of running) await stop(child);
    await stop(generator);
    await stop(origin.child);
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Short rounds in turn, every second one backwards: what else the machine does then falls on all alike. */
async function runRounds(running, load, { rounds, warmUp, requests }) {
  const ask = async (one, count) => {
    const found = await load(one.port, { requests: count, seed: one.sent, tokens: one.tokens });
    one.sent += count;
    return found;
  };
  for (const one of running) await ask(one, warmUp);
  for (let round = 0; round < rounds; round++)
    for (const one of round % 2 === 0 ? running : [...running].reverse()) {
      await ask(one, PRIMER);
      const before = cpuOf(one.child.pid);
      const found = await ask(one, requests);
      const microseconds = (cpuOf(one.child.pid) - before) / 1000 / Math.max(1, found.requests);
      one.found.push({ ...found, microseconds, megabytes: residentOf(one.child.pid) });
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

/** Ratios are taken round by round against the first; the spread is that of their middle half. */
function printTable(running) {
  const first = running[0].found;
  console.log(
    '| what forwards | µs a request | requests a CPU-second | to the first | spread | median, ms | p99, ms | MB | failed |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  );
  for (const { name, found } of running) {
    const of = (key) => found.map((round) => round[key]);
    const ratios = found.map((round, i) => round.microseconds / first[i].microseconds).sort((a, b) => a - b);
    const cells = [
      name,
      median(of('microseconds')).toFixed(1),
      Math.round(1e6 / median(of('microseconds'))),
      median(ratios).toFixed(2),
      `${ratios[ratios.length >> 2].toFixed(2)}–${ratios[(ratios.length * 3) >> 2].toFixed(2)}`,
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
