import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { assess, downHours, downInterval } from '../assess/index.ts';
import type { Catalog } from '../catalog/index.ts';
import { buildModel, type Model } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import { BASES, compare, type Assessed, type Comparison, type Difference } from './index.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const catalog = JSON.parse(readFileSync(join(root, 'dist/catalog.json'), 'utf8')) as Catalog;
const solving = {
  catalog,
  assess: (model: Model) => assess(model, { advice: false, draws: 0, top: 0 }),
};

function assessed(text: string, file = 'plan.yaml'): Assessed {
  const { plan, problems } = parsePlan(text, file);
  if (plan === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  const { model, problems: more } = buildModel(plan, catalog);
  if (model === undefined) throw new Error(more.map(({ message }) => message).join('\n'));
  return { model, assessment: assess(model, { advice: false }) };
}

const compared = (...texts: string[]): Comparison =>
  compare(
    texts.map((text, i) => assessed(text, `${i}.yaml`)),
    { solving },
  );

function found(comparison: Comparison, name: string, pair = 0): Difference {
  const difference = comparison.pairs[pair]?.differences.find((one) => one.name === name);
  if (difference === undefined) throw new Error(`${name} does not differ`);
  return difference;
}

const before = readFileSync(join(root, 'examples/harbor/before.yaml'), 'utf8');
const after = readFileSync(join(root, 'examples/harbor/plan.yaml'), 'utf8');

/** Two journeys on a site and a database, which the second version doubles. */
const single = `
keelson: 1
platform: {name: One, asOf: 2026-11-01}
catalog: none
journeys:
  pay: {loss: 1k USD/h, slo: 99.9%, modes: {full: {needs: [app, database]}}}
  read: {loss: 200 USD/h, modes: {full: {needs: [app]}}}
services:
  app: {outages: {rate: 2/yr, mean: 1h}}
  database: {outages: {rate: 1/yr, mean: 3h}}
`;
const doubled = single
  .replace('name: One', 'name: Two')
  .replace(
    'database: {outages: {rate: 1/yr, mean: 3h}}',
    `database: {outages: none, atLeast: 1, of: [copy-a, copy-b]}
  copy-a: {outages: {rate: 1/yr, mean: 3h}}
  copy-b: {outages: {rate: 1/yr, mean: 3h}}`,
  )
  .replace('rate: 2/yr', 'rate: 1/yr');

describe('a plan beside itself', () => {
  const comparison = compared(after, after);

  test('differs in nothing', () => {
    expect(comparison.pairs[0]).toMatchObject({ related: true, differences: [], leftOut: [] });
    expect(comparison.pairs[0]?.together).toMatchObject({ hoursAvoidedPerYear: 0, lossAvoidedPerYear: 0 });
    expect(comparison.cautions).toEqual([]);
  });

  test('is down least twice, and carries another label', () => {
    expect(comparison.journeys.every(({ leastDown }) => leastDown.length === 2)).toBe(true);
    expect(comparison.plans.map(({ label }) => label)).toEqual(['0.yaml', '1.yaml']);
  });

  test('differs in nothing when it only stands elsewhere in its text', () => {
    const moved = `# A line more.\n\n${after.replaceAll(', mean:', ',   mean:')}`;
    expect(compared(after, moved).pairs[0]?.differences).toEqual([]);
  });
});

describe('how a plan stands', () => {
  test('is what assess says of it', () => {
    const plan = assessed(after);
    const [standing] = compare([plan, plan]).plans;
    for (const [i, journey] of plan.assessment.journeys.entries()) {
      expect(standing?.journeys[i]?.downHoursPerYear).toBe(downHours(journey));
      expect(standing?.journeys[i]?.downInterval).toEqual(downInterval(journey));
      expect(standing?.journeys[i]?.lossPerYear).toBe(journey.lossPerYear);
    }
  });

  test('shares its hours down out over what they rest on, all of them', () => {
    for (const { evidence, name } of compared(before, after).plans) {
      const shares = BASES.map((basis) => evidence.hoursDown?.[basis] ?? 0);
      expect([name, shares.reduce((sum, share) => sum + share, 0)]).toEqual([name, expect.closeTo(1, 12)]);
      expect(evidence.notWeighed).toEqual([]);
    }
  });

  test('rests on each basis as its rare events fail', () => {
    // Of independent rare events in series, hours down are shared as the events' own unavailability.
    const stated = single.replace('{rate: 1/yr, mean: 3h}', '{rate: 1/yr, mean: 3h, basis: study}');
    const [plan] = compared(stated, stated).plans;
    expect(plan?.evidence.events).toMatchObject({ plan: 1, study: 1 });
    // pay: app 2 h and database 3 h; read: app 2 h.
    expect(plan?.evidence.hoursDown?.study).toBeCloseTo(3 / 7, 3);
    expect(plan?.evidence.hoursDown?.plan).toBeCloseTo(4 / 7, 3);
  });

  test('counts services that need something by their best evidence, also by what has ended, with a warning', () => {
    const claims = `
keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys: {j: {modes: {m: {needs: [a, b, c, d]}}}}
services:
  a: {needs: cloudflare/cdn, evidence: [{source: x, date: null, confidence: low}, {source: y, date: null, confidence: high}]}
  b: {needs: cloudflare/cdn, evidence: {source: x, date: null, confidence: high, until: 2026-10-01}}
  c: {needs: d, evidence: {source: x, date: null, confidence: medium}}
  d: {evidence: {source: x, date: null, confidence: high}}
`;
    expect(compared(claims, claims).plans[0]?.evidence.services).toEqual({
      high: 2,
      medium: 1,
      low: 0,
      none: 0,
    });
  });
});

describe('what a difference is worth alone', () => {
  test('is what a plan edited by hand answers: a service with what it brings', () => {
    const difference = found(compared(single, doubled), 'database');
    const edited = assessed(doubled.replace('rate: 1/yr, mean: 1h', 'rate: 2/yr, mean: 1h'));
    const old = assessed(single);
    const loss = (one: Assessed): number =>
      one.assessment.journeys.reduce((sum, { lossPerYear }) => sum + (lossPerYear ?? 0), 0);
    const hours = (one: Assessed): number =>
      one.assessment.journeys.reduce((sum, journey) => sum + downHours(journey), 0);
    expect(difference.worth?.brings).toEqual(['copy-a', 'copy-b']);
    expect(difference.worth?.lossAvoidedPerYear).toBeCloseTo(loss(old) - loss(edited), 9);
    expect(difference.worth?.hoursAvoidedPerYear).toBeCloseTo(hours(old) - hours(edited), 9);
    expect(difference.worth?.journeys.map(({ name }) => name)).toEqual(['pay']);
  });

  test('is what a plan edited by hand answers: a journey of Harbor', () => {
    const difference = found(compared(before, after), 'withdraw');
    const queued = `      queued: {worth: 50%, load: 50%, needs: [edge, challenge, identity]}\n`;
    const edited = before.replace(
      /( {6}full: \{needs: \[edge, challenge, identity, signer.*\n)/,
      `$1${queued}`,
    );
    expect(edited).not.toBe(before);
    const [from, to] = [before, edited].map((text) =>
      assessed(text).assessment.journeys.find(({ name }) => name === 'withdraw'),
    );
    expect(difference.worth?.lossAvoidedPerYear).toBeCloseTo(
      (from?.lossPerYear ?? 0) - (to?.lossPerYear ?? 0),
      6,
    );
  });

  test('turns its sign when plans are swapped and one service alone differs', () => {
    const slower = single.replace('mean: 3h', 'mean: 6h');
    const there = found(compared(single, slower), 'database').worth;
    const back = found(compared(slower, single), 'database').worth;
    expect(there?.lossAvoidedPerYear).toBeLessThan(0);
    expect(back?.lossAvoidedPerYear).toBeCloseTo(-(there?.lossAvoidedPerYear ?? 0), 9);
    expect(back?.hoursAvoidedPerYear).toBeCloseTo(-(there?.hoursAvoidedPerYear ?? 0), 9);
  });

  test('of one difference is all that the other plan is worth', () => {
    const slower = single.replace('mean: 3h', 'mean: 6h');
    const [pair] = compared(single, slower).pairs;
    expect(pair?.together?.alone.differences).toBe(1);
    expect(pair?.together?.hoursAvoidedPerYear).toBeCloseTo(
      pair?.together?.alone.hoursAvoidedPerYear ?? 0,
      9,
    );
    expect(pair?.together?.lossAvoidedPerYear).toBeCloseTo(pair?.together?.alone.lossAvoidedPerYear ?? 0, 9);
  });

  test('does not add up where they interact, and both sums are said', () => {
    const [pair] = compared(before, after).pairs;
    expect(pair?.together?.hoursAvoidedPerYear).not.toBeCloseTo(
      pair?.together?.alone.hoursAvoidedPerYear ?? 0,
      2,
    );
  });

  test('is unknown, with the reason, where the first plan would need itself', () => {
    const down = single.replace('app: {outages: {rate: 2/yr, mean: 1h}}', 'app: {needs: database}');
    const up = single.replace('database: {outages: {rate: 1/yr, mean: 3h}}', 'database: {needs: app}');
    const difference = found(compared(down, up), 'database');
    expect(difference.worth).toBeNull();
    expect(difference.why).toMatch(/^The first plan cannot stand with it alone: .*app/);
  });

  test('is not asked of evidence, notes and costs', () => {
    const noted = single.replace('mean: 3h}}', 'mean: 3h}, note: hello, cost: 1k USD/yr}');
    expect(found(compared(single, noted), 'database')).toMatchObject({
      keys: ['cost', 'note'],
      worth: null,
      why: 'No figure that is compared rests on cost, note.',
    });
  });

  test('brings a provider that only the other plan declares', () => {
    const own = `${single.replace('database: {outages: {rate: 1/yr, mean: 3h}}', 'database: {needs: dbco/db}')}
providers: {dbco: {capabilities: {db: {outages: {rate: 1/yr, mean: 1h}}}}}
`;
    const { worth } = found(compared(single, own), 'database');
    expect(worth?.brings).toEqual(['dbco']);
    expect(worth?.hoursAvoidedPerYear).toBeGreaterThan(0);
  });

  test('is not solved where a journey that it bears on is known only as bounds', () => {
    const [first, other] = [assessed(single, '0.yaml'), assessed(doubled, '1.yaml')];
    const journeys = first.assessment.journeys.map((journey) =>
      journey.name === 'pay' ? { ...journey, down: { ...journey.down, bounds: [0, 1] as const } } : journey,
    );
    const bounded = { ...first, assessment: { ...first.assessment, journeys } };
    expect(found(compare([bounded, other], { solving }), 'database')).toMatchObject({
      worth: null,
      why: 'Not solved: of pay only bounds are known.',
    });
  });

  test('is left out where nobody asks', () => {
    const [pair] = compare([assessed(single), assessed(doubled)]).pairs;
    expect(pair?.together).toBeNull();
    expect(pair?.differences.every(({ worth, why }) => worth === null && why === null)).toBe(true);
  });

  test('is solved for 40 differences, those of the journeys that are down longest, and the rest are named', () => {
    const many = (mean: string): string => `
keelson: 1
platform: {name: ${mean}, asOf: 2026-11-01}
catalog: none
journeys:
  bad: {modes: {m: {needs: [${names('b').join(', ')}]}}}
  good: {modes: {m: {needs: [${names('g').join(', ')}]}}}
services:
${[...names('g').map((name) => [name, '1/yr']), ...names('b').map((name) => [name, '9/yr'])].map(([name, rate]) => `  ${name}: {outages: {rate: ${rate}, mean: ${mean}}}`).join('\n')}
`;
    const names = (letter: string): string[] => Array.from({ length: 30 }, (_, i) => `${letter}${i}`);
    const [pair] = compared(many('1h'), many('2h')).pairs;
    const solved = pair?.differences.filter(({ worth }) => worth !== null).map(({ name }) => name) ?? [];
    expect(solved).toHaveLength(40);
    expect(names('b').every((name) => solved.includes(name))).toBe(true);
    expect(pair?.leftOut).toHaveLength(20);
  });
});

describe('two currencies', () => {
  const euros = doubled.replace('asOf:', 'currency: EUR, asOf:').replaceAll(' USD/h', ' EUR/h');
  const comparison = compared(single, euros);

  test('are never taken from each other', () => {
    expect(comparison.pairs[0]?.together?.lossAvoidedPerYear).toBeNull();
    expect(comparison.cautions.map(({ code }) => code)).toContain('currencies-differ');
  });

  test('leave a service its worth in the first plan’s own money', () => {
    expect(found(comparison, 'database').worth?.lossAvoidedPerYear).toBeCloseTo(
      found(compared(single, doubled), 'database').worth?.lossAvoidedPerYear ?? 0,
      9,
    );
  });

  test('leave a journey with a loss of its own without one', () => {
    const { worth } = found(comparison, 'pay');
    expect(worth?.lossAvoidedPerYear).toBeNull();
    expect(worth?.hoursAvoidedPerYear).toBe(0);
  });
});

describe('what is said of plans side by side', () => {
  test('which is down least, and whether the intervals leave it open', () => {
    const [pay, read] = compared(single, doubled).journeys;
    expect(pay).toEqual({ name: 'pay', plans: [0, 1], leastDown: [1], overlaps: false });
    expect(read?.leastDown).toEqual([1]);
    const wide = (rate: string): string =>
      single.replace('rate: 1/yr, mean: 3h', `rate: ${rate}, mean: 3h, interval: [0.1/yr, 9/yr]`);
    expect(compared(wide('1/yr'), wide('2/yr')).journeys[0]?.overlaps).toBe(true);
  });

  test('plans without a common name have no differences, and a journey of one plan no least', () => {
    const other = `
keelson: 1
platform: {name: Other, asOf: 2025-01-01}
catalog: none
journeys: {swap: {modes: {m: {needs: chain}}}}
services: {chain: {outages: {rate: 1/yr, mean: 1h}}}
`;
    const { pairs, journeys, cautions } = compared(single, other);
    expect(pairs[0]).toMatchObject({ related: false, differences: [], together: null });
    expect(journeys.every(({ leastDown }) => leastDown.length === 0)).toBe(true);
    expect(cautions.map(({ code }) => code)).toEqual(['days-differ', 'journeys-differ', 'losses-missing']);
  });

  test('where most hours down are assumed', () => {
    const unsaid = single.replaceAll(/outages: \{rate: \d\/yr, mean: \dh\}/g, '');
    expect(compared(unsaid, single).cautions).toMatchObject([
      { code: 'mostly-assumed', message: expect.stringContaining('0.yaml') },
    ]);
  });

  test('elements that come and go, of every kind', () => {
    const more = `${doubled}
cohorts: [fl2]
assumptions: {service-outages: {rate: 1/yr, mean: 1h}}
providers: {dbco: {capabilities: {db: {outages: none}}}}
`;
    const list = compared(single, more).pairs[0]?.differences.map(({ kind, name, change }) => [
      kind,
      name,
      change,
    ]);
    expect(list).toEqual([
      ['service', 'app', 'changed'],
      ['service', 'database', 'changed'],
      ['service', 'copy-a', 'added'],
      ['service', 'copy-b', 'added'],
      ['provider', 'dbco', 'added'],
      ['assumption', 'service-outages', 'added'],
      ['cohort', 'fl2', 'added'],
    ]);
  });
});
