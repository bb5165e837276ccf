// Holds what the library says platforms saw against their public plans: data/hindcast.yaml says which. Needs a
// build. docs/hindcast.md is made from it by npm run generate.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { load } from 'js-yaml';

/** The hindcast of the built program, as plain data. */
export async function hindcastOf(root) {
  const built = (file) => import(pathToFileURL(join(root, 'dist', file)).href);
  const { hindcast } = await built('replay/hindcast.js');
  const { loadPlan } = await built('plan/load.js');
  const read = (...path) => readFileSync(join(root, ...path), 'utf8');
  const { platforms, notes } = load(read('data', 'hindcast.yaml'));
  const plans = new Map();
  for (const { plan } of Object.values(platforms))
    plans.set(plan, loadPlan(join(root, 'examples', 'public', plan)).plan);
  return hindcast(
    Object.entries(platforms).map(([platform, { plan, journeys }]) => ({
      platform,
      plan: plans.get(plan),
      journeys,
    })),
    JSON.parse(read('dist', 'catalog.json')),
    JSON.parse(read('dist', 'incidents.json')),
    notes,
  );
}
