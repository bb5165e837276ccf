import { describe, expect, test } from 'vitest';
import { planOf } from '../../test/oracle/time/compare.ts';
import { liveSignals } from '../control/index.ts';
import { routeFor, routesOf, rulesFor, rulesOf } from './routes.ts';
import { Targets } from './targets.ts';

const { model } = planOf(`keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys:
  trade:
    tier: core
    match:
      - {path: /api/orders/**, methods: [GET, POST, DELETE], to: book, honours: idempotency-key, timeout: 2s}
      - {path: /stream, to: book, websocket: allowed}
    modes:
      full: {needs: book}
      post-only: {worth: 40%, needs: book, allow: [{methods: [POST], field: {name: postOnly, is: "true"}}, {methods: [DELETE], path: /api/orders/*, to: spare}]}
      shown: {worth: 10%, needs: spare, snapshot: {maxAge: 1m}}
      page: {worth: 1%, needs: spare, static: page.html}
  admin:
    match: [{path: /**, host: admin.example, to: spare}]
    modes: {full: {needs: spare}}
  rest:
    match: [{path: /api/**, to: spare}]
    modes: {full: {needs: spare}}
services:
  book: {outages: none, url: "http://127.0.0.1:1"}
  spare: {outages: none, url: "http://127.0.0.1:2"}
catalog: none
`);
const targets = new Targets(model, liveSignals(model));
const routes = routesOf(model, targets);
const journeys = rulesOf(model, targets);

describe('the route of a request', () => {
  test.each<[string, string, string, number | undefined]>([
    ['GET', '/api/orders', 'h', 0],
    ['HEAD', '/api/orders/1', 'h', 0],
    ['POST', '/api/orders', 'h', 0],
    // Not a method of trade: it is the rest's.
    ['PUT', '/api/orders', 'h', 2],
    ['GET', '/api/ordersx', 'h', 2],
    ['GET', '/stream', 'h', 0],
    ['GET', '/stream', 'admin.example', 0],
    ['GET', '/users', 'admin.example', 1],
    ['GET', '/users', 'h', undefined],
    ['GET', '/users', 'ADMIN.example', undefined],
    ['get', '/api/orders', 'h', 2],
  ])('is the first that it fits: %s %s at %s', (method, path, host, journey) => {
    expect(routeFor(routes, method, path, host)?.journey).toBe(journey);
  });

  test('has what the plan says of it, and defaults', () => {
    expect(routes[0]).toMatchObject({ honoursKeys: true, timeoutMs: 2000, mayUpgrade: false });
    expect(routes[1]).toMatchObject({
      honoursKeys: false,
      timeoutMs: 30_000,
      mayUpgrade: true,
      methods: undefined,
    });
    expect(routes.map(({ way }) => way?.kind)).toEqual(['target', 'target', 'target', 'target']);
  });
});

describe('the rules of a mode', () => {
  const allowIn = (mode: number) => {
    const rule = journeys[0]?.modes[mode]?.rule;
    return rule === undefined || rule.kind === 'static' ? undefined : rule.allow;
  };

  test('let all through where it says nothing', () => {
    expect(rulesFor(allowIn(0), 'PUT', '/x')).toBeUndefined();
  });

  test('let through what one of them fits, and nothing else', () => {
    const words = (method: string, path: string): string[] =>
      (rulesFor(allowIn(1), method, path) ?? []).map((rule) => rule.words);
    expect(words('POST', '/api/orders')).toEqual(['POST all paths with postOnly: true']);
    expect(words('DELETE', '/api/orders/7')).toEqual(['DELETE /api/orders/*']);
    expect(words('DELETE', '/api/orders')).toEqual([]);
    expect(words('GET', '/api/orders')).toEqual([]);
    expect(words('PATCH', '/api/orders/7')).toEqual([]);
  });

  test('may lead elsewhere', () => {
    const way = allowIn(1)?.[1]?.way;
    expect(way?.kind === 'target' ? way.target.name : undefined).toBe('spare');
    expect(allowIn(1)?.[0]?.way).toBeUndefined();
  });

  test('may be a snapshot of an age, or a page', () => {
    expect(journeys[0]?.modes.map(({ rule }) => rule.kind)).toEqual([
      'forward',
      'forward',
      'snapshot',
      'static',
    ]);
    expect(journeys.map(({ tier, snapshotMs }) => [tier, snapshotMs])).toEqual([
      [0, 60_000],
      [1, 0],
      [1, 0],
    ]);
  });
});
