import { planJsonSchema } from '../plan/index.ts';
import type { Command } from './command.ts';

export const schema: Command = {
  name: 'schema',
  summary: 'Prints the JSON Schema of plans, for editors and other programs.',
  operands: '',
  options: {},
  example: 'keelson schema > plan.schema.json',
  run(_, environment) {
    environment.out(JSON.stringify(planJsonSchema(), undefined, 2));
    return 0;
  },
};
