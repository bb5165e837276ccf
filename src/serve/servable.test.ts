import { expect, test } from 'vitest';
import type { Catalog } from '../catalog/index.ts';
import { KeelsonError } from '../errors.ts';
import { buildModel } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import { servedBy } from './servable.ts';

const CATALOG: Catalog = {
  schema: 'keelson.catalog/1',
  watchedUntil: '2026-11-01',
  providers: [],
  counted: [],
};
const STEERED = `keelson: 1
platform: { name: Tiny, asOf: 2026-11-01 }
catalog: none
journeys: { trade: { modes: { full: { needs: edge } } } }
services:
  edge:
    front: true
    outages: none
    url: 'https://trade.example'
    any: [{ use: a, answer: [192.0.2.1] }, { use: b, answer: [192.0.2.2] }]
    failover: { spread: 1m }
    steer: { http: { url: 'https://hook.example', token: 'env:NOWHERE' } }
  a: { outages: none }
  b: { outages: none }
`;

test('a secret that is missing is all that is said of a front that needs it', () => {
  const { plan } = parsePlan(STEERED, 'plan.yaml');
  const { model } = plan === undefined ? { model: undefined } : buildModel(plan, CATALOG);
  if (model === undefined) throw new Error('Expected a model.');
  const secretAt = (where: string): string => {
    throw new KeelsonError('secret-missing', `Expected a secret at ${where}, found none.`);
  };
  const found = servedBy(model, 'steerer', { planFile: 'plan.yaml', secretAt });
  expect(found).toMatchObject({ problems: [], errors: [{ code: 'secret-missing' }] });
});
