import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { Resolver, TIMEOUT } from 'node:dns/promises';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, vi } from 'vitest';
import { secretAt } from '../../src/processes/secrets.ts';
import type { Role, Serving, Status } from '../../src/serve/index.ts';
import { startHaproxy } from '../parts/haproxy.ts';
import { startKnot } from '../parts/knot.ts';
import { startNginx, type NginxPart } from '../parts/nginx.ts';
import { freePort, has, makeFolder } from '../parts/part.ts';
import { changeZone, type Primary, type ZoneKey } from '../parts/primary.ts';
import { startServing } from '../parts/served.ts';
import { startSite, type Site } from '../parts/site.ts';
import { startUnbound, type Resolver as ResolverPart } from '../parts/unbound.ts';

const run = promisify(execFile);

export const ZONE = 'harbor.test';
export const NAME = `www.${ZONE}`;
export const KEY: ZoneKey = {
  name: 'steer',
  algorithm: 'hmac-sha256',
  secret: Buffer.alloc(32, 'steer').toString('base64'),
};
const GUEST: ZoneKey = {
  name: 'guest',
  algorithm: 'hmac-sha256',
  secret: Buffer.alloc(32).toString('base64'),
};

/** Whether what a steered world is made of is installed. */
export const isHere = (): boolean => ['nginx', 'haproxy', 'knotd', 'unbound', 'kdig', 'nsupdate'].every(has);

/** For whoever wants the numbers. */
export function say(what: string, ms: number): void {
  if (process.env.KEELSON_SAY !== undefined) console.log(`${what}: ${Math.round(ms)} ms`);
}

/** Times of a plan, as it writes them. */
export interface Times {
  readonly detect: string;
  readonly hold: string;
}

/** Two edges before one gateway before one site, the zone that sends users to one of the edges, and the resolver of users. */
export interface SteeredWorld {
  readonly folder: string;
  readonly port: number;
  readonly edgeA: NginxPart;
  readonly primary: Primary;
  readonly resolver: ResolverPart;
  readonly site: Site;
  readonly gateway: Serving;
  /** The plan, with its own way to move users. @default by the zone */
  plan(
    times: Times,
    more?: { readonly secret?: string; readonly steer?: string; readonly server?: string },
  ): string;
  /** Writes a plan where its secrets are found. @returns its path */
  write(text: string): string;
  steer(text: string): Promise<Serving>;
  /** Edge A comes back where it was. */
  restartEdgeA(): Promise<void>;
  /** The primary comes back where it was, with the zone that it had at first. */
  restartPrimary(): Promise<void>;
  /** As an operator would, by hand. */
  changeByHand(address: string): Promise<void>;
  close(): Promise<void>;
}

export async function startSteeredWorld(): Promise<SteeredWorld> {
  const folder = makeFolder();
  const closing: (() => Promise<unknown>)[] = [];
  const started = <T>(one: T, close: () => Promise<unknown>): T => {
    closing.push(close);
    return one;
  };
  const site = await startSite('origin');
  started(site, () => site.close());
  const port = await freePort('127.0.0.2');
  const zone = {
    zone: ZONE,
    records: ['www 1 IN A 127.0.0.2', 'edge-b 1 IN A 127.0.0.3'],
    key: KEY,
    guest: GUEST,
  };
  let primary = await startKnot(zone);
  const at = primary.port;
  const resolver = await startUnbound({ zone: ZONE, primary });
  started(resolver, () => resolver.stop());
  const plan: SteeredWorld['plan'] = (
    { detect, hold },
    { secret = 'file:secret', steer, server = `127.0.0.1:${at}` } = {},
  ) => `keelson: 1
platform: {name: Harbor, asOf: 2026-11-01}
journeys:
  trade:
    tier: core
    match: [{path: /**, to: origin}]
    modes: {full: {needs: [edge, origin]}}
services:
  edge:
    outages: none
    front: true
    url: "http://${NAME}:${port}/health"
    probe: {every: 300ms, timeout: 1s}
    any: [{use: edge-a, answer: [127.0.0.2]}, {use: edge-b, answer: [127.0.0.3]}]
    failover: {detect: ${detect}, switch: 1s, spread: 2s, hold: ${hold}}
    steer:
      ${steer ?? `dns: {zone: ${ZONE}, name: ${NAME}, ttl: 1s, server: "${server}", key: {name: ${KEY.name}, secret: "${secret}"}}`}
      every: 1s
      deadline: 2s
      origin: origin
  edge-a: {outages: none}
  edge-b: {outages: none}
  origin: {outages: none, url: "${site.url}", probe: {path: /health, every: 300ms, timeout: 1s}}
catalog: none
`;
  const write = (text: string): string => {
    const file = join(folder, 'plan.yaml');
    writeFileSync(join(folder, 'secret'), KEY.secret);
    writeFileSync(join(folder, 'wrong'), GUEST.secret);
    writeFileSync(file, text);
    return file;
  };
  const gateway = await serveFile(write(plan({ detect: '2s', hold: '4s' })), 'gateway');
  closing.push(() => gateway.stop(100));
  const { port: behind = 0 } = (await gateway.gateway?.listen(0, '127.0.0.1')) ?? {};
  const startA = (): Promise<NginxPart> =>
    startNginx({ host: '127.0.0.2', port, to: `http://127.0.0.1:${behind}`, headers: { 'X-Edge': 'a' } });
  let edgeA = await startA();
  const edgeB = await startHaproxy({
    host: '127.0.0.3',
    port,
    to: [`127.0.0.1:${behind}`],
    headers: { 'X-Edge': 'b' },
  });
  started(edgeB, () => edgeB.kill());
  return {
    folder,
    port,
    get edgeA() {
      return edgeA;
    },
    get primary() {
      return primary;
    },
    resolver,
    site,
    gateway,
    plan,
    write,
    async steer(text) {
      const serving = await serveFile(write(text), 'steerer');
      closing.push(() => serving.stop(0));
      return serving;
    },
    async restartEdgeA() {
      edgeA = await startA();
    },
    async restartPrimary() {
      primary = await startKnot({ ...zone, port: at });
    },
    changeByHand: (address) =>
      changeZone(primary, ZONE, KEY, [`update delete ${NAME} A`, `update add ${NAME} 1 A ${address}`]),
    async close() {
      await edgeA.kill();
      await primary.kill();
      for (const close of closing.reverse()) await close();
      rmSync(folder, { recursive: true });
    },
  };
}

export function serveFile(file: string, role: Role): Promise<Serving> {
  return startServing(readFileSync(file, 'utf8'), {
    planFile: file,
    secretAt: (where) => secretAt(where, join(file, '..')),
    role,
  });
}

/** What the primary answers. */
export async function dig({ port }: { readonly port: number }): Promise<string> {
  return (await run('kdig', ['@127.0.0.1', '-p', `${port}`, '+short', NAME, 'A'])).stdout.trim();
}

/** Through which edge curl is answered, sent where the resolver of users says. */
export async function edgeByCurl({ resolver, port }: SteeredWorld): Promise<string> {
  const address = await dig(resolver);
  const there = ['--resolve', `${NAME}:${port}:${address}`, `http://${NAME}:${port}/orders`];
  const said = await run('curl', [
    '-s',
    '-m',
    '5',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code} %header{x-edge}',
    ...there,
  ]);
  return said.stdout.trim();
}

/** One request of a user. @unit ms */
export interface Visit {
  readonly at: number;
  /** Of the edge that answered; undefined where nobody did. */
  readonly edge: string | undefined;
  /** It was given up: what was asked was silent, or the machine was busy with something else. */
  readonly isLate: boolean;
}

/** A user who resolves the name anew for every request. */
export class User {
  readonly visits: Visit[] = [];
  private readonly resolver = new Resolver({ timeout: 500, tries: 1 });
  private isLeaving = false;
  private readonly done: Promise<void>;
  private readonly world: SteeredWorld;

  constructor(world: SteeredWorld) {
    this.world = world;
    this.resolver.setServers([`127.0.0.1:${world.resolver.port}`]);
    this.done = this.browse();
  }

  /** Resolves once so many requests in a row have been answered through an edge. @returns when the first of them was sent */
  async servedBy(edge: string, withinMs: number, since = performance.now()): Promise<number> {
    let first = 0;
    // Not by `expect.poll`, which loses its test where several are under way.
    await vi.waitFor(
      () => {
        const last = this.visits.filter(({ at }) => at >= since).slice(-5);
        first = last[0]?.at ?? 0;
        expect(last.map((visit) => visit.edge)).toEqual(Array(5).fill(edge));
      },
      { timeout: withinMs, interval: 50 },
    );
    return first;
  }

  async leave(): Promise<void> {
    this.isLeaving = true;
    await this.done;
  }

  private async browse(): Promise<void> {
    while (!this.isLeaving) {
      const at = performance.now();
      let isLate = false;
      const edge = await this.visit().catch((error: NodeJS.ErrnoException) => {
        isLate = error.message === 'late' || error.code === TIMEOUT;
        return undefined;
      });
      this.visits.push({ at, edge, isLate });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  private async visit(): Promise<string | undefined> {
    const [address] = await this.resolver.resolve4(NAME);
    const { port } = this.world;
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          host: address,
          port,
          path: '/orders',
          headers: { host: `${NAME}:${port}` },
          agent: false,
          timeout: 400,
        },
        (answer) => {
          answer.resume();
          answer.on('end', () =>
            resolve(answer.statusCode === 200 ? String(answer.headers['x-edge']) : undefined),
          );
          answer.on('error', reject);
        },
      );
      asked.on('timeout', () => asked.destroy(new Error('late')));
      asked.on('error', reject);
      asked.end();
    });
  }
}

/** How a service is steered, as `/status` says it. */
export function edgeOf(status: Status): Status['services'][number] {
  const found = status.services.find(({ name }) => name === 'edge');
  if (found === undefined) throw new Error('Expected the service edge.');
  return found;
}
