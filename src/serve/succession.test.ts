import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, test } from 'vitest';
import { modelOf } from '../../test/oracle/models.ts';
import { HEAD } from '../../test/parts/served.ts';
import { holdMode, Lasting, servedBy, Succession, type Servable } from './index.ts';

const QUIET = { writableLength: 0, write: () => true, on: () => undefined };
const HOUR = 3_600_000;

let ends: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
  ends = [];
});

interface Part {
  readonly url: string;
  /** How it answers, by path. */
  answer: (path: string) => { readonly status: number; readonly body: string };
  readonly server: Server;
}

async function startPart(name: string): Promise<Part> {
  const part: Part = {
    url: '',
    answer: () => ({ status: 200, body: name }),
    server: createServer((request, response) => {
      const { status, body } = part.answer(request.url ?? '');
      response.writeHead(status).end(body);
    }),
  };
  await new Promise<void>((resolve) => part.server.listen(0, '127.0.0.1', resolve));
  ends.push(
    () => part.server.closeAllConnections(),
    () => part.server.close(),
  );
  return Object.assign(part, { url: `http://127.0.0.1:${(part.server.address() as AddressInfo).port}` });
}

function servable(text: string): Servable {
  const model = modelOf(HEAD + text);
  const served = servedBy(model, 'gateway', { planFile: 'plan.yaml', secretAt: () => '' });
  if ('problems' in served) throw new Error(served.problems.map(({ message }) => message).join('\n'));
  return { model, served };
}

async function start(
  text: string,
  trial = { share: 0.5, lastsMs: 300 },
): Promise<{ succession: Succession; url: string }> {
  const succession = new Succession(
    servable(text),
    new Lasting({ role: 'gateway', log: QUIET, version: 'test', seed: 1 }),
    trial,
  );
  const address = await succession.lasting.gateway?.listen(0, '127.0.0.1');
  await succession.start();
  ends.unshift(() => succession.stop(0));
  return { succession, url: `http://127.0.0.1:${address?.port}` };
}

/** Asks again and again until it is told to stop. @returns how many there were of each answer */
function keepAsking(url: string, path = '/look'): { stop(): Promise<Record<string, number>> } {
  const seen: Record<string, number> = {};
  let isStopped = false;
  const ask = async (): Promise<void> => {
    while (!isStopped) {
      const said = await fetch(url + path).then(
        async (answer) => (answer.ok ? await answer.text() : String(answer.status)),
        () => 'dropped',
      );
      seen[said] = (seen[said] ?? 0) + 1;
    }
  };
  const all = Promise.all([ask(), ask(), ask(), ask()]);
  return {
    async stop() {
      isStopped = true;
      await all;
      return seen;
    },
  };
}

const planOf = (to: string, more = ''): string => `
journeys: {look: {tier: core, match: [{path: /look, to: part}], modes: {full: {needs: [part]}}}}
services: {part: {outages: none, url: "${to}"${more}}}
`;
const unforced = { isForced: false };

describe('a plan that follows another', () => {
  test('is tried on a share of requests, then all go by it, and none is dropped', async () => {
    const [a, b] = [await startPart('a'), await startPart('b')];
    const { succession, url } = await start(planOf(a.url));
    const before = succession.inForce;
    const asking = keepAsking(url);
    let whileTried = 0;
    const outcome = await succession.offer(servable(planOf(b.url)), {
      isForced: false,
      onTrial: () => {
        whileTried++;
      },
    });
    const seen = await asking.stop();
    expect(outcome.kind).toBe('loaded');
    expect(whileTried).toBe(1);
    expect(Object.keys(seen).sort()).toEqual(['a', 'b']);
    expect(await (await fetch(`${url}/look`)).text()).toBe('b');
    expect(succession.inForce).not.toBe(before);
    // Once nothing is under way by the one before, nothing of it is left.
    await expect.poll(() => before.isEnding).toBe(true);
  });

  test('is taken back as soon as it answers worse', async () => {
    const [a, b] = [await startPart('a'), await startPart('b')];
    b.answer = () => ({ status: 500, body: '' });
    const important = (to: string): string => planOf(to).replace('tier: core', 'tier: important');
    const { succession, url } = await start(important(a.url), { share: 0.2, lastsMs: HOUR });
    const asking = keepAsking(url);
    const outcome = await succession.offer(servable(important(b.url)), unforced);
    const seen = await asking.stop();
    expect(outcome.kind).toBe('taken-back');
    expect(outcome.words).toMatch(/^Of \d+ requests that it was tried on, \d+ were not served well/);
    expect((seen['500'] ?? 0) + (seen['503'] ?? 0)).toBeLessThan(30);
    for (let i = 0; i < 20; i++) expect(await (await fetch(`${url}/look`)).text()).toBe('a');
  });

  test('is taken back when it no longer knows what is asked for', async () => {
    const a = await startPart('a');
    const { succession, url } = await start(planOf(a.url), { share: 0.2, lastsMs: HOUR });
    const asking = keepAsking(url);
    const other = planOf(a.url).replace('path: /look', 'path: /see');
    expect((await succession.offer(servable(other), unforced)).kind).toBe('taken-back');
    expect(Object.keys(await asking.stop()).sort()).toEqual(['404', 'a']);
  });

  test('is taken back when it refuses what the other one takes', async () => {
    const a = await startPart('a');
    const { succession, url } = await start(planOf(a.url), { share: 0.5, lastsMs: HOUR });
    const asking = keepAsking(url);
    const tight = `${planOf(a.url)}limits: {clients: {perSecond: 1, burst: 1}}\n`;
    const outcome = await succession.offer(servable(tight), unforced);
    expect(outcome).toMatchObject({ kind: 'taken-back', words: expect.stringContaining('were refused') });
    expect(Object.keys(await asking.stop()).sort()).toEqual(['429', 'a']);
  });

  test('is not blamed for what clients do wrong by either plan', async () => {
    const a = await startPart('a');
    const { succession, url } = await start(planOf(a.url), { share: 0.5, lastsMs: 300 });
    const asking = [keepAsking(url), keepAsking(url, '/nowhere')];
    expect((await succession.offer(servable(`${planOf(a.url)}# again\n`), unforced)).kind).toBe('loaded');
    for (const one of asking) await one.stop();
  });

  test('is taken back when a core journey is down by it alone', async () => {
    const a = await startPart('a');
    a.answer = (path) => ({ status: path === '/health' ? 500 : 200, body: 'a' });
    const { succession, url } = await start(planOf(a.url), { share: 0.5, lastsMs: HOUR });
    const probed = planOf(a.url, ', probe: {path: /health, every: 500ms, timeout: 200ms, window: 1}');
    const outcome = await succession.offer(servable(probed), unforced);
    expect(outcome).toEqual({
      kind: 'taken-back',
      words: 'look is down by it, and not by the plan in force.',
    });
    expect(await (await fetch(`${url}/look`)).text()).toBe('a');
  });

  test('is taken back when a part does not work by it alone, although another one stands in', async () => {
    const [a, b] = [await startPart('a'), await startPart('b')];
    b.answer = () => ({ status: 500, body: '' });
    const two = (first: string): string => `
journeys: {look: {match: [{path: /look, to: parts}], modes: {full: {needs: [parts]}}}}
services:
  parts: {outages: none, any: [one, two]}
  one: {outages: none, url: "${first}", probe: {path: /, every: 200ms, timeout: 2s, window: 1}}
  two: {outages: none, url: "${a.url}"}
`;
    // Nobody asks: only its probe shows it, and not before the time of the trial is over.
    const { succession, url } = await start(two(a.url), { share: 0.5, lastsMs: 50 });
    expect(await succession.offer(servable(two(b.url)), unforced)).toEqual({
      kind: 'taken-back',
      words: 'one does not work by it, and does by the plan in force.',
    });
    expect(await (await fetch(`${url}/look`)).text()).toBe('a');
  });

  test('is put off by a hand on a lever, which holds', async () => {
    const [a, b] = [await startPart('a'), await startPart('b')];
    const { succession, url } = await start(planOf(a.url), { share: 0.5, lastsMs: HOUR });
    const order = { journey: 'look', mode: 'down', pinned: false, reason: 'a test', by: 'me', forMs: HOUR };
    const outcome = await succession.offer(servable(planOf(b.url)), {
      isForced: false,
      onTrial: () => holdMode(succession.inForce, order),
    });
    expect(outcome).toEqual({
      kind: 'put-off',
      words: 'Somebody has put a hand on a lever.',
      hasMoved: false,
    });
    for (let i = 0; i < 20; i++) expect((await fetch(`${url}/look`)).status).toBe(503);
  });

  test('keeps levers and where users are', async () => {
    const [a, b] = [await startPart('a'), await startPart('b')];
    const { succession, url } = await start(planOf(a.url));
    const order = { journey: 'look', mode: 'down', pinned: false, reason: 'a test', by: 'me', forMs: HOUR };
    holdMode(succession.inForce, order);
    expect((await succession.offer(servable(planOf(b.url)), unforced)).kind).toBe('loaded');
    expect((await fetch(`${url}/look`)).status).toBe(503);
    expect(succession.status().journeys[0]?.held).toMatchObject({ mode: 'down', by: 'me' });
  });

  test('is in force at once when it is forced, whatever it does', async () => {
    const a = await startPart('a');
    const { succession, url } = await start(planOf(a.url), { share: 0.2, lastsMs: HOUR });
    const other = planOf(a.url).replace('path: /look', 'path: /see');
    expect((await succession.offer(servable(other), { isForced: true })).kind).toBe('loaded');
    expect((await fetch(`${url}/look`)).status).toBe(404);
  });

  test('is no longer tried once it is given up, and the next one is taken', async () => {
    const [a, b] = [await startPart('a'), await startPart('b')];
    const { succession, url } = await start(planOf(a.url), { share: 0.5, lastsMs: HOUR });
    const outcome = await succession.offer(servable(planOf(b.url)), {
      isForced: false,
      onTrial: () => succession.giveUpTrial('Another plan was forced.'),
    });
    expect(outcome).toEqual({ kind: 'put-off', words: 'Another plan was forced.', hasMoved: false });
    for (let i = 0; i < 20; i++) expect(await (await fetch(`${url}/look`)).text()).toBe('a');
    expect((await succession.offer(servable(planOf(b.url)), { isForced: true })).kind).toBe('loaded');
    expect(await (await fetch(`${url}/look`)).text()).toBe('b');
  });

  test('ends no request that began by one before it, however many plans have come since', async () => {
    const [a, b] = [await startPart('a'), await startPart('b')];
    let answer = (): void => {};
    a.server.removeAllListeners('request').on('request', (_request, response) => {
      answer = () => response.end('late');
    });
    const { succession, url } = await start(planOf(a.url));
    const first = succession.inForce;
    const late = fetch(`${url}/look`).then((one) => one.text());
    await expect.poll(() => first.gate?.underWay).toBe(1);
    for (let i = 0; i < 10; i++) await succession.offer(servable(planOf(b.url)), { isForced: true });
    expect(first.isEnding).toBe(false);
    answer();
    expect(await late).toBe('late');
    await expect.poll(() => first.isEnding).toBe(true);
  });

  test('is not taken while another one is tried', async () => {
    const [a, b] = [await startPart('a'), await startPart('b')];
    const { succession } = await start(planOf(a.url));
    const first = succession.offer(servable(planOf(b.url)), unforced);
    expect((await succession.offer(servable(planOf(b.url)), unforced)).kind).toBe('put-off');
    expect((await first).kind).toBe('loaded');
  });

  test('does not move a writer by leaving out where it is', async () => {
    const [a, b] = [await startPart('a'), await startPart('b')];
    const two = (names: string): string => `
journeys: {look: {tier: core, match: [{path: /look, to: book}], modes: {full: {needs: [book]}}}}
services:
  book: {outages: none, any: [${names}], state: {writer: single, lag: 1s}, failover: {detect: 1h}}
  a: {outages: none, url: "${a.url}"}
  b: {outages: none, url: "${b.url}"}
  c: {outages: none, url: "${b.url}/c"}
`;
    const { succession } = await start(two('a, b'));
    const outcome = await succession.offer(servable(two('c, b')), unforced);
    expect(outcome.kind).toBe('held-back');
    expect(outcome.words).toContain('book is on a, which the plan no longer has');
  });

  test('knows keys of requests, also where journeys stand in another order', async () => {
    const a = await startPart('a');
    let done = 0;
    a.answer = () => ({ status: 200, body: String(++done) });
    const journeys = ['look', 'pay'].map(
      (name) => `${name}: {tier: core, match: [{path: /${name}, to: part}], modes: {full: {needs: [part]}}}`,
    );
    const both = (order: readonly string[]): string =>
      `journeys: {${order.join(', ')}}\nservices: {part: {outages: none, url: "${a.url}"}}\n`;
    const { succession, url } = await start(both(journeys));
    const pay = async (): Promise<string> => {
      const headers = { 'idempotency-key': 'k' };
      return (await fetch(`${url}/pay`, { method: 'POST', body: '{}', headers })).text();
    };
    expect(await pay()).toBe('1');
    expect((await succession.offer(servable(both([...journeys].reverse())), unforced)).kind).toBe('loaded');
    expect([await pay(), done]).toEqual(['1', 1]);
  });

  test('lets go of those before it', async () => {
    const a = await startPart('a');
    const { succession } = await start(planOf(a.url), { share: 0, lastsMs: 0 });
    const before: WeakRef<object>[] = [];
    for (let i = 0; i < 5; i++) {
      before.push(new WeakRef(succession.inForce));
      await succession.offer(servable(planOf(a.url)), unforced);
    }
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void; // there by that flag
    const left = (): number => {
      collect();
      return before.filter((one) => one.deref() !== undefined).length;
    };
    await expect.poll(left).toBe(0);
  });

  test('counts requests on from where they were', async () => {
    const a = await startPart('a');
    const { succession, url } = await start(planOf(a.url));
    for (let i = 0; i < 5; i++) await fetch(`${url}/look`);
    expect((await succession.offer(servable(planOf(a.url)), unforced)).kind).toBe('loaded');
    await fetch(`${url}/look`);
    expect(succession.status().journeys[0]?.requests.served).toBe(6);
    expect(succession.lasting.registry.text().text).toContain(
      'keelson_requests_total{journey="look",mode="full",outcome="answered"} 6',
    );
  });
});
