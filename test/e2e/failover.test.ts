/** What happens to requests when a site behind the gateway fails, in each way that sites do. */
import { rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeFolder } from '../parts/part.ts';
import { metricOf } from '../parts/raw-gateway.ts';
import { endServed, servePlan, type ServedPlan } from '../parts/served.ts';
import {
  accountOf,
  endTraffic,
  quantileOf,
  startLoad,
  startSiteProcess,
  warmUp,
  type Account,
  type Load,
  type Result,
  type SiteProcess,
} from '../parts/traffic.ts';

let a: SiteProcess;
let b: SiteProcess;
/** As many as the issue names, or a third of what this machine gets through. @unit requests a second */
let rate: number;

const folders: string[] = [];
const makeSites = (): Promise<[SiteProcess, SiteProcess]> => {
  const folder = makeFolder();
  folders.push(folder);
  return Promise.all([startSiteProcess('a', folder), startSiteProcess('b', folder)]);
};

beforeEach(async () => {
  [a, b] = await makeSites();
});

beforeAll(async () => {
  [a, b] = await makeSites();
  const { url } = await serve('active');
  const perSecond = await warmUp(url, 12_000);
  // KEELSON_RATE asks for another one.
  rate = Number(process.env.KEELSON_RATE ?? Math.min(MOST_RATE, Math.round(perSecond / 3)));
  await endServed();
  endSites();
});

afterEach(async () => {
  await endServed();
  endSites();
});

function endSites(): void {
  endTraffic();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

const PROBE = 'probe: {path: /health, every: 500ms, timeout: 2s}';
/** How the two sites are used: the first one, and the second in its place; or both at once. */
const USES = {
  standby: 'any: [a, b], failover: {detect: 1s}',
  active: 'atLeast: 1, of: [a, b]',
} as const;

function serve(use: keyof typeof USES, { probe = PROBE, timeout = '3s' } = {}): Promise<ServedPlan> {
  return servePlan(`
journeys:
  trade:
    tier: core
    match: [{path: /orders/**, to: book, timeout: ${timeout}}]
    modes: {full: {needs: [book]}}
services:
  book: {outages: none, ${USES[use]}}
  a: {outages: none, url: "${a.url}", ${probe}}
  b: {outages: none, url: "${b.url}", ${probe}}
`);
}

const MOST_RATE = 2_000;
const WARM_MS = 1_200;
/** Reads that are sent so soon after a failure are the first ones: some of them go to the site that fails. @unit ms */
const FIRST_MS = 20;

interface Run {
  readonly results: readonly Result[];
  readonly account: Account;
  /** When the site began to fail. @unit ms since 1970 */
  readonly failedAt: number;
}

/** Load for a while, in the middle of which something happens. */
async function under(
  load: Omit<Load, 'id' | 'rate'>,
  happens: () => Promise<void>,
  thenMs: number,
): Promise<Run> {
  await warmUp(load.url, 500);
  const stop = await startLoad({ ...load, rate, id: 'load' });
  await wait(WARM_MS);
  const failedAt = Date.now();
  await happens();
  await wait(thenMs);
  const results = await stop();
  return { results, account: accountOf(results, [a, b]), failedAt };
}

function expectHonest(account: Account): void {
  expect(account.doubled).toEqual([]);
  expect(account.denied).toEqual([]);
  expect(account.invented).toEqual([]);
  const { answered, refused, unknown, cut, passed, writes } = account;
  expect(answered + refused + unknown + cut + passed).toBe(writes);
}

/** What 99 of 100 reads waited at most before it failed and from some time later on; the longest of the first ones after it, and within a second. */
function latencies(
  { results, failedAt }: Run,
  laterMs = 1_000,
): { before: number; first: number; worst: number; later: number } {
  const reads = results.filter(({ isWrite }) => !isWrite);
  const within = (from: number, to: number): Result[] => reads.filter(({ at }) => at >= from && at < to);
  return {
    before: quantileOf(within(failedAt - 1_000, failedAt), 0.99),
    first: quantileOf(within(failedAt, failedAt + FIRST_MS), 1),
    worst: quantileOf(within(failedAt, failedAt + 1_000), 1),
    later: quantileOf(within(failedAt + laterMs, Number.POSITIVE_INFINITY), 0.99),
  };
}

/** How often a site has written this into its journal. */
const timesOf = (site: SiteProcess, kind: string): number =>
  site.journal().filter((entry) => entry.kind === kind).length;

/** Makes a site hang. @returns how much it has written into its journal by then: more than that, and it does not */
async function hang(site: SiteProcess): Promise<number> {
  await site.signal('SIGSTOP');
  await wait(50);
  return site.journal().length;
}

/** Attempts beyond one for each request, as the gateway counts them: those to a site that is dead are in no journal. */
const extraOf = (served: ServedPlan): number => metricOf(served, 'keelson_extra_attempts_total');

/** For whoever wants the numbers. */
function say(name: string, run: Run): void {
  if (process.env.KEELSON_SAY === undefined) return;
  const { failedReads, ...rest } = run.account;
  console.log(
    `${name}, ${rate} a second`,
    JSON.stringify({ ...rest, failedReads: failedReads.length, ...latencies(run) }),
    JSON.stringify(failedReads.slice(0, 3)),
  );
}

describe.each(['standby', 'active'] as const)('of %s sites under load, one is', (use) => {
  test('killed: no read fails, no write is doubled or denied', async () => {
    const served = await serve(use);
    const { url } = served;
    const run = await under({ url, writeEvery: 10 }, () => a.signal('SIGKILL'), 2_500);
    say(`${use} killed`, run);
    expect(run.account.failedReads).toEqual([]);
    expect(extraOf(served)).toBeLessThanOrEqual(0.2 * run.account.requests);
    expect(run.account.cut).toBe(0);
    expectHonest(run.account);
  });

  test('hung: the first reads wait 250 ms at most and none 500 ms, and a second later 99 of 100 take 20 ms', async () => {
    const served = await serve(use);
    const { url } = served;
    let done = 0;
    const happens = async (): Promise<void> => {
      done = await hang(a);
    };
    const run = await under({ url, writeEvery: 10 }, happens, 3_000);
    say(`${use} hung`, run);
    // What warms it up has no number.
    expect(a.journal().filter(({ id }) => id !== '-').length).toBeGreaterThan(50);
    expect(a.journal().length).toBe(done);
    expect(run.account.failedReads).toEqual([]);
    expect(extraOf(served)).toBeLessThanOrEqual(0.2 * run.account.requests);
    expect(run.account.cut).toBe(0);
    expectHonest(run.account);
    const { before, first, worst, later } = latencies(run);
    // What this machine takes anyway comes on top.
    expect(first).toBeLessThanOrEqual(250 + before);
    expect(worst).toBeLessThanOrEqual(500 + before);
    expect(later).toBeLessThanOrEqual(20 + before);
  });

  // Which of the sites is asked first makes no difference from here on.
  const testOnce = use === 'active' ? test : test.skip;

  testOnce.each([
    ['reset after the heads of its answers', { kind: 'reset' }],
    ['broken off in the middle of its answers', { kind: 'truncate' }],
  ] as const)('%s: whoever met that is told by the end of the connection, and few do', async (name, how) => {
    const { url } = await serve(use);
    const run = await under({ url, writeEvery: 10 }, () => a.behave(how), 1_500);
    say(`${use} ${name}`, run);
    // What has begun to be answered cannot be begun again.
    for (const { status, site } of run.account.failedReads) expect([status, site]).toEqual([0, '']);
    const worst = 0.1 * run.account.requests;
    expect(run.account.failedReads.length).toBeLessThan(worst);
    expect(run.account.failedReads.length + run.account.cut).toBeGreaterThan(0);
    expectHonest(run.account);
  });

  testOnce('cut off after it has done the work: reads are sent again, writes are unknown', async () => {
    const { url } = await serve(use);
    const run = await under({ url, writeEvery: 2 }, () => a.behave({ kind: 'cut' }), 1_500);
    say(`${use} cut`, run);
    expect(run.account.failedReads).toEqual([]);
    expect(run.account.unknown).toBeGreaterThan(0);
    expectHonest(run.account);
  });

  testOnce('answering 503 to nine of ten: reads are answered by the other', async () => {
    const { url } = await serve(use);
    const errors = { kind: 'errors', share: 0.9, status: 503 } as const;
    const run = await under({ url, writeEvery: 10 }, () => a.behave(errors), 1_500);
    say(`${use} 503`, run);
    expect(timesOf(a, 'refused')).toBeGreaterThan(2);
    expect(run.account.failedReads).toEqual([]);
    expectHonest(run.account);
  });

  testOnce('taking 400 ms: three seconds later 99 of 100 do not wait for it', async () => {
    const { url } = await serve(use);
    const run = await under({ url, writeEvery: 0 }, () => a.behave({ kind: 'slow', delayMs: 400 }), 5_000);
    say(`${use} slow`, run);
    expect(run.account.failedReads).toEqual([]);
    const { before, later } = latencies(run, 3_000);
    expect(later).toBeLessThanOrEqual(200 + before);
    expect(run.account.extra).toBeLessThanOrEqual(0.2);
    expect(run.account.extra).toBeGreaterThan(0);
  });

  testOnce('well by its health and refusing everything else: it is left all the same', async () => {
    const { url } = await serve(use);
    const errors = { kind: 'errors', share: 1, status: 500 } as const;
    const run = await under({ url, writeEvery: 0 }, () => a.behave(errors), 1_500);
    say(`${use} healthy and failing`, run);
    expect(timesOf(a, 'refused')).toBeGreaterThan(2);
    // A 500 is an answer: it is passed on until it is seen that it answers nothing else.
    expect(run.account.failedReads.every(({ status }) => status === 500)).toBe(true);
    expect(run.account.failedReads.length).toBeLessThan(50);
  });
});

test('a standby that is up but not ready is not used, whatever becomes of the first', async () => {
  await b.turnHealth(503);
  const { url } = await serve('standby', {
    probe: 'probe: {path: /health, every: 100ms, timeout: 90ms, window: 1}',
  });
  await wait(300);
  const run = await under({ url, writeEvery: 10 }, () => a.signal('SIGKILL'), 1_000);
  expect(b.journal()).toEqual([]);
  expectHonest(run.account);
  const after = run.results.filter(({ at }) => at > run.failedAt + 500);
  expect(after.length).toBeGreaterThan(50);
  expect(after.every(({ status }) => status === 502 || status === 503)).toBe(true);
});

test.each(['standby', 'active'] as const)(
  'with all of the %s sites dead everything is refused at once, and one that comes back is used',
  async (use) => {
    const { url } = await serve(use, {
      probe: 'probe: {path: /health, every: 100ms, timeout: 90ms, window: 1}',
    });
    const stop = await startLoad({ url, rate: 100, writeEvery: 10, id: 'all' });
    await wait(1_500);
    await Promise.all([a.signal('SIGKILL'), b.signal('SIGKILL')]);
    const dead = Date.now();
    await wait(1_000);
    const up = Date.now();
    await b.restart();
    await expect.poll(async () => (await fetch(`${url}/orders/1`)).status, { timeout: 10_000 }).toBe(200);
    const back = Date.now();
    await wait(500);
    const results = await stop();
    expectHonest(accountOf(results, [a, b]));
    const between = results.filter(({ at }) => at > dead + 100 && at < up - 200);
    expect(between.length).toBeGreaterThan(20);
    expect(between.filter(({ status }) => status === 200)).toEqual([]);
    expect(quantileOf(between, 0.9)).toBeLessThan(250);
    const after = results.filter(({ at, isWrite }) => at > back + 100 && !isWrite);
    expect(after.length).toBeGreaterThan(10);
    expect(after.every(({ status }) => status === 200)).toBe(true);
  },
);

test('a site is restarted under load: reads all answered, writes on connections that it closes are never sent again', async () => {
  const { url } = await serve('active');
  const run = await under(
    { url, writeEvery: 2 },
    async () => {
      for (let i = 0; i < 3; i++) {
        await a.signal('SIGTERM');
        await a.restart();
      }
    },
    1_000,
  );
  say('restarted', run);
  expect(timesOf(a, 'closing')).toBe(3);
  expect(run.account.failedReads).toEqual([]);
  expectHonest(run.account);
});

test('a site that hangs while the other one is out of favour: reads are answered by that one all the same', async () => {
  const { url, serving } = await serve('active');
  // The route's time is 3 s.
  const read = async (): Promise<number> =>
    (await fetch(`${url}/orders/1`, { signal: AbortSignal.timeout(2_500) })).status;
  const levelOf = (name: string): number =>
    serving.upstreams.find(({ target }) => target.name === name)?.level ?? Number.NaN;
  await b.behave({ kind: 'errors', share: 0.2, status: 500 });
  // Until so many failed that it is no longer usable, though it answers some.
  for (let i = 0; i < 400 && levelOf('b') >= 0.9; i++) await read();
  expect(levelOf('b')).toBeGreaterThan(0);
  expect(levelOf('b')).toBeLessThan(0.9);
  await b.behave({ kind: 'normal' });
  expect(levelOf('a')).toBe(1);
  const done = await hang(a);
  const statuses = await Promise.all(Array.from({ length: 10 }, read));
  expect(statuses).toEqual(Array(10).fill(200));
  expect(a.journal().length).toBe(done);
});

test('both sites hang and go on in turn: no read fails, nothing is doubled', async () => {
  const { url } = await serve('active', { timeout: '10s' });
  const doneMeanwhile: number[] = [];
  const run = await under(
    { url, writeEvery: 10 },
    async () => {
      for (let i = 0; i < 3; i++)
        for (const site of [a, b]) {
          const done = await hang(site);
          await wait(350);
          doneMeanwhile.push(site.journal().length - done);
          await site.signal('SIGCONT');
        }
    },
    500,
  );
  say('flapping', run);
  expect(doneMeanwhile).toEqual([0, 0, 0, 0, 0, 0]);
  // A write waits for whoever has it.
  const held = run.results.filter(({ isWrite, ms }) => isWrite && ms > 200);
  expect(held.length).toBeGreaterThan(0);
  expect(run.account.failedReads).toEqual([]);
  expectHonest(run.account);
});

test('a site that hangs does not take the room of what goes elsewhere', async () => {
  const { url } = await servePlan(`
limits: {concurrent: 200}
journeys:
  trade: {match: [{path: /orders/**, to: a, timeout: 20s}], modes: {full: {needs: [a]}}}
  look: {match: [{path: /look/**, to: b}], modes: {full: {needs: [b]}}}
services:
  a: {outages: none, url: "${a.url}"}
  b: {outages: none, url: "${b.url}"}
`);
  await a.signal('SIGSTOP');
  const ask = (path: string): Promise<Response> => fetch(`${url}${path}`);
  const stuck = Array.from({ length: 300 }, (_, i) =>
    ask(`/orders/${i}`).then(
      ({ status }) => status,
      () => 0,
    ),
  );
  const refused = await Promise.race([stuck[299], wait(5_000, -1)]);
  expect(refused).toBe(503);
  for (let i = 0; i < 20; i++) expect((await ask(`/look/${i}`)).status).toBe(200);
  await a.signal('SIGCONT');
  const answered = (await Promise.all(stuck)).filter((status) => status === 200);
  expect(answered.length).toBeGreaterThan(50);
  expect(answered.length).toBeLessThanOrEqual(100);
});
