import type { Time } from '../../time.ts';

/** Requests that a fault holds: each until its time has come, its client has gone, or all are let go. */
export class Held {
  private readonly time: Time;
  private readonly waiting = new Set<() => void>();

  constructor(time: Time) {
    this.time = time;
  }

  get size(): number {
    return this.waiting.size;
  }

  /**
   * @param ms infinity: until it is let go
   * @returns whether its time has come, or it was let go before. Rejects when the client has gone.
   */
  wait(ms: number, signal: AbortSignal): Promise<'over' | 'let-go'> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const done = (): void => {
        this.waiting.delete(letGo);
        off?.();
        signal.removeEventListener('abort', gone);
      };
      const letGo = (): void => {
        done();
        resolve('let-go');
      };
      const gone = (): void => {
        done();
        reject(signal.reason);
      };
      const off =
        ms === Number.POSITIVE_INFINITY
          ? undefined
          : this.time.after(ms, () => {
              done();
              resolve('over');
            });
      signal.addEventListener('abort', gone);
      this.waiting.add(letGo);
    });
  }

  /** The one that has waited longest. */
  letOneGo(): void {
    this.waiting.values().next().value?.();
  }

  letAllGo(): void {
    for (const letGo of [...this.waiting]) letGo();
  }
}
