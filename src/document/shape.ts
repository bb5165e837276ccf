import { problem, severityOf, type Problem, type ProblemArguments, type ProblemCode } from '../problems.ts';
import { parseDuration, parseMoneyRate, parseRate, parseShare, type Money } from '../units.ts';
import { nearest } from './nearest.ts';
import { placeOf, type MapNode, type Node, type Source } from './source.ts';

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

/** Most errors, and most warnings, that one document reports. */
const MAX_PROBLEMS = 70;
/** Problems for which the nearest known name is looked up, and among how many. */
const MAX_NEAREST = 10;
const MAX_KNOWN = 500;

/** Collects what is wrong with one document. */
export class Reader {
  readonly source: Source;
  /** Errors that were found, said or not. */
  errors = 0;
  /** How often something was reported, also where the syntax was wrong and nothing more is said. */
  reports = 0;
  private warnings = 0;
  private looked = 0;
  private readonly said: Problem[] = [];
  private readonly broken: ReadonlySet<number>;

  constructor(source: Source, broken: ReadonlySet<number> = new Set()) {
    this.source = source;
    this.broken = broken;
  }

  report<C extends ProblemCode>(code: C, at: number, args: ProblemArguments<C>): void {
    this.reports++;
    if (this.broken.has(at)) return;
    const isError = severityOf(code) === 'error';
    const count = isError ? ++this.errors : ++this.warnings;
    if (count <= MAX_PROBLEMS) this.said.push(problem(code, placeOf(this.source, at), args));
  }

  /** The nearest known name, as long as there are few problems: looking through thousands of names takes time. */
  nearest(name: string, known: Iterable<string>): string | undefined {
    if (++this.looked > MAX_NEAREST) return undefined;
    const some: string[] = [];
    for (const one of known) if (some.push(one) >= MAX_KNOWN) break;
    return nearest(name, some);
  }

  /** In the order of the document; the last says how many more there are. */
  get problems(): Problem[] {
    const errors = Math.max(0, this.errors - MAX_PROBLEMS);
    const warnings = Math.max(0, this.warnings - MAX_PROBLEMS);
    const sorted = [...this.said].sort((a, b) => a.line - b.line || a.column - b.column);
    if (errors + warnings === 0) return sorted;
    const { file = '', line = 1, column = 1 } = sorted.at(-1) ?? {};
    return [...sorted, problem('more-problems', { file, line, column }, { errors, warnings })];
  }
}

/** What a node is, in the words of a message. */
export function describe(node: Node): string {
  if (node.kind === 'list') return 'a list';
  if (node.kind === 'map') return 'a mapping';
  return node.text === '' && node.plain ? 'nothing' : `"${node.text}"`;
}

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

/** A scalar that `parse` understands; `expected` completes "Expected …". */
export function scalar<T>(options: {
  readonly expected: string;
  readonly parse: (text: string, plain: boolean) => T | undefined;
  readonly standIn: T;
  readonly schema: JsonSchema;
  readonly check?: (value: T) => string | undefined;
  /** What is found may be a secret, and is not said. @default false */
  readonly isSecret?: boolean;
}): Shape<T> {
  return {
    standIn: options.standIn,
    read(node, reader) {
      const value = node.kind === 'scalar' ? options.parse(node.text, node.plain) : undefined;
      if (value === undefined) {
        const isHidden = options.isSecret === true && node.kind === 'scalar';
        const found = isHidden ? 'something else, which is not shown' : describe(node);
        reader.report('wrong-type', node.at, { expected: options.expected, found });
        return options.standIn;
      }
      const wrong = options.check?.(value);
      if (wrong === undefined) return value;
      reader.report('out-of-range', node.at, { expected: wrong, found: describe(node) });
      return options.standIn;
    },
    schema: () => options.schema,
  };
}

export interface Range {
  readonly min?: number;
  readonly max?: number;
  /** The lower end itself is not allowed. */
  readonly above?: boolean;
  /** How to say the range, with its unit. */
  readonly says: string;
}

function inRange(range: Range): (value: number) => string | undefined {
  return (value) => {
    const low = range.min ?? 0;
    const good =
      (range.above === true ? value > low : value >= low) && value <= (range.max ?? Number.MAX_VALUE);
    return good ? undefined : range.says;
  };
}

/** A time such as `90s`, `5m`, `2h`, `1h 30m`. @unit hours */
export function duration(range: Range): Shape<number> {
  return scalar({
    expected: 'a time such as 90s, 5m, 2h or 3d',
    parse: parseDuration,
    standIn: 0,
    schema: { type: 'string', pattern: '^([0-9.]+ *(ms|s|min|mo|m|h|d|w|yr|y) *)+$' },
    check: inRange(range),
  });
}

/** How often, such as `0.3/yr`. @unit per year */
export function rate(range: Range): Shape<number> {
  return scalar({
    expected: 'a rate such as 0.3/yr or 2/month',
    parse: parseRate,
    standIn: 0,
    schema: { type: 'string', pattern: '^[0-9.]+ */ *[a-z]+$' },
    check: inRange(range),
  });
}

/** A percentage such as `99.95%`. @unit share, 0 to 1 */
export function share(range: Range): Shape<number> {
  return scalar({
    expected: 'a percentage such as 95%',
    parse: parseShare,
    standIn: 1,
    schema: { type: 'string', pattern: '^[0-9.]+ *%$' },
    check: inRange(range),
  });
}

const NO_MONEY: Money = { amount: 0, currency: '' };

/** An amount with the place where it stands. */
export type PlacedMoney = Money & { readonly offset: number };

/** Money over time such as `250k USD/h`. @unit currency per hour */
export function moneyRate(): Shape<PlacedMoney> {
  const amount = scalar({
    expected: 'money over time such as 250k USD/h or 300k USD/yr',
    parse: parseMoneyRate,
    standIn: NO_MONEY,
    schema: { type: 'string', pattern: '^[0-9.]+ *(k|M|bn)? +[A-Z]{3,5} */ *[a-z]+$' },
    check: (value) => (value.amount <= 1e15 ? undefined : 'at most 10^15 an hour'),
  });
  return mapped(amount, (value, node) => ({ ...value, offset: node.at }), { ...NO_MONEY, offset: 0 });
}

/** A plain number. */
export function number(
  range: Range & { readonly whole?: boolean; readonly standIn?: number },
): Shape<number> {
  const expected = range.whole === true ? 'a whole number' : 'a number';
  return scalar({
    expected: `${expected}, ${range.says}`,
    parse: (text, plain) => {
      if (!plain || !/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/.test(text)) return undefined;
      const value = Number(text);
      return Number.isFinite(value) && (range.whole !== true || Number.isSafeInteger(value))
        ? value
        : undefined;
    },
    standIn: range.standIn ?? range.min ?? 0,
    schema: {
      type: range.whole === true ? 'integer' : 'number',
      ...(range.min === undefined
        ? {}
        : { [range.above === true ? 'exclusiveMinimum' : 'minimum']: range.min }),
      ...(range.max === undefined ? {} : { maximum: range.max }),
    },
    check: inRange({ ...range, min: range.min ?? -Number.MAX_VALUE }),
  });
}

/** Free text. @unit at most `max` characters */
export function text(what: string, max: number): Shape<string> {
  return scalar({
    expected: what,
    parse: (value) => (value === '' ? undefined : value),
    standIn: '',
    schema: { type: 'string', minLength: 1, maxLength: max },
    check: (value) => (value.length <= max ? undefined : `${what} of at most ${max} characters`),
  });
}

/** One word of a closed set. */
export function word<const W extends string>(...words: readonly W[]): Shape<W> {
  const known: readonly string[] = words;
  return {
    standIn: words[0] as W, // a set of words has at least one
    read(node, reader) {
      if (node.kind === 'scalar' && known.includes(node.text)) return node.text as W; // just looked up
      const close = node.kind === 'scalar' ? reader.nearest(node.text, known) : undefined;
      reader.report('wrong-word', node.at, { known, found: describe(node), nearest: close });
      return words[0] as W;
    },
    schema: () => ({ enum: words }),
  };
}

/** `true` or `false`. */
export function flag(): Shape<boolean> {
  return scalar<boolean>({
    expected: 'true or false',
    parse: (value, plain) =>
      !plain ? undefined : value === 'true' ? true : value === 'false' ? false : undefined,
    standIn: false,
    schema: { type: 'boolean' },
  });
}

/** A day such as `2026-11-01`, kept as it is written. */
export function day(): Shape<string> {
  return scalar({
    expected: 'a day such as 2026-11-01',
    parse: (value) => (isDay(value) ? value : undefined),
    standIn: '1970-01-01',
    schema: { type: 'string', format: 'date' },
  });
}

function isDay(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const time = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
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
