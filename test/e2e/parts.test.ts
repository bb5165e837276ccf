import { afterEach, describe, expect, test } from 'vitest';
import { startHaproxy } from '../parts/haproxy.ts';
import { startNginx } from '../parts/nginx.ts';
import { freePort, has } from '../parts/part.ts';
import { startSite, type Site } from '../parts/site.ts';

const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

async function site(): Promise<Site> {
  const one = await startSite('london');
  started.push(() => one.close());
  return one;
}

test('a site refuses, listens at the same place again, says who it is, and counts what arrives, health apart', async () => {
  const london = await site();
  const post = (): Promise<Response> => fetch(`${london.url}/orders`, { method: 'POST', body: '{}' });
  await london.refuse();
  await expect(post()).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  await london.accept();
  const answer = await post();
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ site: 'london' });
  expect((await fetch(`${london.url}/health`)).status).toBe(200);
  expect(london.arrived()).toBe(1);
});

describe.skipIf(!has('nginx'))('nginx', () => {
  test('is an edge at an address of its own, and hangs as a process does', async () => {
    const london = await site();
    const port = await freePort('127.0.0.2');
    const edges = [];
    for (const host of ['127.0.0.2', '127.0.0.3']) {
      const edge = await startNginx({ host, port, to: london.url, headers: { 'X-Edge': `edge "${host}"` } });
      started.push(() => edge.kill());
      edges.push(edge);
    }
    for (const edge of edges) {
      const answer = await fetch(edge.url);
      expect(answer.headers.get('x-edge')).toBe(`edge "${edge.host}"`);
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
