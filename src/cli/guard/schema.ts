import { KeelsonError } from '../../errors.ts';
import { contractJsonSchema } from '../../guard/contract.ts';
import { show } from '../../problems.ts';
import type { Command } from '../command.ts';

export const guardSchema: Command = {
  name: 'guard schema',
  summary: 'Prints the JSON Schema of contracts, for editors and other programs.',
  operands: '',
  options: {},
  example: 'keelson guard schema > contract.schema.json',
  run(args, environment) {
    if (args.operands.length > 0)
      throw new KeelsonError('bad-argument', `Expected no argument, found ${show(args.operands[0] ?? '')}.`, {
        hint: 'keelson guard schema > contract.schema.json',
      });
    environment.out(JSON.stringify(contractJsonSchema(), undefined, 2));
    return 0;
  },
};
