import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadCatalog } from '../catalog/load.ts';
import { buildModel, type Model } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import { alternativesOf, assess, changedPlan, downHours } from './index.ts';

const root = join(import.meta.dirname, '..', '..');
const { catalog } = loadCatalog(join(root, 'data'));

function modelOf(text: string): Model {
  const { plan, problems } = parsePlan(text, 'plan.yaml');
  const { model } = plan === undefined ? { model: undefined } : buildModel(plan, catalog);
  if (model === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return model;
}

const HARBOR = readFileSync(join(root, 'examples', 'harbor', 'plan.yaml'), 'utf8');

test('an alternative is worth what the plan loses without it', () => {
  const before = assess(modelOf(HARBOR), { advice: false });
  const alone = 'challenge: {outages: none, any: [cloudflare/turnstile]}';
  const without = assess(modelOf(HARBOR.replace(/challenge: \{outages.*/, alone)), { advice: false });
  const sum = ({ journeys }: typeof before, of: (journey: (typeof before)['journeys'][number]) => number) =>
    journeys.reduce((total, journey) => total + of(journey), 0);
  const found = alternativesOf(modelOf(HARBOR)).find(
    ({ service, position }) => service === 'challenge' && position === 2,
  );
  const loss =
    sum(without, ({ lossPerYear }) => lossPerYear ?? 0) - sum(before, ({ lossPerYear }) => lossPerYear ?? 0);
  expect(found?.lossAvoidedPerYear).toBeCloseTo(loss, 6);
  expect(found?.hoursAvoidedPerYear).toBeCloseTo(sum(without, downHours) - sum(before, downHours), 9);
  expect(found?.addedCompromise).toEqual([['compromise:hcaptcha/challenge']]);
  expect(found?.avoidedCompromise).toEqual([]);
  expect(found?.costPerYear).toBeNull();
});

test('the only alternative of a service is not taken out', () => {
  const text = HARBOR.replace('any: [route53/control, ns1/control]', 'any: [route53/control]');
  expect(alternativesOf(modelOf(text)).map(({ service }) => service)).not.toContain('dns-control');
});

test('a plan changed by a piece of advice loses as much less as the advice says', () => {
  const model = modelOf(HARBOR);
  const before = assess(model, { catalog });
  expect(before.advice.length).toBeGreaterThan(2);
  for (const { change, lossAvoidedPerYear } of before.advice) {
    const plan = changedPlan(model, catalog, change);
    const changed = plan === undefined ? undefined : buildModel(plan, catalog).model;
    if (changed === undefined) throw new Error(`${change} makes no plan`);
    const after = assess(changed, { advice: false });
    const loss = (one: typeof before): number =>
      one.journeys.reduce((total, { lossPerYear }) => total + (lossPerYear ?? 0), 0);
    expect(loss(before) - loss(after), change).toBeCloseTo(lossAvoidedPerYear, 4);
  }
  expect(changedPlan(model, catalog, 'do nothing')).toBeUndefined();
});
