import { KeelsonError } from '../errors.ts';
import type { Problem } from '../problems.ts';
import type { Command } from './command.ts';
import { builtCatalog, loadModel, PLAN_OPTIONS, problemLine } from './input.ts';

export const check: Command = {
  name: 'check',
  summary: 'Says everything that is wrong with plans, each with its place.',
  operands: 'PLAN…',
  options: { json: { type: 'boolean', help: 'Print keelson.problems/1 as JSON.' }, ...PLAN_OPTIONS },
  example: 'keelson check examples/harbor/plan.yaml',
  notes: ['Exit 0 when no plan has an error, 2 otherwise. Warnings stand beside an answer and do not fail.'],
  run(args, environment) {
    if (args.operands.length === 0)
      throw new KeelsonError('no-plan', 'Expected a plan file.', {
        hint: 'keelson check PLAN… (a starter: keelson init)',
      });
    const catalog = builtCatalog(environment);
    const problems: Problem[] = [];
    for (const file of args.operands) problems.push(...loadModel(file, catalog, args).problems);
    const errors = problems.filter(({ severity }) => severity === 'error').length;
    if (args.flag('json')) {
      environment.out(JSON.stringify({ schema: 'keelson.problems/1', problems }, undefined, 2));
    } else {
      for (const problem of problems) environment.out(problemLine(problem));
      const files = args.operands.length === 1 ? '1 plan' : `${args.operands.length} plans`;
      const warnings = problems.length - errors;
      environment.out(
        `${files}, ${errors} error${errors === 1 ? '' : 's'}, ${warnings} warning${warnings === 1 ? '' : 's'}.`,
      );
    }
    return errors > 0 ? 2 : 0;
  },
};
