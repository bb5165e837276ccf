import { assess } from '../assess/index.ts';
import type { Catalog } from '../catalog/index.ts';
import type { Comparison } from '../compare/index.ts';
import { KeelsonError } from '../errors.ts';
import { printable } from '../problems.ts';
import { comparisonMarkdown, comparisonText } from '../reporters/index.ts';
import type { Arguments, Command, Environment } from './command.ts';
import { compared, MOST_PLANS } from './compared.ts';
import { builtCatalog, loadModel, PLAN_OPTIONS, refuse, refuseOverwrite, type LoadedModel } from './input.ts';
import { progressLine } from './progress.ts';
import { reportPage, type Reported } from './report.ts';

/** The share of the progress that goes to the plans as they are. */
const AS_THEY_ARE = 0.3;

export const compare: Command = {
  name: 'compare',
  summary: 'Platforms, or versions of one, side by side: what differs, what it is worth, on what evidence.',
  operands: 'PLAN PLAN…',
  options: {
    json: { type: 'boolean', help: 'Print keelson.comparison/1 as JSON.' },
    markdown: { type: 'boolean', help: 'Print Markdown.' },
    html: {
      type: 'string',
      value: 'FILE',
      help: 'Write the page with all plans in it, opened at the comparison (- for standard output).',
    },
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
    if (args.flag('json') && args.flag('markdown'))
      throw new KeelsonError('bad-argument', 'Expected one of --json and --markdown, found both.');
    if (args.text('html') === '-' && (args.flag('json') || args.flag('markdown')))
      throw new KeelsonError('bad-argument', 'Expected one answer on standard output, found two.');
    refuseOverwrite(args.text('html'), args.operands);
    const catalog = builtCatalog(environment);
    const inputs = args.operands.map((file) => loadModel(file, catalog, args));
    const problems = inputs.flatMap((input) => (input.loaded === undefined ? input.problems : []));
    if (problems.length > 0) return refuse(problems, args, environment);
    const loaded = inputs.flatMap((input) => (input.loaded === undefined ? [] : [input.loaded]));
    const solved = solve(loaded, catalog, args, environment);
    writePage(solved, catalog, args, environment);
    print(solved.comparison, args, environment);
    return 0;
  },
};

function solve(
  loaded: readonly LoadedModel[],
  catalog: Catalog,
  args: Arguments,
  environment: Environment,
): { readonly plans: readonly Reported[]; readonly comparison: Comparison } {
  const line = progressLine(environment);
  const plans = loaded.map((one, i): Reported => {
    line.show((AS_THEY_ARE * i) / loaded.length, printable(one.plan.platform.name));
    const { model, problems } = one;
    return { ...one, assessment: assess(model, { advice: false, problems }) };
  });
  const comparison = compared(plans, catalog, {
    worth: !args.flag('no-worth'),
    onProgress: (share, what) => line.show(AS_THEY_ARE + (1 - AS_THEY_ARE) * share, printable(what)),
  });
  line.clear();
  return { plans, comparison };
}

/** Writes the page that `--html` asks for. */
function writePage(
  { plans, comparison }: ReturnType<typeof solve>,
  catalog: Catalog,
  args: Arguments,
  environment: Environment,
): void {
  const file = args.text('html');
  if (file === undefined) return;
  const html = reportPage(plans, { catalog, comparison, options: {}, view: 'view=compare' }, environment);
  if (file === '-') environment.out(html);
  else environment.write(file, `${html}\n`);
}

function print(result: Comparison, args: Arguments, { out, colour, width }: Environment): void {
  const page = args.text('html');
  if (args.flag('json')) out(JSON.stringify(result, undefined, 2));
  else if (args.flag('markdown')) out(comparisonMarkdown(result));
  else if (page !== '-') {
    out(comparisonText(result, { colour, width }));
    if (page !== undefined) out(`\n  Open ${printable(page)} in a browser to see it.`);
  }
}
