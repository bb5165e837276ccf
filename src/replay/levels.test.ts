import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOG } from '../catalog/index.ts';
import { referenceSignals } from '../control/index.ts';
import { parseIncident, type Incident } from '../incidents/index.ts';
import { buildModel, type Model } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import { placeEffects, type EffectOptions } from './effects.ts';
import { levelsOf, type IncidentLevels } from './levels.ts';

const HOUR = 3_600_000;
/** Begin of every incident here. @unit ms */
const NOON = Date.UTC(2026, 9, 5, 12);

/** A plan whose one journey needs everything that is named, with what steers it. */
function modelOf(needs: readonly string[], capabilities: string, steering = 'p/dns'): Model {
  const text = `keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys: {j: {modes: {m: {needs: [${needs.join(', ')}, web, shop]}}}}
services:
  web: {any: [p/first, p/second], failover: {needs: ${steering}}}
  shop: {needs: p/first}
providers:
  p:
    capabilities:
      first: {outages: none}
      second: {outages: none}
      dns: {outages: none, plane: control}
${capabilities}
  q: {capabilities: {own: {outages: none}}}
catalog: none
`;
  const { plan, problems } = parsePlan(text, 'plan.yaml');
  if (plan === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  const built = buildModel(plan, EMPTY_CATALOG);
  if (built.model === undefined) throw new Error(built.problems.map(({ message }) => message).join('\n'));
  return built.model;
}

interface Hit {
  readonly what: string;
  /** @default global */
  readonly scope?: string;
  /** @unit hours since noon */
  readonly from?: number | null;
  /** @unit hours since noon */
  readonly to?: number | null;
  /** @default 1 */
  readonly severity?: number;
  readonly mode?: string;
}

const clock = (hours: number | null): string | null =>
  hours === null ? null : new Date(NOON + hours * HOUR).toISOString().replace('.000Z', 'Z');

function incidentOf(hits: readonly Hit[]): Incident {
  const text = JSON.stringify({
    schema: 1,
    id: 'test',
    title: 'Test',
    kind: 'availability',
    provider: 'p',
    cause_class: 'unknown',
    root_cause: 'A test.',
    window: { start: clock(0), end: null },
    effects: hits.map(({ what, scope = 'global', from = 0, to = 1, severity = 1, mode = 'timeout' }) => ({
      capability: what,
      scope,
      phases: [{ from: clock(from), to: clock(to), severity, mode }],
    })),
    counts: null,
    sources: [{ id: 'S1', url: null, title: 'None', what: 'Nothing.' }],
  });
  const { incident, problems } = parseIncident(text, 'test.yaml');
  if (incident === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return incident;
}

interface Seen {
  readonly levels: IncidentLevels;
  /** The level of a reference, as users see it. */
  readonly of: (name: string, hours?: number) => number;
  /** The level of a reference where something is changed. */
  readonly inChange: (name: string, hours?: number) => number;
  /** The level of a service by itself. */
  readonly service: (name: string, hours?: number) => number;
}

function see(model: Model, hits: readonly Hit[], options: EffectOptions = {}): Seen {
  const signals = referenceSignals(model);
  const levels = levelsOf(model, signals, placeEffects(incidentOf(hits), options).effects);
  const at = (signal: number, hours: number): number =>
    levels.changes.filter((one) => one.signal === signal && one.at <= NOON + hours * HOUR).at(-1)?.level ?? 1;
  const reference = (name: string): number => {
    const index = model.references.findIndex((one) => one.name === name);
    if (index < 0) throw new Error(`No reference ${name}.`);
    return index;
  };
  return {
    levels,
    of: (name, hours = 0.5) => at(signals.reference(reference(name), false), hours),
    inChange: (name, hours = 0.5) => at(signals.reference(reference(name), true), hours),
    service: (name, hours = 0.5) =>
      at(signals.service(model.services.findIndex((one) => one.name === name)), hours),
  };
}

describe('an effect reaches', () => {
  const PLACES = [
    'p/vm@r/z',
    'p/vm@r/y',
    'p/vm@r2/z',
    'p/lb@r',
    'p/lb@r2',
    'p/cdn',
    'p@r',
    'p@r/z',
    'p@r2',
    'q/own',
  ];
  const places = modelOf(
    PLACES,
    `      vm: {outages: {rate: 1/yr, mean: 1h, per: zone}}
      lb: {outages: {rate: 1/yr, mean: 1h, per: region}}
      cdn: {outages: none}`,
  );
  const hit = (what: string, scope = 'global'): string[] => {
    const { of } = see(places, [{ what, scope }]);
    return PLACES.filter((name) => of(name) < 1);
  };

  test('everything at or under its scope of its capability', () => {
    expect(hit('p/vm')).toEqual(['p/vm@r/z', 'p/vm@r/y', 'p/vm@r2/z']);
    expect(hit('p/vm', 'r')).toEqual(['p/vm@r/z', 'p/vm@r/y']);
    expect(hit('p/vm', 'r/z')).toEqual(['p/vm@r/z']);
    expect(hit('p/lb', 'r/z')).toEqual([]);
    expect(hit('p/cdn')).toEqual(['p/cdn']);
    expect(hit('p/cdn', 'r')).toEqual([]);
  });

  test('everything at or under its scope of the provider where it names no capability', () => {
    expect(hit('p')).toEqual(PLACES.filter((name) => name !== 'q/own'));
    expect(hit('p', 'r')).toEqual(['p/vm@r/z', 'p/vm@r/y', 'p/lb@r', 'p@r', 'p@r/z']);
    expect(hit('p', 'r/z')).toEqual(['p/vm@r/z', 'p@r/z']);
    expect(hit('q')).toEqual(['q/own']);
  });

  test('a service of the plan by its name, apart from what the service needs', () => {
    const { service, of, levels } = see(places, [{ what: 'shop', severity: 0.5 }]);
    expect([service('shop'), service('web'), of('p/first')]).toEqual([0.5, 1, 1]);
    expect([...levels.lowest]).toEqual([['shop', 0.5]]);
  });

  test('nothing that the plan does not stand on', () => {
    const { levels } = see(places, [{ what: 'p/other' }, { what: 'x' }, { what: 'q/own', scope: 'r' }]);
    expect(levels.changes).toEqual([]);
    expect(levels.lowest.size).toBe(0);
  });

  test('what is used to change things like what serves', () => {
    const { of, inChange } = see(places, [{ what: 'p/cdn', severity: 0.3 }]);
    expect([of('p/cdn'), inChange('p/cdn')]).toEqual([0.7, 0.7]);
  });
});

describe('several effects and phases', () => {
  const plain = modelOf(['q/own'], '');

  test('at one time count as the worst of them', () => {
    const { of, levels } = see(plain, [
      { what: 'p/first', from: 0, to: 3, severity: 0.25 },
      { what: 'p', from: 1, to: 2, severity: 0.75 },
      { what: 'p', scope: 'r', from: 0, to: 3 },
    ]);
    expect([0, 1, 1.5, 2, 3].map((hours) => of('p/first', hours))).toEqual([0.75, 0.25, 0.25, 0.75, 1]);
    expect(levels.lowest.get('p/first')).toBe(0.25);
  });

  test('on one service count together', () => {
    const { service } = see(plain, [
      { what: 'shop', from: 0, to: 2, severity: 0.25 },
      { what: 'shop', scope: 'r', from: 1, to: 3, severity: 0.5 },
    ]);
    expect([0, 1, 2, 3].map((hours) => service('shop', hours))).toEqual([0.75, 0.5, 0.5, 1]);
  });

  test('are told in the order of time, and only where a level changes', () => {
    const { levels } = see(plain, [
      { what: 'p/first', from: 1, to: 3 },
      { what: 'p', from: 0, to: 2, mode: 'latency', severity: 0 },
      { what: 'q/own', from: 0, to: 3, severity: 0.5 },
    ]);
    const times = levels.changes.map(({ at }) => (at - NOON) / HOUR);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    // Of own and first, as they serve and as they are changed.
    expect(times).toEqual([0, 0, 1, 1, 3, 3, 3, 3]);
  });
});

describe('what no effect reaches', () => {
  const kinds = modelOf(
    ['p/hard', 'p/cold', 'p/console', 'p/change', 'p/degraded', 'p/past', 'p/future', 'p/far', 'p/two'],
    `      base: {outages: none}
      hard: {outages: none, needs: [p/base]}
      cold: {outages: none, needs: [{use: p/base, kind: cold}]}
      console: {outages: none, plane: control, needs: [{use: p/base, kind: cold}]}
      change: {outages: none, needs: [{use: p/base, kind: change}]}
      degraded: {outages: none, needs: [{use: p/base, kind: degraded}]}
      past: {outages: none, needs: [{use: p/base, until: 2026-11-01}]}
      future: {outages: none, needs: [{use: p/base, from: 2026-11-02}]}
      far: {outages: none, needs: [p/hard]}
      two: {outages: none, needs: [p/first, p/far]}`,
    'p/change',
  );

  test('fails with what it needs, by the kind of the need and the day', () => {
    const { of } = see(kinds, [{ what: 'p/base', severity: 0.75 }]);
    expect(['p/hard', 'p/console', 'p/far', 'p/two'].map((name) => of(name))).toEqual([
      0.25, 0.25, 0.25, 0.25,
    ]);
    const spared = ['p/cold', 'p/change', 'p/degraded', 'p/past', 'p/future'];
    expect(spared.map((name) => of(name))).toEqual([1, 1, 1, 1, 1]);
  });

  test('fails where something is changed with what only changes need', () => {
    const { of, inChange } = see(kinds, [{ what: 'p/base', severity: 0.75 }]);
    expect([of('p/change'), inChange('p/change')]).toEqual([1, 0.25]);
    expect(['p/cold', 'p/degraded', 'p/past'].map((name) => inChange(name))).toEqual([1, 1, 1]);
    expect(inChange('p/far')).toBe(0.25);
  });

  test('fails with the worst of what it needs', () => {
    const { of } = see(kinds, [
      { what: 'p/base', severity: 0.2 },
      { what: 'p/first', from: 0.4, to: 0.6, severity: 0.9 },
    ]);
    expect([of('p/two', 0.3), of('p/two', 0.5), of('p/two', 0.7)]).toEqual([0.8, 1 - 0.9, 0.8]);
  });

  test('is carried nothing by what needs each other in a circle', () => {
    const circle = modelOf(
      ['p/a', 'p/b'],
      `      a: {outages: none, needs: [p/b]}
      b: {outages: none, needs: [p/a, p/c]}
      c: {outages: none}`,
    );
    const { of } = see(circle, [{ what: 'p/c', severity: 0.5 }]);
    expect([of('p/a'), of('p/b')]).toEqual([0.5, 0.5]);
  });
});

describe('what an effect reaches', () => {
  const inner = modelOf(
    ['p/top', 'p/middle'],
    `      base: {outages: none}
      middle: {outages: none, needs: [p/base]}
      top: {outages: none, needs: [p/middle]}`,
  );

  test('is as the effect says: needs carry nothing to it, nor past it', () => {
    const { of } = see(inner, [{ what: 'p/base' }, { what: 'p/middle', severity: 0.25 }]);
    expect([of('p/middle'), of('p/top')]).toEqual([0.75, 0.75]);
  });

  test('for the whole incident, also after its own phases', () => {
    const { of } = see(inner, [
      { what: 'p/base', from: 0, to: 5 },
      { what: 'p/middle', from: 0, to: 1, severity: 0.25 },
    ]);
    expect([0, 2].map((hours) => of('p/middle', hours))).toEqual([0.75, 1]);
    expect([0, 2].map((hours) => of('p/top', hours))).toEqual([0.75, 1]);
  });

  test('a severity of 0 included', () => {
    const { of } = see(inner, [{ what: 'p/base' }, { what: 'p/middle', severity: 0, mode: 'none' }]);
    expect([of('p/middle'), of('p/top')]).toEqual([1, 1]);
  });

  test('not where the effect has no time: it says nothing then', () => {
    // The window has no end, and what is known last is known of no other effect.
    const { of } = see(inner, [{ what: 'p/middle', from: 1, to: null, severity: 0.25 }, { what: 'p/base' }]);
    expect([of('p/middle'), of('p/top')]).toEqual([0, 0]);
  });

  test('for the whole incident, though only a part of that is replayed', () => {
    const hits: Hit[] = [
      { what: 'p/base', from: 0, to: 5 },
      { what: 'p/middle', from: 0, to: 1, severity: 0.25 },
    ];
    const part = see(inner, hits, { from: NOON + 2 * HOUR });
    // As without the cut: the effect says that it was well from one hour on.
    expect(part.of('p/middle', 3)).toBe(see(inner, hits).of('p/middle', 3));
    expect(part.of('p/middle', 3)).toBe(1);
  });
});
