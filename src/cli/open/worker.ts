import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { KeelsonError } from '../../errors.ts';
import type { LivePage, PageMessage, PageRequest } from './page.ts';

export interface Making {
  /** Undefined once it was stopped. */
  readonly page: Promise<LivePage | undefined>;
  stop(): void;
}

/** Begins to make a page beside everything else, so that it can be stopped when the plan is saved again. */
export function beginPage(
  request: PageRequest,
  onProgress: (share: number, what: string) => void = () => {},
): Making {
  const worker = new Worker(join(request.root, 'bin', 'keelson-page.cjs'), { workerData: request });
  let isStopped = false;
  const page = new Promise<LivePage | undefined>((resolve, reject) => {
    worker.on('message', (message: PageMessage) => {
      if (message.kind === 'page') resolve(message.page);
      else if (message.kind === 'failed') reject(failureOf(message));
      else if (!isStopped) onProgress(message.share, message.what);
    });
    worker.on('error', (error) => reject(isOutOfMemory(error) ? tooLarge(error) : error));
    // After a page this changes nothing.
    worker.on('exit', (code) => {
      if (isStopped) resolve(undefined);
      else reject(new KeelsonError('worker-failed', `The worker that makes the page ended with ${code}.`));
    });
  });
  return {
    page,
    stop() {
      isStopped = true;
      void worker.terminate();
    },
  };
}

function failureOf({ code, message, hint }: PageMessage & { kind: 'failed' }): KeelsonError {
  return new KeelsonError(code, message, hint === undefined ? {} : { hint });
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function tooLarge(cause: unknown): KeelsonError {
  return new KeelsonError('worker-failed', 'The page needs more memory than there is.', {
    hint: 'keelson assess PLAN --budget N --html FILE does with less.',
    cause,
  });
}
