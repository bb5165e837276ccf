/** What becomes of requests that must not be done twice. */
import { once } from 'node:events';
import {
  createServer,
  type ClientRequest,
  request as requestHttp,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { rmSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { approve } from '../../src/serve/index.ts';
import { makeFolder } from '../parts/part.ts';
import { endServed, servePlan } from '../parts/served.ts';
import { freePort } from '../parts/part.ts';

interface Seen {
  readonly method: string;
  readonly key: string | undefined;
  readonly epoch: string | undefined;
}

/** A site whose answers a test gives. */
interface ToldSite {
  readonly url: string;
  readonly seen: readonly Seen[];
  readonly server: Server;
  answer: (request: IncomingMessage, response: ServerResponse) => void;
  close(): Promise<void>;
}

const sites = new Set<ToldSite>();
const folders: string[] = [];

afterEach(async () => {
  await endServed();
  await Promise.all([...sites].map((site) => site.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const done = (_: IncomingMessage, response: ServerResponse): void => void response.end('done');
const never = (): void => undefined;

async function startToldSite(answer: ToldSite['answer'] = done, at?: number): Promise<ToldSite> {
  const port = at ?? (await freePort());
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    if (request.url === '/health') {
      response.end();
      return;
    }
    response.on('error', () => undefined);
    request.on('error', () => undefined);
    const { 'idempotency-key': key, 'keelson-epoch': epoch } = request.headers;
    request.resume().on('end', () => {
      seen.push({ method: request.method ?? '', key: key?.toString(), epoch: epoch?.toString() });
      site.answer(request, response);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const site: ToldSite = {
    url: `http://127.0.0.1:${port}`,
    seen,
    server,
    answer,
    async close() {
      sites.delete(site);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  sites.add(site);
  return site;
}

const writes = (site: ToldSite): number => site.seen.filter(({ method }) => method === 'POST').length;

function leave(client: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    client.once('close', () => resolve());
    client.destroy();
  });
}

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly replayed: string | null;
  readonly retryAfter: string | null;
  readonly text: string;
}

async function post(
  url: string,
  key?: string,
  body = '{"side":"buy"}',
  more: Record<string, string> = {},
): Promise<Reply> {
  const headers = {
    'content-type': 'application/json',
    ...(key === undefined ? {} : { 'idempotency-key': key }),
    ...more,
  };
  const response = await fetch(`${url}/orders`, { method: 'POST', headers, body });
  const text = await response.text();
  const type = text.startsWith('{') ? String((JSON.parse(text) as { type?: string }).type) : ''; // a problem of RFC 9457
  return {
    status: response.status,
    type: type.replace('urn:keelson:problem:', ''),
    replayed: response.headers.get('idempotency-replayed'),
    retryAfter: response.headers.get('retry-after'),
    text,
  };
}

function planOf(urls: readonly string[], { timeout = '5s', honours = '' } = {}): string {
  const [first] = urls;
  const names = urls.map((_, i) => `site-${i}`);
  const book = urls.length === 1 ? `url: "${first}"` : `any: [${names}]`;
  return `
journeys:
  trade:
    match: [{path: /orders/**, to: book, timeout: ${timeout}${honours}}]
    modes: {full: {needs: [book]}}
services:
  book: {outages: none, ${book}}
${urls.length === 1 ? '' : urls.map((url, i) => `  site-${i}: {outages: none, url: "${url}"}`).join('\n')}
`;
}
const HONOURS = ', honours: idempotency-key';

describe('an Idempotency-Key', () => {
  test('whose request is on its way is refused with 409, and is answered the same again afterwards', async () => {
    let finish = (): void => undefined;
    const site = await startToldSite((_, response) => {
      finish = () => void response.writeHead(201, { location: '/orders/7' }).end('placed');
    });
    const { url } = await servePlan(planOf([site.url]));
    const first = post(url, 'k');
    await expect.poll(() => writes(site)).toBe(1);
    expect(await post(url, 'k')).toMatchObject({ status: 409, type: 'key-in-flight' });
    finish();
    expect(await first).toMatchObject({ status: 201, text: 'placed', replayed: null });
    expect(await post(url, 'k')).toMatchObject({ status: 201, text: 'placed', replayed: 'true' });
    expect(await post(url, 'k', '{"side":"sell"}')).toMatchObject({ status: 422, type: 'key-reused' });
    expect(writes(site)).toBe(1);
  });

  test('whose request was cut off stays unknown, and is never sent again', async () => {
    const site = await startToldSite((request) => request.socket.resetAndDestroy());
    const other = await startToldSite();
    const { url } = await servePlan(planOf([site.url, other.url]));
    expect(await post(url, 'k')).toMatchObject({ status: 504, type: 'outcome-unknown' });
    expect(await post(url, 'k')).toMatchObject({ status: 504, type: 'outcome-unknown' });
    expect([writes(site), writes(other)]).toEqual([1, 0]);
  });

  test('of a write that hung until its time was up stays unknown: never sent again, nor said not to have happened', async () => {
    const site = await startToldSite(never);
    const { url } = await servePlan(planOf([site.url], { timeout: '200ms' }));
    for (let i = 0; i < 2; i++) {
      const reply = await post(url, 'k');
      expect(reply).toMatchObject({ status: 504, type: 'outcome-unknown', retryAfter: null });
      expect(JSON.parse(reply.text)).toMatchObject({ outcome: 'unknown', key: 'k' });
      site.answer = done;
    }
    expect(writes(site)).toBe(1);
  });

  test('that the part honours is sent again elsewhere, and what comes is kept', async () => {
    const site = await startToldSite((request) => request.socket.resetAndDestroy());
    const other = await startToldSite();
    const { url } = await servePlan(planOf([site.url, other.url], { honours: HONOURS }));
    expect(await post(url, 'k')).toMatchObject({ status: 200, text: 'done' });
    expect(await post(url, 'k')).toMatchObject({ status: 200, text: 'done', replayed: 'true' });
    expect([writes(site), writes(other)]).toEqual([1, 1]);
    // Without a key nothing is honoured.
    expect(await post(url)).toMatchObject({ status: 504, type: 'outcome-unknown' });
  });

  test('of a request that was refused before it was sent may come again', async () => {
    const site = await startToldSite();
    const { port } = new URL(site.url);
    await site.close();
    const { url } = await servePlan(planOf([`http://127.0.0.1:${port}`]));
    const refused = await post(url, 'k');
    expect(refused).toMatchObject({ status: 502, type: 'no-answer' });
    const back = await startToldSite(done, Number(port));
    await expect.poll(() => post(url, 'k')).toMatchObject({ status: 200, replayed: null });
    expect(writes(back)).toBe(1);
  });

  test('that a part refuses for now may come again when it says so', async () => {
    const site = await startToldSite(
      (_, response) => void response.writeHead(503, { 'retry-after': '1' }).end(),
    );
    const { url } = await servePlan(planOf([site.url]));
    expect(await post(url, 'k')).toMatchObject({ status: 503 });
    site.answer = done;
    expect(await post(url, 'k')).toMatchObject({ status: 200, replayed: null });
  });

  test('is answered later when its client has left', async () => {
    let finish = (): void => undefined;
    const site = await startToldSite((_, response) => {
      finish = () => void response.end('x'.repeat(40_000));
    });
    const { url } = await servePlan(planOf([site.url]));
    const client = requestHttp(`${url}/orders`, {
      method: 'POST',
      headers: { 'idempotency-key': 'k', 'content-type': 'application/json' },
    });
    client.on('error', () => undefined);
    client.end('{"side":"buy"}');
    await expect.poll(() => writes(site)).toBe(1);
    await leave(client);
    finish();
    await expect.poll(async () => (await post(url, 'k')).status).toBe(200);
    expect((await post(url, 'k')).text).toHaveLength(40_000);
    expect(writes(site)).toBe(1);
  });
});

test('a read whose client has left is given up at the part too', async () => {
  let isGone = false;
  const site = await startToldSite((request) => void request.socket.once('close', () => (isGone = true)));
  // Longer than it is waited here: the end of the route's time is none of the client's.
  const { url } = await servePlan(planOf([site.url], { timeout: '30s' }));
  const client = requestHttp(`${url}/orders/1`);
  client.on('error', () => undefined);
  client.end();
  await expect.poll(() => site.seen.length).toBe(1);
  client.destroy();
  await expect.poll(() => isGone).toBe(true);
});

test('clients that stop in the middle of what they send do not make a part look ill', async () => {
  const site = await startToldSite();
  const { url, serving } = await servePlan(planOf([site.url]));
  for (let i = 0; i < 10; i++) {
    const client = requestHttp(`${url}/orders`, { method: 'POST', headers: { 'content-length': '900000' } });
    client.on('error', () => undefined);
    client.write(Buffer.alloc(200_000));
    await once(site.server, 'request');
    await leave(client);
  }
  for (let i = 0; i < 5; i++) expect((await fetch(`${url}/orders/${i}`)).status).toBe(200);
  expect(serving.status().journeys[0]?.mode).toBe('full');
  expect(serving.live.level(0)).toBe(1);
});

describe('where one part writes', () => {
  const plan = (a: ToldSite, b: ToldSite): string => `
journeys:
  trade:
    match: [{path: /orders/**, to: book, timeout: 400ms}]
    modes: {full: {needs: [book]}, look: {worth: 10%, needs: [page]}}
services:
  page: {outages: none}
  book: {outages: none, any: [site-a, site-b], state: {writer: single, lag: 1s}, failover: {detect: 50ms, approve: 1m}}
  site-a: {outages: none, url: "${a.url}", probe: {path: /health, every: 50ms, timeout: 1s, window: 1}}
  site-b: {outages: none, url: "${b.url}", probe: {path: /health, every: 50ms, timeout: 1s, window: 1}}
`;
  const order = { service: 'book', by: 'test', reason: 'test' };

  test('the standby gets nothing before a person agrees, and the old writer nothing after it, also when it is back', async () => {
    const [a, b] = [await startToldSite(), await startToldSite()];
    const state = makeFolder();
    folders.push(state);
    const one = await servePlan(plan(a, b), { state });
    expect((await post(one.url, 'k1')).status).toBe(200);
    expect(a.seen.at(-1)?.epoch).toBe('0');
    a.answer = never;
    const hung = post(one.url, 'k2');
    await expect.poll(() => writes(a)).toBe(2);
    expect(approve(one.serving, { ...order, to: 'site-b' }).kind).toBe('done');
    expect(await hung).toMatchObject({ status: 504, type: 'outcome-unknown' });
    expect(b.seen).toEqual([]);
    expect((await post(one.url, 'k3')).status).toBe(200);
    expect(b.seen.at(-1)).toMatchObject({ key: 'k3', epoch: '1' });
    expect(await post(one.url, 'k2')).toMatchObject({ status: 504, type: 'outcome-unknown' });
    a.answer = done;
    const before = a.seen.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (let i = 0; i < 5; i++) expect((await post(one.url)).status).toBe(200);
    expect(a.seen.length).toBe(before);
    expect(approve(one.serving, { ...order, to: 'site-a' }).kind).toBe('done');
    expect((await post(one.url, 'k4')).status).toBe(200);
    expect(a.seen.at(-1)).toMatchObject({ key: 'k4', epoch: '2' });
    await one.stop();
    // Numbers never fall, whatever ended the process.
    const two = await servePlan(plan(a, b), { state });
    expect((await post(two.url, 'k5')).status).toBe(200);
    expect(a.seen.at(-1)).toMatchObject({ key: 'k5', epoch: '2' });
  });

  test('a dead writer is not replaced until a person agrees, however long that takes', async () => {
    const [a, b] = [await startToldSite(), await startToldSite()];
    const { url, serving } = await servePlan(plan(a, b));
    expect((await post(url)).status).toBe(200);
    await a.close();
    await expect
      .poll(() => serving.status().services.find(({ name }) => name === 'book')?.waiting?.kind)
      .toBe('approval');
    expect((await post(url, 'k')).type).toMatch(/^(no-answer|mode|down)$/);
    expect(b.seen).toEqual([]);
    expect(approve(serving, { ...order, to: null }).kind).toBe('done');
    await expect.poll(async () => (await post(url, 'k')).status).toBe(200);
    expect(b.seen.length).toBe(1);
  });
});

test('what waits for a connection to the old writer is not sent to it once there is a new one', async () => {
  const [a, b] = [await startToldSite(never), await startToldSite()];
  const { url, serving } = await servePlan(`
journeys:
  trade: {match: [{path: /orders/**, to: book, timeout: 20s}], modes: {full: {needs: [book]}}}
services:
  book: {outages: none, any: [site-a, site-b], state: {writer: single, lag: 1s}, failover: {approve: 1m}}
  site-a: {outages: none, url: "${a.url}"}
  site-b: {outages: none, url: "${b.url}"}
`);
  const open: ServerResponse[] = [];
  a.answer = (_, response) => void open.push(response);
  // More than there are connections to one part.
  const all = Array.from({ length: 160 }, (_, i) => post(url, `k${i}`));
  await expect.poll(() => open.length).toBe(128);
  expect(approve(serving, { service: 'book', by: 'test', reason: 'test', to: 'site-b' }).kind).toBe('done');
  for (const response of open) response.end('done');
  const replies = await Promise.all(all);
  expect(replies.every(({ status }) => status === 200)).toBe(true);
  expect(writes(a)).toBe(128);
  expect(writes(b)).toBe(32);
  expect(new Set(b.seen.map(({ epoch }) => epoch))).toEqual(new Set(['1']));
});
