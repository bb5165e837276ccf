import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { planOf } from '../../test/oracle/time/compare.ts';
import { startIssuer, type Issuer } from '../../test/parts/issuer.ts';
import { startSite } from '../../test/parts/site.ts';
import { settled, VirtualTime } from '../../test/parts/virtual-time.ts';
import { gatewayParts } from './gateway-parts.ts';
import { servedBy } from './servable.ts';
import { approve, drain, holdMode } from './orders.ts';
import { Lasting } from './lasting.ts';
import type { Role } from './seeing/status.ts';
import { Serving } from './serving.ts';

let folder = '';
let issuer: Issuer;
let time: VirtualTime;
const all: Serving[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-serving-'));
  time = new VirtualTime();
  issuer = await startIssuer(() => time.now());
  await issuer.addKey('ES256');
});
afterEach(async () => {
  for (const serving of all.splice(0)) await serving.stop(0);
  await issuer.stop();
  rmSync(folder, { recursive: true, force: true });
});

const planText = (): string => `keelson: 1
platform: {name: "P <script>", asOf: 2026-11-01}
journeys:
  trade:
    ladder: {up: 10m}
    match: [{path: /api/**, to: constructor}]
    modes:
      full: {needs: [sessions, constructor]}
      lean: {worth: 10%, needs: constructor}
services:
  sessions: {outages: none, jwt: {issuer: i, audience: a, keys: "${issuer.url}", stale: 6h}}
  constructor:
    outages: none
    any: [site-a, site-b]
    state: {writer: single, lag: 1s}
    failover: {detect: 2s}
  site-a: {outages: none, url: "http://127.0.0.1:1"}
  site-b: {outages: none, url: "http://127.0.0.1:2"}
catalog: none
`;

function serve(text = planText(), role: Role = 'gateway'): Serving {
  const { model } = planOf(text);
  const served = servedBy(model, role, { planFile: join(folder, 'plan.yaml'), secretAt: () => '' });
  if ('problems' in served) throw new Error('The plan cannot be served.');
  const log = new Writable({ write: (_piece, _encoding, done) => done() });
  const lasting = new Lasting({ role, time, state: folder, log, version: '0', seed: 1 });
  const serving = new Serving({ model, served }, lasting);
  all.push(serving);
  return serving;
}

const modeOf = (serving: Serving): string | null | undefined => serving.status().journeys[0]?.mode;

describe('at its start', () => {
  test('a journey that needs sessions is in its first mode, though keys were not there yet: nothing had failed', async () => {
    const serving = serve();
    expect(modeOf(serving)).toBe('full');
    await serving.start();
    expect(modeOf(serving)).toBe('full');
    expect(serving.health().ready).toBe(true);
  });

  test('without the issuer it is in the next, and with keys that were kept in the first', async () => {
    await issuer.stop();
    const alone = serve();
    await alone.start();
    expect(modeOf(alone)).toBe('lean');
    await alone.stop(0);
    rmSync(join(folder, 'state.json'));
    await issuer.start();
    const first = serve();
    await first.start();
    await first.stop(0);
    await issuer.stop();
    const second = serve();
    await second.start();
    expect(modeOf(second)).toBe('full');
  });

  test('names that the plan does not have are left out of what was kept, and those of every object are no names', async () => {
    const first = serve();
    await first.start();
    await first.stop(0);
    const path = join(folder, 'state.json');
    const kept = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, unknown>>; // just written
    writeFileSync(
      path,
      JSON.stringify({
        ...kept,
        inUse: { gone: 'x' },
        modes: { gone: 'full', trade: 'gone' },
        held: { gone: { mode: 'full', isPinned: true, until: time.now() + 1e6, reason: 'r', by: 'b' } },
        epochs: {},
      }),
    );
    const second = serve();
    await second.start();
    expect(modeOf(second)).toBe('full');
    await second.stop(0);
    const again = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, unknown>>; // just written
    expect(again).toMatchObject({
      inUse: { constructor: 'site-a' },
      modes: { trade: 'full' },
      epochs: { constructor: 0 },
    });
    expect(Object.keys(again.held ?? {})).toEqual([]);
  });

  test('damage is none of it, and it starts all the same', async () => {
    writeFileSync(join(folder, 'state.json'), '{"schema":"keelson.serve-state/1","inUse":{');
    const serving = serve();
    await serving.start();
    expect(modeOf(serving)).toBe('full');
  });
});

describe('orders', () => {
  test('are said in words, recorded, and kept', async () => {
    const serving = serve();
    await serving.start();
    const order = {
      journey: 'trade',
      mode: 'lean',
      pinned: true,
      reason: '<b>"late"</b>\n',
      by: 'ann',
      forMs: 60_000,
    };
    expect(holdMode(serving, order)).toMatchObject({ kind: 'done' });
    expect(modeOf(serving)).toBe('lean');
    expect(readFileSync(join(folder, 'state.json'), 'utf8')).toContain('late');
    expect(serving.status().journeys[0]?.held).toMatchObject({ mode: 'lean', pinned: true, by: 'ann' });
    const second = serve();
    expect(modeOf(second)).toBe('lean');
    time.goTo(time.now() + 60_000);
    expect(modeOf(second)).toBe('full');
    expect(modeOf(serving)).toBe('full');
  });

  test('move a writer, and with it what one Idempotency-Key is remembered for', async () => {
    const serving = serve();
    await serving.start();
    const order = { service: 'constructor', by: 'ann', reason: 'r', to: 'site-b' };
    expect(approve(serving, order)).toMatchObject({ kind: 'done' });
    await settled();
    expect(serving.status().services.find(({ name }) => name === 'constructor')?.inUse).toBe('site-b');
    await serving.stop(0);
    expect(readFileSync(join(folder, 'state.json'), 'utf8')).toContain('"epochs":{"constructor":1}');
  });
});

describe('a lever', () => {
  const hold = { journey: 'trade', mode: 'lean', pinned: false, reason: 'r', by: 'ann', forMs: null };

  test('that nobody holds is not let go, and one that is held is said to be replaced', async () => {
    const serving = serve();
    await serving.start();
    const free = { ...hold, mode: null, by: 'bob' };
    expect(holdMode(serving, free)).toEqual({ kind: 'refused', words: 'Nobody holds trade.' });
    expect(holdMode(serving, { ...hold, pinned: true })).toMatchObject({ kind: 'done' });
    expect(holdMode(serving, { ...hold, mode: 'down', by: 'bob' })).toMatchObject({
      kind: 'done',
      words: expect.stringMatching(/^bob has held trade at down .*, in place of a pin to lean by ann: r$/),
    });
    expect(holdMode(serving, free)).toMatchObject({ kind: 'done' });
  });

  test('says when to come again only where it is what keeps a journey down', async () => {
    const serving = serve();
    await serving.start();
    const { retryAfterS } = gatewayParts(serving);
    holdMode(serving, { ...hold, forMs: 1_800_000 });
    expect(retryAfterS(0)).toBe(1_800);
    for (const upstream of serving.upstreams) serving.onUpstream(Object.assign(upstream, { level: 0 }));
    expect(modeOf(serving)).toBe(null);
    expect(retryAfterS(0)).toBe(10);
    holdMode(serving, { ...hold, mode: 'full', pinned: true });
    expect(modeOf(serving)).toBe('full');
    expect(retryAfterS(0)).toBe(10);
  });

  test('is none of a steerer, by which no request comes', async () => {
    const text = planText()
      .replace('    any: [site-a, site-b]\n    state: {writer: single, lag: 1s}', '    any: [site-a, site-b]')
      .replace(
        'catalog: none',
        `  edge:
    outages: none
    front: true
    url: http://h.test
    any: [{use: site-a, answer: [127.0.1.1]}, {use: site-b, answer: [127.0.1.2]}]
    failover: {detect: 9s}
    steer: {command: {run: ["true"]}}
catalog: none`,
      )
      .replace('full: {needs: [sessions', 'full: {needs: [edge, sessions');
    const serving = serve(text, 'steerer');
    await serving.start();
    expect(holdMode(serving, hold)).toEqual({
      kind: 'refused',
      words: 'The mode of trade is held by the gateway, not here: no request comes by.',
    });
    expect(drain(serving, { target: 'site-a', isBack: false, by: 'ann', reason: 'r' })).toEqual({
      kind: 'refused',
      words: 'The steerer has no parts: they are drained at the gateway.',
    });
  });
});

test('one that was never started writes neither state nor journal where another one keeps its own', async () => {
  const first = serve();
  await first.start();
  holdMode(first, { journey: 'trade', mode: 'lean', pinned: false, reason: 'r', by: 'ann', forMs: null });
  await settled();
  const files = ['state.json', 'journal.ndjson'].map((name) => join(folder, name));
  const before = files.map((file) => readFileSync(file, 'utf8'));
  expect(before[0]).toContain('"trade":{"mode":"lean"');
  const other = serve(planText().replace('lean: {worth', 'slim: {worth'));
  holdMode(other, { journey: 'trade', mode: 'slim', pinned: false, reason: 'r', by: 'bob', forMs: null });
  await settled();
  await other.stop(0);
  await settled();
  expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(before);
});

describe('a part that is taken out of use', () => {
  const out = { target: 'site-a', isBack: false, by: 'ann', reason: 'a new kernel' };
  const inUse = (serving: Serving): unknown =>
    serving.status().services.find(({ name }) => name === 'constructor')?.inUse;

  test('is left first, counts as gone then, and stays out over a restart', async () => {
    const serving = serve();
    await serving.start();
    expect(drain(serving, out)).toMatchObject({ kind: 'done' });
    await settled();
    expect(inUse(serving)).toBe('site-b');
    const alternatives = serving.status().services.find(({ name }) => name === 'constructor')?.alternatives;
    expect(alternatives?.map(({ drained, level }) => [drained, level])).toEqual([
      [true, 0],
      [false, 1],
    ]);
    expect(modeOf(serving)).toBe('full');
    const again = serve();
    expect(inUse(again)).toBe('site-b');
    expect(again.upstreams.map(({ isDrained }) => isDrained)).toEqual([true, false]);
  });

  test('is not, where somebody would be left with nothing', async () => {
    const serving = serve();
    await serving.start();
    drain(serving, { ...out, target: 'site-b' });
    expect(drain(serving, out)).toMatchObject({ kind: 'refused' });
    expect(drain(serving, out)).toEqual({
      kind: 'refused',
      words: 'constructor is on site-a, and no other alternative of it works; drained: site-b.',
    });
    expect(approve(serving, { service: 'constructor', by: 'ann', reason: 'r', to: 'site-b' })).toEqual({
      kind: 'refused',
      words: 'constructor cannot go to site-b now: that is drained.',
    });
    expect(inUse(serving)).toBe('site-a');
    expect(drain(serving, { ...out, target: 'site-c' })).toMatchObject({ kind: 'refused' });
  });

  test('is not, where the other one is not well enough to be gone to', async () => {
    const serving = serve(planText().replace('    match:', '    usable: 99%\n    match:'));
    await serving.start();
    const other = serving.upstreams.find(({ target }) => target.name === 'site-b');
    if (other === undefined) throw new Error('There is no site-b.');
    serving.onUpstream(Object.assign(other, { level: 0.95 }));
    expect(drain(serving, out)).toEqual({
      kind: 'refused',
      words: 'constructor is on site-a, and no other alternative of it works.',
    });
    expect(serving.upstreams.map(({ isDrained }) => isDrained)).toEqual([false, false]);
    expect(inUse(serving)).toBe('site-a');
  });

  test('is left by all who are on it, in whatever way they ask whether it works', async ({
    onTestFinished,
  }) => {
    const [a, b] = await Promise.all([startSite('a'), startSite('b')]);
    onTestFinished(async () => void (await Promise.all([a.close(), b.close()])));
    const probed = 'any: [{use: site-a, probe: {path: /book}}, {use: site-b, probe: {path: /book}}]';
    const serving = serve(
      planText()
        .replace('any: [site-a, site-b]', probed)
        .replace('http://127.0.0.1:1', a.url)
        .replace('http://127.0.0.1:2', b.url),
    );
    await serving.start();
    expect(serving.upstreams.map(({ target }) => [target.name, target.part])).toEqual([
      ['site-a', 'site-a'],
      ['constructor:1', 'site-a'],
      ['site-b', 'site-b'],
      ['constructor:2', 'site-b'],
    ]);
    expect(inUse(serving)).toBe('site-a');
    expect(drain(serving, out)).toEqual({
      kind: 'done',
      words: 'ann has site-a drained, constructor goes to site-b: a new kernel',
    });
    expect(serving.upstreams.map(({ isDrained }) => isDrained)).toEqual([true, true, false, false]);
    expect(inUse(serving)).toBe('site-b');
    expect(drain(serving, out)).toEqual({ kind: 'refused', words: 'site-a is drained already.' });
    expect(drain(serving, { ...out, isBack: true })).toMatchObject({ kind: 'done' });
    expect(serving.upstreams.some(({ isDrained }) => isDrained)).toBe(false);
    expect(drain(serving, { ...out, isBack: true })).toEqual({
      kind: 'refused',
      words: 'site-a is not drained.',
    });
  });

  test('is not, where a journey would suffer, unless somebody holds it as low', async () => {
    const serving = serve(
      `${planText()
        .replace('full: {needs: [sessions, constructor]}', 'full: {needs: [sessions, constructor, engine]}')
        .replace(
          'catalog: none',
          '  engine: {outages: none, url: "http://127.0.0.1:3"}\ncatalog: none',
        )}`.replace('/api/**, to: constructor}', '/api/**, to: constructor}, {path: /engine/**, to: engine}'),
    );
    await serving.start();
    const engine = { ...out, target: 'engine' };
    expect(drain(serving, engine)).toEqual({
      kind: 'refused',
      words:
        'Without engine trade would go from full to lean. Where that is meant, hold it there first: keelson mode trade lean',
    });
    expect(modeOf(serving)).toBe('full');
    const hold = { journey: 'trade', mode: 'lean', pinned: false, reason: 'r', by: 'ann', forMs: null };
    expect(holdMode(serving, hold)).toMatchObject({ kind: 'done' });
    expect(drain(serving, engine)).toMatchObject({ kind: 'done' });
    expect(modeOf(serving)).toBe('lean');
  });

  const slowly = (more: string): string =>
    planText().replace('failover: {detect: 2s}', `failover: {detect: 2s, ${more}}`);
  const serviceOf = (serving: Serving): unknown =>
    serving.status().services.find(({ name }) => name === 'constructor');

  test('counts as gone also where moving its users takes a while, and what is in use is so since they came', async () => {
    const serving = serve(slowly('switch: 60s'));
    await serving.start();
    const [began, moved] = [time.now(), time.now() + 60_000].map((at) => new Date(at).toISOString());
    expect(drain(serving, out)).toMatchObject({ kind: 'done' });
    const levelOf = (): unknown =>
      serving.status().services.find(({ name }) => name === 'constructor')?.alternatives[0];
    await time.pass(59_000);
    expect(serviceOf(serving)).toMatchObject({ inUse: 'site-a', since: began });
    expect(levelOf()).toMatchObject({ drained: true, level: 1 });
    await time.pass(2_000);
    expect(serviceOf(serving)).toMatchObject({ inUse: 'site-b', since: moved });
    expect(levelOf()).toMatchObject({ drained: true, level: 0 });
  });

  test('is not, where users are on their way to it', async () => {
    const serving = serve(slowly('switch: 60s'));
    await serving.start();
    const move = { service: 'constructor', by: 'ann', reason: 'r', to: 'site-b' };
    expect(approve(serving, move)).toMatchObject({ kind: 'done' });
    expect(drain(serving, { ...out, target: 'site-b' })).toEqual({
      kind: 'refused',
      words: 'constructor is being moved to site-b.',
    });
    await time.pass(61_000);
    expect(inUse(serving)).toBe('site-b');
  });

  test('is a person’s approval of a switch that waits for one', async () => {
    const serving = serve(slowly('approve: 5m'));
    await serving.start();
    const site = serving.upstreams[0];
    if (site === undefined) throw new Error('There is no site-a.');
    serving.onUpstream(Object.assign(site, { level: 0 }));
    await time.pass(3_000);
    expect(serviceOf(serving)).toMatchObject({ inUse: 'site-a', waiting: { kind: 'approval' } });
    expect(drain(serving, out)).toMatchObject({ kind: 'done' });
    await settled();
    expect(serviceOf(serving)).toMatchObject({ inUse: 'site-b', waiting: null });
  });

  test('is not, where what would take its place has to grow first', async () => {
    const serving = serve(
      planText()
        .replace(
          'full: {needs: [sessions, constructor]}',
          'full: {needs: [sessions, {from: room, atLeast: 6}]}',
        )
        .replace('to: constructor}', 'to: room}')
        .replace(
          'catalog: none',
          `  room: {outages: none, pool: [{use: site-a, capacity: 6}, {use: site-b, capacity: 4, grow: 3, after: 10m}]}
catalog: none`,
        ),
    );
    await serving.start();
    expect(approve(serving, { service: 'constructor', by: 'ann', reason: 'r', to: 'site-b' })).toMatchObject({
      kind: 'done',
    });
    await settled();
    expect(drain(serving, out)).toMatchObject({
      kind: 'refused',
      words: expect.stringContaining('Without site-a trade would go from full to lean.'),
    });
    expect(modeOf(serving)).toBe('full');
  });

  test('has requests again when it is let back, and users who were moved stay where they are', async () => {
    const serving = serve();
    await serving.start();
    drain(serving, out);
    expect(drain(serving, { ...out, isBack: true })).toMatchObject({ kind: 'done' });
    await settled();
    expect(serving.upstreams.map(({ isUsable }) => isUsable)).toEqual([true, true]);
    expect(inUse(serving)).toBe('site-b');
  });
});

/** The shape of a value: names and kinds. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
}

test('a status is plain JSON with the fields of its contract, whatever names are', async () => {
  const serving = serve();
  await serving.start();
  const status = serving.status();
  expect(JSON.parse(JSON.stringify(status))).toEqual(status);
  expect(status.plan.name).toBe('P <script>');
  expect(Object.keys(status)).toEqual([
    'schema',
    'role',
    'plan',
    'offered',
    'startedAt',
    'now',
    'live',
    'ready',
    'journeys',
    'services',
    'pools',
    'findings',
    'history',
  ]);
  expect(shapeOf(status.journeys)).toEqual([
    {
      name: 'string',
      tier: 'string',
      mode: 'string',
      modes: ['string'],
      level: 'number',
      since: 'string',
      why: [],
      held: 'null',
      exposed: [],
      requests: { served: 'number', refused: 'number', failed: 'number' },
    },
  ]);
  const service = status.services.find(({ name }) => name === 'constructor');
  expect(service).toMatchObject({ kind: 'any', inUse: 'site-a', waiting: null, steering: null });
  expect(service?.alternatives.map(({ name, url }) => [name, url])).toEqual([
    ['site-a', 'http://127.0.0.1:1'],
    ['site-b', 'http://127.0.0.1:2'],
  ]);
  for (const moment of [status.startedAt, status.now]) expect(new Date(moment).toISOString()).toBe(moment);
});
