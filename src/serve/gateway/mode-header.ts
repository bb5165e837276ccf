import type { JourneyRules } from '../routes.ts';

const known = new WeakMap<JourneyRules, readonly string[]>();

/** The value of `Keelson-Mode`: a structured field (RFC 9651) such as `cancel-only;journey=trade`. */
export function modeHeader(rules: JourneyRules, mode: number): string {
  let values = known.get(rules);
  if (values === undefined) {
    values = [...rules.modes.map(({ name }) => name), 'down'].map(
      (name) => `${item(name)};journey=${item(rules.name)}`,
    );
    known.set(rules, values);
  }
  return values[mode] ?? 'none';
}

/** A token where it can be one, else a string. Names of plans hold nothing that would have to be escaped. */
function item(name: string): string {
  return /^[a-z]/.test(name) ? name : `"${name}"`;
}
