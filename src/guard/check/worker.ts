import { parentPort, workerData } from 'node:worker_threads';
import { judge, type Judged, type JudgeRequest } from './judge.ts';

/* What the thread of one check runs (bin/keelson-judge.cjs). */

export { judge };

export type JudgeMessage = { readonly kind: 'progress'; readonly bytes: number } | Judged;

/** How often it is said how far it has come. @unit bytes */
const STEP = 4_000_000;

/** Judges what the thread was started for, and tells. */
export async function judgeInThread(): Promise<void> {
  const request = workerData as JudgeRequest; // checkFile starts it with one
  const tell = (message: JudgeMessage): void => parentPort?.postMessage(message);
  let told = 0;
  const judged = await judge(request, (bytes) => {
    if (bytes - told < STEP) return;
    told = bytes;
    tell({ kind: 'progress', bytes });
  });
  tell(judged);
}
