// 18 November 2025 in small, three times: pushed to all; the same file with the guard between; a harmful file that fits.
//   npm run feature-file
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { generate, write } from './generator.mjs';
import { Edge, EDGES, ended, until, Visitors } from './world.mjs';

const here = import.meta.dirname;
const keelson = join(here, '..', '..', 'bin', 'keelson.cjs');
const folder = mkdtempSync(join(tmpdir(), 'keelson-feature-file-'));
const source = join(folder, 'build', 'features.json');
const fileOf = (edge) => join(folder, 'run', edge, 'features.json');

const edges = EDGES.map((name) => new Edge(name, join(here, 'reader.mjs'), fileOf(name)));
const visitors = new Visitors(edges);
let guard;

try {
  await setUp();
  console.log('18 November 2025 in small: 120 features, room for 200, 4 edges, 100 visits a second\n');
  await pushedToAll();
  await withTheGuard();
  await harmfulButFitting();
} finally {
  visitors.stop();
  // Whoever still writes would find its folder gone, or leave it behind.
  await Promise.all([ended(guard), ...edges.map((edge) => edge.stop())]);
  rmSync(folder, { recursive: true, force: true });
}

async function setUp() {
  mkdirSync(join(folder, 'build'));
  for (const name of EDGES) {
    mkdirSync(join(folder, 'run', name), { recursive: true });
    write(fileOf(name), generate('good', 1));
  }
  await Promise.all(edges.map((edge) => edge.start()));
  await visitors.start();
}

async function pushedToAll() {
  console.log('1  the doubled file, pushed to all edges as soon as it is made');
  visitors.countAnew();
  await wait(1000);
  const doubled = generate('doubled', 2);
  for (const name of EDGES) write(fileOf(name), doubled);
  await wait(3000);
  tell('   ');
  for (const name of EDGES) write(fileOf(name), generate('good', 1));
  await until(async () => {
    visitors.countAnew();
    await wait(200);
    return visitors.count(502) === 0 && visitors.count(200) > 0;
  });
}

async function withTheGuard() {
  console.log('\n2  the same file, with the guard between');
  write(source, generate('good', 2));
  const { status } = await startGuard();
  await until(async () => (await status()).good?.version === 2);
  for (const edge of edges) edge.crashes = 0;
  visitors.countAnew();
  await wait(1000);
  write(source, generate('doubled', 3));
  const { offered } = await until(async () => {
    const found = await status();
    return found.offered?.accepted === false && found;
  });
  await wait(2500);
  console.log(`   refused: ${offered.violations[0].message}`);
  tell('   ');
  guard.status = status;
}

async function harmfulButFitting() {
  console.log('\n3  a file that fits, and is harmful: as many rows as ever, every weight wrong');
  const { status } = guard;
  visitors.countAnew();
  write(source, generate('harmful', 4));
  await until(() => visitors.count(403) > 0);
  const began = Date.now();
  const { refused, good } = await until(async () => {
    const found = await status();
    return found.refused.length > 0 && found.phase === 'quiet' && found;
  });
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  await wait(1000);
  console.log(`   refused: ${refused[0].why}`);
  console.log(`   taken back ${seconds} s after its first harm; every edge has version ${good.version}`);
  tell('   ');
  const others = EDGES.slice(1).reduce((sum, name) => sum + visitors.count(403, name), 0);
  console.log(
    `   of those blocked, ${visitors.count(403, 'edge-1')} at edge-1, ${others} at the other three`,
  );
}

/** What visitors got since they were counted anew. */
function tell(indent) {
  const [well, blocked, failed] = [200, 403, 502].map((status) => visitors.count(status));
  const crashes = edges.reduce((sum, edge) => sum + edge.crashes, 0);
  console.log(
    `${indent}${well + blocked + failed} visits: ${well} served, ${blocked} blocked, ${failed} failed; edges crashed ${crashes} times`,
  );
}

/** The contract as it is shipped, on the ports that the system has given. */
async function startGuard() {
  const ports = [visitors.port, ...edges.map(({ port }) => port)];
  const shipped = readFileSync(join(here, 'features.contract.yaml'), 'utf8');
  const contract = join(folder, 'features.contract.yaml');
  writeFileSync(
    contract,
    shipped.replace(/:971(\d)/g, (_, i) => `:${ports[Number(i)]}`),
  );
  for (const name of ['feature.schema.json', 'reader.mjs'])
    copyFileSync(join(here, name), join(folder, name));
  const words = [
    keelson,
    'guard',
    'run',
    contract,
    '--state',
    join(folder, 'state'),
    '--admin',
    '127.0.0.1:0',
  ];
  guard = spawn(process.execPath, words, {
    stdio: ['ignore', 'pipe', process.env.KEELSON_SAY ? 'inherit' : 'ignore'],
  });
  const said = await new Promise((resolve) => {
    createInterface({ input: guard.stdout }).once('line', resolve);
    guard.once('exit', (code) => resolve(`The guard ended with ${code}.`));
  });
  const admin = /status at (\S+)\/status/.exec(said)?.[1];
  if (admin === undefined) throw new Error(said);
  return { status: async () => (await (await fetch(`${admin}/status`)).json()).guards[0] };
}
