import type { Drill, Fault } from '../../drill/index.ts';
import type { Arguments, Environment } from '../command.ts';
import { checkCohorts, effectOptions } from '../incident.ts';
import type { LoadedModel } from '../input.ts';
import { chosen, type Ground } from './ground.ts';
import { drilledIncident, wantedIncident, type Wanted } from './incident.ts';

const NOWHERE = 'it stands at no address of the plan';

/** What is to fail: an incident, faults by their names, or all. */
export interface What {
  readonly only: readonly string[];
  readonly incident: Wanted | undefined;
}

export function readIncident(
  args: Arguments,
  { model }: LoadedModel,
  environment: Environment,
): Wanted | undefined {
  const name = args.text('incident');
  if (name === undefined) return undefined;
  const options = effectOptions(args);
  const incident = wantedIncident(name, model, environment);
  checkCohorts(options.cohorts ?? [], [incident]);
  return { incident, options };
}

/** @param isPartial whether the fault proxy can let a share of requests fail @throws KeelsonError `drill-unknown` */
export function faultsWanted(
  ground: Ground,
  speed: number,
  { only, incident }: What,
  isPartial: boolean,
): { readonly faults: readonly Fault[]; readonly leftOut: Drill['leftOut'] } {
  const { nowhere, leftAside } = ground;
  if (incident !== undefined) {
    const { fault, leftOut } = drilledIncident(ground, speed, incident, isPartial);
    return { faults: [fault], leftOut: [...leftOut, ...leftAside] };
  }
  const said = only.length > 0 ? [] : nowhere.map((name) => ({ name, why: NOWHERE }));
  return { faults: chosen(ground.faults, only), leftOut: [...said, ...leftAside] };
}
