import type { Catalog } from '../../catalog/index.ts';
import {
  hostMatcher,
  knownProviders,
  readBackstage,
  readHar,
  readOpenTelemetry,
  readTerraform,
  type Draft,
  type Fingerprints,
  type Imported,
  type ImportOptions,
} from '../../discover/index.ts';
import { readText } from '../../document/load.ts';
import type { Problem } from '../../problems.ts';
import type { Arguments } from '../command.ts';

const READERS = {
  terraform: readTerraform,
  backstage: readBackstage,
  otel: readOpenTelemetry,
  har: readHar,
} as const;
type Kind = keyof typeof READERS;
export const IMPORTS = Object.keys(READERS) as readonly Kind[]; // the keys of the table above

/** What an option reads, in the words of who has the wrong file. */
const READS: Readonly<Record<Kind, string>> = {
  terraform: 'what terraform show -json writes, of a plan or a state',
  backstage: 'catalog-info.yaml, or the entities that the API of the catalogue gives',
  otel: 'traces or a service graph of OpenTelemetry, or dependencies of Jaeger',
  har: 'what the network panel of a browser saves as HAR',
};

/** Larger files are not read. @unit bytes */
const MOST_BYTES = 64_000_000;

export interface ReadFiles {
  readonly drafts: readonly Draft[];
  readonly problems: readonly Problem[];
  /** What would have been read, where a file is something else. */
  readonly hints: readonly string[];
  readonly files: readonly {
    readonly kind: Kind;
    readonly file: string;
    readonly counts: Imported['counts'];
  }[];
}

/** How many files are named. */
export function countImports(args: Arguments): number {
  return IMPORTS.reduce((sum, kind) => sum + args.texts(kind).length, 0);
}

/** Reads every file that is named, and says everything that is wrong with them. */
export function readImports(
  args: Arguments,
  fingerprints: Fingerprints,
  catalog: Catalog,
  given: Pick<ImportOptions, 'asOf' | 'kind' | 'name'>,
): ReadFiles {
  const drafts: Draft[] = [];
  const problems: Problem[] = [];
  const hints = new Set<string>();
  const files: ReadFiles['files'][number][] = [];
  const options: ImportOptions = {
    ...given,
    catalog,
    matchHost: hostMatcher(fingerprints, catalog),
    providers: knownProviders(fingerprints, catalog),
  };
  for (const kind of IMPORTS)
    for (const file of args.texts(kind)) {
      const { text, name, problem } = readText(file, { maxBytes: MOST_BYTES });
      if (text === undefined) {
        problems.push(problem);
        continue;
      }
      const read = READERS[kind](text, name, options);
      problems.push(...read.problems);
      if (read.draft === undefined) hints.add(`--${kind} reads ${READS[kind]} (docs/import.md).`);
      files.push({ kind, file: name, counts: read.counts });
      if (read.draft !== undefined) drafts.push(read.draft);
    }
  return { drafts, problems, hints: [...hints], files };
}
