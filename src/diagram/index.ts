/** A decision-diagram package: formulas → diagrams → exact probabilities and minimal cut sets. Numbers, no words of the domain. */
export {
  assumeFalse,
  FALSE,
  FormulaStore,
  GATE,
  reachable,
  structuralSingles,
  TRUE,
  type FormulaId,
} from './formula.ts';
export { Diagram, ONE, ZERO, type Edge } from './diagram.ts';
export { BudgetSpent } from './node-table.ts';
export { buildInto, compile, type Compiled } from './compile.ts';
export { Probability, Transitions, type Move } from './probability.ts';
export { CutSets, EMPTY_SET, NO_SETS } from './cut-sets.ts';
export { Bounder, type Bounds } from './bounds.ts';
