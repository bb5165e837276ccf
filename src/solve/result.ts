/**
 * The answer of `solve`, plain data, JSON as it is: the contract `keelson.solution/1`. Fields are only ever added. All but
 * `solved.ms` is the same for the same model, options and version.
 *
 * Infinite ratios are the text "Infinity"; counts that may pass 2^53 are decimal text; null means unknown.
 */
export interface Solution {
  readonly schema: 'keelson.solution/1';
  readonly model: {
    readonly name: string;
    readonly file: string;
    readonly digest: string | null;
    /** What `<system-mission-time/>` stood for. @unit hours, usually: that of the model's times */
    readonly missionTime: number;
    /** Basic events that the solved gates name, with the combinations of their common-cause groups. */
    readonly events: number;
  };
  /** Set only where a cut-off was asked for: which sets are listed and counted as kept. Probabilities are never cut off. */
  readonly cutOff: CutOff | null;
  readonly roots: readonly RootSolution[];
  readonly solved: { readonly ms: number };
}

export interface CutOff {
  /** Sets less likely than this are left out of lists; null: none are. */
  readonly probability: number | null;
  /** Sets of more events than this are left out of lists; null: none are. */
  readonly order: number | null;
}

export interface RootSolution {
  readonly name: string;
  /** False where the node budget was spent: then `bounds` says what is known. */
  readonly exact: boolean;
  /** Of coherent roots to a dozen digits, of others to about 1e-15; null where it is not exact, or some event has no probability. */
  readonly probability: number | null;
  /** Certain limits of the probability where it is not exact. */
  readonly bounds: readonly [low: number, high: number] | null;
  /** Events that the root depends on; where it is not exact, that stand below it. */
  readonly events: number;
  /** Those of them without a probability in the model. */
  readonly unknown: readonly string[];
  /**
   * Whether no event's happening can make the root false; null where that was not settled within the budget. Where it is not
   * true, the cut sets are minimal positive parts: the smallest sets of events that make the root true when nothing else
   * happens.
   */
  readonly coherent: boolean | null;
  readonly diagram: { readonly nodes: number; readonly modules: number } | null;
  /** Null where they were not asked for. */
  readonly cutSets: CutSetsOfRoot | null;
  /** Of each event that the root depends on, by criticality, largest first; empty where the probability is not known. */
  readonly importance: readonly EventImportance[];
}

export interface CutSetsOfRoot {
  readonly kind: 'minimal-cut-sets' | 'minimal-positive-parts';
  /** Of all, whatever is listed; null where they were not counted within the budget. */
  readonly total: string | null;
  /** How many of no event, of one, of two, …; each decimal text. */
  readonly byOrder: readonly string[] | null;
  /** How many are within the cut-off; null where none was asked for. */
  readonly kept: string | null;
  /**
   * The likeliest, or where some event has no probability the smallest; found without listing the others. Where the root is not exact,
   * the likeliest of those that were found.
   */
  readonly top: readonly CutSet[];
}

export interface CutSet {
  readonly events: readonly string[];
  /** Product of its events' probabilities; null where one is unknown. */
  readonly probability: number | null;
}

/** Formulas: see docs/solve.md. Null where the root's probability is 0. */
export interface EventImportance {
  readonly event: string;
  readonly probability: number;
  /** Marginal (Birnbaum): P(1) − P(0). */
  readonly mif: number;
  /** Criticality: MIF · q / P. */
  readonly cif: number | null;
  /** Diagnosis (Fussell–Vesely): q · P(1) / P. */
  readonly dif: number | null;
  /** Risk achievement worth: P(1) / P. */
  readonly raw: number | null;
  /** Risk reduction worth: P / P(0). */
  readonly rrw: number | 'Infinity' | null;
}
