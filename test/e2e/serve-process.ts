/** `keelson serve` as a process, and what a test waits for. */
import type { Status } from '../../src/serve/index.ts';
import { startProcess, type KeelsonProcess } from './keelson-process.ts';

export interface ServeProcess extends KeelsonProcess {
  status(): Promise<Status>;
}

/**
 * Starts it and waits until it says that it serves. Throws what it says instead, where it does not.
 *
 * @param more of its environment
 */
export async function startServe(
  words: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<ServeProcess> {
  const started = await startProcess(['serve', ...words], more);
  return {
    ...started,
    status: async () =>
      (await (
        await fetch(`${started.admin}/status`, { headers: { accept: 'application/json' } })
      ).json()) as Status, // its own schema
  };
}
