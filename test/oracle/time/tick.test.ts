import { describe, expect, test } from 'vitest';
import { parseIncident, type Incident } from '../../../src/incidents/index.ts';
import { parsePlan, type Plan } from '../../../src/plan/index.ts';
import { randomStream } from '../../../src/random.ts';
import { randomIncident, randomTimedPlan } from './random-incident.ts';
import { tick, type TickJourney, type TickOptions, type TickResult } from './tick.ts';

type Json = string | number | null | readonly Json[] | { readonly [key: string]: Json };
type Fields = Readonly<Record<string, Json>>;

/** Noon: second 0 of every incident here. @unit seconds since 1970 */
const NOON = Date.UTC(2026, 9, 5, 12) / 1000;

/** Capabilities a to d serve, dns changes things. Nothing needs anything but where a test says so. */
const PROVIDERS = {
  p: {
    capabilities: Object.fromEntries(
      ['a', 'b', 'c', 'd']
        .map((name): [string, Fields] => [name, { outages: 'none' }])
        .concat([['dns', { outages: 'none', plane: 'control' }]]),
    ),
  },
};

interface Parts {
  readonly journeys: Fields;
  readonly services?: Fields;
  readonly providers?: Fields;
  readonly more?: Fields;
}

function planOf({ journeys, services = {}, providers = PROVIDERS, more = {} }: Parts): Plan {
  const platform = { name: 'Test', asOf: '2026-11-01' };
  const text = JSON.stringify({
    keelson: 1,
    platform,
    journeys,
    services,
    providers,
    catalog: 'none',
    ...more,
  });
  const { plan, problems } = parsePlan(text, 'test.yaml');
  if (plan === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return plan;
}

interface Hit {
  readonly what: string;
  readonly scope?: string;
  readonly from: number | null;
  readonly to: number | null;
  readonly severity?: number | null;
  readonly mode?: string;
  readonly cohorts?: readonly Fields[];
}

function incidentOf(hits: readonly Hit[], window: Fields = { start: at(0), end: null }): Incident {
  const effects = hits.map(
    ({ what, scope = 'global', from, to, severity = 1, mode = 'http-5xx', cohorts }) => ({
      capability: what,
      scope,
      phases: [{ from: from === null ? null : at(from), to: to === null ? null : at(to), severity, mode }],
      ...(cohorts === undefined ? {} : { cohorts }),
    }),
  );
  const text = JSON.stringify({
    schema: 1,
    id: 'test',
    title: 'Test',
    kind: 'availability',
    provider: 'p',
    cause_class: 'unknown',
    root_cause: 'A test.',
    window,
    effects,
    counts: null,
    sources: [{ id: 'S1', url: null, title: 'None', what: 'Nothing.' }],
  });
  const { incident, problems } = parseIncident(text, 'test.yaml');
  if (incident === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return incident;
}

function at(second: number): string {
  return new Date((NOON + second) * 1000).toISOString().replace('.000Z', 'Z');
}

function hit(what: string, from: number, to: number, severity?: number): Hit {
  return severity === undefined ? { what, from, to } : { what, from, to, severity };
}

function run(parts: Parts, hits: readonly Hit[], options: TickOptions = {}): TickResult {
  return tick(planOf(parts), incidentOf(hits), options);
}

/** What a list holds, each with the second from which on it does. */
function changes<T>(values: readonly T[]): (readonly [T, number])[] {
  return values.flatMap((value, second) =>
    second > 0 && values[second - 1] === value ? [] : [[value, second] as const],
  );
}

function journey({ journeys }: TickResult, name = 'j'): TickJourney {
  const found = journeys.find((one) => one.name === name);
  if (found === undefined) throw new Error(`No journey ${name}.`);
  return found;
}

function modes(result: TickResult, name = 'j'): (readonly [string, number])[] {
  return changes(journey(result, name).modes);
}

/** Service, seconds from the first, alternatives. */
function moves({ from, switches }: TickResult): string[] {
  return switches.map((one) => `${one.service} ${one.at - from}: ${one.from} to ${one.to}`);
}

/** One journey in one mode that needs one service. */
function edge(value: Fields, more: Fields = {}): Parts {
  return { journeys: { j: { modes: { full: { needs: 'edge' } } } }, services: { edge: value, ...more } };
}

describe('switch-overs', () => {
  const failover = { detect: '60s', switch: '30s', spread: '120s' };

  test('a switch takes detect, switch and half of spread', () => {
    const result = run(edge({ any: ['p/a', 'p/b'], failover: { ...failover, hold: '1d' } }), [
      hit('p/a', 0, 3600),
    ]);
    // 60 + 30 + 120 ÷ 2 = 150.
    expect(modes(result)).toEqual([
      ['down', 0],
      ['full', 150],
    ]);
    expect(moves(result)).toEqual(['edge 150: 0 to 1']);
  });

  test('approve comes on top', () => {
    const parts = edge({ any: ['p/a', 'p/b'], failover: { ...failover, approve: '5m', hold: '1d' } });
    // 60 + 300 + 30 + 60 = 450.
    expect(modes(run(parts, [hit('p/a', 0, 3600)]))).toEqual([
      ['down', 0],
      ['full', 450],
    ]);
  });

  test('nothing is switched when the alternative in use recovers before step 4 is done', () => {
    const parts = edge({ any: ['p/a', 'p/b'], failover });
    // Step 4 would be done at 60 + 30 = 90.
    const result = run(parts, [hit('p/a', 0, 89)]);
    expect(modes(result)).toEqual([
      ['down', 0],
      ['full', 89],
    ]);
    expect(moves(result)).toEqual([]);
  });

  test('once step 4 is done users drift, whether or not the first recovers, and come back at once without hold', () => {
    const result = run(edge({ any: ['p/a', 'p/b'], failover }), [hit('p/a', 0, 100)]);
    // Done at 90, the first back at 100, moved at 90 + 60 = 150; the first is healthy, so back in the same second.
    expect(modes(result)).toEqual([
      ['down', 0],
      ['full', 100],
    ]);
    expect(moves(result)).toEqual(['edge 150: 0 to 1', 'edge 150: 1 to 0']);
  });

  test('a break in the failure begins detection again', () => {
    const parts = edge({ any: ['p/a', 'p/b'], failover: { detect: '60s', hold: '1d' } });
    // Ill 0 to 50 and from 80 on: seen at 80 + 60 = 140.
    const result = run(parts, [hit('p/a', 0, 50), { ...hit('p/a', 80, 3600), mode: 'timeout' }]);
    expect(modes(result)).toEqual([
      ['down', 0],
      ['full', 50],
      ['down', 80],
      ['full', 140],
    ]);
  });

  test('users go back after hold, without a gap; an interruption of hold begins it again', () => {
    const parts = edge({ any: ['p/a', 'p/b'], failover: { detect: '60s', hold: '300s' } });
    const result = run(parts, [hit('p/a', 0, 600), { ...hit('p/a', 800, 810), mode: 'timeout' }]);
    // Healthy from 600 to 800 is 200 < 300. Healthy from 810: back at 1110.
    expect(modes(result)).toEqual([
      ['down', 0],
      ['full', 60],
    ]);
    expect(moves(result)).toEqual(['edge 60: 0 to 1', 'edge 1110: 1 to 0']);
  });

  test('with state nobody goes back, until the one in use fails: then at once', () => {
    const parts = edge({
      any: ['p/a', 'p/b'],
      failover: { detect: '60s', switch: '30s', hold: '300s' },
      state: { writer: 'single' },
    });
    const result = run(parts, [hit('p/a', 0, 600), hit('p/b', 5000, 5100)]);
    // To the second at 90; back at 5000 without a gap, and there it stays.
    expect(modes(result)).toEqual([
      ['down', 0],
      ['full', 90],
    ]);
    expect(moves(result)).toEqual(['edge 90: 0 to 1', 'edge 5000: 1 to 0']);
  });

  test('without steering a switch waits, and going back does too', () => {
    const parts = edge({
      any: ['p/a', 'p/b'],
      failover: { detect: '60s', switch: '30s', hold: '300s', needs: 'p/dns' },
    });
    const result = run(parts, [
      hit('p/a', 0, 2000),
      { ...hit('p/dns', 0, 1000), mode: 'timeout' },
      { ...hit('p/dns', 2200, 3000), mode: 'halt' },
    ]);
    // Stuck until 1000, then 30 s: 1030. Healthy at 2000, held at 2300, but steering is back at 3000 only.
    expect(modes(result)).toEqual([
      ['down', 0],
      ['full', 1030],
    ]);
    expect(moves(result)).toEqual(['edge 1030: 0 to 1', 'edge 3000: 1 to 0']);
  });

  test('steering that fails, or a target that falls ill, while a switch is made sends it back to step 3', () => {
    const steered = edge({
      any: ['p/a', 'p/b'],
      failover: { detect: '60s', switch: '100s', hold: '1d', needs: 'p/dns' },
    });
    // Switching since 60, steering fails 100 to 200: from 200 again 100 s, so 300.
    expect(moves(run(steered, [hit('p/a', 0, 3600), hit('p/dns', 100, 200)]))).toEqual(['edge 300: 0 to 1']);
    const three = edge({
      any: ['p/a', 'p/b', 'p/c'],
      failover: { detect: '60s', switch: '100s', hold: '1d' },
    });
    // Towards b since 60, b ill at 100: towards c since 100, there at 200.
    expect(moves(run(three, [hit('p/a', 0, 3600), hit('p/b', 100, 3600)]))).toEqual(['edge 200: 0 to 2']);
  });

  test('users go back to the best one alone, once that one has been held', () => {
    const parts = edge({ any: ['p/a', 'p/b', 'p/c'], failover: { hold: '300s' } });
    // All three fail in turn, so users are on c. b is healthy from 100 on, a from 300 on: at 400 b has been held, but a
    // is the best, and held at 600.
    const result = run(parts, [hit('p/a', 0, 300), hit('p/b', 0, 100)]);
    expect(moves(result)).toEqual(['edge 0: 0 to 2', 'edge 600: 2 to 0']);
  });

  test('health of what only steers is read as something that is being changed', () => {
    const capabilities = {
      a: { outages: 'none' },
      b: { outages: 'none' },
      base: { outages: 'none' },
      dns: { outages: 'none', needs: [{ use: 'p/base', kind: 'change' }] },
      other: { outages: 'none' },
    };
    const services = {
      edge: { any: ['p/a', 'p/b'], failover: { hold: '1d', needs: 'steer' } },
      steer: { any: ['p/dns', 'p/other'], failover: { detect: '60s', hold: '1d' } },
    };
    const journeys = { j: { modes: { m: { needs: 'edge' } } } };
    const only = { journeys, services, providers: { p: { capabilities } } };
    const hits = [hit('p/a', 0, 3600), { ...hit('p/base', 0, 3000), mode: 'timeout' }];
    // Nobody can change anything by dns, so steering moves after 60 s, and then edge.
    expect(moves(run(only, hits))).toEqual(['steer 60: 0 to 1', 'edge 60: 0 to 1']);
    // Users reach it too, and see nothing wrong: it stays, and edge is stuck until 3000.
    const both = { ...only, journeys: { ...journeys, k: { modes: { m: { needs: 'steer' } } } } };
    expect(moves(run(both, hits))).toEqual(['edge 3000: 0 to 1']);
  });

  test('what moves at once below is not felt above', () => {
    const more = { inner: { any: ['p/a', 'p/b'] } };
    const parts = edge({ any: ['inner', 'p/c'], state: { writer: 'single' } }, more);
    expect(moves(run(parts, [hit('p/a', 0, 100)]))).toEqual(['inner 0: 0 to 1', 'inner 100: 1 to 0']);
  });

  test('an alternative that carries too little keeps a lower mode alone, and users leave it after hold', () => {
    const parts = {
      journeys: {
        j: { modes: { full: { needs: 'edge' }, lean: { worth: '50%', load: '40%', needs: 'edge' } } },
      },
      services: {
        edge: { any: ['p/a', { use: 'p/b', carries: '50%' }], failover: { detect: '60s', hold: '300s' } },
      },
    };
    // On b: full has level 0.5 / 1 < 0.9, lean min(1, 0.5 / 0.4) = 1. a is healthy at 600, held at 900.
    const result = run(parts, [hit('p/a', 0, 600)]);
    expect(modes(result)).toEqual([
      ['down', 0],
      ['lean', 60],
      ['full', 900],
    ]);
  });

  test('the best alternative is the first that carries what is asked, at the start too', () => {
    const parts = edge({
      any: [{ use: 'p/a', carries: '50%' }, 'p/b', 'p/c'],
      failover: { detect: '60s', hold: '1d' },
    });
    const result = run(parts, [hit('p/b', 0, 3600)]);
    // On b from the start; c carries what is asked, a does not.
    expect(modes(result)).toEqual([
      ['down', 0],
      ['full', 60],
    ]);
    expect(moves(result)).toEqual(['edge 60: 1 to 2']);
  });

  test('a service below decides first, and in between the one above may lose patience', () => {
    const more = { inner: { any: ['p/a', 'p/b'], failover: { detect: '200s', hold: '1d' } } };
    const parts = edge({ any: ['inner', 'p/c'], failover: { detect: '60s', hold: '100s' } }, more);
    // edge leaves at 60; inner has moved at 200 and is healthy from there: back at 300.
    expect(moves(run(parts, [hit('p/a', 0, 3600)]))).toEqual([
      'edge 60: 0 to 1',
      'inner 200: 0 to 1',
      'edge 300: 1 to 0',
    ]);
  });
});

describe('levels', () => {
  test('a mode works down to usable, and the level is the lowest of what it needs', () => {
    const parts = { journeys: { j: { usable: '80%', modes: { full: { needs: ['p/a', 'p/b'] } } } } };
    // 1 − 0.1 = 0.9, from 100 on 1 − 0.3 = 0.7 < 0.8, from 200 on 0.9 again, from 300 on 1.
    const result = run(parts, [hit('p/a', 0, 300, 0.1), hit('p/b', 100, 200, 0.3)]);
    expect(modes(result)).toEqual([
      ['full', 0],
      ['down', 100],
      ['full', 200],
    ]);
    expect(changes(journey(result).levels)).toEqual([
      [0.9, 0],
      [0, 100],
      [0.9, 200],
      [1, 300],
    ]);
  });

  test('atLeast is the k-th highest, an inline any the highest, a pool capacity by level', () => {
    const capacity = [4, 4, 2];
    const parts = {
      journeys: {
        atleast: { usable: '1%', modes: { m: { needs: { atLeast: 2, of: ['p/a', 'p/b', 'p/c'] } } } },
        any: { usable: '1%', modes: { m: { needs: { any: ['p/a', 'p/b'] } } } },
        pool: { usable: '1%', modes: { m: { needs: { from: 'q', atLeast: 8 } } } },
      },
      services: { q: { pool: ['p/a', 'p/b', 'p/c'].map((use, i) => ({ use, capacity: capacity[i] ?? 0 })) } },
    };
    const result = run(parts, [hit('p/a', 0, 100, 0.75), hit('p/b', 0, 100, 0.5)]);
    // Levels 0.25, 0.5 and 1: the second highest is 0.5, the highest of two 0.5, and (1 + 2 + 2) / 8 = 0.625.
    expect(journey(result, 'atleast').levels[0]).toBe(0.5);
    expect(journey(result, 'any').levels[0]).toBe(0.5);
    expect(journey(result, 'pool').levels[0]).toBe(0.625);
  });

  test('inner needs carry by their kind and day, and what an effect reaches stands alone', () => {
    const need = (kind: string, more: Fields = {}): Json => ({ use: 'p/base', kind, ...more });
    const capability = (needs: Json, plane = 'data'): Json => ({ outages: 'none', plane, needs: [needs] });
    const capabilities = {
      base: { outages: 'none' },
      hard: capability('p/base'),
      cold: capability(need('cold')),
      console: capability(need('cold'), 'control'),
      change: capability(need('change')),
      degraded: capability(need('degraded')),
      past: capability(need('hard', { until: '2026-11-01' })),
      now: capability(need('hard', { from: '2026-11-01' })),
      far: capability({ use: 'p/hard' }),
      spared: capability('p/base'),
    };
    const names = Object.keys(capabilities);
    const journeys = Object.fromEntries(
      names.map((name) => [name, { modes: { m: { needs: `p/${name}` } } }]),
    );
    const result = run({ journeys, providers: { p: { capabilities } } }, [
      hit('p/base', 0, 100),
      { ...hit('p/spared', 0, 100, 0), mode: 'none' },
    ]);
    const down = result.journeys.filter((one) => one.modes[0] === 'down').map(({ name }) => name);
    expect(down).toEqual(['base', 'hard', 'console', 'now', 'far']);
  });

  test('needs of kind change count where something is changed', () => {
    const capabilities = {
      a: { outages: 'none' },
      b: { outages: 'none' },
      base: { outages: 'none' },
      dns: { outages: 'none', needs: [{ use: 'p/base', kind: 'change' }] },
    };
    const journeys = { j: { modes: { m: { needs: 'edge' } } }, dns: { modes: { m: { needs: 'p/dns' } } } };
    const services = { edge: { any: ['p/a', 'p/b'], failover: { hold: '1d', needs: 'p/dns' } } };
    const parts = { journeys, services, providers: { p: { capabilities } } };
    // dns serves all the time, but cannot be changed until 500.
    const result = run(parts, [hit('p/a', 0, 3600), hit('p/base', 0, 500)]);
    expect(modes(result)).toEqual([
      ['down', 0],
      ['m', 500],
    ]);
    expect(modes(result, 'dns')).toEqual([['m', 0]]);
  });

  test('an effect reaches what is at or under its scope, @same carries the place, and a service may be named', () => {
    const capabilities = {
      vm: { outages: { rate: '1/yr', mean: '1h', per: 'zone' } },
      db: { outages: { rate: '1/yr', mean: '1h', per: 'region' }, needs: ['p/net@same'] },
      net: { outages: { rate: '1/yr', mean: '1h', per: 'region' } },
    };
    const needs = {
      zone: 'p/vm@e/1',
      other: 'p/vm@w/1',
      place: 'p@e',
      db: 'p/db@e',
      far: 'p/db@w',
      own: 's',
    };
    const journeys = Object.fromEntries(
      Object.entries(needs).map(([name, of]) => [name, { modes: { m: { needs: of } } }]),
    );
    const parts = { journeys, services: { s: { needs: 'p/vm@w/1' } }, providers: { p: { capabilities } } };
    const down = (hits: readonly Hit[]): string[] =>
      run(parts, hits)
        .journeys.filter((one) => one.modes[0] === 'down')
        .map(({ name }) => name);
    expect(down([{ what: 'p', scope: 'e', from: 0, to: 9 }])).toEqual(['zone', 'place', 'db']);
    expect(down([{ what: 'p/net', scope: 'e', from: 0, to: 9 }])).toEqual(['db']);
    expect(down([{ what: 'p/vm', scope: 'w', from: 0, to: 9 }])).toEqual(['other', 'own']);
    expect(down([hit('s', 0, 9)])).toEqual(['own']);
  });
});

describe('protections', () => {
  test('missing: refuse closes a mode, missing: serve exposes it', () => {
    const capabilities = { a: { outages: 'none', protects: ['waf'] }, b: { outages: 'none' } };
    const of = (missing: string): Json => ({
      protections: { need: ['waf'], missing },
      modes: { full: { needs: 'edge' }, bare: { worth: '1%', needs: 'edge', protections: 'none' } },
    });
    const parts = {
      journeys: { closed: of('refuse'), open: of('serve') },
      services: { edge: { any: ['p/a', 'p/b'], failover: { detect: '60s', hold: '300s' } } },
      providers: { p: { capabilities } },
    };
    const result = run(parts, [hit('p/a', 0, 600)]);
    // On b from 60 to 900 nothing gives the firewall.
    expect(modes(result, 'closed')).toEqual([
      ['down', 0],
      ['bare', 60],
      ['full', 900],
    ]);
    expect(modes(result, 'open')).toEqual([
      ['down', 0],
      ['full', 60],
    ]);
    expect(changes(journey(result, 'open').exposed)).toEqual([
      [false, 0],
      [true, 60],
      [false, 900],
    ]);
    expect(changes(journey(result, 'closed').exposed)).toEqual([[false, 0]]);
  });

  test('of members those that every working one has', () => {
    const capabilities = { a: { outages: 'none', protects: ['waf'] }, b: { outages: 'none' } };
    const parts = {
      journeys: {
        j: {
          protections: { need: ['waf'], missing: 'serve' },
          modes: { m: { needs: { atLeast: 1, of: ['p/a', 'p/b'] } } },
        },
      },
      providers: { p: { capabilities } },
    };
    // b has no firewall: exposed as long as it works, which is not from 100 to 200.
    const result = run(parts, [hit('p/b', 100, 200), hit('p/a', 0, 1, 0)]);
    expect(changes(journey(result).exposed)).toEqual([
      [true, 0],
      [false, 100],
      [true, 200],
    ]);
  });
});

describe('growth', () => {
  const pool = (more: Fields = {}): Parts => ({
    journeys: { j: { modes: { m: { needs: { from: 'q', atLeast: 10 } } } } },
    services: {
      q: {
        pool: [
          { use: 'p/a', capacity: 6 },
          { use: 'p/b', capacity: 4, grow: 6, after: '300s', ...more },
        ],
      },
    },
  });

  test('a short pool grows after its time, and gives the growth up at once', () => {
    // Without a 4 of 10; with growth from 300 on 4 + 6 = 10. At 1000 a is back, so short of nothing; at 2000 it is
    // ill again, and growing begins again: 2300.
    const result = run(pool(), [hit('p/a', 0, 1000), { ...hit('p/a', 2000, 3000), mode: 'timeout' }]);
    expect(modes(result)).toEqual([
      ['down', 0],
      ['m', 300],
      ['down', 2000],
      ['m', 2300],
    ]);
  });

  test('what growing needs must work while it grows, and may fail then', () => {
    const parts = pool({ needs: 'p/dns' });
    // dns fails from 100 to 200: growing from 200 on, there at 500; dns fails again at 600.
    const result = run(parts, [
      hit('p/a', 0, 1000),
      hit('p/dns', 100, 200),
      { ...hit('p/dns', 600, 900), mode: 'timeout' },
    ]);
    expect(modes(result)).toEqual([
      ['down', 0],
      ['m', 500],
    ]);
  });

  test('a pool that is asked for steering alone grows too', () => {
    const parts = edge(
      { any: ['p/a', 'p/b'], failover: { hold: '1d', needs: { from: 'q', atLeast: 7 } } },
      { q: { pool: [{ use: 'p/c', capacity: 6, grow: 3, after: '60s' }] } },
    );
    // c is down until 50, and has grown again 60 s later.
    expect(moves(run(parts, [hit('p/a', 0, 3600), hit('p/c', 0, 50)]))).toEqual(['edge 110: 0 to 1']);
  });

  test('growth counts only while its member is healthy', () => {
    // b has level 0.85 < 0.9 from 400 to 500, so no growth: 0.85 · 4 of 10. Growing again from 500: there at 800.
    const result = run(pool(), [hit('p/a', 0, 3600), hit('p/b', 400, 500, 0.15)]);
    expect(modes(result)).toEqual([
      ['down', 0],
      ['m', 300],
      ['down', 400],
      ['m', 800],
    ]);
  });
});

describe('the ladder', () => {
  const parts = (more: Fields): Parts => ({
    journeys: {
      j: {
        modes: {
          full: { needs: ['p/a', 'p/b', 'p/c'] },
          lean: { worth: '50%', needs: ['p/b', 'p/c'] },
          static: { worth: '5%', needs: 'p/c' },
        },
        ...more,
      },
    },
  });

  test('down holds back a fall, up a rise, and from down all is taken at once', () => {
    const policy = { ladder: { down: '10s', up: '120s' } };
    const result = run(parts(policy), [
      hit('p/a', 0, 500),
      hit('p/c', 1000, 1005),
      { ...hit('p/c', 2000, 2100), mode: 'timeout' },
    ]);
    // Down 10 s, then lean; a back at 500: full at 620. At 1000 for 5 s nothing works: full again at 1005, as it is
    // from down. At 2000 for 100 s: the same.
    expect(modes(result)).toEqual([
      ['down', 0],
      ['lean', 10],
      ['full', 620],
      ['down', 1000],
      ['full', 1005],
      ['down', 2000],
      ['full', 2100],
    ]);
  });

  test('a better mode must work for up without a break', () => {
    const policy = { ladder: { up: '120s' } };
    const result = run(parts(policy), [hit('p/a', 0, 500), { ...hit('p/a', 600, 700), mode: 'timeout' }]);
    // Works from 500 to 600, that is 100 s < 120 s, then from 700: 820.
    expect(modes(result)).toEqual([
      ['lean', 0],
      ['full', 820],
    ]);
  });

  test('after a long stop a journey comes back from the lowest mode, step by step', () => {
    const policy = { reopen: { after: '30m', step: '10m' } };
    const result = run(parts(policy), [hit('p/c', 0, 1800)]);
    // Away 1800 s = 30 m: static, 600 s later lean, 600 s later full.
    expect(modes(result)).toEqual([
      ['down', 0],
      ['static', 1800],
      ['lean', 2400],
      ['full', 3000],
    ]);
    // One second shorter, and it is back at once.
    expect(modes(run(parts(policy), [hit('p/c', 0, 1799)]))).toEqual([
      ['down', 0],
      ['full', 1799],
    ]);
  });
});

describe('ladder and reopening together', () => {
  test('one working mode at a time, each when it has worked for long enough', () => {
    const parts = {
      journeys: {
        j: {
          modes: {
            full: { needs: 'p/a' },
            lean: { worth: '50%', needs: 'p/b' },
            static: { worth: '5%', needs: 'p/c' },
          },
          ladder: { up: '120s' },
          reopen: { after: '10m', step: '5m' },
        },
      },
    };
    // Static at 0. Full works from 500 on, lean from 550 on: away for 600 s at 600, so lean comes first, and not before
    // 550 + 120. Full 300 s later.
    const result = run(parts, [hit('p/a', 0, 500), hit('p/b', 0, 550)]);
    expect(modes(result)).toEqual([
      ['static', 0],
      ['lean', 670],
      ['full', 970],
    ]);
  });
});

describe('shared pools', () => {
  const asks = (tier: string, amount: number, more: Fields = {}): Json => ({
    tier,
    modes: { m: { needs: { from: 'q', atLeast: amount } } },
    ...more,
  });
  const q = {
    pool: [
      { use: 'p/a', capacity: 6 },
      { use: 'p/b', capacity: 4 },
    ],
  };

  test('core journeys are served before others, which get what is left', () => {
    const parts = {
      journeys: {
        later: asks('deferrable', 2),
        first: asks('core', 5),
        rest: asks('important', 3, { usable: '20%' }),
      },
      services: { q },
    };
    // 6 left of 10: core takes 5, important has 1 of 3 and takes it, deferrable 0 of 2.
    const result = run(parts, [hit('p/b', 0, 100)]);
    expect(modes(result, 'first')).toEqual([['m', 0]]);
    expect(changes(journey(result, 'rest').levels)).toEqual([
      [1 / 3, 0],
      [1, 100],
    ]);
    expect(modes(result, 'later')).toEqual([
      ['down', 0],
      ['m', 100],
    ]);
  });

  test('a journey that is down takes nothing', () => {
    const parts = { journeys: { first: asks('core', 8), later: asks('deferrable', 2) }, services: { q } };
    // 6 < 8: core is down and leaves all 6.
    const result = run(parts, [hit('p/b', 0, 100)]);
    expect(modes(result, 'first')).toEqual([
      ['down', 0],
      ['m', 100],
    ]);
    expect(modes(result, 'later')).toEqual([['m', 0]]);
  });

  test('a shared pool grows for the sum of first modes', () => {
    const growing = {
      pool: [
        { use: 'p/a', capacity: 6 },
        { use: 'p/b', capacity: 2, grow: 2, after: '60s' },
      ],
    };
    const parts = { journeys: { first: asks('core', 5), later: asks('core', 3) }, services: { q: growing } };
    // 5 + 3 = 8 of 8: not short. With b at 0.95 it has 7.9: later has 2.9 / 3 = 0.967; in 60 s 6 + 4 · 0.95 = 9.8.
    const result = run(parts, [hit('p/b', 0, 100, 0.05)]);
    expect(changes(journey(result, 'later').levels).map(([level, from]) => [level.toFixed(3), from])).toEqual(
      [
        ['0.967', 0],
        ['1.000', 60],
      ],
    );
  });

  test('amounts that the whole pool could never hold are thresholds', () => {
    const parts = { journeys: { first: asks('core', 6), later: asks('core', 6) }, services: { q } };
    // 12 > 10: each has 6 of 6 for itself, with or without shedding.
    for (const shedding of [true, false]) {
      const result = run(parts, [hit('p/b', 0, 100)], { shedding });
      expect(modes(result, 'first')).toEqual([['m', 0]]);
      expect(modes(result, 'later')).toEqual([['m', 0]]);
    }
  });

  test('without shedding a pool that is asked for too much answers nobody', () => {
    const parts = { journeys: { first: asks('core', 5), later: asks('deferrable', 3) }, services: { q } };
    // 5 + 3 > 6.
    const result = run(parts, [hit('p/b', 0, 100)], { shedding: false });
    expect(modes(result, 'first')).toEqual([
      ['down', 0],
      ['m', 100],
    ]);
    expect(modes(result, 'later')).toEqual([
      ['down', 0],
      ['m', 100],
    ]);
  });

  test('without shedding an ask for more than there is is answered to nobody', () => {
    const parts = {
      journeys: {
        a: asks('core', 6, { usable: '50%' }),
        b: asks('core', 7, { usable: '50%' }),
        c: { usable: '50%', modes: { m: { needs: 'edge' } } },
      },
      services: { q, edge: { any: [{ from: 'q', atLeast: 7 }, 'p/c'] } },
    };
    // 6 of 10, and together they ask for more than 10 at any time.
    const levels = (shedding: boolean): (number | undefined)[] =>
      run(parts, [hit('p/b', 0, 100)], { shedding }).journeys.map((one) => one.levels[0]);
    expect(levels(true)).toEqual([1, 6 / 7, 6 / 7]);
    // The health of an alternative is seen so too.
    expect(levels(false)).toEqual([1, 0, 1]);
  });

  test('a pool has for a mode what its members come to at the load of that mode', () => {
    const parts = {
      journeys: {
        j: {
          modes: {
            full: { needs: { from: 'q', atLeast: 4 } },
            lean: { worth: '50%', load: '40%', needs: { from: 'q', atLeast: 4 } },
          },
          backlog: { share: '10%', over: '20m' },
        },
        k: { tier: 'deferrable', modes: { m: { needs: { from: 'q', atLeast: 1 } } } },
      },
      services: {
        edge: { any: ['p/a', { use: 'p/b', carries: '40%' }] },
        q: { pool: [{ use: 'edge', capacity: 5 }] },
      },
    };
    // On b there are 2 for who asks with all its load, and 5 for who asks with 40 %: 4 are taken of those. Without
    // shedding 2 are not enough for both.
    const inModes = (shedding: boolean): (string | undefined)[] =>
      run(parts, [hit('p/a', 0, 100)], { shedding }).journeys.map((one) => one.modes[0]);
    expect(inModes(true)).toEqual(['lean', 'down']);
    expect(inModes(false)).toEqual(['down', 'down']);
  });

  test('waiting work comes back evenly, and more slowly where the pool has little to spare', () => {
    const backlog = { backlog: { share: '50%', over: '10m' } };
    const one = { journeys: { j: asks('core', 5, backlog) }, services: { q } };
    // Down 600 s: 300 s of work wait. On top 300 / 600 = 0.5, that is 2.5 of 5 to spare: done in 600 s.
    const { waiting } = journey(run(one, [hit('p/a', 0, 600)], { tailSeconds: 2000 }));
    expect(waiting[599]).toBeCloseTo(300);
    expect(waiting[899]).toBeCloseTo(150);
    expect(waiting[1198]).toBeCloseTo(0.5);
    expect(waiting[1199]).toBe(0);
    const two = { journeys: { j: asks('core', 5, backlog), k: asks('core', 4) }, services: { q } };
    // 10 − 5 − 4 = 1 to spare, that is 0.2 of what j asks: 300 s of work take 1500 s.
    const slow = journey(run(two, [hit('p/a', 0, 600)], { tailSeconds: 2000 })).waiting;
    expect(slow[1599]).toBeCloseTo(100);
    expect(slow[2099]).toBeCloseTo(0);
  });

  test('without shedding waiting work brings the pool down again', () => {
    const journeys = { j: asks('core', 8, { backlog: { share: '50%', over: '10m' } }) };
    // After 240 s wait 120, on top 120 / 600 = 0.2: 8 · 1.2 = 9.6 of 10 holds. After 480 s 0.4: 11.2 does not, and
    // never will again.
    const held = run({ journeys, services: { q } }, [hit('p/a', 0, 240)], { shedding: false });
    expect(modes(held)).toEqual([
      ['down', 0],
      ['m', 240],
    ]);
    const broken = run({ journeys, services: { q } }, [hit('p/a', 0, 480)], { shedding: false });
    expect(modes(broken)).toEqual([['down', 0]]);
    expect(modes(run({ journeys, services: { q } }, [hit('p/a', 0, 480)]))).toEqual([
      ['down', 0],
      ['m', 480],
    ]);
  });
});

describe('incidents', () => {
  const parts: Parts = { journeys: { j: { modes: { m: { needs: 'p/a' } } } } };

  test('unknown severities are 1, or 0 where nothing is unavailable', () => {
    const unknown = (mode: string, options?: TickOptions): number | undefined =>
      journey(run(parts, [{ what: 'p/a', from: 0, to: 100, severity: null, mode }], options)).levels[0];
    expect(unknown('http-5xx')).toBe(0);
    expect(unknown('http-5xx', { severity: 0.05 })).toBe(0.95);
    expect(unknown('latency')).toBe(1);
    expect(unknown('latency', { severity: 0.05 })).toBe(1);
  });

  test('flapping is five minutes down and five up', () => {
    const result = run(parts, [{ what: 'p/a', from: 0, to: 1000, mode: 'flapping' }]);
    // Down 0 to 300, 600 to 900, and up to the end.
    expect(modes(result)).toEqual([
      ['down', 0],
      ['m', 300],
      ['down', 600],
      ['m', 900],
    ]);
  });

  test('a cohort has its own severity, the worst of several', () => {
    const cohort = (id: string, severity: number | null): Fields => ({
      id,
      condition: 'One',
      effect: 'One',
      severity,
    });
    const cohorts = [cohort('blue', 0), cohort('green', 0.05), cohort('red', null)];
    const level = (options: TickOptions, more: Fields = {}): number | undefined =>
      journey(run({ ...parts, more }, [{ what: 'p/a', from: 0, to: 100, cohorts }], options)).levels[0];
    expect(level({})).toBe(0);
    expect(level({ cohorts: ['blue'] })).toBe(1);
    expect(level({ cohorts: ['green'] }, { cohorts: ['blue'] })).toBe(0.95);
    expect(level({ cohorts: ['red'] })).toBe(0);
  });

  test('where requests were answered a cohort changes what was published alone', () => {
    const cohorts = [{ id: 'blue', condition: 'One', effect: 'One', severity: 1 }];
    const level = (mode: string, severity: number | null): number | undefined =>
      journey(run(parts, [{ what: 'p/a', from: 0, to: 100, severity, mode, cohorts }], { cohorts: ['blue'] }))
        .levels[0];
    expect(level('latency', null)).toBe(1);
    expect(level('none', null)).toBe(1);
    expect(level('latency', 0.05)).toBe(0);
    expect(level('timeout', null)).toBe(0);
  });

  test('times that nobody knows are those of the window, else the first and the last one known', () => {
    const replay = (window: Fields): TickResult =>
      tick(
        planOf(parts),
        incidentOf(
          [
            { what: 'p/a', from: null, to: null },
            { what: 'p/b', from: 50, to: 900 },
          ],
          window,
        ),
      );
    expect(modes(replay({ start: at(0), end: at(600) }))).toEqual([
      ['down', 0],
      ['m', 600],
    ]);
    expect(modes(replay({ start: at(0), end: null }))).toEqual([
      ['down', 0],
      ['m', 900],
    ]);
    // No begin in the window: that of the other effect, 50.
    expect(replay({ start: null, end: at(600) }).from).toBe(NOON + 50);
    expect(modes(replay({ start: null, end: at(600) }))).toEqual([
      ['down', 0],
      ['m', 550],
    ]);
  });

  test('of phases at one time the worst', () => {
    const result = run(parts, [hit('p/a', 0, 100, 0.05), { ...hit('p', 50, 80, 0.08) }]);
    expect(changes(journey(result).levels)).toEqual([
      [0.95, 0],
      [0.92, 50],
      [0.95, 80],
      [1, 100],
    ]);
  });
});

describe('random plans and incidents', () => {
  const cases = Array.from({ length: 60 }, (_, seed) => {
    const text = randomTimedPlan(randomStream('timed-plan', seed), { policies: seed % 2 === 1 });
    const { plan } = parsePlan(text, 'random.yaml');
    if (plan === undefined) throw new Error(text);
    const written = randomIncident(randomStream('timed-incident', seed), plan);
    const { incident, problems } = parseIncident(written, 'random.yaml');
    if (incident === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
    return { plan, incident };
  });

  test('are replayed, and something happens in many', () => {
    const results = cases.map(({ plan, incident }) => tick(plan, incident, { tailSeconds: 600 }));
    const changed = results.filter(({ journeys }) => journeys.some((one) => new Set(one.modes).size > 1));
    expect(changed.length).toBeGreaterThan(25);
    expect(results.filter(({ switches }) => switches.length > 0).length).toBeGreaterThan(10);
  });

  test('a level stands beside a mode, and only there', () => {
    for (const { plan, incident } of cases.slice(0, 20)) {
      const { journeys } = tick(plan, incident, { tailSeconds: 60, shedding: false });
      for (const one of journeys)
        expect(one.levels.every((level, second) => level > 0 === (one.modes[second] !== 'down'))).toBe(true);
    }
  });
});
