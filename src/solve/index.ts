/** Solves fault trees of the Open-PSA Model Exchange Format: probability, cut sets, importance, exactly. */
export { solve } from './solve.ts';
export { DEFAULT_NODE_BUDGET, type SolveOptions, type Visit } from './options.ts';
export type {
  CutOff,
  CutSet,
  CutSetsOfRoot,
  EventImportance,
  RootSolution,
  Solution,
} from './result.ts';
