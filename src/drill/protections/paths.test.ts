import { expect, test } from 'vitest';
import { modelOf } from '../../../test/oracle/models.ts';
import type { Place } from '../place.ts';
import { drilledPathsOf, type DrilledPaths } from './paths.ts';

const planOf = (front: string): string => `keelson: 1
platform: {name: Shop, asOf: 2026-11-01}
catalog: none
journeys:
  buy:
    match: [{path: /orders, to: entry}]
    modes: {full: {needs: [edge, entry, challenge]}}
services:
  edge: {outages: none, ${front} any: [c/cdn, q/cdn], failover: {}}
  entry: {outages: none, any: [proxy, {use: c/cdn, url: "https://[2001:db8::1]:8443"}, q/cdn], failover: {}}
  proxy: {outages: none, url: "http://proxy.example/base/"}
  challenge: {outages: none, any: [{use: c/cdn, url: "https://c.example"}, {use: q/cdn, url: "https://q.example"}], failover: {}}
providers: {c: {capabilities: {cdn: {outages: none}}}, q: {capabilities: {cdn: {outages: none}}}}
`;
const place = (address: string, alternative: number): Place => ({
  address,
  uses: [{ kind: 'edge', name: '', service: 0, alternative, node: undefined, change: false, signals: [] }],
});
const shown = ({ paths }: DrilledPaths): string[] =>
  paths.flatMap(({ service, alternatives }) =>
    alternatives.map(
      ({ name, alternative, doors }) =>
        `${service}.${alternative} ${name}: ${doors.map(({ origin, at, basePath }) => `${origin.origin}${basePath ?? ''} ${at?.host ?? ''} ${at?.port ?? ''}`.trim()).join(', ')}`,
    ),
  );

test('with a front its alternatives are asked, each at all its addresses, by the name that users open', () => {
  const model = modelOf(planOf('front: true, url: "https://shop.example/x",'));
  const found = drilledPathsOf(model, [place('192.0.2.1:443', 0), place('[2001:db8::7]:443', 0)]);
  expect(shown(found)).toEqual([
    '0.0 c/cdn: https://shop.example 192.0.2.1 443, https://shop.example 2001:db8::7 443',
  ]);
  expect(found.leftOut).toEqual([{ name: 'edge.any[2]', why: 'the plan does not say where it is' }]);
});

test('without one, alternatives that requests are sent to; what is only asked beside is left alone', () => {
  const found = drilledPathsOf(modelOf(planOf('')), []);
  expect(shown(found)).toEqual([
    '1.0 proxy: http://proxy.example/base',
    '1.1 c/cdn: https://[2001:db8::1]:8443',
  ]);
  expect(found.leftOut.map(({ name }) => name)).toEqual(['entry.any[3]']);
});
