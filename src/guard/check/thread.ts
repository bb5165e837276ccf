import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { KeelsonError } from '../../errors.ts';
import type { Violation } from '../result.ts';
import { violation } from '../violations.ts';
import type { Judged, JudgeRequest } from './judge.ts';
import type { JudgeMessage } from './worker.ts';

/** Of values that are held: a document of 16 MB of YAML takes some hundreds. */
const MOST_HEAP_MB = 1024;
/** What is made of one row and dropped again is dropped soon. */
const MOST_YOUNG_MB = 16;
/** A guard is often given several in a row; a thread takes 0.1 s of CPU to start. @unit ms */
const IDLE_MS = 10_000;

/** One that has judged and has nothing to do. It keeps no process from its end. */
let spare: Worker | undefined;
let idle: NodeJS.Timeout | undefined;

/**
 * Judges in a thread of its own, which is ended when the time is up, when it is called off and when it goes wrong. One that has judged in
 * time judges the next one too.
 *
 * @throws KeelsonError check-aborted, check-missing
 */
export function judgeWithin(
  request: JudgeRequest,
  signal: AbortSignal | undefined,
  onProgress: ((bytes: number) => void) | undefined,
): Promise<Judged> {
  const { timeMs } = request.contract.limits;
  return new Promise<Judged>((resolve, reject) => {
    if (signal?.aborted === true) return reject(aborted());
    const worker = takeThread();
    let isDone = false;
    const finish = (isWell: boolean, end: () => void): void => {
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      // Not all listeners: a worker has some of its own, without which no further message comes.
      for (const name of ['message', 'error', 'exit'] as const) worker.removeAllListeners(name);
      if (isWell) {
        giveBack(worker);
        end();
      } else {
        // What it still has to say is of no interest.
        worker.on('error', () => {});
        worker.terminate().then(end, end);
      }
    };
    const refuse = (found: Violation): void =>
      finish(false, () => resolve({ kind: 'judged', facts: null, violations: [found] }));
    const abort = (): void => finish(false, () => reject(aborted()));
    const timer = setTimeout(() => refuse(violation('time-exceeded', { limit: timeMs })), timeMs);
    signal?.addEventListener('abort', abort);
    worker.on('message', (message: JudgeMessage) => {
      if (message.kind === 'progress') onProgress?.(message.bytes);
      else finish(true, () => resolve(message));
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') refuse(violation('memory-exceeded', {}));
      else finish(false, () => reject(error));
    });
    worker.on('exit', () =>
      finish(false, () => reject(new Error('The thread of the check ended without an answer.'))),
    );
    worker.postMessage(request);
  });
}

export function aborted(): KeelsonError {
  return new KeelsonError('check-aborted', 'The check was called off before it was done.');
}

function takeThread(): Worker {
  const kept = spare;
  spare = undefined;
  clearTimeout(idle);
  kept?.ref();
  return (
    kept ??
    new Worker(threadFile(), {
      resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB, maxYoungGenerationSizeMb: MOST_YOUNG_MB },
    })
  );
}

/** One is kept: contracts that are checked at the same moment are rare. */
function giveBack(worker: Worker): void {
  if (spare !== undefined) {
    void worker.terminate();
    return;
  }
  const drop = (): void => {
    if (spare === worker) spare = undefined;
  };
  spare = worker;
  worker.once('error', drop);
  worker.once('exit', drop);
  worker.unref();
  idle = setTimeout(() => {
    drop();
    void worker.terminate();
  }, IDLE_MS).unref();
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
