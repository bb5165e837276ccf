import { KeelsonError } from '../errors.ts';
import { printable } from '../problems.ts';
import type { Command } from './command.ts';
import { accountOf, give, ORDER_OPTIONS, readStatus } from './serve/orders.ts';

export const drain: Command = {
  name: 'drain',
  summary: 'Takes a part out of use before work on it, and lets it back: what is under way there ends.',
  operands: '[PART]',
  options: {
    back: { type: 'boolean', help: 'Let it have requests again.' },
    all: { type: 'boolean', help: 'Drain all of the gateway, which then ends.' },
    ...ORDER_OPTIONS,
  },
  example: 'keelson drain site-london --reason "a new kernel"',
  notes: [
    'Users of a service with alternatives are moved to another one first, a person’s approval included: this is one.',
    'It stays out over a restart, until --back. Every order is recorded, with its reason and by whom.',
    'Exit 0 when it was done, 2 when it was refused or nothing answers.',
  ],
  async run(args, environment) {
    const [target, ...more] = args.operands;
    if (more.length > 0 || (target !== undefined && args.flag('all')))
      throw new KeelsonError(
        'bad-argument',
        `Expected one part, or --all, found ${args.operands.join(', ')}.`,
      );
    if (args.flag('back') && target === undefined)
      throw new KeelsonError('bad-argument', 'Expected with --back the part that comes back.', {
        hint: 'keelson drain lists the parts',
      });
    if (target === undefined && !args.flag('all')) {
      const { services } = await readStatus(args);
      for (const { name, alternatives } of services)
        for (const one of alternatives)
          if (one.url !== null)
            environment.out(
              printable(
                `${name}  ${one.name}  ${one.drained ? 'drained' : 'not drained'}  ${one.inFlight} in flight`,
              ),
            );
      return 0;
    }
    const order = { target: target ?? null, back: args.flag('back'), ...accountOf(args) };
    environment.out(printable(await give(args, '/drain', order)));
    return 0;
  },
};
