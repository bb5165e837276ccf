import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hindcastOf } from '../../scripts/hindcast.js';
import { parsePlan } from '../../src/plan/index.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import { asKnownWithout, type Hindcast } from '../../src/replay/hindcast.ts';
import { hindcastMarkdown } from '../../src/reporters/hindcast.ts';

const root = join(import.meta.dirname, '..', '..');
const found: Hindcast = await hindcastOf(root);

describe('the hindcast', () => {
  test('docs/hindcast.md is what npm run generate makes', () => {
    expect(readFileSync(join(root, 'docs', 'hindcast.md'), 'utf8')).toBe(hindcastMarkdown(found));
  });

  test('explains every miss and every false alarm in a sentence', () => {
    const wrong = found.cases.filter(({ verdict }) => verdict === 'missed' || verdict === 'false alarm');
    expect(wrong.filter(({ why }) => why === null || !why.endsWith('.'))).toEqual([]);
    expect(wrong.length).toBeGreaterThan(0);
  });

  test('has every observation of the platforms it is about', () => {
    const { incidents } = loadCatalog(join(root, 'data'));
    const platforms = new Set(found.cases.map(({ platform }) => platform));
    const observed = new Set(
      incidents.flatMap(({ id, observed: seen }) =>
        (seen ?? [])
          .filter(({ platform }) => platforms.has(platform))
          .map(({ platform, journey }) => `${id} ${platform} ${journey}`),
      ),
    );
    expect(new Set(found.cases.map((one) => `${one.incident} ${one.platform} ${one.journey}`))).toEqual(
      observed,
    );
  });
});

describe('a plan as it would be known without an incident', () => {
  const { catalog, incidents } = loadCatalog(join(root, 'data'));
  const incident = incidents.find(({ id }) => id === 'cloudflare-2025-11-18');
  const planWith = (evidence: string): string => `keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys: {j: {modes: {m: {needs: edge}}}}
services: {edge: {outages: none, needs: [cloudflare/cdn], evidence: ${evidence}}}
`;
  const leftOut = (evidence: string): readonly string[] => {
    const { plan } = parsePlan(planWith(evidence), 'p.yaml');
    if (plan === undefined || incident === undefined) throw new Error('The plan or the incident is gone.');
    return asKnownWithout(plan, catalog, incident).leftOut;
  };
  const only = '{source: a, date: 2025-11-18, confidence: low, incident: cloudflare-2025-11-18}';

  test('loses edges whose only evidence is the incident', () => {
    expect(leftOut(only)).toEqual(['edge']);
    expect(leftOut(`[${only}, {source: b, date: null, confidence: high}]`)).toEqual([]);
  });

  test('honours the dates of edges', () => {
    expect(leftOut('{source: b, date: null, confidence: high, until: 2025-11-18}')).toEqual(['edge']);
    expect(leftOut('{source: b, date: null, confidence: high, until: 2025-11-19}')).toEqual([]);
    expect(leftOut('{source: b, date: null, confidence: high, from: 2025-11-19}')).toEqual(['edge']);
    expect(leftOut('{source: b, date: null, confidence: high, from: 2025-11-18}')).toEqual([]);
  });
});
