/** A small system that can be drilled, and drills of it as processes: what they leave behind is looked for from outside. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { bin } from '../cli/keelson.ts';
import { startServe, type ServeProcess } from '../e2e/serve-process.ts';
import { FaultServer, openControl, type Control } from '../../src/faults/index.ts';
import { freePort, makeFolder } from './part.ts';

export type Answers = (request: IncomingMessage, response: ServerResponse) => void;

/** Two sites of one service: what there is to fail. */
export interface World {
  readonly folder: string;
  /** Where a drill has its temporary folders. */
  readonly temporary: string;
  /** Where a drill is started. */
  readonly home: string;
  /** The state folder of the gateway that runs. */
  readonly state: string;
  readonly plan: string;
  /** Where the plan has the two sites. */
  readonly addresses: readonly string[];
  /** Called with each request that the first site takes, besides its health. */
  onRequest: () => void;
  /** How the sites answer what is not their health. */
  answers: Answers;
  /** How often the sites were asked anything. */
  asked(): number;
  stop(): Promise<void>;
}

export interface RunningWorld extends World {
  readonly faults: FaultServer;
  readonly control: Control;
  readonly controlUrl: string;
  readonly users: string;
  readonly serve: ServeProcess;
  /** `GET /proxies`, as it comes. */
  proxies(): Promise<string>;
}

export interface PlanMore {
  /** Lines of `drill`, besides where things are. @default environment: sandbox */
  readonly drill?: string;
  /** What users send. */
  readonly tries?: string;
}

const TRIES = '[{send: GET /orders, good: {contains: site}}]';
const SPEED = '1000';

interface Sites {
  readonly urls: readonly string[];
  readonly hooks: { onRequest: () => void; answers: Answers; readonly asked: () => number };
  close(): Promise<void>;
}

async function startSites(): Promise<Sites> {
  let asked = 0;
  const hooks: Sites['hooks'] = {
    asked: () => asked,
    onRequest: (): void => undefined,
    answers: (_: IncomingMessage, response: ServerResponse): void => {
      response.end(JSON.stringify({ site: 'a', at: Date.now() }));
    },
  };
  const servers = await Promise.all(
    [0, 1].map(async (i) => {
      const server = createServer((request, response) => {
        asked++;
        if (request.url === '/health') return response.end('{}');
        if (i === 0) hooks.onRequest();
        return hooks.answers(request, response);
      });
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      return server;
    }),
  );
  return {
    // A server that listens at a port has an address with one.
    urls: servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`),
    hooks,
    close: async () => {
      for (const server of servers) {
        const closed = new Promise((done) => server.close(done));
        server.closeAllConnections();
        await closed;
      }
    },
  };
}

function planText(addresses: readonly string[], { drill, tries }: PlanMore, places: string): string {
  const [a, b] = addresses;
  return `keelson: 1
platform: {name: Tiny, kind: exchange, currency: USD, asOf: 2026-11-01}
journeys:
  trade:
    match: [{path: /orders/**, to: book, timeout: 1s}]
    try: ${tries ?? TRIES}
    modes: {full: {needs: [book]}}
services:
  book: {outages: none, any: [site-a, site-b], failover: {detect: 30s, switch: 10s}}
  site-a: {outages: {rate: 1/yr, mean: 1h}, url: "http://${a}", probe: {path: /health, every: 100ms, timeout: 500ms}}
  site-b: {outages: {rate: 1/yr, mean: 1h}, url: "http://${b}", probe: {path: /health, every: 100ms, timeout: 500ms}}
drill:
  every: 100ms
${drill ?? '  environment: sandbox'}
${places}`;
}

function folders(): Pick<World, 'folder' | 'temporary' | 'home' | 'state' | 'plan'> {
  const folder = makeFolder();
  const [temporary, home, state] = ['t', 'home', 'state'].map((name) => join(folder, name));
  for (const one of [temporary, home, state]) mkdirSync(one ?? '');
  return {
    folder,
    temporary: temporary ?? '',
    home: home ?? '',
    state: state ?? '',
    plan: join(folder, 'plan.yaml'),
  };
}

/** For drills that start a gateway of their own. */
export async function ownWorld(more: PlanMore = {}): Promise<World> {
  const sites = await startSites();
  const where = folders();
  writeFileSync(where.plan, planText(sites.urls, more, ''));
  return Object.assign(sites.hooks, {
    ...where,
    addresses: sites.urls,
    stop: async () => {
      await sites.close();
      rmSync(where.folder, { recursive: true, force: true });
    },
  });
}

/** A gateway that runs, with a fault proxy before each site. */
export async function runningWorld(more: PlanMore = {}): Promise<RunningWorld> {
  const sites = await startSites();
  const where = folders();
  const faults = new FaultServer();
  const control = await openControl(faults, { port: 0 });
  const addresses: string[] = [];
  for (const [i, upstream] of sites.urls.entries()) {
    const listen = `127.0.0.1:${await freePort()}`;
    addresses.push((await faults.create({ name: `site-${i + 1}`, listen, upstream })).listen);
  }
  const controlUrl = `http://127.0.0.1:${control.place.port}`;
  const users = `http://127.0.0.1:${await freePort()}`;
  writeFileSync(
    where.plan,
    planText(
      addresses,
      more,
      `  control: "${controlUrl}"\n  gateway: "http://127.0.0.1:1"\n  users: "${users}"\n`,
    ),
  );
  const serve = await startServe([
    where.plan,
    ...['--listen', users.slice('http://'.length), '--state', where.state, '--speed', SPEED],
    ...['--drain-time', '100ms'],
  ]);
  return Object.assign(sites.hooks, {
    ...where,
    addresses,
    faults,
    control,
    controlUrl,
    users,
    serve,
    proxies: async () => await (await fetch(`${controlUrl}/proxies`)).text(),
    stop: async () => {
      await serve.end('SIGKILL');
      await control.close();
      await faults.close();
      await sites.close();
      rmSync(where.folder, { recursive: true, force: true });
    },
  });
}

export interface DrillRun {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<DrillEnd>;
}

export interface DrillEnd {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

/** Every drill that a test has started. */
const drills = new Set<ChildProcess>();

export function endDrills(): void {
  for (const child of drills) child.kill('SIGKILL');
}

/** @param words after `drill PLAN` */
export function startDrill(
  world: World,
  words: readonly string[],
  more: Readonly<Record<string, string>> = {},
): DrillRun {
  return startWords(world, [process.execPath, bin, 'drill', world.plan, ...words], more);
}

/** The same where files cannot grow: what is written is refused as by a disk that is full. */
export function drillOnFullDisk(world: RunningWorld): DrillRun {
  const drill = [
    process.execPath,
    bin,
    'drill',
    world.plan,
    '--state',
    world.state,
    '--only',
    'site-a',
    '--json',
  ];
  return startWords(world, ['sh', '-c', 'trap "" XFSZ; ulimit -f 0; exec "$@"', 'sh', ...drill], {});
}

function startWords(
  world: World,
  [program = '', ...words]: readonly string[],
  more: Readonly<Record<string, string>>,
): DrillRun {
  const child = spawn(program, words, {
    cwd: world.home,
    env: { ...process.env, NO_COLOR: '1', TMPDIR: world.temporary, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, as at a terminal: what is sent to the group reaches whatever the drill has in it.
    detached: true,
  });
  drills.add(child);
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = new Promise<DrillEnd>((done) =>
    child.once('close', (exit) => {
      drills.delete(child);
      done({ exit, out, err });
    }),
  );
  return { child, pid: child.pid ?? 0, ended };
}

export function drillOwn(world: World, words: readonly string[] = [], more = {}): DrillRun {
  return startDrill(world, ['--speed', SPEED, '--only', 'site-a', '--json', ...words], more);
}

export function drillRunning(world: RunningWorld, words: readonly string[] = [], more = {}): DrillRun {
  return startDrill(world, ['--state', world.state, '--only', 'site-a', '--json', ...words], more);
}

/** Processes of drills of a world, by what they were started with. */
export function processesOf({ plan }: World): readonly string[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      return words.includes(plan) && words.some((word) => /drilled|^drill$/.test(word))
        ? [`${name} ${words.join(' ')}`]
        : [];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

/** Everything that a drill could have left behind: nothing of it may be there. */
export function leftOf(world: World): readonly string[] {
  const journal = join(world.state, 'drill.journal');
  return [
    ...processesOf(world),
    ...readdirSync(world.temporary).map((name) => `temporary ${name}`),
    ...readdirSync(world.home).map((name) => `home ${name}`),
    ...(existsSync(journal) ? [readFileSync(journal, 'utf8')] : []),
  ];
}

/** Once users come. */
export function firstRequest(world: World): Promise<void> {
  return new Promise((done) => {
    world.onRequest = () => done();
  });
}
