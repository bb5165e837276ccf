/** The real command while its plan's file changes, well and badly, under load. */
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { randomStream } from '../../src/random.ts';
import type { Status } from '../../src/serve/index.ts';
import { keelson, root, type Run } from '../cli/keelson.ts';
import { freePort, makeFolder } from '../parts/part.ts';
import { familyOf, written } from '../parts/plan-mutations.ts';
import { askSocket, offerPlans } from '../parts/plan-offers.ts';
import { digestIn } from '../parts/plan-truth.ts';
import { HEAD } from '../parts/served.ts';
import { accountOf, endTraffic, startLoad, startSiteProcess, type SiteProcess } from '../parts/traffic.ts';
import { endProcesses } from './keelson-process.ts';
import { startServe, type ServeProcess } from './serve-process.ts';

let folder: string;
let file: string;
let url: string;
let a: SiteProcess;
let b: SiteProcess;
let port: number;

beforeEach(async () => {
  folder = makeFolder();
  file = join(folder, 'plan.yaml');
  [a, b] = await Promise.all([startSiteProcess('a', folder), startSiteProcess('b', folder)]);
  port = await freePort();
  url = `http://127.0.0.1:${port}`;
});

afterEach(async () => {
  await endProcesses();
  endTraffic();
  rmSync(folder, { recursive: true });
});

function start(trialTime = '200ms', plan = file): Promise<ServeProcess> {
  const words = ['--listen', `127.0.0.1:${port}`, '--state', join(folder, 'state')];
  return startServe([plan, ...words, '--trial', '50%', '--trial-time', trialTime, '--drain-time', '1s']);
}

const GOOD = 'book: {outages: none, any: [site-a, site-b]}';
/** Hangs on one site. */
const WORSE = 'book: {outages: none, any: [site-a]}';

function planOf(
  book = GOOD,
  { first = a.url, second = b.url, stream = 'http://127.0.0.1:1', note = 'first' } = {},
): string {
  return `${HEAD}# ${note}
journeys:
  trade: {tier: core, match: [{path: /orders/**, to: book}], modes: {full: {needs: [book]}}}
  watch: {match: [{path: /stream, to: stream, websocket: allowed}], modes: {full: {needs: [stream]}}}
services:
  ${book}
  site-a: {outages: {rate: 2/yr, mean: 1h}, url: "${first}"}
  site-b: {outages: {rate: 2/yr, mean: 1h}, url: "${second}"}
  stream: {outages: none, url: "${stream}"}
`;
}

function write(text: string): string {
  writeFileSync(file, text);
  return digestIn(Buffer.from(text));
}

function order(...words: string[]): Run {
  return keelson([...words, '--state', join(folder, 'state')]);
}

/** As `keelson reload --reason`, without the time that a process takes. */
function offerAtOnce(): Promise<unknown> {
  const order = { force: false, reason: 'a test', by: 'somebody' };
  return askSocket(join(folder, 'state', 'gateway.sock'), 'POST', '/reload', order);
}

async function untilInForce(serving: ServeProcess, digest: string): Promise<void> {
  await expect.poll(async () => (await serving.status()).plan.digest).toBe(digest);
}

async function offered(
  serving: ServeProcess,
  state: NonNullable<Status['offered']>['state'],
): Promise<string> {
  await expect.poll(async () => (await serving.status()).offered?.state).toBe(state);
  return (await serving.status()).offered?.why.join(' ') ?? '';
}

const load = (id: string): ReturnType<typeof startLoad> =>
  startLoad({ url, rate: 150, writeEvery: 5, writesTo: ['/orders'], id });

async function expectNothingDropped(stop: Awaited<ReturnType<typeof startLoad>>): Promise<void> {
  const { requests, failedReads, writes, answered, doubled, invented } = accountOf(await stop(), [a, b]);
  expect(requests).toBeGreaterThan(10);
  expect(failedReads).toEqual([]);
  expect([answered, doubled, invented]).toEqual([writes, [], []]);
}

function send(key: string): Promise<Response> {
  const headers = { 'idempotency-key': key, 'x-request-id': key };
  return fetch(`${url}/orders/keyed`, { method: 'POST', body: '{}', headers });
}

test('of plans offered under load every good one is taken, no bad one, and no request is dropped', async () => {
  const broken = await startSiteProcess('broken', folder);
  await broken.behave({ kind: 'errors', share: 1, status: 500 });
  const urls = { a: a.url, b: b.url, broken: broken.url };
  const plan = familyOf(randomStream('family', 1), urls);
  writeFileSync(file, written(plan));
  const { pid } = await start('100ms');
  const result = await offerPlans({
    gateway: { pid, url, socket: join(folder, 'state', 'gateway.sock'), file },
    sites: [a, b],
    urls,
    schema: JSON.parse(readFileSync(join(root, 'docs', 'plan.schema.json'), 'utf8')) as object,
    plan,
    bad: 36,
    good: 4,
    familyEvery: 20,
    onProgress: (words) => process.env.KEELSON_SAY !== undefined && console.log(words),
  });
  if (process.env.KEELSON_SAY !== undefined) console.log(result);
  expect(result.badLoaded).toEqual([]);
  expect(result.goodNotLoaded).toEqual([]);
  expect(result.requests).toBeGreaterThan(100);
  expect(result.wrong).toEqual([]);
  expect([result.doubled, result.invented]).toEqual([0, 0]);
});

test('a plan comes into force under load: no request is dropped, a WebSocket stays open, a keyed write is made once', async () => {
  const streams = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/stream' });
  await once(streams, 'listening');
  streams.on('connection', (socket) => socket.on('message', (text) => socket.send(`${text}`)));
  const at = streams.address();
  const stream = `http://127.0.0.1:${typeof at === 'string' || at === null ? 0 : at.port}`;
  write(planOf(GOOD, { stream }));
  const serving = await start();
  const socket = new WebSocket(`${url.replace('http', 'ws')}/stream`);
  await once(socket, 'open');
  const echo = async (text: string): Promise<string> => {
    const heard = once(socket, 'message');
    socket.send(text);
    return String((await heard)[0]);
  };
  expect(await echo('before')).toBe('before');
  const said = await (await send('key-1')).text();
  const stop = await load('good');
  for (const note of ['second', 'third']) {
    await untilInForce(serving, write(planOf(GOOD, { stream, note })));
    expect(await echo(note)).toBe(note);
    const again = await send('key-1');
    expect([again.headers.get('idempotency-replayed'), await again.text()]).toEqual(['true', said]);
  }
  await expectNothingDropped(stop);
  expect([...a.journal(), ...b.journal()].filter(({ id }) => id === 'key-1')).toHaveLength(1);
  socket.terminate();
  streams.close();
});

test('a plan that is offered by hand as soon as it is written comes into force, whoever sees it first', async () => {
  write(planOf());
  const serving = await start('400ms');
  for (const note of ['second', 'third']) {
    const next = write(planOf(GOOD, { note }));
    expect(order('reload', '--reason', 'at once').exit).toBe(0);
    await untilInForce(serving, next);
  }
  expect(serving.log()).not.toContain('put off');
});

test('a plan that does harm is held back and says why; by force it is taken, and the journal knows who and why', async () => {
  const before = write(planOf());
  const serving = await start();
  const stop = await load('held');
  const worse = write(planOf(WORSE));
  const why = await offered(serving, 'held-back');
  expect(why).toMatch(/^trade newly hangs on site-a alone\. trade is down longer: /);
  expect((await serving.status()).plan.digest).toBe(before);
  const shown = order('reload');
  expect([shown.exit, shown.out]).toEqual([1, expect.stringContaining('trade newly hangs on site-a alone.')]);
  const refused = order('reload', '--reason', 'please');
  expect([refused.exit, refused.err]).toEqual([1, expect.stringContaining('--force')]);
  const forced = order('reload', '--force', '--by', 'ada', '--reason', 'site-b is sold');
  expect([forced.exit, forced.err]).toEqual([0, '']);
  await untilInForce(serving, worse);
  await expectNothingDropped(stop);
  const journal = readFileSync(join(folder, 'state', 'gateway', 'journal.ndjson'), 'utf8');
  expect(journal).toMatch(/A new plan: .*Offered by ada: site-b is sold/);
});

test('a plan that cannot be offered is put off and says why, and comes into force once it can', async () => {
  // Where the copy for the contract's reader goes.
  const scratch = join(folder, 'scratch');
  mkdirSync(scratch);
  const contract = join(folder, 'plan.contract.yaml');
  writeFileSync(contract, 'contract: 1\nname: plan\nformat: yaml\nreader: {command: [test, -s, "{file}"]}\n');
  write(planOf());
  const words = ['--listen', `127.0.0.1:${port}`, '--state', join(folder, 'state'), '--contract', contract];
  const serving = await startServe([file, ...words, '--trial', '0%'], { TMPDIR: scratch });
  rmSync(scratch, { recursive: true });
  const digest = write(planOf(GOOD, { note: 'second' }));
  // Before the file is looked at for having changed.
  await offerAtOnce();
  expect(await offered(serving, 'put-off')).toContain('It could not be offered: ENOENT');
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(serving.log().match(/"plan-not-offered"/g)).toHaveLength(1);
  expect((await fetch(`${url}/orders/1`)).status).toBe(200);
  expect(order('reload').out).toContain('is put off, and tried again by itself');
  mkdirSync(scratch);
  expect(order('reload', '--reason', 'the disk is back').exit).toBe(0);
  await untilInForce(serving, digest);
});

test('a plan that moves a writer each time it is tried is put off twice, and then taken back', async () => {
  const broken = await startSiteProcess('broken', folder);
  await broken.behave({ kind: 'errors', share: 1, status: 500 });
  const writer = `${GOOD.slice(0, -1)}, state: {writer: single, lag: 1s}}`;
  write(planOf(writer));
  const serving = await start();
  const first = `url: "${broken.url}"`;
  write(planOf(writer, { first: broken.url }).replace(first, `${first}, probe: {path: /, every: 1s}`));
  await offerAtOnce();
  expect(await offered(serving, 'put-off')).toContain(
    'book was switched by it, and not by the plan in force.',
  );
  await offerAtOnce();
  await offerAtOnce();
  expect(await offered(serving, 'taken-back')).toContain('3 times in a row');
  expect((await send('one')).status).toBe(200);
});

test('a file that is broken, half-written, empty or gone changes nothing for requests', async () => {
  const good = planOf();
  const digest = write(good);
  const serving = await start();
  const stop = await load('broken');
  const contents = [`${good}  more: [`, good.slice(0, good.indexOf('site-b: {')), ''].map((text) =>
    Buffer.from(text),
  );
  const cases: [spoil: () => unknown, digest: string, said: string][] = [
    ...[...contents, Buffer.from(good, 'utf16le')].map((bytes): (typeof cases)[number] => [
      () => writeFileSync(file, bytes),
      digestIn(bytes),
      'plan.yaml:',
    ]),
    [() => rmSync(file), '', 'there is no such file'],
    [() => mkdirSync(file), '', 'it is a directory'],
  ];
  for (const [spoil, held, said] of cases) {
    spoil();
    // What a write leaves for a moment may be found first.
    await expect
      .poll(async () => (await serving.status()).offered)
      .toMatchObject({
        digest: held,
        state: 'refused',
        why: expect.arrayContaining([expect.stringContaining(said)]),
      });
    expect((await serving.status()).plan.digest).toBe(digest);
  }
  rmSync(file, { recursive: true });
  write(good);
  await expect.poll(async () => (await serving.status()).offered).toBeNull();
  await expectNothingDropped(stop);
});

describe('started with a file that is', () => {
  test.each<[string, () => unknown, string]>([
    ['broken', () => write('journeys: ['), 'yaml-syntax'],
    ['gone', () => rmSync(file), 'file-unreadable'],
    ['worse than the plan before', () => write(planOf(WORSE)), 'trade newly hangs on site-a alone.'],
  ])('%s, it serves the last good plan and says so', async (_, spoil, said) => {
    const digest = write(planOf());
    await (await start()).end('SIGKILL');
    spoil();
    const serving = await start();
    const { plan, offered: held } = await serving.status();
    expect(plan.digest).toBe(digest);
    expect(held?.why.join(' ')).toContain(said);
    expect(serving.log()).toContain('It goes on with the last good plan');
    expect((await fetch(`${url}/orders/1`)).status).toBe(200);
  });

  test('another plan than that which was last in force, it begins with that one, and tries the other', async () => {
    const digest = write(planOf());
    await (await start()).end('SIGKILL');
    const next = write(planOf(GOOD, { note: 'written while nothing ran' }));
    const serving = await start('30s');
    expect((await serving.status()).plan.digest).toBe(digest);
    await offered(serving, 'trying');
    await serving.end('SIGKILL');
    await untilInForce(await start(), next);
  });
});

test('killed while a plan is tried and started again, it serves the good one, and the other one is found out', async () => {
  const broken = await startSiteProcess('broken', folder);
  await broken.behave({ kind: 'errors', share: 1, status: 500 });
  const digest = write(planOf());
  const first = await start('1h');
  const bad = write(planOf(GOOD, { first: broken.url, second: `${broken.url}/too` }));
  // Nobody asks for anything, so that nothing is found yet.
  await offered(first, 'trying');
  await first.end('SIGKILL');
  const second = await start('1h');
  expect((await second.status()).plan.digest).toBe(digest);
  await offered(second, 'trying');
  const stop = await load('killed');
  await expect.poll(async () => (await second.status()).offered?.state).toMatch(/taken-back|put-off/);
  await stop();
  expect((await second.status()).plan.digest).toBe(digest);
  expect((await second.status()).offered?.digest).toBe(bad);
});

test('the plan of another file in the same folder of state is another plan', async () => {
  write(planOf());
  await (await start()).end('SIGKILL');
  const other = join(folder, 'other.yaml');
  const worse = planOf(WORSE);
  writeFileSync(other, worse);
  const serving = await start('200ms', other);
  expect((await serving.status()).plan.digest).toBe(digestIn(Buffer.from(worse)));
  await serving.end('SIGKILL');
  rmSync(other);
  await expect(start('200ms', join(folder, 'third.yaml'))).rejects.toThrow('file-unreadable');
});
