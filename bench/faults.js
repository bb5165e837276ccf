// What a fault proxy costs while no fault strikes, beside a proxy of Node that pipes sockets and no more: CPU time of the proxy's process,
// and what it adds to the time of one request at a time.
//   node bench/run.js faults
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cores, cpuOf, nextMessage, startNode, startOn, stop } from './serve/measured.js';

const folder = dirname(fileURLToPath(import.meta.url));
/** What answers, and how it is asked: a small answer over many connections, over one, and a large one. */
const LOADS = {
  small: { bytes: 1_024, connections: 64, requests: 2_000 },
  alone: { bytes: 1_024, connections: 1, requests: 400 },
  large: { bytes: 1_000_000, connections: 4, requests: 100 },
};
const KINDS = {
  pipe: 'net, piped both ways',
  tcp: 'faults, tcp, no toxic',
  bare: 'node:http + undici dispatch',
  http: 'faults, http, one toxic that does not fit',
};

/** @param {{ rounds?: number, warmUp?: number }} options */
export async function benchFaults({ rounds = 21, warmUp = 10 } = {}) {
  if (process.platform !== 'linux')
    return console.log('\n## Fault proxies: not measured, CPU time is read from /proc');
  const started = [];
  const start = async (core, ...args) => {
    const one = await startNode(core, args);
    started.push(one.child);
    return one;
  };
  const load = startOn(
    'others',
    process.execPath,
    [join(folder, 'chain', 'load.js')],
    ['ignore', 'inherit', 'inherit', 'ipc'],
  );
  started.push(load);
  const ask = (port, order) => {
    const answer = nextMessage(load);
    load.send({ port, path: '/', kind: 'same', seed: 0, ...order });
    return answer;
  };
  try {
    const found = {};
    for (const [name, order] of Object.entries(LOADS)) {
      const origin = await start('others', join(folder, 'serve', 'origin.js'), String(order.bytes));
      const proxies = { direct: origin };
      for (const kind of Object.keys(KINDS)) proxies[kind] = await startProxy(start, kind, origin.port);
      found[name] = await runRounds(proxies, order, { rounds, warmUp, ask });
      for (const { child } of Object.values(proxies)) await stop(child);
    }
    printTable(found, rounds);
  } finally {
    for (const child of started) await stop(child);
  }
}

function startProxy(start, kind, port) {
  const script = kind === 'bare' ? ['serve', 'proxies', 'bare.js'] : ['faults-proxy.js'];
  return start('measured', join(folder, ...script), String(port), kind);
}

/** One kind after the other in turn, every second round backwards: what else the machine does then falls on all alike. */
async function runRounds(proxies, order, { rounds, warmUp, ask }) {
  const all = Object.entries(proxies).map(([kind, one]) => ({ kind, ...one, found: [] }));
  for (const { port } of all) await ask(port, { ...order, requests: order.requests * warmUp });
  for (let round = 0; round < rounds; round++)
    for (const one of round % 2 === 0 ? all : all.toReversed()) {
      const before = cpuOf(one.child.pid);
      const { requests, failed, seconds, medianMs } = await ask(one.port, order);
      if (failed > 0) throw new Error(`${failed} requests failed through ${one.kind}.`);
      const microseconds = (cpuOf(one.child.pid) - before) / 1000 / requests;
      one.found.push({ microseconds, perSecond: requests / seconds, medianMs });
    }
  return Object.fromEntries(all.map(({ kind, found }) => [kind, found]));
}

function printTable({ small, alone, large }, rounds) {
  const where = cores === null ? 'not pinned' : 'the proxy alone on one core';
  console.log(
    `\n## Fault proxies while no fault strikes: medians of ${rounds} rounds in turn; ${where}\n\n` +
      '| proxy | CPU µs a request of 1 KB | to the first | requests/s, 64 connections | to the first | added to one at a time, ms | to the first | 1 MB answers, MB/s | to the first |\n' +
      '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  );
  const added = (kind) => alone[kind].map(({ medianMs }, i) => medianMs - alone.direct[i].medianMs);
  for (const [kind, name] of Object.entries(KINDS)) {
    const cells = [
      [small[kind].map(({ microseconds }) => microseconds), small.pipe.map((one) => one.microseconds), 1],
      [small[kind].map(({ perSecond }) => perSecond), small.pipe.map((one) => one.perSecond), 0],
      [added(kind), added('pipe'), 3],
      [large[kind].map(({ perSecond }) => perSecond), large.pipe.map((one) => one.perSecond), 0],
    ].map(
      ([values, first, digits]) =>
        `${median(values).toFixed(digits)} | ${median(values.map((value, i) => value / first[i])).toFixed(2)}`,
    );
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
