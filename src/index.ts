/**
 * Keelson as a library: a plan's text in, exact answers out. What is exported here is a promise; everything else may change.
 *
 *   const { plan, problems } = parsePlan(text, 'plan.yaml');
 *   const { model } = buildModel(plan, catalog);           // catalog: the JSON at keelson/catalog.json
 *   const answer = assess(model, { catalog });
 */
export { parsePlan, planJsonSchema, type ParsedPlan, type Plan } from './plan/index.ts';
export { EMPTY_CATALOG, type Catalog } from './catalog/index.ts';
export { buildModel, type BuiltModel, type Model } from './model/index.ts';
export {
  assess,
  driftBetween,
  failures,
  type Assessment,
  type AssessOptions,
  type Drift,
} from './assess/index.ts';
export { assessmentMarkdown, assessmentSarif, assessmentText } from './reporters/index.ts';
export { KeelsonError } from './errors.ts';
export type { Problem } from './problems.ts';
