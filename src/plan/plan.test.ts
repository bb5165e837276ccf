import { describe, expect, test } from 'vitest';
import { parsePlan, type Plan, type Requirement, type Service } from './index.ts';

const HEAD = 'keelson: 1\nplatform: {name: P, asOf: 2026-11-01}\n';

function read(body: string): Plan {
  const { plan, problems } = parsePlan(`${HEAD}${body}`, 'plan.yaml');
  if (plan === undefined) throw new Error(problems.map(({ message }) => message).join(' '));
  return plan;
}

const codes = (body: string): string[] =>
  parsePlan(`${HEAD}${body}`, 'plan.yaml').problems.map(
    ({ code, line, column }) => `${code}@${line}:${column}`,
  );

/** Without the offsets, which have a test of their own. */
function bare(requirement: Requirement): unknown {
  switch (requirement.kind) {
    case 'name':
      return requirement.name;
    case 'all':
      return { all: requirement.parts.map(bare) };
    case 'any':
      return { any: requirement.of.map(bare) };
    case 'atLeast':
      return { atLeast: requirement.atLeast, of: requirement.of.map(bare) };
    default:
      return { from: requirement.pool, atLeast: requirement.atLeast };
  }
}

function needs(text: string): unknown {
  const plan = read(
    `journeys: {j: {modes: {m: {needs: ${text}}}}}\nservices: {a: {}, b: {}, c: {}, pool: {pool: [{use: a, capacity: 9}]}}\n`,
  );
  const [mode] = plan.journeys[0]?.value.modes ?? [];
  return mode === undefined ? undefined : bare(mode.value.needs);
}

function service(text: string): Service {
  const plan = read(`journeys: {j: {modes: {m: {needs: s}}}}\nservices: {s: ${text}, a: {}, b: {}, c: {}}\n`);
  const found = plan.services?.[0]?.value;
  if (found === undefined) throw new Error('The service is missing.');
  return found;
}

describe('a requirement', () => {
  test.each([
    ['a', 'a'],
    ['p/c@r/z', 'p/c@r/z'],
    ['p@r', 'p@r'],
    ['[a, b]', { all: ['a', 'b'] }],
    ['[a]', { all: ['a'] }],
    ['{all: [a, b]}', { all: ['a', 'b'] }],
    ['{any: [a, b]}', { any: ['a', 'b'] }],
    ['{atLeast: 2, of: [a, b, c]}', { atLeast: 2, of: ['a', 'b', 'c'] }],
    ['{of: [a, b, c], atLeast: 2}', { atLeast: 2, of: ['a', 'b', 'c'] }],
    ['{from: pool, atLeast: 2.5}', { from: 'pool', atLeast: 2.5 }],
    [
      '[a, {any: [[b, p/c], {atLeast: 1, of: [a, {all: [c]}]}]}]',
      { all: ['a', { any: [{ all: ['b', 'p/c'] }, { atLeast: 1, of: ['a', { all: ['c'] }] }] }] },
    ],
  ])('%s is read', (text, wanted) => {
    expect(needs(text)).toEqual(wanted);
  });

  test.each([
    ['{any: []}', 'too-few'],
    ['[]', 'too-few'],
    ['{atLeast: 4, of: [a, b, c]}', 'at-least-of-fewer'],
    ['{atLeast: 0, of: [a]}', 'out-of-range'],
    ['{atLeast: 1.5, of: [a]}', 'wrong-type'],
    ['{atLeast: 1}', 'missing-key'],
    ['{from: pool}', 'missing-key'],
    ['{from: a, atLeast: 1}', 'not-a-pool'],
    ['{from: pool, atLeast: 10}', 'pool-too-small'],
    ['pool', 'pool-without-amount'],
    ['{use: a}', 'stray-use'],
    ['{none: a}', 'wrong-type'],
    ['d', 'unknown-service'],
    ['A', 'wrong-type'],
  ])('%s is refused: %s', (text, code) => {
    const found = codes(
      `journeys: {j: {modes: {m: {needs: ${text}}}}}\nservices: {a: {}, b: {}, c: {}, pool: {pool: [{use: [a, b, c], capacity: 9}]}}\n`,
    );
    expect(found.map((one) => one.split('@')[0])).toContain(code);
  });

  test('carries where it stands', () => {
    const plan = read('journeys: {j: {modes: {m: {needs: [p/a, {any: [p/b]}]}}}}\n');
    const text = `${HEAD}journeys: {j: {modes: {m: {needs: [p/a, {any: [p/b]}]}}}}\n`;
    const root = plan.journeys[0]?.value.modes[0]?.value.needs;
    const [first, second] = root?.kind === 'all' ? root.parts : [];
    expect([root?.offset, first?.offset, second?.offset]).toEqual([
      text.indexOf('[p/a'),
      text.indexOf('p/a'),
      text.indexOf('{any'),
    ]);
  });
});

describe('a service', () => {
  test('has alternatives with what is said of each, in order', () => {
    const { any, failover } = service(
      '{any: [a, {use: [b, p/c], ready: 95%, carries: 60%, cost: 8766k USD/yr}], failover: {detect: 60s, approve: 5m, switch: 90s, spread: 5m, hold: 10m, success: 98%, needs: c}}',
    );
    expect(any?.map(({ use }) => bare(use))).toEqual(['a', { all: ['b', 'p/c'] }]);
    expect(any?.[1]).toMatchObject({ ready: 0.95, carries: 0.6, cost: { amount: 1000, currency: 'USD' } });
    expect(failover).toMatchObject({ success: 0.98, needs: { kind: 'name', name: 'c' } });
    for (const [found, hours] of [
      [failover?.detect, 1 / 60],
      [failover?.approve, 5 / 60],
      [failover?.switch, 1.5 / 60],
      [failover?.spread, 5 / 60],
      [failover?.hold, 10 / 60],
    ] as const)
      expect(found).toBeCloseTo(hours, 12);
  });

  test('has members that are all active, members of a pool, state and what it verifies', () => {
    expect(service('{atLeast: 2, of: [a, b, c], verify: quorum}')).toMatchObject({
      atLeast: 2,
      verify: 'quorum',
    });
    expect(service('{any: [a, b], state: {writer: single, lag: 36s}}').state).toMatchObject({
      writer: 'single',
      lag: 0.01,
    });
    const plan = read(
      'journeys: {j: {modes: {m: {needs: {from: s, atLeast: 1}}}}}\nservices: {s: {pool: [{use: a, capacity: 5, grow: 2, after: 30m, needs: b}]}, a: {}, b: {}}\n',
    );
    expect(plan.services?.[0]?.value.pool?.[0]).toMatchObject({ capacity: 5, grow: 2, after: 0.5 });
  });

  test.each([
    ['none', { kind: 'none' }],
    ['{rate: 0.3/yr, mean: 2h}', { kind: 'stated', rate: 0.3, mean: 2 }],
    ['{rate: 2/month, mean: 30m, basis: study}', { kind: 'stated', rate: 24, mean: 0.5, basis: 'study' }],
  ])('has outages %s', (text, wanted) => {
    expect(service(`{outages: ${text}}`).outages).toMatchObject(wanted);
  });
});

describe('a journey', () => {
  test('has a ladder of modes in the order of the file, with worth, load and protections', () => {
    const plan = read(
      'journeys: {j: {tier: core, slo: 99.95%, usable: 80%, protections: {need: [waf, ddos], missing: refuse}, modes: {zebra: {needs: p/a}, ant: {worth: 30%, load: 40%, protections: none, needs: p/b}}}}\n',
    );
    const { value } = plan.journeys[0] ?? {};
    expect(value).toMatchObject({ tier: 'core', slo: 0.9995, usable: 0.8 });
    expect(value?.protections).toMatchObject({ need: ['waf', 'ddos'], missing: 'refuse' });
    expect(value?.modes.map(({ name }) => name)).toEqual(['zebra', 'ant']);
    expect(value?.modes[1]?.value).toMatchObject({ worth: 0.3, load: 0.4, protections: { need: [] } });
  });

  test('has a loss of one rate, or of steps', () => {
    const loss = (text: string): unknown =>
      read(`journeys: {j: {loss: ${text}, modes: {m: {needs: p/a}}}}\n`).journeys[0]?.value.loss;
    expect(loss('250k USD/h')).toMatchObject([{ after: 0, rate: { amount: 250_000, currency: 'USD' } }]);
    expect(loss('[{after: 0h, rate: 1k USD/h}, {after: 4h, rate: 2k USD/h}]')).toMatchObject([
      { after: 0, rate: { amount: 1000 } },
      { after: 4, rate: { amount: 2000 } },
    ]);
  });
});

describe('everything that is wrong', () => {
  test('is said at once, in the order of the file', () => {
    expect(
      codes(
        'journeys:\n  j: {slo: 200%, modes: {m: {needs: edg}}}\nservices:\n  edge: {needs: [x, x/y/z]}\n  edge: {}\n  B: {}\n',
      ).filter((one) => !one.startsWith('service-unused')),
    ).toEqual([
      'out-of-range@4:12',
      'unknown-service@4:37',
      'unknown-service@6:18',
      'wrong-type@6:21',
      'duplicate-key@7:3',
      'bad-name@8:3',
    ]);
  });

  test('gives no plan, while a warning does', () => {
    const wrong = parsePlan(`${HEAD}journeys: {j: {modes: {m: {needs: s}}}}`, 'f');
    expect(wrong.plan).toBeUndefined();
    const warned = parsePlan(
      `${HEAD}journeys: {j: {modes: {m: {needs: p/a}}}}\nservices: {s: {outages: none}}`,
      'f',
    );
    expect(warned.plan).toBeDefined();
    expect(warned.problems.map(({ code, severity }) => [code, severity])).toEqual([
      ['service-unused', 'warning'],
    ]);
  });

  test.each([
    ['a circle of two', 'a: {needs: b}, b: {needs: a}', 'service-cycle'],
    [
      'a circle through the steering',
      'a: {any: [b, c], failover: {needs: a}}, b: {}, c: {}',
      'service-cycle',
    ],
    ['two redundancies', 'a: {any: [b], atLeast: 1, of: [c]}, b: {}, c: {}', 'several-redundancies'],
    ['two writers', 'a: {atLeast: 1, of: [b, c], state: {writer: single}}, b: {}, c: {}', 'two-writers'],
    [
      'a failover without anything to fail over to',
      'a: {any: [b], failover: {}}, b: {}',
      'failover-without-alternatives',
    ],
    ['a quorum without members', 'a: {needs: b, verify: quorum}, b: {}', 'quorum-without-members'],
  ])('includes %s', (_, services, code) => {
    const found = codes(`journeys: {j: {modes: {m: {needs: a}}}}\nservices: {${services}}\n`);
    expect(found.map((one) => one.split('@')[0])).toContain(code);
  });
});
