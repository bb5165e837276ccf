import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Judgement, JudgeRequest } from './judge.ts';

/** What a plan takes that is not to be in force. @unit ms, megabytes */
const WITHIN_MS = 60_000;
const MOST_MEMORY = 1_024;

/** A plan is judged beside everything else: it may be large, and hostile. What is not known in time is no harmless plan. */
export function judgeBeside(request: JudgeRequest): Promise<Judgement> {
  const worker = new Worker(join(request.root, 'bin', 'keelson-judge.cjs'), {
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY },
  });
  return new Promise((resolve) => {
    const unknown = (why: string): void => resolve({ kind: 'judged', harm: [why] });
    const timer = setTimeout(() => {
      unknown(`What it makes worse could not be computed within ${WITHIN_MS / 1000} s.`);
      void worker.terminate();
    }, WITHIN_MS);
    worker.once('message', (judgement: Judgement) => resolve(judgement));
    worker.once('error', (error: NodeJS.ErrnoException) =>
      unknown(`What it makes worse could not be computed: ${error.code ?? error.name}.`),
    );
    worker.once('exit', (code) => {
      clearTimeout(timer);
      // After an answer this changes nothing.
      unknown(`What it makes worse could not be computed: its worker ended with ${code}.`);
    });
  });
}
