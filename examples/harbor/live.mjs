#!/usr/bin/env node
// Starts Harbor on loopback: sites, issuer, providers, edges, and `keelson serve` before and around them. Ctrl-C ends all of it.
//   --free-ports  ports that are free in place of those of live.yaml, for tests
//   --free-if-taken  the same where some of those are taken
//   --plan FILE   another plan in place of live.yaml; its page stands beside it
//   --faults      a fault proxy before every part, at the ports of live.yaml: what keelson drill drives
//   --speed N     the plan's times pass so many times as fast
//   --defect NAME  parts that are not what the plan says, for drills to find, until the switchboard says otherwise: see live/defects.mjs
import { fork, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DEFECTS, FROM_THE_START } from './live/defects.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const FIRST_EDGE = 'cloudflare/cdn + 3';
const keelson = join(here, '../../bin/keelson.cjs');
const { values } = parseArgs({
  options: {
    'free-ports': { type: 'boolean' },
    'free-if-taken': { type: 'boolean' },
    plan: { type: 'string' },
    faults: { type: 'boolean' },
    speed: { type: 'string' },
    defect: { type: 'string' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'harbor-'));
const secrets = { A: randomBytes(16).toString('hex'), B: randomBytes(16).toString('hex') };
/** Services of a site, and the word that their paths begin with. */
const SERVICES = { 'market-data': 'market', 'order-book': 'orders', api: 'trade', signer: 'withdrawals' };
const SITES = ['site-virginia', 'site-frankfurt'];

/** The ports of live.yaml, and what listens there in this run. */
const ports = await portsOf([
  7080, 7100, 7101, 7102, 7110, 7121, 7122, 7123, 7131, 7132, 7150, 7151, 7152, 7180, 7190, 7191, 7199, 8474,
]);
/** By part, where it listens: behind the fault proxy wherever it likes, and there again when it has been stopped. */
const behind = new Map();
const at = (port, host = '127.0.0.1') => `http://${host}:${ports.get(port)}`;
const site = { ISSUER: at(7110), CHALLENGES: `${at(7131)} ${at(7132)}` };
const PARTS = {
  issuer: { file: 'issuer', port: 7110, env: { FOLDER: folder } },
  'own-node': { file: 'stand-in', port: 7121 },
  infura: { file: 'stand-in', port: 7122 },
  alchemy: { file: 'stand-in', port: 7123 },
  turnstile: { file: 'stand-in', port: 7131 },
  hcaptcha: { file: 'stand-in', port: 7132 },
  'status-page': { file: 'status-page', port: 7150 },
  route53: { file: 'dns', port: 7151, env: { FOLDER: folder, FIRST_EDGE, EDGE: at(7180, '127.0.0.2') } },
  ns1: { file: 'dns', port: 7152, env: { FOLDER: folder } },
  'site-virginia': { file: 'site', port: 7101, env: { ...site, PEER: at(7102) } },
  'site-frankfurt': { file: 'site', port: 7102, env: { ...site, PEER: at(7101) } },
  'edge-a': { file: 'edge', port: 7180, host: '127.0.0.2', env: { GATEWAY: at(7100), SECRET: secrets.A } },
  'edge-b': { file: 'edge', port: 7180, host: '127.0.0.3', env: { GATEWAY: at(7100), SECRET: secrets.B } },
};
if (values.defect === 'dashboard') PARTS.turnstile = { file: 'dns', port: 7131, env: { FOLDER: folder } };
let { defect } = values;
const running = new Map();
const servers = [];
let isEnding = false;

// A terminal tells all of them: those that end by themselves are given time to.
process.on('SIGINT', () => void end(0, 2_000));
process.on('SIGTERM', () => void end(0));
// Whoever started it as a part of something else is gone.
process.on('disconnect', () => void end(0));
try {
  writeFileSync(join(folder, 'edge'), FIRST_EDGE);
  const plan = writePlan();
  await Promise.all(Object.keys(PARTS).map(start));
  if (values.faults) await standFaults();
  await serve('gateway', [
    plan,
    '--listen',
    `127.0.0.1:${ports.get(7100)}`,
    '--admin',
    `127.0.0.1:${ports.get(7190)}`,
  ]);
  await serve('steerer', [plan, '--steer', '--admin', `127.0.0.1:${ports.get(7191)}`]);
  await openDoor();
  await openSwitchboard();
  say();
  process.send?.({
    door: at(7080),
    gateway: at(7190),
    steerer: at(7191),
    faults: at(8474),
    page: at(7150),
    plan,
    state: join(folder, 'state'),
  });
} catch (error) {
  process.stderr.write(`harbor: ${error instanceof Error ? error.message : error}\n`);
  await end(1);
}

function say() {
  const [door, board] = [at(7080), at(7199)];
  const drilled = values.faults
    ? `  faults are put at      ${at(8474)}         keelson drill ${join(folder, 'live.yaml')} --state ${join(folder, 'state')} --approve\n`
    : '';
  process.stdout.write(`Harbor is up. Users come in at ${door}, which stands for the name that they resolve.
  status of the gateway   ${at(7190)}/        of the steerer   ${at(7191)}/        metrics   ${at(7190)}/metrics
  the gateway itself      ${at(7100)}         which only its edges should reach
  the edges themselves    ${at(7180, '127.0.0.2')} and ${at(7180, '127.0.0.3')}
${drilled}
  TOKEN=$(curl -s ${door}/login -d '{"user":"ada"}' | node -p 'JSON.parse(require("fs").readFileSync(0)).token')
  curl -i ${door}/orders -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{"pair":"BTC-USD","amount":1}'
  curl -i ${door}/market/ticker

  curl -X POST ${board}/stop/market-data          trade: cancel-only; market-data: snapshot, with its age
  curl -X POST ${board}/stop/api@site-virginia    trade: post-only, until the other site has grown (10 minutes)
  curl -X POST ${board}/stop/site-virginia        trade: a static page, until somebody approves that the book moves (asked for after 20 s):
                                               node bin/keelson.cjs approve order-book --state ${join(folder, 'state')} --reason 'it is gone'
  curl -X POST ${board}/stop/issuer               login: existing-sessions; nobody is thrown out
  curl -X POST ${board}/stop/signer               withdraw: queued
  curl -X POST ${board}/stop/edge-a               users are at the other edge after about a minute, the plan's detect
  curl -X POST ${board}/start/all                 everything is well again

Parts: ${[...Object.keys(PARTS), ...Object.keys(SERVICES)].join(', ')}.  Ctrl-C ends all of it.
`);
}

/** The plan as it is run: with the ports of this run, and its pages beside it. */
function writePlan() {
  let text = readFileSync(values.plan ?? join(here, 'live.yaml'), 'utf8');
  for (const [port, here] of ports) text = text.replaceAll(new RegExp(`:${port}\\b`, 'g'), `:${here}`);
  const file = join(folder, 'live.yaml');
  writeFileSync(file, text);
  cpSync(join(here, 'live'), join(folder, 'live'), { recursive: true });
  return file;
}

async function start(name) {
  if (values.defect !== undefined && !Object.hasOwn(DEFECTS, values.defect))
    throw new Error(`There is no defect ${values.defect}. There are ${Object.keys(DEFECTS).join(', ')}.`);
  if (running.has(name)) return;
  const { file, port, host = '127.0.0.1', env } = PARTS[name];
  const place = values.faults ? (behind.get(name) ?? 0) : ports.get(port);
  const child = fork(join(here, 'live', `${file}.mjs`), {
    env: {
      ...process.env,
      ...env,
      DEFECT: defect ?? '',
      NAME: name,
      HOST: host,
      PORT: String(place),
    },
  });
  running.set(name, child);
  child.once('exit', () => running.delete(name));
  await new Promise((resolve, reject) => {
    child.once('message', ({ port: found }) => {
      behind.set(name, found);
      resolve();
    });
    child.once('exit', (code) =>
      reject(new Error(`${name} could not be started at ${host}:${place} (${code}).`)),
    );
  });
}

/** As if its machine had lost power. */
function stop(name) {
  const child = running.get(name);
  if (child === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill('SIGKILL');
  });
}

/** One service of one site, or of both. */
async function order(verb, service, place) {
  for (const name of SITES)
    if (place === undefined || place === name) await tell(name, `${verb} ${SERVICES[service]}`);
}

/** Other parts than before are not what the plan says; none of them, without a name. */
async function plant(name) {
  defect = name;
  await Promise.all(Object.keys(PARTS).map((part) => tell(part, `defect ${name ?? 'none'}`)));
}

/** Gives a part an order, until it has carried that out; one that is stopped hears nothing. */
async function tell(name, words) {
  const child = running.get(name);
  if (child === undefined) return;
  const done = new Promise((resolve) => child.once('message', resolve));
  child.send(words);
  await done;
}

/** A fault proxy before every part: at the port that the plan has for it. */
async function standFaults() {
  const config = join(folder, 'faults.json');
  const proxies = Object.entries(PARTS).map(([name, { port, host = '127.0.0.1' }]) => ({
    name,
    listen: `${host}:${ports.get(port)}`,
    upstream: `${host}:${behind.get(name)}`,
  }));
  writeFileSync(config, JSON.stringify(proxies));
  await run('faults', ['faults', '--config', config, '--listen', `127.0.0.1:${ports.get(8474)}`]);
}

async function serve(role, words) {
  const speed = values.speed === undefined ? [] : ['--speed', values.speed];
  await run(role, ['serve', ...words, ...speed, '--state', join(folder, 'state'), '--drain-time', '1s']);
}

/** Starts the command, until it says that it is there. */
async function run(role, words) {
  const env = {
    ...process.env,
    HARBOR_DNS: values.defect === 'dashboard' ? at(7131) : `${at(7151)} ${at(7152)}`,
    HARBOR_EDGE_A: secrets.A,
    HARBOR_EDGE_B: secrets.B,
  };
  const child = spawn(process.execPath, [keelson, ...words], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.set(role, child);
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-2_000);
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  void exited.then((code) => {
    running.delete(role);
    if (!isEnding) process.stderr.write(`harbor: the ${role} ended (${code}).\n${said}`);
  });
  const line = await Promise.race([
    new Promise((resolve) => createInterface({ input: child.stdout }).once('line', resolve)),
    exited.then(() => undefined),
  ]);
  if (line === undefined) throw new Error(`the ${role} could not be started.`);
}

/** Takes users to the edge that is in force, as a resolver would. */
async function openDoor() {
  const door = createTcpServer((user) => {
    const host = readFileSync(join(folder, 'edge'), 'utf8').startsWith('cloudflare')
      ? '127.0.0.2'
      : '127.0.0.3';
    const edge = connect(ports.get(7180), host);
    for (const [one, other] of [
      [user, edge],
      [edge, user],
    ]) {
      one.on('error', () => other.destroy());
      one.pipe(other);
    }
  });
  await open(door, 7080);
}

/** Where parts are stopped and started. */
async function openSwitchboard() {
  const board = createServer((request, response) => {
    const [, verb, part = ''] = (request.url ?? '').split('/');
    const [name, place] = part.split('@');
    const act =
      request.method === 'POST' && ['stop', 'start', 'defect'].includes(verb)
        ? actOf(verb, name, place)
        : undefined;
    if (act === undefined) return void response.writeHead(404).end(`There is no ${part} to ${verb}.\n`);
    act().then(
      () => response.end(`${verb} ${part}: done\n`),
      (error) => response.writeHead(500).end(`${error.message}\n`),
    );
  });
  await open(board, 7199);
}

function actOf(verb, name, place) {
  if (verb === 'defect') return plantOf(name);
  if (verb === 'start' && name === 'all') return startAll;
  if (Object.hasOwn(SERVICES, name)) return () => order(verb, name, place);
  if (Object.hasOwn(PARTS, name)) return () => (verb === 'stop' ? stop(name) : start(name));
  return undefined;
}

function plantOf(name) {
  if (name === 'none') return () => plant(undefined);
  return Object.hasOwn(DEFECTS, name) && !FROM_THE_START.includes(name) ? () => plant(name) : undefined;
}

async function startAll() {
  await Promise.all(Object.keys(PARTS).map(start));
  for (const service of Object.keys(SERVICES)) await order('start', service);
}

function open(server, port) {
  servers.push(server);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(ports.get(port), '127.0.0.1', resolve);
  });
}

async function portsOf(wanted) {
  const isElsewhere =
    values['free-ports'] ||
    (values['free-if-taken'] && (await Promise.all(wanted.map(isTaken))).some(Boolean));
  return isElsewhere ? freePorts(wanted) : new Map(wanted.map((port) => [port, port]));
}

function isTaken(port) {
  const server = createTcpServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(true));
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(false)));
  });
}

/** Below those that the system gives to connections, so that nobody has one by chance before it is used. */
async function freePorts(wanted) {
  const held = [];
  const found = new Map();
  let next = 10_000 + Math.floor(Math.random() * 20_000);
  for (const port of wanted) {
    let server;
    while (server === undefined) server = await heldAt(next++);
    found.set(port, server.address().port);
    held.push(server);
  }
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  return found;
}

/** What listens at a port; undefined where another does. */
function heldAt(port) {
  const server = createTcpServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(port, '0.0.0.0', () => resolve(server));
  });
}

/** Leaves nothing behind: neither processes nor files. @param afterMs until those are told that still run */
async function end(code, afterMs = 0) {
  if (isEnding) return;
  isEnding = true;
  for (const server of servers) server.close();
  const ended = [...running.values()].map((child) => new Promise((resolve) => child.once('exit', resolve)));
  const killAll = (signal) => {
    for (const child of running.values()) child.kill(signal);
  };
  const timers = [setTimeout(killAll, afterMs, 'SIGTERM'), setTimeout(killAll, afterMs + 5_000, 'SIGKILL')];
  await Promise.all(ended);
  for (const timer of timers) clearTimeout(timer);
  rmSync(folder, { recursive: true, force: true });
  process.exit(code);
}
