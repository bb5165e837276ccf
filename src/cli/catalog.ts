import { nearest } from '../document/index.ts';
import { KeelsonError } from '../errors.ts';
import { show } from '../problems.ts';
import { catalogText, providerText } from '../reporters/index.ts';
import type { Command } from './command.ts';
import { builtCatalog } from './input.ts';

export const catalog: Command = {
  name: 'catalog',
  summary:
    'Shows the providers that Keelson knows, or one of them with its capabilities, records and evidence.',
  operands: '[PROVIDER]',
  options: {
    json: { type: 'boolean', help: 'Print the catalogue as JSON.' },
    'as-of': {
      type: 'string',
      value: 'DAY',
      help: 'Take rates as of this day. Default: as far as the library reaches.',
    },
  },
  example: 'keelson catalog cloudflare',
  notes: ['How to add one: docs/add-a-provider.md.'],
  run(args, environment) {
    const built = builtCatalog(environment);
    const asOf = args.text('as-of') ?? built.watchedUntil;
    if (!/^\d{4}-\d{2}-\d{2}$/.test(asOf) || Number.isNaN(Date.parse(asOf)))
      throw new KeelsonError(
        'bad-argument',
        `Expected --as-of to be a day such as 2026-11-01, found ${show(asOf)}.`,
      );
    const [name, ...rest] = args.operands;
    if (rest.length > 0)
      throw new KeelsonError('bad-argument', 'Expected at most one provider.', {
        hint: 'keelson catalog PROVIDER',
      });
    if (name === undefined) {
      environment.out(args.flag('json') ? JSON.stringify(built, undefined, 2) : catalogText(built));
      return 0;
    }
    const provider = built.providers.find((one) => one.name === name);
    if (provider === undefined) {
      const close = nearest(
        name,
        built.providers.map((one) => one.name),
      );
      throw new KeelsonError(
        'unknown-provider',
        `The catalogue has no ${show(name)}.${close === undefined ? '' : ` Did you mean ${show(close)}?`}`,
        { hint: 'keelson catalog lists them.' },
      );
    }
    environment.out(
      args.flag('json') ? JSON.stringify(provider, undefined, 2) : providerText(built, provider, asOf),
    );
    return 0;
  },
};
