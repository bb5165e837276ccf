import { findingsOf, partsOf } from '../../drill/evidence/index.ts';
import { KeelsonError } from '../../errors.ts';
import { findingsText } from '../../reporters/index.ts';
import type { Command } from '../command.ts';
import { loadEvidence } from '../drill-evidence.ts';
import { builtCatalog, loadModel, PLAN_OPTIONS, refuse } from '../input.ts';

export const drillFindings: Command = {
  name: 'drill findings',
  summary: 'Lists what drills have found wrong, and what became of it: open, mended in the plan, drilled.',
  operands: 'FILE [PLAN]',
  options: {
    json: { type: 'boolean', help: 'Print keelson.drill-evidence/1 with what the plan has mended.' },
    ...PLAN_OPTIONS,
  },
  example: 'keelson drill findings drills.json plan.yaml',
  notes: [
    'FILE is what keelson drill PLAN --evidence FILE keeps. With PLAN, what has been mended there and not been drilled is seen.',
    'Exit 0 when nothing is open, 1 when something is, 2 when a file or the command is wrong.',
  ],
  run(args, environment) {
    const [file, planFile, ...more] = args.operands;
    if (file === undefined || more.length > 0)
      throw new KeelsonError(
        'bad-argument',
        `Expected a file of evidence and perhaps a plan, found ${args.operands.length} files.`,
        { hint: 'keelson drill findings FILE [PLAN]' },
      );
    const { evidence, problems } = loadEvidence([file]);
    if (evidence === undefined) return refuse(problems, args, environment);
    const read = planFile === undefined ? undefined : loadModel(planFile, builtCatalog(environment), args);
    if (read !== undefined && read.loaded === undefined) return refuse(read.problems, args, environment);
    const plan = read?.loaded?.plan;
    const now =
      plan === undefined
        ? undefined
        : { name: plan.platform.name, digest: plan.digest ?? null, parts: partsOf(plan) };
    const shown = { ...evidence, findings: findingsOf(evidence.runs, now) };
    environment.out(
      args.flag('json') ? JSON.stringify(shown, undefined, 2) : findingsText(shown, environment.width),
    );
    return shown.findings.some(({ state }) => state === 'open') ? 1 : 0;
  },
};
