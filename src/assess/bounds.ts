import { GATE, reachable, type FormulaId, type FormulaStore } from '../diagram/index.ts';

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/**
 * Bounds of the probability of a formula in one walk over its gates, for when its diagram is too large. Monotone
 * functions of independent events are associated (Harris 1960, Fortuin, Kasteleyn and Ginibre 1971), so
 *
 *   P(A) P(B) ≤ P(A ∧ B) ≤ min(P(A), P(B))       max(P(A), P(B)) ≤ P(A ∨ B) ≤ 1 − (1 − P(A))(1 − P(B))
 *
 * and where a not stands below, Fréchet's bounds hold.
 */
export function boundsOf(store: FormulaStore, root: FormulaId, probability: Float64Array): Bounds {
  const known = new Map<FormulaId, Bounds & { readonly monotone: boolean }>();
  const impossible = { low: 0, high: 0, monotone: true };
  for (const id of reachable(store, [root])) {
    const args = store.args(id);
    const below = (): (Bounds & { monotone: boolean })[] => args.map((arg) => known.get(arg) ?? impossible);
    switch (store.kind(id)) {
      case GATE.VARIABLE: {
        const p = probability[args[0] ?? 0] ?? 0;
        known.set(id, { low: p, high: p, monotone: true });
        break;
      }
      case GATE.NOT: {
        const [one = impossible] = below();
        known.set(id, { low: 1 - one.high, high: 1 - one.low, monotone: false });
        break;
      }
      case GATE.AND:
        known.set(id, conjunction(below()));
        break;
      case GATE.OR:
        known.set(id, disjunction(below()));
        break;
      default:
        known.set(id, { low: id, high: id, monotone: true });
    }
  }
  return known.get(root) ?? impossible;
}

type Known = Bounds & { readonly monotone: boolean };

function conjunction(terms: readonly Known[]): Known {
  const monotone = terms.every((term) => term.monotone);
  const high = Math.min(...terms.map((term) => term.high));
  const low = monotone
    ? terms.reduce((product, term) => product * term.low, 1)
    : Math.max(
        0,
        terms.reduce((sum, term) => sum + term.low, 1 - terms.length),
      );
  return { low, high, monotone };
}

function disjunction(terms: readonly Known[]): Known {
  const monotone = terms.every((term) => term.monotone);
  const low = Math.max(...terms.map((term) => term.low));
  const high = monotone
    ? -Math.expm1(terms.reduce((sum, term) => sum + Math.log1p(-term.high), 0))
    : Math.min(
        1,
        terms.reduce((sum, term) => sum + term.high, 0),
      );
  return { low, high: Math.min(1, high), monotone };
}
