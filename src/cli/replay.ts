import type { Catalog } from '../catalog/index.ts';
import { KeelsonError } from '../errors.ts';
import type { Incident } from '../incidents/index.ts';
import { show } from '../problems.ts';
import { coverage, replay as replayModel, type Replay, type ReplayOptions } from '../replay/index.ts';
import {
  coverageCsv,
  coverageText,
  incidentsJson,
  incidentsText,
  replayCsv,
  replayText,
} from '../reporters/index.ts';
import { parseDuration, MS_PER_HOUR } from '../units.ts';
import type { Arguments, Command, Environment } from './command.ts';
import {
  checkCohorts,
  effectOptions,
  findIncident,
  libraryIncidents,
  namesOfNothing,
  type FoundIncidents,
} from './incident.ts';
import {
  builtCatalog,
  loadModel,
  PLAN_OPTIONS,
  problemLine,
  refuse,
  wholeNumber,
  type LoadedModel,
} from './input.ts';
import { progressLine } from './progress.ts';
import { replayYears, YEARS_OPTIONS } from './years.ts';

const FAIL_ON = ['down', 'uncovered', 'altered'] as const;

export const replay: Command = {
  name: 'replay',
  summary: 'Puts real, dated incidents through plans, minute by minute; or years of them.',
  operands: 'INCIDENT|all PLAN…',
  options: {
    list: { type: 'boolean', help: 'List the incidents of the library; with plans, what each would do.' },
    severity: {
      type: 'string',
      value: 'SHARE',
      help: 'Share of requests that failed where nobody published it, 0 to 1. Default 1.',
    },
    cohort: {
      type: 'string',
      multiple: true,
      value: 'ID',
      help: 'Which side of a split incident the platform was on. Again for more.',
    },
    from: {
      type: 'string',
      value: 'TIME',
      help: 'Only from then on, and for begins that nobody knows: 2025-11-18T11:28:00Z.',
    },
    to: { type: 'string', value: 'TIME', help: 'Only until then, and for ends that nobody knows.' },
    shift: {
      type: 'string',
      value: 'TIME',
      help: 'The same at another hour: 6h later, or --shift=-6h earlier.',
    },
    'no-shedding': { type: 'boolean', help: 'Pools that are asked for more than they have collapse.' },
    'no-advice': { type: 'boolean', help: 'Do not replay again with changes.' },
    'fail-on': {
      type: 'string',
      multiple: true,
      value: 'LIST',
      help: `What makes it exit with 1: ${FAIL_ON.join(', ')}. Default nothing.`,
    },
    json: {
      type: 'boolean',
      help: 'Print keelson.replay/1 as JSON: one replay an object, several an array.',
    },
    csv: { type: 'boolean', help: 'Print rows: of one incident its segments, of all a row a journey.' },
    ...YEARS_OPTIONS,
    ...PLAN_OPTIONS,
  },
  example:
    'keelson replay cloudflare-2025-11-18 examples/harbor/before.yaml examples/harbor/plan.yaml\n  keelson replay --years 10000 examples/harbor/plan.yaml',
  notes: [
    'INCIDENT is one of the library (--list), a file of your own (docs/add-an-incident.md), or all.',
    'With --years there is no incident: keelson replay --years N PLAN…',
    'Exit 0, 1 when --fail-on says so, 2 when a plan, an incident or the command is wrong.',
  ],
  run(args, environment) {
    refuseTogether(args);
    if (args.text('years') !== undefined) return replayYears(args, environment);
    const catalog = builtCatalog(environment);
    const library = libraryIncidents(environment);
    if (args.flag('list') && args.operands.length === 0) {
      environment.out(
        args.flag('json')
          ? JSON.stringify(incidentsJson(library), undefined, 2)
          : incidentsText(library, environment),
      );
      return 0;
    }
    const asked = readOperands(args, library);
    const options = { ...readOptions(args), catalog, details: !asked.isAll && !args.flag('no-advice') };
    const failOn = readFailOn(args);
    const inputs = asked.plans.map((file) => loadModel(file, catalog, args));
    const problems = [
      ...asked.problems,
      ...inputs.flatMap((input) => (input.loaded === undefined ? input.problems : [])),
    ];
    if (problems.some(({ severity }) => severity === 'error')) return refuse(problems, args, environment);
    const loaded = inputs.flatMap((input) => (input.loaded === undefined ? [] : [input.loaded]));
    checkCohorts(args.texts('cohort'), asked.incidents);
    const models = loaded.map(({ model }) => model);
    for (const warning of [...asked.problems, ...namesOfNothing(asked, catalog, models)])
      environment.err(problemLine(warning));
    const replays = replayAll(asked.incidents, loaded, options, environment);
    print(replays, asked.isAll, args, environment);
    return replays.some((one) => isFailure(one, failOn)) ? 1 : 0;
  },
};

interface Asked extends FoundIncidents {
  readonly plans: readonly string[];
  readonly isAll: boolean;
}

/** Options of which one would silently win over the other, or be left aside. */
function refuseTogether(args: Arguments): void {
  if (args.flag('json') && args.flag('csv'))
    throw new KeelsonError('bad-argument', 'Expected --json or --csv, found both.');
  if (args.flag('list') && args.flag('csv') && args.operands.length === 0)
    throw new KeelsonError(
      'bad-argument',
      'Expected a plan with --list --csv: keelson replay all PLAN --csv.',
    );
  if (args.text('years') !== undefined) return;
  for (const name of ['seed', 'workers'])
    if (args.text(name) !== undefined)
      throw new KeelsonError('bad-argument', `--${name} is for --years, not for an incident.`);
}

function readOperands(args: Arguments, library: readonly Incident[]): Asked {
  const [first, ...plans] = args.flag('list') ? ['all', ...args.operands] : args.operands;
  if (first === undefined)
    throw new KeelsonError('no-incident', 'Expected an incident and a plan file.', {
      hint: 'keelson replay INCIDENT|all PLAN… (keelson replay --list shows the incidents)',
    });
  const maxBytes = wholeNumber(args, 'max-bytes', 1, 2 ** 31);
  const found =
    first === 'all'
      ? { incidents: library, problems: [] }
      : findIncident(first, library, maxBytes === undefined ? {} : { maxBytes });
  if (plans.length === 0)
    throw new KeelsonError('no-plan', 'Expected a plan file after the incident.', {
      hint: `keelson replay ${first} PLAN… (a starter: keelson init)`,
    });
  return { ...found, plans, isAll: first === 'all' };
}

function readOptions(args: Arguments): ReplayOptions {
  const shift = shiftOf(args);
  return {
    shedding: !args.flag('no-shedding'),
    ...effectOptions(args),
    ...(shift === undefined ? {} : { shift }),
  };
}

/** @unit ms */
function shiftOf(args: Arguments): number | undefined {
  const text = args.text('shift');
  if (text === undefined) return undefined;
  const hours = parseDuration(text.replace(/^[+-]/, ''));
  if (hours === undefined || hours > 87_660)
    throw new KeelsonError(
      'bad-argument',
      `Expected --shift to be a duration such as 6h or -90m, at most 10yr, found ${show(text)}.`,
    );
  return Math.round(hours * MS_PER_HOUR) * (text.startsWith('-') ? -1 : 1);
}

function readFailOn(args: Arguments): readonly string[] {
  const given = args
    .texts('fail-on')
    .flatMap((list) => list.split(','))
    .map((word) => word.trim());
  for (const word of given)
    if (!FAIL_ON.some((one) => one === word))
      throw new KeelsonError(
        'bad-argument',
        `Expected --fail-on to name ${FAIL_ON.join(', ')}, found ${show(word)}.`,
      );
  return given;
}

function isFailure({ outcome, journeys }: Replay, failOn: readonly string[]): boolean {
  return (
    (failOn.includes('uncovered') && outcome === 'uncovered') ||
    (failOn.includes('altered') && journeys.some(({ minutesAltered }) => minutesAltered > 0)) ||
    (failOn.includes('down') && journeys.some(({ minutesDown }) => minutesDown > 0))
  );
}

function replayAll(
  incidents: readonly Incident[],
  loaded: readonly LoadedModel[],
  options: ReplayOptions & { readonly catalog: Catalog },
  environment: Environment,
): Replay[] {
  const line = progressLine(environment);
  const replays = incidents.flatMap((incident, i) => {
    line.show(i / incidents.length, incident.id);
    return loaded.map(({ model }) => replayModel(model, incident, options));
  });
  line.clear();
  return replays;
}

function print(replays: readonly Replay[], isAll: boolean, args: Arguments, environment: Environment): void {
  const { colour, width } = environment;
  if (args.flag('json')) {
    environment.out(JSON.stringify(replays.length === 1 ? replays[0] : replays, undefined, 2));
  } else if (args.flag('csv')) {
    environment.out(isAll ? coverageCsv(replays) : replayCsv(replays));
  } else if (isAll) {
    environment.out(coverageText(coverage(replays), { colour, width }));
  } else environment.out(replayText(replays, { colour, width }));
}
