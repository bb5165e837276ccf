import { expect, test } from 'vitest';
import { modelOf } from '../../../test/oracle/models.ts';
import type { Method } from '../../plan/index.ts';
import { aimsOf, handlesFunds, type AimsOptions } from './aims.ts';

const PLAN = `keelson: 1
platform: {name: Shop, asOf: 2026-11-01}
catalog: none
journeys:
  look:
    match: [{path: /market, to: site}]
    try:
      - {send: GET /market, headers: [{name: x-key, value: "env:KEY"}, {name: content-type, value: a/b}]}
      - {send: "GET /market?q={unique}"}
      - {send: DELETE /market}
      - {send: POST /market, body: "{}"}
    modes: {full: {needs: [edge, site]}}
  withdraw:
    match: [{path: /**, to: signer}]
    try: [{send: GET /withdrawals}, {send: POST /withdrawals, body: "{}"}]
    modes: {full: {needs: [edge, vault]}}
  elsewhere:
    try: [{send: GET /other}]
    match: [{path: /other, to: site}]
    modes: {full: {needs: [site]}}
services:
  edge: {outages: none, front: true, any: [a/cdn, b/cdn]}
  site: {outages: none, url: "http://127.0.0.1:9"}
  signer: {outages: none, url: "http://127.0.0.1:9", needs: [keys]}
  keys: {outages: none, handles: [keys, funds]}
  vault: {outages: none}
providers: {a: {capabilities: {cdn: {outages: none}}}, b: {capabilities: {cdn: {outages: none}}}}
`;
const model = modelOf(PLAN);

function options(environment: AimsOptions['environment']): AimsOptions {
  const journeyOf = (_: Method, path: string): number => (path.startsWith('/market') ? 0 : 1);
  return { model, environment, journeyOf, secretAt: (where) => `secret of ${where}` };
}
const said = (aims: ReturnType<typeof aimsOf>): string[] =>
  [...aims.reads, ...aims.writes].map(({ method, path }) => `${method} ${path}`);

test('in a sandbox everything is asked that users of the path send by GET and POST', () => {
  expect(said(aimsOf(options('sandbox'), 0))).toEqual([
    'GET /market',
    'GET /market?q=keelson-drill-nothing',
    'GET /withdrawals',
    'POST /market',
    'POST /withdrawals',
  ]);
});

test.each(['staging', 'production'] as const)(
  'in %s nothing is asked that has to do with funds',
  (environment) => {
    expect(said(aimsOf(options(environment), 0))).toEqual([
      'GET /market',
      'GET /market?q=keelson-drill-nothing',
      'POST /market',
    ]);
  },
);

test('funds are found behind what requests go to as well as behind what modes need', () => {
  expect([0, 1, 2].map((journey) => handlesFunds(model, journey))).toEqual([false, true, false]);
});

test('headers of users are sent with their secrets, but for those that a sample says itself', () => {
  expect(aimsOf(options('sandbox'), 0).reads[0]?.headers).toEqual({ 'x-key': 'secret of env:KEY' });
});

test('without a read that may be asked a path is asked that nobody has, unless it leads to funds too', () => {
  const bare = modelOf(PLAN.replace('path: /**', 'path: /w/**').replace(/ {4}try:\n(?: {6}- .*\n)+/, ''));
  const ask = (journey: number | undefined): string[] =>
    said(
      aimsOf(
        {
          ...options('staging'),
          model: bare,
          journeyOf: (_, path) => (/other|nothing/.test(path) ? journey : 1),
        },
        0,
      ),
    );
  expect(ask(undefined)).toEqual(['GET /keelson-drill-nothing']);
  expect(ask(1)).toEqual([]);
});

test('a path that nobody has is left alone where requests for funds may have any path, however it is written', () => {
  const { allows } = aimsOf({ ...options('production'), journeyOf: () => 0 }, 0);
  for (const path of ['', '/x/../y', '/%2e%2e%2fx']) {
    expect(allows('GET', `/keelson-drill-nothing${path}`)).toBe(false);
    expect(aimsOf(options('sandbox'), 0).allows('GET', `/keelson-drill-nothing${path}`)).toBe(true);
  }
  const toFunds = (_: Method, path: string): number => (path === '/withdrawals' ? 1 : 0);
  const other = aimsOf({ ...options('production'), journeyOf: toFunds }, 0);
  for (const path of ['/withdrawals', '/market/../withdrawals', '/%77ithdrawals'])
    expect([path, other.allows('GET', path)]).toEqual([path, false]);
  expect(other.allows('GET', '/market')).toBe(true);
});
