/** Models that tests of everything drawn from a plan stand on: those of a text, of the plans that are shipped, of random ones. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EMPTY_CATALOG, type Catalog } from '../../src/catalog/index.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import { buildModel, type Model } from '../../src/model/index.ts';
import { parsePlan } from '../../src/plan/index.ts';
import { randomStream } from '../../src/random.ts';
import { randomPlan } from './random-plan.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Paths of the example plans, from the root of the project. */
export const SHIPPED: readonly string[] = ['examples/harbor', 'examples/public'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => join(folder, name)),
);

let catalog: Catalog | undefined;

export function shippedModel(file: string): Model {
  catalog ??= loadCatalog(join(root, 'data')).catalog;
  return modelOf(readFileSync(join(root, file), 'utf8'), catalog);
}

export function modelOf(text: string, known: Catalog = EMPTY_CATALOG): Model {
  const { plan, problems } = parsePlan(text, 'plan.yaml');
  if (plan === undefined) throw new Error(`${problems.map(({ message }) => message).join('\n')}\n${text}`);
  const built = buildModel(plan, known);
  if (built.model === undefined) throw new Error(built.problems.map(({ message }) => message).join('\n'));
  return built.model;
}

/** Models of random plans; the same name gives the same ones. */
export function randomModels(name: string, count: number): Model[] {
  return Array.from({ length: count }, (_, seed) => modelOf(randomPlan(randomStream(name, seed))));
}
