import { assess } from '../assess/index.ts';
import type { Catalog } from '../catalog/index.ts';
import { compare as comparePlans, type Assessed, type Comparison } from '../compare/index.ts';
import { KeelsonError } from '../errors.ts';
import { printable } from '../problems.ts';
import { comparisonMarkdown, comparisonText } from '../reporters/index.ts';
import type { Arguments, Command, Environment } from './command.ts';
import { builtCatalog, loadModel, PLAN_OPTIONS, refuse, type LoadedModel } from './input.ts';
import { progressLine } from './progress.ts';

/** More do not fit beside each other on anything. */
const MOST_PLANS = 12;
/** The share of the progress that goes to the plans as they are. */
const AS_THEY_ARE = 0.3;

export const compare: Command = {
  name: 'compare',
  summary: 'Platforms, or versions of one, side by side: what differs, what it is worth, on what evidence.',
  operands: 'PLAN PLAN…',
  options: {
    json: { type: 'boolean', help: 'Print keelson.comparison/1 as JSON.' },
    markdown: { type: 'boolean', help: 'Print Markdown.' },
    'no-worth': {
      type: 'boolean',
      help: 'Only list what differs: do not solve what each difference is worth.',
    },
    ...PLAN_OPTIONS,
  },
  example: 'keelson compare examples/harbor/before.yaml examples/harbor/plan.yaml',
  notes: [
    `2 to ${MOST_PLANS} plans; the others are held against the first. There is no score: facts with their units.`,
    'Exit 0 when it was answered, 2 when a plan or the command is wrong. - reads standard input.',
  ],
  run(args, environment) {
    const count = args.operands.length;
    if (count < 2 || count > MOST_PLANS)
      throw new KeelsonError('plan-count', `Expected 2 to ${MOST_PLANS} plans to compare, found ${count}.`, {
        hint: 'keelson compare PLAN PLAN…',
      });
    const catalog = builtCatalog(environment);
    const inputs = args.operands.map((file) => loadModel(file, catalog, args));
    const problems = inputs.flatMap((input) => (input.loaded === undefined ? input.problems : []));
    if (problems.length > 0) return refuse(problems, args, environment);
    const loaded = inputs.flatMap((input) => (input.loaded === undefined ? [] : [input.loaded]));
    print(solve(loaded, catalog, args, environment), args, environment);
    return 0;
  },
};

function solve(
  loaded: readonly LoadedModel[],
  catalog: Catalog,
  args: Arguments,
  environment: Environment,
): Comparison {
  const line = progressLine(environment);
  const plans = loaded.map(({ model }, i): Assessed => {
    line.show((AS_THEY_ARE * i) / loaded.length, printable(model.plan.platform.name));
    return { model, assessment: assess(model, { advice: false }) };
  });
  const solving = {
    catalog,
    assess: (model: LoadedModel['model']) => assess(model, { advice: false, draws: 0, top: 0 }),
  };
  const result = comparePlans(plans, {
    ...(args.flag('no-worth') ? {} : { solving }),
    onProgress: (share, what) => line.show(AS_THEY_ARE + (1 - AS_THEY_ARE) * share, printable(what)),
  });
  line.clear();
  return result;
}

function print(result: Comparison, args: Arguments, { out, colour, width }: Environment): void {
  if (args.flag('json')) out(JSON.stringify(result, undefined, 2));
  else if (args.flag('markdown')) out(comparisonMarkdown(result));
  else out(comparisonText(result, { colour, width }));
}
