/** What `serve` is given for drills: policies that count faster than the clock, and parts that are reached elsewhere than the plan says. */
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { WebSocket, WebSocketServer } from 'ws';
import { afterEach, expect, test } from 'vitest';
import { holdMode } from '../../src/serve/index.ts';
import { makeCertificate } from '../parts/certificate.ts';
import { startIssuer } from '../parts/issuer.ts';
import { makeFolder } from '../parts/part.ts';
import { endServed, servePlan, startServing, HEAD } from '../parts/served.ts';
import { startSite } from '../parts/site.ts';
import { endProcesses } from './keelson-process.ts';
import { startServe } from './serve-process.ts';

const LATE = { timeout: 15_000, interval: 10 };
const started: (() => unknown)[] = [];
afterEach(async () => {
  await endProcesses();
  await endServed();
  for (const stop of started.splice(0).reverse()) await stop();
});

async function site(name: string): ReturnType<typeof startSite> {
  const one = await startSite(name);
  started.push(() => one.close());
  return one;
}

test('at 600 times the speed minutes of detect, switch and ladder pass in fractions of a second, and probes do not', async () => {
  const folder = makeFolder();
  started.push(() => rmSync(folder, { recursive: true }));
  const [a, b] = [await site('a'), await site('b')];
  const { serving } = await servePlan(
    `journeys:
  trade:
    match: [{path: /orders, to: book}]
    ladder: {up: 5m}
    modes: {full: {needs: [book]}}
services:
  book:
    outages: none
    any: [site-a, site-b]
    state: {writer: single, lag: 1s}
    failover: {detect: 3m, switch: 2m}
  site-a: {outages: none, url: "${a.url}", probe: {path: /health, every: 20ms, timeout: 200ms}}
  site-b: {outages: none, url: "${b.url}", probe: {path: /health, every: 20ms, timeout: 200ms}}
`,
    { state: folder, speed: 600 },
  );
  const seen = (): { at: string | null | undefined; mode: string | null | undefined } => ({
    at: serving.status().services.find(({ name }) => name === 'book')?.inUse,
    mode: serving.status().journeys[0]?.mode,
  });
  expect(serving.status().speed).toBe(600);
  // Within 220 ms of the wall a probe tells: that is 132 s of the three minutes.
  expect(serving.status().findings).toEqual([]);
  expect(seen()).toEqual({ at: 'site-a', mode: 'full' });

  await a.refuse();
  await expect.poll(() => seen().mode, LATE).toBeNull();
  const down = Date.parse(serving.status().journeys[0]?.since ?? '');
  await expect.poll(() => seen().at, LATE).toBe('site-b');
  const { since = '' } = serving.status().services.find(({ name }) => name === 'book') ?? {};
  const took = Date.parse(since) - down;
  // 48 s of detect are left, and two minutes of switch; a moment is said in whole milliseconds.
  expect(took).toBeGreaterThanOrEqual(279);
  expect(took).toBeLessThan(2_000);

  // Nothing better was served: it is taken at once. A person's ten minutes are a second.
  const words = holdMode(serving, {
    journey: 'trade',
    mode: 'down',
    pinned: true,
    forMs: 600_000,
    by: 'ann',
    reason: 'x',
  });
  expect(words.kind).toBe('done');
  const held = serving.status().journeys[0]?.held;
  const lasts = Date.parse(held?.until ?? '') - Date.now();
  expect(lasts).toBeLessThanOrEqual(1_001);
  expect(lasts).toBeGreaterThan(0);
  await expect.poll(() => seen().mode, LATE).toBe('full');

  await serving.stop(0);
  const again = startServing(
    `${HEAD}journeys: {trade: {match: [{path: /x, to: x}], modes: {full: {needs: [x]}}}}\nservices: {x: {outages: none, url: "${b.url}"}}\n`,
    {
      state: folder,
    },
  );
  await expect(again).rejects.toMatchObject({ code: 'state-of-other-speed' });
});

test('a drill whose probes are slower than its detect says so', async () => {
  const a = await site('a');
  const { serving } = await servePlan(
    `journeys:
  trade: {match: [{path: /orders, to: book}], modes: {full: {needs: [book]}}}
services:
  book: {outages: none, any: [site-a, site-b], state: {writer: single, lag: 1s}, failover: {detect: 10s}}
  site-a: {outages: none, url: "${a.url}", probe: {path: /health, every: 200ms, timeout: 100ms}}
  site-b: {outages: none, url: "${a.url}/b", probe: {path: /health, every: 200ms, timeout: 100ms}}
`,
    { speed: 60 },
  );
  expect(serving.status().findings.map(({ message }) => message)).toContain(
    'At 60 times the speed probes of book take up to 18 s of that clock to tell of a failure, longer than detect, 10 s.',
  );
});

/** A site over TLS that notes by which name it was asked for what, and takes WebSockets. */
async function startTlsSite(): Promise<{ port: number; authority: string; heard: Set<string> }> {
  const { authority, cert, key } = makeCertificate('book.test', 'node.test', '192.0.2.9');
  const heard = new Set<string>();
  const server = createServer({ cert, key }, ({ socket, headers, url, method }, response) => {
    const name = socket instanceof TLSSocket ? String(socket.servername) : '';
    heard.add(`${method} ${url} of ${headers.host} as ${name}`);
    response.end(`you asked for ${url}`);
  });
  const streams = new WebSocketServer({ server });
  streams.on('connection', (socket, { headers, url, socket: under }) => {
    const name = under instanceof TLSSocket ? String(under.servername) : '';
    heard.add(`WebSocket ${url} of ${headers.host} as ${name}`);
    socket.on('error', () => undefined);
    socket.on('message', (data) => socket.send(`heard ${String(data)}`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  started.push(async () => {
    for (const socket of streams.clients) socket.terminate();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, authority, heard }; // it listens on TCP
}

test('with --via everything is asked where it is reached in this run, by the names of the plan, by a later plan too', async () => {
  const folder = makeFolder();
  started.push(() => rmSync(folder, { recursive: true }));
  const { port, authority, heard } = await startTlsSite();
  const issuer = await startIssuer(() => Date.now());
  started.push(() => issuer.stop());
  const key = await issuer.addKey('ES256');
  const [plan, via, trusted] = ['plan.yaml', 'via.json', 'authority.pem'].map((name) => join(folder, name));
  if (plan === undefined || via === undefined || trusted === undefined) throw new Error('No folder.');
  writeFileSync(trusted, authority);
  const there = `127.0.0.1:${port}`;
  const elsewhere = {
    'book.test:7443': there,
    'node.test:443': there,
    'node.test:8546': there,
    '192.0.2.9:443': there,
  };
  writeFileSync(via, JSON.stringify({ ...elsewhere, 'login.test:80': new URL(issuer.url).host }));
  const reads = '  reads: {match: [{path: /rpc, to: chain}], modes: {full: {needs: [chain]}}}\n';
  const nodes = `  chain: {outages: none, any: [node], jsonrpc: {chain: 1, blockTime: 1s}}
  node: {outages: none, url: "https://node.test", node: {websocket: "wss://node.test:8546/ws"}}
`;
  const planWith = (base: string, journey = '', services = ''): string => `${HEAD}journeys:
  trade: {match: [{path: /orders, to: book}], modes: {full: {needs: [book, login, other]}}}
  watch: {match: [{path: /stream, to: book, websocket: allowed}], modes: {full: {needs: [book]}}}
${journey}services:
  book: {outages: none, url: "https://book.test:7443${base}", probe: {path: /health, every: 50ms, timeout: 5s}}
  other: {outages: none, url: "https://192.0.2.9/other", probe: {path: /health, every: 50ms, timeout: 5s}}
  login: {outages: none, jwt: {issuer: "${issuer.issuer}", audience: harbor, keys: "http://login.test/jwks.json"}}
${services}`;
  writeFileSync(plan, planWith('', reads, nodes));
  const words = [plan, '--via', via, '--listen', '127.0.0.1:0', '--state', join(folder, 'state')];
  const serving = await startServe([...words, '--trial', '0%', '--drain-time', '1s'], {
    NODE_EXTRA_CA_CERTS: trusted,
  });
  expect(serving.said).toMatch(/, a drill: via: 5 addresses {2}\(Ctrl-C ends it\)/);
  const url = /gateway at (http:\/\/[^ ,]+)/.exec(serving.said)?.[1] ?? '';
  const authorization = `Bearer ${await issuer.sign(key)}`;
  const order = async (): Promise<string> =>
    (await fetch(`${url}/orders`, { headers: { authorization } })).text();
  expect(await order()).toBe('you asked for /orders');
  expect(issuer.asked).toBeGreaterThan(0);

  const client = new WebSocket(`${url.replace('http', 'ws')}/stream`);
  await once(client, 'open');
  client.send('hello');
  expect(String((await once(client, 'message'))[0])).toBe('heard hello');
  client.terminate();

  const host = new URL(url).host;
  for (const line of [
    'GET /health of book.test:7443 as book.test',
    'GET /other/health of 192.0.2.9 as false',
    `GET /orders of ${host} as book.test`,
    `WebSocket /stream of ${host} as book.test`,
    'POST / of node.test as node.test',
    'WebSocket /ws of node.test:8546 as node.test',
  ])
    await expect.poll(() => [...heard], LATE).toContain(line);

  const status = await serving.status();
  expect(status).toMatchObject({ via: 5, journeys: [{ mode: 'full' }, { mode: 'full' }, {}] });
  expect(status.speed).toBeUndefined();
  const book = status.services.find(({ name }) => name === 'book');
  expect(book?.alternatives).toMatchObject([{ name: 'book', url: 'https://book.test:7443', level: 1 }]);

  // It no longer names all that is reached elsewhere.
  writeFileSync(plan, planWith('/next'));
  await expect.poll(order, LATE).toBe('you asked for /next/orders');
  expect((await serving.status()).via).toBe(5);
  await serving.end('SIGINT');
  expect(serving.log()).not.toContain(there);
});
