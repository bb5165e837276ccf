import { printable } from '../../printable.ts';

/** @unit characters */
const LONGEST = 80;

/** A value as it is said in a message: short, and nothing in it that cannot be seen. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? typeof value;
  return printable(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}

/** Names of one list, for "Expected one of …". */
export function listed(names: readonly string[]): string {
  return names.join(', ');
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
