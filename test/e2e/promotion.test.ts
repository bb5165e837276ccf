/** A writer that moves by a command: the gateway uses the new one only once that has said so. */
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { approve, type Serving, type Status } from '../../src/serve/index.ts';
import { makeFolder } from '../parts/part.ts';
import { startSite } from '../parts/site.ts';
import { serveFile } from './steered-world.ts';

const LATE = { timeout: 15_000, interval: 20 };
const started: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

const bookOf = (serving: Serving): Status['services'][number] | undefined =>
  serving.status().services.find(({ name }) => name === 'book');

test('a standby is sent nothing before a person has agreed and the command has made it the writer', async () => {
  const folder = makeFolder();
  started.push(() => rmSync(folder, { recursive: true }));
  const [a, b] = [await startSite('a'), await startSite('b')];
  started.push(
    () => a.close(),
    () => b.close(),
  );
  const at = (name: string): string => join(folder, name);
  const [script, called, release, writer] = [at('promote'), at('called'), at('release'), at('writer')];
  writeFileSync(writer, 'site-a');
  writeFileSync(
    script,
    `#!/bin/sh\necho "$1" >> ${called}\nwhile [ ! -e ${release} ]; do sleep 0.05; done\nprintf %s "$1" > ${writer}\n`,
  );
  chmodSync(script, 0o700);
  const file = at('plan.yaml');
  writeFileSync(
    file,
    `keelson: 1
platform: {name: Book, asOf: 2026-11-01}
journeys:
  trade: {tier: core, match: [{path: /orders, to: book}], modes: {full: {needs: [book]}}}
services:
  book:
    outages: none
    any: [site-a, site-b]
    state: {writer: single, lag: 1s}
    failover: {detect: 400ms, approve: 5m, switch: 0s, hold: 100ms}
    steer: {command: {run: [${script}, "{to}"], check: [cat, ${writer}]}, every: 500ms, deadline: 20s}
  site-a: {outages: none, url: "${a.url}", probe: {path: /health, every: 100ms, timeout: 1s}}
  site-b: {outages: none, url: "${b.url}", probe: {path: /health, every: 100ms, timeout: 1s}}
catalog: none
`,
  );
  const serving = await serveFile(file, 'gateway');
  started.push(() => serving.stop(0));
  const { port } = (await serving.gateway?.listen(0, '127.0.0.1')) ?? {};
  const order = (key: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/orders`, {
      method: 'POST',
      headers: { 'idempotency-key': key },
      body: '{}',
    });
  expect(await (await order('first')).json()).toMatchObject({ site: 'a' });

  await a.refuse();
  await expect.poll(() => bookOf(serving)?.waiting?.kind, LATE).toBe('approval');
  expect((await order('second')).status).toBe(503);
  expect(existsSync(called)).toBe(false);

  expect(approve(serving, { service: 'book', by: 'ada', reason: 'site A is gone', to: null }).kind).toBe(
    'done',
  );
  await expect.poll(() => existsSync(called), LATE).toBe(true);
  expect(bookOf(serving)).toMatchObject({ inUse: 'site-a', waiting: { kind: 'switching' } });
  expect((await order('third')).status).toBe(503);
  expect(b.arrived()).toBe(0);

  writeFileSync(release, '');
  await expect.poll(() => bookOf(serving)?.inUse, LATE).toBe('site-b');
  await expect.poll(async () => (await order('fourth')).status, LATE).toBe(200);
  expect(readFileSync(called, 'utf8')).toBe('site-b\n');

  // The old writer does not get its place back by being well again.
  await a.accept();
  const before = a.arrived();
  await expect.poll(() => bookOf(serving)?.alternatives[0]?.level, LATE).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await (await order('fifth')).json()).toMatchObject({ site: 'b' });
  expect(a.arrived()).toBe(before);
});
