/** An incident that happens again in a running system: a gateway and proxies of the drill's own, sites that are real. */
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Drill } from '../../src/drill/index.ts';
import { bin, keelson } from '../cli/keelson.ts';
import { makeFolder } from '../parts/part.ts';
import { startSite } from '../parts/site.ts';

const started: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

function phase(from: string, to: string, mode: string, severity: number | null = null) {
  return { from: `2026-10-05T${from}:00Z`, to: `2026-10-05T${to}:00Z`, severity, mode };
}

/** Flaps twice; lets some requests of something else fail; takes along what the plan has nowhere; and what is served comes late. */
const INCIDENT = {
  schema: 1,
  id: 'flapping',
  title: 'Flapping',
  kind: 'availability',
  provider: 'p',
  cause_class: 'unknown',
  root_cause: 'A test.',
  window: { start: '2026-10-05T12:00:00Z', end: '2026-10-05T14:00:00Z' },
  effects: [
    { capability: 'p/db', phases: [phase('12:30', '12:45', 'flapping'), phase('12:00', '14:00', 'latency')] },
    { capability: 'p/feed', phases: [phase('12:30', '12:45', 'http-5xx', 0.4)] },
    { capability: 'p/mail', phases: [phase('12:10', '13:00', 'http-5xx')] },
  ].map((effect) => ({ ...effect, scope: 'global' })),
  counts: null,
  sources: [{ id: 'S1', url: null, title: 'None', what: 'Nothing.' }],
};

async function scene(): Promise<{ plan: string; incident: string }> {
  const folder = makeFolder();
  started.push(() => rmSync(folder, { recursive: true }));
  const [site, feed] = [await startSite('book'), await startSite('feed')];
  started.push(() => Promise.all([site.close(), feed.close()]));
  const [plan, incident] = [join(folder, 'plan.yaml'), join(folder, 'flapping.json')];
  writeFileSync(incident, JSON.stringify(INCIDENT));
  writeFileSync(
    plan,
    `keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys:
  trade:
    match: [{path: /orders, to: book}]
    try: [{send: GET /orders, good: {contains: book}}]
    modes: {full: {needs: [book, mail]}}
  prices:
    match: [{path: /prices, to: feed}]
    try: [{send: GET /prices, good: {contains: feed}}]
    modes: {full: {needs: [feed]}}
services:
  book: {outages: none, needs: [p/db], url: "${site.url}", probe: {path: /health, every: 50ms, timeout: 100ms}}
  feed: {outages: none, needs: [p/feed], url: "${feed.url}", probe: {path: /health, every: 50ms, timeout: 100ms}}
  mail: {outages: none, any: [p/mail, q/mail]}
providers:
  p: {capabilities: {db: {outages: none}, feed: {outages: none}, mail: {outages: none}}}
  q: {capabilities: {mail: {outages: none}}}
catalog: none
drill: {environment: sandbox, every: 100ms}
`,
  );
  return { plan, incident };
}

async function drilled(words: readonly string[]): Promise<Drill> {
  const child = spawn(process.execPath, [bin, 'drill', ...words, '--json'], {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (piece: Buffer) => {
    out += piece.toString();
  });
  child.stderr.on('data', (piece: Buffer) => {
    err += piece.toString();
  });
  await new Promise((resolve) => child.once('close', resolve));
  if (out === '') throw new Error(err);
  return JSON.parse(out) as Drill; // its own schema
}

test('what flapped flaps again, users have what was predicted of it, and all is well in the end', async () => {
  const { plan, incident } = await scene();
  // Five minutes are 3.3 seconds.
  const drill = await drilled([plan, '--incident', incident, '--speed', '90']);
  const [fault] = drill.faults;
  expect(drill).toMatchObject({ outcome: 'agrees', stopped: null, restored: true });
  expect(fault).toMatchObject({ name: 'flapping', kind: 'incident', outcome: 'agrees' });
  expect(fault?.places.map(({ names }) => names)).toEqual([['book'], ['feed']]);
  const [book, feed] = fault?.places.map(({ address }) => address) ?? [];
  const some = { address: feed, share: 0.4 };
  expect(fault?.course?.map(({ at, failing }) => [at?.slice(11, 16), failing])).toEqual([
    ['12:30', [{ address: book, share: 1 }, some]],
    ['12:35', [some]],
    ['12:40', [{ address: book, share: 1 }, some]],
    ['12:45', []],
  ]);
  expect(fault?.course?.map(({ atMs }) => Math.round(atMs))).toEqual([0, 3_333, 6_667, 10_000]);
  const [trade, prices] = fault?.journeys ?? [];
  const modes = (stages: readonly { mode: string }[] = []): string[] => stages.map(({ mode }) => mode);
  expect(modes(trade?.predicted)).toEqual(['down', 'full', 'down', 'full']);
  // The first answers may have been on their way before.
  expect(modes(trade?.observed).join(' ')).toMatch(/^(full )?down full down full$/);
  expect(modes(prices?.predicted)).toEqual(['down', 'full']);
  expect(modes(prices?.observed)).toContain('down');
  expect(prices?.observed.at(-1)?.mode).toBe('full');
  expect(fault?.choices).toContainEqual({
    about: 'feed',
    says: '40 % failing is put as so many answers with 503',
  });
  expect(fault?.choices?.map(({ says }) => says)).toContain('latency: nothing is taken to have failed');
  expect(drill.leftOut).toContainEqual({
    name: 'p/mail',
    why: 'it fails in the incident, and stands at no address of the plan',
  });
});

test('a dry run says how it would go, and what does not go together is refused', async () => {
  const { plan, incident } = await scene();
  const dry = keelson(['drill', plan, '--incident', incident, '--speed', '90', '--dry-run']);
  expect([dry.exit, dry.out]).toEqual([0, expect.stringContaining('flapping, an incident')]);
  expect(dry.out).toMatch(
    /goes {7}12:30 {2}book, feed for 40 %\n +12:35 {2}feed for 40 %\n +12:40 {2}book, feed for 40 %\n +12:45 {2}all is well/,
  );
  const part = keelson(['drill', plan, '--incident', incident, '--dry-run', '--to', '2026-10-05T12:34:00Z']);
  expect(part.out).toMatch(/goes {7}12:30 {2}book, feed for 40 %\n +12:34 {2}all is well/);
  const refused = (...more: readonly string[]) => {
    const { exit, err } = keelson(['drill', plan, '--dry-run', ...more]);
    return [exit, err];
  };
  expect(refused('--to', '2026-10-05T12:34:00Z')).toEqual([
    2,
    expect.stringContaining('--to is for --incident'),
  ]);
  expect(refused('--incident', incident, '--only', 'p')).toEqual([
    2,
    expect.stringContaining('Expected --incident or --only, found both.'),
  ]);
  expect(refused('--incident', 'cloudflare-2025-11-19')).toEqual([
    2,
    expect.stringContaining('Did you mean cloudflare-2025-11-18?'),
  ]);
  expect(refused('--incident', 'cloudflare-2025-11-18')).toEqual([
    2,
    expect.stringContaining('Nothing that fails in cloudflare-2025-11-18 is at an address of this plan'),
  ]);
});
