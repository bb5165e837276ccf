import { expected } from './settings/attributes.ts';
import type { Attribute, Fault } from './fault.ts';

/** A fault as it is told to people. */
export function faultText({ type, layer, summary, attributes }: Fault): string {
  const entries = Object.entries(attributes);
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  return [
    `${type} (${layer})  ${summary}`,
    ...entries.map(([name, attribute]) => `  ${name.padEnd(width)}  ${attributeText(attribute)}`),
  ].join('\n');
}

/** What an attribute may be, its default and what it is for. */
export function attributeText(attribute: Attribute): string {
  return `${expected(attribute)}; ${defaultText(attribute)}. ${attribute.summary}`;
}

function defaultText(attribute: Attribute): string {
  if (attribute.default === undefined) return 'needed';
  return `default ${attribute.default === null ? 'none' : JSON.stringify(attribute.default)}`;
}
