import { realpathSync } from 'node:fs';
import { systemDisk, replaceWhole } from '../disk/index.ts';
import { readText } from '../document/load.ts';
import {
  evidenceText,
  mergeEvidence,
  MOST_EVIDENCE_BYTES,
  readEvidence,
  type DrillEvidence,
} from '../drill/evidence/index.ts';
import { KeelsonError } from '../errors.ts';
import { problem, show, type Problem } from '../problems.ts';
import { unwritable } from './sink.ts';

export const NO_EVIDENCE: DrillEvidence = { schema: 'keelson.drill-evidence/1', runs: [], findings: [] };

/** Everybody may read what is kept with a plan. */
const MODE = 0o644;

export type LoadedEvidence =
  | { readonly evidence: DrillEvidence; readonly problems: readonly Problem[] }
  | { readonly evidence: undefined; readonly problems: readonly Problem[] };

/** Reads files of evidence as one. Undefined when any of them is wrong; everything that is comes back. */
export function loadEvidence(files: readonly string[]): LoadedEvidence {
  const read = files.map((file) => {
    const { text, name, problem: found } = readText(file, { maxBytes: MOST_EVIDENCE_BYTES });
    if (text !== undefined) return readEvidence(text, name);
    return { evidence: undefined, problems: found === undefined ? [] : [found] };
  });
  const problems = read.flatMap((one) => one.problems);
  const found = read.flatMap(({ evidence }) => evidence ?? []);
  return found.length < read.length
    ? { evidence: undefined, problems }
    : { evidence: mergeEvidence(found), problems };
}

/** The same of one file that need not be there yet. */
export function keptEvidence(file: string): LoadedEvidence {
  const place = placeOf(file);
  const entry = systemDisk.look(place);
  if (entry === null) return { evidence: NO_EVIDENCE, problems: [] };
  if (entry.kind === 'file') return loadEvidence([file]);
  const reason = 'it is no file';
  return {
    evidence: undefined,
    problems: [problem('file-unreadable', { file, line: 1, column: 1 }, { reason })],
  };
}

/** Adds to what is kept in a file, whole or not at all. @throws KeelsonError `file-unwritable`, `drill-evidence-full` */
export function keepEvidence(file: string, more: DrillEvidence): void {
  const { evidence } = keptEvidence(file);
  if (evidence === undefined)
    throw new KeelsonError(
      'file-unwritable',
      `${show(file)} holds something else since the drill began: nothing was written.`,
    );
  const text = evidenceText(mergeEvidence([evidence, more]));
  try {
    replaceWhole(systemDisk, placeOf(file), text, MODE);
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

/** Where a file lies: a link stays one. */
function placeOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
