// Whether reads of a chain stay true and are answered while nodes hang, lag, lie and die, and what that costs. By itself:
//   node bench/chain/soak.js [READS]
// The gateway is a process before three nodes that play a chain from memory, each a process of its own. A seeded script makes nodes ill and
// well again. In the first half as many are well at any time as must agree; in the second half there are moments with fewer.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Pool } from 'undici';
import { cpuOf, freePort, startOn, stop, untilAccepts } from '../serve/measured.js';
import { loadTestParts } from '../test-parts.js';

const folder = dirname(fileURLToPath(import.meta.url));
const root = join(folder, '..', '..');
const bin = join(root, 'bin', 'keelson.cjs');
/** What is taken from the tests. */
const PARTS = `
  export { endAnvils } from './anvil.ts';
  export { groundOf, readsOf, untruthIn } from './chain-reads.ts';
  export { ChainWorld } from './chain-world.ts';
  export { endNodeProcesses, startNodeProcess } from './node-process.ts';
  export { randomStream } from '../../src/random.ts';`;
const AT_ONCE = 32;
const POINTS = 20;
/** Who must agree, of three. */
const VOTES = 2;
/** As often the text of a read is one that never came before, so that no kept answer is one to it. */
const NEW_SHARE = 0.7;
/** What a node says that has had enough is believed for a second. @unit ms */
const REST_MS = 1_200;
/** All are well between two failures. @unit ms */
const BETWEEN_MS = 300;
/** After a moment with too few nodes. @unit ms */
const AFTER_MS = 2_000;

/** What nodes may differ in, and by how much. @unit ratio */
const OPINIONS = ['eth_gasPrice', 'eth_estimateGas'];
const NEAR = 1.25;

const KINDS = ['hang', 'lag', 'lie', '429', '500', 'empty', 'half', 'reset', 'refused'];

/** @param {{ reads?: number, seed?: number }} options */
export async function benchSoak({ reads = 1_000_000, seed = 1 } = {}) {
  if (process.platform !== 'linux')
    return console.log('\n## Reads of a chain while nodes fail: not measured, memory is read from /proc');
  const scratch = mkdtempSync(join(tmpdir(), 'keelson-soak-'));
  const parts = await loadTestParts('soak', PARTS);
  const world = await parts.ChainWorld.start({ nodes: 1 });
  const ground = await parts.groundOf(world);
  const anvilUrl = world.node(0).url;
  // The same seed: they would tell the same lies.
  const nodes = await Promise.all([1, 2, 3].map(() => parts.startNodeProcess({ anvilUrl, reads: [], seed })));
  const gateway = await startKeelson(nodes, scratch);
  try {
    const run = new Run({ reads, seed, parts, world, ground, nodes, gateway });
    await run.warmUp();
    const rows = await run.start();
    print(rows);
    return rows;
  } finally {
    await stop(gateway.child);
    await parts.endNodeProcesses();
    await world.stop();
    await parts.endAnvils();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Reads of a whole run, and what came of them. */
class Run {
  asked = 0;
  /** Of each node, what is wrong with it; undefined: nothing. */
  ill = [undefined, undefined, undefined];
  /** Since when each node is well again. @unit ms */
  wellSince = [0, 0, 0];
  /** Until when too few count as well. @unit ms */
  badUntil = 0;
  wrong = [];
  errorsWell = [];
  errorsOther = new Map();
  memory = [];
  switches = 0;
  leftOut = 0;
  truths = new Map();
  isOver = false;

  constructor({ reads, seed, parts, world, ground, nodes, gateway }) {
    Object.assign(this, { reads, parts, world, nodes, gateway });
    this.next = parts.readsOf(ground, parts.randomStream('soak reads', seed), 'all');
    this.random = parts.randomStream('soak', seed);
    this.pool = new Pool(`http://127.0.0.1:${gateway.port}`, { connections: AT_ONCE, pipelining: 1 });
  }

  async warmUp() {
    const until = performance.now() + 10_000;
    while (performance.now() < until) {
      const { status, text } = await this.post('{"jsonrpc":"2.0","id":1,"method":"eth_gasPrice"}');
      if (status === 200 && text.includes('"result"')) return;
      await sleep(50);
    }
    throw new Error('The gateway did not come up.');
  }

  async start() {
    const cpuBefore = cpuOf(this.gateway.child.pid);
    const begin = performance.now();
    const trouble = this.makeTrouble();
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.client()));
    const seconds = (performance.now() - begin) / 1_000;
    const cpu = cpuOf(this.gateway.child.pid) - cpuBefore;
    this.isOver = true;
    await trouble;
    const counts = await Promise.all(this.nodes.map((node) => node.counts()));
    await this.pool.destroy();
    return {
      reads: this.asked,
      seconds,
      wrong: this.wrong,
      leftOut: this.leftOut,
      errorsWell: this.errorsWell,
      errorsOther: this.errorsOther,
      memory: this.memory,
      switches: this.switches,
      cpuMicroseconds: cpu / 1_000 / this.asked,
      calls: counts.map(({ calls }) => calls),
      faults: mergeCounts(counts.map(({ byFault }) => byFault)),
    };
  }

  get isFirstHalf() {
    return this.asked < this.reads / 2;
  }

  async client() {
    const every = Math.ceil(this.reads / POINTS);
    while (this.asked < this.reads) {
      const turn = this.asked++;
      if (turn % every === every - 1) this.memory.push(residentOf(this.gateway.child.pid));
      const { method, params } = this.next();
      const text = this.random() < NEW_SHARE ? spaced(params, turn) : JSON.stringify(params);
      const began = performance.now();
      const answer = await this.post(`{"jsonrpc":"2.0","id":${turn},"method":"${method}","params":${text}}`);
      await this.judge({ method, params, turn, began, ...answer });
    }
  }

  async post(body) {
    try {
      const answer = await this.pool.request({
        ...{ path: '/rpc', method: 'POST', body },
        headers: { 'content-type': 'application/json' },
      });
      return { status: answer.statusCode, text: await answer.body.text() };
    } catch (error) {
      return { status: 0, text: String(error) };
    }
  }

  async judge({ method, params, turn, began, status, text }) {
    const key = `${method} ${JSON.stringify(params)}`;
    let known = this.truths.get(key);
    if (known === undefined) {
      known = { truth: await this.world.truth(method, params, true), good: new Set() };
      this.truths.set(key, known);
    }
    const said = status === 200 ? text.replace(`"id":${turn}`, '"id":0') : '';
    if (known.good.has(said)) return;
    const { result, error } = status === 200 ? parsed(text) : { error: { message: `${status}: ${text}` } };
    const isErrorDue = 'error' in known.truth;
    if (error === undefined || (isErrorDue && isAnswer(error))) {
      if (this.isNear(method, began, result, known.truth.result)) return;
      const untruth = isErrorDue
        ? error === undefined && 'a result where there is none'
        : this.parts.untruthIn(result, known.truth.result);
      // What one of two says otherwise is left out of a transaction: that it costs, nobody else is there to ask.
      if (this.wellFrom(began) < VOTES && /gasPrice: null for/.test(untruth)) this.leftOut++;
      else if (untruth) this.wrong.push(`${key}: ${untruth}`);
      else if (known.good.size < 8) known.good.add(said);
      return;
    }
    const words = String(error.message).replace(/0x\w+/g, '0x…').slice(0, 160);
    if (this.badUntil > began || this.wellFrom(began) < VOTES)
      this.errorsOther.set(words, (this.errorsOther.get(words) ?? 0) + 1);
    else
      this.errorsWell.push(
        `${key} at ${turn}, ill: ${this.ill.join()}, after ${Math.round(performance.now() - began)} ms: ${words}`,
      );
  }

  /** How many nodes were well all the time since. */
  wellFrom(began) {
    return this.wellSince.filter((since) => since <= began).length;
  }

  /** Prices and estimates are opinions: where too few answer for a middle one, those that are near are taken. */
  isNear(method, began, said, truth) {
    if (!OPINIONS.includes(method) || this.wellFrom(began) >= VOTES) return false;
    const [least, most] = [Number(said), Number(truth)].sort((a, b) => a - b);
    return most <= least * NEAR;
  }

  async makeTrouble() {
    while (!this.isOver) {
      // Two may be ill at once only in the second half.
      const most = this.isFirstHalf ? 1 : 1 + Math.floor(this.random() * 3);
      const struck = shuffled([0, 1, 2], this.random).slice(0, most);
      for (const [turn, i] of struck.entries()) {
        // Two that say the same are believed: not more than one at a time says what is not so.
        const kinds = turn === 0 ? KINDS : KINDS.filter((kind) => kind !== 'lie' && kind !== 'lag');
        await this.strike(i, kinds[Math.floor(this.random() * kinds.length)]);
      }
      await sleep(150 + this.random() * 1_350);
      const hasRested = !struck.some((i) => this.ill[i] === '429');
      for (const i of struck) await this.heal(i);
      // A read that met one of them may still look for another node.
      await sleep(hasRested ? BETWEEN_MS : REST_MS);
    }
    for (const i of [0, 1, 2]) await this.heal(i);
  }

  async strike(i, kind) {
    const node = this.nodes[i];
    this.switches++;
    this.ill[i] = kind;
    this.wellSince[i] = Number.POSITIVE_INFINITY;
    if (this.ill.filter((one) => one === undefined).length < VOTES) this.badUntil = Number.POSITIVE_INFINITY;
    if (kind === 'refused') await node.refuse();
    else await node.behave(...rulesOf(kind));
  }

  async heal(i) {
    const node = this.nodes[i];
    const wasBad = this.badUntil === Number.POSITIVE_INFINITY;
    await node.behave();
    await node.accept();
    this.wellSince[i] = performance.now() + (this.ill[i] === '429' ? REST_MS : 0);
    this.ill[i] = undefined;
    if (wasBad && this.ill.filter((one) => one === undefined).length >= VOTES)
      this.badUntil = performance.now() + AFTER_MS;
  }
}

/** Honest about its chain: what is of another one is not asked any more. */
function rulesOf(kind) {
  const honest = { methods: ['eth_chainId'], fault: { kind: 'ok' } };
  switch (kind) {
    case 'hang':
      return [{ fault: { kind: 'hang' } }];
    case 'lag':
      return [{ fault: { kind: 'lag', blocks: 4 } }];
    case 'lie':
      return [honest, { fault: { kind: 'lie', lie: 'any' }, share: 0.6 }];
    case '429':
      return [{ fault: { kind: 'error', error: { code: 429, message: 'Too many requests' } } }];
    case '500':
      return [{ fault: { kind: 'status', status: 500 } }];
    case 'empty':
      return [{ fault: { kind: 'empty' } }];
    case 'half':
      return [{ fault: { kind: 'half', length: 'wrong' } }];
    default:
      return [{ fault: { kind: 'reset' } }];
  }
}

/** The journey needs nothing: what is measured is the pool, not when the plan gives up on it. */
async function startKeelson(nodes, scratch) {
  const port = await freePort();
  const file = join(scratch, 'plan.yaml');
  const lines = nodes.map(({ url }, i) => `  node-${i + 1}: {outages: none, url: "${url}"}\n`).join('');
  writeFileSync(
    file,
    `keelson: 1
platform: {name: Soak, asOf: 2026-11-01}
catalog: none
journeys:
  reads:
    tier: core
    match: [{path: /rpc, to: chain}]
    modes: {full: {needs: [gate]}}
services:
  gate: {outages: none}
  chain: {outages: none, atLeast: ${VOTES}, of: [node-1, node-2, node-3], verify: quorum, jsonrpc: {chain: 1337, blockTime: 1s}}
${lines}`,
  );
  const args = [
    bin,
    'serve',
    file,
    '--listen',
    `127.0.0.1:${port}`,
    '--admin',
    'off',
    '--state',
    'none',
    '--share',
    '0%',
  ];
  const child = startOn('measured', process.execPath, args, ['ignore', 'ignore', 'ignore']);
  await untilAccepts(port, child);
  return { child, port };
}

/** The same parameters in a text of their own: the number as spaces and tabs. */
function spaced(params, number) {
  const space = number.toString(2).replaceAll('0', ' ').replaceAll('1', '\t');
  return `[${space}${JSON.stringify(params).slice(1)}`;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { error: { message: `no JSON: ${text}` } };
  }
}

/** Whether an error is what nodes say to the call, and not the want of one. */
function isAnswer({ code, message }) {
  return code !== -32010 && !/^No (node|head|header) /.test(String(message));
}

/** @unit bytes */
function residentOf(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) * 1_024;
}

function mergeCounts(all) {
  const sums = {};
  for (const one of all)
    for (const [name, count] of Object.entries(one)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

function shuffled(list, random) {
  return list
    .map((one) => [random(), one])
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one);
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function print({
  reads,
  seconds,
  wrong,
  leftOut,
  errorsWell,
  errorsOther,
  memory,
  switches,
  cpuMicroseconds,
  calls,
  faults,
}) {
  const megabytes = memory.map((bytes) => Math.round(bytes / 1e6));
  const others = [...errorsOther.values()].reduce((sum, one) => sum + one, 0);
  console.log(
    `\n## Reads of a chain while nodes fail: two of three must agree; ${reads} reads in ${Math.round(seconds)} s, ${switches} failures of nodes\n`,
  );
  console.log('| what | found |\n| --- | --- |');
  for (const [what, found] of [
    ['wrong answers', wrong.length],
    ['answers without a price, while fewer than two were well', leftOut],
    ['errors while two were well', errorsWell.length],
    ['errors while fewer were, and for 2 s after', others],
    ['µs of CPU a read', cpuMicroseconds.toFixed(0)],
    ['MB of memory, at 20 points', megabytes.join(' ')],
    ['calls by node', calls.join(' ')],
    [
      'calls that met a fault',
      Object.entries(faults)
        .map(([name, count]) => `${name} ${count}`)
        .join(', '),
    ],
  ])
    console.log(`| ${what} | ${found} |`);
  for (const one of [...wrong.slice(0, 5), ...errorsWell.slice(0, 5)]) console.log(`    ${one}`);
  // Most are alike, but for the failures that they name.
  for (const [words, count] of [...errorsOther].sort(([, a], [, b]) => b - a).slice(0, 5))
    console.log(`    ${count} × ${words}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await benchSoak({ reads: Number(process.argv[2] ?? 1_000_000) });
