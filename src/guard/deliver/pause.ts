import type { Time } from '../../time.ts';

/** Waits. @throws the signal's reason, once it is aborted */
export function pause(time: Time, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = (): void => {
      callOff();
      reject(signal.reason);
    };
    const callOff = time.after(ms, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    signal.addEventListener('abort', stop);
  });
}
