import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOG, type Catalog } from '../catalog/index.ts';
import { buildModel, gammaQuantile, unavailability } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import { HOURS_PER_YEAR } from '../units.ts';
import {
  assess,
  driftBetween,
  failures,
  type Assessment,
  type AssessOptions,
  type FailOn,
  type JourneyResult,
} from './index.ts';

interface Part {
  /** @unit per year */
  readonly rate: number;
  /** @unit hours */
  readonly mean: number;
}

const A: Part = { rate: 3, mean: 20 };
const B: Part = { rate: 0.4, mean: 90 };
const C: Part = { rate: 40, mean: 0.5 };

const q = ({ rate, mean }: Part): number => unavailability({ ratePerYear: rate, meanHours: mean });
const w = (part: Part): number => part.rate * (1 - q(part));
const outages = ({ rate, mean }: Part): string => `{rate: ${rate}/yr, mean: ${mean}h}`;

/** A plan without a catalogue whose providers a, b and c each offer x with the outages of A, B and C. */
const PROVIDERS = `providers:
  a: {capabilities: {x: {outages: ${outages(A)}}}}
  b: {capabilities: {x: {outages: ${outages(B)}}}}
  c: {capabilities: {x: {outages: ${outages(C)}}}}
catalog: none
`;

function solve(body: string, options: AssessOptions = {}, catalog: Catalog = EMPTY_CATALOG): Assessment {
  const text = `keelson: 1\nplatform: {name: P, asOf: 2026-01-01}\n${body}`;
  const { plan, problems } = parsePlan(text, 'plan.yaml');
  if (plan === undefined) throw new Error(problems.map(({ message }) => message).join(' '));
  const built = buildModel(plan, catalog);
  if (built.model === undefined) throw new Error(built.problems.map(({ message }) => message).join(' '));
  return assess(built.model, { draws: 0, advice: false, ...options });
}

function journey(body: string, options: AssessOptions = {}): JourneyResult {
  const [first] = solve(`${body}\n${PROVIDERS}`, options).journeys;
  if (first === undefined) throw new Error('There is no journey.');
  return first;
}

const close = (found: number | null, wanted: number): void => {
  expect(found).not.toBeNull();
  expect(Math.abs((found ?? 0) / wanted - 1)).toBeLessThan(1e-12);
};

describe('a journey that stands on', () => {
  test('one event is down as often and as long as that happens', () => {
    const { down, availability, degraded } = journey('journeys: {j: {modes: {m: {needs: a/x}}}}');
    close(down.probability, q(A));
    close(down.hoursPerYear, q(A) * HOURS_PER_YEAR);
    close(down.outagesPerYear, w(A));
    close(down.meanHours, A.mean);
    close(availability, 1 - q(A));
    expect(down.singlePoints).toEqual(['a/x']);
    expect(degraded).toEqual(down);
  });

  test('several in series is down when any of them is', () => {
    const { down } = journey('journeys: {j: {modes: {m: {needs: [a/x, b/x, c/x]}}}}');
    const up = (1 - q(A)) * (1 - q(B)) * (1 - q(C));
    close(down.probability, 1 - up);
    close(
      down.outagesPerYear,
      [A, B, C].reduce((sum, part) => sum + (w(part) * up) / (1 - q(part)), 0),
    );
    expect(down.cutSets).toMatchObject({ total: '3', byOrder: [3], coherent: true, complete: true });
  });

  test('two in parallel is down when both are', () => {
    const { down } = journey('journeys: {j: {modes: {m: {needs: {atLeast: 1, of: [a/x, b/x]}}}}}');
    close(down.probability, q(A) * q(B));
    close(down.outagesPerYear, w(A) * q(B) + w(B) * q(A));
    close(down.meanHours, 1 / (1 / A.mean + 1 / B.mean));
    expect(down.singlePoints).toEqual([]);
  });

  test('two of three is down when two or all are', () => {
    const { down, importance } = journey(
      'journeys: {j: {modes: {m: {needs: {atLeast: 2, of: [a/x, b/x, c/x]}}}}}',
    );
    const [a, b, c] = [q(A), q(B), q(C)];
    const wanted = a * b * (1 - c) + a * c * (1 - b) + b * c * (1 - a) + a * b * c;
    close(down.probability, wanted);
    const exactlyOne = (one: number, other: number): number => one * (1 - other) + other * (1 - one);
    close(down.outagesPerYear, w(A) * exactlyOne(b, c) + w(B) * exactlyOne(a, c) + w(C) * exactlyOne(a, b));
    const of = (id: string): JourneyResult['importance'][number] | undefined =>
      importance.find(({ event }) => event === id);
    close(of('a/x')?.birnbaum ?? 0, exactlyOne(b, c));
    close(of('a/x')?.criticality ?? 0, (exactlyOne(b, c) * a) / wanted);
    close(of('a/x')?.raw ?? 0, (b + c - b * c) / wanted);
    close(Number(of('a/x')?.rrw), wanted / (b * c));
  });

  test('an alternative that may not be ready, a switch that may fail and what steers it', () => {
    const { down, switchOver } = journey(`
journeys: {j: {modes: {m: {needs: s}}}}
services:
  s:
    outages: none
    any: [a/x, {use: b/x, ready: 90%}]
    failover: {detect: 60s, approve: 5m, switch: 90s, spread: 5m, success: 98%, needs: c/x}`);
    const works = 0.98 * (1 - q(C)) * 0.9 * (1 - q(B));
    close(down.probability, q(A) * (1 - works));
    close(switchOver.perYear, w(A) * works);
    const gap = (60 + 300 + 90 + 150) / 3600;
    close(switchOver.hoursPerYear, w(A) * works * gap);
    close(switchOver.downHoursPerYear, w(A) * works * gap);
    expect(switchOver.exact).toBe(true);
  });

  test('a pool is down when what works adds up to less than is asked', () => {
    const { down } = journey(`
journeys: {j: {modes: {m: {needs: {from: s, atLeast: 6}}}}}
services: {s: {outages: none, pool: [{use: a/x, capacity: 6}, {use: b/x, capacity: 3}, {use: c/x, capacity: 3}]}}`);
    close(down.probability, q(A) * (1 - (1 - q(B)) * (1 - q(C))));
  });

  test('nothing that can happen is never down', () => {
    const { down, importance } = journey(
      'journeys: {j: {slo: 100%, modes: {m: {needs: s}}}}\nservices: {s: {outages: none}}',
    );
    expect(down.probability === 0).toBe(true);
    expect(down).toMatchObject({ outagesPerYear: 0, meanHours: null, singlePoints: [] });
    expect(down.cutSets.total).toBe('0');
    expect(importance).toEqual([]);
  });

  test('what is taken as failed is down for good, and begins no more', () => {
    const { down } = journey('journeys: {j: {modes: {m: {needs: [a/x, b/x]}}}}', { without: ['a'] });
    expect(down).toMatchObject({ probability: 1, outagesPerYear: 0 });
    const left = journey('journeys: {j: {modes: {m: {needs: {atLeast: 1, of: [a/x, b/x]}}}}}', {
      without: ['a'],
    });
    close(left.down.probability, q(B));
    close(left.down.outagesPerYear, w(B));
  });
});

describe('a ladder', () => {
  const body = (loss: string): string =>
    `journeys: {j: {loss: ${loss}, modes: {full: {needs: [a/x, b/x]}, less: {worth: 30%, needs: b/x}}}}`;

  test('is in the best mode that works', () => {
    const { modes, down, degraded } = journey(body('1k USD/h'));
    close(modes[0]?.probability ?? 0, (1 - q(A)) * (1 - q(B)));
    close(modes[1]?.probability ?? 0, q(A) * (1 - q(B)));
    close(down.probability, q(B));
    close(degraded.probability, 1 - (1 - q(A)) * (1 - q(B)));
  });

  test('loses what the best mode is not worth', () => {
    const { lossPerYear } = journey(body('1k USD/h'));
    close(lossPerYear, (q(B) + q(A) * (1 - q(B)) * 0.7) * HOURS_PER_YEAR * 1000);
  });

  test('with steps of loss pays each stay by how long it lasts, taken as exponential', () => {
    const { lossPerYear } = journey(
      'journeys: {j: {loss: [{after: 0h, rate: 1k USD/h}, {after: 4h, rate: 3k USD/h}, {after: 30h, rate: 2k USD/h}], modes: {m: {needs: a/x}}}}',
    );
    const stay = A.mean * (1000 + 2000 * Math.exp(-4 / A.mean) - 1000 * Math.exp(-30 / A.mean));
    close(lossPerYear, w(A) * stay);
  });

  test('without a loss in the plan has none, while a journey that loses nothing has 0', () => {
    expect(journey('journeys: {j: {modes: {m: {needs: a/x}}}}').lossPerYear).toBeNull();
    expect(journey('journeys: {j: {loss: 0 USD/h, modes: {m: {needs: a/x}}}}').lossPerYear).toBe(0);
  });

  test('meets its target exactly at it, and misses it just below', () => {
    const at = (slo: number): boolean | null =>
      journey(`journeys: {j: {slo: ${(slo * 100).toFixed(6)}%, modes: {m: {needs: a/x}}}}`).meetsSlo;
    expect(at(1 - q(A) - 1e-7)).toBe(true);
    expect(at(1 - q(A) + 1e-7)).toBe(false);
  });
});

describe('an interval', () => {
  const catalog: Catalog = {
    schema: 'keelson.catalog/1',
    watchedUntil: '2026-01-01',
    providers: [
      {
        name: 'p',
        title: 'P',
        kind: 'edge',
        watchedSince: '2018-01-01',
        watchedNote: null,
        outages: { kind: 'incidents' },
        scopes: [],
        capabilities: [
          {
            name: 'x',
            title: null,
            kind: null,
            plane: 'data',
            home: null,
            outages: { kind: 'none' },
            at: [],
            protects: [],
            handles: [],
            needs: [],
            note: null,
          },
        ],
      },
    ],
    counted: ['2019-05-01', '2021-05-01', '2024-05-01'].map((day) => ({
      incident: day,
      title: day,
      event: 'p',
      day,
      hours: 6,
      reach: 1,
    })),
  };

  test('of a journey of one counted event is that of the posterior, within the error of drawing it', () => {
    const body = 'journeys: {j: {loss: 1k USD/h, modes: {m: {needs: p/x}}}}';
    const [found] = solve(body, { draws: 40_000 }, catalog).journeys;
    const years = (Date.parse('2026-01-01') - Date.parse('2018-01-01')) / 3_600_000 / HOURS_PER_YEAR;
    const ends = [0.05, 0.95].map(
      (share) => q({ rate: gammaQuantile(share, 3.5) / years, mean: 6 }) * HOURS_PER_YEAR,
    );
    for (const [i, end] of ends.entries()) {
      expect(Math.abs((found?.down.interval[i] ?? 0) / end - 1)).toBeLessThan(0.025);
      expect((found?.lossInterval?.[i] ?? 0) / (found?.down.interval[i] ?? 1)).toBeCloseTo(1000, 6);
    }
  });

  test('is the same each time, and holds the figure', () => {
    const body = 'journeys: {j: {modes: {m: {needs: p/x}}}}';
    const [one] = solve(body, { draws: 500 }, catalog).journeys;
    const [other] = solve(body, { draws: 500 }, catalog).journeys;
    expect(one?.down.interval).toEqual(other?.down.interval);
    expect(one?.down.interval[0]).toBeLessThan(one?.down.hoursPerYear ?? 0);
    expect(one?.down.interval[1]).toBeGreaterThan(one?.down.hoursPerYear ?? 0);
  });

  test('of figures that are known exactly is the figure', () => {
    const { down } = journey('journeys: {j: {modes: {m: {needs: a/x}}}}', { draws: 100 });
    expect(down.interval).toEqual([down.hoursPerYear, down.hoursPerYear]);
  });
});

describe('providers', () => {
  test('share the loss that each alone would save, and the shares sum to 1', () => {
    const { providers, concentration } = solve(
      `journeys: {j: {loss: 1k USD/h, modes: {m: {needs: [a/x, b/x, c/x]}}}}\n${PROVIDERS}`,
    );
    const down = (...parts: Part[]): number => 1 - parts.reduce((up, part) => up * (1 - q(part)), 1);
    const saved = {
      a: down(A, B, C) - down(B, C),
      b: down(A, B, C) - down(A, C),
      c: down(A, B, C) - down(A, B),
    };
    for (const { name, lossPerYear } of providers)
      expect(lossPerYear / (saved[name as keyof typeof saved] * HOURS_PER_YEAR * 1000)).toBeCloseTo(1, 9);
    expect(providers.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(providers.reduce((sum, { lossShare }) => sum + lossShare, 0)).toBeCloseTo(1, 12);
    close(
      concentration.hhi,
      providers.reduce((sum, { lossShare }) => sum + lossShare ** 2, 0),
    );
    expect(concentration.largest).toBe('a');
  });

  test('without a loss share the hours down', () => {
    const { providers } = solve(`journeys: {j: {modes: {m: {needs: a/x}}}}\n${PROVIDERS}`);
    expect(providers).toEqual([{ name: 'a', lossShare: 1, lossPerYear: 0 }]);
  });
});

describe('advice', () => {
  const capability = 'kind: cdn, handles: [content]';
  const plan = (services: string): string => `
journeys:
  j: {loss: 10k USD/h, modes: {full: {needs: [edge, core]}}}
  k: {loss: 1k USD/h, modes: {full: {needs: edge}, less: {worth: 50%, needs: core}}}
services:
  core: {outages: {rate: 1/yr, mean: 1h}}
${services}
providers:
  a: {capabilities: {cdn: {outages: ${outages(A)}, ${capability}}}}
  b: {capabilities: {cdn: {outages: ${outages(B)}, ${capability}}}}
catalog: none
`;
  const single = plan('  edge: {outages: none, needs: a/cdn}');
  const doubled =
    plan(`  edge: {outages: none, any: [edge-2, edge-3], failover: {detect: 60s, switch: 30s, spread: 2m, success: 98%}}
  edge-2: {outages: none, needs: a/cdn}
  edge-3: {outages: none, needs: b/cdn}`);
  const loss = ({ journeys }: Assessment): number =>
    journeys.reduce((sum, { lossPerYear }) => sum + (lossPerYear ?? 0), 0);

  /** Where candidates are looked for. */
  const catalog: Catalog = {
    ...EMPTY_CATALOG,
    providers: ['a', 'b'].map((name) => ({
      name,
      title: name,
      kind: 'edge',
      watchedSince: null,
      watchedNote: null,
      outages: null,
      scopes: [],
      capabilities: [
        {
          name: 'cdn',
          title: null,
          kind: 'cdn',
          plane: 'data',
          home: null,
          outages: null,
          at: [],
          protects: [],
          handles: ['content'],
          needs: [],
          note: null,
        },
      ],
    })),
  };

  test('of a second provider for a single point saves exactly what making the change by hand saves', () => {
    const before = solve(single, { advice: true, catalog });
    const after = solve(doubled);
    const second = before.advice.find(({ kind }) => kind === 'second-provider');
    expect(second?.change).toBe('edge on a second provider: b beside a');
    expect(second?.lossAvoidedPerYear).toBeGreaterThan(0);
    expect((second?.lossAvoidedPerYear ?? 0) / (loss(before) - loss(after))).toBeCloseTo(1, 9);
    const hours = ({ journeys }: Assessment): number =>
      journeys.reduce(
        (sum, { down, switchOver }) => sum + down.hoursPerYear + switchOver.downHoursPerYear,
        0,
      );
    expect((second?.hoursAvoidedPerYear ?? 0) / (hours(before) - hours(after))).toBeCloseTo(1, 9);
  });

  test('of a second provider says that it is a further way of compromise', () => {
    const { advice } = solve(single, { advice: true, catalog });
    expect(advice.find(({ kind }) => kind === 'second-provider')?.added.compromise).toBeGreaterThan(0);
  });

  test('comes largest saving first, and not at all where it is not asked for', () => {
    const { advice } = solve(single, { advice: true, catalog });
    const savings = advice.map(({ lossAvoidedPerYear }) => lossAvoidedPerYear);
    expect(savings).toEqual([...savings].sort((a, b) => b - a));
    expect(solve(single, { advice: false, catalog }).advice).toEqual([]);
  });
});

describe('compromise', () => {
  const found = (services: string): JourneyResult['compromise'] =>
    journey(`journeys: {j: {modes: {m: {needs: s}}}}\nservices:\n  s: {outages: none, ${services}}
  t: {outages: none, handles: [content]}\n  u: {outages: none, handles: [content]}\n  v: {outages: none, handles: [content]}`)
      .compromise;

  test('of alternatives needs any of them: the second adds one', () => {
    const { total, singlePoints, byAlternative } = found('any: [t, u]');
    expect([total, singlePoints]).toEqual(['2', ['compromise:t', 'compromise:u']]);
    expect(byAlternative.map(({ service, added }) => [service, added])).toContainEqual([
      's',
      [['compromise:u']],
    ]);
  });

  test('of a quorum needs as many as must agree', () => {
    expect(found('atLeast: 2, of: [t, u, v], verify: quorum')).toMatchObject({
      total: '3',
      singlePoints: [],
    });
    expect(found('atLeast: 2, of: [t, u, v]')).toMatchObject({
      total: '3',
      singlePoints: ['compromise:t', 'compromise:u', 'compromise:v'],
    });
  });

  test('of what is verified by proof needs the verifier, wherever it is from', () => {
    expect(found('any: [t, u], verify: proof').sets).toEqual([['compromise:s:verifier']]);
  });
});

describe('between two assessments', () => {
  const before = solve(
    `journeys: {j: {slo: 99.9%, loss: 1k USD/h, modes: {m: {needs: [b/x]}}}}\n${PROVIDERS}`,
  );
  const after = solve(
    `journeys: {j: {slo: 99.9%, loss: 1k USD/h, modes: {m: {needs: [a/x, b/x]}}}}\n${PROVIDERS}`,
  );

  test('that are the same nothing is worse', () => {
    const drift = driftBetween(before, before);
    expect(drift.worse).toEqual([]);
    expect(drift.journeys[0]?.singlePoints).toEqual({ gone: [], added: [] });
  });

  test('what rose is worse, what fell is not', () => {
    const drift = driftBetween(before, after);
    expect(drift.worse).toEqual(['j is down longer', 'j loses more', 'j has new single points: a/x']);
    expect(drift.lossPerYear).toEqual({
      from: before.journeys[0]?.lossPerYear,
      to: after.journeys[0]?.lossPerYear,
    });
    const back = driftBetween(after, before);
    expect(back.worse).toEqual([]);
    expect(back.journeys[0]?.singlePoints).toEqual({ gone: ['a/x'], added: [] });
  });

  test('a journey that is gone is worse, a new one is not', () => {
    const two = solve(
      `journeys: {j: {modes: {m: {needs: b/x}}}, k: {modes: {m: {needs: b/x}}}}\n${PROVIDERS}`,
    );
    const one = solve(`journeys: {j: {modes: {m: {needs: b/x}}}}\n${PROVIDERS}`);
    expect(driftBetween(two, one).worse).toEqual(['k is gone']);
    expect(driftBetween(one, two).worse).toEqual([]);
    expect(driftBetween(one, two).lossPerYear).toBeNull();
  });

  test('what is held against it fails it', () => {
    const why = (...failOn: FailOn[]): string[] => failures(after, failOn, driftBetween(before, after));
    expect(why('slo')).toEqual(['j misses its target']);
    expect(why('single-point')).toEqual(['j has 2 single points']);
    expect(why('drift')).toHaveLength(3);
    expect(why('exposure', 'shared-fate')).toEqual([]);
    expect(why()).toEqual([]);
  });
});

describe('shared fate', () => {
  test('is an event that takes two alternatives of one redundancy', () => {
    const providers = `providers:
  a: {scopes: {r: {outages: ${outages(A)}}}, capabilities: {vm: {outages: {rate: 1/yr, mean: 1h, per: zone}}}}
catalog: none`;
    const of = (second: string): Assessment['sharedFate'] =>
      solve(
        `journeys: {j: {modes: {m: {needs: s}}}}\nservices: {s: {outages: none, any: [a/vm@r/1, ${second}]}}\n${providers}`,
      ).sharedFate;
    expect(of('a/vm@r/2')).toMatchObject([{ service: 's', events: ['a@r'] }]);
    expect(of('a/vm@t/2')).toEqual([]);
  });
});
