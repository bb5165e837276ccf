import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOG } from '../catalog/index.ts';
import { buildModel, type Model } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import type { Foreseen } from './foresee.ts';
import { heldSwitches } from './switches.ts';
import type { SeenSwitch } from './switch-log.ts';

const PLAN = `
keelson: 1
platform: {name: P, asOf: 2026-11-01}
catalog: none
journeys: {trade: {modes: {full: {needs: [edge, book]}}}}
services:
  edge: {any: [a, b], failover: {detect: 1s, hold: 10s}}
  book: {any: [a, b], state: {writer: single}, failover: {detect: 1s}}
  a: {}
  b: {}
`;

function modelOf(text: string): Model {
  const { plan } = parsePlan(text, 'plan.yaml');
  const model = plan === undefined ? undefined : buildModel(plan, EMPTY_CATALOG).model;
  if (model === undefined) throw new Error('The plan of this test is wrong.');
  return model;
}

/** A fault from 0 to 20 s. */
function held(predicted: readonly [number, string, string][], seen: readonly [number, string, string][]) {
  const foreseen: Foreseen = {
    journeys: [],
    modes: [],
    exposed: [],
    steps: [],
    switches: predicted.map(([atMs, service, to]) => ({ atMs, service, to })),
    healAtMs: 20_000,
    settledAtMs: 30_000,
  };
  const ground = {
    model: modelOf(PLAN),
    toleranceMs: 3_000,
    isTold: () => true,
    lastedMs: 20_000,
    racesMs: [20_000],
  };
  const told = seen.map(([atMs, service, to]): SeenSwitch => ({ atMs, service, to }));
  const { switches, unforeseen } = heldSwitches(foreseen, told, ground);
  return { agree: switches.map(({ agrees }) => agrees), unforeseen: unforeseen.map(({ atMs }) => atMs) };
}

describe('a switch that was foreseen', () => {
  test('agrees within the tolerance, and not after it', () => {
    expect(held([[1_000, 'edge', 'b']], [[3_900, 'edge', 'b']]).agree).toEqual([true]);
    expect(held([[1_000, 'edge', 'b']], [[4_100, 'edge', 'b']]).agree).toEqual([false]);
    expect(held([[1_000, 'edge', 'b']], []).agree).toEqual([false]);
  });

  test('may take users away early, and not bring them back early', () => {
    expect(held([[9_000, 'edge', 'b']], [[500, 'edge', 'b']]).agree).toEqual([true]);
    expect(held([[30_000, 'edge', 'a']], [[22_000, 'edge', 'a']]).agree).toEqual([false]);
    expect(held([[30_000, 'edge', 'a']], [[32_000, 'edge', 'a']]).agree).toEqual([true]);
  });
});

describe('a switch that was not foreseen', () => {
  test('is told', () => {
    expect(held([], [[5_000, 'edge', 'b']]).unforeseen).toEqual([5_000]);
  });

  test('is excused with the way back where users were elsewhere for no longer than the tolerance', () => {
    const seen: [number, string, string][] = [
      [5_000, 'edge', 'b'],
      [7_500, 'edge', 'a'],
    ];
    expect(held([], seen).unforeseen).toEqual([]);
    expect(held([], [seen[0] ?? [0, '', ''], [9_000, 'edge', 'a']]).unforeseen).toEqual([5_000, 9_000]);
  });

  test('is excused where everything came back at about the same time', () => {
    const seen: [number, string, string][] = [
      [21_000, 'edge', 'b'],
      [33_000, 'edge', 'a'],
    ];
    expect(held([], seen).unforeseen).toEqual([]);
  });

  test('is excused where the drill has brought a writer back', () => {
    const seen: [number, string, string][] = [
      [1_000, 'book', 'b'],
      [24_000, 'book', 'a'],
    ];
    expect(held([[1_000, 'book', 'b']], seen)).toEqual({ agree: [true], unforeseen: [] });
  });
});
