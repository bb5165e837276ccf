import { courseOf, failedPlace, foresee, levelChanges, saidCourse, signalsOf } from '../../drill/index.ts';
import { drillPlanText, type PlannedDrill, type PlannedFault } from '../../reporters/index.ts';
import type { Environment } from '../command.ts';
import type { LoadedModel } from '../input.ts';
import { groundOf } from './ground.ts';
import type { Settings } from './settings.ts';
import { faultsWanted, type What } from './wanted.ts';

/** What would be done, and what is predicted. */
export function dryRun(
  { model, plan }: LoadedModel,
  settings: Settings,
  what: What,
  environment: Environment,
): number {
  const speed = settings.speed ?? 1;
  const ground = groundOf(model, speed, false);
  const { toleranceMs, predict, places } = ground;
  const wanted = faultsWanted(ground, speed, what, true);
  const faults = wanted.faults.map((fault): PlannedFault => {
    const failed = fault.places.flatMap((i) => places[i] ?? []);
    const changes = levelChanges(courseOf(fault), (i) => signalsOf(places.slice(i, i + 1)));
    const foreseen = foresee(model, predict, changes, { speed, toleranceMs });
    const afterMs = Math.max(0, foreseen.settledAtMs - foreseen.healAtMs) + toleranceMs;
    return {
      name: fault.name,
      kind: fault.kind,
      same: fault.same,
      as: settings.failsAs,
      places: failed.map((place) => failedPlace(model, place)),
      journeys: foreseen.journeys.flatMap((predicted, i) => {
        const name = model.journeys[i]?.name;
        return name === undefined ? [] : [{ name, predicted }];
      }),
      switches: foreseen.switches.map(({ service, to, atMs }) => ({ service, to, predictedMs: atMs })),
      lastsMs: foreseen.healAtMs,
      takesMs: foreseen.healAtMs + afterMs,
      ...(fault.course === undefined ? {} : { course: saidCourse(fault.course, places, speed) }),
      ...(fault.choices === undefined ? {} : { choices: fault.choices }),
    };
  });
  const planned: PlannedDrill = {
    plan: { name: plan.platform.name, file: plan.source.file },
    environment: plan.drill?.environment ?? 'sandbox',
    speed,
    toleranceMs,
    faults,
    leftOut: wanted.leftOut,
    totalMs: faults.reduce((sum, { takesMs }) => sum + takesMs, 0),
  };
  environment.out(
    settings.isJson ? JSON.stringify(planned, undefined, 2) : drillPlanText(planned, environment),
  );
  return 0;
}
