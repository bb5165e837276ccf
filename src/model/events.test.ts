import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOG } from '../catalog/index.ts';
import { parsePlan } from '../plan/index.ts';
import { buildModel, eventsUnder, type Model, type ModelEvent } from './index.ts';

const OUTAGES = 'outages: {rate: 1/yr, mean: 1h}';

function build(needs: string, providers: string, rest = ''): ReturnType<typeof buildModel> {
  const text = `keelson: 1\nplatform: {name: P, asOf: 2026-11-01}\njourneys: {j: {modes: {m: {needs: [${needs}]}}}}\nproviders:\n${providers}\n${rest}\ncatalog: none\n`;
  const { plan, problems } = parsePlan(text, 'plan.yaml');
  if (plan === undefined) throw new Error(problems.map(({ message }) => message).join(' '));
  return buildModel(plan, EMPTY_CATALOG);
}

function model(needs: string, providers: string, rest = ''): Model {
  const built = build(needs, providers, rest);
  if (built.model === undefined) throw new Error(built.problems.map(({ message }) => message).join(' '));
  return built.model;
}

/** The events that can happen by themselves and take a reference down. */
function standsOn(of: Model, name: string, change = false): string[] {
  const reference = of.references.find((one) => one.name === name);
  const events = (change ? reference?.eventsInChange : reference?.events) ?? [];
  return events
    .flatMap((event) => of.events[event] ?? [])
    .filter(({ probability }) => probability > 0)
    .map(({ id }) => id)
    .sort();
}

const codes = (built: ReturnType<typeof buildModel>): string[] => built.problems.map(({ code }) => code);

describe('a reference stands on', () => {
  const providers = `
  p:
    ${OUTAGES}
    scopes: {r: {${OUTAGES}}, r/z: {${OUTAGES}}}
    capabilities:
      everywhere: {${OUTAGES}}
      region: {outages: {rate: 1/yr, mean: 1h, per: region}}
      zone: {outages: {rate: 1/yr, mean: 1h, per: zone}}
      never: {outages: none}
      unknown: {}`;
  const one = model(
    'p/everywhere, p/everywhere@r/z, p/region@r, p/region@r/z, p/region@s, p/zone@r/z, p/never, p/unknown@r, p@r, p@r/z',
    providers,
  );

  test.each([
    ['p/everywhere', ['p', 'p/everywhere']],
    ['p/everywhere@r/z', ['p', 'p/everywhere', 'p@r', 'p@r/z']],
    ['p/region@r', ['p', 'p/region@r', 'p@r']],
    ['p/region@r/z', ['p', 'p/region@r', 'p@r', 'p@r/z']],
    ['p/region@s', ['p', 'p/region@s']],
    ['p/zone@r/z', ['p', 'p/zone@r/z', 'p@r', 'p@r/z']],
    ['p/never', ['p']],
    ['p/unknown@r', ['p', 'p/unknown', 'p@r']],
    ['p@r', ['p', 'p@r']],
    ['p@r/z', ['p', 'p@r', 'p@r/z']],
  ])('%s: on %j', (name, events) => {
    expect(standsOn(one, name)).toEqual(events);
  });

  test('one event for all that share a place', () => {
    expect(one.events.filter(({ id }) => id === 'p/region@r')).toHaveLength(1);
    expect(new Set(one.events.map(({ id }) => id)).size).toBe(one.events.length);
  });

  test('what is assumed where nothing is recorded, as the plan says', () => {
    const rate = (of: Model): ModelEvent['rate'] => of.events.find(({ id }) => id === 'p/unknown')?.rate;
    expect(rate(one)).toMatchObject({ ratePerYear: 1, meanHours: 1, basis: 'assumed' });
    const said = model('p/unknown', providers, 'assumptions: {capability-outages: {rate: 5/yr, mean: 2h}}');
    expect(rate(said)).toMatchObject({ ratePerYear: 5, meanHours: 2, basis: 'assumed' });
  });

  test('nothing that it is too broad for: that is refused', () => {
    expect(codes(build('p/region', providers))).toEqual(['scope-too-broad']);
    expect(codes(build('p/zone@r', providers))).toEqual(['scope-too-broad']);
    expect(codes(build('p/absent', providers))).toEqual(['unknown-capability']);
    expect(codes(build('absent/c', providers))).toEqual(['unknown-provider']);
  });
});

describe('a record at a place', () => {
  const providers = `
  p:
    capabilities:
      c:
        outages: {rate: 1/yr, mean: 1h, per: zone}
        at: {r/z: {outages: {rate: 3/yr, mean: 1h}}, r: {outages: {rate: 2/yr, mean: 1h}}, s: {outages: none}}`;
  const one = model('p/c@r/z, p/c@r/y, p/c@t/z, p/c@s/z', providers);
  const rate = (id: string): number | undefined =>
    one.events.find((event) => event.id === id)?.rate?.ratePerYear;

  test('is taken from the longest that encloses', () => {
    expect([rate('p/c@r/z'), rate('p/c@r/y'), rate('p/c@t/z')]).toEqual([3, 2, 1]);
  });

  test('may say that nothing happens there', () => {
    expect(rate('p/c@s/z')).toBeUndefined();
    expect(standsOn(one, 'p/c@s/z')).toEqual([]);
  });
});

describe('an inner need', () => {
  const need = (text: string, plane = 'data'): string => `
  p:
    capabilities:
      c: {outages: none, plane: ${plane}, needs: [${text}]}
      d: {${OUTAGES}}
      e: {outages: {rate: 1/yr, mean: 1h, per: region}}`;
  const found = (text: string, plane?: string, name = 'p/c', change = false): string[] =>
    standsOn(model(name, need(text, plane)), name, change);

  test('that is hard is carried, through further needs too', () => {
    expect(found('p/d')).toEqual(['p/d']);
    const chain = `
  p: {capabilities: {c: {outages: none, needs: [q/c]}}}
  q: {capabilities: {c: {outages: none, needs: [q@r]}}, scopes: {r: {${OUTAGES}}}}`;
    expect(standsOn(model('p/c', chain), 'p/c')).toEqual(['q@r']);
  });

  test('that is cold is carried to a control plane only', () => {
    expect(found('{use: p/d, kind: cold}')).toEqual([]);
    expect(found('{use: p/d, kind: cold}', 'control')).toEqual(['p/d']);
  });

  test('that is for change is carried only where something is changed', () => {
    expect(found('{use: p/d, kind: change}')).toEqual([]);
    expect(found('{use: p/d, kind: change}', 'data', 'p/c', true)).toEqual(['p/d']);
  });

  test('that is degraded is never carried', () => {
    expect(found('{use: p/d, kind: degraded}', 'control', 'p/c', true)).toEqual([]);
  });

  test.each([
    ['from yesterday', 'from: 2026-10-31', ['p/d']],
    ['from today', 'from: 2026-11-01', ['p/d']],
    ['from tomorrow', 'from: 2026-11-02', []],
    ['until yesterday', 'until: 2026-10-31', []],
    ['until today', 'until: 2026-11-01', []],
    ['until tomorrow', 'until: 2026-11-02', ['p/d']],
    ['from and until around today', 'from: 2026-01-01, until: 2027-01-01', ['p/d']],
    ['from null until null', 'from: null, until: null', ['p/d']],
  ])('that holds %s counts as of the plan’s day', (_, dates, wanted) => {
    expect(found(`{use: p/d, ${dates}}`)).toEqual(wanted);
  });

  test('at the same place carries the scope along', () => {
    expect(found('p/e@same', 'data', 'p/c@r')).toEqual(['p/e@r']);
    expect(found('p/e@same', 'data', 'p/c@r/z')).toEqual(['p/e@r']);
    expect(codes(build('p/c', need('p/e@same')))).toEqual(['same-without-scope']);
  });

  test('may go round in a circle', () => {
    const circle = `
  p:
    capabilities:
      a: {${OUTAGES}, needs: [p/b]}
      b: {${OUTAGES}, needs: [p/a]}`;
    expect(standsOn(model('p/a', circle), 'p/a')).toEqual(['p/a', 'p/b']);
  });
});

describe('a name stands for every event at or under it', () => {
  const one = model(
    's, p/c@r/z, p/c@r/y, p/c@s/z, q/d',
    `
  p: {scopes: {r: {${OUTAGES}}}, capabilities: {c: {outages: {rate: 1/yr, mean: 1h, per: zone}}}}
  q: {capabilities: {d: {${OUTAGES}}}}`,
    `services: {s: {${OUTAGES}, maintenance: {rate: 1/yr, mean: 1h}, any: [q/d, {use: p/c@r/z, ready: 90%}], failover: {success: 90%}}}`,
  );
  const under = (scope: string): string[] =>
    eventsUnder(one, scope)
      .map((event) => one.events[event]?.id ?? '')
      .sort();

  test.each([
    ['p', ['p', 'p/c@r/y', 'p/c@r/z', 'p/c@s/z', 'p@r', 'p@r/y', 'p@r/z', 'p@s', 'p@s/z']],
    ['p@r', ['p/c@r/y', 'p/c@r/z', 'p@r', 'p@r/y', 'p@r/z']],
    ['p@r/z', ['p/c@r/z', 'p@r/z']],
    ['p/c', ['p/c@r/y', 'p/c@r/z', 'p/c@s/z']],
    ['p/c@r', ['p/c@r/y', 'p/c@r/z']],
    ['q', ['q', 'q/d']],
    ['s', ['s']],
    ['s:switch', ['s:switch']],
    ['s:standby-2', ['s:standby-2']],
    ['s:maintenance', ['s:maintenance']],
    ['t', []],
    ['p/absent', []],
    ['P', []],
  ])('%s: for %j', (scope, events) => {
    expect(under(scope)).toEqual(events);
  });
});
