import { digestOf } from '../../document/load.ts';
import { KeelsonError } from '../../errors.ts';
import { show } from '../../problems.ts';
import type { EvidenceAnswers, EvidenceOptions } from './answers.ts';
import { bytesOf, EVIDENCE_NAMES, json, MANIFEST } from './files.ts';

/** What a folder of evidence is and holds: the contract `keelson.evidence/1`. No times, so that bytes repeat. */
export interface Manifest {
  readonly schema: 'keelson.evidence/1';
  readonly engine: { readonly name: 'keelson'; readonly version: string };
  readonly plan: { readonly name: string; readonly digest: string; readonly asOf: string };
  readonly options: EvidenceOptions;
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
  /** Sorted by name. The digest is `sha256:` and 64 hexadecimal digits. */
  readonly files: readonly ManifestEntry[];
}

export interface ManifestEntry {
  readonly name: string;
  readonly bytes: number;
  readonly digest: string;
}

export function manifestBytes(answers: EvidenceAnswers, files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const { name, asOf } = answers.model.plan.platform;
  const entries = [...files].map(([file, bytes]) => ({
    name: file,
    bytes: bytes.length,
    digest: digestOf(bytes),
  }));
  const manifest: Manifest = {
    schema: 'keelson.evidence/1',
    engine: { name: 'keelson', version: answers.version },
    plan: { name, digest: answers.model.plan.digest ?? '', asOf },
    options: answers.options,
    leftOut: answers.leftOut,
    files: entries.sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
  return bytesOf(json(manifest));
}

/** The part of a manifest that a check stands on. */
export type ReadManifest = Pick<Manifest, 'engine' | 'plan' | 'files'>;

/**
 * Reads a manifest from anywhere. Names are those of the list or none: nothing that it says can lead out of its folder.
 *
 * @param file the name that messages carry
 */
export function readManifest(text: string, file: string): ReadManifest {
  const value = parsed(text, file);
  const { schema, engine, plan, files } = value;
  if (schema !== 'keelson.evidence/1')
    throw badManifest(file, `to say schema: keelson.evidence/1, found ${shown(schema)}`);
  if (!isObject(engine) || !isText(engine.version)) throw badManifest(file, 'to name the engine’s version');
  if (!isObject(plan) || !isText(plan.name) || !isText(plan.digest) || !isText(plan.asOf))
    throw badManifest(file, 'to name the plan with its digest and its day');
  if (!Array.isArray(files) || files.length > EVIDENCE_NAMES.length)
    throw badManifest(file, `to list at most ${EVIDENCE_NAMES.length} files`);
  const entries = files.map((entry: unknown) => entryOf(entry, file));
  for (const [i, { name }] of entries.entries())
    if (entries.findIndex((entry) => entry.name === name) !== i)
      throw badManifest(file, `to list ${name} once`);
  return {
    engine: { name: 'keelson', version: engine.version },
    plan: { name: plan.name, digest: plan.digest, asOf: plan.asOf },
    files: entries,
  };
}

function parsed(text: string, file: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Said below: what a parser says of hostile text is of no use to anybody.
  }
  throw badManifest(file, 'to be a JSON object');
}

function entryOf(entry: unknown, file: string): ManifestEntry {
  if (!isObject(entry)) throw badManifest(file, 'to list files as objects');
  const { name, bytes, digest } = entry;
  if (typeof name !== 'string' || name === MANIFEST || !EVIDENCE_NAMES.includes(name))
    throw badManifest(file, `to list files of evidence only, found ${shown(name)}`);
  if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes < 0)
    throw badManifest(file, `to say how many bytes ${name} has`);
  if (typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest))
    throw badManifest(file, `to say the digest of ${name}`);
  return { name, bytes, digest };
}

function badManifest(file: string, expected: string): KeelsonError {
  return new KeelsonError('bad-manifest', `Expected ${show(file)} ${expected}.`, {
    hint: 'keelson export --evidence DIR PLAN writes one.',
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 500;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? show(value) : 'none';
}
