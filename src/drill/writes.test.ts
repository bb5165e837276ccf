import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { modelOf } from '../../test/drilled.ts';
import { Users } from './users.ts';
import { Writes } from './writes.ts';

const model = modelOf(`keelson: 1
platform: {name: Tiny, asOf: 2026-11-01}
catalog: none
journeys:
  trade:
    match: [{path: /orders, to: book}]
    try: [{send: POST /orders, body: "{unique}", once: {at: GET /orders}}]
    modes: {full: {needs: book}}
services:
  book: {url: "http://127.0.0.1:7001", outages: none}
drill: {environment: sandbox}
`);

test('a list from before tells nothing of what is missing in it', async () => {
  let headers: Record<string, string> = {};
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, headers).end('nothing');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  try {
    const bound = server.address();
    if (bound === null || typeof bound === 'string' || model.plan.drill === undefined)
      throw new Error('No port.');
    const at = { host: '127.0.0.1', port: bound.port };
    const users = new Users({
      model,
      drilling: model.plan.drill,
      door: () => ({ origin: new URL('http://tiny.localhost'), at }),
      takes: () => 'forward',
      pageAt: () => undefined,
      secretAt: () => '',
      timeoutMs: 4_000,
    });
    const writes = new Writes(users, ['trade']);
    writes.take(0, await users.round(0, () => performance.now()));
    const account = async () => await writes.account(new AbortController().signal);
    expect(await account()).toMatchObject([{ answered: 1, lost: 1 }]);
    headers = { 'keelson-snapshot': 'age=3' };
    expect(await account()).toMatchObject([{ answered: 1, lost: 0 }]);
  } finally {
    server.close();
  }
});
