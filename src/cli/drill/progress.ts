import type { DrillOptions } from '../../drill/index.ts';
import { printable } from '../../problems.ts';
import type { Environment } from '../command.ts';

type Show = NonNullable<DrillOptions['onProgress']>;

/** What a drill does at this moment, in one line that is written over: on standard error, and only on a terminal. */
export function progressOf({ progress, err }: Environment): {
  readonly show: Show;
  readonly clear: () => void;
} {
  if (!progress) return { show: () => undefined, clear: () => undefined };
  const line = (words: string): void => err(`\r\u001b[K${printable(words)}`, false);
  return {
    show: (what) => {
      if (what.kind === 'steadying') line('until all is well …');
      if (what.kind === 'begins')
        line(`${what.number} of ${what.of}: ${what.fault} fails for ${Math.ceil(what.forMs / 1_000)} s …`);
      if (what.kind === 'restored')
        line(`${what.fault} is back, watched for ${Math.ceil(what.waitsMs / 1_000)} s …`);
      if (what.kind === 'done') line(`${what.result.name}: ${what.result.outcome}`);
    },
    clear: () => err('\r\u001b[K', false),
  };
}
