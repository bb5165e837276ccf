import { KeelsonError } from '../errors.ts';
import { planJsonSchema } from '../plan/index.ts';
import { show } from '../problems.ts';
import type { Command } from './command.ts';

export const schema: Command = {
  name: 'schema',
  summary: 'Prints the JSON Schema of plans, for editors and other programs.',
  operands: '',
  options: {},
  example: 'keelson schema > plan.schema.json',
  run(args, environment) {
    if (args.operands.length > 0)
      throw new KeelsonError('bad-argument', `Expected no argument, found ${show(args.operands[0] ?? '')}.`, {
        hint: 'keelson schema > plan.schema.json',
      });
    environment.out(JSON.stringify(planJsonSchema(), undefined, 2));
    return 0;
  },
};
