/** A decision-diagram package: formulas → diagrams → exact probabilities and minimal cut sets. Numbers, no words of the domain. */
export {
  assumeFalse,
  FALSE,
  FormulaStore,
  GATE,
  reachable,
  structuralSingles,
  TRUE,
  variablesBelow,
  type FormulaId,
} from './formula.ts';
export { Diagram, ONE, ZERO, type Edge } from './diagram.ts';
export { BudgetSpent } from './node-table.ts';
export { compile, type Compiled, type CompileOptions, type Work } from './compile.ts';
export { Probability } from './probability.ts';
export { achievementWorth, cancels, criticality, Importances, withoutEvent } from './importance.ts';
export { Transitions, type Move } from './transitions.ts';
export { CutSets, EMPTY_SET, NO_SETS } from './cut-sets.ts';
export { countBySize } from './set-counts.ts';
export { smallestSets, topSets, visitSets, type WeighedSet } from './set-list.ts';
export { Bounder, type Bounds } from './bounds.ts';
