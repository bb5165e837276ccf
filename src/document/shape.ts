import { describe, type Reader } from './reader.ts';
import type { MapNode, Node } from './source.ts';

/**
 * A shape reads a node into a value, says what is wrong with it, and describes itself as JSON Schema. A value that can
 * not be read is reported and a harmless stand-in is returned, so that everything else can still be checked: whoever
 * reads looks at `reader.problems` before trusting the result.
 */
export interface Shape<T> {
  read(node: Node, reader: Reader): T;
  /** What `read` returns where nothing can be read. */
  readonly standIn: T;
  /** It holds values of its own, of which some may be good where others are not. */
  readonly holds?: boolean;
  schema(definitions: Record<string, JsonSchema>): JsonSchema;
}

export type ShapeValue<S> = S extends Shape<infer T> ? T : never;
export type JsonSchema = { readonly [key: string]: unknown };

export interface Field<T, Required extends boolean> {
  readonly shape: Shape<T>;
  readonly required: Required;
  readonly doc: string;
}

export function required<T>(shape: Shape<T>, doc: string): Field<T, true> {
  return { shape, required: true, doc };
}

export function optional<T>(shape: Shape<T>, doc: string): Field<T, false> {
  return { shape, required: false, doc };
}

type Fields = Readonly<Record<string, Field<unknown, boolean>>>;
type ObjectValue<F extends Fields> = {
  readonly [K in keyof F as F[K] extends Field<unknown, true> ? K : never]: F[K] extends Field<
    infer T,
    boolean
  >
    ? T
    : never;
} & {
  readonly [K in keyof F as F[K] extends Field<unknown, true> ? never : K]?: F[K] extends Field<
    infer T,
    boolean
  >
    ? T
    : never;
} & {
  /** Where it stands in the text. */
  readonly offset: number;
  /** Keys whose values are not what they should be: what hangs on them is not judged again. */
  readonly broken?: readonly string[];
};

/** A mapping with known keys; others are refused, with the nearest known one. */
export function object<F extends Fields>(
  what: string,
  fields: F,
): Shape<ObjectValue<F>> & { readonly fields: F } {
  const names = Object.keys(fields);
  const standIn: Record<string, unknown> = { offset: 0 };
  for (const name of names) if (fields[name]?.required === true) standIn[name] = fields[name].shape.standIn;
  return {
    holds: true,
    fields,
    // The loops below fill exactly the keys of `fields`, which the compiler cannot follow.
    standIn: standIn as ObjectValue<F>,
    read(node, reader) {
      if (node.kind !== 'map') {
        reader.report('wrong-type', node.at, { expected: what, found: describe(node) });
        return { ...standIn, offset: node.at } as ObjectValue<F>;
      }
      const value: Record<string, unknown> = { ...standIn, offset: node.at };
      const missing = new Set(names.filter((name) => fields[name]?.required));
      const broken: string[] = [];
      for (const entry of node.entries) {
        const field = Object.hasOwn(fields, entry.key) ? fields[entry.key] : undefined;
        if (field === undefined) {
          reader.report('unknown-key', entry.at, {
            key: entry.key,
            where: what,
            nearest: reader.nearest(entry.key, names),
            known: names,
          });
          continue;
        }
        missing.delete(entry.key);
        const before = reader.errors;
        const read = field.shape.read(entry.value, reader);
        if (reader.errors > before) broken.push(entry.key);
        // What cannot be read and need not be there is left out; collections keep what could be read of them.
        if (reader.errors === before || field.required || field.shape.holds === true) value[entry.key] = read;
      }
      for (const name of missing) reader.report('missing-key', node.at, { key: name, where: what });
      broken.push(...missing);
      if (broken.length > 0) value.broken = broken;
      return value as ObjectValue<F>;
    },
    schema(definitions) {
      const properties: Record<string, JsonSchema> = {};
      for (const name of names) {
        const field = fields[name];
        if (field !== undefined)
          properties[name] = { ...field.shape.schema(definitions), description: field.doc };
      }
      const needed = names.filter((name) => fields[name]?.required);
      return {
        type: 'object',
        properties,
        ...(needed.length > 0 ? { required: needed } : {}),
        additionalProperties: false,
      };
    },
  };
}

export interface Named<T> {
  readonly name: string;
  /** Where the name stands in the text. */
  readonly offset: number;
  readonly value: T;
}

/** A mapping from names to values, in the order of the file. */
export function mapping<T>(
  what: string,
  key: { readonly pattern: RegExp; readonly what: string },
  shape: Shape<T>,
  limits: { readonly min?: number; readonly max: number },
): Shape<readonly Named<T>[]> {
  return {
    holds: true,
    standIn: [],
    read(node, reader) {
      if (node.kind !== 'map') {
        reader.report('wrong-type', node.at, { expected: what, found: describe(node) });
        return [];
      }
      checkLength(node.entries.length, node.at, what, limits, reader);
      return node.entries.slice(0, limits.max).map((entry) => {
        if (!key.pattern.test(entry.key))
          reader.report('bad-name', entry.at, { name: entry.key, expected: key.what });
        return { name: entry.key, offset: entry.at, value: shape.read(entry.value, reader) };
      });
    },
    schema: (definitions) => ({
      type: 'object',
      propertyNames: { pattern: key.pattern.source },
      additionalProperties: shape.schema(definitions),
      ...(limits.min === undefined ? {} : { minProperties: limits.min }),
      maxProperties: limits.max,
    }),
  };
}

export function list<T>(
  what: string,
  shape: Shape<T>,
  limits: { readonly min?: number; readonly max: number },
): Shape<readonly T[]> {
  return {
    holds: true,
    standIn: [],
    read(node, reader) {
      if (node.kind !== 'list') {
        reader.report('wrong-type', node.at, { expected: what, found: describe(node) });
        return [];
      }
      checkLength(node.items.length, node.at, what, limits, reader);
      return node.items.slice(0, limits.max).map((item) => shape.read(item, reader));
    },
    schema: (definitions) => ({
      type: 'array',
      items: shape.schema(definitions),
      ...(limits.min === undefined ? {} : { minItems: limits.min }),
      maxItems: limits.max,
    }),
  };
}

function checkLength(
  length: number,
  at: number,
  what: string,
  limits: { readonly min?: number; readonly max: number },
  reader: Reader,
): void {
  if (limits.min !== undefined && length < limits.min)
    reader.report('too-few', at, { what, min: limits.min, found: length });
  if (length > limits.max) reader.report('too-many', at, { what, max: limits.max, found: length });
}

/** The same shape, or the word `null` (or nothing) for what is not known. */
export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return {
    standIn: null,
    read: (node, reader) =>
      node.kind === 'scalar' && node.plain && (node.text === 'null' || node.text === '' || node.text === '~')
        ? null
        : shape.read(node, reader),
    schema: (definitions) => ({ anyOf: [{ type: 'null' }, shape.schema(definitions)] }),
  };
}

/** One of several forms, told apart by looking at the node, so that a message is about the form that was meant. */
export function choice<T>(
  expected: string,
  forms: readonly { readonly when: (node: Node) => boolean; readonly shape: Shape<T> }[],
  standIn: T,
): Shape<T> {
  return {
    holds: true,
    standIn,
    read(node, reader) {
      const form = forms.find((candidate) => candidate.when(node));
      if (form !== undefined) return form.shape.read(node, reader);
      reader.report('wrong-type', node.at, { expected, found: describe(node) });
      return standIn;
    },
    schema: (definitions) => ({ anyOf: forms.map((form) => form.shape.schema(definitions)) }),
  };
}

/** A shape that is used inside itself, kept once under `$defs`. */
export function recursive<T>(name: string, standIn: T, make: () => Shape<T>): Shape<T> {
  let made: Shape<T> | undefined;
  const shape = (): Shape<T> => {
    made ??= make();
    return made;
  };
  /** What an alias stands for is read once, however often it is named. */
  const read = new WeakMap<Node, T>();
  return {
    holds: true,
    standIn,
    read(node, reader) {
      if (node.kind === 'scalar') return shape().read(node, reader);
      const known = read.get(node);
      if (known !== undefined) return known;
      const before = reader.reports;
      const value = shape().read(node, reader);
      if (reader.reports === before) read.set(node, value);
      return value;
    },
    schema(definitions) {
      if (!Object.hasOwn(definitions, name)) {
        definitions[name] = {};
        definitions[name] = shape().schema(definitions);
      }
      return { $ref: `#/$defs/${name}` };
    },
  };
}

/** What was read, passed on through `change`. */
export function mapped<A, B>(
  shape: Shape<A>,
  change: (value: A, node: Node, reader: Reader) => B,
  standIn: B,
): Shape<B> {
  return {
    standIn,
    ...(shape.holds === undefined ? {} : { holds: shape.holds }),
    read: (node, reader) => change(shape.read(node, reader), node, reader),
    schema: (definitions) => shape.schema(definitions),
  };
}

export function hasKey(node: Node, key: string): node is MapNode {
  return node.kind === 'map' && node.entries.some((entry) => entry.key === key);
}

export function isText(node: Node): boolean {
  return node.kind === 'scalar';
}

export function isList(node: Node): boolean {
  return node.kind === 'list';
}
