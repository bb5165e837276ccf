import { describe, expect, test } from 'vitest';
import { planOf } from '../../test/oracle/time/compare.ts';
import { liveSignals } from '../control/index.ts';
import { Targets } from './targets.ts';

function targetsIn(services: string, needs = 'book'): Targets {
  const { model } = planOf(`keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys: {j: {modes: {m: {needs: [${needs}]}}}}
services: {${services}}
catalog: none
`);
  return new Targets(model, liveSignals(model));
}

const SITES = `a: {url: "http://127.0.0.1:1/base", probe: {path: /health}}, b: {url: "http://127.0.0.1:2", probe: {path: /health}}`;
const found = ({ all }: Targets): string[] =>
  all.map(({ name, origin, basePath, probe }) => `${name} ${origin}${basePath} ${probe?.path}`);

describe('a service with a probe and no url of its own', () => {
  test.each([
    ['any: [a, b], failover: {}', 'any'],
    ['atLeast: 1, of: [a, b]', 'active'],
    ['pool: [{use: a, capacity: 1}, {use: b, capacity: 1}]', 'active'],
  ])('%s: is asked in its own way at each of them', (how, kind) => {
    const needs = how.startsWith('pool') ? '{from: book, atLeast: 1}' : 'book';
    const targets = targetsIn(`book: {${how}, probe: {path: /book/health}}, ${SITES}`, needs);
    expect(targets.to('book')?.kind).toBe(kind);
    expect(found(targets)).toEqual([
      'a http://127.0.0.1:1/base /health',
      'book:1 http://127.0.0.1:1/base /book/health',
      'b http://127.0.0.1:2 /health',
      'book:2 http://127.0.0.1:2 /book/health',
    ]);
    expect(new Set(targets.all.map(({ signal }) => signal)).size).toBe(4);
  });

  test('is asked in its own way at the only one that it needs', () => {
    const targets = targetsIn(`book: {needs: a, probe: {path: /book/health}}, ${SITES}`);
    targets.to('book');
    expect(found(targets)).toEqual([
      'a http://127.0.0.1:1/base /health',
      'book http://127.0.0.1:1/base /book/health',
    ]);
  });

  test('is asked by an alternative in the way of that', () => {
    const targets = targetsIn(
      `book: {any: [a, {use: b, probe: {path: /ready}}], failover: {}, probe: {path: /book/health}}, ${SITES}`,
    );
    targets.to('book');
    expect(found(targets)).toContain('book:2 http://127.0.0.1:2 /ready');
  });
});

test('what no request is sent to is asked whether it works all the same', () => {
  const targets = targetsIn(
    `book: {needs: [node, a]}, node: {url: "http://127.0.0.1:3", probe: {path: /}}, ${SITES}`,
  );
  targets.watch();
  expect(found(targets)).toEqual([
    'node http://127.0.0.1:3 /',
    'a http://127.0.0.1:1/base /health',
    'b http://127.0.0.1:2 /health',
  ]);
  expect(targets.problems).toEqual([]);
});
