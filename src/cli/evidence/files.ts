import { assumedIn, assumptionsCsv, cutSetsCsv, evidenceCsv, evidenceReadme } from '../../reporters/index.ts';
import { openPsaModel } from '../open-psa.ts';
import type { EvidenceAnswers } from './answers.ts';

/** One file of a folder of evidence: its name, what it is in a sentence, and how it is made of the answers. */
interface EvidenceFile {
  readonly name: string;
  readonly about: string;
  /** Undefined where there is none; `leftOut` of the answers says why. */
  readonly make: (answers: EvidenceAnswers) => string | Uint8Array | undefined;
}

const FILES: readonly EvidenceFile[] = [
  { name: 'plan.yaml', about: 'the plan, byte for byte', make: ({ bytes }) => bytes.plan },
  {
    name: 'catalog.json',
    about: 'what was known of providers: what they offer, what that needs, how often it fails',
    make: ({ bytes }) => bytes.catalog,
  },
  {
    name: 'incidents.json',
    about: 'the library of past incidents, with their sources',
    make: ({ bytes }) => bytes.incidents,
  },
  {
    name: 'assessment.json',
    about: 'the verdict with all its figures (`keelson.assessment/1`)',
    make: ({ assessment }) => json(assessment),
  },
  {
    name: 'cut-sets.csv',
    about: 'the cut sets behind each figure, the likeliest first, with how many there are in all',
    make: ({ assessment }) => cutSetsCsv(assessment),
  },
  {
    name: 'evidence.json',
    about: 'every edge of the plan and every figure with who says so, since when, how surely',
    make: ({ rows }) => json(rows),
  },
  { name: 'evidence.csv', about: 'the same as a table', make: ({ rows }) => evidenceCsv(rows) },
  {
    name: 'assumptions.csv',
    about: 'what is assumed because nobody says it',
    make: ({ assessment, rows }) => assumptionsCsv(assumedIn(assessment, rows)),
  },
  {
    name: 'incidents-replayed.json',
    about: 'what each incident of the library would do to the plan (`keelson.replay/1`)',
    make: ({ replays }) => json(replays),
  },
  {
    name: 'years.json',
    about: 'simulated years: how losses are distributed, and the worst of them',
    make: ({ years }) => (years === undefined ? undefined : json(years)),
  },
  {
    name: 'report.html',
    about: 'the page to look at, with the engine inside: open it in a browser',
    make: ({ html }) => html,
  },
  {
    name: 'model.xml',
    about: 'the journeys as fault trees in the Open-PSA format, for engines written by others',
    make: ({ model }) => openPsaModel(model),
  },
];

export const MANIFEST = 'MANIFEST.json';
const README = 'README.md';
/** Names that a folder of evidence can hold; nothing else is ever read from or written into one. */
export const EVIDENCE_NAMES: readonly string[] = [MANIFEST, README, ...FILES.map(({ name }) => name)];

/** The files but for the manifest, by name. */
export function evidenceFiles(answers: EvidenceAnswers): ReadonlyMap<string, Uint8Array> {
  const made = FILES.flatMap(({ name, about, make }) => {
    const content = make(answers);
    return content === undefined ? [] : [{ name, about, bytes: bytesOf(content) }];
  });
  const { version, assessment, rows, catalog, incidents, leftOut } = answers;
  const readme = evidenceReadme({
    version,
    assessment,
    rows,
    catalog: {
      providers: catalog.providers.length,
      incidents: incidents.length,
      watchedUntil: catalog.watchedUntil,
    },
    files: made,
    leftOut,
  });
  return new Map([[README, bytesOf(readme)], ...made.map(({ name, bytes }) => [name, bytes] as const)]);
}

/** JSON as files of evidence have it. */
export function json(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

/** Texts end with a line break; what is handed on as bytes stays as it is. */
export function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(`${content}\n`) : content;
}
