/**
 * Keelson as a library: a plan's text in, exact answers out. What is exported here is a promise; everything else may change.
 *
 *   const { plan, problems } = parsePlan(text, 'plan.yaml');
 *   const { model } = buildModel(plan, catalog);           // catalog: the JSON at keelson/catalog.json
 *   const answer = assess(model, { catalog });
 *   const beside = compare([{ model, assessment: answer }, other]);    // and what the differences are worth: see CompareOptions
 *   const { incident } = parseIncident(text, 'outage.yaml');     // or one of the JSON at keelson/incidents.json
 *   const what = replay(model, incident, { catalog });
 *   const { tree } = parseModel(xml, { file: 'model.xml' });
 *   const solution = solve(tree, { file: 'model.xml', missionTime: 8760 });
 *   const years = simulateYears(model, { years: 1000, catalog });
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
export {
  compare,
  type Assessed,
  type CompareOptions,
  type Comparison,
  type Solving,
} from './compare/index.ts';
export type { Drill, FaultResult } from './drill/result.ts';
export { parseIncident, type Incident, type ParsedIncident } from './incidents/index.ts';
export {
  coverage,
  replay,
  simulateYears,
  type Coverage,
  type Replay,
  type ReplayOptions,
  type Years,
  type YearsOptions,
} from './replay/index.ts';
export {
  assessmentMarkdown,
  assessmentSarif,
  assessmentText,
  comparisonMarkdown,
  comparisonText,
  coverageText,
  replayText,
  solutionText,
  yearsText,
} from './reporters/index.ts';
export { parseModel, type FaultTree } from './openpsa/index.ts';
export { solve, type Solution, type SolveOptions } from './solve/index.ts';
export { KeelsonError } from './errors.ts';
export type { Problem } from './problems.ts';
