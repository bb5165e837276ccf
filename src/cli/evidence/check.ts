import { join } from 'node:path';
import type { Catalog } from '../../catalog/index.ts';
import { readCatalog } from '../../catalog/stored.ts';
import { DEFAULT_MAX_BYTES, digestOf, textOf } from '../../document/load.ts';
import { KeelsonError } from '../../errors.ts';
import { readLibrary, type Incident } from '../../incidents/index.ts';
import { show, type Problem } from '../../problems.ts';
import { evidenceCheckText, type EvidenceCheck, type FileCheck } from '../../reporters/index.ts';
import type { Arguments, Environment } from '../command.ts';
import { libraryIncidents } from '../incident.ts';
import { builtCatalog, readLimits, refuse } from '../input.ts';
import { progressLine } from '../progress.ts';
import { installedVersion } from '../version.ts';
import { evidenceAnswers } from './answers.ts';
import { bytesOf, evidenceFiles, EVIDENCE_NAMES, json, MANIFEST } from './files.ts';
import { manifestIn, othersIn, readOwn, type FoundFile } from './folder.ts';
import { manifestBytes, type ReadManifest } from './manifest.ts';
import { evidencePage } from './page.ts';
import { evidenceModel } from './plan.ts';

/** What everything else is computed from. */
const INPUTS = { plan: 'plan.yaml', catalog: 'catalog.json', incidents: 'incidents.json' } as const;

/** `keelson export --verify DIR`: digests first, then everything is computed again from what lies in the folder. */
export function checkEvidence(folder: string, args: Arguments, environment: Environment): number {
  if (args.operands.length > 0)
    throw new KeelsonError('bad-argument', '--verify takes the plan from its folder, and no other.', {
      hint: 'keelson export --verify DIR',
    });
  const { manifest, bytes } = manifestIn(folder);
  const found = foundIn(folder, manifest, args);
  const inputs = wholeInputs(manifest, found);
  const again = inputs === undefined ? new Map<string, Uint8Array>() : compute(folder, inputs, environment);
  if (!(again instanceof Map)) return refuse(again, args, environment);
  const here = installedVersion(environment);
  const files = [
    checkFile(MANIFEST, digestOf(bytes), { kind: 'found', bytes }, again),
    ...namesOf(manifest, again).map((name) => {
      const entry = manifest.files.find((one) => one.name === name);
      return checkFile(name, entry?.digest, found.get(name) ?? { kind: 'missing' }, again);
    }),
  ];
  const check: EvidenceCheck = {
    schema: 'keelson.evidence-check/1',
    engine: {
      recorded: manifest.engine.version,
      here,
      same: manifest.engine.version === here,
    },
    plan: manifest.plan,
    manifest: digestOf(bytes),
    catalog: belongs(found.get(INPUTS.catalog), () => builtCatalog(environment)),
    incidents: belongs(found.get(INPUTS.incidents), () => libraryIncidents(environment)),
    computed: inputs !== undefined,
    files,
    others: othersIn(folder),
    same: files.every(({ status }) => status === 'same'),
  };
  environment.out(args.flag('json') ? json(check) : evidenceCheckText(check));
  return check.same ? 0 : 1;
}

/** Larger inputs are not read: they are made into values, the rest is compared as bytes. @unit bytes */
const MOST_INPUT_BYTES = 16_000_000;

/** Every file that evidence can have, as it is found. */
function foundIn(folder: string, { files }: ReadManifest, args: Arguments): Map<string, FoundFile> {
  const { maxBytes = DEFAULT_MAX_BYTES } = readLimits(args);
  const limits = new Map<string, number>([
    [INPUTS.plan, maxBytes],
    [INPUTS.catalog, MOST_INPUT_BYTES],
    [INPUTS.incidents, MOST_INPUT_BYTES],
  ]);
  // Whatever is longer than the manifest says is something else, and need not be read to its end.
  const longest = (name: string): number | undefined => {
    const said = files.find((entry) => entry.name === name)?.bytes;
    const limit = limits.get(name);
    return said === undefined ? limit : Math.min(said, limit ?? said);
  };
  return new Map(
    EVIDENCE_NAMES.filter((name) => name !== MANIFEST).map((name) => [
      name,
      readOwn(folder, name, longest(name)),
    ]),
  );
}

type InputBytes = Readonly<Record<keyof typeof INPUTS, Uint8Array>>;

/** The inputs, where all are what the manifest says; nothing is computed from others. */
function wholeInputs({ files }: ReadManifest, found: ReadonlyMap<string, FoundFile>): InputBytes | undefined {
  const whole = (name: string): Uint8Array | undefined => {
    const file = found.get(name);
    const digest = files.find((entry) => entry.name === name)?.digest;
    return file?.kind === 'found' && digestOf(file.bytes) === digest ? file.bytes : undefined;
  };
  const [plan, catalog, incidents] = [whole(INPUTS.plan), whole(INPUTS.catalog), whole(INPUTS.incidents)];
  if (plan === undefined || catalog === undefined || incidents === undefined) return undefined;
  return { plan, catalog, incidents };
}

/** All files, the manifest too, made anew; or what is wrong with the plan. */
function compute(
  folder: string,
  bytes: InputBytes,
  environment: Environment,
): Map<string, Uint8Array> | readonly Problem[] {
  const catalog = storedCatalog(folder, bytes.catalog);
  const incidents = storedLibrary(folder, bytes.incidents);
  const { loaded, problems } = evidenceModel(bytes.plan, catalog, join(folder, INPUTS.plan));
  if (loaded === undefined) return problems;
  const line = progressLine(environment);
  const version = installedVersion(environment);
  const { model, problems: warnings } = loaded;
  const page = evidencePage(loaded, { catalog, incidents }, environment);
  const answers = evidenceAnswers(
    { version, model, problems: warnings, catalog, incidents, bytes, page },
    line.show,
  );
  line.clear();
  const files = evidenceFiles(answers);
  return new Map([[MANIFEST, manifestBytes(answers, files)], ...files]);
}

function storedCatalog(folder: string, bytes: Uint8Array): Catalog {
  const { catalog, problems } = readCatalog(...textIn(folder, INPUTS.catalog, bytes));
  refuseWrong('a catalogue', problems);
  return catalog;
}

function storedLibrary(folder: string, bytes: Uint8Array): readonly Incident[] {
  const { incidents, problems } = readLibrary(...textIn(folder, INPUTS.incidents, bytes));
  refuseWrong('a library of incidents', problems);
  return incidents;
}

function textIn(folder: string, name: string, bytes: Uint8Array): [text: string, file: string] {
  const file = join(folder, name);
  const { text, problem } = textOf(bytes, file);
  if (text === undefined) refuseWrong('text', [problem]);
  return [text ?? '', file];
}

function refuseWrong(what: string, problems: readonly Problem[]): void {
  const wrong = problems.find(({ severity }) => severity === 'error');
  if (wrong === undefined) return;
  const { file, line, column, message } = wrong;
  throw new KeelsonError(
    'bad-evidence',
    `Expected ${show(file)} to be ${what}. Line ${line}, column ${column}: ${message}`,
    { hint: 'Export the evidence again.' },
  );
}

/** What the manifest lists and what is computed, each once, in the order of their names. */
function namesOf({ files }: ReadManifest, again: ReadonlyMap<string, Uint8Array>): string[] {
  const names = new Set([...files.map(({ name }) => name), ...again.keys()]);
  names.delete(MANIFEST);
  return [...names].sort();
}

/**
 * @param digest what the manifest says of it; undefined where it does not list it
 * @param again all files, made anew; empty where nothing was computed
 */
function checkFile(
  name: string,
  digest: string | undefined,
  found: FoundFile,
  again: ReadonlyMap<string, Uint8Array>,
): FileCheck {
  const differs = (why: string): FileCheck => ({ name, status: 'differs', why });
  if (found.kind === 'missing')
    return {
      name,
      status: 'missing',
      why: digest === undefined ? 'the manifest does not list it' : 'no such file',
    };
  if (found.kind === 'refused') return differs(found.why);
  if (digest === undefined) return differs('the manifest does not list it');
  if (digestOf(found.bytes) !== digest) return differs('not what the manifest says');
  const made = again.get(name);
  if (again.size > 0 && made === undefined) return differs('not a file of this evidence');
  if (made !== undefined && digestOf(made) !== digest) return differs('not what is computed again');
  return { name, status: 'same', why: null };
}

function belongs(found: FoundFile | undefined, installed: () => unknown): 'installed' | 'other' | 'unknown' {
  if (found?.kind !== 'found') return 'unknown';
  return digestOf(found.bytes) === digestOf(bytesOf(json(installed()))) ? 'installed' : 'other';
}
