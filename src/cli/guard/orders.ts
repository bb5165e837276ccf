import { systemDisk } from '../../disk/index.ts';
import { KeelsonError } from '../../errors.ts';
import {
  askStatus,
  giveOrder,
  guardFolder,
  shortDigest,
  type GuardStatus,
  type OrderKind,
} from '../../guard/run/index.ts';
import { printable } from '../../printable.ts';
import type { Arguments, Command, Environment } from '../command.ts';
import { accountOf, oneName, ORDER_OPTIONS, stateFolder } from './settings.ts';

export const guardFreeze: Command = {
  name: 'guard freeze',
  summary:
    'Begins nothing new, and lets what is on trial go no further; what is unhealthy is still taken back.',
  operands: 'NAME',
  options: ORDER_OPTIONS,
  example: 'keelson guard freeze bot-features --reason "a change of the network tonight"',
  notes: ['It holds over restarts, until keelson guard thaw. It may be ordered while nothing runs.'],
  run: (args, environment) => order(args, environment, 'freeze', () => ({ kind: 'freeze' })),
};

export const guardThaw: Command = {
  name: 'guard thaw',
  summary: 'Lets new versions be tried again.',
  operands: 'NAME',
  options: ORDER_OPTIONS,
  example: 'keelson guard thaw bot-features --reason "the change is done"',
  run: (args, environment) => order(args, environment, 'thaw', () => ({ kind: 'thaw' })),
};

export const guardKill: Command = {
  name: 'guard kill',
  summary: 'Puts everything back to the good version from before, refuses this one for good, and freezes.',
  operands: 'NAME',
  options: {
    digest: {
      type: 'string',
      value: 'DIGEST',
      help: 'What is meant, or how it begins. Default what is on trial, else what is good.',
    },
    ...ORDER_OPTIONS,
  },
  example: 'keelson guard kill bot-features --reason "scores are wrong"',
  notes: [
    'Without a good version before it, what is good stays. Until keelson guard thaw nothing new is begun.',
  ],
  run: (args, environment) =>
    order(args, environment, 'kill', (status) => killOf(status, args.text('digest'))),
};

export const guardRetry: Command = {
  name: 'guard retry',
  summary: 'Lets a version that was refused be tried once more, if its source still offers it.',
  operands: 'NAME',
  options: {
    digest: {
      type: 'string',
      value: 'DIGEST',
      help: 'Of the refused version, or how it begins. Default the last one.',
    },
    ...ORDER_OPTIONS,
  },
  example: 'keelson guard retry bot-features --reason "the readers were at fault"',
  run: (args, environment) =>
    order(args, environment, 'retry', (status) => retryOf(status, args.text('digest'))),
};

async function order(
  args: Arguments,
  environment: Environment,
  command: string,
  kindOf: (status: GuardStatus) => OrderKind,
): Promise<number> {
  const name = oneName(args, command);
  const state = stateFolder(args);
  const folder = guardFolder(systemDisk, state, name);
  const account = accountOf(args);
  const { guards, isRunning } = await askStatus(systemDisk, state, [name]);
  const [status] = guards;
  if (status === undefined) return 2;
  const kind = kindOf(status);
  giveOrder(systemDisk, folder, { ...kind, ...account });
  const which = 'digest' in kind && kind.digest !== null ? ` of ${shortDigest(kind.digest)}` : '';
  const when = isRunning ? 'it is taken within a second' : 'nothing runs now: it is taken when one does';
  environment.out(printable(`${name}: ${kind.kind}${which} is ordered; ${when}.`));
  return 0;
}

function killOf({ candidate, good }: GuardStatus, asked: string | undefined): OrderKind {
  const onTrial = candidate !== null && candidate.state !== 'waiting' ? candidate.digest : undefined;
  if (asked === undefined) return { kind: 'kill', digest: onTrial ?? good?.digest ?? null };
  const known = [onTrial, good?.digest].filter((one) => one !== undefined);
  return { kind: 'kill', digest: digestMeant(asked, known, 'on trial or good') };
}

function retryOf({ refused }: GuardStatus, asked: string | undefined): OrderKind {
  const [last] = refused;
  if (last === undefined)
    throw new KeelsonError('bad-argument', 'Expected a version that was refused, found none.');
  const known = refused.map(({ digest }) => digest);
  return { kind: 'retry', digest: asked === undefined ? last.digest : digestMeant(asked, known, 'refused') };
}

function digestMeant(asked: string, known: readonly string[], what: string): string {
  const plain = asked.replace(/^sha256:/, '');
  const found = known.filter((one) => plain.length >= 6 && one.startsWith(`sha256:${plain}`));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new KeelsonError(
    'bad-argument',
    `Expected the digest of one version that is ${what}, found ${asked}.`,
    {
      hint: `keelson guard status shows ${known.map(shortDigest).join(', ') || 'them'}`,
    },
  );
}
