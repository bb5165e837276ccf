import { describe, expect, test } from 'vitest';
import { randomStream } from '../../../src/random.ts';
import { differences, incidentOf, planOf, type CompareOptions } from './compare.ts';
import { randomIncident, randomTimedPlan } from './random-incident.ts';
import { tick } from './tick.ts';
import { isWhole } from '../../whole.ts';

const CASES = isWhole ? 480 : 240;
/** Cases of one test. */
const TOGETHER = 40;

interface Case {
  readonly seed: number;
  readonly plan: string;
  readonly incident: string;
  readonly options: CompareOptions;
}

/** Half of them with policies, half without shedding, in all four ways. */
function caseOf(seed: number): Case {
  const plan = randomTimedPlan(randomStream('compare-plan', seed), { policies: seed % 2 === 1 });
  const incident = randomIncident(randomStream('compare-incident', seed), planOf(plan).plan);
  const options = {
    shedding: seed % 4 < 2,
    ...(seed % 3 === 0 ? { cohorts: ['green'] } : {}),
    ...(seed % 5 === 0 ? { severity: 0.5 } : {}),
  };
  return { seed, plan, incident, options };
}

function say({ seed, plan, incident, options }: Case, found: readonly string[]): string {
  return [`Seed ${seed}, ${JSON.stringify(options)}`, plan, incident, ...found].join('\n');
}

describe('replay agrees with the oracle second by second', () => {
  const starts = Array.from({ length: CASES / TOGETHER }, (_, index) => index * TOGETHER);

  test.each(starts)('from seed %i on', (start) => {
    const wrong: number[] = [];
    let first = '';
    for (let seed = start; seed < start + TOGETHER; seed++) {
      const one = caseOf(seed);
      const found = differences(one.plan, one.incident, one.options);
      if (found.length === 0) continue;
      wrong.push(seed);
      if (first === '') first = say(one, found);
    }
    expect(wrong, first).toEqual([]);
  });
});

/** Capabilities that nothing happens to but what a test says. */
const CAPABILITIES = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, { outages: 'none' }]));
const NOON = Date.UTC(2026, 9, 5, 12);

function planText(journeys: object, services: object): string {
  const platform = { name: 'Small', asOf: '2026-11-01' };
  const providers = { p: { capabilities: CAPABILITIES } };
  return JSON.stringify({ keelson: 1, platform, journeys, services, providers, catalog: 'none' });
}

/** Capabilities that fail, each between seconds after noon. */
function incidentText(hits: readonly (readonly [string, number, number])[], more: object = {}): string {
  const at = (second: number): string => new Date(NOON + second * 1000).toISOString().replace('.000Z', 'Z');
  return JSON.stringify({
    schema: 1,
    id: 'random',
    title: 'Small',
    kind: 'availability',
    provider: 'p',
    cause_class: 'unknown',
    root_cause: 'Made up.',
    window: { start: at(0), end: null },
    effects: hits.map(([capability, from, to]) => ({
      capability,
      scope: 'global',
      phases: [{ from: at(from), to: at(to), severity: 1, mode: 'timeout' }],
      ...more,
    })),
    counts: null,
    sources: [{ id: 'S1', url: null, title: 'None', what: 'Nothing.' }],
  });
}

describe('small plans on which they once differed', () => {
  const one = (needs: unknown, more: object = {}): object => ({ j: { modes: { m: { needs } }, ...more } });
  const backlog = { backlog: { share: '100%', over: '5m' } };

  test('what moves at once below is not felt above', () => {
    const services = {
      inner: { any: ['p/a', 'p/b'] },
      middle: { needs: 'inner' },
      edge: { any: ['middle', 'p/c'], state: { writer: 'single' } },
    };
    expect(differences(planText(one('edge'), services), incidentText([['p/a', 0, 300]]))).toEqual([]);
  });

  test('what moves at once below leaves a pool its growth', () => {
    const services = {
      inner: { any: ['p/a', 'p/b'] },
      q: { pool: [{ use: 'inner', capacity: 4, grow: 6, after: '100s' }] },
    };
    const journeys = one({ from: 'q', atLeast: 10 });
    expect(differences(planText(journeys, services), incidentText([['p/a', 0, 300]]))).toEqual([]);
  });

  test('waiting work that is done does not wake anybody for ever', () => {
    const journeys = one(['p/b', { from: 'q', atLeast: 4 }], backlog);
    const services = { q: { pool: [{ use: 'p/a', capacity: 7 }] } };
    const incident = incidentText([
      ['p/b', 8, 369],
      ['p', 3600, 4200],
    ]);
    expect(differences(planText(journeys, services), incident)).toEqual([]);
  });

  test('journeys that share a pool begin where they have always been', () => {
    const journeys = {
      a: { tier: 'core', modes: { m: { needs: { from: 'q', atLeast: 5 } } } },
      b: {
        tier: 'deferrable',
        usable: '55%',
        modes: { m: { needs: { from: 'q', atLeast: 2 } }, low: { worth: '40%', needs: 'p/b' } },
        ladder: { down: '10s' },
      },
    };
    const services = {
      small: { any: [{ use: 'p/b', carries: '10%' }] },
      q: {
        pool: [
          { use: 'p/a', capacity: 5 },
          { use: 'small', capacity: 5 },
        ],
      },
    };
    expect(differences(planText(journeys, services), incidentText([['p/c', 0, 300]]))).toEqual([]);
  });

  test('a pool has for a mode what its members come to at the load of that mode', () => {
    const needs = { from: 'q', atLeast: 4 };
    const journeys = {
      j: { modes: { full: { needs }, lean: { worth: '40%', load: '40%', needs } }, ...backlog },
    };
    const services = {
      edge: { any: ['p/a', { use: 'p/b', carries: '40%' }] },
      q: { pool: [{ use: 'edge', capacity: 5 }] },
    };
    expect(differences(planText(journeys, services), incidentText([['p/a', 0, 300]]))).toEqual([]);
  });

  test('a pool that a mode does not need is nothing to it', () => {
    const journeys = one({ any: ['p/a', { from: 'q', atLeast: 4 }] }, backlog);
    const services = { q: { pool: [{ use: 'p/b', capacity: 5 }] } };
    expect(differences(planText(journeys, services), incidentText([['p/b', 0, 300]]))).toEqual([]);
  });

  test('a pool that is asked for steering alone grows', () => {
    const services = {
      edge: { any: ['p/a', 'p/b'], failover: { hold: '1d', needs: { from: 'q', atLeast: 7 } } },
      q: { pool: [{ use: 'p/c', capacity: 6, grow: 3 }] },
    };
    expect(differences(planText(one('edge'), services), incidentText([['p/a', 0, 300]]))).toEqual([]);
  });

  test('pools that are asked for too much at one time collapse together', () => {
    const ask = (from: string, atLeast: number): object => ({ from, atLeast });
    const journeys = {
      a: { modes: { m: { needs: [ask('x', 2), ask('y', 2)] } } },
      b: { modes: { m: { needs: ask('x', 1) } } },
      c: { modes: { m: { needs: ask('y', 1) } } },
    };
    const pool = (use: string): object => ({
      pool: [
        { use, capacity: 2 },
        { use: 'p/c', capacity: 1 },
      ],
    });
    const plan = planText(journeys, { x: pool('p/a'), y: pool('p/b') });
    expect(differences(plan, incidentText([['p/c', 0, 300]]), { shedding: false })).toEqual([]);
  });

  test('a cohort without a severity saw what the phases say', () => {
    const cohorts = [
      { id: 'blue', condition: 'One', effect: 'One', severity: 0.05 },
      { id: 'green', condition: 'Two', effect: 'Two' },
    ];
    const incident = incidentText([['p/a', 0, 300]], { cohorts });
    expect(differences(planText(one('p/a'), {}), incident, { cohorts: ['blue', 'green'] })).toEqual([]);
  });
});

test('much happens in what is compared', () => {
  const results = Array.from({ length: 60 }, (_, seed) => {
    const { plan, incident, options } = caseOf(seed);
    return tick(planOf(plan).plan, incidentOf(incident), { ...options, tailSeconds: 600 });
  });
  const changed = results.filter(({ journeys }) => journeys.some(({ modes }) => new Set(modes).size > 1));
  const switched = results.filter(({ switches }) => switches.length > 0);
  const exposed = results.filter(({ journeys }) => journeys.some((one) => one.exposed.includes(true)));
  expect(changed.length).toBeGreaterThan(25);
  expect(switched.length).toBeGreaterThan(15);
  expect(exposed.length).toBeGreaterThan(5);
});
