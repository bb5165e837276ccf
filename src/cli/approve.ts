import { KeelsonError } from '../errors.ts';
import { printable } from '../problems.ts';
import type { Status } from '../serve/index.ts';
import type { Command } from './command.ts';
import { accountOf, expectNoOrder, give, ORDER_OPTIONS, readStatus, secondOf } from './serve/orders.ts';

export const approve: Command = {
  name: 'approve',
  summary: 'Shows which switches wait for a person, and agrees to one, or makes one.',
  operands: '[SERVICE]',
  options: {
    to: {
      type: 'string',
      value: 'ALTERNATIVE',
      help: 'Move users there, whether a switch waits or not: the way back for what never goes back by itself.',
    },
    json: { type: 'boolean', help: 'Print keelson.serve-status/1 as JSON.' },
    ...ORDER_OPTIONS,
  },
  example: 'keelson approve order-book --reason "London is gone, Dublin is within its lag"',
  notes: [
    'Every order is recorded, with its reason and by whom.',
    'Exit 0 when it was done, 2 when it was refused or nothing answers.',
  ],
  async run(args, environment) {
    const [service, ...more] = args.operands;
    if (more.length > 0)
      throw new KeelsonError('bad-argument', `Expected one service, found ${args.operands.length} names.`);
    if (service === undefined) {
      expectNoOrder(args, ['to'], 'a service');
      const status = await readStatus(args);
      if (args.flag('json')) environment.out(JSON.stringify(status, undefined, 2));
      else for (const line of linesOf(status)) environment.out(printable(line));
      return 0;
    }
    const words = await give(args, '/approve', { service, to: args.text('to') ?? null, ...accountOf(args) });
    environment.out(printable(words));
    return 0;
  },
};

function linesOf({ services }: Status): string[] {
  const waiting = services.flatMap(({ name, waiting: what }) =>
    what?.kind === 'approval' ? [`${name}  since ${secondOf(what.since)}  ${what.words}`] : [],
  );
  const inUse = services.flatMap(({ name, inUse: present, waiting: what }) =>
    present === null
      ? []
      : [`${name}  is on ${present}${what === null || what.kind === 'approval' ? '' : `: ${what.words}`}`],
  );
  return [...(waiting.length === 0 ? ['No switch waits for anybody.'] : waiting), ...inUse];
}
