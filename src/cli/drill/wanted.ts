import type { Drill, FailsAs, Fault } from '../../drill/index.ts';
import { KeelsonError } from '../../errors.ts';
import type { Arguments, Environment } from '../command.ts';
import { checkCohorts, effectOptions } from '../incident.ts';
import type { LoadedModel } from '../input.ts';
import { chosen, type Ground } from './ground.ts';
import { drilledIncident, wantedIncident, type Wanted } from './incident.ts';

const NOWHERE = 'it stands at no address of the plan';
const UNREADABLE = 'what goes there is not known to be plain HTTP: it cannot be answered with 503';

/** What is to fail: an incident, faults by their names, or all. */
export interface What {
  readonly only: readonly string[];
  readonly incident: Wanted | undefined;
  readonly failsAs: FailsAs;
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
  { only, incident, failsAs }: What,
  isPartial: boolean,
): { readonly faults: readonly Fault[]; readonly leftOut: Drill['leftOut'] } {
  const { nowhere, leftAside } = ground;
  if (incident !== undefined) {
    const { fault, leftOut } = drilledIncident(ground, speed, incident, isPartial);
    if (failsAs === 'error' && !isReadable(ground, fault)) throw unreadable();
    return { faults: [fault], leftOut: [...leftOut, ...leftAside] };
  }
  const said = only.length > 0 ? [] : nowhere.map((name) => ({ name, why: NOWHERE }));
  const { faults, unread } = puttableAs(ground, only, failsAs);
  return { faults, leftOut: [...said, ...unread, ...leftAside] };
}

/** Faults by their names, without those at places where they cannot be put in this way. @throws KeelsonError `drill-unknown`, `drill-incomplete` where none is left */
export function puttableAs(
  ground: Ground,
  only: readonly string[],
  failsAs: FailsAs,
): { readonly faults: readonly Fault[]; readonly unread: Drill['leftOut'] } {
  const all = chosen(ground.faults, only);
  const faults = failsAs === 'error' ? all.filter((fault) => isReadable(ground, fault)) : all;
  const unread = all
    .filter((fault) => !faults.includes(fault))
    .map(({ name }) => ({ name, why: UNREADABLE }));
  if (faults.length === 0 && unread.length > 0) throw unreadable();
  return { faults, unread };
}

function isReadable({ places }: Ground, fault: Fault): boolean {
  return fault.places.every((i) => places[i]?.isHttp === true);
}

function unreadable(): KeelsonError {
  return new KeelsonError(
    'drill-incomplete',
    'Expected what can be answered with 503, found what is encrypted, or not known to be HTTP.',
    {
      hint: 'It is failed with --as refuse or --as hang.',
    },
  );
}
