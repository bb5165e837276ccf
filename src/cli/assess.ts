import {
  assess as assessModel,
  driftBetween,
  FAIL_ON,
  failures,
  type Assessment,
  type AssessOptions,
  type Drift,
  type FailOn,
} from '../assess/index.ts';
import type { Catalog } from '../catalog/index.ts';
import { systemClock } from '../clock.ts';
import { nearest } from '../document/index.ts';
import { readText } from '../document/load.ts';
import { measuredBy, type DrillEvidence } from '../drill/evidence/index.ts';
import { KeelsonError } from '../errors.ts';
import { buildModel, withDrills } from '../model/index.ts';
import { printable, show, type Problem } from '../problems.ts';
import { assessmentMarkdown, assessmentSarif, assessmentText } from '../reporters/index.ts';
import type { Arguments, Command, Environment } from './command.ts';
import { compared, MOST_PLANS } from './compared.ts';
import { loadEvidence, type LoadedEvidence } from './drill-evidence.ts';
import {
  builtCatalog,
  checkWithout,
  loadModel,
  PLAN_OPTIONS,
  refuse,
  refuseOverwrite,
  wholeNumber,
  type LoadedModel,
} from './input.ts';
import { progressLine } from './progress.ts';
import { reportPage, viewWithout, type Reported } from './report.ts';

export const assess: Command = {
  name: 'assess',
  summary: 'Computes exactly what takes each journey down, how often, what it costs, and what would help.',
  operands: 'PLAN…',
  options: {
    json: {
      type: 'boolean',
      help: 'Print keelson.assessment/1 as JSON: one plan an object, several an array.',
    },
    markdown: { type: 'boolean', help: 'Print Markdown.' },
    sarif: {
      type: 'string',
      value: 'FILE',
      help: 'Write the findings as SARIF 2.1.0 to a file (- for standard output).',
    },
    html: {
      type: 'string',
      value: 'FILE',
      help: 'Write the page: one file to look at, with the engine inside (- for standard output).',
    },
    without: {
      type: 'string',
      multiple: true,
      value: 'EVENT',
      help: 'What if this has failed: cloudflare, aws@us-east-1, a service. Again for more.',
    },
    baseline: {
      type: 'string',
      value: 'FILE',
      help: 'Show what changed since another plan, or since saved JSON.',
    },
    'fail-on': {
      type: 'string',
      multiple: true,
      value: 'LIST',
      help: `What makes it fail: ${FAIL_ON.join(', ')}. Default slo.`,
    },
    drills: {
      type: 'string',
      multiple: true,
      value: 'FILE',
      help: 'Evidence of drills: what they measured replaces what the plan states. Again for more.',
    },
    'drills-of-other-plans': {
      type: 'boolean',
      help: 'Drills of other versions of a plan count too, where names are the same.',
    },
    assumptions: { type: 'boolean', help: 'List every figure that is assumed.' },
    'no-advice': { type: 'boolean', help: 'Do not try changes on the plan.' },
    top: { type: 'string', value: 'N', help: 'How many cut sets to list a journey. Default 10.' },
    draws: {
      type: 'string',
      value: 'N',
      help: 'How often rates are drawn for the 90 % intervals. Default 128; 0 for none.',
    },
    budget: {
      type: 'string',
      value: 'NODES',
      help: 'Work on diagrams before large journeys are left to bounds. Default 12000000.',
    },
    ...PLAN_OPTIONS,
  },
  example: 'keelson assess examples/harbor/plan.yaml --baseline examples/harbor/before.yaml',
  notes: [
    'Exit 0 when all targets are met, 1 when one is missed, 2 when a plan or the command is wrong. - reads standard input.',
  ],
  run(args, environment) {
    if (args.operands.length === 0)
      throw new KeelsonError('no-plan', 'Expected a plan file.', {
        hint: 'keelson assess PLAN… (a starter: keelson init)',
      });
    const failOn = readFailOn(args);
    if (failOn.includes('drift') && args.text('baseline') === undefined)
      throw new KeelsonError('no-baseline', '--fail-on drift compares with a baseline.', {
        hint: 'Add --baseline FILE.',
      });
    const page = args.text('html');
    const shown = args.operands.length + (args.text('baseline') === undefined ? 0 : 1);
    if (page !== undefined && shown > MOST_PLANS)
      throw new KeelsonError('bad-argument', `A page holds at most ${MOST_PLANS} plans, found ${shown}.`, {
        hint: 'Write several pages.',
      });
    checkOutputs(args);
    const catalog = builtCatalog(environment);
    const drills = readDrills(args);
    const read: ReadPlan = (file) =>
      withEvidence(loadModel(file, catalog, args), drills.evidence, catalog, args);
    const inputs = args.operands.map(read);
    const baseline = readBaseline(args, read, environment);
    const problems = [
      ...(drills.evidence === undefined ? drills.problems : []),
      ...inputs.flatMap((input) => (input.loaded === undefined ? input.problems : [])),
      ...baseline.problems,
    ];
    if (problems.length > 0) return refuse(problems, args, environment);
    const loaded = inputs.flatMap((input) => (input.loaded === undefined ? [] : [input.loaded]));
    for (const { model } of loaded) checkWithout(model, args.texts('without'));
    const results = loaded.map((one) => solve(one, catalog, args, environment));
    const drifts = results.map((result) =>
      baseline.assessment === undefined ? undefined : driftBetween(baseline.assessment, result),
    );
    const failed = results.map((result, i) => failures(result, failOn, drifts[i]));
    if (page !== undefined) {
      const reported = loaded.map((one, i) => ({ ...one, assessment: results[i] as Assessment })); // one each
      const html = pageOf(reported, baseline.reported, catalog, args, environment);
      writeOut(page, html, environment);
    }
    print(results, drifts, failed, args, environment);
    return failed.some((why) => why.length > 0) ? 1 : 0;
  },
};

/** One answer to standard output, and no file over one that is read. */
function checkOutputs(args: Arguments): void {
  const toOutput = [
    ...(args.flag('json') ? ['--json'] : []),
    ...(args.flag('markdown') ? ['--markdown'] : []),
    ...(args.text('sarif') === '-' ? ['--sarif -'] : []),
    ...(args.text('html') === '-' ? ['--html -'] : []),
  ];
  if (toOutput.length > 1)
    throw new KeelsonError(
      'bad-argument',
      `Expected one answer on standard output, found ${toOutput.join(' and ')}.`,
    );
  const inputs = [...args.operands, args.text('baseline'), ...args.texts('drills')];
  refuseOverwrite(args.text('html'), inputs);
  refuseOverwrite(args.text('sarif'), inputs);
}

type ReadPlan = (file: string) => ReturnType<typeof loadModel>;

function readDrills(args: Arguments): LoadedEvidence {
  const files = args.texts('drills');
  if (files.length === 0 && args.flag('drills-of-other-plans'))
    throw new KeelsonError(
      'bad-argument',
      '--drills-of-other-plans says which drills count, and there are none.',
      {
        hint: 'Add --drills FILE, as keelson drill PLAN --evidence FILE writes it.',
      },
    );
  return loadEvidence(files);
}

/** A plan with the figures that drills measured of it, each its own. */
function withEvidence(
  input: ReturnType<typeof loadModel>,
  evidence: DrillEvidence | undefined,
  catalog: Catalog,
  args: Arguments,
): ReturnType<typeof loadModel> {
  const { loaded, problems } = input;
  if (loaded === undefined || evidence === undefined || args.texts('drills').length === 0) return input;
  const drilled = measuredBy(evidence, loaded.model, args.flag('drills-of-other-plans'));
  const plan = withDrills(loaded.plan, drilled);
  const { model } = buildModel(plan, catalog);
  return { loaded: model === undefined ? loaded : { ...loaded, plan, model }, problems };
}

function solve(
  { model, problems }: LoadedModel,
  catalog: Catalog,
  args: Arguments,
  environment: Environment,
): Assessment {
  const line = progressLine(environment);
  const result = assessModel(model, {
    ...figureOptions(args),
    catalog,
    clock: systemClock,
    problems,
    advice: !args.flag('no-advice'),
    without: args.texts('without'),
    onProgress: line.show,
  });
  line.clear();
  return result;
}

/** What decides the figures of an answer. */
function figureOptions(args: Arguments): Pick<AssessOptions, 'top' | 'draws' | 'budget'> {
  const top = wholeNumber(args, 'top', 0, 100_000);
  const draws = wholeNumber(args, 'draws', 0, 1_000_000);
  const budget = wholeNumber(args, 'budget', 10_000, 10_000_000_000);
  return {
    ...(top === undefined ? {} : { top }),
    ...(draws === undefined ? {} : { draws }),
    ...(budget === undefined ? {} : { budget }),
  };
}

/** The page, opened with what was taken as failed; a baseline stands in it as a further plan, and others are held against it. */
function pageOf(
  plans: readonly Reported[],
  baseline: readonly Reported[],
  catalog: Catalog,
  args: Arguments,
  environment: Environment,
): string {
  const line = progressLine(environment);
  const options = figureOptions(args);
  const inOrder = [...baseline, ...plans];
  const comparison =
    inOrder.length < 2 ? null : compared(inOrder, catalog, { figures: options, onProgress: line.show });
  line.clear();
  const view = viewWithout(args.texts('without'));
  return reportPage([...plans, ...baseline], { catalog, comparison, options, view }, environment);
}

function print(
  results: readonly Assessment[],
  drifts: readonly (Drift | undefined)[],
  failed: readonly (readonly string[])[],
  args: Arguments,
  environment: Environment,
): void {
  const sarif = args.text('sarif');
  if (sarif !== undefined) writeOut(sarif, assessmentSarif(results), environment);
  if (args.flag('json')) {
    const shown = results.map((result, i) =>
      drifts[i] === undefined ? result : { ...result, drift: drifts[i] },
    );
    environment.out(JSON.stringify(shown.length === 1 ? shown[0] : shown, undefined, 2));
  } else if (args.flag('markdown')) {
    environment.out(results.map((result, i) => assessmentMarkdown(result, drifts[i])).join('\n\n'));
  } else if (sarif !== '-' && args.text('html') !== '-') {
    const { colour, width } = environment;
    for (const [i, result] of results.entries()) {
      if (i > 0) environment.out('');
      const drift = drifts[i];
      const options = { colour, width, assumptions: args.flag('assumptions'), failures: failed[i] ?? [] };
      environment.out(assessmentText(result, drift === undefined ? options : { ...options, drift }));
    }
    const page = args.text('html');
    if (page !== undefined) {
      environment.out(`\n  Open ${printable(page)} in a browser to see it.`);
      if (drifts[0] !== undefined && args.text('baseline')?.endsWith('.json') === true)
        environment.out('  The baseline is saved JSON, which holds no plan: it is not in the page.');
    }
  }
}

function readFailOn(args: Arguments): FailOn[] {
  const given = args
    .texts('fail-on')
    .flatMap((list) => list.split(','))
    .map((word) => word.trim());
  if (given.length === 0) return ['slo'];
  return given.map((word) => {
    const known = FAIL_ON.find((one) => one === word);
    if (known !== undefined) return known;
    const close = nearest(word, FAIL_ON);
    throw new KeelsonError(
      'bad-argument',
      `Expected --fail-on to name ${FAIL_ON.join(', ')}, found ${show(word)}.${close === undefined ? '' : ` Did you mean ${close}?`}`,
    );
  });
}

interface Baseline {
  readonly assessment: Assessment | undefined;
  /** It, where it is a plan: for the page. */
  readonly reported: readonly Reported[];
  readonly problems: readonly Problem[];
}

/** A plan is solved; saved JSON of an assessment is taken as it is. */
function readBaseline(args: Arguments, read: ReadPlan, environment: Environment): Baseline {
  const file = args.text('baseline');
  if (file === undefined) return { assessment: undefined, reported: [], problems: [] };
  if (file.endsWith('.json')) {
    const saved = savedAssessment(file);
    if (saved !== undefined) return { assessment: saved, reported: [], problems: [] };
  }
  const { loaded, problems } = read(file);
  if (loaded === undefined) return { assessment: undefined, reported: [], problems };
  const line = progressLine(environment);
  const options = { ...figureOptions(args), problems, advice: false, onProgress: line.show };
  const assessment = assessModel(loaded.model, options);
  line.clear();
  return { assessment, reported: [{ ...loaded, assessment }], problems: [] };
}

function savedAssessment(file: string): Assessment | undefined {
  const read = readText(file, { maxBytes: 256 * 1024 * 1024 });
  if (read.text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(read.text);
  } catch {
    return undefined; // a plan may be written in JSON-like YAML: its own loader says what is wrong
  }
  if (typeof value !== 'object' || value === null || !('schema' in value)) return undefined;
  if (value.schema !== 'keelson.assessment/1' || !looksWhole(value))
    throw new KeelsonError('bad-baseline', `Expected ${show(file)} to hold one keelson.assessment/1.`, {
      hint: 'Save one with keelson assess PLAN --json.',
    });
  return value as Assessment; // of the schema it names, and the fields that are compared are there
}

function looksWhole(value: object): boolean {
  if (!('journeys' in value && 'plan' in value && 'sharedFate' in value)) return false;
  const numbers = (one: unknown, ...path: string[]): boolean => {
    let at = one;
    for (const key of path)
      at = typeof at === 'object' && at !== null && key in at ? at[key as keyof typeof at] : undefined;
    return at !== undefined;
  };
  return (
    Array.isArray(value.sharedFate) &&
    Array.isArray(value.journeys) &&
    value.journeys.every(
      (journey) =>
        numbers(journey, 'name') &&
        numbers(journey, 'down', 'hoursPerYear') &&
        numbers(journey, 'down', 'singlePoints') &&
        numbers(journey, 'degraded', 'hoursPerYear') &&
        numbers(journey, 'switchOver', 'downHoursPerYear') &&
        numbers(journey, 'exposed', 'probability') &&
        numbers(journey, 'compromise', 'total'),
    )
  );
}

function writeOut(file: string, text: string, environment: Environment): void {
  if (file === '-') environment.out(text);
  else environment.write(file, `${text}\n`);
}
