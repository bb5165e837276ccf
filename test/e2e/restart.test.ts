/** The real command, killed and started again under load, and ended gently. */
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { Status } from '../../src/serve/index.ts';
import { keelson } from '../cli/keelson.ts';
import { freePort, makeFolder } from '../parts/part.ts';
import { HEAD } from '../parts/served.ts';
import {
  accountOf,
  endTraffic,
  startLoad,
  startSiteProcess,
  type Result,
  type SiteProcess,
} from '../parts/traffic.ts';
import { endProcesses } from './keelson-process.ts';
import { startServe, type ServeProcess } from './serve-process.ts';

let folder: string;
let a: SiteProcess;
let b: SiteProcess;
/** Where it listens, each time that it is started. */
let port: number;

beforeEach(async () => {
  folder = makeFolder();
  [a, b] = await Promise.all([startSiteProcess('a', folder), startSiteProcess('b', folder)]);
  port = await freePort();
  writeFileSync(join(folder, 'plan.yaml'), planOf());
});

afterEach(async () => {
  await endProcesses();
  endTraffic();
  rmSync(folder, { recursive: true });
});

function planOf(stream = 'ws://127.0.0.1:1'): string {
  return `${HEAD}
journeys:
  trade:
    match: [{path: /orders/**, to: book, timeout: 3s}]
    modes: {full: {needs: [book]}, cancel-only: {worth: 30%, needs: [book], allow: [{methods: [GET, DELETE]}]}}
  pay:
    match: [{path: /payments/**, to: book, timeout: 3s}]
    modes: {full: {needs: [book]}}
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

async function start(...more: string[]): Promise<ServeProcess> {
  const words = ['--listen', `127.0.0.1:${port}`, '--state', join(folder, 'state')];
  const serving = await startServe([join(folder, 'plan.yaml'), ...words, ...more]);
  await expect.poll(() => statusOf(`http://127.0.0.1:${port}/look/1`), { interval: 10 }).toBe(200);
  return serving;
}

/** 0 where nobody answers. */
async function statusOf(url: string): Promise<number> {
  return new Promise((resolve) => {
    const asked = requestHttp(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on('error', () => resolve(0));
    asked.end();
  });
}

function order(...words: string[]): void {
  const { exit, err } = keelson([...words, '--state', join(folder, 'state'), '--reason', 'test']);
  expect([exit, err]).toEqual([0, '']);
}

const standing = ({ journeys, services }: Status): unknown => ({
  modes: journeys.map(({ name, mode, held }) => [name, mode, held?.mode, held?.pinned, held?.until]),
  inUse: services.map(({ name, inUse }) => [name, inUse]),
});

test('killed under load and started again, it serves as it did: modes, pins, the writer and its number', async () => {
  const first = await start();
  order('approve', 'book', '--to', 'site-b');
  order('mode', 'trade', 'cancel-only', '--pin', '--for', '1h');
  order('mode', 'look', 'full', '--for', '2h');
  const before = standing(await first.status());
  const url = `http://127.0.0.1:${port}`;
  const writesTo = ['/orders', '/payments'];
  const stop = await startLoad({ url, rate: 200, writeEvery: 5, writesTo, id: 'kill' });
  await wait(1_500);
  await first.end('SIGKILL');
  const killed = Date.now();
  const second = await start();
  await wait(500);
  const results = await stop();
  const isPayment = ({ isWrite, path }: Result): boolean => isWrite && path.startsWith('/payments');
  const payments = results.filter(isPayment);
  const paid = accountOf(payments, [a, b]);
  const others = results.filter((one) => !isPayment(one));
  const account = accountOf(others, [a, b]);
  // The pinned mode takes reads and no write, before the kill as after it.
  for (const isThen of [(at: number) => at < killed, (at: number) => at > killed]) {
    const then = others.filter(({ at }) => isThen(at));
    expect(then.filter(({ isWrite, status }) => !isWrite && status === 200).length).toBeGreaterThan(50);
    expect(then.filter(({ isWrite, status }) => isWrite && status === 503).length).toBeGreaterThan(0);
  }
  expect(account.answered).toBe(0);
  for (const { doubled, denied, invented } of [account, paid])
    expect([doubled, denied, invented]).toEqual([[], [], []]);
  // Payments are taken before the kill and after it.
  const taken = payments.filter(({ status }) => status === 200);
  expect(taken.filter(({ at }) => at < killed).length).toBeGreaterThan(10);
  expect(taken.filter(({ at }) => at > killed).length).toBeGreaterThan(0);
  expect(second.log()).not.toContain('state-not-used');
  expect(standing(await second.status())).toEqual(before);
  expect(await statusOf(`${url}/orders/1`)).toBe(200);
  const posted = await fetch(`${url}/orders/1`, { method: 'POST', body: '{}' });
  expect([posted.status, posted.headers.get('keelson-mode')]).toEqual([503, 'cancel-only;journey=trade']);
  order('mode', 'trade', '--release');
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
      const first = await start();
      order('mode', 'trade', 'cancel-only', '--pin', '--for', '1h');
      await first.end('SIGKILL');
      const path = join(folder, 'state', 'gateway', 'state.json');
      writeFileSync(path, damage(readFileSync(path, 'utf8')));
      writeFileSync(join(folder, 'state', 'gateway', 'journal.ndjson'), '{"at":"2026', { flag: 'a' });
      const second = await start();
      expect(second.log().includes('state-not-used')).toBe(isSaid);
      const { journeys } = await second.status();
      expect(journeys.map(({ mode, held }) => [mode, held])).toEqual(journeys.map(() => ['full', null]));
      order('mode', 'trade', 'cancel-only', '--for', '1h');
      const lines = readFileSync(join(folder, 'state', 'gateway', 'journal.ndjson'), 'utf8')
        .trimEnd()
        .split('\n');
      expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ kind: expect.any(String) });
    },
  );
});

test('a write that hangs when the time to end is over is told so, and a second order to end cuts nothing off', async () => {
  // It is the time to end that is over, not that of the write.
  writeFileSync(
    join(folder, 'plan.yaml'),
    planOf().replace('/payments/**, to: book, timeout: 3s', '/payments/**, to: book, timeout: 30s'),
  );
  // Time for a second order: on a busy machine a command takes seconds to begin.
  const serving = await start('--drain-time', '5s');
  await a.signal('SIGSTOP');
  const asked = fetch(`http://127.0.0.1:${port}/payments/1`, { method: 'POST', body: '{}' });
  await expect
    .poll(async () =>
      (await (await fetch(`${serving.admin}/metrics`)).text()).includes('in_flight{target="site-a"} 1'),
    )
    .toBe(true);
  order('drain', '--all');
  const again = keelson(['drain', '--all', '--state', join(folder, 'state'), '--reason', 'again']);
  expect([again.exit, again.err]).toEqual([2, expect.stringContaining('It is being stopped already.')]);
  const answer = await asked;
  const problem = (await answer.json()) as { type: string; request: string }; // RFC 9457
  expect([answer.status, problem.type]).toEqual([504, 'urn:keelson:problem:outcome-unknown']);
  expect(await serving.ended).toBe(0);
  expect(serving.log()).toContain(`"request":"${problem.request}"`);
});

test('orders are taken by whom they are meant for, and by nobody else', async () => {
  const serving = await start();
  const reasoned = ['--reason', 'test'];
  for (const words of [
    ['mode'],
    ['drain', 'site-a', ...reasoned],
    ['approve', 'book', '--to', 'site-b', ...reasoned],
  ]) {
    for (const at of [a.url, `http://127.0.0.1:${port}`]) {
      const { exit, out, err } = keelson([...words, '--at', at]);
      expect([exit, out]).toEqual([2, '']);
      expect(err).toContain(`No gateway answers at ${at}: something else does.`);
    }
    const { exit, out, err } = keelson([...words, '--steer', '--at', serving.admin]);
    expect([exit, out]).toEqual([2, '']);
    expect(err).toContain(`No steerer answers at ${serving.admin}: a gateway does.`);
  }
  const { services } = await serving.status();
  expect(services.find(({ name }) => name === 'book')?.inUse).toBe('site-a');
  expect(services.flatMap(({ alternatives }) => alternatives).some(({ drained }) => drained)).toBe(false);
});

test('ended gently under load it loses no request, closes WebSockets, and says beforehand that it is not ready', async () => {
  const streams = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/stream' });
  await once(streams, 'listening');
  const address = streams.address();
  const at = typeof address === 'string' || address === null ? 0 : address.port;
  writeFileSync(join(folder, 'plan.yaml'), planOf(`ws://127.0.0.1:${at}`));
  const serving = await start('--drain-time', '9s');
  const socket = new WebSocket(`ws://127.0.0.1:${port}/stream`);
  await once(socket, 'open');
  const closed = once(socket, 'close');
  const url = `http://127.0.0.1:${port}`;
  const readyUrl = `${serving.admin}/readyz`;
  const stop = await startLoad({ url, rate: 200, writeEvery: 10, id: 'end', readyUrl });
  await wait(2_000);
  const began = performance.now();
  const exited = serving.end('SIGTERM');
  await expect.poll(() => statusOf(readyUrl)).toBe(503);
  // Who does not know yet is served.
  expect(await statusOf(`${url}/look/late`)).toBe(200);
  await closed;
  expect(await exited).toBe(0);
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
