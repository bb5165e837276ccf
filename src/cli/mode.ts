import { KeelsonError } from '../errors.ts';
import { printable } from '../problems.ts';
import type { Status } from '../serve/index.ts';
import { MS_PER_HOUR, parseDuration } from '../units.ts';
import type { Command } from './command.ts';
import { accountOf, expectNoOrder, give, ORDER_OPTIONS, readStatus, secondOf } from './serve/orders.ts';

export const mode: Command = {
  name: 'mode',
  summary: 'Shows in which mode each journey is, and holds one in a mode: a hand on the lever.',
  operands: '[JOURNEY [MODE]]',
  options: {
    pin: { type: 'boolean', help: 'Exactly this mode, whatever works. Default: none better than it.' },
    for: { type: 'string', value: 'TIME', help: 'Until it is let go by itself, at most 7d. Default 1h.' },
    release: { type: 'boolean', help: 'Let the journey go.' },
    json: { type: 'boolean', help: 'Print keelson.serve-status/1 as JSON.' },
    ...ORDER_OPTIONS,
  },
  example: 'keelson mode trade cancel-only --for 30m --reason "settlement is late"',
  notes: [
    'Without a mode it shows in which mode each journey is, or that one. The mode down stops a journey. Every order is recorded, with its reason and by whom.',
    'Exit 0 when it was done, 2 when it was refused or nothing answers.',
  ],
  async run(args, environment) {
    const [journey, wanted, ...more] = args.operands;
    if (more.length > 0)
      throw new KeelsonError(
        'bad-argument',
        `Expected a journey and a mode, found ${args.operands.length} names.`,
      );
    const isReleased = args.flag('release');
    if (isReleased && (wanted !== undefined || args.flag('pin') || args.text('for') !== undefined))
      throw new KeelsonError('bad-argument', 'Expected with --release a journey alone: it is let go.');
    if (journey === undefined || (wanted === undefined && !isReleased)) {
      expectNoOrder(args, ['pin', 'for', 'release'], journey === undefined ? 'a journey' : 'a mode');
      const status = await readStatus(args);
      if (args.flag('json')) environment.out(JSON.stringify(status, undefined, 2));
      else for (const line of linesOf(status, journey)) environment.out(printable(line));
      return 0;
    }
    const time = parseDuration(args.text('for') ?? '1h');
    if (time === undefined || time <= 0 || time > 168)
      throw new KeelsonError(
        'bad-argument',
        `Expected a time above 0s, such as 30m, and at most 7d for --for, found ${args.text('for')}.`,
      );
    const words = await give(args, '/mode', {
      journey,
      mode: isReleased ? null : wanted,
      pinned: args.flag('pin'),
      ...(isReleased ? {} : { for: Math.round(time * MS_PER_HOUR) }),
      ...accountOf(args),
    });
    environment.out(printable(words));
    return 0;
  },
};

/** A line a journey, and below it why and until when. */
function linesOf({ journeys }: Status, only: string | undefined): string[] {
  const shown = journeys.filter(({ name }) => only === undefined || name === only);
  if (shown.length === 0)
    throw new KeelsonError('bad-argument', `There is no journey ${only}.`, {
      hint: `There are: ${journeys.map(({ name }) => name).join(', ')}.`,
    });
  const width = Math.max(...shown.map(({ name }) => name.length));
  return shown.flatMap(({ name, mode: present, modes, since, why, held, exposed }) => [
    `${name.padEnd(width)}  ${present ?? 'down'}  since ${secondOf(since)}  (of ${modes.join(', ')})`,
    ...(held === null
      ? []
      : [
          `${' '.repeat(width)}  ${held.pinned ? 'pinned to' : 'held at'} ${held.mode} by ${held.by}${held.until === null ? '' : ` until ${secondOf(held.until)}`}: ${held.reason}`,
        ]),
    ...(exposed.length === 0 ? [] : [`${' '.repeat(width)}  served without ${exposed.join(', ')}`]),
    ...why.map((words) => `${' '.repeat(width)}  ${words}`),
  ]);
}
