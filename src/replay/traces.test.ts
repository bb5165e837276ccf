import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadCatalog } from '../catalog/load.ts';
import { buildModel, type Model } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import { replay } from './index.ts';
import { run } from './run.ts';
import { sceneOf } from './scene.ts';
import { tracesOf, watched } from './traces.ts';

const root = join(import.meta.dirname, '..', '..');
const { catalog, incidents } = loadCatalog(join(root, 'data'));

function modelOf(file: string): Model {
  const { plan } = parsePlan(readFileSync(join(root, file), 'utf8'), file);
  const { model } = plan === undefined ? { model: undefined } : buildModel(plan, catalog);
  if (model === undefined) throw new Error(`${file} is no plan`);
  return model;
}

const PLANS = ['examples/harbor/plan.yaml', 'examples/harbor/before.yaml'];

test.each(PLANS)('journeys of %s go as they go when nobody watches its services', (file) => {
  const model = modelOf(file);
  let touched = 0;
  for (const incident of incidents) {
    const { levels, span } = sceneOf(model, incident, {});
    if (span === undefined) continue;
    const alone = run(model, levels.changes, span, { isShedding: true });
    const seen = run(watched(model), levels.changes, span, { isShedding: true });
    for (const i of model.journeys.keys()) {
      // Whoever is watched longer is followed longer.
      const own = (alone.stretches[i] ?? []).filter(({ from }) => from < alone.to);
      const same = (seen.stretches[i] ?? [])
        .filter(({ from }) => from < alone.to)
        .map((stretch) => ({ ...stretch, to: Math.min(stretch.to, alone.to) }));
      expect(same, `${incident.id} ${model.journeys[i]?.name}`).toEqual(own);
      if (own.length > 1) touched++;
    }
  }
  expect(touched).toBeGreaterThan(10);
});

test('a service that switches shows the alternative in use, and what was hit its levels', () => {
  const model = modelOf('examples/harbor/plan.yaml');
  const incident = incidents.find(({ id }) => id === 'cloudflare-2025-11-18');
  if (incident === undefined) throw new Error('The incident is not in the library.');
  const traces = tracesOf(model, incident, {});
  const edge = traces.inUse.find(({ name }) => name === 'edge');
  const switched = replay(model, incident, {}).steps.filter(
    ({ service, kind }) => service === 'edge' && (kind === 'in-use' || kind === 'back'),
  );
  expect(edge?.steps.map(({ at }) => at)).toEqual(switched.map(({ at }) => at));
  expect(edge?.steps[0]?.level).toBe(1);
  const cdn = traces.offers.find(({ name }) => name === 'cloudflare/cdn');
  expect(Math.min(...(cdn?.steps ?? []).map(({ level }) => level))).toBeLessThan(0.5);
  expect(traces.services.map(({ name }) => name)).toContain('edge');
  expect(traces.offers.some(({ name }) => name.startsWith('fastly'))).toBe(false);
});

test('of an incident that nobody dated nothing is traced', () => {
  const model = modelOf('examples/harbor/plan.yaml');
  const untimed = incidents.filter((incident) => sceneOf(model, incident, {}).span === undefined);
  for (const incident of untimed)
    expect(tracesOf(model, incident, {})).toEqual({ offers: [], services: [], inUse: [] });
});
