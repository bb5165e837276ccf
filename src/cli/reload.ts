import { KeelsonError } from '../errors.ts';
import { printable } from '../problems.ts';
import type { Status } from '../serve/index.ts';
import type { Command } from './command.ts';
import { accountOf, expectNoOrder, give, ORDER_OPTIONS, readStatus, secondOf } from './serve/orders.ts';

export const reload: Command = {
  name: 'reload',
  summary:
    'Shows which plan is served and what came of the last that was offered, and offers the file again.',
  operands: '',
  options: {
    force: {
      type: 'boolean',
      help: 'Take it whatever it makes worse, at once, without trying it. A plan with errors is not taken all the same.',
    },
    json: { type: 'boolean', help: 'Print keelson.serve-status/1 as JSON.' },
    ...ORDER_OPTIONS,
  },
  example: 'keelson reload --force --reason "login moves to the new issuer, its single point is known"',
  notes: [
    'A plan is offered by itself when its file changes. Without a reason it is only shown what came of that.',
    'Exit 0 when it is in force or being tried, 1 when it is held back, refused or put off, 2 when nothing answers.',
  ],
  async run(args, environment) {
    if (args.operands.length > 0)
      throw new KeelsonError('bad-argument', `Expected no name, found ${args.operands.join(', ')}.`, {
        hint: 'The file is the one that serve was started with.',
      });
    if (args.text('reason') === undefined) {
      expectNoOrder(args, ['force'], 'a reason');
      const status = await readStatus(args);
      if (args.flag('json')) environment.out(JSON.stringify(status, undefined, 2));
      else for (const line of linesOf(status)) environment.out(printable(line));
      return status.offered === null || status.offered.state === 'trying' ? 0 : 1;
    }
    const order = { force: args.flag('force'), ...accountOf(args) };
    try {
      environment.out(printable(await give(args, '/reload', order)));
      return 0;
    } catch (error) {
      if (!(error instanceof KeelsonError) || error.code !== 'order-refused') throw error;
      environment.err(printable(error.message));
      return 1;
    }
  },
};

const STATES: Readonly<Record<NonNullable<Status['offered']>['state'], string>> = {
  checking: 'is being checked',
  trying: 'is being tried',
  refused: 'is not taken',
  'held-back': 'is held back',
  'taken-back': 'was tried and taken back',
  'put-off': 'is put off, and tried again by itself',
};

function linesOf({ plan, offered, startedAt }: Status): string[] {
  const inForce = `In force: ${plan.name}, ${plan.digest.slice(0, 19)}…  (running since ${secondOf(startedAt)})`;
  if (offered === null) return [inForce];
  const { digest, state, at, why } = offered;
  const name = digest === '' ? 'What is in the file' : `${digest.slice(0, 19)}…`;
  return [
    inForce,
    `Offered:  ${name} ${STATES[state]}  since ${secondOf(at)}`,
    ...why.map((words) => `          ${words}`),
  ];
}
