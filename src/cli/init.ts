import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeelsonError } from '../errors.ts';
import { show } from '../problems.ts';
import type { Command } from './command.ts';

export const init: Command = {
  name: 'init',
  summary: 'Writes a commented starter plan.',
  operands: '[FILE]',
  options: { force: { type: 'boolean', help: 'Overwrite a file that is there.' } },
  example: 'keelson init plan.yaml && keelson assess plan.yaml',
  notes: ['FILE is plan.yaml unless said otherwise; - prints it.'],
  run(args, environment) {
    const [file = 'plan.yaml', ...rest] = args.operands;
    if (rest.length > 0)
      throw new KeelsonError('bad-argument', `Expected one file, found ${args.operands.length}.`, {
        hint: 'keelson init FILE',
      });
    const starter = readFileSync(join(environment.root, 'data', 'starter.yaml'), 'utf8');
    if (file === '-') {
      environment.out(starter.trimEnd());
      return 0;
    }
    if (existsSync(file) && !args.flag('force'))
      throw new KeelsonError('file-exists', `${show(file)} is there already.`, {
        hint: 'Name another file, or add --force.',
      });
    environment.write(file, starter);
    environment.out(`Wrote ${file}. Next: keelson assess ${file}`);
    return 0;
  },
};
