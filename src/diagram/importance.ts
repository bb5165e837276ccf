import type { Edge } from './diagram.ts';
import type { Probability } from './probability.ts';

/**
 * What one event means for a function. With P its probability, q that of the event, P(1) and P(0) those of the function
 * where the event has happened and where it has not:
 *
 *   mif   P(1) − P(0)       Birnbaum's, or marginal, importance factor; negative where the event helps
 *   cif   mif · q / P       criticality
 *   dif   q · P(1) / P      diagnosis: the event's probability when the function is true (Fussell and Vesely)
 *   raw   P(1) / P          risk achievement worth
 *   rrw   P / P(0)          risk reduction worth: infinite where the event stands in every cut set
 *
 * Null where P is 0: then nothing is said. Definitions as in Rausand and Høyland, System Reliability Theory, chapter 5, and in
 * SCRAM.
 */
export interface Importance {
  readonly mif: number;
  readonly cif: number | null;
  readonly dif: number | null;
  readonly raw: number | null;
  readonly rrw: number | null;
}

/**
 * @param p probability of the function
 * @param q probability of the event
 * @param mif Birnbaum's importance
 * @param without P(0), at least 0
 */
export function importanceOf(p: number, q: number, mif: number, without: number): Importance {
  if (p === 0) return { mif, cif: null, dif: null, raw: null, rrw: null };
  const raw = Math.max(0, p + (1 - q) * mif) / p;
  return {
    mif,
    cif: (mif * q) / p,
    dif: q * raw,
    raw,
    rrw: without > 0 ? p / without : Number.POSITIVE_INFINITY,
  };
}

/** Below this share of P, P(0) = P − q · MIF is the difference of nearly equal numbers: it is found by evaluating again. */
const CANCELS = 1e-6;

/**
 * The importance of each variable that `root` depends on, by level. One falling walk for all; the few variables that stand in
 * nearly every cut set take another evaluation each. After `probability.evaluate(q)`.
 *
 * @param q by level, modules' filled in
 */
export function importances(probability: Probability, root: Edge, q: Float64Array): Map<number, Importance> {
  const p = probability.of(root);
  const gradient = probability.gradient(root, q);
  const levels = probability.variablesOf(root);
  const close = levels.filter((level) => {
    const without = p - (q[level] as number) * (gradient[level] as number);
    return p > 0 && without < CANCELS * p;
  });
  const again = withoutEach(probability, root, q, close);
  const result = new Map<number, Importance>();
  for (const level of levels) {
    const chance = q[level] as number;
    const mif = gradient[level] as number;
    result.set(level, importanceOf(p, chance, mif, again.get(level) ?? p - chance * mif));
  }
  return result;
}

/** P(0) of some variables, each by itself: 0 where the function cannot be true without it, however its sums are rounded. */
function withoutEach(
  probability: Probability,
  root: Edge,
  q: Float64Array,
  levels: readonly number[],
): Map<number, number> {
  const possible = levels.filter((level) => probability.constantWithout(level, root) !== 0);
  const result = new Map(levels.map((level): [number, number] => [level, 0]));
  if (possible.length === 0) return result;
  const rows: (number | Float64Array)[] = [...q];
  for (const [k, level] of possible.entries()) {
    const row = new Float64Array(possible.length).fill(q[level] as number);
    row[k] = 0;
    rows[level] = row;
  }
  const [found] = probability.evaluateMany(rows, possible.length, [root]);
  for (const [k, level] of possible.entries()) result.set(level, Math.max(0, found?.[k] ?? 0));
  return result;
}
