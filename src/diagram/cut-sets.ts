import type { Diagram, Edge } from './diagram.ts';
import { NodeTable } from './node-table.ts';

/** The family with no set, and the family with the empty set alone. */
export const NO_SETS = 0;
export const EMPTY_SET = 1;

/**
 * Families of sets of variables as zero-suppressed diagrams (Minato 1993), made from the functions of one diagram:
 *
 *   family n:  { sets of low[n] } ∪ { {level[n]} ∪ s : s in high[n] }
 *
 * A level that stands for a module stands in a set for each set of the module's own family. Modules depend on nothing
 * else, so the minimal sets of the whole are the minimal sets over modules with the minimal sets of those put in.
 */
export class CutSets extends NodeTable {
  readonly diagram: Diagram;
  /** By edge of the diagram, its family; −1 where not yet known. */
  private readonly minimalOf: Int32Array;
  private readonly families: Int32Array;

  /** @param budget most nodes that may be made */
  constructor(diagram: Diagram, budget: number) {
    super(2, diagram.variables, budget);
    this.diagram = diagram;
    this.minimalOf = new Int32Array(diagram.size * 2).fill(-1);
    this.minimalOf[0] = NO_SETS;
    this.minimalOf[1] = EMPTY_SET;
    this.families = new Int32Array(diagram.variables);
  }

  /** Of a level that stands for a module, the family of the module's sets; of a variable NO_SETS. */
  familyAt(level: number): number {
    return this.families[level] as number;
  }

  /**
   * Minimal cut sets of a monotone function: F = (x, F1, F0) has {x}·(MCS(F1) less what satisfies F0) ∪ MCS(F0), the
   * removal walking sets against the diagram (Rauzy 1993).
   *
   * @throws BudgetSpent
   */
  minimal(f: Edge): number {
    return this.family(f, true);
  }

  /**
   * Minimal positive parts of any function: the smallest sets S such that the function is true when exactly S is. For a
   * monotone function these are its minimal cut sets.
   *
   * @throws BudgetSpent
   */
  minimalPositiveParts(f: Edge): number {
    return this.family(f, false);
  }

  private family(f: Edge, monotone: boolean): number {
    const { diagram, minimalOf } = this;
    if (minimalOf[f] !== -1) return minimalOf[f] as number;
    const needed = new Uint8Array((f | 1) + 1);
    needed[f] = 1;
    // Children and modules have smaller numbers: one falling walk marks, one rising walk makes.
    for (let edge = f | 1; edge > 1; edge--) {
      if (needed[edge] === 0 || minimalOf[edge] !== -1) continue;
      const flip = edge & 1;
      needed[(diagram.low[edge >> 1] as number) ^ flip] = 1;
      needed[(diagram.high[edge >> 1] as number) ^ flip] = 1;
      needed[diagram.moduleAt(diagram.levelOf(edge))] = 1;
    }
    for (let edge = 2; edge <= f; edge++) {
      if (needed[edge] === 0 || minimalOf[edge] !== -1) continue;
      const flip = edge & 1;
      const level = diagram.levelOf(edge);
      const module = diagram.moduleAt(level);
      if (module !== 0) this.families[level] = minimalOf[module] as number;
      const f0 = (diagram.low[edge >> 1] as number) ^ flip;
      const low = minimalOf[f0] as number;
      const sets = minimalOf[(diagram.high[edge >> 1] as number) ^ flip] as number;
      const high =
        monotone || diagram.isMonotoneAt(level) ? this.without(sets, f0) : this.removeSupersets(sets, low);
      minimalOf[edge] = this.make(level, low, high);
    }
    return minimalOf[f] as number;
  }

  /**
   * The sets of a family that do not satisfy the monotone function `f`. The stack holds, for each pair that is not
   * finished, six numbers: family, f, the pair that waits, −1 or the finished low side, the level.
   */
  private without(family: number, f: Edge): number {
    const { diagram } = this;
    let top = 0;
    let { stack } = this;
    for (;;) {
      let result: number;
      if (family === NO_SETS || f === 1) result = NO_SETS;
      else if (f === 0) result = family;
      // Not constant and monotone: false where nothing is true.
      else if (family === EMPTY_SET) result = EMPTY_SET;
      else {
        const level = this.level[family] as number;
        if (diagram.levelOf(f) < level) {
          f = (diagram.low[f >> 1] as number) ^ (f & 1);
          continue;
        }
        const slot = this.slotOf(family, f);
        if (this.cache[slot] === family && this.cache[slot + 1] === f)
          result = this.cache[slot + 2] as number;
        else {
          if (top + 6 > stack.length) stack = this.roomAbove(top, 6);
          const splits = diagram.levelOf(f) === level;
          stack[top] = family;
          stack[top + 1] = f;
          stack[top + 2] = this.high[family] as number;
          stack[top + 3] = splits ? (diagram.high[f >> 1] as number) ^ (f & 1) : f;
          stack[top + 4] = -1;
          stack[top + 5] = level;
          top += 6;
          if (splits) f = (diagram.low[f >> 1] as number) ^ (f & 1);
          family = this.low[family] as number;
          continue;
        }
      }
      for (;;) {
        if (top === 0) return result;
        if (stack[top - 2] === -1) {
          stack[top - 2] = result;
          family = stack[top - 4] as number;
          f = stack[top - 3] as number;
          break;
        }
        top -= 6;
        result = this.make(stack[top + 5] as number, stack[top + 4] as number, result);
        this.remember(stack[top] as number, stack[top + 1] as number, result);
      }
    }
  }

  /**
   * The sets of `family` that hold no set of `other`. On the stack, for each pair that is not finished: family, other, what
   * the next step takes from, −1 or the finished low side, and which step it is.
   */
  private removeSupersets(family: number, other: number): number {
    const LOW = 0;
    const HIGH = 1;
    const HIGH_AGAIN = 2;
    let top = 0;
    let { stack } = this;
    for (;;) {
      let result: number;
      if (family === NO_SETS || other === EMPTY_SET || family === other) result = NO_SETS;
      else if (other === NO_SETS || family === EMPTY_SET) result = family;
      else {
        const level = this.level[family] as number;
        const otherLevel = this.level[other] as number;
        if (otherLevel < level) {
          other = this.low[other] as number;
          continue;
        }
        const slot = this.slotOf(family, other);
        if (this.cache[slot] === family && this.cache[slot + 1] === other)
          result = this.cache[slot + 2] as number;
        else {
          if (top + 4 > stack.length) stack = this.roomAbove(top, 4);
          stack[top] = family;
          stack[top + 1] = other;
          stack[top + 2] = -1;
          stack[top + 3] = LOW;
          top += 4;
          if (otherLevel === level) other = this.low[other] as number;
          family = this.low[family] as number;
          continue;
        }
      }
      for (;;) {
        if (top === 0) return result;
        const from = stack[top - 4] as number;
        const against = stack[top - 3] as number;
        const level = this.level[from] as number;
        const splits = this.level[against] === level;
        const step = stack[top - 1];
        if (step === LOW) {
          stack[top - 2] = result;
          stack[top - 1] = HIGH;
          family = this.high[from] as number;
          other = splits ? (this.low[against] as number) : against;
          break;
        }
        if (step === HIGH && splits) {
          stack[top - 1] = HIGH_AGAIN;
          family = result;
          other = this.high[against] as number;
          break;
        }
        top -= 4;
        result = this.make(level, stack[top + 2] as number, result);
        this.remember(from, against, result);
      }
    }
  }

  private make(level: number, low: number, high: number): number {
    return high === NO_SETS ? low : this.node(level, low, high);
  }

  /** The nodes of a family and of the modules in it, what they lead to before them. */
  below(family: number): Int32Array {
    if (family <= EMPTY_SET) return new Int32Array(0);
    const marked = new Uint8Array(family + 1);
    marked[family] = 1;
    let count = 0;
    for (let node = family; node > EMPTY_SET; node--) {
      if (marked[node] === 0) continue;
      count++;
      marked[this.low[node] as number] = 1;
      marked[this.high[node] as number] = 1;
      marked[this.families[this.level[node] as number] as number] = 1;
    }
    const found = new Int32Array(count);
    let at = 0;
    for (let node = 2; node <= family; node++) if (marked[node] === 1) found[at++] = node;
    return found;
  }
}
