/** How long users are without a gateway that was killed and is started again. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keelson } from '../cli/keelson.ts';
import { freePort, makeFolder } from '../parts/part.ts';
import { HEAD } from '../parts/served.ts';
import { endTraffic, startLoad, startSiteProcess } from '../parts/traffic.ts';
import { endProcesses } from './keelson-process.ts';
import { startServe } from './serve-process.ts';

let folder: string;

beforeEach(() => {
  folder = makeFolder();
});

afterEach(async () => {
  await endProcesses();
  endTraffic();
  rmSync(folder, { recursive: true });
});

test('a gateway that was killed under load serves within a second of its start, or four times what any process takes here', async () => {
  const site = await startSiteProcess('a', folder);
  const file = join(folder, 'plan.yaml');
  writeFileSync(
    file,
    `${HEAD}
journeys: {look: {match: [{path: /**, to: site, timeout: 3s}], modes: {full: {needs: [site]}}}}
services: {site: {outages: none, url: "${site.url}", probe: {path: /health, every: 500ms, timeout: 2s}}}
`,
  );
  const listen = `127.0.0.1:${await freePort()}`;
  const words = [file, '--listen', listen, '--state', join(folder, 'state')];
  const first = await startServe(words);
  const url = `http://${listen}`;
  const stop = await startLoad({ url, rate: 200, writeEvery: 5, writesTo: ['/orders'], id: 'kill' });
  await first.end('SIGKILL');
  const began = performance.now();
  await startServe(words);
  const { status } = await fetch(`${url}/look/1`);
  const servingMs = performance.now() - began;
  await stop();
  expect(status).toBe(200);
  const bare = performance.now();
  keelson(['--version']);
  expect(servingMs).toBeLessThan(Math.max(1_000, 4 * (performance.now() - bare)));
});
