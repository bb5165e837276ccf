import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nearest } from '../document/index.ts';
import { KeelsonError } from '../errors.ts';
import type { Incident } from '../incidents/index.ts';
import { loadIncident } from '../incidents/load.ts';
import { show, type Problem } from '../problems.ts';
import type { Environment } from './command.ts';

/** The incident library that was made when Keelson was built. */
export function libraryIncidents({ root }: Environment): readonly Incident[] {
  try {
    // Made and checked by the build of this very version.
    return JSON.parse(readFileSync(join(root, 'dist', 'incidents.json'), 'utf8')) as Incident[];
  } catch (cause) {
    throw new KeelsonError(
      'catalog-missing',
      'The incident library that comes with Keelson cannot be read.',
      {
        hint: 'Build it: npm run build',
        cause,
      },
    );
  }
}

/** An incident of the library by its id, or one from a file: whatever has a path or an ending. */
export function findIncident(
  name: string,
  library: readonly Incident[],
): { readonly incidents: readonly Incident[]; readonly problems: readonly Problem[] } {
  if (/[\\/]|\.(?:ya?ml|json)$/.test(name) || name === '-') {
    const { incident, problems } = loadIncident(name);
    return { incidents: incident === undefined ? [] : [incident], problems };
  }
  const known = library.find(({ id }) => id === name);
  if (known !== undefined) return { incidents: [known], problems: [] };
  const close = nearest(
    name,
    library.map(({ id }) => id),
  );
  throw new KeelsonError(
    'unknown-incident',
    `The library has no incident ${show(name)}.${close === undefined ? '' : ` Did you mean ${close}?`}`,
    { hint: 'keelson replay --list shows them; a file of your own: keelson replay ./FILE.yaml PLAN' },
  );
}
