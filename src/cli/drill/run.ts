import { dirname, resolve } from 'node:path';
import {
  drill,
  DrillJournal,
  restoreLeft,
  Users,
  type Drill,
  type FailsAs,
  type Fault,
} from '../../drill/index.ts';
import { KeelsonError } from '../../errors.ts';
import type { Drilling } from '../../plan/index.ts';
import { drillJunit, drillMarkdown, drillText } from '../../reporters/index.ts';
import { secretAt } from '../../processes/secrets.ts';
import { systemTime } from '../../time.ts';
import type { Arguments, Environment } from '../command.ts';
import { evidenceOf } from '../../drill/evidence/index.ts';
import { keepEvidence, keptEvidence, NO_EVIDENCE } from '../drill-evidence.ts';
import { builtCatalog, loadModel, problemLine, refuse, type LoadedModel } from '../input.ts';
import { installedVersion } from '../version.ts';
import { writeChaosJournal } from './chaos-journal.ts';
import { writeExperiments } from './chaos-toolkit.ts';
import { groundOf, type Ground } from './ground.ts';
import { ownRig } from './own-rig.ts';
import { progressOf } from './progress.ts';
import { printProtections, runProtections, sayProtections } from './protections.ts';
import type { Rig } from './rig.ts';
import { runningPlaces, runningRig } from './running-rig.ts';
import { dryRun } from './dry-run.ts';
import { guarded, journalOf, readSettings, type Settings } from './settings.ts';
import { faultsWanted, readIncident, type What } from './wanted.ts';

/** A request of a user is given up after so long. @unit ms */
const PATIENCE_MS = 4_000;

/** @returns the exit code */
export async function runDrill(args: Arguments, environment: Environment): Promise<number> {
  const settings = readSettings(args);
  const { loaded, problems } = loadModel(settings.file, builtCatalog(environment), args);
  if (loaded === undefined) return refuse(problems, args, environment);
  for (const found of problems) environment.err(problemLine(found));
  const drilling = loaded.plan.drill;
  if (settings.restores) return await restore(drilling, settings, environment);
  if (settings.chaosToolkit !== undefined) {
    const { chaosToolkit: to, speed = 1, failsAs } = settings;
    const patienceMs = patienceOf(failsAs);
    return await writeExperiments(
      loaded,
      guarded(drilling, settings),
      { ...settings, to, speed, patienceMs },
      environment,
    );
  }
  if (settings.isDry && settings.isOfProtections)
    return sayProtections(groundOf(loaded.model, 1, false), environment);
  const incident = readIncident(args, loaded, environment);
  const what = { only: settings.only, incident, failsAs: settings.failsAs };
  if (settings.isDry) return dryRun(loaded, settings, what, environment);
  const isOwn = drilling?.control === undefined;
  if (!isOwn && settings.speed !== undefined)
    throw new KeelsonError('bad-argument', 'Expected no --speed with a gateway that runs: it says its own.', {
      hint: 'Start it with serve --speed N, or leave control out of drill: in the plan.',
    });
  const allowed = guarded(drilling, settings);
  if (settings.isOfProtections) return await drillOfProtections(loaded, allowed, settings, environment);
  if (settings.evidence !== undefined) {
    const kept = keptEvidence(settings.evidence);
    if (kept.evidence === undefined) return refuse(kept.problems, args, environment);
    // Whether it can be kept is found out before anything is touched.
    keepEvidence(settings.evidence, NO_EVIDENCE);
  }
  const { result, control, users } = isOwn
    ? await drillOwn(loaded, allowed, settings, what, environment)
    : await drillRunning(loaded, allowed, settings, what, environment);
  const { model } = loaded;
  print(result, args, environment);
  if (settings.evidence !== undefined) keepEvidence(settings.evidence, evidenceOf(result, model));
  if (settings.journal !== undefined)
    writeChaosJournal(settings.journal, result, { model, control, users }, environment);
  return result.outcome === 'agrees' ? 0 : 1;
}

/** A drill, and where it was. */
interface Drilled {
  readonly result: Drill;
  /** The control API that faults were put through. */
  readonly control: string;
  /** Where users came in. */
  readonly users: string;
}

async function drillOwn(
  loaded: LoadedModel,
  drilling: Drilling,
  settings: Settings,
  what: What,
  environment: Environment,
): Promise<Drilled> {
  const speed = settings.speed ?? 1;
  const ground = groundOf(loaded.model, speed, false);
  faultsWanted(ground, speed, what, true);
  return await within(
    (onLost) => ownRig(ground, settings.file, speed, environment, onLost),
    (rig, signal) =>
      run(ground, rig, drilling, { ...settings, speed, approves: true }, what, environment, signal),
  );
}

async function drillRunning(
  loaded: LoadedModel,
  drilling: Drilling,
  settings: Settings,
  what: What,
  environment: Environment,
): Promise<Drilled> {
  const { control = '' } = drilling;
  const running = runningPlaces(loaded, settings.state);
  const { speed, digest } = await running.gateway.standing();
  if (digest !== loaded.plan.digest)
    throw new KeelsonError(
      'drill-other-plan',
      'The gateway that runs has another plan in force than this one.',
      {
        hint: 'What is predicted would not be what runs. Offer it this plan, or drill with the one that it runs.',
      },
    );
  const ground = groundOf(loaded.model, speed, !settings.approves);
  faultsWanted(ground, speed, what, true);
  const journal = DrillJournal.at(journalOf(settings));
  const other = journal.underWay;
  if (other !== undefined)
    throw new KeelsonError(
      'drill-under-way',
      `Another drill is under way: process ${other} wrote ${journal.file}.`,
      {
        hint: 'Wait until it is over. If that is no drill, take away what one has left: keelson drill PLAN --restore.',
      },
    );
  const left = await restoreLeft(journal, control);
  return await within(
    async () => {
      const rig = await runningRig(ground, running, control, journal);
      if (left + rig.leftovers > 0)
        environment.err(`keelson: ${left + rig.leftovers} left by an earlier drill: taken away.`);
      return rig;
    },
    (rig, signal) => run(ground, rig, drilling, { ...settings, speed }, what, environment, signal),
  );
}

/** A gateway of its own stands behind the edges where the plan names none that runs. */
async function drillOfProtections(
  loaded: LoadedModel,
  drilling: Drilling,
  settings: Settings,
  environment: Environment,
): Promise<number> {
  const speed = settings.speed ?? 1;
  const ground = groundOf(loaded.model, speed, false);
  const folder = dirname(resolve(settings.file));
  const isOwn = drilling.control === undefined && drilling.gateway === undefined;
  const result = await within(
    async (onLost) => (isOwn ? await ownRig(ground, settings.file, speed, environment, onLost) : undefined),
    (rig, signal) =>
      runProtections(ground, {
        drilling,
        versions: {
          keelson: installedVersion(environment),
          node: process.version,
          faults: rig?.faults ?? 'none: nothing was failed',
        },
        speed,
        secretAt: (where) => secretAt(where, folder),
        signal,
      }),
  );
  return printProtections(result, settings.isJson, environment);
}

/** Ends what was started, whatever happens; Ctrl-C ends the drill in order. */
async function within<R extends Pick<Rig, 'end'> | undefined, T>(
  start: (onLost: (why: string) => void) => Promise<R>,
  work: (rig: R, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const end = (): void => ending.abort('It was ended by hand.');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  try {
    const rig = await start((why) => ending.abort(why));
    try {
      return await work(rig, ending.signal);
    } finally {
      await rig?.end();
    }
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, end);
  }
}

async function run(
  ground: Ground,
  rig: Rig,
  drilling: Drilling,
  settings: Settings & { readonly speed: number },
  what: What,
  environment: Environment,
  signal: AbortSignal,
): Promise<Drilled> {
  const { model, standing, places, predict, again, toleranceMs } = ground;
  const lacks = rig.injection.lacks(settings.failsAs);
  if (lacks !== undefined) throw new KeelsonError('drill-incomplete', lacks);
  const folder = dirname(resolve(settings.file));
  const users = new Users({
    model,
    drilling,
    door: rig.door,
    takes: standing.takes,
    pageAt: standing.pageAt,
    secretAt: (where) => secretAt(where, folder),
    timeoutMs: PATIENCE_MS,
  });
  if (!model.journeys.some((_, journey) => users.tries(journey)))
    throw new KeelsonError('drill-incomplete', 'No journey of this plan says what its users do.', {
      hint: 'journeys: {NAME: {try: [{send: GET /}]}}: docs/drill.md.',
    });
  const wanted = faultsWanted(ground, settings.speed, what, rig.injection.isPartial);
  const reached = wanted.faults.filter((fault) => isReached(ground, rig, fault));
  if (reached.length === 0)
    throw new KeelsonError('drill-incomplete', `No fault proxy stands before ${namesOf(wanted.faults)}.`, {
      hint: 'drill: {control} needs a proxy that listens at each address of the plan; --dry-run lists them.',
    });
  const leftOut = [
    ...wanted.faults
      .filter((fault) => !reached.includes(fault))
      .map(({ name }) => ({ name, why: 'no fault proxy stands before all of it' })),
    ...wanted.leftOut,
    ...model.journeys.flatMap(({ name }, journey) =>
      users.tries(journey) ? [] : [{ name, why: 'the plan does not say what its users do: try' }],
    ),
  ];
  const progress = progressOf(environment);
  try {
    const result = await drill({
      model,
      drilling,
      places,
      predict,
      again,
      faults: reached,
      failsAs: settings.failsAs,
      speed: settings.speed,
      toleranceMs: toleranceMs + patienceOf(settings.failsAs),
      ...(settings.budgetMs === undefined ? {} : { budgetMs: settings.budgetMs }),
      users,
      injection: rig.injection,
      gateway: rig.gateway,
      steerer: rig.steerer,
      approves: settings.approves,
      time: systemTime(),
      signal,
      versions: { keelson: installedVersion(environment), node: process.version, faults: rig.faults },
      leftOut,
      onProgress: progress.show,
    });
    return { result, control: rig.injection.controlled.url, users: rig.door().origin.origin };
  } finally {
    progress.clear();
  }
}

/** How much longer something may take to be seen: who waits for an answer in vain gives up only then. @unit ms */
function patienceOf(failsAs: FailsAs): number {
  return failsAs === 'hang' ? PATIENCE_MS : 0;
}

function namesOf(faults: readonly Fault[]): string {
  const [first, second] = faults;
  if (first === undefined) return 'anything of this plan';
  return second === undefined ? first.name : `any of ${faults.length} things that can fail`;
}

function isReached({ places }: Ground, { injection }: Rig, fault: Fault): boolean {
  return fault.places.every((i) => injection.reaches(places[i]?.address ?? ''));
}

async function restore(
  drilling: Drilling | undefined,
  settings: Settings,
  environment: Environment,
): Promise<number> {
  const left = await restoreLeft(DrillJournal.at(journalOf(settings)), drilling?.control ?? '');
  environment.out(left === 0 ? 'Nothing was left behind.' : `${left} left by an earlier drill: taken away.`);
  return 0;
}

function print(result: Drill, args: Arguments, environment: Environment): void {
  environment.out(args.flag('json') ? JSON.stringify(result, undefined, 2) : drillText(result, environment));
  for (const [option, text] of [
    ['junit', drillJunit],
    ['markdown', drillMarkdown],
  ] as const) {
    const file = args.text(option);
    if (file === '-') environment.out(text(result));
    else if (file !== undefined) environment.write(file, `${text(result)}\n`);
  }
}
