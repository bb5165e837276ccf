import { digestOf } from '../../document/load.ts';
import type { Plan } from '../../plan/index.ts';

/** What a plan says besides what it means: to change it mends nothing. */
const BESIDES = new Set(['offset', 'broken', 'note', 'evidence', 'cost']);

/** A digest of plain data, whatever the order of its keys. `sha256:` and 64 digits. */
export function dataDigest(value: unknown): string {
  return digestOf(canonical(value, new Set()));
}

/** Sixteen digits tell texts apart that nobody made to be taken for each other. */
function partDigest(value: unknown): string {
  return digestOf(canonical(value, BESIDES)).slice('sha256:'.length, 'sha256:'.length + 16);
}

/** By path, a digest of what the plan says there, its notes, evidence and costs left aside. */
export function partsOf({ services = [], journeys }: Plan): Record<string, string> {
  const values = new Map<string, unknown[]>();
  const add = (path: string, value: unknown): void => {
    // A journey and a service may have one name: then it stands for both.
    const known = values.get(path);
    if (known === undefined) values.set(path, [value]);
    else known.push(value);
  };
  for (const { name, value } of services) {
    add(name, value);
    for (const key of ['any', 'of', 'pool'] as const)
      for (const [i, part] of (value[key] ?? []).entries()) add(`${name}.${key}[${i + 1}]`, part);
    if (value.failover !== undefined) add(`${name}.failover`, value.failover);
  }
  for (const { name, value } of journeys) {
    add(name, value);
    for (const mode of value.modes) add(`${name}.modes.${mode.name}`, mode.value);
  }
  return Object.fromEntries([...values].map(([path, found]) => [path, partDigest(found)]));
}

/** The digest of the narrowest part that a path lies in; undefined where none is known. */
export function partAt(parts: Readonly<Record<string, string>>, path: string): string | undefined {
  for (let at = path; at !== ''; at = at.replace(/(?:^|[.[])[^.[]*$/, ''))
    if (Object.hasOwn(parts, at)) return parts[at];
  return undefined;
}

function canonical(value: unknown, without: ReadonlySet<string>): string {
  if (Array.isArray(value)) return `[${value.map((one) => canonical(one, without)).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([key, one]) => one !== undefined && !without.has(key))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one, without)}`).join()}}`;
}
