import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { reasonOf } from '../../document/load.ts';
import { KeelsonError } from '../../errors.ts';
import { show } from '../../problems.ts';
import type { Contract } from '../contract.ts';
import type { Facts, Verdict, Violation } from '../result.ts';
import { violation } from '../violations.ts';
import type { Judged, JudgeRequest } from './judge.ts';
import { askReader } from './reader.ts';
import type { JudgeMessage } from './worker.ts';

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
 * shadow reader gets a copy of them. All of it takes at most limits.time, whatever the file does to a pattern of a schema: it is judged in a
 * thread of its own, which is ended then.
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

/** Judges in a thread of its own, which is ended when the time is up. */
function judgeWithin(
  request: JudgeRequest,
  signal: AbortSignal | undefined,
  onProgress: ((bytes: number) => void) | undefined,
): Promise<Judged> {
  const { timeMs } = request.contract.limits;
  return new Promise<Judged>((resolve, reject) => {
    if (signal?.aborted === true) return reject(aborted());
    const worker = new Worker(threadFile(), {
      workerData: request,
      resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB, maxYoungGenerationSizeMb: MOST_YOUNG_MB },
    });
    let isDone = false;
    const finish = (end: () => void): void => {
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      worker.terminate().then(end, end);
    };
    const refuse = (found: Violation): void =>
      finish(() => resolve({ kind: 'judged', facts: null, violations: [found] }));
    const abort = (): void => finish(() => reject(aborted()));
    const timer = setTimeout(() => refuse(violation('time-exceeded', { limit: timeMs })), timeMs);
    signal?.addEventListener('abort', abort);
    worker.on('message', (message: JudgeMessage) => {
      if (message.kind === 'progress') onProgress?.(message.bytes);
      else finish(() => resolve(message));
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') refuse(violation('memory-exceeded', {}));
      else finish(() => reject(error));
    });
    worker.on('exit', () =>
      finish(() => reject(new Error('The thread of the check ended without an answer.'))),
    );
  });
}

/** Of values that are held: a document of 16 MB of YAML takes some hundreds. */
const MOST_HEAP_MB = 1024;
/** What is made of one row and dropped again is dropped soon. */
const MOST_YOUNG_MB = 16;

function aborted(): KeelsonError {
  return new KeelsonError('check-aborted', 'The check was called off before it was done.');
}

/** The copy is called as the file is, so that a reader that looks at the name sees the same. */
function copyName(name: string): string {
  const last = basename(name)
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .slice(-100);
  return last === '' || last === '.' || last === '..' ? 'candidate' : last;
}

/** The thread's program, in the folder of the package: this file is below it, wherever it has been bundled to. */
function threadFile(): string {
  let folder = import.meta.dirname;
  for (;;) {
    const file = join(folder, 'bin', 'keelson-judge.cjs');
    if (existsSync(file)) return file;
    const above = dirname(folder);
    if (above === folder) break;
    folder = above;
  }
  throw new KeelsonError('check-missing', 'The part of Keelson that checks files cannot be found.', {
    hint: 'Install the package whole; in its repository build it: npm run build',
  });
}
