import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  drillOf,
  fault,
  journey,
  keptDrills,
  modelOf,
  nearFails,
  northFails,
  PLAN_TEXT,
  SOUTH_BLAME,
  switched,
} from '../../../test/drilled.ts';
import type { Drill } from '../result.ts';
import {
  evidenceOf,
  evidenceText,
  findingsOf,
  measuredBy,
  mergeEvidence,
  partsOf,
  readEvidence,
} from './index.ts';
import { partAt } from './digests.ts';
import type { DrillEvidence, Run } from './result.ts';

const model = modelOf();

const runOf = (drill: Drill, of = model): Run => {
  const [run] = evidenceOf(drill, of).runs;
  if (run === undefined) throw new Error('There is no run.');
  return run;
};
const counted = (...faults: readonly Drill['faults'][number][]): Pick<Run, 'switches' | 'standbys'> => {
  const { switches, standbys } = runOf(drillOf(model, faults));
  return { switches, standbys };
};

describe('a switch', () => {
  const made = (observedMs: number | null, more: Parameters<typeof fault>[1] = {}): Run['switches'] =>
    counted(fault('near', { switches: [switched('edge', 'far', observedMs)], ...more })).switches;

  test('is made in time when it is seen by then, within the tolerance', () => {
    for (const seen of [2_000, 10_000, 14_000])
      expect([seen, made(seen)]).toEqual([seen, [{ service: 'edge', made: 1, tried: 1 }]]);
  });

  test('is tried in vain when it comes later or is not seen', () => {
    for (const seen of [14_001, null])
      expect([seen, made(seen)]).toEqual([seen, [{ service: 'edge', made: 0, tried: 1 }]]);
  });

  test('does not count where the fault was ended by hand, or before it could be seen', () => {
    expect(made(10_000, { outcome: 'stopped' })).toEqual([]);
    expect(made(null, { restoredAt: '2026-11-29T10:00:13.000Z' })).toEqual([]);
    expect(made(null, { restoredAt: '2026-11-29T10:00:13.999Z' })).toHaveLength(1);
  });

  test('counts once a fault, and not where it leads back to the first or to nobody that is known', () => {
    const one = switched('edge', 'far', 10_000);
    const switches = [
      one,
      { ...one, predictedMs: 15_000 },
      switched('edge', 'near', 12_000),
      switched('edge', 'x', 1),
      switched('x', 'far', 1),
    ];
    expect(counted(fault('near', { switches })).switches).toEqual([{ service: 'edge', made: 1, tried: 1 }]);
    expect(counted(nearFails(), nearFails(), northFails(true)).switches).toEqual([
      { service: 'edge', made: 2, tried: 2 },
      { service: 'orders', made: 1, tried: 1 },
    ]);
  });
});

describe('a standby', () => {
  const south = { service: 'orders', alternative: 2, name: 'site-south' };

  test('serves when the journeys that stand on it are where they were to be at the end of its use', () => {
    expect(counted(northFails(true)).standbys).toEqual([{ ...south, served: 1, tried: 1 }]);
    expect(counted(northFails(false)).standbys).toEqual([{ ...south, served: 0, tried: 1 }]);
    expect(counted(nearFails()).standbys).toEqual([
      { service: 'edge', alternative: 2, name: 'far', served: 1, tried: 1 },
    ]);
  });

  test('is not tried by a switch that was not made', () => {
    const switches = [switched('orders', 'site-south', null)];
    expect(counted(northFails(false, { switches })).standbys).toEqual([]);
  });

  test('is not tried where nobody looked, or nothing was to be served by it', () => {
    expect(counted(northFails(true, { journeys: [] })).standbys).toEqual([]);
    expect(counted(northFails(true, { journeys: [journey('withdraw')] })).standbys).toEqual([]);
    const predicted = [{ fromMs: 0, mode: 'static' }];
    expect(counted(northFails(true, { journeys: [journey('trade', { predicted })] })).standbys).toEqual([]);
  });

  test('does not serve by bad or stale answers, whatever the mode', () => {
    const answered = (firstMs: number): Run['standbys'] => {
      const breach = {
        kind: 'stale',
        mode: 'full',
        send: 'GET /',
        times: 3,
        firstMs,
        says: 'It stood still.',
      } as const;
      return counted(
        northFails(true, { journeys: [journey('trade', { breaches: [breach], outcome: 'wrong' })] }),
      ).standbys;
    };
    expect(answered(12_000)).toEqual([{ ...south, served: 0, tried: 1 }]);
    // Before it was in use.
    expect(answered(4_000)).toEqual([{ ...south, served: 1, tried: 1 }]);
  });

  test('is left aside where something else explains what went wrong', () => {
    const blamed = (edge: string): Run['standbys'] =>
      runOf(drillOf(model, [northFails(false)], { blame: [{ ...SOUTH_BLAME, edge }] })).standbys;
    expect(blamed('edge.any[1]')).toEqual([]);
    for (const edge of ['orders', 'orders.any[2]', 'orders.failover', 'site-south', 'site-south.needs'])
      expect([edge, blamed(edge)]).toEqual([edge, [{ ...south, served: 0, tried: 1 }]]);
    expect(blamed('orders-2')).toEqual([]);
    // It says what was not seen, and no more.
    expect(blamed('trade.modes.full')).toHaveLength(1);
  });
});

test('a standby that users leave for a third is judged by when they were on it', () => {
  const three = modelOf(
    PLAN_TEXT.replace('any: [site-north, site-south]', 'any: [site-north, site-south, near]'),
  );
  const switches = [
    switched('orders', 'site-south', 5_000, 5_000),
    switched('orders', 'near', 12_000, 12_000),
  ];
  const predicted = [
    { fromMs: 0, mode: 'static' },
    { fromMs: 5_000, mode: 'full' },
  ];
  const seen = (mode: string): Run['standbys'] => {
    const observed = [...predicted, { fromMs: 9_500, mode }, { fromMs: 12_500, mode: 'full' }];
    const journeys = [journey('trade', { predicted, observed })];
    return runOf(drillOf(three, [northFails(true, { switches, journeys })]), three).standbys;
  };
  const third = { service: 'orders', alternative: 3, name: 'near', served: 1, tried: 1 };
  const second = { service: 'orders', alternative: 2, name: 'site-south', tried: 1 };
  expect(seen('static')).toEqual([{ ...second, served: 0 }, third]);
  expect(seen('full')).toEqual([{ ...second, served: 1 }, third]);
});

describe('a finding', () => {
  const wrong = (at: string, of = model, more: Partial<Drill> = {}): DrillEvidence =>
    evidenceOf(drillOf(of, [northFails(false)], { blame: [SOUTH_BLAME], startedAt: at, ...more }), of);
  const right = (at: string, of = model, more: Partial<Drill> = {}): DrillEvidence =>
    evidenceOf(drillOf(of, [northFails(true)], { startedAt: at, ...more }), of);
  const states = (...files: readonly DrillEvidence[]): unknown =>
    mergeEvidence(files).findings.map(({ state }) => state);
  const [one, two, three] = [
    '2026-11-01T10:00:00.000Z',
    '2026-11-08T10:00:00.000Z',
    '2026-11-15T10:00:00.000Z',
  ];
  const mended = modelOf(
    PLAN_TEXT.replace('any: [site-north, site-south]', 'any: [site-north, {use: site-south, ready: 50%}]'),
  );
  const elsewhere = modelOf(PLAN_TEXT.replace('ready: 95%', 'ready: 96%'));

  test('is open as it is found, with a name that stays', () => {
    const { findings, runs } = wrong(one);
    const moment = { run: runs[0]?.id, at: one, digest: model.plan.digest };
    expect(findings).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{12}$/),
        edge: 'orders.any[2]',
        kind: 'differs',
        says: 'site-south did not serve what site-north serves.',
        explains: [{ fault: 'site-north', as: 'refuse', about: 'journey', name: 'trade' }],
        plan: 'Quay',
        environment: 'sandbox',
        state: 'open',
        times: 1,
        first: moment,
        last: moment,
        mended: null,
        drilled: null,
      },
    ]);
    expect(
      mergeEvidence([wrong(two), wrong(one, mended)]).findings.map(({ id, times }) => [id, times]),
    ).toEqual([[findings[0]?.id, 2]]);
  });

  test('is mended once its part of the plan is another, and drilled once what showed it agrees', () => {
    expect(
      states(wrong(one), evidenceOf(drillOf(mended, [nearFails()], { startedAt: two }), mended)),
    ).toEqual(['mended']);
    const all = mergeEvidence([right(three, mended), wrong(one)]);
    expect(all.findings).toMatchObject([
      {
        state: 'drilled',
        mended: { digest: mended.plan.digest, at: three },
        drilled: { at: three, digest: mended.plan.digest },
      },
    ]);
  });

  test('is not mended by a change elsewhere, or of what only explains', () => {
    expect(
      states(wrong(one), evidenceOf(drillOf(elsewhere, [nearFails()], { startedAt: two }), elsewhere)),
    ).toEqual(['open']);
    const noted = modelOf(PLAN_TEXT.replace('  orders:\n', '  orders:\n    note: It was looked at.\n'));
    expect(states(wrong(one), evidenceOf(drillOf(noted, [nearFails()], { startedAt: two }), noted))).toEqual([
      'open',
    ]);
  });

  test('is neither mended nor drilled by another platform, or by the same version read in another way', () => {
    const other = modelOf(
      PLAN_TEXT.replace('name: Quay', 'name: Pier').replace(
        'any: [site-north, site-south]',
        'any: [site-north, {use: site-south, ready: 50%}]',
      ),
    );
    expect(states(wrong(one), right(two, other))).toEqual(['open']);
    const [again] = evidenceOf(drillOf(model, [nearFails()], { startedAt: two }), model).runs;
    const reread: DrillEvidence = {
      ...wrong(one),
      runs: again === undefined ? [] : [{ ...again, parts: { orders: '0123456789abcdef' } }],
    };
    expect(states(wrong(one), reread)).toEqual(['open']);
  });

  test('is mended by a plan that nobody has drilled yet', () => {
    const { runs } = wrong(one);
    const now = { name: 'Quay', digest: mended.plan.digest ?? null, parts: partsOf(mended.plan) };
    expect(findingsOf(runs, now)).toMatchObject([
      { state: 'mended', mended: { digest: now.digest, at: null } },
    ]);
    expect(findingsOf(runs, { ...now, name: 'Other' })).toMatchObject([{ state: 'open' }]);
  });

  test('is drilled with the same plan too: then what runs was mended', () => {
    const [found] = mergeEvidence([wrong(one), right(two)]).findings;
    expect(found).toMatchObject({ state: 'drilled', mended: null });
  });

  test('is open again once it is found again', () => {
    expect(states(wrong(one), right(two), wrong(three))).toEqual(['open']);
  });

  test('is not drilled elsewhere, in another way, in part, or by a fault that was ended', () => {
    expect(states(wrong(one), right(two, model, { environment: 'production' }))).toEqual(['open']);
    const by = (faults: Drill['faults']): unknown =>
      states(wrong(one), evidenceOf(drillOf(model, faults, { startedAt: two }), model));
    expect(by([northFails(true, { as: 'hang' })])).toEqual(['open']);
    expect(by([northFails(true, { outcome: 'stopped' })])).toEqual(['open']);
    expect(by([northFails(true, { journeys: [journey('withdraw')] })])).toEqual(['open']);
    expect(by([northFails(false)])).toEqual(['open']);
    expect(by([northFails(true, { name: 'north', same: ['site-north'] })])).toEqual(['drilled']);
  });

  test('of a switch is drilled once the service is switched as predicted, or not at all where nothing was', () => {
    const blame = [{ ...SOUTH_BLAME, edge: 'edge.failover', explains: ['near: edge'] }];
    const unforeseen = [{ service: 'edge', to: 'far', atMs: 1_000 }];
    for (const more of [{ switches: [switched('edge', 'far', null)] }, { switches: [], unforeseen }]) {
      const found = evidenceOf(drillOf(model, [nearFails(more)], { blame, startedAt: one }), model);
      expect(found.findings).toMatchObject([
        { kind: 'differs', explains: [{ fault: 'near', as: 'refuse', about: 'service', name: 'edge' }] },
      ]);
      const later = (again: Parameters<typeof nearFails>[0]): unknown =>
        states(found, evidenceOf(drillOf(model, [nearFails(again)], { startedAt: two }), model));
      expect([later({}), later({ switches: [] }), later(more), later({ outcome: 'stopped' })]).toEqual([
        ['drilled'],
        ['drilled'],
        ['open'],
        ['open'],
      ]);
    }
  });

  test('that a run says of several faults is drilled once all of them are', () => {
    const faults = [northFails(false), northFails(false, { name: 'site-north and its steering' })];
    const blame = [SOUTH_BLAME, { ...SOUTH_BLAME, explains: ['site-north and its steering: trade'] }];
    const found = evidenceOf(drillOf(model, faults, { blame, startedAt: one }), model);
    expect(found.findings).toMatchObject([
      { times: 1, explains: [{ fault: 'site-north' }, { fault: 'site-north and its steering' }] },
    ]);
    expect(states(found, right(two))).toEqual(['open']);
    const rest = [northFails(true, { name: 'site-north and its steering' })];
    expect(states(found, right(two), evidenceOf(drillOf(model, rest, { startedAt: three }), model))).toEqual([
      'drilled',
    ]);
  });

  test('is not drilled by what is better than the plan says', () => {
    const journeys = [journey('trade', { outcome: 'better' }), journey('withdraw')];
    const better = evidenceOf(drillOf(model, [northFails(true, { journeys })], { startedAt: two }), model);
    expect(states(wrong(one), better)).toEqual(['open']);
  });

  test('of two environments is two', () => {
    expect(states(wrong(one), wrong(two, model, { environment: 'staging' }), right(three))).toEqual([
      'open',
      'drilled',
    ]);
  });

  test('has the gravest kind of what it explains', () => {
    const twice = {
      kind: 'twice',
      mode: '',
      send: 'POST /orders',
      times: 2,
      firstMs: 0,
      says: '2 writes were done twice.',
    } as const;
    const bad = northFails(false);
    const journeys = bad.journeys.map((each) => ({ ...each, breaches: [...each.breaches, twice] }));
    expect(
      evidenceOf(drillOf(model, [{ ...bad, journeys }], { blame: [SOUTH_BLAME] }), model).findings[0]?.kind,
    ).toBe('twice');
  });
});

test('the narrowest part that a path lies in tells whether it was changed', () => {
  const parts = { edge: 'a', 'edge.any[2]': 'b', 'trade.modes.full': 'c', 'a.b': 'd' };
  expect(
    [
      'edge.any[2]',
      'edge.any[2].carries',
      'edge.any[3]',
      'edge.failover.needs',
      'trade.modes.full',
      'a.b',
      'other',
      '',
      'edges',
    ].map((path) => partAt(parts, path)),
  ).toEqual(['b', 'b', 'a', 'a', 'c', 'd', undefined, undefined, undefined]);
  expect(partAt({}, 'constructor')).toBeUndefined();
  expect(Object.keys(partsOf(model.plan))).toEqual(
    expect.arrayContaining([
      'edge',
      'edge.any[1]',
      'edge.any[2]',
      'edge.failover',
      'trade',
      'trade.modes.static',
    ]),
  );
});

describe('evidence of several runs', () => {
  const first = evidenceOf(drillOf(model, [nearFails(), northFails(true)]), model);
  const second = evidenceOf(
    drillOf(model, [nearFails()], { startedAt: '2026-12-06T09:00:00.000Z', environment: 'production' }),
    model,
  );

  test('counts the same run once, whichever way it is put together', () => {
    const all = mergeEvidence([second, first, first]);
    expect(all.runs.map(({ startedAt }) => startedAt)).toEqual([
      '2026-11-29T09:59:00.000Z',
      '2026-12-06T09:00:00.000Z',
    ]);
    expect(mergeEvidence([mergeEvidence([first]), mergeEvidence([first, second])])).toEqual(all);
  });

  test('says how often each switch was made and each standby served, by environment', () => {
    expect(measuredBy(mergeEvidence([first, second]), model, false)).toEqual({
      runs: 2,
      leftOut: 0,
      ofOtherPlans: false,
      figures: [
        {
          service: 'edge',
          alternative: null,
          stated: 0.98,
          counts: [
            { environment: 'sandbox', made: 1, tried: 1 },
            { environment: 'production', made: 1, tried: 1 },
          ],
          day: '2026-12-06',
        },
        {
          service: 'edge',
          alternative: 2,
          stated: 0.95,
          counts: [
            { environment: 'sandbox', made: 1, tried: 1 },
            { environment: 'production', made: 1, tried: 1 },
          ],
          day: '2026-12-06',
        },
        {
          service: 'orders',
          alternative: null,
          stated: 1,
          counts: [{ environment: 'sandbox', made: 1, tried: 1 }],
          day: '2026-11-29',
        },
        {
          service: 'orders',
          alternative: 2,
          stated: 1,
          counts: [{ environment: 'sandbox', made: 1, tried: 1 }],
          day: '2026-11-29',
        },
      ],
    });
  });

  test('counts runs of other versions only when told to, and never for another alternative', () => {
    const renamed = modelOf(PLAN_TEXT.replaceAll('far', 'remote'));
    expect(measuredBy(first, renamed, false)).toEqual({
      runs: 0,
      leftOut: 1,
      ofOtherPlans: false,
      figures: [],
    });
    expect(
      measuredBy(first, renamed, true).figures.map(({ service, alternative }) => [service, alternative]),
    ).toEqual([
      ['edge', null],
      ['orders', null],
      ['orders', 2],
    ]);
  });

  test('is refused where it would not be read back', () => {
    const [run] = first.runs;
    const many = Array.from({ length: 1_001 }, (_, i) => ({ ...run, id: `${i}` }) as Run); // of a run
    const all = mergeEvidence([{ ...first, runs: many }]);
    expect(() => evidenceText(all)).toThrow(
      /at most 1000 drills and 8000000 bytes in a file of evidence, found 1001/,
    );
    expect(() => evidenceText({ ...all, runs: many.slice(1) })).not.toThrow();
  });
});

describe('evidence as a file', () => {
  test('is in the repository as drills of its plan make it', () => {
    const kept = fileURLToPath(new URL('../../../test/cli/drilled/evidence.json', import.meta.url));
    const made = evidenceText(keptDrills());
    // Set by scripts/generate.js.
    if (process.env.KEELSON_GOLDEN === 'write') writeFileSync(kept, made);
    expect(readFileSync(kept, 'utf8')).toBe(made);
    expect(readEvidence(made, kept)).toEqual({ evidence: keptDrills(), problems: [] });
  });

  const drill = drillOf(model, [nearFails(), northFails(false)], {
    blame: [{ ...SOUTH_BLAME, says: 'It “failed”:\n\u202e{}' }],
  });
  const evidence = evidenceOf(drill, model);
  const text = evidenceText(evidence);
  const messages = (changed: string): readonly string[] =>
    readEvidence(changed, 'e.json').problems.map(({ code, line, message }) => `${line} ${code} ${message}`);

  test('is read back as it was written', () => {
    expect(readEvidence(text, 'e.json')).toEqual({ evidence, problems: [] });
    expect(evidenceText(evidence)).toBe(text);
    expect(text).not.toContain('\u202e');
  });

  test('takes its findings from its runs', () => {
    const told = text.replace('"state": "open"', '"state": "drilled"');
    expect(told).not.toBe(text);
    expect(readEvidence(told, 'e.json').evidence).toEqual(evidence);
  });

  test('is refused where a run was altered', () => {
    const [problem] = messages(text.replace('"made": 1', '"made": 0'));
    expect(problem).toMatch(
      /^4 drill-evidence-altered This run has been altered since it was written: its id is sha256:/,
    );
  });

  test('says everything that is wrong at once', () => {
    const wrong = text
      .replace('keelson.drill-evidence/1', 'keelson.drill/1')
      .replace('"sandbox"', '"sandpit"')
      .replace('"speed": 12', '"speed": 0')
      .replace('2026-11-29T09:59:00.000Z', '2026-11-31T09:59:00.000Z')
      .replace('"made": 1', '"made": 3')
      .replace('"toleranceMs": 4000', '"tolerance": 4000');
    expect(messages(wrong).map((each) => each.replace(/^\d+ /, ''))).toEqual([
      'wrong-word Expected keelson.drill-evidence/1, found "keelson.drill/1".',
      'missing-key Expected "toleranceMs" in a run, found none.',
      expect.stringContaining('wrong-word Expected sandbox, staging or production, found "sandpit".'),
      'out-of-range Expected 1 to 1000, found "0".',
      'wrong-type Expected a time in UTC such as 2026-11-29T10:00:00.000Z, found "2026-11-31T09:59:00.000Z".',
      expect.stringContaining('unknown-key "tolerance" is not a key of a run.'),
      'out-of-range Expected made to be at most the 1 that were tried, found 3.',
    ]);
  });

  test.each([
    ['', 'empty-document'],
    ['[]', 'wrong-type'],
    ['null', 'wrong-type'],
    ['{"schema": "keelson.drill-evidence/1"}', 'missing-key'],
    ['{"runs": [[[[', 'yaml-syntax'],
    [`${'['.repeat(100_000)}`, 'nesting-too-deep'],
    ['{"schema": "keelson.drill-evidence/1", "runs": {"__proto__": 1}, "findings": []}', 'wrong-type'],
    [
      'a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f]',
      'aliases-too-large',
    ],
  ])('is refused where it is %.30j', (hostile, code) => {
    const { evidence: read, problems } = readEvidence(hostile, 'e.json');
    expect(read).toBeUndefined();
    expect(problems.map((each) => each.code)).toContain(code);
  });

  test('cut anywhere or with any letter turned it is read, refused, or the same', () => {
    for (let at = 0; at < text.length - 2; at += 37) {
      expect(readEvidence(text.slice(0, at), 'e.json').evidence).toBeUndefined();
      const turned = `${text.slice(0, at)}${String.fromCharCode(text.charCodeAt(at) ^ 1)}${text.slice(at + 1)}`;
      const { evidence: read } = readEvidence(turned, 'e.json');
      if (read !== undefined) expect(read).toEqual(evidence);
    }
  });
});
