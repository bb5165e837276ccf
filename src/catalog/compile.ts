import { day, object, optional, orNull, parseDocument, Reader, required, text } from '../document/index.ts';
import type { Incident } from '../incidents/index.ts';
import { encloses, parseReference, providerFields } from '../plan/index.ts';
import type { Problem } from '../problems.ts';
import { toCatalogProvider, type Catalog, type CatalogProvider, type CountedIncident } from './index.ts';
import { MS_PER_HOUR } from '../units.ts';
import { readNodeHosts } from './node-hosts.ts';

const fileShape = object('a provider file', {
  provider: required(text('a provider', 64), 'Its slug, the name of the file.'),
  watchedSince: required(
    orNull(day()),
    'From when on the incident library holds its large outages; null when it does not.',
  ),
  watchedNote: optional(text('a note', 4000), 'Why that day, and what would be missed.'),
  ...providerFields,
});

const libraryShape = object('the library', {
  watchedUntil: required(day(), 'The day until which the library has been kept.'),
});

export interface SourceFile {
  readonly file: string;
  readonly text: string;
}

/**
 * Makes the catalogue from the texts of its files; every problem of every file comes back.
 *
 * @param hosts whose nodes of chains stand where: a table that a script makes. @default nobody's are known
 */
export function compileCatalog(
  library: SourceFile,
  files: readonly SourceFile[],
  incidents: readonly Incident[],
  hosts?: SourceFile,
): { readonly catalog: Catalog; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const read = readFile(library, libraryShape, problems);
  const parsed = files.flatMap((file) => {
    const one = readFile(file, fileShape, problems);
    return one === undefined ? [] : [{ file, ...one }];
  });
  const providers = parsed.map(({ value }) =>
    toCatalogProvider(value.provider, value, { since: value.watchedSince, note: value.watchedNote ?? null }),
  );
  for (const { file, value, reader } of parsed) {
    const name =
      file.file
        .split(/[\\/]/)
        .at(-1)
        ?.replace(/\.ya?ml$/, '') ?? '';
    if (name !== value.provider)
      reader.report('file-name', value.offset, { expected: value.provider, found: name });
    checkNeeds(value.provider, providers, reader);
    problems.push(...reader.problems);
  }
  const counted = incidents.flatMap(countIncident);
  for (const one of counted) {
    if (isRecorded(one.event, providers)) continue;
    const reader = new Reader({ file: `${one.incident}.yaml`, lineStarts: [0] });
    reader.report('unknown-incident-event', 0, { event: one.event });
    problems.push(...reader.problems);
  }
  return {
    catalog: {
      schema: 'keelson.catalog/1',
      watchedUntil: read?.value.watchedUntil ?? '1970-01-01',
      providers,
      counted,
      ...(hosts === undefined ? {} : { nodeHosts: readNodeHosts(hosts) }),
    },
    problems,
  };
}

function readFile<T>(
  { file, text: contents }: SourceFile,
  shape: { read(node: never, reader: Reader): T },
  problems: Problem[],
): { value: T; reader: Reader } | undefined {
  const document = parseDocument(contents, file);
  problems.push(...document.problems);
  if (document.root === undefined) return undefined;
  const reader = new Reader(document.source, document.broken);
  return { value: shape.read(document.root as never, reader), reader };
}

function checkNeeds(name: string, providers: readonly CatalogProvider[], reader: Reader): void {
  const own = providers.find((provider) => provider.name === name);
  for (const capability of own?.capabilities ?? []) {
    for (const need of capability.needs) {
      const reference = parseReference(need.use);
      if (reference === undefined) continue;
      const target = providers.find((provider) => provider.name === reference.provider);
      const known = target?.capabilities.map((one) => one.name) ?? [];
      if (target === undefined) {
        const names = providers.map((provider) => provider.name);
        reader.report('unknown-provider', need.offset, {
          name: reference.provider,
          catalog: true,
          nearest: reader.nearest(reference.provider, names),
        });
      } else if (reference.capability !== undefined && !known.includes(reference.capability)) {
        reader.report('unknown-capability', need.offset, {
          name: reference.capability,
          provider: target.name,
          known,
          nearest: reader.nearest(reference.capability, known),
        });
      }
    }
  }
}

function countIncident({ id, title, counts, window }: Incident): CountedIncident[] {
  if (counts === null) return [];
  const begin = counts.from ?? counts.to ?? window.find(({ value }) => value !== null)?.value ?? null;
  const fromId = /\d{4}-\d{2}-\d{2}$/.exec(id)?.[0];
  const day = begin?.slice(0, 10) ?? fromId;
  if (day === undefined) return [];
  const hours =
    counts.from === null || counts.to === null
      ? null
      : (Date.parse(counts.to) - Date.parse(counts.from)) / MS_PER_HOUR;
  return [{ incident: id, title, event: counts.event, day, hours, reach: counts.reach }];
}

/** Whether the catalogue has what an incident counts towards, so that a misspelt event is noticed. */
function isRecorded(event: string, providers: readonly CatalogProvider[]): boolean {
  const reference = parseReference(event);
  const provider = providers.find((candidate) => candidate.name === reference?.provider);
  if (reference === undefined || provider === undefined) return false;
  if (reference.capability === undefined)
    return reference.scope === ''
      ? provider.outages !== null
      : provider.scopes.some(({ scope }) => encloses(scope, reference.scope));
  return provider.capabilities.some(({ name }) => name === reference.capability);
}
