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
