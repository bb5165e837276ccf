import { expect, test } from 'vitest';
import { fault, journey, modelOf } from '../../../test/drilled.ts';
import type { Breach } from '../result.ts';
import { pointedAt } from './direct.ts';

const model = modelOf(`keelson: 1
platform: {name: Tiny, asOf: 2026-11-01}
catalog: none
journeys:
  trade: {match: [{path: /api/**, to: book}], modes: {full: {needs: [edge, book]}}}
  read: {match: [{path: /read, to: both}], modes: {full: {needs: both}}}
services:
  edge: {front: true, outages: none, any: [near, far], failover: {detect: 1s}}
  near: {outages: none}
  far: {outages: none}
  book: {outages: none, any: [left, right], failover: {detect: 1s}}
  both: {outages: none, atLeast: 1, of: [left, right]}
  left: {url: "http://127.0.0.1:7001", outages: none}
  right: {url: "http://127.0.0.1:7002", outages: none}
`);

function edges(breach: Partial<Breach>, switchedMs: number): string[] {
  const common = {
    kind: 'lost',
    mode: '',
    send: 'POST /api/orders',
    times: 3,
    firstMs: 0,
    says: 'It was.',
  } as const;
  const result = fault('left', {
    journeys: [journey('trade', { outcome: 'wrong', breaches: [{ ...common, ...breach }] })],
  });
  const seen = [
    { atMs: switchedMs, service: 'book', to: 'right' },
    { atMs: switchedMs + 9_000, service: 'book', to: 'left' },
  ];
  const told = { steeringFails: new Map(), lying: [], requests: 0, exposed: new Map() };
  const one = { result, course: [], lastedMs: 20_000, samples: [], seen, told, sent: 60 };
  return pointedAt(model, 1, [one]).map(({ edge }) => edge);
}

test('what was lost is missing where users were switched to, however late that was', () => {
  expect(edges({}, 1_000)).toEqual(['book.any[2]']);
  expect(edges({}, 12_000)).toEqual(['book.any[2]']);
});

test('an answer that no gateway has marked is of the edge, and not of what stands behind it', () => {
  const breach = { kind: 'bad-answer', send: 'GET /api/orders', firstMs: 500 } as const;
  expect(edges({ ...breach, mode: 'unknown' }, 12_000)).toEqual(['edge.any[1]']);
  expect(edges({ ...breach, mode: 'full' }, 12_000)).toEqual(['book.any[1]']);
});

test('a member whose probe was good while requests failed is blamed for it', () => {
  const result = fault('left', { journeys: [journey('read', { outcome: 'wrong' })] });
  const told = {
    steeringFails: new Map(),
    lying: [{ service: 'both', alternative: 'right' }],
    requests: 0,
    exposed: new Map(),
  };
  const one = { result, course: [], lastedMs: 20_000, samples: [], seen: [], told, sent: 60 };
  expect(pointedAt(model, 1, [one]).map(({ edge }) => edge)).toEqual(['both.of[2].probe']);
});
