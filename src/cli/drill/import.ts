import { readText } from '../../document/load.ts';
import { liveSignals } from '../../control/index.ts';
import {
  importExperiment,
  runProcessProbe,
  type ImportOptions,
  type Imported,
  type ProcessProbe,
  type Remark,
} from '../../drill/chaos/index.ts';
import { KeelsonError } from '../../errors.ts';
import type { Model } from '../../model/index.ts';
import { printable, show } from '../../problems.ts';
import { standingOf } from '../../serve/index.ts';
import type { Arguments, Command, Environment } from '../command.ts';
import { builtCatalog, loadModel, PLAN_OPTIONS, problemLine, problemText, refuse } from '../input.ts';

export const drillImport: Command = {
  name: 'drill import',
  summary: 'Prints the http probes of a Chaos Toolkit experiment as tries of a plan, and what was left out.',
  operands: 'FILE',
  options: {
    plan: {
      type: 'string',
      value: 'PLAN',
      help: 'Finds the journey of each request by the routes of this plan, and where users come in by its drill: {users}.',
    },
    users: {
      type: 'string',
      multiple: true,
      value: 'URL',
      help: 'Where users come in: what asks anybody else is left out. Again for more.',
    },
    'allow-process': {
      type: 'boolean',
      help: 'Run its programs that are probes, once each and at most a minute, and say what came of them.',
    },
    ...PLAN_OPTIONS,
  },
  example:
    'keelson drill import experiment.json --users https://harbor.example\n  keelson drill import experiment.json --plan plan.yaml > tries.yaml',
  notes: [
    'FILE is an experiment as JSON; - is standard input. Tries go to standard output, what was left out and why to standard error.',
    'Nothing is asked, and without --allow-process nothing is run: docs/chaos-toolkit.md.',
    'Exit 0 when it was read, whatever was left out; 1 when it was ended by hand; 2 when a file or the command is wrong.',
  ],
  run,
};

/** All programs together may take so long. @unit ms */
const MOST_MS = 600_000;
/** Of what a program says. @unit characters */
const MOST_SAID = 500;

async function run(args: Arguments, environment: Environment): Promise<number> {
  const [file, ...more] = args.operands;
  if (file === undefined || more.length > 0)
    throw new KeelsonError('bad-argument', `Expected one experiment, found ${args.operands.length}.`, {
      hint: 'keelson drill import FILE',
    });
  const users = args.texts('users').map(originOf);
  const planFile = args.text('plan');
  if (planFile === '-' && file === '-')
    throw new KeelsonError(
      'bad-argument',
      'Expected one of plan and experiment on standard input, found both.',
    );
  const read = planFile === undefined ? undefined : loadModel(planFile, builtCatalog(environment), args);
  if (read !== undefined && read.loaded === undefined) return refuse(read.problems, args, environment);
  const { text, name, problem } = readText(file);
  if (problem !== undefined && problem.code !== 'file-too-large') {
    environment.err(problemText([problem]));
    return 2;
  }
  const imported = importExperiment(text ?? '', optionsOf(users, read?.loaded?.model));
  const wrong = text === undefined ? 'Expected at most 1000000 characters, found more.' : imported.wrong;
  if (wrong !== undefined)
    throw new KeelsonError('bad-experiment', `${show(name)} is no experiment of Chaos Toolkit. ${wrong}`, {
      hint: 'keelson drill import --help; what an experiment is: https://docs.chaostoolkit.org/reference/api/experiment/',
    });
  for (const found of read?.problems ?? []) environment.err(problemLine(found));
  environment.out(imported.yaml.trimEnd());
  const runs = args.flag('allow-process');
  say(imported, runs, environment);
  if (users.length === 0 && read?.loaded?.plan.drill?.users === undefined)
    environment.err(
      'Where users come in is not said: --users URL, or --plan PLAN with drill: {users}. What asks anybody else is left out.',
    );
  return runs ? await runAll(imported.processes, environment) : 0;
}

function originOf(url: string): string {
  if (/^https?:\/\//i.test(url) && URL.canParse(url)) return new URL(url).origin;
  throw new KeelsonError(
    'bad-argument',
    `Expected an http or https address for --users, found ${show(url)}.`,
    { hint: 'Such as --users https://harbor.example.' },
  );
}

/** @param users where they come in, besides where the plan says */
function optionsOf(users: readonly string[], model: Model | undefined): ImportOptions {
  if (model === undefined) return { users };
  const { takes } = standingOf(model, liveSignals(model), 1);
  const known = model.plan.drill?.users;
  return {
    users: known === undefined ? users : [...users, known],
    journeyOf: (request) =>
      model.journeys.find((_, journey) => takes(journey, 0, withWord(request)) !== undefined)?.name,
  };
}

type UserRequest = Parameters<NonNullable<ImportOptions['journeyOf']>>[0];

/** As it is sent: `{unique}` is a word then. */
function withWord(request: UserRequest): UserRequest {
  return { ...request, path: request.path.replaceAll('{unique}', 'word') };
}

/** @param isRun whether programs are told of when they are run */
function say({ leftOut, notes, processes }: Imported, isRun: boolean, environment: Environment): void {
  const later = new Set(isRun ? processes.map(({ at }) => at) : []);
  for (const remark of leftOut) if (!later.has(remark.at)) environment.err(line(remark));
  for (const remark of notes) environment.err(line({ ...remark, says: `Taken, and: ${remark.says}` }));
}

function line({ at, name, says }: Remark): string {
  return printable([at, name, says].filter((part) => part !== '').join('  '));
}

/** @returns the exit code */
async function runAll(processes: readonly ProcessProbe[], environment: Environment): Promise<number> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  for (const signal of SIGNALS) process.on(signal, end);
  try {
    const startedMs = performance.now();
    for (const probe of processes) {
      const { at, name } = probe;
      const leftMs = Math.floor(startedMs + MOST_MS - performance.now());
      const timeoutMs = Math.min(probe.timeoutMs, leftMs);
      if (ending.signal.aborted || timeoutMs <= 0) {
        const why = ending.signal.aborted ? 'it was ended by hand' : `${MOST_MS / 60_000} minutes are over`;
        environment.err(line({ at, name, says: `A program: not run, ${why}.` }));
        continue;
      }
      const { met, says } = await runProcessProbe(
        { ...probe, timeoutMs },
        { folder: process.cwd(), signal: ending.signal },
      );
      const found = ending.signal.aborted ? 'Ended by hand.' : says.slice(0, MOST_SAID);
      environment.err(
        line({ at, name, says: `A program, run once: ${met ? 'well' : 'not well'}. ${found}` }),
      );
    }
    return ending.signal.aborted ? 1 : 0;
  } finally {
    for (const signal of SIGNALS) process.off(signal, end);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
