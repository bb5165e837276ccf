import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startHaproxy } from '../parts/haproxy.ts';
import { startNginx } from '../parts/nginx.ts';
import { freePort, has } from '../parts/part.ts';
import { startSite, type Site } from '../parts/site.ts';

const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

async function site(name = 'london'): Promise<Site> {
  const one = await startSite({ name });
  started.push(() => one.close());
  return one;
}

async function post(url: string, key: string): Promise<Response> {
  return fetch(`${url}/orders`, {
    method: 'POST',
    headers: { 'Idempotency-Key': key },
    body: '{"side":"buy"}',
  });
}

describe('a site', () => {
  test('counts what it has done by key', async () => {
    const london = await site();
    expect(await (await post(london.url, 'a')).json()).toMatchObject({ site: 'london', key: 'a', times: 1 });
    await (await post(london.url, 'b')).text();
    expect(london.doubled()).toEqual([]);
    await (await post(london.url, 'a')).text();
    expect(london.doubled()).toEqual(['a']);
    expect(london.arrived()).toBe(3);
  });

  test('refuses, and listens at the same place again', async () => {
    const london = await site();
    await london.behave({ kind: 'refuse' });
    await expect(post(london.url, 'a')).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    await london.behave({ kind: 'normal' });
    expect((await post(london.url, 'a')).status).toBe(200);
    expect(london.executed.get('a')).toBe(1);
  });

  test('hangs without doing the work', async () => {
    const london = await site();
    await london.behave({ kind: 'hang' });
    await expect(fetch(london.url, { signal: AbortSignal.timeout(100) })).rejects.toThrow();
    await expect(fetch(`${london.url}/health`, { signal: AbortSignal.timeout(100) })).rejects.toThrow();
    expect(london.arrived()).toBe(1);
    expect(london.executed.size).toBe(0);
  });

  test('answers nine of ten with an error, and does only the tenth', async () => {
    const london = await site();
    await london.behave({ kind: 'errors', share: 0.9, status: 503 });
    const statuses: number[] = [];
    for (let i = 0; i < 20; i++) {
      const answer = await post(london.url, `key-${i}`);
      await answer.text();
      statuses.push(answer.status);
    }
    expect(statuses.filter((status) => status === 503)).toHaveLength(18);
    expect(london.executed.size).toBe(2);
  });

  test.each(['reset', 'truncate'] as const)(
    'breaks off an answer by %s once the work is done',
    async (kind) => {
      const london = await site();
      await london.behave({ kind });
      const answer = await post(london.url, 'a');
      expect(answer.status).toBe(200);
      await expect(answer.text()).rejects.toThrow();
      expect(london.executed.get('a')).toBe(1);
    },
  );

  test('answers late when slow', async () => {
    const london = await site();
    await london.behave({ kind: 'slow', delayMs: 50 });
    const begin = performance.now();
    await (await post(london.url, 'a')).text();
    expect(performance.now() - begin).toBeGreaterThan(45);
  });

  test('is up and not ready, or ready with nothing to say', async () => {
    const london = await site();
    london.turnHealth('not-ready');
    expect((await fetch(`${london.url}/health`)).status).toBe(503);
    expect((await post(london.url, 'a')).status).toBe(200);
    london.turnHealth('empty');
    const answer = await fetch(`${london.url}/health`);
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  });

  test('streams a counter and sends back what it hears', async () => {
    const london = await site();
    const socket = new WebSocket(`${london.url.replace('http', 'ws')}/stream`);
    const heard: string[] = [];
    await new Promise<void>((resolve) => {
      socket.on('open', () => socket.send('hello'));
      socket.on('message', (data) => {
        heard.push(String(data));
        if (heard.length === 4) resolve();
      });
    });
    socket.close();
    expect(heard.filter((text) => text === 'hello')).toHaveLength(1);
    expect(heard.filter((text) => text !== 'hello').map((text) => JSON.parse(text).count)).toEqual([0, 1, 2]);
  });
});

describe.skipIf(!has('nginx'))('nginx', () => {
  test('answers by path', async () => {
    const part = await startNginx({
      locations: [
        { kind: 'answer', path: '/', body: '{"ok":true}', headers: { 'X-Site': 'origin "a"' } },
        { kind: 'answer', path: '/health', status: 503 },
      ],
    });
    started.push(() => part.stop());
    const answer = await fetch(`${part.url}/anything`);
    expect(await answer.json()).toEqual({ ok: true });
    expect(answer.headers.get('x-site')).toBe('origin "a"');
    expect((await fetch(`${part.url}/health`)).status).toBe(503);
  });

  test('is an edge at an address of its own, and hangs as a process does', async () => {
    const london = await site();
    const port = await freePort('127.0.0.2');
    const edges = [];
    for (const host of ['127.0.0.2', '127.0.0.3']) {
      const headers = { 'X-Edge': host };
      const edge = await startNginx({
        host,
        port,
        locations: [{ kind: 'proxy', path: '/', to: london.url, headers }],
      });
      started.push(() => edge.kill());
      edges.push(edge);
    }
    for (const edge of edges) {
      const answer = await fetch(edge.url);
      expect(answer.headers.get('x-edge')).toBe(edge.host);
      expect(await answer.json()).toMatchObject({ site: 'london' });
    }
    edges[0]?.hang();
    await expect(fetch(`http://127.0.0.2:${port}/`, { signal: AbortSignal.timeout(200) })).rejects.toThrow();
    edges[0]?.resume();
    expect((await fetch(`http://127.0.0.2:${port}/`)).status).toBe(200);
  });
});

describe.skipIf(!has('haproxy'))('HAProxy', () => {
  test('is an edge at an address of its own', async () => {
    const london = await site();
    const part = await startHaproxy({
      host: '127.0.0.4',
      to: [`${london.host}:${london.port}`],
      headers: { 'X-Edge': '100% haproxy' },
    });
    started.push(() => part.stop());
    const answer = await fetch(part.url);
    expect(answer.headers.get('x-edge')).toBe('100% haproxy');
    expect(await answer.json()).toMatchObject({ site: 'london' });
  });
});
