/** Harbor as `npm run harbor` starts it: parts are really taken away, and in each mode exactly the allowed requests pass. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Status } from '../../src/serve/index.ts';
import { keelson, root } from '../cli/keelson.ts';
import { Harbor, LIMIT } from './harbor.ts';

const LIVE = join(root, 'examples/harbor/live.yaml');
const PLAN = join(root, 'examples/harbor/plan.yaml');
const LATE = { timeout: 20_000, interval: 100 };
/** Longer than the plan's `detect`. */
const SWITCHED = { timeout: 40_000, interval: 100 };
const HTML = { accept: 'text/html' };

const MARKET = { pair: 'BTC-USD', amount: 1 };

/** A request is refused by the mode: at once, with what works, for programs and people. */
async function expectRefused(
  answer: Response,
  journey: string,
  mode: string,
  works: readonly string[],
): Promise<void> {
  expect(answer.status).toBe(503);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(answer.headers.get('keelson-mode')).toBe(`${mode};journey=${journey}`);
  expect(await answer.json()).toMatchObject({
    type: 'urn:keelson:problem:mode',
    status: 503,
    journey,
    mode,
    works,
  });
}

const inUse = ({ services }: Status, name: string): string | null | undefined =>
  services.find((service) => service.name === name)?.inUse;

describe('Harbor', () => {
  let harbor: Harbor;
  beforeAll(async () => {
    harbor = await new Harbor().isUp();
  });
  afterEach(async () => {
    await harbor.turn('start/all');
    await harbor.isIn('full', 'full', 'full', 'live');
  });
  afterAll(async () => {
    expect(await harbor?.end('SIGTERM')).toBe(0);
  });

  test('serves everything while everything works, and says the mode of every answer', async () => {
    await harbor.isIn('full', 'full', 'full', 'live');
    const answer = await harbor.ask('GET', '/market/ticker');
    expect(answer.headers.get('keelson-mode')).toBe('live;journey=market-data');
    expect(answer.headers.get('edge')).toBe('edge-a');
    expect(
      await harbor.statuses(
        ['POST', '/login', { user: 'bob' }],
        ['GET', '/session'],
        ['POST', '/orders', MARKET],
        ['DELETE', await harbor.newOrder()],
        ['GET', '/trade'],
        ['GET', '/'],
        ['POST', '/withdrawals', { amount: 1 }],
        ['GET', '/nothing'],
      ),
    ).toEqual([200, 200, 201, 200, 200, 200, 202, 404]);
  });

  test('without the issuer takes nobody new and throws nobody out', async () => {
    await harbor.turn('stop/issuer');
    await harbor.isIn('existing-sessions', 'full', null, 'live');
    await expectRefused(await harbor.ask('POST', '/login', { user: 'bob' }), 'login', 'existing-sessions', [
      'GET /session',
    ]);
    // Of either site, whether or not it has seen a token before.
    const sessions = Array.from({ length: 8 }, () => ['GET', '/session'] as const);
    expect(await harbor.statuses(...sessions, ['POST', '/orders', MARKET])).toEqual([
      ...sessions.map(() => 200),
      201,
    ]);
    const [head = '', body = ''] = harbor.token.split('.');
    const forged = await harbor.ask('GET', '/session', undefined, {
      authorization: `Bearer ${head}.${body}.AAAA`,
    });
    expect(forged.status).toBe(401);
    const withdrawal = await harbor.ask('POST', '/withdrawals', { amount: 1 });
    expect(withdrawal.headers.get('keelson-mode')).toBe('down;journey=withdraw');
    expect(await withdrawal.json()).toMatchObject({
      type: 'urn:keelson:problem:down',
      status: 503,
      mode: 'down',
      works: [],
    });
  });

  test('without one challenge asks the other, and without both takes nobody new', async () => {
    await harbor.turn('stop/turnstile');
    // As the plan has it: nobody new for the time that noticing takes, and then by the other one.
    await harbor.isIn('existing-sessions', 'full', null, 'live');
    await expect
      .poll(async () => inUse(await harbor.status(), 'challenge'), SWITCHED)
      .toBe('hcaptcha/challenge');
    await harbor.isIn('full', 'full', 'full', 'live');
    expect(await harbor.statuses(['POST', '/login', { user: 'bob' }])).toEqual([200]);
    await harbor.turn('stop/hcaptcha');
    await harbor.isIn('existing-sessions', 'full', null, 'live');
    expect(await harbor.statuses(['POST', '/login', { user: 'bob' }], ['GET', '/session'])).toEqual([
      503, 200,
    ]);
  });

  test('with half of its capacity takes orders that only rest in the book', async () => {
    const [kept, other] = [await harbor.newOrder(), await harbor.newOrder()];
    await harbor.turn('stop/api@site-virginia');
    await harbor.isIn('full', 'post-only', 'full', 'live');
    const works = ['GET, DELETE all paths', 'POST /orders with post_only: true'];
    await expectRefused(await harbor.ask('POST', '/orders', MARKET), 'trade', 'post-only', works);
    await expectRefused(
      await harbor.ask('POST', '/orders', { ...LIMIT, post_only: false }),
      'trade',
      'post-only',
      works,
    );
    const rests = await harbor.ask('POST', '/orders', LIMIT);
    expect([rests.status, rests.headers.get('keelson-mode')]).toEqual([201, 'post-only;journey=trade']);
    expect(await harbor.statuses(['DELETE', other], ['GET', kept], ['GET', '/trade'])).toEqual([
      200, 200, 200,
    ]);
    const said = { authorization: `Bearer ${harbor.token}`, 'content-type': 'application/json' };
    const twice = '{"post_only":true,"post_only":false}';
    const ambiguous = await fetch(`${harbor.door}/orders`, { method: 'POST', headers: said, body: twice });
    expect(ambiguous.status).toBe(415);
  });

  test('without market data takes no order and cancels them, and shows prices with their age', async () => {
    const kept = await harbor.newOrder();
    const fresh = await (await harbor.ask('GET', '/market/ticker')).json();
    await harbor.turn('stop/market-data');
    await harbor.isIn('full', 'cancel-only', 'full', 'snapshot');
    const works = ['GET, DELETE all paths'];
    await expectRefused(await harbor.ask('POST', '/orders', LIMIT), 'trade', 'cancel-only', works);
    expect(await harbor.statuses(['GET', kept], ['DELETE', kept], ['GET', '/orders'])).toEqual([
      200, 200, 200,
    ]);
    await expect
      .poll(async () => Number((await harbor.ask('GET', '/market/ticker')).headers.get('age')), LATE)
      .toBeGreaterThan(0);
    const shown = await harbor.ask('GET', '/market/ticker');
    expect([shown.status, shown.headers.get('keelson-mode')]).toEqual([200, 'snapshot;journey=market-data']);
    expect(shown.headers.get('keelson-snapshot')).toMatch(/^age=\d+, at="/);
    expect(shown.headers.get('cache-control')).toBe('no-store');
    expect(await shown.json()).toEqual(fresh);
    const unseen = await harbor.ask('GET', '/market/depth');
    expect([unseen.status, unseen.headers.get('keelson-mode')]).toEqual([
      503,
      'snapshot;journey=market-data',
    ]);
    expect(await unseen.json()).toMatchObject({ type: 'urn:keelson:problem:no-snapshot' });
  });

  test('without its order book shows people a page, and tells programs', async () => {
    await harbor.turn('stop/order-book@site-virginia');
    await harbor.isIn('full', 'static', 'full', 'live');
    const page = await harbor.ask('GET', '/trade', undefined, HTML);
    expect([page.status, page.headers.get('keelson-mode')]).toEqual([200, 'static;journey=trade']);
    expect(await page.text()).toContain('<h1>Trading is stopped</h1>');
    await expectRefused(await harbor.ask('POST', '/orders', LIMIT), 'trade', 'static', []);
    await expectRefused(await harbor.ask('GET', '/orders'), 'trade', 'static', []);
  });

  test('without a whole site keeps all but trading, which waits for a person', async () => {
    await harbor.turn('stop/site-virginia');
    await harbor.isIn('full', 'static', 'full', 'live');
    expect(
      await harbor.statuses(
        ['POST', '/login', { user: 'eve' }],
        ['GET', '/session'],
        ['GET', '/market/ticker'],
      ),
    ).toEqual([200, 200, 200]);
  });

  test('without a signer queues withdrawals', async () => {
    await harbor.turn('stop/signer');
    await harbor.isIn('full', 'full', 'queued', 'live');
    const answer = await harbor.ask('POST', '/withdrawals', { amount: 2 });
    expect([answer.status, answer.headers.get('keelson-mode')]).toEqual([202, 'queued;journey=withdraw']);
    expect(await answer.json()).toMatchObject({ withdrawal: { amount: 2, state: 'queued' } });
    expect(await harbor.statuses(['DELETE', '/withdrawals'], ['GET', '/withdrawals'])).toEqual([404, 200]);
  });

  test('with one chain read of three left queues withdrawals, with two it does not', async () => {
    await harbor.turn('stop/infura');
    await expect
      .poll(
        async () =>
          (await harbor.status()).services.find(({ name }) => name === 'chain-reads')?.alternatives[0]?.level,
        LATE,
      )
      .toBeLessThan(0.9);
    await harbor.isIn('full', 'full', 'full', 'live');
    await harbor.turn('stop/alchemy');
    await harbor.isIn('full', 'full', 'queued', 'live');
  });

  test('refuses whoever comes past its edges, and serves public data all the same', async () => {
    const ask = (path: string): Promise<Response> =>
      fetch(harbor.gateway + path, {
        headers: { authorization: `Bearer ${harbor.token}`, 'harbor-edge': 'guessed' },
      });
    const answer = await ask('/withdrawals');
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ type: 'urn:keelson:problem:not-through-an-edge' });
    expect((await ask('/orders')).status).toBe(403);
    expect((await ask('/market/ticker')).status).toBe(200);
    const metrics = await harbor.metrics();
    expect(metrics).toMatch(/keelson_refusals_total\{journey="withdraw",why="not-through-an-edge"\} 1/);
    expect(metrics).toMatch(/keelson_exposed_requests_total\{journey="market-data"\} 1/);
  });
});

test('withdrawals are refused through an edge without bot protection, and that is counted; trading goes on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-harbor-'));
  const file = join(folder, 'plan.yaml');
  const text = readFileSync(LIVE, 'utf8');
  writeFileSync(file, text.replace(', fastly/bot-management', ''));
  const harbor = new Harbor(['--plan', file]);
  try {
    await harbor.isUp();
    const ask = (path: string): Promise<Response> =>
      fetch(harbor.edgeB + path, { headers: { authorization: `Bearer ${harbor.token}` } });
    const answer = await ask('/withdrawals');
    expect([answer.status, answer.headers.get('edge')]).toEqual([503, 'edge-b']);
    expect(await answer.json()).toMatchObject({
      type: 'urn:keelson:problem:unprotected',
      journey: 'withdraw',
      missing: ['bot'],
    });
    expect([(await ask('/orders')).status, (await ask('/market/ticker')).status]).toEqual([200, 200]);
    expect(await harbor.statuses(['GET', '/withdrawals'])).toEqual([200]);
    expect(await harbor.metrics()).toMatch(
      /keelson_refusals_total\{journey="withdraw",why="unprotected"\} 1/,
    );
  } finally {
    await harbor.end('SIGTERM');
    rmSync(folder, { recursive: true });
  }
});

test('live.yaml is assessed to the figures of plan.yaml', () => {
  const figures = (file: string): unknown => {
    const { out } = keelson(['assess', file, '--json']);
    const found = JSON.parse(out, (key, value) => {
      if (['plan', 'solved', 'problems', 'findings', 'routes'].includes(key)) return undefined;
      // Where plan.yaml names a capability, live.yaml names the service that says where it is.
      if (key === 'alternative') return String(value).replace(/^(infura|alchemy)-rpc$/, '$1/rpc');
      return typeof value === 'number' ? Number(value.toPrecision(9)) : value;
    }) as { journeys: unknown }; // the schema of assess
    return found.journeys;
  };
  expect(figures(LIVE)).toEqual(figures(PLAN));
});
