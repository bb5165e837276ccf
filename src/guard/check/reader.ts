import { plainEnvironment } from '../../processes/environment.ts';
import { runCommand } from '../../processes/run-command.ts';
import { printable } from '../../printable.ts';
import type { ShadowReader } from '../contract.ts';
import type { Violation } from '../result.ts';
import { violation } from '../violations.ts';

/**
 * Has the shadow reader of a contract read a copy of the candidate. It must end with 0, within its time and its memory; with it ends whatever it has
 * started. It is told nothing of the environment but PATH and HOME.
 *
 * @param leftMs what is left of the time of the whole check
 * @returns why it is refused; undefined where the reader has accepted it
 */
export async function askReader(
  copy: string,
  reader: ShadowReader,
  folder: string,
  leftMs: number,
  wholeMs: number,
  signal: AbortSignal = new AbortController().signal,
): Promise<Violation | undefined> {
  const [program = '', ...args] = reader.command.map((word) => word.replaceAll('{file}', copy));
  const timeoutMs = Math.max(1, Math.min(reader.timeMs, leftMs));
  const outcome = await runCommand(
    program,
    args,
    { folder, env: plainEnvironment(), timeoutMs, secrets: [], memoryBytes: reader.memory },
    signal,
  );
  switch (outcome.kind) {
    case 'exited':
      if (outcome.code === 0) return undefined;
      return violation('reader-refused', { code: outcome.code, said: outcome.lastError });
    case 'killed':
      return violation('reader-crashed', { signal: printable(outcome.signal) });
    case 'ended':
      return leftMs < reader.timeMs
        ? violation('time-exceeded', { limit: wholeMs })
        : violation('reader-slow', { limit: reader.timeMs });
    case 'exceeded':
      return violation('reader-too-large', { limit: reader.memory, found: outcome.bytes });
    case 'unmeasured':
      return violation('reader-unbounded', {});
    case 'unstarted':
      return violation('reader-unstarted', { program, reason: outcome.code });
  }
}
