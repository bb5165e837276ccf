import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CHROMIUM_ARGUMENTS } from '../../scripts/find-chromium.js';
import { startAdmin, type Admin } from '../../src/serve/seeing/admin.ts';
import { StatusEvents } from '../../src/serve/seeing/events.ts';
import { Registry } from '../../src/telemetry/metrics.ts';
import type { PoolStatus, ServiceStatus, Status } from '../../src/serve/seeing/status.ts';
import { root } from '../cli/keelson.ts';
import {
  alternativeExample,
  journeyExample,
  poolExample,
  poolNodeExample,
  serviceExample,
  statusExample,
} from '../status-example.ts';
import { isWhole } from '../whole.ts';
import { chromium, isSkipped, whySkipped } from './chromium.ts';

const PAGE = readFileSync(join(root, 'dist/status.html'), 'utf8');
const SINCE = '2026-11-28T11:16:30.000Z';

const EDGE: ServiceStatus = serviceExample({
  name: 'edge',
  kind: 'front',
  inUse: 'cloudflare',
  waiting: { kind: 'steering', since: SINCE, words: 'The DNS primary does not take the key.' },
  alternatives: [
    alternativeExample({
      name: 'cloudflare',
      url: 'https://203.0.113.7/healthz',
      level: 0,
      probe: { ok: false, at: '2026-11-28T11:19:58.000Z', ms: 2000, why: 'No answer within 2 s.' },
      traffic: null,
    }),
    alternativeExample({ name: 'fastly', url: 'https://198.51.100.9/healthz', probe: null, protections: [] }),
  ],
  steering: {
    ok: false,
    why: 'The primary answers BADKEY.',
    inForce: 'cloudflare',
    checkedAt: '2026-11-28T11:19:50.000Z',
  },
});
const WAITING: ServiceStatus = serviceExample({
  waiting: { kind: 'approval', since: SINCE, words: 'A switch to site-frankfurt loses up to 5 s of orders.' },
});

const NODES: ServiceStatus = serviceExample({
  ...{ name: 'chain-reads', kind: 'at-least', inUse: null },
  alternatives: [alternativeExample({ name: 'infura', probe: null })],
});

const DISSENT = {
  at: '2026-11-28T11:19:40.000Z',
  method: 'eth_getBalance',
  why: 'infura and own-reth say otherwise',
};
/** One node of each kind. */
const POOL: PoolStatus = poolExample({
  nodes: [
    poolNodeExample({ budgetLeft: 91_200 }),
    poolNodeExample({ name: 'own-reth', state: 'standing by', behind: -1, calls: 0, latencyMs: 2.41 }),
    poolNodeExample({ name: 'late', state: 'lagging', behind: 40, level: 0 }),
    poolNodeExample({ name: 'near', state: 'lagging', behind: 5, level: 0, socket: 'lost' }),
    poolNodeExample({ name: 'fork', branch: 'other', behind: 1 }),
    poolNodeExample({
      ...{ name: 'liar', state: 'put aside', until: '2026-11-28T11:20:40.000Z', level: 0 },
      ...{ dissents: 3, lastDissent: DISSENT },
    }),
    poolNodeExample({
      ...{ name: 'gone', state: 'not answering', level: 0, failures: { unreachable: 12, silent: 1 } },
      head: { number: 24_018_000, hash: `0x${'b2'.repeat(32)}`, at: '2026-11-28T11:00:00.000Z' },
    }),
    poolNodeExample({
      ...{ name: 'tired', state: 'resting', until: '2026-11-28T11:20:30.000Z' },
      lastFailure: { at: '2026-11-28T11:19:58.000Z', method: 'eth_call', why: 'rate-limited' },
    }),
    poolNodeExample({ name: 'foreign', state: 'of another chain', chain: 137, head: null, behind: null }),
    poolNodeExample({
      name: 'new',
      state: 'not yet heard',
      head: null,
      behind: null,
      latencyMs: null,
      calls: 0,
    }),
  ],
});

/** Much is wrong. */
function badDay(): Status {
  return statusExample({
    ready: false,
    speed: 60,
    via: 3,
    journeys: [
      journeyExample({
        name: 'login',
        mode: null,
        modes: ['full', 'existing-sessions'],
        level: 0,
        since: SINCE,
        why: ['edge does not work.'],
      }),
      journeyExample({
        mode: 'cancel-only',
        level: 0.62,
        since: SINCE,
        why: ['order-book waits for a person.', 'market-data is at 40 %.'],
        held: {
          mode: 'cancel-only',
          pinned: true,
          reason: 'The book is being checked.',
          by: 'ada',
          until: '2026-11-28T12:00:00.000Z',
        },
      }),
      journeyExample({
        name: 'market-data',
        tier: 'important',
        modes: ['live', 'snapshot'],
        mode: 'live',
        exposed: ['ddos'],
      }),
    ],
    services: [EDGE, WAITING, NODES],
    pools: [POOL],
    findings: [
      {
        severity: 'warning',
        code: 'ttl-too-long',
        message: 'The TTL of app.harbor.example is 300 s: the plan spreads in 120 s.',
      },
    ],
    history: [
      {
        at: '2026-11-27T22:10:00.000Z',
        kind: 'plan',
        words: 'The plan is now Harbor Exchange (0123456789ab).',
      },
      { at: SINCE, kind: 'mode', words: 'login is down, from full: edge does not work.' },
    ],
  });
}

describe.skipIf(isSkipped)(`the status page${whySkipped}`, () => {
  let browser: Browser;
  let page: Page;
  let admin: Admin | undefined;
  let events: StatusEvents;
  let status: Status;
  let said: string[];
  let asked: string[];

  beforeAll(async () => {
    if (chromium === undefined)
      throw new Error('Expected Chromium on PATH, or named by CHROMIUM: found none.');
    browser = await puppeteer.launch({ executablePath: chromium, args: [...CHROMIUM_ARGUMENTS] });
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    status = statusExample();
    said = [];
    asked = [];
    page = await browser.newPage();
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(String(error)));
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  });
  afterEach(async () => {
    await page.close();
    await admin?.close();
    admin = undefined;
  });

  async function serve(port = 0): Promise<string> {
    events = new StatusEvents({ read: () => status, onError: (error) => said.push(String(error)) });
    const refuse = () => ({ kind: 'refused', words: 'Not here.' }) as const;
    admin = await startAdmin({
      places: [{ kind: 'port', host: '127.0.0.1', port }],
      health: () => ({ live: true, ready: true, words: [] }),
      status: () => status,
      metrics: () => new Registry().text(),
      events,
      page: PAGE,
      actions: { mode: refuse, approve: refuse, drain: refuse, reload: refuse },
      onAttempt: () => undefined,
      onError: (error) => said.push(String(error)),
      now: () => 0,
    });
    return `http://127.0.0.1:${admin.ports[0]}/status`;
  }

  async function show(next: Status): Promise<void> {
    status = next;
    if (admin === undefined) await page.goto(await serve());
    else events.changed();
    await page.waitForSelector('[data-connection="live"]');
  }

  const textOf = (selector: string): Promise<string> =>
    page.$eval(selector, (element) => (element as HTMLElement).innerText.replace(/\s+/g, ' ').trim());
  const until = (text: string, selector = 'body'): Promise<unknown> =>
    page.waitForFunction((s, t) => document.querySelector(s)?.textContent?.includes(t), {}, selector, text);

  test('is one small file that asks for nothing but its events', async () => {
    await show(status);
    expect(PAGE.length).toBeLessThan(60_000);
    expect(asked).toEqual(['/status', '/status']);
    expect(said).toEqual([]);
  });

  test('says first how all is, and follows what changes, aloud for who listens', async () => {
    await show(status);
    expect(await textOf('.answer-now')).toBe('The journey is in its first mode.');
    expect(await page.title()).toBe('Harbor Exchange – Keelson');
    await show(
      statusExample({
        now: '2026-11-28T11:20:10.000Z',
        journeys: [
          journeyExample({ mode: 'post-only', since: '2026-11-28T11:20:10.000Z', why: ['quotes are late.'] }),
        ],
      }),
    );
    await until('trade is in post-only.', '.answer-now');
    await until('trade is in post-only, from full: quotes are late.', '#told');
    expect(await page.title()).toBe('◐ 1 lower – Harbor Exchange – Keelson');
    expect(await textOf('[aria-current="step"]')).toContain('post-only');
    expect(await page.$eval('#told', ({ ariaLive }) => ariaLive)).toBe('polite');
    // Time alone is not spoken.
    await show({ ...status, now: '2026-11-28T11:20:20.000Z' });
    await until('for 10 s', '[data-journey="trade"]');
    expect(await textOf('#told')).toContain('post-only');
    expect(said).toEqual([]);
  });

  test('shows a plan that was offered and is held back, why, and what to do', async () => {
    const why = ['trade newly hangs on <b>site-b</b> alone.', 'trade is down longer.'];
    const offered = { digest: `sha256:${'ab'.repeat(32)}`, state: 'held-back', at: status.now, why } as const;
    await show({ ...status, offered });
    const said = await textOf('[data-offered]');
    for (const part of ['A new plan is held back', ...why, 'abababababab', 'keelson reload --force --reason'])
      expect(said).toContain(part);
    await show({ ...status, offered: null });
    await expect.poll(() => page.$('[data-offered]')).toBeNull();
  });

  test('shows that it is a drill, ladders, levers, exposure, alternatives, steering, who is waited for, findings and history', async () => {
    await show(badDay());
    expect(await textOf('.drill')).toMatch(
      /^A drill, never production: .* 60 times .*; via: 3 addresses .*\.$/,
    );
    expect(await textOf('.answer-now')).toBe('login is down. trade is in cancel-only.');
    expect(await textOf('.for-people')).toContain(
      'A switch waits for you order-book: A switch to site-frankfurt',
    );
    const rungs = await page.$$eval('[data-journey="trade"] .ladder li', (items) =>
      items.map((item) => [item.textContent?.trim(), item.getAttribute('aria-current')]),
    );
    expect(rungs).toEqual([
      ['· full', null],
      ['· post-only', null],
      ['▶ cancel-only (now) held', 'step'],
      ['· static', null],
      ['· down', null],
    ]);
    expect(await textOf('[data-journey="login"] [aria-current]')).toContain('down');
    expect(await textOf('[data-journey="trade"] .held')).toMatch(
      /Pinned to cancel-only by ada: The book is being checked\. Ends in (39 m 5\d s|40 m)( 00 s)?, at 12:00:00 UTC\./,
    );
    expect(await textOf('[data-journey="market-data"]')).toContain('Exposed: served without ddos.');
    const edge = await textOf('[data-service="edge"]');
    expect(edge).toMatch(/It cannot be steered: The primary answers BADKEY \(checked 1\d s ago\)\./);
    expect(edge).toContain('Users are told to use cloudflare.');
    expect(await textOf('[data-service="edge"] [data-alternative="cloudflare"]')).toMatch(
      /✕ No answer within 2 s, \d+ s ago/,
    );
    expect(await textOf('.findings')).toContain('◐ warning The TTL');
    expect(await textOf('.history li')).toContain('11:16:30 UTC mode login is down');
    expect(await textOf('header')).toContain('It takes no more requests.');
  });

  test('shows of a pool its head, and of each node whether it agrees, lags, is silent or has lied', async () => {
    await show(badDay());
    expect(await textOf('[data-service="chain-reads"]')).toContain('Probe its head, see nodes of chains');
    expect(await textOf('[data-pool="chain-reads"]')).toMatch(
      /^chain-reads chain 1, 2 must say the same Head 24.018.202 0xa1a1a1a1… \d s old safe 24.018.170 · finalized 24.018.138 · reorganised 2 times, 1 block deep at most/,
    );
    const rows = await page.$$eval('[data-pool] [data-node]', (items) =>
      items.map((item) => [...item.querySelectorAll('.mode, .where')].map((one) => one.textContent?.trim())),
    );
    expect(rows).toEqual([
      ['✓ in use', 'agrees on the head'],
      ['✓ standing by', '1 ahead'],
      ['◐ lagging', '40 behind'],
      ['◐ lagging', '5 behind'],
      ['◐ in use', 'on another branch, 1 behind'],
      ['✕ put aside: others contradict it', 'at the head'],
      ['✕ not answering', 'last seen at 24\u202f018\u202f000'],
      ['◐ resting: rate-limited', 'at the head'],
      ['✕ of another chain', 'of chain 137'],
      ['◐ not yet heard', 'its head is not known'],
    ]);
    expect(await textOf('[data-node="liar"] .dissent')).toBe(
      '≠ Contradicted 3 times, last at 11:19:40 UTC: eth_getBalance, infura and own-reth say otherwise.',
    );
    expect(await textOf('[data-node="infura"] .fares')).toMatch(
      /^38 ms · 13 % of calls · 91.200 left today$/,
    );
    expect(await textOf('[data-node="gone"] .fares')).toContain('failed: 12 unreachable, 1 silent');
    expect(await textOf('[data-node="near"] .fares')).toContain('WebSocket lost');
    expect(await textOf('[data-pool]')).toContain(
      '10 412 calls answered by nodes (230 of them shared an answer)',
    );
    expect(said).toEqual([]);
  });

  test('follows a pool, and says aloud who was put aside', async () => {
    await show(statusExample({ pools: [poolExample()] }));
    expect(await page.$eval('[data-pool]', ({ className }) => className)).toContain('full');
    const liar = poolNodeExample({ state: 'put aside', dissents: 1, lastDissent: DISSENT });
    const { head } = poolExample();
    await show(
      statusExample({
        pools: [
          poolExample({
            nodes: [liar],
            head: head === null ? null : { ...head, number: head.number + 1, isFresh: false },
          }),
        ],
      }),
    );
    await until('no longer agreed on', '[data-pool]');
    await until('infura is put aside: eth_getBalance', '#told');
    expect(await page.$eval('[data-pool]', ({ className }) => className)).toContain('down');
    await show(statusExample({ pools: [poolExample({ head: null, nodes: [] })] }));
    await until('Its nodes have not agreed on a head yet', '[data-pool]');
    // A gateway of before says nothing of pools.
    const { pools: _, ...before } = statusExample({ plan: { name: 'Before', digest: '' } });
    await show(before as Status); // as it was
    await until('Before', 'h1');
    expect(await page.$$('[data-pool]')).toEqual([]);
    expect(said).toEqual([]);
  });

  test('says that it has lost its connection and how old it is, and goes on when that is back', async () => {
    await show(status);
    const port = Number(new URL(page.url()).port);
    await admin?.close();
    await page.waitForSelector('[data-connection="lost"]');
    await until('Connection lost: what you see is 2 s old');
    expect(await textOf('.answer-now')).toBe('The journey is in its first mode.');
    status = statusExample({ journeys: [journeyExample({ mode: null })] });
    await serve(port);
    await page.waitForSelector('[data-connection="live"]');
    await until('trade is down.', '.answer-now');
  });

  test('of another version says so, and shows nothing wrong', async () => {
    await show(status);
    status = { ...status, schema: 'keelson.serve-status/2' } as unknown as Status; // of a later version
    events.changed();
    await until('Load the page again.', '[role="alert"]');
    expect(await textOf('.answer-now')).toBe('The journey is in its first mode.');
  });

  test('takes nothing it is told for markup', async () => {
    const evil = `"><img src=x onerror="window.hit=1"><script>window.hit=1</script>\u202e`;
    await show(
      statusExample({
        plan: { name: evil, digest: evil },
        journeys: [journeyExample({ name: evil, mode: evil, modes: ['full', evil], why: [evil] })],
        services: [
          serviceExample({
            name: evil,
            inUse: evil,
            waiting: { kind: 'approval', since: evil, words: evil },
            alternatives: [
              alternativeExample({ name: evil, url: 'javascript:window.hit=1', protections: [evil] }),
            ],
          }),
        ],
        pools: [
          poolExample({
            ...{
              name: evil,
              trusted: [evil],
              head: { number: 1, hash: evil, since: evil, ageSeconds: 0, isFresh: true, isStalled: true },
            },
            nodes: [
              poolNodeExample({
                ...{ name: evil, failures: { [evil]: 1 } },
                lastDissent: { at: evil, method: evil, why: evil },
              }),
            ],
          }),
        ],
        findings: [{ severity: 'error', code: evil, message: evil }],
        history: [{ at: evil, kind: 'mode', words: evil }],
      }),
    );
    await until('<script>', '.answer-now');
    expect(await page.evaluate('window.hit')).toBe(undefined);
    expect(await page.$$eval('img, a, #status script', (found) => found.length)).toBe(0);
    await page.evaluate(
      `const s = document.createElement('script'); s.textContent = 'window.hit = 1'; document.body.append(s)`,
    );
    expect(await page.evaluate('window.hit')).toBe(undefined);
  });

  describe.each([
    ['desk', 1280, 'light'],
    ['phone', 390, 'dark'],
  ] as const)('at the size of a %s', (_, width, one) => {
    test.each(isWhole ? (['light', 'dark'] as const) : [one])(
      'has room, and axe finds nothing wrong, in the %s',
      async (scheme) => {
        await page.setViewport({ width, height: 860 });
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
        await show(badDay());
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        const paper = scheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(20, 23, 26)';
        expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(paper);
        if (process.env.KEELSON_PICTURES !== undefined)
          await page.screenshot({
            path: join(process.env.KEELSON_PICTURES, `status-${width}-${scheme}.png`),
            fullPage: true,
          });
        // By the protocol, which the policy of the page does not bind.
        await page.evaluate(axe.source);
        for (const isLost of [false, true]) {
          if (isLost) {
            await admin?.close();
            await page.waitForSelector('[data-connection="lost"]');
          }
          const found = await page.evaluate(
            `axe.run().then(({violations}) => violations.flatMap(({id, nodes}) => nodes.map(({html}) => id + ' ' + html.slice(0, 200))))`,
          );
          expect([isLost, found]).toEqual([isLost, []]);
        }
      },
    );
  });
});
