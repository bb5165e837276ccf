import type { Edge } from './diagram.ts';
import type { Probability } from './probability.ts';

/** Below this share of P, P(0) is the difference of nearly equal numbers. */
const CANCELS = 1e-6;
/** Whether a root can be true without a variable, which is asked only where P(0) cancels. */
const UNKNOWN = 0;
const NEEDED = 1;
const NOT_NEEDED = 2;

/**
 * What each event means for a function. With P its probability, q that of the event, P(1) and P(0) those of the function
 * where the event has happened and where it has not:
 *
 *   mif   P(1) − P(0)       Birnbaum's, or marginal, importance factor; negative where the event helps
 *   cif   mif · q / P       criticality
 *   dif   q · P(1) / P      diagnosis: the event's probability when the function is true (Fussell and Vesely)
 *   raw   P(1) / P          risk achievement worth
 *   rrw   P / P(0)          risk reduction worth: infinite where the event stands in every cut set
 *
 * Definitions as in Rausand and Høyland, System Reliability Theory, chapter 5, and in SCRAM.
 *
 * The importance of each variable that a root depends on. One falling walk for all; the few variables that stand in nearly
 * every cut set take another evaluation each. Entry k is about the variable at level `levels[k]`; where P is 0, all but `mif`
 * are NaN.
 */
export class Importances {
  readonly levels: Int32Array;
  readonly mif: Float64Array;
  readonly cif: Float64Array;
  readonly dif: Float64Array;
  readonly raw: Float64Array;
  readonly rrw: Float64Array;
  private readonly probability: Probability;
  private readonly root: Edge;
  private gradient = new Float64Array(0);
  /** By entry; it does not depend on the probabilities, so once is enough. */
  private readonly need: Uint8Array;

  constructor(probability: Probability, root: Edge) {
    this.probability = probability;
    this.root = root;
    this.levels = probability.variablesOf(root);
    const count = this.levels.length;
    const numbers = new Float64Array(count * 5);
    this.mif = numbers.subarray(0, count);
    this.cif = numbers.subarray(count, count * 2);
    this.dif = numbers.subarray(count * 2, count * 3);
    this.raw = numbers.subarray(count * 3, count * 4);
    this.rrw = numbers.subarray(count * 4);
    this.need = new Uint8Array(count);
  }

  /**
   * After `probability.evaluate(q)`.
   *
   * @param q by level, modules' filled in
   */
  evaluate(q: Float64Array): void {
    const { levels, mif, cif, dif, raw, rrw, need } = this;
    const p = this.probability.of(this.root);
    if (this.gradient.length !== q.length) this.gradient = new Float64Array(q.length);
    const gradient = this.probability.gradient(this.root, q, this.gradient);
    let again: number[] | undefined;
    for (let k = 0; k < levels.length; k++) {
      const level = levels[k] as number;
      const chance = q[level] as number;
      const each = gradient[level] as number;
      const worth = achievementWorth(p, chance, each);
      mif[k] = each;
      cif[k] = criticality(p, chance, each);
      dif[k] = chance * worth;
      raw[k] = worth;
      rrw[k] = p / withoutEvent(p, chance, each);
      if (!cancels(p, chance, each)) continue;
      if (need[k] === NEEDED) rrw[k] = Number.POSITIVE_INFINITY;
      else {
        again ??= [];
        again.push(k);
      }
    }
    if (again !== undefined) this.evaluateAgain(again, p, q);
    if (p === 0) for (const some of [this.cif, this.dif, this.raw, this.rrw]) some.fill(Number.NaN);
  }

  /** P(0) of some variables, each by itself: 0 where the root cannot be true without it, however its sums are rounded. */
  private evaluateAgain(entries: readonly number[], p: number, q: Float64Array): void {
    const { probability, root, levels } = this;
    const possible: number[] = [];
    for (const k of entries) {
      if (this.need[k] === UNKNOWN)
        this.need[k] = probability.constantWithout(levels[k] as number, root) === 0 ? NEEDED : NOT_NEEDED;
      if (this.need[k] === NEEDED) this.rrw[k] = Number.POSITIVE_INFINITY;
      else possible.push(k);
    }
    if (possible.length === 0) return;
    const rows: (number | Float64Array)[] = [...q];
    for (const [lane, k] of possible.entries()) {
      const level = levels[k] as number;
      const row = new Float64Array(possible.length).fill(q[level] as number);
      row[lane] = 0;
      rows[level] = row;
    }
    const [found] = probability.evaluateMany(rows, possible.length, [root]);
    for (const [lane, k] of possible.entries()) this.rrw[k] = p / Math.max(0, found?.[lane] ?? 0);
  }
}

/** CIF, from P, the event's own probability and its MIF. */
export function criticality(p: number, q: number, mif: number): number {
  return (mif * q) / p;
}

/** RAW. */
export function achievementWorth(p: number, q: number, mif: number): number {
  const happened = p + (1 - q) * mif;
  return happened > 0 ? happened / p : 0;
}

/** P(0), which RRW divides by; where it `cancels` its digits say nothing, and it has to be found by evaluating again. */
export function withoutEvent(p: number, q: number, mif: number): number {
  return p - q * mif;
}

export function cancels(p: number, q: number, mif: number): boolean {
  return withoutEvent(p, q, mif) < CANCELS * p;
}
