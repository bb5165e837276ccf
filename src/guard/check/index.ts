import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { reasonOf } from '../../document/load.ts';
import { KeelsonError } from '../../errors.ts';
import { show } from '../../problems.ts';
import type { Contract } from '../contract.ts';
import type { Facts, Verdict, Violation } from '../result.ts';
import { askReader } from './reader.ts';
import { aborted, judgeWithin } from './thread.ts';

export interface CheckOptions {
  /** Facts of the last good one; left out, nothing is compared. */
  readonly last?: Facts | undefined;
  /** The time on the wall. @unit ms since 1970 */
  readonly now: number;
  /** Where its signatures are. @default what the contract says, else the file with .dsse.json behind its name */
  readonly envelope?: string | undefined;
  /** What the file is called in the verdict, and its copy for the reader. @default its path */
  readonly name?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Is told how many bytes have been read. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/**
 * Holds a file (`-` is standard input) against a contract. It is read once: the digest is that of exactly the bytes that were judged, and the
 * shadow reader gets a copy of them. All of it takes at most limits.time, whatever the file does to a pattern of a schema: it is judged beside
 * everything else, in a thread that is ended then.
 *
 * @throws KeelsonError guarded-file-unreadable, check-aborted
 */
export async function checkFile(file: string, contract: Contract, options: CheckOptions): Promise<Verdict> {
  const { last, now, signal, onProgress, name = file === '-' ? '(standard input)' : file } = options;
  const began = performance.now();
  const scratch = contract.reader === undefined ? undefined : mkdtempSync(join(tmpdir(), 'keelson-guard-'));
  const verdict = (facts: Facts | null, violations: readonly Violation[]): Verdict => ({
    schema: 'keelson.guard-check/1',
    contract: contract.name,
    file: name,
    accepted: violations.length === 0,
    facts,
    violations,
  });
  try {
    const copy = scratch === undefined ? undefined : join(scratch, copyName(name));
    const envelope =
      options.envelope ?? contract.signed?.file ?? (file === '-' ? undefined : `${file}.dsse.json`);
    const judged = await judgeWithin({ file, contract, last, now, envelope, copy }, signal, onProgress);
    if (judged.kind === 'unreadable')
      throw new KeelsonError('guarded-file-unreadable', `${show(name)} cannot be read: ${reasonOf(judged)}.`);
    // A file that is refused already is not handed to anybody's program.
    if (judged.violations.length > 0 || contract.reader === undefined || copy === undefined)
      return verdict(judged.facts, judged.violations);
    const left = contract.limits.timeMs - (performance.now() - began);
    const refused = await askReader(
      copy,
      contract.reader,
      contract.folder,
      left,
      contract.limits.timeMs,
      signal,
    );
    signal?.throwIfAborted();
    return verdict(judged.facts, refused === undefined ? [] : [refused]);
  } catch (error) {
    if (signal?.aborted === true) throw aborted();
    throw error;
  } finally {
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
  }
}

/** The copy is called as the file is, so that a reader that looks at the name sees the same. */
function copyName(name: string): string {
  const last = basename(name)
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .slice(-100);
  return last === '' || last === '.' || last === '..' ? 'candidate' : last;
}
