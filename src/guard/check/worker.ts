import { parentPort } from 'node:worker_threads';
import { judge, type Judged, type JudgeRequest } from './judge.ts';

/* What the thread of checks runs (bin/keelson-judge.cjs). */

export { judge };

export type JudgeMessage = { readonly kind: 'progress'; readonly bytes: number } | Judged;

/** How often it is said how far it has come. @unit bytes */
const STEP = 4_000_000;

/** Judges what it is sent, one after the other, and tells. */
export function judgeInThread(): void {
  const tell = (message: JudgeMessage): void => parentPort?.postMessage(message);
  parentPort?.on('message', async (request: JudgeRequest) => {
    let told = 0;
    const judged = await judge(request, (bytes) => {
      if (bytes - told < STEP) return;
      told = bytes;
      tell({ kind: 'progress', bytes });
    });
    tell(judged);
  });
}
