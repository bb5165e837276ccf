import { mkdirSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../../document/load.ts';
import { experimentsOf, type ExperimentFile } from '../../drill/chaos/index.ts';
import { controlledAt, lacks, type FailsAs, type Fault } from '../../drill/index.ts';
import { KeelsonError } from '../../errors.ts';
import type { Drilling } from '../../plan/index.ts';
import { printable, show } from '../../problems.ts';
import type { Arguments, Environment } from '../command.ts';
import { refuseOverwrite, type LoadedModel } from '../input.ts';
import { unwritable } from '../sink.ts';
import { groundOf } from './ground.ts';
import { puttableAs } from './wanted.ts';

export interface ChaosToolkitSettings {
  /** A file, or a folder: that is made. */
  readonly to: string;
  /** The plan: it is not written over. */
  readonly file: string;
  readonly only: readonly string[];
  readonly failsAs: FailsAs;
  readonly speed: number;
  /** How much longer than predicted something may take to be seen, besides the plan's own. @unit ms */
  readonly patienceMs: number;
}

/** Options that are for drills, or another answer. */
const OF_DRILLS = ['incident', 'budget', 'state', 'evidence', 'junit', 'markdown', 'journal'] as const;
const FLAGS_OF_DRILLS = ['dry-run', 'protections', 'restore', 'approve', 'json'] as const;

/** Refuses what `--chaos-toolkit` would leave aside. @returns where experiments go; undefined where none are wanted */
export function chaosToolkitTo(args: Arguments): string | undefined {
  const to = args.text('chaos-toolkit');
  if (to === undefined) return undefined;
  if (to === '' || to === '-')
    throw new KeelsonError(
      'bad-argument',
      'Expected a file for --chaos-toolkit, or a folder, whose name ends with /.',
    );
  const beside = [
    ...OF_DRILLS.filter((name) => args.text(name) !== undefined),
    ...FLAGS_OF_DRILLS.filter((name) => args.flag(name)),
  ];
  if (beside.length > 0)
    throw new KeelsonError(
      'bad-argument',
      `Expected no ${beside.map((name) => `--${name}`).join(', ')} with --chaos-toolkit: it writes experiments, and drills nothing.`,
      { hint: 'keelson drill PLAN --chaos-toolkit FILE|DIR takes --only, --as, --speed and --production.' },
    );
  return to;
}

/** Writes each predicted fault as an experiment of Chaos Toolkit. Of what runs only the control API is asked. @returns the exit code */
export async function writeExperiments(
  { model }: LoadedModel,
  drilling: Drilling,
  settings: ChaosToolkitSettings,
  environment: Environment,
): Promise<number> {
  const { to, only, failsAs, speed, patienceMs } = settings;
  const { control, users } = reachedBy(drilling);
  if (!model.plan.journeys.some(({ value }) => (value.try ?? []).length > 0))
    throw new KeelsonError('drill-incomplete', 'No journey of this plan says what its users do.', {
      hint: 'journeys: {NAME: {try: [{send: GET /}]}}: docs/drill.md.',
    });
  // Chaos Toolkit plays nobody who agrees to switches: those that need a person wait.
  const ground = groundOf(model, speed, true);
  const { places, predict, standing, toleranceMs, nowhere } = ground;
  const { faults, unread } = puttableAs(ground, only, failsAs);
  const isFolder = to.endsWith('/') || lookedAt(to)?.isDirectory() === true;
  if (!isFolder) expectOne(faults, to);
  const addresses = places.map(({ address }) => address);
  const found = await controlledAt(control, addresses);
  const lacking = lacks(found.types, failsAs);
  if (lacking !== undefined) throw new KeelsonError('drill-incomplete', lacking);
  const { experiments, leftOut } = experimentsOf({
    model,
    drilling,
    places,
    predict,
    faults,
    failsAs,
    speed,
    toleranceMs: toleranceMs + patienceMs,
    control: found,
    users,
    takes: standing.takes,
  });
  for (const { name, why } of [...unread, ...leftOut])
    environment.err(printable(`${name}  left out: ${why}`));
  if (only.length === 0)
    for (const name of nowhere)
      environment.err(printable(`${name}  left out: it stands at no address of the plan`));
  if (experiments.length === 0)
    throw new KeelsonError('drill-incomplete', 'No fault proxy stands before anything that is to fail.', {
      hint: 'drill: {control} needs a proxy that listens at each address of the plan; --dry-run lists them.',
    });
  const targets = experiments.map((one) => ({ ...one, path: isFolder ? join(to, one.file) : to }));
  put(targets, isFolder, settings, environment);
  tell(targets, environment);
  return 0;
}

interface Target extends ExperimentFile {
  readonly path: string;
}

function reachedBy({ control, users }: Drilling): { readonly control: string; readonly users: string } {
  const missing = [...(control === undefined ? ['control'] : []), ...(users === undefined ? ['users'] : [])];
  if (control !== undefined && users !== undefined) return { control, users };
  throw new KeelsonError(
    'drill-incomplete',
    `Expected control and users in drill: of the plan, found no ${missing.join(' and no ')}.`,
    {
      hint: 'An experiment puts faults through the control API of a fault proxy that runs, and asks where users come in.',
    },
  );
}

function expectOne(faults: readonly Fault[], to: string): void {
  const [first, second] = faults;
  if (second === undefined && first !== undefined) return;
  throw new KeelsonError(
    'bad-argument',
    `Expected one fault for the file ${show(to)}, found ${faults.length}: each is an experiment of its own.`,
    { hint: 'Name a folder, with / at its end, or choose one: --only NAME. --dry-run lists them.' },
  );
}

/** All of them, or where something would be in the way none. */
function put(
  targets: readonly Target[],
  isFolder: boolean,
  { to, file }: ChaosToolkitSettings,
  environment: Environment,
): void {
  for (const { path } of targets) refuseOverwrite(path, [file]);
  if (isFolder) {
    // Who names a folder has not named the files in it.
    const others = targets.filter(({ path }) => isSomethingElse(path)).map(({ path }) => show(path));
    if (others.length > 0)
      throw new KeelsonError(
        'file-unwritable',
        `Expected at most an earlier experiment at ${others.join(', ')}, found something else. Nothing was written.`,
        { hint: 'Move it, or name another folder.' },
      );
    try {
      mkdirSync(to, { recursive: true });
    } catch (cause) {
      throw unwritable(to, cause);
    }
  }
  for (const { path, experiment } of targets)
    environment.write(path, `${JSON.stringify(experiment, undefined, 2)}\n`);
}

function lookedAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

/** Whether there is something, and no experiment that was written here. */
function isSomethingElse(path: string): boolean {
  const there = lookedAt(path);
  if (there === undefined) return false;
  const { text } = there.isFile() ? readText(path) : { text: undefined };
  if (text === undefined) return true;
  try {
    // Of anybody: looked at before it is used.
    const found = JSON.parse(text) as { readonly extensions?: unknown } | null;
    const extensions: unknown = found?.extensions;
    return !Array.isArray(extensions) || !extensions.some((one) => one?.schema === 'keelson.experiment/1');
  } catch {
    return true;
  }
}

/** Which file is of which fault, and what they need. */
function tell(targets: readonly Target[], { out, err }: Environment): void {
  for (const { path, fault } of targets) out(printable(`${path}  ${fault}`));
  const needed = new Set(
    targets.flatMap(({ experiment }) =>
      Object.values(experiment.configuration).flatMap((one) =>
        typeof one === 'object' && one.default === undefined ? [one.key] : [],
      ),
    ),
  );
  if (needed.size > 0) err(printable(`To run them, the environment needs ${[...needed].join(', ')}.`));
}
