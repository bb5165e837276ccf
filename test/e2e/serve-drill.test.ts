/** What `serve` is given for drills: policies that count faster than the clock. */
import { rmSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { holdMode } from '../../src/serve/index.ts';
import { makeFolder } from '../parts/part.ts';
import { endServed, servePlan, startServing, HEAD } from '../parts/served.ts';
import { startSite } from '../parts/site.ts';

const LATE = { timeout: 15_000, interval: 10 };
const started: (() => unknown)[] = [];
afterEach(async () => {
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
