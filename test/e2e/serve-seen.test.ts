import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { endServed, servePlan } from '../parts/served.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await endServed();
  for (const end of ends.splice(0).reverse()) await end();
});

test('a write that hangs until its time is up is never sent again, nor said not to have happened', async () => {
  let writes = 0;
  const book = await listen((request) => {
    if (request.method === 'POST') writes++;
  });
  const { url: gateway } = await servePlan(`
journeys:
  trade:
    match: [{ path: /orders, to: book, timeout: 300ms }]
    modes: { full: { needs: book } }
services:
  book: { outages: none, url: '${book}' }`);
  const ask = (): Promise<Response> =>
    fetch(`${gateway}/orders`, { method: 'POST', body: '{}', headers: { 'idempotency-key': 'a1' } });
  for (let i = 0; i < 2; i++) {
    const answer = await ask();
    expect(answer.status).toBe(504);
    expect(answer.headers.get('retry-after')).toBeNull();
    expect(await answer.json()).toMatchObject({
      type: 'urn:keelson:problem:outcome-unknown',
      outcome: 'unknown',
      key: 'a1',
    });
  }
  expect(writes).toBe(1);
});

test('a mode that needs a part is left when its probes fail, though no request is sent to that part', async () => {
  const book = await listen((_, response) => response.end('book'));
  const matching = await listen((_, response) => response.writeHead(503).end());
  const { url: gateway } = await servePlan(`
journeys:
  trade:
    match: [{ path: /orders, to: book }]
    modes:
      full: { needs: [book, matching] }
      read-only: { worth: 10%, needs: book, allow: [{ methods: [GET] }] }
services:
  book: { outages: none, url: '${book}' }
  matching: { outages: none, url: '${matching}', probe: { every: 50ms } }`);
  await expect
    .poll(async () => (await fetch(`${gateway}/orders`)).headers.get('keelson-mode'))
    .toBe('read-only;journey=trade');
  expect((await fetch(`${gateway}/orders`, { method: 'POST' })).status).toBe(503);
});

async function listen(handle: RequestListener): Promise<string> {
  const server: Server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  // A TCP server has such an address.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
