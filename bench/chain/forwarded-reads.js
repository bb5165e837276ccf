// What a read of a chain costs: CPU time of the forwarding process alone, on one core of its own, one kind after the other in turn.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  cores,
  cpuOf,
  freePort,
  nextMessage,
  startNode,
  startOn,
  stop,
  untilAccepts,
} from '../serve/measured.js';

const folder = dirname(fileURLToPath(import.meta.url));
const bin = join(folder, '..', '..', 'bin', 'keelson.cjs');
const BYTES = 1_024;
const CONNECTIONS = 64;

/**
 * How a process happens to be laid out and compiled makes a tenth and more: so all are started several times. What is kept has a process of
 * its own, as else it would pay for what forwarding leaves behind.
 *
 * @param {{ launches?: number, rounds?: number, warmUp?: number, requests?: number }} options
 */
export async function benchForwardedReads({
  launches = 3,
  rounds = 11,
  warmUp = 15_000,
  requests = 2_000,
} = {}) {
  if (process.platform !== 'linux')
    return console.log('\n## Reads of a chain: not measured, CPU time is read from /proc');
  const where = cores === null ? 'not pinned' : `the measured process alone on core ${cores.measured}`;
  console.log(
    `\n## Reads of a chain: CPU of the process a read, medians of ${launches} launches of ${rounds} rounds in turn of ${requests} reads each; ${BYTES} bytes, ${CONNECTIONS} connections, ${where}\n`,
  );
  const all = [];
  for (let launch = 0; launch < launches; launch++) {
    const found = await launchOnce({ rounds, warmUp, requests });
    for (const [i, { name, found: measured }] of found.entries()) {
      all[i] ??= { name, found: [] };
      all[i].found.push(...measured);
    }
  }
  printTable(all);
}

async function launchOnce({ rounds, warmUp, requests }) {
  const scratch = mkdtempSync(join(tmpdir(), 'keelson-bench-chain-'));
  const node = await startNode('others', [join(folder, 'node.js'), String(BYTES)]);
  const generator = startOn(
    'others',
    process.execPath,
    [join(folder, 'load.js')],
    ['ignore', 'inherit', 'inherit', 'ipc'],
  );
  const bare = await startNode('measured', [
    join(folder, '..', 'serve', 'proxies', 'bare.js'),
    String(node.port),
  ]);
  const forwarding = await startKeelson(node.port, scratch);
  const keeping = await startKeelson(node.port, scratch);
  const contenders = [
    { name: 'node:http + undici dispatch', ...bare, path: '/rpc', kind: 'new' },
    { name: 'keelson serve, forwarded', ...forwarding, path: '/rpc', kind: 'new' },
    { name: 'keelson serve, kept', ...keeping, path: '/rpc', kind: 'same' },
  ].map((one) => ({ ...one, sent: 1_000_000, found: [] }));
  const ask = (one, count) => {
    const answer = nextMessage(generator);
    const { port, path, kind } = one;
    generator.send({
      port,
      path,
      kind,
      connections: CONNECTIONS,
      bytes: BYTES,
      requests: count,
      seed: one.sent,
    });
    one.sent += count;
    return answer;
  };
  try {
    for (const one of contenders) await ask(one, warmUp);
    for (let round = 0; round < rounds; round++)
      for (const one of round % 2 === 0 ? contenders : [...contenders].reverse()) {
        await ask(one, 2 * CONNECTIONS);
        const before = cpuOf(one.child.pid);
        const found = await ask(one, requests);
        one.found.push({
          ...found,
          microseconds: (cpuOf(one.child.pid) - before) / 1000 / Math.max(1, found.requests),
        });
      }
    return contenders;
  } finally {
    for (const { child } of [bare, forwarding, keeping, node, { child: generator }]) await stop(child);
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function startKeelson(nodePort, scratch) {
  const port = await freePort();
  const file = join(scratch, 'plan.yaml');
  writeFileSync(
    file,
    readFileSync(join(folder, 'plan.yaml'), 'utf8').replaceAll('NODE_PORT', String(nodePort)),
  );
  const args = [bin, 'serve', file, '--listen', `127.0.0.1:${port}`, '--admin', 'off', '--state', 'none'];
  const child = startOn('measured', process.execPath, args, ['ignore', 'ignore', 'ignore']);
  await untilAccepts(port, child);
  return { child, port };
}

/** Ratios are taken round by round against the first; the spread is that of their middle half. */
function printTable(contenders) {
  const first = contenders[0].found;
  console.log(
    '| what answers | µs a read | to the first | spread | median, ms | p99, ms | failed |\n| --- | --- | --- | --- | --- | --- | --- |',
  );
  for (const { name, found } of contenders) {
    const of = (key) => found.map((round) => round[key]);
    const ratios = found.map((round, i) => round.microseconds / first[i].microseconds).sort((a, b) => a - b);
    const cells = [
      name,
      median(of('microseconds')).toFixed(1),
      median(ratios).toFixed(2),
      `${ratios[ratios.length >> 2].toFixed(2)}–${ratios[(ratios.length * 3) >> 2].toFixed(2)}`,
      median(of('medianMs')).toFixed(1),
      median(of('p99Ms')).toFixed(1),
      of('failed').reduce((sum, one) => sum + one, 0),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
