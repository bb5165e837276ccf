import {
  type AnswerShape,
  type CoreField,
  FORMS,
  type Form,
  type JsonObject,
  type ListForm,
  coreOf,
  isObject,
  isQuantity,
  memberOf,
  quantityOf,
} from './answer-shape.ts';

export type Comparison =
  | {
      readonly kind: 'same';
      /** What both said, and nothing that only one did, in the form of the first. */
      readonly value: unknown;
      /** Nothing of the first is left out: its bytes can be passed on. */
      readonly isWhole: boolean;
    }
  /** @param at the first path on which they differ, such as result.logs[3].data */
  | { readonly kind: 'different'; readonly at: string };

export interface Agreed {
  readonly value: unknown;
  /** Nothing of the first is left out: its bytes can be passed on. */
  readonly isWhole: boolean;
  /** Several have said something about one extension, and not the same: not only that one of them does not speak of it. */
  readonly isDisputed: boolean;
}

/**
 * Two answers side by side. Alike are: hexadecimal in any case, quantities with zeros before them, null and nothing, keys in any order, logs
 * in any order, and extensions (totalDifficulty, blockTimestamp, l1Fee), which are left out unless both say the same. A core field that one
 * leaves out makes them different.
 */
export function compare(shape: AnswerShape, a: unknown, b: unknown): Comparison {
  if (fingerprint(shape, a) === fingerprint(shape, b)) {
    const { value, isWhole } = agreed(shape, [a, b]);
    return { kind: 'same', value, isWhole };
  }
  return { kind: 'different', at: firstDifference(FORMS[shape], a, b, 'result') };
}

/** Equal for answers that agree in all core fields, and only for these: votes are counted by it. About as long as the answer. */
export function fingerprint(shape: AnswerShape, value: unknown): string {
  return canonical(FORMS[shape], value);
}

/**
 * What answers with equal fingerprints say together: the core fields, and of the others only those on which all agree, in the form of
 * the first.
 *
 * @param values at least one
 */
export function agreed(shape: AnswerShape, values: readonly unknown[]): Agreed {
  const [first, ...others] = values;
  return merged(FORMS[shape], first, others);
}

/**
 * The middle one of quantities, of an even number of them the lower; what is no quantity does not count.
 *
 * @returns undefined when there is none
 */
export function median(values: readonly unknown[]): unknown {
  const sorted = values
    .map((value) => ({ value, quantity: quantityOf(value) }))
    .filter((entry): entry is { value: unknown; quantity: bigint } => entry.quantity !== undefined)
    .sort((a, b) => (a.quantity < b.quantity ? -1 : Number(a.quantity > b.quantity)));
  return sorted[(sorted.length - 1) >> 1]?.value;
}

/** Deeper, values are compared as they are written: keys in their order. */
const MOST_DEPTH = 20;

const NOTHING = 'null';

/** A text that is the same for alike values, and for these only. What is not of its form is itself, as JSON. */
function canonical(form: Form, value: unknown): string {
  if (value === undefined || value === null) return NOTHING;
  if (typeof form === 'string') {
    switch (form) {
      case 'quantity':
        return isQuantity(value) ? value.toLowerCase().replace(/^0x0+(?=.)/, '0x') : canonicalAny(value);
      case 'ratio':
        // Different orders of floating point operations differ in the last digits.
        return typeof value === 'number' ? value.toPrecision(12) : canonicalAny(value);
      case 'text':
        return typeof value === 'string' ? JSON.stringify(value) : canonicalAny(value);
      default:
        return canonicalAny(value);
    }
  }
  switch (form.kind) {
    case 'choice':
      return canonical(form.of(value), value);
    case 'list': {
      if (!Array.isArray(value)) return canonicalAny(value);
      if (value.length === 0 && form.mayBeLeftOut) return NOTHING;
      const parts = value.map((part) => canonical(form.of, part));
      if (form.isUnordered) parts.sort();
      return `[${parts.join()}]`;
    }
    case 'object': {
      if (!isObject(value)) return canonicalAny(value);
      let said = '{';
      for (const field of form.core(value)) said += `${canonicalField(value, field)},`;
      return `${said}}`;
    }
  }
}

function canonicalField(value: JsonObject, field: CoreField): string {
  const said = canonical(field.form, coreOf(value, field));
  if (field.alias === undefined) return said;
  const byAlias = canonical(field.form, memberOf(value, field.alias));
  return byAlias === NOTHING || byAlias === said ? said : `${said}!${byAlias}`;
}

/** Of what is not known: keys in one order, without those that are null, hexadecimal in lower case. */
function canonicalAny(value: unknown, depth = 0): string {
  if (typeof value === 'string')
    return /^0x[\da-fA-F]*$/.test(value) ? `"${value.toLowerCase()}"` : JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (depth === MOST_DEPTH) return asWritten(value);
  if (Array.isArray(value)) return `[${value.map((part) => canonicalAny(part, depth + 1)).join()}]`;
  const members: string[] = [];
  for (const [key, part] of Object.entries(value))
    if (part !== null) members.push(`${JSON.stringify(key)}:${canonicalAny(part, depth + 1)}`);
  return `{${members.sort().join()}}`;
}

/** @param value not deeper than a reply may be */
function asWritten(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return 'deep'; // beyond the stack
  }
}

/** @param others alike with the first */
function merged(form: Form, first: unknown, others: readonly unknown[]): Agreed {
  if (typeof form === 'string' || first === undefined || first === null) return wholly(first);
  switch (form.kind) {
    case 'choice':
      return merged(form.of(first), first, others);
    case 'list':
      return Array.isArray(first) ? mergedList(form, first, others) : wholly(first);
    case 'object':
      return isObject(first) ? mergedObject(form.core(first), first, others) : wholly(first);
  }
}

function wholly(value: unknown): Agreed {
  return { value, isWhole: true, isDisputed: false };
}

function mergedList(
  { of, isUnordered }: ListForm,
  first: readonly unknown[],
  others: readonly unknown[],
): Agreed {
  if (typeof of === 'string') return wholly(first);
  const ranks = isUnordered ? ranksOf(of, first) : undefined;
  const counterparts = others.map((other) => {
    const list = Array.isArray(other) ? other : [];
    return isUnordered ? sortedBy(of, list) : list;
  });
  const parts = first.map((part, i) =>
    merged(
      of,
      part,
      counterparts.map((list) => list[ranks?.[i] ?? i]),
    ),
  );
  const isWhole = parts.every((part) => part.isWhole);
  const isDisputed = parts.some((part) => part.isDisputed);
  return { value: isWhole ? first : parts.map(({ value }) => value), isWhole, isDisputed };
}

function sortedBy(form: Form, list: readonly unknown[]): unknown[] {
  return list
    .map((part) => ({ part, key: canonical(form, part) }))
    .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
    .map(({ part }) => part);
}

/** By place: where each would be in order. */
function ranksOf(form: Form, list: readonly unknown[]): number[] {
  const ranks = new Array<number>(list.length);
  const order = list.map((part, i) => ({ i, key: canonical(form, part) }));
  order.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  for (const [rank, { i }] of order.entries()) ranks[i] = rank;
  return ranks;
}

function mergedObject(core: readonly CoreField[], first: JsonObject, others: readonly unknown[]): Agreed {
  const fields = new Map(core.map((field) => [field.name, field]));
  const aliases = new Set(core.map(({ alias }) => alias));
  const objects = others.filter(isObject);
  const members: [string, unknown][] = [];
  let isWhole = true;
  let isDisputed = false;
  for (const [key, part] of Object.entries(first)) {
    const field = fields.get(key);
    if (field !== undefined) {
      const kept = merged(
        field.form,
        part,
        objects.map((other) => coreOf(other, field)),
      );
      isWhole &&= kept.isWhole;
      isDisputed ||= kept.isDisputed;
      members.push([key, kept.value]);
    } else if (aliases.has(key) || isSaidByAll(key, part, objects)) members.push([key, part]);
    else {
      isWhole = false;
      isDisputed ||= isDeniedByOne(key, part, objects);
    }
  }
  return { value: isWhole ? first : Object.fromEntries(members), isWhole, isDisputed };
}

function isSaidByAll(key: string, part: unknown, others: readonly JsonObject[]): boolean {
  const said = canonicalAny(part);
  return others.every((other) => canonicalAny(memberOf(other, key) ?? null) === said);
}

function isDeniedByOne(key: string, part: unknown, others: readonly JsonObject[]): boolean {
  const said = canonicalAny(part);
  return others.some((other) => {
    const theirs = memberOf(other, key) ?? null;
    return theirs !== null && part !== null && canonicalAny(theirs) !== said;
  });
}

/** @returns the path itself when a part is not what it should be */
function firstDifference(form: Form, a: unknown, b: unknown, at: string): string {
  if (typeof form === 'string') return at;
  if (form.kind === 'choice') return firstDifference(form.of(a), a, b, at);
  if (form.kind === 'list') {
    if (!Array.isArray(a) || !Array.isArray(b)) return at;
    return form.isUnordered ? firstUnmatched(form.of, a, b, at) : firstDifferent(form.of, a, b, at);
  }
  if (!isObject(a) || !isObject(b)) return at;
  for (const field of form.core(a))
    if (canonicalField(a, field) !== canonicalField(b, field))
      return firstDifference(field.form, coreOf(a, field), coreOf(b, field), `${at}.${field.name}`);
  return at;
}

function firstDifferent(form: Form, a: readonly unknown[], b: readonly unknown[], at: string): string {
  const place = a.findIndex((part, i) => i >= b.length || canonical(form, part) !== canonical(form, b[i]));
  if (place < 0 || place >= b.length) return `${at}[${place < 0 ? a.length : place}]`;
  return firstDifference(form, a[place], b[place], `${at}[${place}]`);
}

/** Where only one of each list has no counterpart, these are taken for the same, changed. */
function firstUnmatched(form: Form, a: readonly unknown[], b: readonly unknown[], at: string): string {
  const left = new Map<string, unknown>();
  for (const part of b) left.set(canonical(form, part), part);
  const unmatched: number[] = [];
  for (let i = 0; i < a.length; i++) if (!left.delete(canonical(form, a[i]))) unmatched.push(i);
  const [place = a.length] = unmatched;
  const [other] = left.values();
  return unmatched.length === 1 && left.size === 1
    ? firstDifference(form, a[place], other, `${at}[${place}]`)
    : `${at}[${place}]`;
}
