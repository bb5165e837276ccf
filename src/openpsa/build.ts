import { FALSE, FormulaStore, TRUE, type FormulaId } from '../diagram/index.ts';
import { choose, combinations } from './common-cause.ts';
import type { Context } from './context.ts';
import type { BasicEvent } from './fault-tree.ts';
import {
  fullName,
  type BasicEventDefinition,
  type CommonCauseGroup,
  type Formula,
  type Gate,
  type Operation,
} from './scope.ts';
import type { Element } from './xml.ts';

/** Most gates that a model may stand for beyond those it writes: thresholds and common causes are built from and and or. */
export const MAX_EXPANSION = 2_000_000;

/** Builds the formulas of gates over numbered basic events. Events are numbered as they are first met. */
export class Builder {
  readonly store = new FormulaStore();
  readonly events: BasicEvent[] = [];
  private readonly context: Context;
  private readonly gates: FormulaId[] = [];
  private readonly variables = new Map<BasicEventDefinition, FormulaId>();
  private expanded = 0;

  constructor(context: Context) {
    this.context = context;
  }

  /** The gates that it uses must have been built before. */
  build(gate: Gate): FormulaId {
    const formula = gate.formula === undefined ? FALSE : this.formula(gate.formula);
    this.gates[gate.index] = formula;
    return formula;
  }

  of(gate: Gate): FormulaId {
    return this.gates[gate.index] ?? FALSE;
  }

  /** As deep as elements are nested, which is bounded. */
  private formula(formula: Formula): FormulaId {
    switch (formula.kind) {
      case 'constant':
        return formula.value ? TRUE : FALSE;
      case 'gate':
        return this.of(formula.gate);
      case 'basic-event':
        return this.event(formula.event);
      case 'operation':
        return this.operation(formula);
    }
  }

  private operation({ connective, args: written, min, max, element }: Operation): FormulaId {
    const { store } = this;
    const args = new Array<FormulaId>(written.length);
    for (let i = 0; i < written.length; i++) args[i] = this.formula(written[i] as Formula);
    switch (connective) {
      case 'and':
        return store.and(args);
      case 'or':
        return store.or(args);
      case 'not':
        return store.not(args[0] ?? FALSE);
      case 'nand':
        return store.not(store.and(args));
      case 'nor':
        return store.not(store.or(args));
      case 'xor':
        return this.mayExpand(5 * args.length, element) ? store.xor(args) : FALSE;
      case 'iff':
        return store.not(store.xor(args));
      case 'imply':
        return store.or([store.not(args[0] ?? FALSE), args[1] ?? FALSE]);
      case 'atleast':
        return this.atLeast(args, min, element);
      case 'cardinality':
        return store.and([this.atLeast(args, min, element), store.not(this.atLeast(args, max + 1, element))]);
    }
  }

  private atLeast(args: readonly FormulaId[], min: number, element: Element): FormulaId {
    const count = args.length;
    if (min <= count && !this.mayExpand(2 * min * (count - min + 1), element)) return FALSE;
    const ones = new Array<number>(count).fill(1);
    return this.store.exceeds(ones, args, min - 1);
  }

  private event(event: BasicEventDefinition): FormulaId {
    const known = this.variables.get(event);
    if (known !== undefined) return known;
    if (event.group !== undefined) {
      this.expand(event.group);
      return this.variables.get(event) ?? FALSE;
    }
    const { label, probability } = event;
    const variable = this.add({ name: fullName(event), label, probability });
    this.variables.set(event, variable);
    return variable;
  }

  /** Each member becomes an or of the events of every combination of members that it is in. */
  private expand({ members, levels = [], element }: CommonCauseGroup): void {
    const count = members.length;
    let size = 0;
    for (const level of levels) size += choose(count, level.size) * (level.size + 1);
    if (!this.mayExpand(size, element)) return;
    const names = members.map(fullName);
    const causes: FormulaId[][] = members.map(() => []);
    for (const level of levels)
      for (const combination of combinations(count, level.size)) {
        const name = `[${combination.map((i) => names[i]).join(' ')}]`;
        const variable = this.add({ name, label: null, probability: level.probability });
        for (const i of combination) causes[i]?.push(variable);
      }
    members.forEach((member, i) => {
      this.variables.set(member, this.store.or(causes[i] ?? []));
    });
  }

  private add(event: BasicEvent): FormulaId {
    return this.store.variable(this.events.push(event) - 1);
  }

  /** Whether so many gates more are within bounds; reports the first that are not. */
  private mayExpand(gates: number, element: Element): boolean {
    const before = this.expanded;
    this.expanded += gates;
    if (this.expanded <= MAX_EXPANSION) return true;
    if (before <= MAX_EXPANSION)
      this.context.reader.report('expansion-too-large', element.at, { limit: MAX_EXPANSION });
    return false;
  }
}
