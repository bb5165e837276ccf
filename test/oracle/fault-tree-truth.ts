import { minimalSets } from './minimal-sets.ts';
import {
  combinationsOf,
  eventName,
  gateName,
  HOUSES,
  type DrawnTree,
  type Expression,
  type Formula,
  type Group,
  type Operation,
} from './random-fault-tree.ts';

/** A basic event or one of a common cause; its number is its bit in a state. */
export interface Variable {
  readonly name: string;
  readonly probability: number | null;
}

export interface TrueSet {
  /** Sorted. */
  readonly events: readonly string[];
  readonly probability: number | null;
  /** Of the events that have a probability. */
  readonly knownProduct: number;
}

export interface TrueImportance {
  /** P(0) and P(1): with the event impossible and certain. */
  readonly without: number;
  readonly given: number;
  readonly mif: number;
}

/** What is true of a drawn tree, by going through all states of its variables. Slow and obvious. */
export class TreeTruth {
  readonly variables: readonly Variable[];
  /** Variables that the formulas name, be it without effect; of a group all. */
  readonly named: number;
  readonly roots: readonly RootTruth[];

  constructor(tree: DrawnTree, missionTime: number) {
    const parameters: number[] = [];
    for (const parameter of tree.parameters) parameters.push(numberOf(parameter, parameters, missionTime));
    const variables: Variable[] = [];
    /** By event, the variables of which any makes it happen. */
    const masks: number[] = [];
    /** By event, all variables of its group. */
    const scopes: number[] = [];
    for (const [number, { probability }] of tree.singles.entries()) {
      masks.push(1 << variables.length);
      scopes.push(1 << variables.length);
      variables.push({
        name: eventName(number),
        probability: probability === null ? null : numberOf(probability, parameters, missionTime),
      });
    }
    for (const group of tree.groups) {
      const first = masks.length;
      const begin = variables.length;
      for (let i = 0; i < group.size; i++) masks.push(0);
      const q = numberOf(group.distribution, parameters, missionTime);
      for (const members of combinationsOf(group)) {
        for (const i of members) masks[first + i] = (masks[first + i] ?? 0) | (1 << variables.length);
        variables.push({
          name: `[${members.map((i) => eventName(first + i)).join(' ')}]`,
          probability: q * shareOf(group, members.length),
        });
      }
      for (let i = 0; i < group.size; i++) scopes.push((1 << variables.length) - (1 << begin));
    }
    this.variables = variables;
    const named = tree.gates.reduce((mask, gate) => mask | namedBy(gate, scopes), 0);
    this.named = variables.filter((_, i) => ((named >> i) & 1) === 1).length;
    const used = new Set(tree.gates.flatMap(gatesOf));
    const tops = tree.fileOrder.filter((gate) => !used.has(gate));
    const states = 1 << variables.length;
    const tables: Uint8Array[] = [];
    for (const formula of tree.gates) tables.push(tableOf(formula, states, masks, tables));
    this.roots = tops.map((top) => new RootTruth(gateName(top), tables[top] as Uint8Array, variables));
  }
}

/** One root: a table of what it is in each state. */
export class RootTruth {
  readonly name: string;
  /** Numbers of the variables that make a difference in some state. */
  readonly depends: readonly number[];
  /** Whether no variable's happening makes it false, in any state. */
  readonly coherent: boolean;
  private readonly table: Uint8Array;
  private readonly variables: readonly Variable[];
  private readonly q: readonly number[];

  constructor(name: string, table: Uint8Array, variables: readonly Variable[]) {
    this.name = name;
    this.table = table;
    this.variables = variables;
    this.q = variables.map(({ probability }) => probability ?? Number.NaN);
    const depends: number[] = [];
    let coherent = true;
    for (let i = 0; i < variables.length; i++) {
      const changes = this.changes(i);
      if (changes.includes(1) || changes.includes(-1)) depends.push(i);
      if (changes.includes(-1)) coherent = false;
    }
    this.depends = depends;
    this.coherent = coherent;
  }

  /** Of the variables that it depends on. */
  get unknown(): readonly string[] {
    return this.depends.flatMap((i) => {
      const variable = this.variables[i];
      return variable?.probability === null ? [variable.name] : [];
    });
  }

  get probability(): number {
    return expected(this.table, this.q);
  }

  importance(i: number): TrueImportance {
    const changes = this.changes(i);
    const helped = changes.map((change) => (change > 0 ? 1 : 0));
    const harmed = changes.map((change) => (change < 0 ? 1 : 0));
    return {
      without: expected(this.table, this.q.with(i, 0)),
      given: expected(this.table, this.q.with(i, 1)),
      mif: expected(helped, this.q) - expected(harmed, this.q),
    };
  }

  /** The smallest sets of variables that make it true when nothing else happens, the small ones first. */
  sets(): readonly TrueSet[] {
    const byName = new Map(this.variables.map(({ name, probability }) => [name, probability]));
    const names = this.variables.map(({ name }) => name);
    return minimalSets(names, (state) => this.table[state] === 1).map((events) => {
      const each = events.map((event) => byName.get(event) ?? null);
      const knownProduct = each.reduce<number>((product, q) => product * (q ?? 1), 1);
      return {
        events: [...events].sort(),
        probability: each.includes(null) ? null : knownProduct,
        knownProduct,
      };
    });
  }

  /** By state, 1 where the variable's happening makes it true, −1 where it makes it false, else 0. */
  private changes(i: number): Int8Array {
    const { table } = this;
    const bit = 1 << i;
    const changes = new Int8Array(table.length);
    for (let state = 0; state < table.length; state++)
      changes[state] = (table[state | bit] as number) - (table[state & ~bit] as number);
    return changes;
  }
}

/**
 * The mean of a table over all states: folds one variable after the other. No term is negative, so that each step costs a
 * rounding and no more: it is right to about 14 · 2⁻⁵² of itself, and 0 only where it is 0.
 */
function expected(table: Uint8Array | Int8Array, q: readonly number[]): number {
  const now = new Float64Array(table);
  let count = now.length;
  for (const p of q) {
    count /= 2;
    for (let state = 0; state < count; state++) {
      const no = now[2 * state] as number;
      const yes = now[2 * state + 1] as number;
      now[state] = no === yes ? no : (1 - p) * no + p * yes;
    }
  }
  return now[0] ?? 0;
}

/** By state, 1 where a formula is true. */
function tableOf(
  formula: Formula,
  states: number,
  masks: readonly number[],
  gates: readonly Uint8Array[],
): Uint8Array {
  const table = new Uint8Array(states);
  switch (formula.kind) {
    case 'event': {
      const mask = masks[formula.number] ?? 0;
      for (let state = 0; state < states; state++) if ((state & mask) !== 0) table[state] = 1;
      return table;
    }
    case 'gate':
      return gates[formula.number] as Uint8Array;
    case 'house':
      return table.fill(HOUSES[formula.number] === true ? 1 : 0);
    case 'constant':
      return table.fill(formula.value ? 1 : 0);
  }
  const args = formula.args.map((arg) => tableOf(arg, states, masks, gates));
  for (let state = 0; state < states; state++) {
    let count = 0;
    for (const arg of args) count += arg[state] as number;
    if (isTrue(formula, count, args[0]?.[state] === 1)) table[state] = 1;
  }
  return table;
}

/** @param count how many arguments are true */
function isTrue({ connective, args, min, max }: Operation, count: number, first: boolean): boolean {
  switch (connective) {
    case 'and':
      return count === args.length;
    case 'or':
      return count > 0;
    case 'not':
    case 'nor':
      return count === 0;
    case 'nand':
      return count < args.length;
    case 'xor':
      return count % 2 === 1;
    case 'iff':
      return count !== 1;
    case 'imply':
      return count !== 1 || !first;
    case 'atleast':
      return count >= min;
    case 'cardinality':
      return count >= min && count <= max;
  }
}

function gatesOf(formula: Formula): number[] {
  if (formula.kind === 'gate') return [formula.number];
  return formula.kind === 'operation' ? formula.args.flatMap(gatesOf) : [];
}

function namedBy(formula: Formula, scopes: readonly number[]): number {
  if (formula.kind === 'event') return scopes[formula.number] ?? 0;
  return formula.kind === 'operation'
    ? formula.args.reduce((mask, arg) => mask | namedBy(arg, scopes), 0)
    : 0;
}

function numberOf(expression: Expression, parameters: readonly number[], missionTime: number): number {
  switch (expression.kind) {
    case 'float':
      return expression.value;
    case 'complement':
      return 1 - expression.value;
    case 'exponential':
      return -Math.expm1(-expression.value * missionTime);
    case 'parameter':
      return parameters[expression.number] ?? Number.NaN;
  }
  const [a, b] = expression.args.map((arg) => numberOf(arg, parameters, missionTime)) as [number, number];
  switch (expression.kind) {
    case 'mul':
      return a * b;
    case 'mean':
      return (a + b) / 2;
    case 'first-if-less':
      return a < b ? a : b;
  }
}

const WAYS: readonly (readonly number[])[] = [[1], [1, 1], [1, 2, 1], [1, 3, 3, 1]];

/** The share of a member's probability that a given combination of `count` members has: docs/solve.md. */
function shareOf({ model, size, factors }: Group, count: number): number {
  const ways = WAYS[size - 1]?.[count - 1] ?? Number.NaN;
  const factor = (i: number): number => factors[i] ?? 0;
  switch (model) {
    case 'beta-factor':
      return count === 1 ? 1 - factor(0) : factor(0);
    case 'MGL': {
      // The k-th goes on to one member more with ρ₍ₖ₊₁₎, which stands at k − 1.
      let share = 1 - factor(count - 1);
      for (let k = 1; k < count; k++) share *= factor(k - 1);
      return share / ways;
    }
    case 'alpha-factor': {
      let sum = 0;
      for (const [i, alpha] of factors.entries()) sum += (i + 1) * alpha;
      return (count * factor(count - 1)) / sum / ways;
    }
    case 'phi-factor':
      return factor(count - 1);
  }
}
