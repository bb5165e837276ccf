import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Incident } from '../incidents/index.ts';
import { loadIncidents } from '../incidents/load.ts';
import type { Problem } from '../problems.ts';
import { compileCatalog } from './compile.ts';
import type { Catalog } from './index.ts';

/** Makes the catalogue from a data folder with `library.yaml`, `providers/`, `incidents/` and, where it is there, `rpc/`. */
export function loadCatalog(folder: string): {
  readonly catalog: Catalog;
  readonly incidents: readonly Incident[];
  readonly problems: readonly Problem[];
} {
  const read = (file: string): { file: string; text: string } => ({ file, text: readFileSync(file, 'utf8') });
  const providers = join(folder, 'providers');
  const files = readdirSync(providers)
    .filter((name) => name.endsWith('.yaml'))
    .sort();
  const { incidents, problems } = loadIncidents(join(folder, 'incidents'));
  const hosts = join(folder, 'rpc', 'evm-hosts.csv');
  const compiled = compileCatalog(
    read(join(folder, 'library.yaml')),
    files.map((name) => read(join(providers, name))),
    incidents,
    existsSync(hosts) ? read(hosts) : undefined,
  );
  return { catalog: compiled.catalog, incidents, problems: [...problems, ...compiled.problems] };
}
