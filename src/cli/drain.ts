import { KeelsonError } from '../errors.ts';
import { printable } from '../problems.ts';
import type { Status } from '../serve/index.ts';
import type { Command } from './command.ts';
import { accountOf, expectNoOrder, give, ORDER_OPTIONS, readStatus } from './serve/orders.ts';

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
    'Without a part it lists them, by the names that are expected here.',
    'It is refused where there is nowhere to go, and where a journey would be in a lower mode without the part.',
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
      expectNoOrder(args, [], 'a part, or --all,');
      for (const line of linesOf(await readStatus(args))) environment.out(printable(line));
      return 0;
    }
    const order = { target: target ?? null, back: args.flag('back'), ...accountOf(args) };
    environment.out(printable(await give(args, '/drain', order)));
    return 0;
  },
};

/** A line a part: by the name that it is drained by, and what stands on it. */
function linesOf({ services }: Status): string[] {
  const parts = new Map<string, { isDrained: boolean; inFlight: number; readonly under: Set<string> }>();
  for (const { name, alternatives } of services)
    for (const { name: alternative, part, drained, inFlight } of alternatives) {
      if (part === null) continue;
      const one = parts.get(part) ?? { isDrained: false, inFlight: 0, under: new Set() };
      parts.set(part, one);
      one.isDrained ||= drained;
      one.inFlight = Math.max(one.inFlight, inFlight);
      if (name !== part) one.under.add(part.startsWith(`${name}:`) ? `${name} as ${alternative}` : name);
    }
  if (parts.size === 0) return ['Nothing here can be drained.'];
  const width = Math.max(0, ...[...parts.keys()].map((part) => part.length));
  return [...parts].map(([part, { isDrained, inFlight, under }]) => {
    const on = under.size === 0 ? '' : `  under ${[...under].join(', ')}`;
    return `${part.padEnd(width)}  ${isDrained ? 'drained    ' : 'not drained'}  ${inFlight} under way${on}`;
  });
}
