import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { modelOf } from '../../../test/oracle/models.ts';
import type { Model, Protection } from '../../model/index.ts';
import { placeIn } from '../../plan/index.ts';
import { claimsOf, exposuresOf } from './claims.ts';
import { editOf, offsetOf } from './edit.ts';

const planOf = (services: string): string => `keelson: 1
platform: {name: Shop, asOf: 2026-11-01}
catalog: none
journeys:
  buy: {protections: {need: [waf], missing: refuse}, modes: {full: {needs: [edge]}, page: {worth: 1%, protections: none, needs: [edge]}}}
  look: {protections: {need: [ddos, waf], missing: serve}, modes: {full: {needs: [edge, site]}}}
  sell: {protections: {need: [waf], missing: serve}, modes: {full: {needs: [edge, inner-waf]}}}
  read: {protections: {need: [waf], missing: serve}, modes: {full: {needs: [inner-waf]}}}
services:
${services}
  site: {outages: none}
  inner-waf: {outages: none, protects: [waf]}
  own-edge: {outages: none, protects: [waf, ddos], needs: [q/cdn]}
providers:
  c: {capabilities: {cdn: {outages: none}, waf: {outages: none, protects: [waf]}, ddos: {outages: none, protects: [ddos]}}}
  q: {capabilities: {cdn: {outages: none}, waf: {outages: none, protects: [waf]}, all: {outages: none, protects: [waf, ddos]}}}
`;

/** Each with the line that is to be blamed and the edit. */
const CASES: readonly (readonly [string, string, number, string])[] = [
  [
    'used beside others',
    '  edge: {outages: none, any: [[c/cdn, c/waf],\n    [q/cdn,\n     q/waf]], failover: {}}',
    12,
    'use: [q/cdn]',
  ],
  [
    'written with use',
    '  edge:\n    outages: none\n    failover: {}\n    any:\n      - [c/cdn, c/waf]\n      - {ready: 90%, use: [q/waf, q/cdn, c/ddos]}',
    15,
    'use: [q/cdn, c/ddos]',
  ],
  [
    'all that is used',
    '  edge: {outages: none, any: [[c/cdn, c/waf], q/waf], failover: {}}',
    10,
    'q:\n    capabilities:\n      waf:\n        protects: []',
  ],
  [
    'what protects with more',
    '  edge: {outages: none, any: [[c/cdn, c/waf], [q/cdn, q/all]], failover: {}}',
    10,
    'all:\n        protects: [ddos]',
  ],
  [
    'a service of the plan',
    '  edge: {outages: none, any: [[c/cdn, c/waf], own-edge], failover: {}}',
    10,
    'own-edge:\n    protects: [ddos]',
  ],
  [
    'the service that chooses',
    '  edge: {outages: none, protects: [waf], any: [[c/cdn, c/waf], q/cdn], failover: {}}',
    10,
    'edge:\n    protects: []',
  ],
  [
    'two of them',
    '  edge: {outages: none, any: [c/cdn, [own-edge, q/waf]], failover: {}}',
    10,
    'protects: [ddos]',
  ],
];

describe.each(CASES)('what says that an alternative protects: %s', (_, services, line, yaml) => {
  const text = planOf(services);
  const model = modelOf(text);
  const wrong = {
    service: 0,
    alternative: 1,
    protection: 'waf',
    lacking: new Set<Protection>(['waf']),
  } as const;
  const edit = editOf(model, wrong);

  test('is blamed at its line', () => {
    expect(placeIn(model.plan, offsetOf(model, wrong)).line).toBe(line);
  });

  test('is edited so that the plan says it no longer, and nothing else is changed', () => {
    expect(edit?.yaml).toContain(yaml);
    const before = claimsOf(model, 0, 1);
    expect(before).toContain('waf');
    const after = edited(text, edit?.yaml ?? '');
    expect(claimsOf(after, 0, 1)).toEqual(before.filter((one) => one !== 'waf'));
    if (!text.includes('edge: {outages: none, protects'))
      expect(claimsOf(after, 0, 0)).toEqual(claimsOf(model, 0, 0));
  });
});

test('exposed are journeys that need it on this path and have it from nowhere else, in the modes that need it', () => {
  const model = modelOf(
    planOf('  edge: {outages: none, any: [[c/cdn, c/waf, c/ddos], [q/cdn, q/all]], failover: {}}'),
  );
  const lacking = { service: 0, alternative: 1, protections: new Set<Protection>(['waf']) };
  expect(exposuresOf(model, lacking, 'waf')).toEqual([
    { journey: 'buy', modes: ['full'], missing: 'refuse' },
    { journey: 'look', modes: ['full'], missing: 'serve' },
  ]);
  expect(exposuresOf(model, lacking, 'ddos')).toEqual([]);
});

test('what nothing says needs no edit', () => {
  const model = modelOf(planOf('  edge: {outages: none, any: [c/waf, q/cdn], failover: {}}'));
  expect(editOf(model, { service: 0, alternative: 1, protection: 'waf', lacking: new Set() })).toBeNull();
});

/** The plan with the edit in it. */
function edited(text: string, yaml: string): Model {
  const plan = load(text) as { services: { edge: { any: unknown[] } } }; // as written above
  const more = load(yaml) as { use?: unknown }; // a mapping, as every edit is
  if (more.use !== undefined) plan.services.edge.any[1] = more;
  else merge(plan, more);
  return modelOf(JSON.stringify(plan));
}

function merge(into: object, from: object): void {
  for (const [key, value] of Object.entries(from)) {
    const before = (into as Record<string, unknown>)[key]; // any key of a mapping
    if (isMapping(before) && isMapping(value)) merge(before, value);
    else Object.assign(into, { [key]: value });
  }
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
