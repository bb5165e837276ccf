import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readText, type ReadLimits } from '../document/load.ts';
import type { Problem } from '../problems.ts';
import { parseIncident, type Incident, type ParsedIncident } from './index.ts';

/** Reads one incident file; `-` is standard input. */
export function loadIncident(file: string, limits: ReadLimits = {}): ParsedIncident {
  const read = readText(file, limits);
  if (read.text === undefined) return { incident: undefined, problems: [read.problem] };
  return parseIncident(read.text, read.name, { checksName: file !== '-' });
}

/** Reads every incident of a folder, sorted by id. */
export function loadIncidents(folder: string): {
  readonly incidents: readonly Incident[];
  readonly problems: readonly Problem[];
} {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort();
  const loaded = files.map((name) => loadIncident(join(folder, name)));
  return {
    incidents: loaded.flatMap(({ incident }) => (incident === undefined ? [] : [incident])),
    problems: loaded.flatMap(({ problems }) => problems),
  };
}
