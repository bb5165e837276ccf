import type { Attribute, Attributes } from '../fault.ts';
import { isRecord, listed, shown } from './shown.ts';

export type Values = Readonly<Record<string, unknown>>;

export interface Read {
  /** Every attribute of the description, given or by its default; of no use where there are mistakes. */
  readonly values: Values;
  readonly mistakes: readonly string[];
}

/**
 * Reads what a toxic is set with by the description of its fault.
 *
 * @param before what it was set with, when it is changed: what is left out stays
 */
export function readAttributes(described: Attributes, given: unknown, before?: Values): Read {
  if (given !== undefined && given !== null && !isRecord(given))
    return { values: {}, mistakes: [`Expected attributes as an object, found ${shown(given)}.`] };
  const from: Values = given ?? {};
  const mistakes: string[] = [];
  const names = Object.keys(described);
  for (const name of Object.keys(from))
    if (!Object.hasOwn(described, name))
      mistakes.push(
        `Expected no attribute${names.length === 0 ? '' : ` but ${listed(names)}`}, found ${shown(name)}.`,
      );
  const values: Record<string, unknown> = {};
  for (const [name, attribute] of Object.entries(described)) {
    const value = Object.hasOwn(from, name) ? from[name] : before?.[name];
    if (value === undefined && attribute.default === undefined)
      mistakes.push(`Expected ${name}, ${expected(attribute)}; found nothing.`);
    else if (value === undefined || (value === null && attribute.default === null))
      values[name] = attribute.default;
    else if (fits(attribute, value)) values[name] = value;
    else mistakes.push(`Expected ${name} to be ${expected(attribute)}, found ${shown(value)}.`);
  }
  return { values, mistakes };
}

function fits(attribute: Attribute, value: unknown): boolean {
  switch (attribute.kind) {
    case 'number':
      return (
        typeof value === 'number' &&
        value >= attribute.least &&
        value <= attribute.most &&
        (attribute.hasDecimals === true || Number.isInteger(value))
      );
    case 'text':
      return (
        typeof value === 'string' &&
        value.length <= attribute.longest &&
        (attribute.oneOf === undefined || attribute.oneOf.includes(value))
      );
    case 'boolean':
      return typeof value === 'boolean';
    case 'texts':
      return (
        isRecord(value) &&
        areTexts(Object.entries(value).flat(), 2 * attribute.mostEntries, attribute.longest)
      );
    case 'list':
      return Array.isArray(value) && areTexts(value, attribute.mostEntries, attribute.longest);
    case 'json':
      return JSON.stringify(value).length <= attribute.longest;
  }
}

function areTexts(values: readonly unknown[], most: number, longest: number): boolean {
  return values.length <= most && values.every((one) => typeof one === 'string' && one.length <= longest);
}

/** What an attribute may be, in words: `a whole number from 0 to 600000 (ms)`. */
export function expected(attribute: Attribute): string {
  switch (attribute.kind) {
    case 'number':
      return `a ${attribute.hasDecimals === true ? '' : 'whole '}number from ${attribute.least} to ${attribute.most}${attribute.unit === undefined ? '' : ` (${attribute.unit})`}`;
    case 'text':
      return attribute.oneOf === undefined
        ? `a text of at most ${attribute.longest} characters`
        : `one of ${listed(attribute.oneOf)}`;
    case 'boolean':
      return 'true or false';
    case 'texts':
      return `an object of at most ${attribute.mostEntries} texts, each of at most ${attribute.longest} characters`;
    case 'list':
      return `a list of at most ${attribute.mostEntries} texts, each of at most ${attribute.longest} characters`;
    case 'json':
      return `a value of JSON of at most ${attribute.longest} characters`;
  }
}
