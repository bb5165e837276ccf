import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { KeelsonError } from '../../errors.ts';
import type { Arguments, CommandOption } from '../command.ts';

export const STATE_OPTION: Readonly<Record<string, CommandOption>> = {
  state: {
    type: 'string',
    value: 'DIR',
    help: 'Where guards keep what is good, and why. Default .keelson/guard.',
  },
};

export const ORDER_OPTIONS: Readonly<Record<string, CommandOption>> = {
  reason: { type: 'string', value: 'TEXT', help: 'Why; recorded.' },
  by: { type: 'string', value: 'NAME', help: 'Who; recorded. Default the user of this system.' },
  ...STATE_OPTION,
};

export function stateFolder(args: Arguments): string {
  return resolve(args.text('state') ?? '.keelson/guard');
}

/** The one name that a command is about. @throws KeelsonError `bad-argument` */
export function oneName(args: Arguments, command: string): string {
  const [name, ...more] = args.operands;
  if (name === undefined || more.length > 0)
    throw new KeelsonError('bad-argument', `Expected the name of one guard, found ${args.operands.length}.`, {
      hint: `keelson guard ${command} NAME (keelson guard status lists them)`,
    });
  return name;
}

/** Why and by whom: nothing is done without. @throws KeelsonError `bad-argument` */
export function accountOf(args: Arguments): {
  readonly reason: string;
  readonly by: string;
  readonly at: string;
} {
  const reason = args.text('reason')?.trim() ?? '';
  if (reason === '' || reason.length > 500)
    throw new KeelsonError(
      'bad-argument',
      reason === '' ? 'Expected a reason: it is recorded.' : 'Expected a reason of at most 500 characters.',
      { hint: '--reason "Why it is done"' },
    );
  return { reason, by: (args.text('by') ?? userName()).slice(0, 100), at: new Date().toISOString() };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
