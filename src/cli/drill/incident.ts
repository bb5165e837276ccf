import { incidentCourse, puttable, withoutQuiet, type Fault, type Place } from '../../drill/index.ts';
import { KeelsonError } from '../../errors.ts';
import type { Incident } from '../../incidents/index.ts';
import { keyOf, reachedFrom, type Model } from '../../model/index.ts';
import { happeningOf, type EffectOptions } from '../../replay/index.ts';
import type { Environment } from '../command.ts';
import { findIncident, libraryIncidents, namesOfNothing } from '../incident.ts';
import { builtCatalog, problemLine } from '../input.ts';
import type { Ground } from './ground.ts';

/** An incident that is to happen again, and how it is taken. */
export interface Wanted {
  readonly incident: Incident;
  readonly options: EffectOptions;
}

/** An incident as it can be drilled. */
export interface DrilledIncident {
  readonly fault: Fault;
  /** What of it reaches nothing at an address. */
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
}

const ELSEWHERE = 'it fails in the incident, and stands at no address of the plan';

/** @param name of the library, or a file @throws KeelsonError `unknown-incident`, `no-incident` */
export function wantedIncident(name: string, model: Model, environment: Environment): Incident {
  const found = findIncident(name, libraryIncidents(environment), {});
  const problems = [...found.problems, ...namesOfNothing(found, builtCatalog(environment), [model])];
  for (const problem of problems) environment.err(problemLine(problem));
  const [incident] = found.incidents;
  if (incident === undefined || problems.some(({ severity }) => severity === 'error'))
    throw new KeelsonError('no-incident', `Expected an incident in ${name}, found what is said above.`, {
      hint: 'docs/add-an-incident.md says how one is written.',
    });
  return incident;
}

/**
 * An incident as one fault of a plan: when which of its places fail. What comes before that is left out, and so is what is quiet for long.
 *
 * @param isPartial whether the fault proxy can let a share of requests fail
 * @throws KeelsonError `drill-unknown` where nothing of it is at an address
 */
export function drilledIncident(
  ground: Ground,
  speed: number,
  { incident, options }: Wanted,
  isPartial: boolean,
): DrilledIncident {
  const { model, places, predict, toleranceMs } = ground;
  const happening = happeningOf(model, incident, options);
  const all = incidentCourse(model, places, happening);
  const put = puttable(model, all, (i) => isPartial && places[i] !== undefined && isPartlyFailed(places[i]));
  const { course, skipped } = withoutQuiet(put.course, places, predict, { speed, toleranceMs });
  const hit = [...new Set(course.flatMap(({ failing }) => [...failing.keys()]))].sort((a, b) => a - b);
  if (hit.length === 0)
    throw new KeelsonError(
      'drill-unknown',
      `Nothing that fails in ${incident.id} is at an address of this plan${options.from === undefined && options.to === undefined ? '' : ' between --from and --to'}.`,
      { hint: 'keelson replay says what it does to the plan all the same.' },
    );
  return {
    fault: {
      name: incident.id,
      kind: 'incident',
      same: [],
      places: hit,
      course,
      choices: [
        ...happening.choices,
        ...sharesSaid(put.rounded, course, places),
        ...skipped.map(({ from: quiet, to: end }) => ({
          about: incident.id,
          says: `${clock(quiet)} to ${clock(end)} UTC is skipped: nothing changes then, and nothing is under way`,
        })),
      ],
    },
    leftOut: happening.hit
      .filter(
        (name) =>
          !stands(
            model,
            hit.flatMap((place) => places[place] ?? []),
            name,
          ),
      )
      .map((name) => ({ name, why: ELSEWHERE })),
  };
}

/** What only turns something is asked too seldom for a share. */
function isPartlyFailed({ isHttp, uses }: Place): boolean {
  return isHttp === true && uses.some(({ kind }) => kind !== 'steering');
}

function sharesSaid(
  rounded: ReturnType<typeof puttable>['rounded'],
  course: NonNullable<Fault['course']>,
  places: readonly Place[],
): { about: string; says: string }[] {
  const name = (place: number): string => places[place]?.uses[0]?.name ?? '';
  const shares = new Map<string, { place: number; share: number }>();
  for (const { failing } of course)
    for (const [place, share] of failing) if (share < 1) shares.set(`${place} ${share}`, { place, share });
  return [
    ...[...shares.values()].map(({ place, share }) => ({
      about: name(place),
      says: `${percent(share)} failing is put as so many answers with 503`,
    })),
    ...rounded.map(({ place, share, as }) => ({
      about: name(place),
      says: `${percent(share)} failing is taken as ${as === 1 ? 'all: no journey could be used' : 'nothing: journeys can still be used'}`,
    })),
  ];
}

function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`;
}

/** Whether something of a plan is at places, or what is there stands on it. */
function stands(model: Model, places: readonly Place[], name: string): boolean {
  const reference = model.references.findIndex((one) => one.name === name);
  const service = model.services.findIndex((one) => one.name === name);
  const key = reference >= 0 ? keyOf({ kind: 'reference', reference }) : keyOf({ kind: 'service', service });
  return places.some(({ uses }) =>
    uses.some(({ node }) => node !== undefined && reachedFrom(model, node).has(key)),
  );
}

function clock(time: number): string {
  return new Date(time).toISOString().slice(11, 16);
}
