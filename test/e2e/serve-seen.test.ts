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

test('of a sampled share everything is written down, whatever became of it', async () => {
  const book = await listen((_, response) => response.end('book'));
  const said: string[] = [];
  const log = { writableLength: 0, on: () => undefined, write: (text: string) => said.push(text) > 0 };
  const { url: gateway } = await servePlan(
    `
journeys:
  trade:
    match: [{ path: /orders, to: book, methods: [GET, POST] }]
    modes:
      full: { needs: book, allow: [{ methods: [GET] }] }
services:
  book: { outages: none, url: '${book}' }`,
    { share: 1, log },
  );
  const ask = async (path: string, method = 'GET'): Promise<number> =>
    (await fetch(gateway + path, { method })).status;
  expect([await ask('/orders'), await ask('/orders', 'POST'), await ask('/none')]).toEqual([200, 503, 404]);
  const written = said
    .join('')
    .split('\n')
    .flatMap((line) => (line.includes('"event":"request"') ? [JSON.parse(line) as { status: number }] : [])); // as just written
  expect(written.map(({ status }) => status).sort()).toEqual([200, 404, 503]);
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
