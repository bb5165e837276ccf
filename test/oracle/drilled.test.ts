import { describe, expect, test } from 'vitest';
import { assess, type Assessment } from '../../src/assess/index.ts';
import { EMPTY_CATALOG } from '../../src/catalog/index.ts';
import { betaQuantile, buildModel, unavailability, withDrills } from '../../src/model/index.ts';
import { parsePlan, type Drilled, type Measured, type Plan } from '../../src/plan/index.ts';
import { randomStream } from '../../src/random.ts';
import { randomPlan } from './random-plan.ts';

/** A pair of sites that switches; `ready` and `success` as a plan writes them. */
const pair = (ready: string, success: string): string => `keelson: 1
platform: {name: Pair, asOf: 2026-11-01}
journeys:
  pay:
    slo: 99.9%
    loss: 1k USD/h
    modes: {full: {needs: front}, static: {worth: 10%, needs: page}}
services:
  front:
    outages: none
    any: [main, {use: second${ready}}]
    failover: {detect: 60s${success}}
  main: {outages: {rate: 4/yr, mean: 5h}}
  second: {outages: {rate: 2/yr, mean: 3h}}
  page: {outages: {rate: 1/yr, mean: 2h}}
catalog: none
`;

function parsed(text: string): Plan {
  const { plan, problems } = parsePlan(text, 'plan.yaml');
  if (plan === undefined) throw new Error(problems.map(({ message }) => message).join(' '));
  return plan;
}

function solved(plan: Plan, draws = 64): Assessment {
  const { model, problems } = buildModel(plan, EMPTY_CATALOG);
  if (model === undefined) throw new Error(problems.map(({ message }) => message).join(' '));
  return assess(model, { draws, catalog: EMPTY_CATALOG });
}

const measured = (
  alternative: number | null,
  made: number,
  tried: number,
  more: Partial<Measured> = {},
): Measured => ({
  service: 'front',
  alternative,
  counts: [{ environment: 'sandbox', made, tried }],
  day: '2026-11-29',
  stated: 0.9,
  ...more,
});
const drilled = (...figures: readonly Measured[]): Drilled => ({
  runs: 1,
  leftOut: 0,
  ofOtherPlans: false,
  figures,
});

/** Without what says where a figure is from and how wide it is. */
function figuresOnly({ drilled: _, assumptions: __, journeys, events, ...rest }: Assessment): unknown {
  return {
    ...rest,
    journeys: journeys.map(({ down, degraded, lossInterval: ___, ...journey }) => ({
      ...journey,
      down: { ...down, interval: [] },
      degraded: { ...degraded, interval: [] },
    })),
    events: events.map(({ id, probability, ratePerYear, meanHours }) => [
      id,
      probability,
      ratePerYear,
      meanHours,
    ]),
  };
}

describe('figures that drills measured', () => {
  test('give the answer of a plan that states them, advice and all', () => {
    // (7 + ½) / 8 and (2 + ½) / 4.
    const stated = solved(parsed(pair(', ready: 62.5%', ', success: 93.75%')));
    const replaced = solved(
      withDrills(
        parsed(pair(', ready: 90%', ', success: 90%')),
        drilled(measured(null, 7, 7), measured(2, 2, 3)),
      ),
    );
    expect(figuresOnly(replaced)).toEqual(figuresOnly(stated));
    expect(stated.advice.map(({ kind }) => kind)).toContain('ready-standby');
  });

  test('do so in random plans of the whole language', () => {
    let replaced = 0;
    for (let seed = 0; seed < 150; seed++) {
      const text = randomPlan(randomStream('plan', seed));
      const value = JSON.parse(text) as { services?: Record<string, Switching> }; // as it was written just now
      const figures: Measured[] = [];
      for (const [name, service] of Object.entries(value.services ?? {})) {
        if (service.any === undefined || service.any.length < 2) continue;
        figures.push(measured(null, 2, 3, { service: name, stated: 0.99 }));
        service.failover = { ...service.failover, success: '62.5%' };
        figures.push(measured(2, 7, 7, { service: name, stated: 0.99 }));
        const second = service.any[1] ?? '';
        const isOptions = typeof second === 'object' && !Array.isArray(second) && 'use' in second;
        service.any[1] = isOptions ? { ...second, ready: '93.75%' } : { use: second, ready: '93.75%' };
      }
      if (figures.length === 0) continue;
      replaced += figures.length;
      const stated = solved(parsed(JSON.stringify(value)), 0);
      const other = solved(withDrills(parsed(text), drilled(...figures)), 0);
      const plan = { ...other.plan, digest: stated.plan.digest };
      expect(withoutPlaces({ ...other, plan }), `seed ${seed}`).toEqual(withoutPlaces(stated));
    }
    expect(replaced).toBeGreaterThan(100);
  });

  test('are down as the formula of a switch says', () => {
    const [pay] = solved(
      withDrills(
        parsed(pair('', '')),
        drilled(measured(null, 6, 7, { stated: 1 }), measured(2, 1, 2, { stated: 1 })),
      ),
    ).journeys;
    const [main, second] = [
      unavailability({ ratePerYear: 4, meanHours: 5 }),
      unavailability({ ratePerYear: 2, meanHours: 3 }),
    ];
    const [fails, unready] = [1 - 6.5 / 8, 1 - 1.5 / 3];
    expect(pay?.degraded.probability).toBeCloseTo(
      main * (1 - (1 - fails) * (1 - second) * (1 - unready)),
      12,
    );
  });
});

interface Switching {
  any?: (string | object)[];
  failover?: object;
}

/** Of two texts of a plan: what is found stands elsewhere, and the warnings about what a plan leaves unsaid differ. */
function withoutPlaces(assessment: Assessment): unknown {
  const figures = figuresOnly(assessment) as Assessment; // without the parts that were left out
  return { ...figures, findings: figures.findings.map(({ line: _, column: __, ...finding }) => finding) };
}

describe('what a plan takes as sure', () => {
  const sure = parsed(pair('', ''));

  test('stays so while drills agree', () => {
    const plan = withDrills(sure, drilled(measured(null, 7, 7, { stated: 1 })));
    const answer = solved(plan);
    expect(answer.events.map(({ id }) => id)).not.toContain('front:switch');
    expect(figuresOnly(answer)).toEqual(figuresOnly(solved(sure)));
    expect(answer.drilled?.figures).toEqual([
      {
        event: 'front:switch',
        service: 'front',
        alternative: null,
        made: 7,
        tried: 7,
        stated: 1,
        used: 1,
        isReplaced: false,
        detail: 'drilled: 7 of 7, sandbox, 2026-11-29',
      },
    ]);
  });

  test('becomes an event once a drill has contradicted it', () => {
    const plan = withDrills(sure, drilled(measured(null, 6, 7, { stated: 1 })));
    const event = solved(plan).events.find(({ id }) => id === 'front:switch');
    expect(event).toEqual({
      id: 'front:switch',
      provider: null,
      probability: 1 - 6.5 / 8,
      ratePerYear: null,
      meanHours: null,
      basis: 'drills',
      detail: 'drilled: 6 of 7, sandbox, 2026-11-29',
      interval: null,
      probabilityInterval: [betaQuantile(0.05, 1.5, 6.5), betaQuantile(0.95, 1.5, 6.5)],
    });
  });
});

describe('how wide a measured figure is', () => {
  const two = parsed(pair(', ready: 90%', ', success: 90%'));

  test('is carried through to hours and loss', () => {
    const draws = 20_000;
    const answer = solved(withDrills(two, drilled(measured(null, 5, 7))), draws);
    const [pay] = answer.journeys;
    // All else is fixed: hours are linear in the chance of the switch.
    const [main, second] = [
      unavailability({ ratePerYear: 4, meanHours: 5 }),
      unavailability({ ratePerYear: 2, meanHours: 3 }),
    ];
    const hours = (fails: number): number => 8_766 * main * (1 - (1 - fails) * (1 - second) * 0.9);
    const [low, high] = [betaQuantile(0.05, 2.5, 5.5), betaQuantile(0.95, 2.5, 5.5)];
    expect((pay?.degraded.interval[0] ?? 0) / hours(low)).toBeCloseTo(1, 1);
    expect((pay?.degraded.interval[1] ?? 0) / hours(high)).toBeCloseTo(1, 1);
    const [least = 0, most = 0] = pay?.lossInterval ?? [];
    expect(least).toBeLessThan(pay?.lossPerYear ?? 0);
    expect(most).toBeGreaterThan(pay?.lossPerYear ?? 0);
  });

  test('is nothing to a plan that was changed since', () => {
    const plan = withDrills(two, drilled(measured(2, 5, 7)));
    const services = (plan.services ?? []).map((named) =>
      named.name === 'front'
        ? {
            ...named,
            value: {
              ...named.value,
              any: named.value.any?.map((one, i) => (i === 1 ? { ...one, ready: 0.99 } : one)) ?? [],
            },
          }
        : named,
    );
    const basisIn = (of: Plan): unknown =>
      solved(of).events.find(({ id }) => id === 'front:standby-2')?.basis;
    expect([basisIn(plan), basisIn({ ...plan, services })]).toEqual(['drills', 'plan']);
  });

  test('narrows with more drills, and is the same each time', () => {
    const width = (made: number, tried: number): number => {
      const [pay] = solved(withDrills(two, drilled(measured(null, made, tried)))).journeys;
      return (pay?.degraded.interval[1] ?? 0) - (pay?.degraded.interval[0] ?? 0);
    };
    expect(width(5, 7)).toBe(width(5, 7));
    expect(width(50, 70)).toBeLessThan(width(5, 7) / 2);
    expect(width(5, 7)).toBeGreaterThan(0);
  });

  test('is said to be of a rehearsal where none of it is from production', () => {
    const from = (...environments: readonly Measured['counts'][number]['environment'][]): unknown =>
      solved(
        withDrills(
          two,
          drilled(
            measured(null, 0, 0, {
              counts: environments.map((environment) => ({ environment, made: 3, tried: 3 })),
            }),
          ),
        ),
      ).assumptions;
    expect(from('sandbox')).toEqual([
      {
        subject: 'front:switch',
        what: 'drilled: 3 of 3, sandbox, 2026-11-29; evidence of how it is set up, not of how it does in production',
      },
    ]);
    expect(from('sandbox', 'production')).toEqual([]);
  });
});
