import { expect, test } from 'vitest';
import { VirtualTime } from '../../test/parts/virtual-time.ts';
import type { Posted } from '../pool/index.ts';
import { FetchLink } from './fetch-link.ts';

type Fetch = typeof globalThis.fetch;

async function post(fetch: Fetch, mostBytes = 100): Promise<Posted> {
  const place = { url: 'https://a.example/', websocket: undefined, headers: { authorization: 'Bearer x' } };
  const link = new FetchLink(place, fetch, undefined, new VirtualTime());
  return new Promise((resolve) => {
    link.post('{}', { timeoutMs: Number.POSITIVE_INFINITY, mostBytes }, resolve);
  });
}

const answering =
  (body: string | Uint8Array<ArrayBuffer> | null, init: ResponseInit = {}): Fetch =>
  async () =>
    new Response(body, init);

test('asks without cookies, redirects and referrer', async () => {
  let asked: RequestInit | undefined;
  await post(async (_, init) => {
    asked = init;
    return new Response('{}');
  });
  expect(asked).toMatchObject({
    method: 'POST',
    body: '{}',
    credentials: 'omit',
    redirect: 'error',
    referrerPolicy: 'no-referrer',
    headers: { authorization: 'Bearer x', 'content-type': 'application/json' },
  });
});

test.each([
  ['an answer', answering('{}'), { kind: 'came', status: 200, text: '{}' }],
  [
    'one that is not good, and when to come again',
    answering('no', { status: 429, headers: { 'retry-after': '7' } }),
    { kind: 'came', status: 429, text: 'no', retryAfter: '7' },
  ],
  ['nothing', answering(null, { status: 204 }), { kind: 'came', status: 204, text: '' }],
  [
    'an answer of a fetch without streams',
    async () => ({ status: 200, headers: new Headers(), text: async () => '{}' }),
    { kind: 'came', status: 200, text: '{}' },
  ],
  ['more than the limit', answering('x'.repeat(101)), { kind: 'failed', why: 'too-large' }],
  ['no UTF-8', answering(Uint8Array.of(0x7b, 0xff)), { kind: 'failed', why: 'broken' }],
  ['half a character', answering(Uint8Array.of(0x7b, 0xc3)), { kind: 'failed', why: 'broken' }],
  [
    'no connection',
    () => Promise.reject(new TypeError('fetch failed')),
    { kind: 'failed', why: 'unreachable' },
  ],
  [
    'a fetch that throws at once',
    () => {
      throw new TypeError('no');
    },
    { kind: 'failed', why: 'unreachable' },
  ],
])('tells of %s', async (_, fetch, posted) => {
  expect(await post(fetch as Fetch)).toEqual(posted);
});

test('an answer without an end is cut off at the limit, and its connection ended', async () => {
  let signal: AbortSignal | null | undefined;
  let sent = 0;
  const endless: Fetch = async (_, init) => {
    signal = init?.signal;
    return new Response(
      new ReadableStream({
        pull(controller) {
          sent += 10;
          controller.enqueue(new Uint8Array(10).fill(0x20));
        },
      }),
    );
  };
  expect(await post(endless)).toEqual({ kind: 'failed', why: 'too-large' });
  expect(sent).toBeLessThan(200);
  expect(signal?.aborted).toBe(true);
});

test('says once that nothing came in time, and nothing once it was called off', async () => {
  const time = new VirtualTime();
  const signals: AbortSignal[] = [];
  const hung: Fetch = (_, init) => {
    if (init?.signal) signals.push(init.signal);
    return new Promise(() => undefined);
  };
  const link = new FetchLink(
    { url: 'https://a.example/', websocket: undefined, headers: {} },
    hung,
    undefined,
    time,
  );
  const told: Posted[] = [];
  link.post('{}', { timeoutMs: 500, mostBytes: 10 }, (posted) => told.push(posted));
  const callOff = link.post('{}', { timeoutMs: 900, mostBytes: 10 }, (posted) => told.push(posted));
  link.post('{}', { timeoutMs: 900, mostBytes: 10 }, (posted) => told.push(posted));
  time.goTo(time.now() + 600);
  expect(told).toEqual([{ kind: 'failed', why: 'silent' }]);
  callOff();
  time.goTo(time.now() + 10_000);
  expect(told.length).toBe(2);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
});

test('what is under way comes to nothing once it is closed, and nothing is asked any more', async () => {
  const time = new VirtualTime();
  let asked = 0;
  const hung: Fetch = () => {
    asked++;
    return new Promise(() => undefined);
  };
  const place = { url: 'https://a.example/', websocket: undefined, headers: {} };
  const link = new FetchLink(place, hung, undefined, time);
  const told: Posted[] = [];
  const limits = { timeoutMs: Number.POSITIVE_INFINITY, mostBytes: 10 };
  link.post('{}', limits, (posted) => told.push(posted));
  link.close();
  link.post('{}', limits, (posted) => told.push(posted));
  time.goTo(time.now() + 1);
  expect(told).toEqual([
    { kind: 'failed', why: 'unreachable' },
    { kind: 'failed', why: 'unreachable' },
  ]);
  expect([asked, time.waiting]).toEqual([1, 0]);
});
