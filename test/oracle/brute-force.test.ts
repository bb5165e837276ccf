import { describe, expect, test } from 'vitest';
import { parsePlan } from '../../src/plan/index.ts';
import { bruteForce, type OracleJourney, type OracleResult } from './brute-force.ts';

// Outages whose figures are round: λτ = ¼ gives q = 0.2 and w = 701.28, λτ = 1 gives q = 0.5 and w = 438.3.
const FIFTH = '{rate: 876.6/yr, mean: 2.5h}';
const HALF = '{rate: 876.6/yr, mean: 10h}';
const W_FIFTH = 876.6 * 0.8;
const W_HALF = 876.6 * 0.5;

/**
 * Capabilities x/a, x/b and x/c with q = 0.2 and x/half with 0.5; `services` and `journeys` complete the
 * plan.
 */
function solve(rest: string): OracleResult {
  const text = `
keelson: 1
platform: {name: Test, asOf: 2026-11-01}
catalog: none
${rest.includes('providers:') ? '' : PROVIDERS}
${rest}`;
  const { plan, problems } = parsePlan(text, 'test.yaml');
  if (plan === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return bruteForce(plan);
}

const PROVIDERS = `providers:
  x:
    capabilities:
      a: {outages: ${FIFTH}, handles: [content]}
      b: {outages: ${FIFTH}, handles: [content], protects: [waf]}
      c: {outages: ${FIFTH}, handles: [content]}
      half: {outages: ${HALF}}`;

function solveJourney(rest: string): OracleJourney {
  const [journey] = solve(rest).journeys;
  if (journey === undefined) throw new Error('No journey.');
  return journey;
}

const needs = (requirement: string): string =>
  `journeys: {j: {loss: 10 USD/h, modes: {full: {needs: ${requirement}}}}}`;

describe('closed forms', () => {
  test('a single event', () => {
    const { down, importance, lossPerYear, modes } = solveJourney(needs('x/a'));
    expect(down.probability).toBeCloseTo(0.2, 12);
    expect(down.hoursPerYear).toBeCloseTo(1753.2, 9);
    expect(down.outagesPerYear).toBeCloseTo(W_FIFTH, 9);
    expect(down.meanHours).toBeCloseTo(2.5, 12);
    expect(down).toMatchObject({ cutSets: [['x/a']], singlePoints: ['x/a'], coherent: true });
    expect(modes).toEqual([{ name: 'full', worth: 1, probability: expect.closeTo(0.8, 12) }]);
    expect(lossPerYear).toBeCloseTo(17532, 8);
    expect(importance).toEqual([
      {
        event: 'x/a',
        birnbaum: 1,
        criticality: 1,
        raw: expect.closeTo(5, 12),
        rrw: Number.POSITIVE_INFINITY,
      },
    ]);
  });

  test('a series', () => {
    const { down, importance } = solveJourney(needs('[x/a, x/half]'));
    expect(down.probability).toBeCloseTo(1 - 0.8 * 0.5, 12);
    expect(down.outagesPerYear).toBeCloseTo(W_FIFTH * 0.5 + W_HALF * 0.8, 9);
    expect(down.cutSets).toEqual([['x/a'], ['x/half']]);
    expect(importance[0]).toMatchObject({
      birnbaum: expect.closeTo(0.5, 12),
      criticality: expect.closeTo((0.5 * 0.2) / 0.6, 12),
      raw: expect.closeTo(1 / 0.6, 12),
      rrw: expect.closeTo(0.6 / 0.5, 12),
    });
  });

  test('two in parallel, inline and without a gap', () => {
    const { down, switchOver } = solveJourney(needs('{any: [x/a, x/half]}'));
    expect(down.probability).toBeCloseTo(0.1, 12);
    expect(down.outagesPerYear).toBeCloseTo(W_FIFTH * 0.5 + W_HALF * 0.2, 9);
    expect(down.cutSets).toEqual([['x/a', 'x/half']]);
    expect(switchOver.nodes).toEqual([]);
  });

  test('two of three', () => {
    const { down } = solveJourney(needs('{atLeast: 2, of: [x/a, x/b, x/c]}'));
    expect(down.probability).toBeCloseTo(3 * 0.04 * 0.8 + 0.008, 12);
    expect(down.outagesPerYear).toBeCloseTo(3 * W_FIFTH * 2 * 0.2 * 0.8, 9);
    expect(down.cutSets).toHaveLength(3);
  });

  test('a standby that may not be ready, behind a switch that may fail', () => {
    const { down, switchOver } = solveJourney(`${needs('s')}
services:
  s:
    outages: none
    any: [x/a, {use: x/b, ready: 90%}]
    failover: {detect: 1h, spread: 2h, success: 80%}
    state: {writer: single, lag: 20s}`);
    const canSwitch = 0.8 * 0.8 * 0.9;
    expect(down.probability).toBeCloseTo(0.2 * (1 - canSwitch), 12);
    expect(down.outagesPerYear).toBeCloseTo(W_FIFTH * (1 - canSwitch) + W_FIFTH * 0.2 * 0.8 * 0.9, 9);
    expect(down.cutSets).toEqual([
      ['s:standby-2', 'x/a'],
      ['s:switch', 'x/a'],
      ['x/a', 'x/b'],
    ]);
    const switches = W_FIFTH * canSwitch;
    expect(switchOver.perYear).toBeCloseTo(switches, 9);
    expect(switchOver.hoursPerYear).toBeCloseTo(2 * switches, 9);
    expect(switchOver.downHoursPerYear).toBeCloseTo(2 * switches, 9);
    expect(switchOver.lossPerYear).toBeCloseTo(20 * switches, 8);
    expect(switchOver.dataLost).toEqual([
      { service: 's', perYear: expect.closeTo(20 * switches, 8), worst: expect.closeTo(20, 12) },
    ]);
  });
});

test('what steers a switch can burn with what it steers away from', () => {
  const { down } = solveJourney(`${needs('s')}
services:
  s: {outages: none, any: [x/a, x/b], failover: {needs: x/c}}`);
  expect(down.probability).toBeCloseTo(0.2 * (1 - 0.8 * 0.8), 12);
});

test('an alternative that carries too little for a mode carries a lesser one', () => {
  const { modes, down, switchOver } = solveJourney(`
journeys: {j: {loss: 10 USD/h, modes: {full: {needs: s}, less: {worth: 25%, load: 50%, needs: s}}}}
services:
  s: {outages: none, any: [x/a, {use: x/b, carries: 50%}], failover: {switch: 1h}}`);
  expect(modes.map(({ probability }) => probability)).toEqual([
    expect.closeTo(0.8, 12),
    expect.closeTo(0.16, 12),
  ]);
  expect(down.probability).toBeCloseTo(0.04, 12);
  expect(switchOver.perYear).toBeCloseTo(W_FIFTH * 0.8, 9);
  expect(switchOver.lossPerYear).toBeCloseTo(W_FIFTH * 0.8 * 0.25 * 10, 9);
});

test('a gap is noticed only where the mode is better than without what switches', () => {
  const { switchOver } = solveJourney(`
journeys: {j: {modes: {full: {needs: [s, x/half]}, static: {worth: 50%, needs: x/c}}}}
services:
  s: {outages: none, any: [x/a, x/b], failover: {switch: 1h}}`);
  const noticed = W_FIFTH * 0.8 * 0.5;
  expect(switchOver.perYear).toBeCloseTo(noticed, 9);
  expect(switchOver.downHoursPerYear).toBeCloseTo(noticed * 0.2, 9);
});

test('loss in steps', () => {
  const { lossPerYear } = solveJourney(`
journeys: {j: {loss: [{after: 0h, rate: 10 USD/h}, {after: 5h, rate: 30 USD/h}], modes: {full: {needs: x/a}}}}`);
  expect(lossPerYear).toBeCloseTo(1753.2 * (10 + 20 * Math.exp(-5 / 2.5)), 8);
});

describe('protections', () => {
  test('refused without one: a journey can be down until one more thing fails', () => {
    const { down, refused, exposed } = solveJourney(`
journeys: {j: {protections: {need: [waf], missing: refuse}, modes: {full: {needs: {any: [x/a, x/b]}}}}}`);
    expect(down.probability).toBeCloseTo(0.8 + 0.04, 12);
    expect(down).toMatchObject({ coherent: false, cutSets: [[]] });
    expect(refused).toEqual({
      probability: expect.closeTo(0.8, 12),
      missing: { waf: expect.closeTo(0.8, 12) },
    });
    expect(exposed).toEqual({ probability: 0, missing: {} });
  });

  test('served exposed; of several members, what all that work have', () => {
    const { down, exposed } = solveJourney(`
journeys: {j: {protections: {need: [waf], missing: serve}, modes: {full: {needs: {atLeast: 1, of: [x/a, x/b]}}}}}`);
    expect(down.probability).toBeCloseTo(0.04, 12);
    expect(exposed.probability).toBeCloseTo(0.8, 12);
  });

  test('a mode’s own take the place of the journey’s', () => {
    const { modes } = solveJourney(`
journeys:
  j: {protections: {need: [waf], missing: refuse}, modes: {full: {needs: x/a}, static: {worth: 5%, protections: none, needs: x/a}}}`);
    expect(modes.map(({ probability }) => probability)).toEqual([0, expect.closeTo(0.8, 12)]);
  });
});

test('a pool grows when a member fails, and that takes its time', () => {
  const { down, switchOver } = solveJourney(`${needs('{from: s, atLeast: 10}')}
services:
  s:
    outages: none
    pool:
      - {use: x/a, capacity: 6}
      - {use: x/b, capacity: 6, grow: 4, after: 3h, needs: x/c}`);
  // Both, or the second with its growth.
  expect(down.probability).toBeCloseTo(1 - (0.8 * 0.8 + 0.2 * 0.8 * 0.8), 12);
  expect(switchOver.nodes).toEqual([
    {
      node: 's at least 10',
      perYear: expect.closeTo(W_FIFTH * 0.64, 9),
      hoursPerYear: expect.closeTo(3 * W_FIFTH * 0.64, 8),
      downHoursPerYear: expect.closeTo(3 * W_FIFTH * 0.64, 8),
    },
  ]);
});

test('events stand where the records say', () => {
  const { events } = solve(`${needs('[x/vm@r/1, x/vm@r/2, x/db@r/1, x/db@q, x/any@r, x@q/9, s]')}
services:
  s: {needs: x/any, maintenance: ${FIFTH}}
providers:
  x:
    outages: ${FIFTH}
    scopes: {r: {outages: ${FIFTH}}, r/2: {outages: ${FIFTH}}, q: {outages: none}}
    capabilities:
      vm: {outages: {rate: 876.6/yr, mean: 2.5h, per: zone}, at: {r: {outages: none}, r/1: {outages: ${HALF}}}}
      db: {outages: {rate: 876.6/yr, mean: 2.5h, per: region}, at: {q: {outages: {rate: 0/yr, mean: 1h}}}}
      any: {}
assumptions: {capability-outages: ${HALF}}`);
  expect(events.map(({ id }) => id)).toEqual(
    ['s', 's:maintenance', 'x', 'x/any', 'x/db@r', 'x/vm@r/1', 'x@r', 'x@r/2'].sort(),
  );
  const probabilities = Object.fromEntries(events.map(({ id, probability }) => [id, probability]));
  expect(probabilities['x/any']).toBeCloseTo(0.5, 12);
  expect(probabilities['x/vm@r/1']).toBeCloseTo(0.5, 12);
  expect(probabilities.s).toBeCloseTo(0.5 / 8766.5, 15);
});

test('inner edges carry what their kind says, where it is the time for it', () => {
  const providers = (kind: string, more = ''): string => `providers:
  x:
    capabilities:
      base: {outages: ${HALF}, protects: [waf]}
      top: {outages: none, plane: ${more === 'control' ? 'control' : 'data'}, needs: [{use: x/base, kind: ${kind}${more.startsWith(',') ? more : ''}}]}
      a: {outages: ${FIFTH}}
      b: {outages: none}`;
  const down = (kind: string, more?: string): number =>
    solveJourney(`${needs('x/top')}\n${providers(kind, more)}`).down.probability;
  expect([
    down('hard'),
    down('cold'),
    down('cold', 'control'),
    down('change'),
    down('degraded', 'control'),
  ]).toEqual([0.5, 0, 0.5, 0, 0]);
  expect(down('hard', ', from: 2026-11-01')).toBe(0.5);
  expect(down('hard', ', from: 2026-11-02')).toBe(0);
  expect(down('hard', ', until: 2026-11-01')).toBe(0);
  const steered = solveJourney(`${needs('s')}
services:
  s: {outages: none, any: [x/a, x/b], failover: {needs: wheel}}
  wheel: {outages: none, needs: x/top}
${providers('change')}`);
  expect(steered.down.probability).toBeCloseTo(0.1, 12);
});

describe('compromise', () => {
  test('any alternative, and whoever moves the users', () => {
    const { compromise } = solveJourney(`${needs('s')}
services:
  s: {handles: [keys], any: [x/a, x/b], failover: {needs: x/c}}`);
    expect(compromise.sets).toEqual([
      ['compromise:s'],
      ['compromise:x/a'],
      ['compromise:x/b'],
      ['compromise:x/c'],
    ]);
    expect(compromise.byAlternative).toEqual([
      { service: 's', alternative: 1, added: [['compromise:x/a'], ['compromise:x/c']] },
      { service: 's', alternative: 2, added: [['compromise:x/b'], ['compromise:x/c']] },
    ]);
  });

  test('a quorum has to be met, a proof has its verifier', () => {
    const { compromise } = solveJourney(`${needs('[q, v]')}
services:
  q: {atLeast: 2, of: [x/a, x/b, x/c], verify: quorum}
  v: {any: [x/a], verify: proof}`);
    expect(compromise.sets).toEqual([
      ['compromise:v:verifier'],
      ['compromise:x/a', 'compromise:x/b'],
      ['compromise:x/a', 'compromise:x/c'],
      ['compromise:x/b', 'compromise:x/c'],
    ]);
    expect(compromise.byAlternative[0]?.added).toHaveLength(2);
    expect(compromise).toMatchObject({ total: 4, singlePoints: ['compromise:v:verifier'] });
  });
});

test('shared fate and blast', () => {
  const { sharedFate, blast } = solve(`
journeys: {j: {modes: {full: {needs: s}, static: {worth: 1%, needs: y/page}}}}
services:
  s: {outages: none, any: [x/vm@r/1, x/vm@r/2, y/vm], failover: {switch: 1m}}
providers:
  x: {scopes: {r: {outages: ${FIFTH}}}, capabilities: {vm: {outages: {rate: 876.6/yr, mean: 2.5h, per: zone}}}}
  y: {capabilities: {vm: {outages: none}, page: {outages: none, needs: [x@r]}}}`);
  expect(sharedFate).toEqual([{ service: 's', events: [{ event: 'x@r', alternatives: [1, 2] }] }]);
  expect(Object.fromEntries(blast.map(({ scope, journeys }) => [scope, journeys.j]))).toEqual({
    x: 'full',
    'x/vm': 'full',
    'x/vm@r': 'full',
    'x/vm@r/1': 'full',
    'x/vm@r/2': 'full',
    'x@r': 'full',
    'x@r/1': 'full',
    'x@r/2': 'full',
    y: 'full',
    'y/page': 'full',
    'y/vm': 'full',
  });
  const [, second] = solve(`
journeys: {i: {modes: {full: {needs: x/a}}}, j: {modes: {full: {needs: [x/a, x/b]}, less: {worth: 1%, needs: x/b}}}}`).blast;
  expect(second).toEqual({ scope: 'x/a', journeys: { i: 'down', j: 'less' } });
});
