/** `keelson guard run` as a process, and what a test waits for. */
import type { GuardsStatus, GuardStatus } from '../../src/guard/run/index.ts';
import { startProcess, type KeelsonProcess } from './keelson-process.ts';

export interface GuardProcess extends KeelsonProcess {
  status(): Promise<GuardStatus>;
  get(path: string): Promise<{ readonly status: number; readonly text: string }>;
}

/** Starts it and waits until it says that it guards. Throws what it says instead, where it does not. */
export async function startGuard(contract: string, state: string): Promise<GuardProcess> {
  const started = await startProcess(['guard', 'run', contract, '--state', state]);
  const get = async (path: string): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`${started.admin}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  return {
    ...started,
    get,
    async status() {
      const { guards } = JSON.parse((await get('/status')).text) as GuardsStatus; // its own schema
      const [first] = guards;
      if (first === undefined) throw new Error('It has no guard.');
      return first;
    },
  };
}
