import type { BuiltIn } from './functions.ts';
import type { Element } from './xml.ts';

/** A formula whose names are resolved. Constants and house events are one. */
export type Formula =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'gate'; readonly gate: Gate }
  | { readonly kind: 'basic-event'; readonly event: BasicEventDefinition }
  | Operation;

export interface Operation {
  readonly kind: 'operation';
  readonly connective: Connective;
  /** As they are written: twice the same counts twice. */
  readonly args: readonly Formula[];
  /** Of atleast and cardinality. */
  readonly min: number;
  /** Of cardinality. */
  readonly max: number;
  readonly element: Element;
}

export const CONNECTIVES = [
  'and',
  'or',
  'not',
  'nand',
  'nor',
  'xor',
  'iff',
  'imply',
  'atleast',
  'cardinality',
] as const;
export type Connective = (typeof CONNECTIVES)[number];

/** An expression whose names are resolved. */
export type Expression =
  | { readonly kind: 'number'; readonly value: number; readonly element: Element }
  | { readonly kind: 'parameter'; readonly parameter: Parameter; readonly element: Element }
  | {
      readonly kind: 'call';
      readonly builtIn: BuiltIn;
      readonly args: readonly Expression[];
      readonly element: Element;
    }
  /** Condition and value by turns, then the value where no condition holds. */
  | { readonly kind: 'choice'; readonly args: readonly Expression[]; readonly element: Element };

/** Basic events that may fail together. */
export interface CommonCauseGroup {
  readonly name: string;
  readonly element: Element;
  readonly scope: Scope;
  readonly isPrivate: boolean;
  readonly members: BasicEventDefinition[];
  /** How probable it is that exactly given members fail together, by their number; undefined where that is not known. */
  levels: readonly Level[] | undefined;
}

export interface Level {
  /** How many members fail together. */
  readonly size: number;
  /** Of each event of that size. */
  readonly probability: number;
}

/** What can be named: events share one space of names, parameters have another. */
export type Event = Gate | HouseEvent | BasicEventDefinition;

interface Named {
  readonly name: string;
  /** Where it is defined. */
  readonly scope: Scope;
  readonly element: Element;
  readonly isPrivate: boolean;
}

export interface Gate extends Named {
  readonly kind: 'gate';
  /** Place in the file among all gates. */
  readonly index: number;
  /** Undefined until it is read, or where it cannot be. */
  formula: Formula | undefined;
  /** Indices of the gates in its formula. */
  uses: number[];
  isUsed: boolean;
}

export interface HouseEvent extends Named {
  readonly kind: 'house-event';
  readonly value: boolean;
}

export interface BasicEventDefinition extends Named {
  readonly kind: 'basic-event';
  readonly label: string | null;
  expression: Expression | undefined;
  /** Null where the model gives none, or none that is right. */
  probability: number | null;
  /** The group whose member it is. */
  group: CommonCauseGroup | undefined;
}

export interface Parameter extends Named {
  readonly kind: 'parameter';
  /** Place in the file among all parameters. */
  readonly index: number;
  readonly unit: Unit | undefined;
  expression: Expression | undefined;
  /** Undefined until it is worked out, or where it cannot be. */
  value: number | undefined;
}

export const UNITS = [
  'bool',
  'int',
  'float',
  'hours',
  'hours-1',
  'years',
  'years-1',
  'fit',
  'demands',
] as const;
export type Unit = (typeof UNITS)[number];

/** A fault tree, a component, or the model itself, which holds what is public to all. */
export class Scope {
  readonly name: string;
  readonly parent: Scope | undefined;
  readonly isPrivate: boolean;
  readonly events = new Map<string, Event>();
  readonly parameters = new Map<string, Parameter>();
  readonly scopes = new Map<string, Scope>();

  constructor(name: string, parent: Scope | undefined, isPrivate: boolean) {
    this.name = name;
    this.parent = parent;
    this.isPrivate = isPrivate;
  }

  /** Names of the containers from the model down, joined by dots; empty for the model itself. */
  get path(): string {
    if (this.parent === undefined) return '';
    const above = this.parent.path;
    return above === '' ? this.name : `${above}.${this.name}`;
  }
}

/**
 * What a reference means inside a scope: by its name where it is defined in that scope or one around it, by its name
 * where it is public, or by a path of containers that begins in that scope, one around it, or the model (MEF, "Solving
 * Name Conflicts").
 *
 * @param publics what is public, by name
 * @param space the space of names in each scope
 */
export function resolve<T>(
  reference: string,
  scope: Scope,
  publics: ReadonlyMap<string, T>,
  space: (scope: Scope) => ReadonlyMap<string, T>,
): T | undefined {
  if (!reference.includes('.')) {
    for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
      const found = space(at).get(reference);
      if (found !== undefined) return found;
    }
    return publics.get(reference);
  }
  const names = reference.split('.');
  const last = names.pop() ?? '';
  for (let from: Scope | undefined = scope; from !== undefined; from = from.parent) {
    let at: Scope | undefined = from;
    for (const name of names) at = at?.scopes.get(name);
    const found = at === undefined ? undefined : space(at).get(last);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** How something is called in answers: by its name where that is enough, else by its path. */
export function fullName({ name, scope, isPrivate }: Named): string {
  return isPrivate && scope.path !== '' ? `${scope.path}.${name}` : name;
}
