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
      /** Nothing of the first is left out, or written anew. */
      readonly isWhole: boolean;
    }
  /** @param at the first path on which they differ, such as result.logs[3].data */
  | { readonly kind: 'different'; readonly at: string };

export interface Agreed {
  readonly value: unknown;
  /**
   * The first is this, so that its bytes can be passed on. Never where it has members: whether one of them is written twice does not show in
   * what was parsed, and of two some clients read the first.
   */
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
    const { value, isWhole } = merged(FORMS[shape], a, [b]);
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
 * the first; quantities without zeros before them, which some clients refuse.
 *
 * @param values at least one
 */
export function agreed(shape: AnswerShape, values: readonly unknown[]): Agreed {
  const [first, ...others] = values;
  const { value, isWhole, isDisputed } = merged(FORMS[shape], first, others);
  return { value, isWhole: isWhole && (typeof value !== 'object' || value === null), isDisputed };
}

/** A quantity as JSON-RPC writes it, without zeros before it and in lower case; what is none as it is. */
export function plainQuantity(value: unknown): unknown {
  if (!isQuantity(value) || /^0x(?:0|[1-9a-f][\da-f]*)$/.test(value)) return value;
  return value.toLowerCase().replace(/^0x0+(?=.)/, '0x');
}

/**
 * The middle one of quantities; what is no quantity does not count.
 *
 * @param ofTwo which of an even number of them
 * @returns undefined when there is none
 */
export function median(values: readonly unknown[], ofTwo: 'lower' | 'upper' = 'lower'): unknown {
  const sorted = values
    .map((value) => ({ value, quantity: quantityOf(value) }))
    .filter((entry): entry is { value: unknown; quantity: bigint } => entry.quantity !== undefined)
    .sort((a, b) => (a.quantity < b.quantity ? -1 : Number(a.quantity > b.quantity)));
  return sorted[(sorted.length - (ofTwo === 'lower' ? 1 : 0)) >> 1]?.value;
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
      case 'slot': {
        const quantity = plainQuantity(value);
        return isQuantity(quantity) ? quantity : canonicalAny(value);
      }
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
  if (first === undefined || first === null) return wholly(first);
  if (form === 'quantity') return instead(first, plainQuantity(first));
  if (form === 'any') return instead(first, withoutLoneNulls(first, others));
  if (typeof form === 'string') return wholly(first);
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

function instead(first: unknown, value: unknown): Agreed {
  return { value, isWhole: value === first, isDisputed: false };
}

/** Without members that are null here and not there at all with another: who reads keys in any case takes "Number" for number. */
function withoutLoneNulls(first: unknown, others: readonly unknown[], depth = 0): unknown {
  if (typeof first !== 'object' || first === null || depth === MOST_DEPTH) return first;
  if (Array.isArray(first)) {
    const list: readonly unknown[] = first;
    const at = (i: number) => others.map((other) => (Array.isArray(other) ? other[i] : undefined));
    const parts = list.map((part, i) => withoutLoneNulls(part, at(i), depth + 1));
    return parts.every((part, i) => part === list[i]) ? first : parts;
  }
  const objects = others.filter(isObject);
  const members: [string, unknown][] = [];
  let isWhole = true;
  for (const [key, part] of Object.entries(first)) {
    const isLone = part === null && !objects.every((other) => Object.hasOwn(other, key));
    const there = objects.map((other) => memberOf(other, key));
    const kept: unknown = withoutLoneNulls(part, there, depth + 1);
    isWhole &&= !isLone && kept === part;
    if (!isLone) members.push([key, kept]);
  }
  return isWhole ? first : Object.fromEntries(members);
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
    } else if (aliases.has(key)) members.push([key, part]);
    else if (isSaidByAll(key, part, objects)) {
      const there = objects.map((other) => memberOf(other, key));
      const kept = withoutLoneNulls(part, there);
      isWhole &&= kept === part;
      members.push([key, kept]);
    } else {
      isWhole = false;
      isDisputed ||= isDeniedByOne(key, part, objects);
    }
  }
  return { value: isWhole ? first : Object.fromEntries(members), isWhole, isDisputed };
}

function isSaidByAll(key: string, part: unknown, others: readonly JsonObject[]): boolean {
  const said = canonicalAny(part);
  return others.every(
    (other) => Object.hasOwn(other, key) && canonicalAny(memberOf(other, key) ?? null) === said,
  );
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
