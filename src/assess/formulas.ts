import { FALSE, FormulaStore, TRUE, type FormulaId } from '../diagram/index.ts';
import { Interpreter, type Algebra, type JourneyNode, type Model } from '../model/index.ts';

/**
 * The algebra that reads a model as formulas over event numbers. Events that never happen are false, those taken as
 * failed are true, so both are gone before the diagram sees them.
 */
export function formulaAlgebra(
  store: FormulaStore,
  model: Model,
  failed: ReadonlySet<number>,
): Algebra<FormulaId> {
  return {
    never: FALSE,
    always: TRUE,
    event: (index) =>
      failed.has(index) ? TRUE : (model.events[index]?.probability ?? 0) > 0 ? store.variable(index) : FALSE,
    and: (terms) => store.and(terms),
    or: (terms) => store.or(terms),
    not: (term) => store.not(term),
    exceeds: (weights, terms, slack) => store.exceeds(weights, terms, slack),
  };
}

/** A model read as formulas: one store and one reader, so that what journeys share is read once. */
export interface Reading {
  readonly store: FormulaStore;
  readonly algebra: Algebra<FormulaId>;
  readonly reader: Interpreter<FormulaId>;
}

export function readModel(model: Model, failed: ReadonlySet<number>): Reading {
  const store = new FormulaStore();
  const algebra = formulaAlgebra(store, model, failed);
  return { store, algebra, reader: new Interpreter(model, algebra) };
}

/** What a journey comes down to, in formulas over event numbers. */
export interface JourneyFormulas {
  readonly journey: JourneyNode;
  /** For each mode, that it and every better one does not work: the first is being degraded, the last being down. */
  readonly failedSoFar: readonly FormulaId[];
}

/** Every journey of a model as the formulas whose probabilities `assess` prints, `failed` taken as failed. */
export function journeyFormulas(
  model: Model,
  failed: ReadonlySet<number> = new Set(),
): { readonly store: FormulaStore; readonly journeys: readonly JourneyFormulas[] } {
  const { store, reader } = readModel(model, failed);
  const journeys = model.journeys.map((journey) => ({
    journey,
    failedSoFar: reader.modesFailedSoFar(journey),
  }));
  return { store, journeys };
}

/** The algebra that reads it as formulas over targets of compromise: each can be held. */
export function targetAlgebra(store: FormulaStore): Algebra<FormulaId> {
  return {
    never: FALSE,
    always: TRUE,
    event: (index) => store.variable(index),
    and: (terms) => store.and(terms),
    or: (terms) => store.or(terms),
    not: (term) => store.not(term),
    exceeds: (weights, terms, slack) => store.exceeds(weights, terms, slack),
  };
}
