import { field, listOf, textOf } from '../json.ts';

/** Most attributes of one span or resource that are read. */
const MAX_ATTRIBUTES = 300;

/** Attributes of OTLP as JSON: `[{key, value: {stringValue}}]`. Texts and whole numbers only. */
export class Attributes {
  private readonly list: readonly unknown[];

  constructor(list: unknown) {
    this.list = listOf(list).slice(0, MAX_ATTRIBUTES);
  }

  /** The first of the keys that has a text. */
  text(...keys: readonly string[]): string | undefined {
    for (const key of keys) {
      const one = this.list.find((attribute) => field(attribute, 'key') === key);
      const value = field(one, 'value');
      const text = textOf(field(value, 'stringValue'));
      if (text !== undefined) return text.length > 300 ? undefined : text;
    }
    return undefined;
  }

  has(...keys: readonly string[]): boolean {
    return this.list.some((attribute) => keys.includes(textOf(field(attribute, 'key')) ?? ''));
  }
}
