import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOG, type Catalog } from '../catalog/index.ts';
import { loadCatalog } from '../catalog/load.ts';
import { mapOf } from '../map/index.ts';
import { buildModel, type Model } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import { evidenceOf, evidenceQuality, type EvidenceRow } from './index.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { catalog: whole } = loadCatalog(join(root, 'data'));

const HEAD = 'keelson: 1\nplatform: {name: P, asOf: 2026-11-01}\n';

function modelOf(text: string, catalog: Catalog): Model {
  const { plan, problems } = parsePlan(text, 'plan.yaml');
  const built = plan === undefined ? { model: undefined, problems } : buildModel(plan, catalog);
  if (built.model === undefined) throw new Error(built.problems.map(({ message }) => message).join(' '));
  return built.model;
}

const rowsOf = (body: string, catalog: Catalog = EMPTY_CATALOG): EvidenceRow[] =>
  evidenceOf(modelOf(HEAD + body, catalog), catalog);

const edge = (rows: readonly EvidenceRow[], from: string, to: string): EvidenceRow | undefined =>
  rows.find(({ kind, subject, needs }) => kind === 'edge' && subject === from && needs === to);
const rate = (rows: readonly EvidenceRow[], event: string): EvidenceRow | undefined =>
  rows.find(({ kind, subject }) => kind === 'rate' && subject === event);

test('who is trusted for headers of a chain is an edge of its own, beside the member that it may be', () => {
  const rows = rowsOf(`journeys: {j: {modes: {m: {needs: reads}}}}
services:
  reads: {atLeast: 2, of: [a, b], verify: proof, jsonrpc: {chain: 1, trusted: b}}
  a: {outages: none}
  b: {outages: none, url: "https://b.example"}
`);
  const found = rows.filter(({ subject, needs }) => subject === 'reads' && needs !== null);
  expect(found.map(({ needs, says, line }) => [needs, says, line])).toEqual([
    ['b', 'trusted for headers', 5],
    ['a', 'member, at least 2 of 2', 5],
    ['b', 'member, at least 2 of 2', 5],
  ]);
});

describe('an edge that the plan says', () => {
  const rows = rowsOf(`journeys:
  j:
    modes:
      full: {needs: [s, u]}
      part: {worth: 10%, needs: [s, {any: [u, t]}, {from: pool, atLeast: 5}]}
services:
  s:
    any: [t, u]
    failover: {switch: 1m, needs: steer}
    evidence:
      - {source: https://example.com/a, date: 2026-01-02, confidence: low, basis: read}
      - {source: B, date: null, confidence: medium, incident: i-1, from: 2025-01-01, until: 2027-01-01, note: Said so.}
  t: {outages: none, evidence: {source: null, date: null, confidence: low, basis: assumed, note: A guess.}, needs: u}
  u: {outages: none, atLeast: 1, of: [w, steer]}
  w: {outages: none}
  steer: {outages: none}
  pool: {outages: none, pool: [{use: w, capacity: 4, grow: 2, needs: steer}]}
`);

  test('has the words, the line and the sources of its service', () => {
    expect(edge(rows, 's', 'u')).toEqual({
      kind: 'edge',
      subject: 's',
      needs: 'u',
      says: 'alternative 2',
      basis: 'plan',
      detail: 'the plan, with 2 sources',
      sources: [
        {
          source: 'https://example.com/a',
          date: '2026-01-02',
          confidence: 'low',
          basis: 'read',
          note: null,
          incident: null,
        },
        {
          source: 'B',
          date: null,
          confidence: 'medium',
          basis: null,
          note: 'Said so. Holds from 2025-01-01 until 2027-01-01.',
          incident: 'i-1',
        },
      ],
      confidence: 'medium',
      line: 10,
    });
  });

  test('of a journey names the modes that it is for, and stands by itself', () => {
    expect(edge(rows, 'journey:j', 's')).toMatchObject({
      says: 'needed for full, part',
      basis: 'plan',
      detail: 'the plan, without a source',
      sources: [],
      confidence: null,
      line: 6,
    });
    expect(edge(rows, 'journey:j', 't')).toMatchObject({ says: 'alternative 2 for part', line: 7 });
    expect(edge(rows, 'journey:j', 'pool')).toMatchObject({ says: '5 of the pool needed for part', line: 7 });
  });

  test('says what it is for', () => {
    expect(edge(rows, 's', 'steer')?.says).toBe('steers the switch');
    expect(edge(rows, 'u', 'w')?.says).toBe('member, at least 1 of 2');
    expect(edge(rows, 'pool', 'w')?.says).toBe('member of the pool, adds 4');
    expect(edge(rows, 'pool', 'steer')?.says).toBe('lets the pool grow');
  });

  test('is assumed when all its evidence says so', () => {
    expect(edge(rows, 't', 'u')).toMatchObject({ basis: 'assumed', confidence: 'low', line: 15 });
    expect(edge(rows, 't', 'u')?.sources[0]).toMatchObject({ source: null, note: 'A guess.' });
  });
});

describe('an edge inside what providers offer', () => {
  const evidence = (basis: string): string =>
    `{source: S, date: 2026-01-01, confidence: high, basis: ${basis}}`;
  const body = `journeys: {j: {modes: {m: {needs: [p/a@r, p/panel]}}}}
providers:
  p:
    capabilities:
      a:
        outages: {rate: 1/yr, mean: 1h, per: region}
        needs:
          - {use: p/b@same, from: 2026-01-01, until: 2027-01-01, evidence: ${evidence('read')}}
          - {use: p/b@r, evidence: ${evidence('heard')}}
          - {use: p/old, until: 2026-01-01}
          - {use: p/guess, evidence: ${evidence('assumed')}}
          - {use: p/panel, kind: change}
          - {use: p/listed, kind: degraded}
      b: {outages: {rate: 1/yr, mean: 1h, per: region}}
      old: {outages: none}
      guess: {outages: none}
      listed: {outages: none}
      panel: {plane: control, outages: none, needs: [{use: p/guess, kind: cold}]}
`;
  const rows = rowsOf(body);

  test('has the evidence of every need that makes it, and the plan’s line where the plan says it', () => {
    expect(edge(rows, 'p/a@r', 'p/b@r')).toMatchObject({
      says: 'needed at the same place, from 2026-01-01, until 2027-01-01; needed',
      basis: 'plan',
      detail: 'the plan: read; heard',
      confidence: 'high',
      line: 10,
    });
    expect(edge(rows, 'p/a@r', 'p/b@r')?.sources.map(({ basis }) => basis)).toEqual(['read', 'heard']);
    expect(edge(rows, 'p/a@r', 'p/panel')).toMatchObject({
      says: 'needed where something is changed',
      detail: 'the plan, without a source',
      sources: [],
    });
    expect(edge(rows, 'p/panel', 'p/guess')?.says).toBe('needed to begin (cold)');
  });

  test('is assumed where its evidence says so, and left out where it does not hold', () => {
    expect(edge(rows, 'p/a@r', 'p/guess')).toMatchObject({
      basis: 'assumed',
      detail: 'assumed, as the plan says',
    });
    expect(edge(rows, 'p/a@r', 'p/old')).toBeUndefined();
    expect(edge(rows, 'p/a@r', 'p/listed')).toBeUndefined();
  });

  test('is the catalogue’s where the plan says nothing of it', () => {
    const found = rowsOf('journeys: {j: {modes: {m: {needs: aws/ec2-launch@us-east-1}}}}\n', whole);
    expect(edge(found, 'aws/ec2-launch@us-east-1', 'aws/dynamodb@us-east-1')).toMatchObject({
      says: 'needed at the same place',
      basis: 'catalog',
      detail: 'the catalogue: read',
      confidence: 'high',
      line: null,
      sources: [{ source: 'https://aws.amazon.com/message/101925', incident: 'aws-us-east-1-2025-10-20' }],
    });
  });
});

describe('a rate', () => {
  const catalog: Catalog = {
    schema: 'keelson.catalog/1',
    watchedUntil: '2026-01-01',
    providers: [
      {
        name: 'p',
        title: 'P',
        kind: 'edge',
        watchedSince: '2020-01-01',
        watchedNote: null,
        outages: { kind: 'incidents' },
        scopes: [],
        capabilities: ['kept', 'told', 'blank'].map((name) => ({
          name,
          title: null,
          kind: null,
          plane: 'data',
          home: null,
          outages:
            name === 'blank'
              ? null
              : {
                  kind: 'stated',
                  rate: 2,
                  mean: 1,
                  basis: 'statement',
                  source: 'Their page',
                  note: 'Noted.',
                  offset: 7,
                },
          at: [],
          protects: [],
          handles: [],
          needs: [],
          note: null,
        })),
      },
    ],
    counted: [
      { incident: 'p-1', title: 'First', event: 'p', day: '2021-05-06', hours: 2, reach: 0.5 },
      { incident: 'p-2', title: 'Second', event: 'p', day: '2022-05-06', hours: null, reach: null },
      { incident: 'p-3', title: 'Too late', event: 'p', day: '2026-05-06', hours: 1, reach: 1 },
      { incident: 'q-1', title: 'Elsewhere', event: 'p/kept', day: '2022-05-06', hours: 1, reach: 1 },
    ],
  };
  const rows = rowsOf(
    `journeys: {j: {modes: {m: {needs: [p/kept, p/told, p/blank, s, t]}}}}
assumptions:
  capability-outages: {rate: 3/yr, mean: 2h}
services:
  s:
    outages: {rate: 1/yr, mean: 90m}
    maintenance: {rate: 4/yr, mean: 30m}
    any:
      - p/kept
      - {use: p/told, ready: 90%}
    failover: {switch: 1m, success: 95%}
  t: {}
providers:
  p:
    capabilities:
      told: {outages: {rate: 0.5/yr, mean: 1h, basis: study, source: Ours, interval: [0.1/yr, 1/yr]}}
`,
    catalog,
  );

  test('that is counted has each incident that entered it, and no other', () => {
    expect(rate(rows, 'p')).toMatchObject({
      basis: 'incidents',
      detail: '2 incidents in 6.0 years; reach of 1 of them not published, taken as all',
      confidence: null,
      line: null,
    });
    expect(rate(rows, 'p')?.sources).toEqual([
      {
        source: 'First',
        date: '2021-05-06',
        confidence: null,
        basis: 'incident library',
        note: 'Lasted 2 h; reached 50 % of customers.',
        incident: 'p-1',
      },
      {
        source: 'Second',
        date: '2022-05-06',
        confidence: null,
        basis: 'incident library',
        note: 'How long it lasted is not known; whom it reached is not published: taken as all.',
        incident: 'p-2',
      },
    ]);
    expect(rate(rows, 'p')?.says).toMatch(/^0\.\d+ a year \(90 %: 0\.\d+ to 0\.\d+\), 2 h on average$/);
  });

  test('that the catalogue states has its source and what is said of it', () => {
    expect(rate(rows, 'p/kept')).toMatchObject({
      says: '2 a year, 1 h on average',
      basis: 'statement',
      detail: 'the provider’s statement: Their page. Noted.',
      line: null,
    });
    expect(rate(rows, 'p/kept')?.sources.map(({ source }) => source)).toEqual(['Their page']);
  });

  test('that the plan states in the catalogue’s place has the plan’s line', () => {
    expect(rate(rows, 'p/told')).toMatchObject({
      says: '0.5 a year (90 %: 0.1 to 1), 1 h on average',
      basis: 'study',
      line: 18,
      sources: [{ source: 'Ours' }],
    });
  });

  test('that nobody knows is assumed, without a source, at the line of the plan’s assumption if there is one', () => {
    expect(rate(rows, 'p/blank')).toMatchObject({ basis: 'assumed', sources: [], confidence: null, line: 5 });
    expect(rate(rows, 't')).toMatchObject({ basis: 'assumed', sources: [], line: null });
  });

  test('of the plan’s own, be it a rate or a chance, has its line', () => {
    expect(rate(rows, 's')).toMatchObject({ says: '1 a year, 1 h 30 m on average', basis: 'plan', line: 8 });
    expect(rate(rows, 's:maintenance')).toMatchObject({ basis: 'plan', line: 9 });
    expect(rate(rows, 's:standby-2')).toMatchObject({
      says: 'not ready 10 % of the times it is needed',
      basis: 'plan',
      detail: 'the plan',
      line: 12,
    });
    expect(rate(rows, 's:switch')).toMatchObject({ says: '5 % of switches fail', line: 13 });
  });
});

test('hostile text stays the data that it is', () => {
  const hostile = '=HYPERLINK("x")<script>alert(1)</script>\u202e';
  const rows = rowsOf(`journeys: {j: {modes: {m: {needs: s}}}}
services:
  s:
    needs: t
    outages: {rate: 1/yr, mean: 1h, source: ${JSON.stringify(hostile)}}
    evidence: {source: ${JSON.stringify(hostile)}, date: null, confidence: low, note: ${JSON.stringify(hostile)}}
  t: {outages: none}
`);
  expect(edge(rows, 's', 't')?.sources[0]).toMatchObject({ source: hostile, note: hostile });
  expect(rate(rows, 's')?.sources[0]?.source).toBe(hostile);
  expect(JSON.parse(JSON.stringify(rows))).toEqual(rows);
});

describe('the quality of evidence', () => {
  test('counts edges and rates by basis and by confidence', () => {
    const rows = rowsOf(`journeys: {j: {modes: {m: {needs: [s, t]}}}}
services:
  s: {needs: t, evidence: {source: S, date: null, confidence: high}}
  t: {outages: {rate: 1/yr, mean: 1h}}
`);
    const quality = evidenceQuality(rows);
    expect(quality.edges).toMatchObject({
      total: 3,
      byBasis: { plan: 3, assumed: 0 },
      byConfidence: { high: 1, medium: 0, low: 0, none: 2 },
    });
    expect(quality.rates).toMatchObject({
      total: 2,
      byBasis: { plan: 1, assumed: 1 },
      byConfidence: { none: 2 },
    });
  });
});

describe('every edge of the map and every event that can happen has one row', () => {
  const files = ['examples/harbor', 'examples/public'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => join(folder, name)),
  );

  test.each(files)('of %s', (file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const model = modelOf(text, whole);
    const rows = evidenceOf(model, whole);
    const { boxes, edges } = mapOf(model);
    const found = rows.filter(({ kind }) => kind === 'edge');
    expect(found.map(({ subject, needs }) => [subject, needs])).toEqual(
      edges.map(({ from, to }) => [boxes[from]?.id, boxes[to]?.id]),
    );
    const events = model.events.filter(({ probability }) => probability > 0).map(({ id }) => id);
    expect(rows.filter(({ kind }) => kind === 'rate').map(({ subject }) => subject)).toEqual(events.sort());
    expect(evidenceOf(model, whole)).toEqual(rows);
  });

  test.each(files)('of %s, at a line of the plan or in the catalogue', (file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const lines = text.split('\n');
    for (const { kind, subject, needs, basis, line } of evidenceOf(modelOf(text, whole), whole)) {
      if (kind === 'edge' && line !== null) expect(lines[line - 1]).toContain(needs?.split('@')[0]);
      if (kind === 'edge' && basis === 'plan') expect([subject, line]).not.toEqual([subject, null]);
    }
  });
});
