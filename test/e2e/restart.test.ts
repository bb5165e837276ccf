/** The real command, killed and started again under load, and ended gently. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { Status } from '../../src/serve/index.ts';
import { bin } from '../cli/keelson.ts';
import { freePort } from '../parts/part.ts';
import { HEAD } from '../parts/served.ts';
import { accountOf, endTraffic, startLoad, startSiteProcess, type SiteProcess } from '../parts/traffic.ts';

let folder: string;
let a: SiteProcess;
let b: SiteProcess;
let places: { port: number; admin: number };
const running = new Set<ChildProcess>();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-restart-'));
  [a, b] = await Promise.all([startSiteProcess('a', folder), startSiteProcess('b', folder)]);
  places = { port: await freePort(), admin: await freePort() };
  writeFileSync(join(folder, 'plan.yaml'), planOf());
});

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
  endTraffic();
});

function planOf(stream = 'ws://127.0.0.1:1'): string {
  return `${HEAD}
journeys:
  trade:
    match: [{path: /orders/**, to: book, timeout: 3s}]
    modes: {full: {needs: [book]}, cancel-only: {worth: 30%, needs: [book], allow: [{methods: [GET, DELETE]}]}}
  look:
    match: [{path: /look/**, to: sites}]
    modes: {full: {needs: [sites]}}
  watch:
    match: [{path: /stream, to: stream, websocket: allowed}]
    modes: {full: {needs: [stream]}}
services:
  book: {outages: none, any: [site-a, site-b], state: {writer: single, lag: 1s}, failover: {approve: 1m}}
  sites: {outages: none, atLeast: 1, of: [site-a, site-b]}
  site-a: {outages: none, url: "${a.url}", probe: {path: /health, every: 500ms, timeout: 2s}}
  site-b: {outages: none, url: "${b.url}", probe: {path: /health, every: 500ms, timeout: 2s}}
  stream: {outages: none, url: "${stream.replace('ws:', 'http:')}"}
`;
}

interface Command {
  readonly child: ChildProcess;
  /** From its start until it said that it serves. @unit ms */
  readonly readyMs: number;
  /** From its start until a request was answered. @unit ms */
  readonly servingMs: number;
  readonly log: () => string;
}

async function startCommand(...more: string[]): Promise<Command> {
  const began = performance.now();
  const { port, admin } = places;
  const words = [
    '--listen',
    `127.0.0.1:${port}`,
    '--admin',
    `127.0.0.1:${admin}`,
    '--state',
    join(folder, 'state'),
  ];
  const child = spawn(process.execPath, [bin, 'serve', join(folder, 'plan.yaml'), ...words, ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const ended = once(child, 'exit').then((): never => {
    throw new Error(`It has ended: ${log}`);
  });
  ended.catch(() => undefined);
  const said = once(child.stdout ?? child, 'data').then(() => performance.now() - began);
  let servingMs = 0;
  while (servingMs === 0 && child.exitCode === null) {
    const status = await statusOf('/look/1');
    if (status === 200) servingMs = performance.now() - began;
    else await wait(10);
  }
  if (child.exitCode !== null) throw new Error(`It has ended: ${log}`);
  return { child, servingMs, readyMs: await Promise.race([said, ended]), log: () => log };
}

async function statusOf(path: string, port = places.port): Promise<number> {
  return new Promise((resolve) => {
    const asked = requestHttp({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on('error', () => resolve(0));
    asked.end();
  });
}

async function status(): Promise<Status> {
  const answer = await fetch(`http://127.0.0.1:${places.admin}/status`, {
    headers: { accept: 'application/json' },
  });
  return (await answer.json()) as Status; // the gateway's own contract
}

async function order(name: string, ...words: string[]): Promise<void> {
  const child = spawn(
    process.execPath,
    [bin, name, ...words, '--state', join(folder, 'state'), '--reason', 'test'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)));
  const [code] = (await once(child, 'close')) as [number | null]; // what `close` gives
  if (code !== 0) throw new Error(`${name} ${words.join(' ')}: ${said}`);
}

const standing = ({ journeys, services }: Status): unknown => ({
  modes: journeys.map(({ name, mode, held }) => [name, mode, held?.mode, held?.pinned, held?.until]),
  inUse: services.map(({ name, inUse }) => [name, inUse]),
});

test('killed under load and started again, it serves as it did: modes, pins, the writer and its number', async () => {
  const first = await startCommand();
  await order('approve', 'book', '--to', 'site-b');
  await order('mode', 'trade', 'cancel-only', '--pin', '--for', '1h');
  await order('mode', 'look', 'full', '--for', '2h');
  const before = standing(await status());
  const url = `http://127.0.0.1:${places.port}`;
  const stop = await startLoad({ url, rate: 200, writeEvery: 10, id: 'kill' });
  await wait(1_500);
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const second = await startCommand();
  await wait(500);
  const results = await stop();
  if (process.env.KEELSON_SAY !== undefined)
    console.log('restart', { first: first.servingMs, again: second.servingMs, said: second.readyMs });
  const account = accountOf(results, [a, b]);
  // The pinned mode takes reads and no write, before the kill as after it.
  expect(account.reads - account.failedReads.length).toBeGreaterThan(100);
  expect(account.refused).toBeGreaterThan(0);
  expect(account.answered).toBe(0);
  expect(account.doubled).toEqual([]);
  expect(account.denied).toEqual([]);
  expect(second.log()).not.toContain('state-not-used');
  expect(standing(await status())).toEqual(before);
  // What a process takes to start at all is the machine's.
  const bare = performance.now();
  await once(spawn(process.execPath, [bin, '--version']), 'close');
  expect(second.servingMs).toBeLessThan(Math.max(1_000, 4 * (performance.now() - bare)));
  expect(await statusOf('/orders/1')).toBe(200);
  const posted = await fetch(`${url}/orders/1`, { method: 'POST', body: '{}' });
  expect([posted.status, posted.headers.get('keelson-mode')]).toEqual([503, 'cancel-only;journey=trade']);
  await order('mode', 'trade', '--release');
  await fetch(`${url}/orders/1`, { method: 'POST', body: '{}', headers: { 'x-request-id': 'after' } });
  expect(b.journal().find(({ id }) => id === 'after')?.epoch).toBe('1');
  const lines = readFileSync(join(folder, 'state', 'gateway', 'journal.ndjson'), 'utf8')
    .trimEnd()
    .split('\n');
  for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
});

describe('started with a state that is', () => {
  test.each([
    ['cut short', (text: string) => text.slice(0, text.length - 20), true],
    ['no JSON at all', () => '\u0000\u0001garbage', true],
    [
      'half of another shape',
      (text: string) => text.replace('"epochs":{', '"epochs":{"book":"many","x":{'),
      true,
    ],
    [
      'of another plan',
      (text: string) => text.replaceAll('book', 'ledger').replaceAll('trade', 'lend'),
      false,
    ],
  ] as const)(
    '%s, it serves all the same, says so, and believes nothing of it by half',
    async (_, damage, isSaid) => {
      const first = await startCommand();
      await order('mode', 'trade', 'cancel-only', '--pin', '--for', '1h');
      first.child.kill('SIGKILL');
      await once(first.child, 'exit');
      const path = join(folder, 'state', 'gateway', 'state.json');
      writeFileSync(path, damage(readFileSync(path, 'utf8')));
      writeFileSync(join(folder, 'state', 'gateway', 'journal.ndjson'), '{"at":"2026', { flag: 'a' });
      const second = await startCommand();
      expect(second.log().includes('state-not-used')).toBe(isSaid);
      const { journeys } = await status();
      expect(journeys.map(({ mode, held }) => [mode, held])).toEqual(journeys.map(() => ['full', null]));
      await order('mode', 'trade', 'cancel-only', '--for', '1h');
      const lines = readFileSync(join(folder, 'state', 'gateway', 'journal.ndjson'), 'utf8')
        .trimEnd()
        .split('\n');
      expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ kind: expect.any(String) });
    },
  );
});

test('ended gently under load it loses no request, closes WebSockets, and says beforehand that it is not ready', async () => {
  const streams = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/stream' });
  await once(streams, 'listening');
  const address = streams.address();
  const at = typeof address === 'string' || address === null ? 0 : address.port;
  writeFileSync(join(folder, 'plan.yaml'), planOf(`ws://127.0.0.1:${at}`));
  const { child } = await startCommand('--drain-time', '9s');
  const socket = new WebSocket(`ws://127.0.0.1:${places.port}/stream`);
  await once(socket, 'open');
  const closed = once(socket, 'close');
  const readyUrl = `http://127.0.0.1:${places.admin}/readyz`;
  const stop = await startLoad({
    url: `http://127.0.0.1:${places.port}`,
    rate: 200,
    writeEvery: 10,
    id: 'end',
    readyUrl,
  });
  await wait(2_000);
  const began = performance.now();
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await expect.poll(() => statusOf('/readyz', places.admin)).toBe(503);
  // Who does not know yet is served.
  expect(await statusOf('/look/late')).toBe(200);
  await closed;
  expect((await exited)[0]).toBe(0);
  const tookMs = performance.now() - began;
  const results = await stop();
  streams.close();
  if (process.env.KEELSON_SAY !== undefined) console.log('ended', { tookMs, requests: results.length });
  const account = accountOf(results, [a, b]);
  expect(account.requests).toBeGreaterThan(200);
  expect(account.failedReads).toEqual([]);
  expect(account.answered).toBe(account.writes);
  expect(account.doubled).toEqual([]);
  expect(tookMs).toBeLessThan(9_500);
});
