import { systemClock } from '../clock.ts';
import { digestOf, readText } from '../document/load.ts';
import { KeelsonError } from '../errors.ts';
import { DEFAULT_MISSION_TIME_HOURS, parseModel, type FaultTree } from '../openpsa/index.ts';
import { printable, type Problem } from '../problems.ts';
import { solutionText } from '../reporters/index.ts';
import { solve as solveTree, type CutOff, type Solution, type Visit } from '../solve/index.ts';
import type { Arguments, Command, Environment } from './command.ts';
import { decimal, problemText, refuse, wholeNumber } from './input.ts';
import { progressLine } from './progress.ts';

/** Models of the field are some megabytes at most. */
const MAX_BYTES = 64_000_000;

export const solve: Command = {
  name: 'solve',
  summary: 'Solves a fault tree of the Open-PSA format exactly: probability, minimal cut sets, importance.',
  operands: 'MODEL.xml',
  options: {
    json: { type: 'boolean', help: 'Print keelson.solution/1 as JSON.' },
    root: {
      type: 'string',
      multiple: true,
      value: 'GATE',
      help: 'What to solve. Again for more. Default the gates that no other gate uses.',
    },
    top: { type: 'string', value: 'N', help: 'How many of the likeliest cut sets to print. Default 10.' },
    list: {
      type: 'string',
      value: 'FILE',
      help: 'Write every cut set, one a line (- for standard output, and nothing else there).',
    },
    'cut-off': { type: 'string', value: 'P', help: 'Do not list sets less likely than this: 1e-12.' },
    order: { type: 'string', value: 'N', help: 'Do not list sets of more events than this.' },
    'mission-time': {
      type: 'string',
      value: 'HOURS',
      help: `What <system-mission-time/> stands for. Default ${DEFAULT_MISSION_TIME_HOURS}.`,
    },
    'no-cut-sets': { type: 'boolean', help: 'Leave cut sets out.' },
    'no-importance': { type: 'boolean', help: 'Leave importance out.' },
    budget: {
      type: 'string',
      value: 'NODES',
      help: 'Nodes that one diagram may have, up to 120 bytes each. Default 16000000.',
    },
    'max-bytes': { type: 'string', value: 'N', help: `Refuse larger files. Default ${MAX_BYTES}.` },
  },
  example: 'keelson solve examples/open-psa/cooling.xml',
  notes: [
    'A line of --list: root, probability, order, then the events; tabs between.',
    'Exit 0 when all roots were solved exactly, 1 when some only within bounds, 2 when the model or the command is wrong.',
    '- reads standard input. docs/solve.md has what is read, and every formula.',
  ],
  run(args, environment) {
    const file = operand(args);
    const options = optionsOf(args);
    const { tree, problems, digest } = load(file, options.missionTime, args);
    if (tree === undefined) return refuse(problems, args, environment);
    if (problems.length > 0) environment.err(problemText(problems));
    const solution = solved(
      tree,
      { ...options, file, ...(digest === undefined ? {} : { digest }) },
      args,
      environment,
    );
    if (args.text('list') !== '-') print(solution, args, environment);
    return solution.roots.every(({ exact }) => exact) ? 0 : 1;
  },
};

function operand(args: Arguments): string {
  const [file, ...rest] = args.operands;
  if (file === undefined)
    throw new KeelsonError('no-model', 'Expected a fault tree in the Open-PSA Model Exchange Format.', {
      hint: 'keelson solve MODEL.xml (one of a plan: keelson export --open-psa PLAN)',
    });
  if (rest.length > 0)
    throw new KeelsonError('bad-argument', `Expected one model, found ${args.operands.length}.`, {
      hint: 'Solve each by itself.',
    });
  return file;
}

interface Options {
  readonly missionTime: number;
  readonly top: number;
  readonly cutOff: CutOff;
  readonly cutSets: boolean;
  readonly importance: boolean;
  readonly budget?: number;
}

function optionsOf(args: Arguments): Options {
  const listed = ['list', 'cut-off', 'order'].find((name) => args.text(name) !== undefined);
  if (args.flag('no-cut-sets') && listed !== undefined)
    throw new KeelsonError('bad-argument', `--no-cut-sets leaves out what --${listed} is about.`, {
      hint: 'Leave one of them away.',
    });
  const budget = wholeNumber(args, 'budget', 1000, 64_000_000);
  return {
    missionTime: decimal(args, 'mission-time', 0, 1e12) ?? DEFAULT_MISSION_TIME_HOURS,
    top: wholeNumber(args, 'top', 0, 100_000) ?? 10,
    cutOff: {
      probability: decimal(args, 'cut-off', 0, 1) ?? null,
      order: wholeNumber(args, 'order', 0, 1_000_000) ?? null,
    },
    cutSets: !args.flag('no-cut-sets'),
    importance: !args.flag('no-importance'),
    ...(budget === undefined ? {} : { budget }),
  };
}

function load(
  file: string,
  missionTimeHours: number,
  args: Arguments,
): { readonly tree: FaultTree | undefined; readonly problems: readonly Problem[]; readonly digest?: string } {
  const read = readText(file, { maxBytes: wholeNumber(args, 'max-bytes', 1, 2 ** 31) ?? MAX_BYTES });
  if (read.text === undefined) return { tree: undefined, problems: [read.problem] };
  const roots = args.texts('root');
  const { tree, problems } = parseModel(read.text, {
    file: read.name,
    missionTimeHours,
    ...(roots.length === 0 ? {} : { roots }),
  });
  return { tree, problems, ...(args.flag('json') ? { digest: digestOf(read.text) } : {}) };
}

function solved(
  tree: FaultTree,
  options: Options & { readonly file: string; readonly digest?: string },
  args: Arguments,
  environment: Environment,
): Solution {
  const line = progressLine(environment);
  const list = args.text('list');
  const sink = list === undefined ? undefined : environment.open(list);
  // A name may hold anything, a tab or the end of a line too.
  const shown = new Map<string, string>();
  const safe = (name: string): string => {
    const known = shown.get(name) ?? printable(name);
    shown.set(name, known);
    return known;
  };
  const visit: Visit = (root, events, probability) =>
    sink?.write(
      `${safe(root)}\t${probability ?? '?'}\t${events.length}\t${events.map(safe).join('\t')}\n`,
    ) === false;
  try {
    return solveTree(tree, {
      ...options,
      clock: systemClock,
      onProgress: line.show,
      ...(sink === undefined ? {} : { visit }),
    });
  } finally {
    sink?.close();
    line.clear();
  }
}

function print(solution: Solution, args: Arguments, environment: Environment): void {
  const { colour, width } = environment;
  environment.out(
    args.flag('json') ? JSON.stringify(solution, undefined, 2) : solutionText(solution, { colour, width }),
  );
}
