import { KeelsonError } from '../errors.ts';
import type { Command } from './command.ts';

/** Each of these is one file under guard/. */
const UNDER: NonNullable<Command['under']> = new Map([
  [
    'check',
    {
      summary: 'Holds files against a contract: everything for which they are refused, at once.',
      load: async () => (await import('./guard/check.ts')).guardCheck,
    },
  ],
  [
    'sign',
    {
      summary: 'Signs that a file is a version of what a contract names.',
      load: async () => (await import('./guard/sign.ts')).guardSign,
    },
  ],
  [
    'schema',
    {
      summary: 'Prints the JSON Schema of contracts, for editors and other programs.',
      load: async () => (await import('./guard/schema.ts')).guardSchema,
    },
  ],
  [
    'run',
    {
      summary:
        'Watches sources, checks what they offer, tries it on a canary, and keeps it or takes it back.',
      load: async () => (await import('./guard/run.ts')).guardRun,
    },
  ],
  [
    'status',
    {
      summary: 'How guards stand: what is good, what is tried, what was refused and why.',
      load: async () => (await import('./guard/status.ts')).guardStatus,
    },
  ],
  [
    'journal',
    {
      summary: 'What a guard has decided and why; and whether anybody has altered it.',
      load: async () => (await import('./guard/journal.ts')).guardJournal,
    },
  ],
  [
    'freeze',
    {
      summary: 'Begins nothing new, and lets what is on trial go no further.',
      load: async () => (await import('./guard/orders.ts')).guardFreeze,
    },
  ],
  [
    'thaw',
    {
      summary: 'Lets new versions be tried again.',
      load: async () => (await import('./guard/orders.ts')).guardThaw,
    },
  ],
  [
    'kill',
    {
      summary: 'Puts everything back to the good version from before, and freezes.',
      load: async () => (await import('./guard/orders.ts')).guardKill,
    },
  ],
  [
    'retry',
    {
      summary: 'Lets a version that was refused be tried once more.',
      load: async () => (await import('./guard/orders.ts')).guardRetry,
    },
  ],
]);

export const guard: Command = {
  name: 'guard',
  summary: 'Guards files that are pushed to running systems: nothing bad goes further than a canary.',
  operands: 'COMMAND',
  options: {},
  example: 'keelson guard check features.json --contract features.contract.yaml',
  notes: ['What a contract says: docs/guard.md.'],
  under: UNDER,
  run() {
    throw new KeelsonError('bad-argument', 'Expected a command of guard.', { hint: 'keelson guard --help' });
  },
};
