import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Judgement, JudgeRequest } from './judge.ts';

/** What a plan takes that is not to be in force. @unit ms, megabytes */
const WITHIN_MS = 60_000;
const MOST_MEMORY = 1_024;
/** Plans are often offered several times in a row; then nobody is kept waiting for them. @unit ms */
const IDLE_MS = 10_000;

/**
 * Judges plans beside everything else, one at a time: they may be large, and hostile. What is not known in time is no harmless plan. Its
 * worker ends by itself when nothing is to be judged.
 */
export class PlanJudge {
  private worker: Worker | undefined;
  private idle: NodeJS.Timeout | undefined;

  judge(request: JudgeRequest): Promise<Judgement> {
    clearTimeout(this.idle);
    this.worker ??= new Worker(join(request.root, 'bin', 'keelson-plan.cjs'), {
      resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY },
    });
    const { worker } = this;
    return new Promise((resolve) => {
      const settle = (judgement: Judgement, isWell: boolean): void => {
        clearTimeout(timer);
        // Not all listeners: a worker has some of its own, without which no further message comes.
        for (const name of ['message', 'error', 'exit'] as const) worker.removeAllListeners(name);
        if (isWell) this.idle = setTimeout(() => this.stop(), IDLE_MS).unref();
        else this.stop();
        resolve(judgement);
      };
      const unknown = (why: string): void =>
        settle({ kind: 'judged', harm: [`What it makes worse could not be computed${why}.`] }, false);
      const timer = setTimeout(() => unknown(` within ${WITHIN_MS / 1000} s`), WITHIN_MS);
      worker.once('message', (judgement: Judgement) => settle(judgement, true));
      worker.once('error', (error: NodeJS.ErrnoException) => unknown(`: ${error.code ?? error.name}`));
      worker.once('exit', (code) => unknown(`: its worker ended with ${code}`));
      worker.postMessage(request);
    });
  }

  stop(): void {
    clearTimeout(this.idle);
    void this.worker?.terminate();
    this.worker = undefined;
  }
}
