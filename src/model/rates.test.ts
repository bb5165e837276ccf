import { describe, expect, test } from 'vitest';
import type { Catalog, CatalogProvider, CountedIncident } from '../catalog/index.ts';
import { parsePlan, type Outages } from '../plan/index.ts';
import { randomStream } from '../random.ts';
import { HOURS_PER_YEAR } from '../units.ts';
import { buildModel, describeRecord, drawRate, gammaQuantile, unavailability, type Rate } from './index.ts';

describe('a quantile of the gamma distribution is half of that of chi-square', () => {
  // Tables of chi-square, e.g. NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4.
  test.each([
    [0.05, 1, 0.003932140000019522],
    [0.05, 2, 0.10258658877510107],
    [0.05, 3, 0.35184631774927144],
    [0.05, 5, 1.1454762260617692],
    [0.05, 10, 3.940299136119061],
    [0.05, 20, 10.850811394182585],
    [0.05, 100, 77.92946516501726],
    [0.5, 1, 0.454936423119572],
    [0.5, 2, 1.3862943611198906],
    [0.5, 9, 8.342832692252955],
    [0.95, 1, 3.841458820694124],
    [0.95, 2, 5.991464547107979],
    [0.95, 3, 7.814727903251179],
    [0.95, 5, 11.070497693516351],
    [0.95, 10, 18.307038053275146],
    [0.95, 20, 31.410432844230918],
    [0.95, 100, 124.34211340400407],
    [0.99, 1, 6.6348966010212145],
  ])('at %d with %d degrees of freedom', (p, degrees, chiSquare) => {
    expect(gammaQuantile(p, degrees / 2) / (chiSquare / 2)).toBeCloseTo(1, 8);
  });

  test('rises with the share and with the shape', () => {
    for (const shape of [0.5, 1.5, 4.5, 30.5]) {
      expect(gammaQuantile(0.05, shape)).toBeLessThan(gammaQuantile(0.5, shape));
      expect(gammaQuantile(0.5, shape)).toBeLessThan(gammaQuantile(0.95, shape));
      expect(gammaQuantile(0.5, shape)).toBeLessThan(gammaQuantile(0.5, shape + 1));
    }
  });
});

const PROVIDER: CatalogProvider = {
  name: 'p',
  title: 'P',
  kind: 'edge',
  watchedSince: '2020-01-01',
  watchedNote: null,
  outages: null,
  scopes: [],
  capabilities: [],
};
const COUNTED: Outages = { kind: 'incidents' };

const incident = (day: string, more: Partial<CountedIncident> = {}): CountedIncident => ({
  incident: `p-${day}`,
  title: day,
  event: 'p',
  day,
  hours: 2,
  reach: 1,
  ...more,
});

const catalogOf = (...counted: CountedIncident[]): Catalog => ({
  schema: 'keelson.catalog/1',
  watchedUntil: '2026-01-01',
  providers: [PROVIDER],
  counted,
});

function rateOf(catalog: Catalog, asOf: string, outages: Outages = COUNTED, provider = PROVIDER): Rate {
  const rate = describeRecord(catalog, provider, undefined, 'p', outages, asOf);
  if (typeof rate === 'string') throw new Error(rate);
  return rate;
}

const yearsBetween = (from: string, to: string): number =>
  (Date.parse(to) - Date.parse(from)) / 3_600_000 / HOURS_PER_YEAR;

describe('a rate counted from incidents', () => {
  const catalog = catalogOf(
    incident('2021-03-01'),
    incident('2023-03-01', { hours: 5 }),
    incident('2025-03-01'),
  );

  test('is (n + ½) / T, with the mean of the durations and the interval of the posterior', () => {
    const years = yearsBetween('2020-01-01', '2026-01-01');
    const rate = rateOf(catalog, '2026-01-01');
    expect(rate.ratePerYear).toBeCloseTo(3.5 / years, 12);
    expect(rate.meanHours).toBeCloseTo(3, 12);
    expect(rate.interval[0]).toBeCloseTo(gammaQuantile(0.05, 3.5) / years, 12);
    expect(rate.interval[1]).toBeCloseTo(gammaQuantile(0.95, 3.5) / years, 12);
    expect(rate).toMatchObject({ basis: 'incidents', detail: '3 incidents in 6.0 years' });
  });

  test('is ½ / T where nothing has happened', () => {
    expect(rateOf(catalogOf(), '2026-01-01').ratePerYear).toBeCloseTo(
      0.5 / yearsBetween('2020-01-01', '2026-01-01'),
      12,
    );
  });

  test('counts neither incidents nor years after the plan’s day', () => {
    const rate = rateOf(catalog, '2024-01-01');
    expect(rate.ratePerYear).toBeCloseTo(2.5 / yearsBetween('2020-01-01', '2024-01-01'), 12);
    expect(rate.meanHours).toBeCloseTo(3.5, 12);
  });

  test('counts an incident on the plan’s own day, and none of the next', () => {
    expect(rateOf(catalog, '2023-03-01').detail).toContain('2 incidents');
    expect(rateOf(catalog, '2023-02-28').detail).toContain('1 incident ');
  });

  test('counts no years after the day until which the library was kept', () => {
    expect(rateOf(catalog, '2030-01-01').ratePerYear).toBe(rateOf(catalog, '2026-01-01').ratePerYear);
  });

  test('counts no incident from before the provider was watched', () => {
    const early = catalogOf(incident('2019-12-31'), incident('2021-03-01'));
    expect(rateOf(early, '2026-01-01').detail).toBe('1 incident in 6.0 years');
  });

  test('weighs incidents by their reach, all where nobody published it', () => {
    const partly = catalogOf(
      incident('2021-03-01', { reach: 0.25, hours: 8 }),
      incident('2022-03-01', { reach: null, hours: 1 }),
    );
    const rate = rateOf(partly, '2026-01-01');
    expect(rate.ratePerYear).toBeCloseTo(1.75 / yearsBetween('2020-01-01', '2026-01-01'), 12);
    expect(rate.meanHours).toBeCloseTo((0.25 * 8 + 1) / 1.25, 12);
    expect(rate.detail).toBe('2 incidents in 6.0 years; reach of 1 of them not published, taken as all');
  });

  test('leaves durations that are not known out of the mean, and assumes one when none is known', () => {
    const one = catalogOf(incident('2021-03-01', { hours: null }), incident('2022-03-01', { hours: 7 }));
    expect(rateOf(one, '2026-01-01').meanHours).toBe(7);
    const none = catalogOf(incident('2021-03-01', { hours: null }));
    expect(rateOf(none, '2026-01-01', { kind: 'incidents', mean: 4 }).meanHours).toBe(4);
    expect(rateOf(none, '2026-01-01').detail).toContain('mean duration assumed');
  });

  test('is spread over the places that are watched', () => {
    const rate = rateOf(catalog, '2026-01-01', { kind: 'incidents', in: 10 });
    expect(rate.ratePerYear).toBeCloseTo(rateOf(catalog, '2026-01-01').ratePerYear / 10, 12);
    expect(rate.detail).toContain('over 10 places');
  });

  test('is not known where the library does not watch, or for less than a year', () => {
    const unwatched = { ...PROVIDER, watchedSince: null };
    expect(describeRecord(catalog, unwatched, undefined, 'p', COUNTED, '2026-01-01')).toBe('unknown');
    expect(describeRecord(catalog, PROVIDER, undefined, 'p', COUNTED, '2020-12-30')).toBe('unknown');
    expect(describeRecord(catalog, PROVIDER, undefined, 'p', COUNTED, '2021-01-02')).not.toBe('unknown');
    expect(describeRecord(catalog, PROVIDER, undefined, 'p', COUNTED, '2019-01-01')).toBe('unknown');
  });

  test('counts for a capability what happened at places without a record of their own', () => {
    const capability = { name: 'c', at: [{ scope: 'r1' }] };
    const at = catalogOf(
      ...['p/c', 'p/c@r1', 'p/c@r1/z1', 'p/c@r2', 'p', 'p/d', 'q/c'].map((event) =>
        incident('2021-03-01', { event }),
      ),
    );
    const detail = (scope: string): string => {
      const rate = describeRecord(at, PROVIDER, capability, scope, COUNTED, '2026-01-01');
      return typeof rate === 'string' ? rate : rate.detail;
    };
    // The general record has p/c and p/c@r2; the one of the region r1 itself and its zone.
    expect([detail(''), detail('r1')]).toEqual(['2 incidents in 6.0 years', '2 incidents in 6.0 years']);
  });
});

describe('a rate that is stated', () => {
  function stated(outages: string): Rate {
    const text = `keelson: 1\nplatform: {name: P, asOf: 2026-11-01}\njourneys: {j: {modes: {m: {needs: p/c}}}}\nproviders: {p: {capabilities: {c: {outages: ${outages}}}}}\ncatalog: none\n`;
    const { plan } = parsePlan(text, 'f');
    const event = plan && buildModel(plan, catalogOf()).model?.events.find(({ id }) => id === 'p/c');
    if (event?.rate === undefined) throw new Error('The event has no rate.');
    return event.rate;
  }

  test('without an interval is what it is', () => {
    const rate = stated('{rate: 2/yr, mean: 3h}');
    expect(rate).toMatchObject({ ratePerYear: 2, meanHours: 3, basis: 'plan', interval: [2, 2] });
    expect(drawRate(rate, randomStream('any'))).toBe(2);
  });

  test('with an interval is drawn with that mean and about that spread', () => {
    const rate = stated('{rate: 2/yr, mean: 3h, interval: [0.5/yr, 5/yr], basis: study}');
    expect(rate).toMatchObject({ basis: 'study', interval: [0.5, 5] });
    const random = randomStream('draws');
    const draws = Array.from({ length: 50_000 }, () => drawRate(rate, random)).sort((a, b) => a - b);
    expect(draws.reduce((sum, draw) => sum + draw, 0) / draws.length).toBeCloseTo(2, 1);
    // The ratio of the ends is that of the interval, which the mean then places.
    expect((draws[47_500] ?? 0) / (draws[2_500] ?? 1) / 10).toBeCloseTo(1, 1);
  });
});

test('the share of time that something is failed is λτ / (1 + λτ)', () => {
  expect(unavailability({ ratePerYear: 1, meanHours: HOURS_PER_YEAR })).toBe(0.5);
  expect(unavailability({ ratePerYear: 0, meanHours: 5 })).toBe(0);
  expect(unavailability({ ratePerYear: 2, meanHours: 1 })).toBeCloseTo(2 / 8768, 15);
});
