import { codeOf, systemDisk } from '../../disk/index.ts';
import { KeelsonError } from '../../errors.ts';
import { guardFolder, shortDigest } from '../../guard/run/index.ts';
import {
  readJournal,
  type JournalEntry,
  type JournalRead,
  type JournalVerdict,
} from '../../guard/store/index.ts';
import { printable } from '../../printable.ts';
import type { Command, Environment } from '../command.ts';
import { oneName, STATE_OPTION, stateFolder } from './settings.ts';

export const guardJournal: Command = {
  name: 'guard journal',
  summary: 'What a guard has decided and why, the oldest first; and whether anybody has altered it.',
  operands: 'NAME',
  options: {
    verify: {
      type: 'boolean',
      help: 'Follow the chain of digests from entry to entry, and say where it breaks.',
    },
    json: { type: 'boolean', help: 'Print entries as lines of JSON; of --verify the result.' },
    ...STATE_OPTION,
  },
  example: 'keelson guard journal bot-features --verify',
  notes: ['With --verify: exit 0 when all is as it was written, 1 when not.'],
  run(args, environment) {
    const folder = guardFolder(systemDisk, stateFolder(args), oneName(args, 'journal'));
    const { entries, verdict } = read(folder);
    if (args.flag('verify')) return verify(verdict, args.flag('json'), environment);
    for (const entry of entries) environment.out(args.flag('json') ? JSON.stringify(entry) : lineOf(entry));
    return 0;
  },
};

function read(folder: string): JournalRead {
  try {
    return readJournal(systemDisk, folder);
  } catch (cause) {
    throw new KeelsonError(
      'journal-unreadable',
      `The journal in ${folder} cannot be read: ${codeOf(cause)}.`,
      {
        cause,
      },
    );
  }
}

function verify(verdict: JournalVerdict, isJson: boolean, environment: Environment): number {
  const { entries, first, last, broken, isUnfinished } = verdict;
  if (isJson) environment.out(JSON.stringify(verdict, undefined, 2));
  else {
    for (const { file, line, message } of broken) environment.out(printable(`${file}:${line}  ${message}`));
    const torn = isUnfinished ? ' Its last line is not finished.' : '';
    environment.out(
      broken.length === 0
        ? `${entries} entries, ${first} to ${last}, all as they were written.${torn}`
        : `${broken.length} of ${entries} entries are not as they were written.${torn}`,
    );
  }
  return broken.length === 0 ? 0 : 1;
}

function lineOf({ seq, at, kind, prev: _, ...fields }: JournalEntry): string {
  const words = Object.entries(fields)
    .filter(([name, value]) => value !== null && name !== 'facts' && name !== 'state' && !isEmpty(value))
    .map(([name, value]) => `${name} ${wordsOf(value)}`);
  return printable(`${String(seq).padStart(5)}  ${at}  ${kind.padEnd(9)}  ${words.join('  ')}`.trimEnd());
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function wordsOf(value: unknown): string {
  if (typeof value === 'string') return /^sha256:[0-9a-f]{64}$/.test(value) ? shortDigest(value) : value;
  return Array.isArray(value) ? value.map(textOf).join(', ') : JSON.stringify(value);
}

/** Of a violation, what is said. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && 'message' in value) return String(value.message);
  return JSON.stringify(value);
}
