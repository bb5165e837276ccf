import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { FaultServer, type FaultProxy } from '../../src/faults/index.ts';
import { systemTime } from '../../src/time.ts';
import { openRaw, sendRaw } from '../parts/raw-client.ts';
import { VirtualTime } from '../parts/virtual-time.ts';

/** Faults of HTTP do on the wire what docs/faults.md says. A machine that is busy makes things late, never early. */
interface Heard {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let server: Server;
let upstream: string;
let heard: Heard[] = [];
/** What the upstream answers to its n-th request. */
let body: (n: number) => string;
let faults: FaultServer;
let proxy: FaultProxy;

beforeAll(async () => {
  server = createServer((incoming, response) => {
    let text = '';
    incoming.on('data', (piece) => {
      text += piece;
    });
    incoming.on('end', () => {
      const { method = '', url: target = '', headers } = incoming;
      heard.push({ method, target, headers, body: text });
      response.setHeader('X-Served', 'yes');
      response.setHeader('Content-Type', 'text/plain');
      response.end(body(heard.length));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens at a port has an address of this kind.
  upstream = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  faults = new FaultServer();
  proxy = await faults.create({ name: 'p', upstream, protocol: 'http' });
});
afterEach(async () => {
  heard = [];
  body = () => 'hello';
  await proxy.reset();
});
afterAll(async () => {
  await faults.close();
  server.close();
  server.closeAllConnections();
});
body = () => 'hello';

const ask = (path = '/', init?: RequestInit, of = proxy): Promise<Response> =>
  fetch(`http://${of.listen}${path}`, init);
const statusOf = async (...given: Parameters<typeof ask>): Promise<number> => {
  const answer = await ask(...given);
  await answer.text();
  return answer.status;
};
const textOf = async (...given: Parameters<typeof ask>): Promise<string> => (await ask(...given)).text();
const portOf = ({ listen }: FaultProxy): number => Number(listen.split(':').at(-1));
const changed = (): number | undefined => Object.values(proxy.counts().changed)[0];

/** A proxy of its own, where the numbers of requests or the time matter. */
async function withOwn(
  options: ConstructorParameters<typeof FaultServer>[0],
  use: (own: FaultProxy) => Promise<void>,
): Promise<void> {
  const one = new FaultServer(options);
  try {
    await use(await one.create({ name: 'p', upstream, protocol: 'http' }));
  } finally {
    await one.close();
  }
}

describe('http_status', () => {
  test('answers with status, body and headers, and the upstream hears nothing of it', async () => {
    await proxy.setToxic({
      type: 'http_status',
      attributes: { status: 521, body: '<h1>Down</h1>', headers: { 'Retry-After': '120', Server: 'edge' } },
    });
    const answer = await ask('/a', { method: 'POST', body: 'x'.repeat(200_000) });
    expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('server')]).toEqual([
      521,
      '120',
      'edge',
    ]);
    expect(await answer.text()).toBe('<h1>Down</h1>');
    expect(heard).toEqual([]);
    expect(await (await ask('/', { method: 'HEAD' })).text()).toBe('');
    expect(changed()).toBe(2);
  });

  test('strikes its share of requests, the same ones for the same seed', async () => {
    const struck = async (seed: number): Promise<string> => {
      let text = '';
      await withOwn({ seed }, async (own) => {
        await own.setToxic({ type: 'http_status', toxicity: 0.3, attributes: { status: 500 } });
        for (let i = 0; i < 300; i++) text += (await statusOf('/', {}, own)) === 500 ? 'x' : '.';
        expect(own.counts()).toMatchObject({
          requests: 300,
          changed: { http_status_downstream: text.split('x').length - 1 },
        });
      });
      return text;
    };
    const first = await struck(7);
    expect(await struck(7)).toBe(first);
    expect(await struck(8)).not.toBe(first);
    // Three standard deviations are 0.08.
    const share = first.split('x').length / 300;
    expect(share).toBeGreaterThan(0.22);
    expect(share).toBeLessThan(0.38);
  });

  test('forward: it was done, and the client is told that it failed', async () => {
    await proxy.setToxic({ type: 'http_status', attributes: { status: 504, forward: true } });
    expect(await statusOf('/pay', { method: 'POST', body: '1 BTC' })).toBe(504);
    expect(heard).toMatchObject([{ target: '/pay', body: '1 BTC' }]);
  });

  test('refuses statuses and headers that cannot be', async () => {
    const wrong = proxy.setToxic({
      type: 'http_status',
      attributes: { status: 503, headers: { 'X-A': 'a\r\nb: c', 'Content-Length': '3' } },
    });
    await expect(wrong).rejects.toThrow(/headers may have, found "X-A.*Expected no Content-Length/);
    await expect(proxy.setToxic({ type: 'http_status', attributes: { status: 99 } })).rejects.toThrow('200');
  });
});

describe('a match', () => {
  test('takes path, methods and header together', async () => {
    await proxy.setToxic({
      type: 'http_status',
      attributes: { status: 503 },
      match: { path: '/v1/*/orders/**', methods: ['post'], header: { name: 'X-Tier', value: 'free' } },
    });
    const post = { method: 'POST', headers: { 'x-tier': 'free' } };
    for (const [path, init, status] of [
      ['/v1/eu/orders', post, 503],
      ['/v1/eu/orders/7/legs?x=/', post, 503],
      ['/v1/orders/7', post, 200],
      ['/v1/eu/fr/orders', post, 200],
      ['/v1/eu/orders', { ...post, method: 'PUT' }, 200],
      ['/v1/eu/orders', { ...post, headers: { 'x-tier': 'paid' } }, 200],
      ['/v1/eu/orders', { method: 'POST' }, 200],
    ] as const)
      expect([path, await statusOf(path, init)]).toEqual([path, status]);
  });

  test('a control plane is gone while the data plane is up', async () => {
    await proxy.setToxic({
      type: 'http_status',
      name: 'control',
      attributes: { status: 503 },
      match: { path: '/client/v4/**' },
    });
    expect(await statusOf('/client/v4/zones/1/dns_records', { method: 'POST' })).toBe(503);
    expect(await statusOf('/')).toBe(200);
  });
});

describe('a schedule', () => {
  test('the first three fail, then all is well; only those that match are counted', async () => {
    await proxy.setToxic({
      type: 'http_status',
      attributes: { status: 500 },
      match: { path: '/a' },
      schedule: { first: 3 },
    });
    const seen: number[] = [];
    for (const path of ['/a', '/b', '/a', '/a', '/a', '/a']) seen.push(await statusOf(path));
    expect(seen).toEqual([500, 200, 500, 500, 200, 200]);
  });

  test('flaps, and is over by itself, on connections that stay open', async () => {
    const time = new VirtualTime();
    await withOwn({ time }, async (own) => {
      await own.setToxic({
        type: 'http_status',
        attributes: { status: 500 },
        schedule: { every: 600_000, on: 300_000, for: 1_200_000 },
      });
      const seen: number[] = [];
      for (let minute = 0; minute < 25; minute += 5) {
        seen.push(await statusOf('/', {}, own));
        time.goTo(time.now() + 300_000);
      }
      expect(seen).toEqual([500, 200, 500, 200, 200]);
      expect(own.counts().accepted).toBeLessThan(4);
    });
  });
});

describe('http_body', () => {
  test.each([
    [{ action: 'replace', body: '{"price":"0"}', type: 'application/json' }, '{"price":"0"}'],
    [{ action: 'empty' }, ''],
    [{ action: 'truncate', bytes: 3 }, 'hel'],
    [{ action: 'truncate', bytes: 300 }, 'hello'],
    [{ action: 'double' }, 'hellohello'],
  ])('%j', async (attributes, text) => {
    await proxy.setToxic({ type: 'http_body', attributes });
    const answer = await ask();
    expect([answer.status, answer.headers.get('x-served'), await answer.text()]).toEqual([200, 'yes', text]);
    expect(answer.headers.get('content-type')).toBe('type' in attributes ? attributes.type : 'text/plain');
    const head = await ask('/', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(proxy.counts().accepted).toBeLessThanOrEqual(proxy.counts().requests);
    expect(changed()).toBe(1);
  });

  test('break: so many bytes, and the connection is closed where more were promised', async () => {
    body = () => 'x'.repeat(500_000);
    await proxy.setToxic({ type: 'http_body', attributes: { action: 'break', bytes: 100_000 } });
    const { text, isClosed } = await sendRaw(portOf(proxy), 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const [head = '', sent = ''] = text.split('\r\n\r\n');
    expect(head).toContain('Content-Length: 500000');
    expect([sent.length, isClosed]).toEqual([100_000, true]);
    await expect(textOf()).rejects.toThrow();
  });

  test('what breaks off behind a fault that reads no further harms nobody', async () => {
    await proxy.setToxic({ type: 'http_body', name: 'a', attributes: { action: 'truncate', bytes: 2 } });
    await proxy.setToxic({ type: 'http_body', name: 'b', attributes: { action: 'break', bytes: 3 } });
    expect(await textOf()).toBe('he');
    expect(await textOf()).toBe('he');
  });

  test('a large answer is cut short without being read to its end', async () => {
    body = () => 'x'.repeat(20_000_000);
    await proxy.setToxic({ type: 'http_body', attributes: { action: 'truncate', bytes: 1000 } });
    expect((await textOf()).length).toBe(1000);
    body = () => 'hello';
    expect((await textOf()).length).toBe(5);
  });

  test.each([
    [{ action: 'replace', body: 'other' }, 'other'],
    [{ action: 'truncate', bytes: 2 }, 'wo'],
    [{ action: 'empty' }, ''],
    [{ action: 'double' }, 'wordswords'],
  ])('of requests: %j', async (attributes, text) => {
    await proxy.setToxic({ type: 'http_body', stream: 'upstream', attributes });
    for (const sent of ['words', new Blob(['words']).stream()])
      expect(
        await textOf('/', {
          method: 'POST',
          body: sent,
          ...(typeof sent === 'string' ? {} : { duplex: 'half' }),
        } as RequestInit),
      ).toBe('hello');
    expect(heard.map((one) => one.body)).toEqual([text, text]);
    await textOf('/');
    expect(changed()).toBe(2);
  });

  test('of requests: break reaches the upstream as a broken request, and the client as a closed connection', async () => {
    await proxy.setToxic({
      type: 'http_body',
      stream: 'upstream',
      attributes: { action: 'break', bytes: 2 },
    });
    await expect(textOf('/', { method: 'POST', body: 'words' })).rejects.toThrow();
    expect(heard).toEqual([]);
  });
});

describe('http_header', () => {
  test('of answers', async () => {
    await proxy.setToxic({
      type: 'http_header',
      attributes: { set: { 'x-served': 'no', 'Cache-Control': 'max-age=9' }, remove: ['CONTENT-type'] },
    });
    const { headers } = await ask();
    expect(['x-served', 'cache-control', 'content-type'].map((name) => headers.get(name))).toEqual([
      'no',
      'max-age=9',
      null,
    ]);
  });

  test('of requests', async () => {
    await proxy.setToxic({
      type: 'http_header',
      stream: 'upstream',
      attributes: { set: { 'X-From': 'fault' }, remove: ['authorization'] },
    });
    await textOf('/', { headers: { authorization: 'Bearer x' } });
    expect(heard[0]?.headers).toMatchObject({ 'x-from': 'fault' });
    expect(heard[0]?.headers).not.toHaveProperty('authorization');
  });
});

describe('http_latency', () => {
  test.each(['upstream', 'downstream'])('%s, answers come so much later', async (stream) => {
    await proxy.setToxic({ type: 'http_latency', stream, attributes: { latency: 80 } });
    const began = performance.now();
    await textOf();
    expect(performance.now() - began).toBeGreaterThan(78);
  });

  test('jitter is drawn for each request, the same for the same seed', async () => {
    const waits = async (seed: number): Promise<number[]> => {
      const found: number[] = [];
      const real = systemTime();
      // What is waited for is written down, and comes at once.
      const after = (ms: number, call: () => void): (() => void) => {
        found.push(ms);
        return real.after(0, call);
      };
      await withOwn({ seed, time: { now: () => real.now(), after } }, async (own) => {
        await own.setToxic({ type: 'http_latency', attributes: { latency: 60, jitter: 40 } });
        for (let i = 0; i < 40; i++) await textOf('/', {}, own);
      });
      return found.filter((ms) => ms < 500);
    };
    const first = await waits(7);
    expect(await waits(7)).toEqual(first);
    expect(await waits(8)).not.toEqual(first);
    expect(first).toHaveLength(40);
    const [least, most] = [Math.min(...first), Math.max(...first)];
    expect([least >= 20, least < 35, most > 85, most <= 100]).toEqual([true, true, true, true]);
  });

  test('taken away, what waits goes on at once; who leaves meanwhile asks nobody', async () => {
    await withOwn({}, async (own) => {
      await own.setToxic({ type: 'http_latency', stream: 'upstream', attributes: { latency: 600_000 } });
      const waiting = textOf('/stays', {}, own);
      const left = await openRaw(portOf(own));
      left.write('GET /leaves HTTP/1.1\r\nHost: a\r\n\r\n');
      await expect.poll(() => own.counts().changed.http_latency_upstream).toBe(2);
      left.destroy();
      await expect.poll(() => own.counts().open).toBe(1);
      await own.removeToxic('http_latency_upstream');
      expect(await waiting).toBe('hello');
      expect(heard.map(({ target }) => target)).toEqual(['/stays']);
    });
  });
});

describe('http_hang', () => {
  test('is not answered, and closed when it is taken away; forward: the upstream has done it', async () => {
    await proxy.setToxic({ type: 'http_hang', attributes: { forward: true } });
    let isOver = false;
    const hung = textOf('/pay', { method: 'POST', body: '1' }).finally(() => {
      isOver = true;
    });
    await expect.poll(() => heard.length).toBe(1);
    expect(isOver).toBe(false);
    await Promise.all([expect(hung).rejects.toThrow(), proxy.removeToxic('http_hang_downstream')]);
    expect(await textOf()).toBe('hello');
  });

  test('is closed after its timeout', async () => {
    await proxy.setToxic({ type: 'http_hang', attributes: { timeout: 80 } });
    const began = performance.now();
    await expect(textOf()).rejects.toThrow();
    expect(performance.now() - began).toBeGreaterThan(78);
    expect(heard).toEqual([]);
  });
});

describe('http_stale', () => {
  test('a price that does not move, for each path and whoever asks, with a date of now', async () => {
    body = (n) => `price ${n}`;
    await proxy.setToxic({ type: 'http_stale', match: { path: '/price/**' } });
    expect(await textOf('/price/btc')).toBe('price 1');
    expect(await textOf('/price/eth')).toBe('price 2');
    const again = await ask('/price/btc', { headers: { 'if-none-match': '*' } });
    expect([again.status, again.headers.get('x-served'), await again.text()]).toEqual([
      200,
      'yes',
      'price 1',
    ]);
    expect(Math.abs(Date.parse(again.headers.get('date') ?? '') - Date.now())).toBeLessThan(3000);
    expect(await textOf('/price/btc', { headers: { authorization: 'b' } })).toBe('price 3');
    expect(await textOf('/price/btc', { method: 'POST', body: 'x' })).toBe('price 4');
    expect(await textOf('/time')).toBe('price 5');
    expect(await textOf('/price/eth')).toBe('price 2');
    expect(changed()).toBe(2);
    await proxy.removeToxic('http_stale_downstream');
    expect(await textOf('/price/btc')).toBe('price 6');
  });

  test('other methods by their bodies; long answers go through', async () => {
    body = (n) => (n < 3 ? `price ${n}` : `${n} `.repeat(1_000_000));
    await proxy.setToxic({ type: 'http_stale', attributes: { methods: ['POST', 'GET'], fresh_date: false } });
    for (const [sent, price] of [
      ['btc', 'price 1'],
      ['eth', 'price 2'],
      ['btc', 'price 1'],
    ])
      expect(await textOf('/', { method: 'POST', body: sent ?? '' })).toBe(price);
    expect((await textOf('/long')).slice(0, 2)).toBe('3 ');
    expect((await textOf('/long')).length).toBe(2_000_000);
  });
});

describe('http_clamp', () => {
  test('so many at once, the others are refused, and told when to come again', async () => {
    await proxy.setToxic({
      type: 'http_clamp',
      attributes: { concurrent: 3, status: 429, retry_after: 7 },
    });
    await proxy.setToxic({ type: 'http_hang', name: 'busy', match: { path: '/slow' } });
    const slow = Array.from({ length: 3 }, () => textOf('/slow'));
    await expect.poll(() => proxy.counts().changed.busy).toBe(3);
    const refused = await ask('/slow');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7']);
    const over = Promise.allSettled(slow);
    await proxy.removeToxic('busy');
    expect((await over).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await statusOf()).toBe(200);
    expect(changed()).toBe(1);
  });

  test('held ones come in their order, as others leave', async () => {
    await proxy.setToxic({ type: 'http_clamp', attributes: { concurrent: 1, excess: 'hold' } });
    const answered: string[] = [];
    const all: Promise<unknown>[] = [];
    for (let i = 0; i < 8; i++) {
      all.push(textOf(`/${i}`).then(() => answered.push(`/${i}`)));
      await expect.poll(() => proxy.counts().requests).toBeGreaterThanOrEqual(i);
    }
    await Promise.all(all);
    expect(heard).toHaveLength(8);
    expect(answered).toHaveLength(8);
    expect(await statusOf()).toBe(200);
  });

  test('so many in any second, refused or held', async () => {
    const time = new VirtualTime();
    await withOwn({ time }, async (own) => {
      await own.setToxic({ type: 'http_clamp', attributes: { per_second: 2 }, match: { path: '/r' } });
      const seen: number[] = [];
      for (const ms of [0, 400, 400, 199, 1, 399, 1]) {
        time.goTo(time.now() + ms);
        seen.push(await statusOf('/r', {}, own));
      }
      expect(seen).toEqual([200, 200, 503, 503, 200, 503, 200]);
      const attributes = { per_second: 2, excess: 'hold' };
      await own.setToxic({ type: 'http_clamp', name: 'hold', attributes, match: { path: '/h' } });
      let done = 0;
      const all = Array.from({ length: 6 }, () => statusOf('/h', {}, own).finally(() => done++));
      for (const many of [2, 4, 6]) {
        await expect.poll(() => done).toBe(many);
        await new Promise((resolve) => setTimeout(resolve, 20));
        expect(done).toBe(many);
        time.goTo(time.now() + 1000);
      }
      expect(await Promise.all(all)).toEqual(Array(6).fill(200));
    });
  });

  test('needs one of them', async () => {
    await expect(proxy.setToxic({ type: 'http_clamp' })).rejects.toThrow('found neither');
  });
});

test('faults stand in each other in the order they were set', async () => {
  await proxy.setToxic({ type: 'http_header', attributes: { set: { 'x-seen': 'outer' } } });
  await proxy.setToxic({ type: 'http_status', attributes: { status: 503 }, match: { path: '/x' } });
  await proxy.setToxic({ type: 'http_body', attributes: { action: 'empty' }, match: { path: '/x' } });
  const answer = await ask('/x');
  expect([answer.status, answer.headers.get('x-seen')]).toEqual([503, 'outer']);
  expect(proxy.counts().changed).toEqual({
    http_header_downstream: 1,
    http_status_downstream: 1,
    http_body_downstream: 0,
  });
});
