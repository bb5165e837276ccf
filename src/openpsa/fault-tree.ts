import type { FormulaId, FormulaStore } from '../diagram/index.ts';

/** A model of the Open-PSA Model Exchange Format, common-cause groups and house events already worked in. */
export interface FaultTree {
  /** The model's own name, or that of its file. */
  readonly name: string;
  readonly store: FormulaStore;
  /** What is asked: the gates that no other gate uses, or those that were chosen. */
  readonly roots: readonly Root[];
  /** By variable number. */
  readonly events: readonly BasicEvent[];
}

export interface Root {
  readonly name: string;
  readonly formula: FormulaId;
}

export interface BasicEvent {
  readonly name: string;
  readonly label: string | null;
  /** 0 to 1; null where the model gives none. */
  readonly probability: number | null;
}
