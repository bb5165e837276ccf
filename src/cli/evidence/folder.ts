import { lstatSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { readBytes, textOf } from '../../document/load.ts';
import { KeelsonError } from '../../errors.ts';
import { show } from '../../problems.ts';
import { unwritable } from '../sink.ts';
import { EVIDENCE_NAMES, MANIFEST } from './files.ts';
import { readManifest, type ReadManifest } from './manifest.ts';

/** Larger files are none that were written here. @unit bytes */
const MOST_BYTES = 512 * 1024 * 1024;
const MOST_MANIFEST_BYTES = 100_000;
/** Names in the folder that are shown where they are no part of it. */
const MOST_OTHERS = 20;

export type FoundFile =
  | { readonly kind: 'found'; readonly bytes: Uint8Array }
  | { readonly kind: 'missing' }
  /** Something is there that is not read. */
  | { readonly kind: 'refused'; readonly why: string };

/** A file of the folder by a known name. Links are not followed: they can lead anywhere. */
export function readOwn(folder: string, name: string, maxBytes = MOST_BYTES): FoundFile {
  const file = join(folder, name);
  const status = statusOf(file);
  if (status === undefined) return { kind: 'missing' };
  if (status.isSymbolicLink()) return { kind: 'refused', why: 'a symbolic link, which is not followed' };
  if (!status.isFile()) return { kind: 'refused', why: 'not a file' };
  const { bytes, problem } = readBytes(file, { maxBytes });
  return bytes === undefined ? { kind: 'refused', why: problem.message } : { kind: 'found', bytes };
}

/** The manifest of a folder; throws what is wrong with it. */
export function manifestIn(folder: string): { readonly manifest: ReadManifest; readonly bytes: Uint8Array } {
  const file = join(folder, MANIFEST);
  const found = isFolder(folder)
    ? readOwn(folder, MANIFEST, MOST_MANIFEST_BYTES)
    : { kind: 'missing' as const };
  if (found.kind === 'missing')
    throw new KeelsonError('no-evidence', `${show(folder)} holds no ${MANIFEST}.`, {
      hint: 'Name a folder that keelson export --evidence DIR PLAN has written.',
    });
  const why = found.kind === 'refused' ? found.why : undefined;
  const text = found.kind === 'found' ? textOf(found.bytes, file).text : undefined;
  if (found.kind === 'refused' || text === undefined)
    throw new KeelsonError(
      'bad-manifest',
      `Expected ${show(file)} to be a manifest, found ${why ?? 'what is no text'}.`,
    );
  return { manifest: readManifest(text, file), bytes: found.bytes };
}

/** Refuses a folder with anything in it, unless that is evidence that was written before. */
export function checkFolder(folder: string): void {
  if (statusOf(folder) === undefined) return;
  if (isFolder(folder) && (namesIn(folder).length === 0 || isEvidence(folder))) return;
  throw new KeelsonError(
    'folder-not-empty',
    isFolder(folder)
      ? `${show(folder)} holds something that is no evidence written before.`
      : `${show(folder)} is there already, and is no folder.`,
    { hint: 'Name a new folder, or an empty one.' },
  );
}

function isEvidence(folder: string): boolean {
  try {
    manifestIn(folder);
    return true;
  } catch (error) {
    if (error instanceof KeelsonError) return false;
    throw error;
  }
}

/** Writes the files in place of those that were written before. Others are left. */
export function writeFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): void {
  try {
    // One folder, and not all on the way to it: those that are not there are more likely misspelt.
    if (!isFolder(folder)) mkdirSync(folder);
    // Removed first: a link in their place would have what it leads to overwritten.
    for (const name of EVIDENCE_NAMES) rmSync(join(folder, name), { force: true, recursive: false });
  } catch (cause) {
    throw unwritable(folder, cause);
  }
  for (const [name, bytes] of files) writeNew(join(folder, name), bytes);
}

/** Fails where something has been put meanwhile: a link there is not followed. */
function writeNew(file: string, bytes: Uint8Array): void {
  try {
    writeFileSync(file, bytes, { flag: 'wx' });
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

/** What lies in the folder and is no part of it. */
export function othersIn(folder: string): string[] {
  return namesIn(folder)
    .filter((name) => !EVIDENCE_NAMES.includes(name))
    .sort()
    .slice(0, MOST_OTHERS);
}

/** Of the link itself, where it is one. */
function statusOf(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function isFolder(folder: string): boolean {
  try {
    return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch (cause) {
    throw unreadable(folder, cause);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw unreadable(folder, cause);
  }
}

function unreadable(file: string, cause: unknown): KeelsonError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
  return new KeelsonError('folder-unreadable', `${show(file)} cannot be read: the system says ${code}.`, {
    cause,
  });
}
