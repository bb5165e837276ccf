// Whether anything is left behind by drills, one after the other, some of them killed:
//   npm run --silent build && node bench/drill/soak.js [1000] [--lanes 6] [--seed 1]
// Half of the drills start a gateway of their own, half drill one that runs. Every tenth is killed at a random moment. What stands on this
// computer before and after is compared: ports, processes, files, and proxies byte for byte. Linux alone: it reads /proc.
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FaultServer, openControl } from '../../dist/faults/index.js';
import { randomStream } from '../../dist/random.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { lanes: { type: 'string', default: '6' }, seed: { type: 'string', default: '1' } },
});
const COUNT = Number(positionals[0] ?? 1_000);
const LANES = Number(values.lanes);
const SEED = Number(values.seed);
const BIN = fileURLToPath(new URL('../../bin/keelson.cjs', import.meta.url));
const FOLDER = mkdtempSync(join(tmpdir(), 'keelson-soak-'));
/** Longer than a drill takes: some are not killed after all. @unit ms */
const LATEST_KILL_MS = 11_000;
/** What was started ends by itself within this. @unit ms */
const GONE_WITHIN_MS = 15_000;

const faulty = [];
/** On a machine that has other things to do, something may come later than it is to: then it is told, and nothing must be left either. */
const differing = [];
const tally = { own: newTally(), running: newTally() };

const sites = [await startSite(), await startSite()];
const lanes = await Promise.all(Array.from({ length: LANES }, (_, i) => startLane(i)));
const before = standing();
const began = performance.now();
let next = 0;
await Promise.all(lanes.map(drillInLane));
const lasted = performance.now() - began;
// What the last ones have closed is gone a moment later.
await setTimeout(2_000);
const after = standing();
print();
await Promise.all(lanes.map((lane) => lane.stop()));
for (const { server } of sites) {
  server.close();
  server.closeAllConnections();
}
rmSync(FOLDER, { recursive: true, force: true });
process.exitCode = faulty.length === 0 ? 0 : 1;

function newTally() {
  return { drills: 0, killed: 0, restored: 0, ms: [] };
}

async function drillInLane(lane) {
  for (;;) {
    const number = next++;
    if (number >= COUNT) return;
    const random = randomStream(`drill ${number}`, SEED);
    const rig = number % 2 === 0 ? 'own' : 'running';
    // Of ten one, and of both rigs alike.
    const isKilled = number % 20 === 0 || number % 20 === 11;
    await drillOnce(lane, number, rig, isKilled ? random() * LATEST_KILL_MS : undefined, random());
    if ((number + 1) % 20 === 0) process.stderr.write(`${number + 1} of ${COUNT}\n`);
  }
}

/** @param killedMs when it is killed; undefined where it is not @param chance whether what it leaves is restored, or left to the next drill */
async function drillOnce(lane, number, rig, killedMs, chance) {
  const counts = tally[rig];
  const started = performance.now();
  const words =
    rig === 'own'
      ? [lane.plans.own, '--speed', '1000', '--only', 'site-a', '--json']
      : [lane.plans.running, '--state', lane.state, '--only', 'site-a', '--json'];
  const { exit, out, err, wasKilled } = await keelson(lane, ['drill', ...words], killedMs);
  counts.drills++;
  const wrong = [];
  if (wasKilled) {
    counts.killed++;
    if (rig === 'running' && chance < 0.5) {
      const restored = await keelson(lane, ['drill', lane.plans.running, '--state', lane.state, '--restore']);
      if (restored.exit !== 0) wrong.push(`--restore: ${restored.err}`);
    } else if (rig === 'running') {
      const again = await keelson(lane, ['drill', ...words]);
      if (again.exit === 1 && JSON.parse(again.out).outcome === 'wrong') differing.push(number);
      else if (again.exit !== 0) wrong.push(`the next one: ${again.err}${again.out.slice(0, 2_000)}`);
    }
    if (rig === 'running') counts.restored++;
  } else {
    counts.ms.push(performance.now() - started);
    const said = exit === 0 ? JSON.parse(out) : {};
    if (exit === 1 && JSON.parse(out).restored === true && JSON.parse(out).outcome === 'wrong')
      differing.push(number);
    else if (exit !== 0 || said.outcome !== 'agrees' || said.restored !== true)
      wrong.push(`exit ${exit}: ${err}${out.slice(0, 3_000)}`);
  }
  const until = performance.now() + GONE_WITHIN_MS;
  let left = leftOf(lane);
  while (left.length > 0 && performance.now() < until) {
    await setTimeout(50);
    left = leftOf(lane);
  }
  wrong.push(...left);
  if (wrong.length === 0) return;
  faulty.push(number);
  process.stderr.write(
    `drill ${number} (${rig}${killedMs === undefined ? '' : `, killed at ${Math.round(killedMs)} ms`}):\n  ${wrong.join('\n  ')}\n`,
  );
}

/** Everything that a drill of a lane could have left. */
function leftOf(lane) {
  const journal = join(lane.state, 'drill.journal');
  return [
    ...processes().flatMap(({ pid, words }) =>
      words.some((word) => word.startsWith(lane.folder)) && pid !== lane.gateway.pid
        ? [`process ${pid} ${words.join(' ')}`]
        : [],
    ),
    ...readdirSync(lane.temporary).map((name) => `temporary ${name}`),
    ...readdirSync(lane.home).map((name) => `file ${name}`),
    ...(existsSync(journal) ? [`journal ${readFileSync(journal, 'utf8')}`] : []),
    ...(viewsOf(lane) === lane.views ? [] : [`proxies ${viewsOf(lane)}`]),
  ];
}

function viewsOf({ faults }) {
  return JSON.stringify(faults.proxies.map((proxy) => proxy.view()));
}

function keelson({ home, temporary }, words, killedMs) {
  const child = spawn(process.execPath, [BIN, ...words], {
    cwd: home,
    env: { ...process.env, TMPDIR: temporary, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (text) => {
    said.out += text;
  });
  child.stderr.on('data', (text) => {
    said.err += text;
  });
  const off =
    killedMs === undefined ? undefined : globalThis.setTimeout(() => child.kill('SIGKILL'), killedMs);
  return new Promise((done) =>
    child.once('close', (exit, signal) => {
      clearTimeout(off);
      done({ ...said, exit, wasKilled: signal === 'SIGKILL' });
    }),
  );
}

async function startSite() {
  const server = createServer((_, response) => response.end(JSON.stringify({ site: 'x' })));
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { server, place: `127.0.0.1:${server.address().port}` };
}

/** Folders of its own, and a gateway that runs with a fault proxy before each site. */
async function startLane(number) {
  const folder = join(FOLDER, String(number));
  const [temporary, home, state] = ['t', 'home', 'state'].map((name) => join(folder, name));
  for (const one of [temporary, home, state]) mkdirSync(one, { recursive: true });
  const faults = new FaultServer();
  const control = await openControl(faults, { port: 0 });
  const addresses = [];
  for (const [i, { place }] of sites.entries())
    addresses.push(
      (await faults.create({ name: `site-${i + 1}`, listen: '127.0.0.1:0', upstream: place })).listen,
    );
  await faults.proxy('site-2').setToxic({ name: 'theirs', type: 'latency', attributes: { latency: 1 } });
  const users = `127.0.0.1:${await freePort()}`;
  const plans = { own: join(folder, 'own.yaml'), running: join(folder, 'running.yaml') };
  writeFileSync(
    plans.own,
    planText(
      sites.map(({ place }) => place),
      '',
    ),
  );
  const places = `control: "http://127.0.0.1:${control.place.port}", gateway: "http://127.0.0.1:1", users: "http://${users}"`;
  writeFileSync(plans.running, planText(addresses, `, ${places}`));
  const gateway = spawn(
    process.execPath,
    [BIN, 'serve', plans.running, '--listen', users, '--admin', 'off', '--state', state, '--speed', '1000'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  await new Promise((done) => gateway.stdout.once('data', done));
  const lane = { folder, temporary, home, state, faults, plans, gateway };
  return {
    ...lane,
    views: viewsOf(lane),
    stop: async () => {
      gateway.kill('SIGKILL');
      await control.close();
      await faults.close();
    },
  };
}

function planText([a, b], places) {
  return `keelson: 1
platform: {name: Tiny, kind: exchange, currency: USD, asOf: 2026-11-01}
journeys:
  trade:
    match: [{path: /orders, to: book, timeout: 1s}]
    try: [{send: GET /orders, good: {contains: site}}]
    modes: {full: {needs: [book]}}
services:
  book: {outages: none, any: [site-a, site-b], failover: {detect: 30s, switch: 10s}}
  site-a: {outages: {rate: 1/yr, mean: 1h}, url: "http://${a}", probe: {path: /health, every: 100ms, timeout: 1s}}
  site-b: {outages: {rate: 1/yr, mean: 1h}, url: "http://${b}", probe: {path: /health, every: 100ms, timeout: 1s}}
drill: {environment: sandbox, every: 200ms${places}}
`;
}

function freePort() {
  return new Promise((done) => {
    const server = createTcpServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

/** What stands on this computer now. */
function standing() {
  const all = processes();
  const mine = all.filter(
    ({ pid, words }) => pid === process.pid || words.some((word) => word.startsWith(FOLDER)),
  );
  const sockets = new Set(mine.flatMap(({ pid }) => socketsOf(pid)));
  const listening = listeners();
  return {
    'ports that are listened at, all of them': listening.length,
    'ports of these drills and of what they drill': listening.filter((inode) => sockets.has(inode)).length,
    'processes, all of them': all.length,
    'processes of these drills and of what they drill': mine.length,
    'files in temporary folders': filesIn(lanes.map(({ temporary }) => temporary)),
    'files where drills are started': filesIn(lanes.map(({ home }) => home)),
    'files in state folders of gateways': filesIn(lanes.map(({ state }) => state)),
    'folders of drills in the system’s temporary folder': readdirSync(tmpdir()).filter((name) =>
      name.startsWith('keelson-drill-'),
    ).length,
    'open connections through fault proxies': lanes
      .flatMap(({ faults }) => faults.proxies)
      .reduce((sum, proxy) => sum + proxy.counts().open, 0),
    'open files of the gateways': lanes.reduce(
      (sum, { gateway }) => sum + readdirSync(`/proc/${gateway.pid}/fd`).length,
      0,
    ),
    'proxies with their toxics': lanes.map(viewsOf).join(''),
  };
}

function filesIn(folders) {
  return folders.reduce((sum, folder) => sum + readdirSync(folder, { recursive: true }).length, 0);
}

function processes() {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      return [{ pid: Number(pid), words: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0') }];
    } catch {
      return [];
    }
  });
}

/** Inodes of the sockets of a process. */
function socketsOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

/** Inodes of sockets that listen for TCP: https://www.kernel.org/doc/Documentation/networking/proc_net_tcp.txt */
function listeners() {
  return ['tcp', 'tcp6'].flatMap((kind) =>
    readFileSync(`/proc/net/${kind}`, 'utf8')
      .split('\n')
      .flatMap((line) => {
        const parts = line.trim().split(/\s+/);
        return parts[3] === '0A' ? [parts[9]] : [];
      }),
  );
}

function print() {
  for (const [what, numbers] of Object.entries({ faulty, differing }))
    if (numbers.length > 0) process.stderr.write(`${what}: ${numbers.join(' ')}\n`);
  const rows = [
    ['DRILLS', 'OWN GATEWAY', 'RUNNING GATEWAY'],
    ['drills', tally.own.drills, tally.running.drills],
    ['killed', tally.own.killed, tally.running.killed],
    ['then restored', '–', tally.running.restored],
    ['seconds each, median', median(tally.own.ms), median(tally.running.ms)],
    ['', '', ''],
    ['LEFT', 'BEFORE', 'AFTER'],
    ...Object.keys(before).flatMap((what) =>
      before[what] === undefined ? [] : [[what, ...shown(before[what], after[what])]],
    ),
    ['', '', ''],
    ['drills after which something was left or wrong', '', faulty.length],
    ['drills with another result than was foreseen', '', differing.length],
    ['minutes, so many at once', (lasted / 60_000).toFixed(1), LANES],
  ];
  const widths = [0, 1, 2].map((i) => Math.max(...rows.map((row) => String(row[i]).length)));
  for (const row of rows)
    console.log(
      row
        .map((cell, i) => (i === 0 ? String(cell).padEnd(widths[0]) : String(cell).padStart(widths[i])))
        .join('  ')
        .trimEnd(),
    );
}

function shown(one, other) {
  return typeof one === 'string' ? ['', one === other ? 'same bytes' : 'OTHER'] : [one, other];
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return ((sorted[sorted.length >> 1] ?? 0) / 1_000).toFixed(1);
}
