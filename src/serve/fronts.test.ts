import { describe, expect, test } from 'vitest';
import { planOf } from '../../test/oracle/time/compare.ts';
import { Fronts } from './fronts.ts';

const planText = (missing: string, arrives = true): string => `keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys:
  trade:
    modes:
      full: {needs: [front, app], protections: {need: [waf, ddos], missing: ${missing}}}
      bare: {worth: 10%, needs: [front, app]}
  inner:
    modes:
      full: {needs: app, protections: {need: [waf], missing: ${missing}}}
services:
  front:
    outages: none
    any:
      - {use: p/guarded${arrives ? ', arrives: {header: X-Edge, value: "env:A"}' : ''}}
      - {use: p/plain${arrives ? ', arrives: {header: X-Edge, value: "env:B"}' : ''}}
    front: true
    url: https://trade.example
  app: {outages: none, protects: [ddos]}
providers:
  p:
    capabilities:
      guarded: {outages: none, protects: [waf]}
      plain: {outages: none}
catalog: none
`;

const SECRETS: Readonly<Record<string, string>> = { 'env:A': 'secret-of-a', 'env:B': 'secret-of-b' };
const frontsOf = (missing = 'refuse', arrives = true): Fronts =>
  new Fronts(planOf(planText(missing, arrives)).model, (where) => SECRETS[where] ?? '');
const TRADE = 0;
const INNER = 1;

describe('a request', () => {
  test('through an edge that brings what is needed is protected; the rest may come from behind it', () => {
    expect(frontsOf().judge(TRADE, 0, { 'x-edge': 'secret-of-a' })).toEqual({ kind: 'protected' });
  });

  test('through an edge that does not is refused, and it is said what it lacks', () => {
    const verdict = frontsOf().judge(TRADE, 0, { 'x-edge': 'secret-of-b' });
    expect(verdict).toEqual({ kind: 'refused', missing: ['waf'], isMarked: true });
  });

  test('is served exposed where the plan says so', () => {
    const verdict = frontsOf('serve').judge(TRADE, 0, { 'x-edge': 'secret-of-b' });
    expect(verdict).toEqual({ kind: 'exposed', missing: ['waf'] });
  });

  test.each<[string, NodeJS.Dict<string | string[]>]>([
    ['no mark', {}],
    ['an empty mark', { 'x-edge': '' }],
    ['a mark of nobody', { 'x-edge': 'secret-of-c' }],
    ['half a mark', { 'x-edge': 'secret-of-' }],
    ['a mark in another case', { 'x-edge': 'SECRET-OF-A' }],
    ['two marks in one', { 'x-edge': 'secret-of-b, secret-of-a' }],
    ['a list of marks', { 'x-edge': ['secret-of-a', 'secret-of-a'] }],
    ['the mark under another name', { 'x-other': 'secret-of-a' }],
    ['the name of the secret', { 'x-edge': 'env:A' }],
    ['a mark of a thousand letters', { 'x-edge': 'a'.repeat(1000) }],
  ])('that came past every edge is not believed: %s', (_, headers) => {
    const fronts = frontsOf();
    expect(fronts.judge(TRADE, 0, headers)).toEqual({ kind: 'refused', missing: ['waf'], isMarked: false });
    expect(fronts.isThroughAnEdge(headers)).toBe(false);
  });

  test('in a mode that needs no protection, or is not there, is not judged', () => {
    const fronts = frontsOf();
    expect(fronts.judge(TRADE, 1, {})).toEqual({ kind: 'protected' });
    expect(fronts.judge(TRADE, 2, {})).toEqual({ kind: 'protected' });
    expect(fronts.judge(7, 0, {})).toEqual({ kind: 'protected' });
  });

  test('of a journey without a front that marks is left to the loop', () => {
    expect(frontsOf().judge(INNER, 0, {})).toEqual({ kind: 'protected' });
    expect(frontsOf('refuse', false).judge(TRADE, 0, {})).toEqual({ kind: 'protected' });
  });
});

test('headers that carry secrets are known by the names that Node gives them', () => {
  expect(frontsOf().secretHeaders).toEqual(['x-edge']);
  expect(frontsOf().areMarked).toBe(true);
  expect(frontsOf('refuse', false)).toMatchObject({ secretHeaders: [], areMarked: false });
  expect(frontsOf().isThroughAnEdge({ 'x-edge': 'secret-of-b' })).toBe(true);
});
