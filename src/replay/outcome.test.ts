import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOG } from '../catalog/index.ts';
import { parseIncident, type Incident } from '../incidents/index.ts';
import { buildModel, type Model } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import { replay, type Replay, type ReplayOptions } from './index.ts';

/** A plan on capabilities a to e and the control plane dns of a provider p. */
function modelOf(journeys: string, services: string): Model {
  const text = `keelson: 1
platform: {name: P, asOf: 2026-11-01}
catalog: none
journeys: ${journeys}
services: ${services}
providers: {p: {capabilities: {a: {outages: none}, b: {outages: none}, c: {outages: none}, d: {outages: none}, dns: {outages: none, plane: control}}}}
`;
  const { plan, problems } = parsePlan(text, 'plan.yaml');
  if (plan === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  const built = buildModel(plan, EMPTY_CATALOG);
  if (built.model === undefined) throw new Error(built.problems.map(({ message }) => message).join('\n'));
  return built.model;
}

const at = (time: string): string => `2026-03-02T${time}:00Z`;

/** @param hits `CAPABILITY FROM TO [SEVERITY]` */
function incidentOf(hits: readonly string[], more: object = {}): Incident {
  const text = JSON.stringify({
    schema: 1,
    id: 'test',
    title: 'Test',
    kind: 'availability',
    provider: 'p',
    cause_class: 'unknown',
    root_cause: 'Made up.',
    window: { start: at('12:00'), end: null },
    effects: hits.map((hit) => {
      const [what = '', from = '', to = '', severity = '1'] = hit.split(' ');
      const phase = { from: at(from), to: at(to), severity: Number(severity), mode: 'timeout' };
      return {
        capability: what.includes('/') ? what : `p/${what}`,
        scope: 'global',
        phases: [phase],
        ...more,
      };
    }),
    counts: null,
    sources: [{ id: 'S1', url: null, title: 'None', what: 'Nothing.' }],
  });
  const { incident, problems } = parseIncident(text, 'test.yaml');
  if (incident === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return incident;
}

const quick: ReplayOptions = { details: false };

function says(
  model: Model,
  hits: readonly string[],
  options: ReplayOptions = quick,
): Record<string, unknown> {
  const { outcome, journeys } = replay(model, incidentOf(hits), options);
  return { outcome, ...Object.fromEntries(journeys.map((one) => [one.name, stateOf(one)])) };
}

const stateOf = (one: Replay['journeys'][number]): string =>
  `${one.minutesDown} down, ${one.minutesUncovered} uncovered, ends in ${one.endsIn}`;

describe('a stop is covered where fallbacks ended it', () => {
  const switching = modelOf(
    '{trade: {modes: {full: {needs: db}}}, other: {modes: {full: {needs: p/c}, less: {worth: 90%, needs: p/b}}}}',
    '{db: {any: [p/a, p/b], failover: {detect: 2m, switch: 3m}}}',
  );

  test.each(['12:05', '12:06'])('whatever else fails at %s', (time) => {
    expect(says(switching, ['a 12:00 14:00', `c ${time} 12:30`])).toMatchObject({
      outcome: 'covered',
      trade: '5 down, 0 uncovered, ends in full',
    });
  });

  test('whatever else recovers at that moment', () => {
    expect(says(switching, ['a 12:00 14:00', 'c 12:01 12:05'])).toMatchObject({ outcome: 'covered' });
  });

  test('also where the fallback had to come back itself', () => {
    expect(says(switching, ['a 12:00 14:00', 'b 12:00 13:00'])).toMatchObject({
      outcome: 'covered',
      trade: '63 down, 0 uncovered, ends in full',
    });
  });

  test('not where what grows had failed, was back, and had to grow anew', () => {
    const growing = modelOf(
      '{trade: {modes: {full: {needs: {from: cap, atLeast: 6000}}}}, other: {modes: {full: {needs: p/b}}}}',
      '{cap: {outages: none, pool: [{use: p/a, capacity: 4000, grow: 2000, after: 10m, needs: p/c}]}}',
    );
    for (const more of [[], ['b 13:20 13:30 0.05']])
      expect(says(growing, ['a 12:00 13:00', ...more])).toMatchObject({
        outcome: 'uncovered',
        trade: '70 down, 70 uncovered, ends in full',
      });
  });

  test('not where a lower mode came back before the rest, and nobody did anything', () => {
    const two = modelOf(
      '{trade: {modes: {full: {needs: [p/a, p/b]}, less: {worth: 50%, needs: p/a}}}}',
      '{}',
    );
    expect(says(two, ['a 12:00 13:00', 'b 12:00 15:00'])).toMatchObject({
      outcome: 'uncovered',
      trade: '60 down, 60 uncovered, ends in full',
    });
  });

  test('where a ladder waits before it takes a lower mode', () => {
    const ladder = modelOf(
      '{trade: {ladder: {down: 2m}, modes: {full: {needs: p/a}, less: {worth: 50%, needs: p/b}}}}',
      '{}',
    );
    expect(says(ladder, ['a 12:00 13:00'])).toMatchObject({
      outcome: 'covered',
      trade: '2 down, 0 uncovered, ends in full',
    });
  });

  test('of each journey by itself', () => {
    const both = modelOf(
      '{trade: {modes: {full: {needs: db}}}, docs: {modes: {full: {needs: p/a}}}}',
      '{db: {any: [p/a, p/b], failover: {detect: 1m, switch: 1m}}}',
    );
    expect(says(both, ['a 12:00 14:00'])).toEqual({
      outcome: 'uncovered',
      trade: '2 down, 0 uncovered, ends in full',
      docs: '120 down, 120 uncovered, ends in full',
    });
  });
});

describe('a journey that is not back', () => {
  test('after a collapse that its own backlog keeps up is down at the end', () => {
    const model = modelOf(
      '{trade: {loss: 60k USD/h, backlog: {share: 100%, over: 30m}, modes: {full: {needs: {from: cap, atLeast: 6000}}}}}',
      '{cap: {outages: none, pool: [{use: p/a, capacity: 4000}, {use: p/b, capacity: 4000}]}}',
    );
    const hits = ['a 12:00 12:20'];
    expect(says(model, hits)).toMatchObject({ trade: '20 down, 20 uncovered, ends in full' });
    expect(says(model, hits, { ...quick, shedding: false })).toMatchObject({
      outcome: 'uncovered',
      trade: '20 down, 20 uncovered, ends in down',
    });
  });

  test('is left on an alternative that carries too little, because state never goes back by itself', () => {
    const model = modelOf(
      '{trade: {modes: {full: {needs: db}}}}',
      `{db: {any: [p/a, {use: p/b, carries: 60%}], state: {writer: single, lag: 5s}, failover: {detect: 1m}}}`,
    );
    expect(says(model, ['a 12:00 14:00'])).toEqual({
      outcome: 'uncovered',
      trade: '120 down, 120 uncovered, ends in down',
    });
  });

  const left = (hold: string): Model =>
    modelOf(
      '{j: {loss: 1k USD/h, modes: {full: {needs: db}, low: {worth: 50%, load: 50%, needs: db}}}, k: {modes: {full: {needs: web}}}}',
      `{db: {outages: none, any: [p/a, {use: p/b, carries: 50%}], state: {writer: single, lag: 1s}, failover: {detect: 1m}},
  web: {outages: none, any: [p/c, p/d], failover: {hold: ${hold}, success: 90%}}}`,
    );

  test('is compared with another run over one time, however long something else is under way', () => {
    const { journeys, otherwise } = replay(left('24h'), incidentOf(['a 12:00 13:00', 'c 12:00 13:00']));
    expect(journeys[0]).toMatchObject({ endsIn: 'low' });
    expect(otherwise).toMatchObject([{ service: 'web', moreMinutesDown: 60, moreLoss: 0 }]);
  });
});

describe('what was altered', () => {
  const model = modelOf('{j: {modes: {full: {needs: web}}}}', '{web: {needs: p/a, handles: [content]}}');
  const alters = (what: string): Incident => {
    const { effects, ...rest } = incidentOf(['a 12:00 14:00']);
    return {
      ...rest,
      effects: effects.map((effect) => ({
        ...effect,
        capability: what,
        phases: effect.phases.map((phase) => ({ ...phase, severity: 0, mode: 'integrity-loss' as const })),
      })),
    };
  };

  test('was touched, though nothing was unavailable', () => {
    expect(replay(model, alters('web'), quick)).toMatchObject({
      outcome: 'altered',
      touched: true,
      journeys: [{ minutesAltered: 120, minutesDown: 0 }],
    });
  });

  test('elsewhere leaves it alone', () => {
    expect(replay(model, alters('p/b'), quick)).toMatchObject({
      outcome: 'untouched',
      touched: false,
      journeys: [{ minutesAltered: 0 }],
    });
  });
});

describe('what one changes things with', () => {
  const steered = modelOf(
    '{j: {modes: {full: {needs: db}}}}',
    '{db: {any: [p/a, p/b], failover: {detect: 1m, needs: p/dns}}}',
  );
  const planes = (model: Model, hit: string): string[] =>
    replay(model, incidentOf([`${hit} 12:00 14:00`]), quick).controlPlanes.map(
      ({ capability, used }) => `${capability} ${used ? 'steers' : 'does not steer'}`,
    );

  test('is hit with its whole provider', () => {
    const { effects, ...rest } = incidentOf(['p/dns 12:00 14:00']);
    const whole = { ...rest, effects: effects.map((effect) => ({ ...effect, capability: 'p' })) };
    expect(replay(steered, whole, quick).controlPlanes).toMatchObject([{ capability: 'p/dns', used: true }]);
  });

  test('is used where it steers, not where users stand on it', () => {
    expect(planes(steered, 'dns')).toEqual(['p/dns steers']);
    const stands = modelOf('{j: {modes: {full: {needs: [p/a, p/dns]}}}}', '{}');
    expect(planes(stands, 'dns')).toEqual(['p/dns does not steer']);
  });
});
