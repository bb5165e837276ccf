import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Catalog } from '../catalog/index.ts';
import { nearest, Reader } from '../document/index.ts';
import { KeelsonError } from '../errors.ts';
import { isIncidentTime, type Incident, type ParsedIncident } from '../incidents/index.ts';
import { loadIncident } from '../incidents/load.ts';
import type { Model } from '../model/index.ts';
import type { EffectOptions } from '../replay/index.ts';
import { show, type Problem } from '../problems.ts';
import type { Arguments, Environment } from './command.ts';
import { decimal } from './input.ts';

/** The incident library that was made when Keelson was built. */
export function libraryIncidents({ root }: Pick<Environment, 'root'>): readonly Incident[] {
  try {
    // Made and checked by the build of this very version.
    return JSON.parse(readFileSync(join(root, 'dist', 'incidents.json'), 'utf8')) as Incident[];
  } catch (cause) {
    throw new KeelsonError(
      'catalog-missing',
      'The incident library that comes with Keelson cannot be read.',
      {
        hint: 'Build it: npm run build',
        cause,
      },
    );
  }
}

export interface FoundIncidents {
  readonly incidents: readonly Incident[];
  readonly problems: readonly Problem[];
  /** Where offsets of a file's incident lie. */
  readonly source?: NonNullable<ParsedIncident['source']>;
}

/** An incident of the library by its id, or one from a file: whatever has a path or an ending. */
export function findIncident(
  name: string,
  library: readonly Incident[],
  limits: { readonly maxBytes?: number },
): FoundIncidents {
  if (/[\\/]|\.(?:ya?ml|json)$/.test(name) || name === '-') return fromFile(name, limits);
  const known = library.find(({ id }) => id === name);
  if (known !== undefined) return { incidents: [known], problems: [] };
  const close = nearest(
    name,
    library.map(({ id }) => id),
  );
  throw new KeelsonError(
    'unknown-incident',
    `The library has no incident ${show(name)}.${close === undefined ? '' : ` Did you mean ${close}?`}`,
    { hint: 'keelson replay --list shows them; a file of your own: keelson replay ./FILE.yaml PLAN' },
  );
}

function fromFile(name: string, limits: { readonly maxBytes?: number }): FoundIncidents {
  const { incident, problems, source } = loadIncident(name, limits);
  const isPlan = (code: string, message: string): boolean =>
    code === 'unknown-key' && message.startsWith('"keelson"');
  if (incident === undefined && problems.some(({ code, message }) => isPlan(code, message)))
    throw new KeelsonError('no-incident', `${show(name)} is a plan: expected an incident before the plans.`, {
      hint: 'keelson replay INCIDENT|all PLAN… (keelson replay --list shows the incidents)',
    });
  return {
    incidents: incident === undefined ? [] : [incident],
    problems,
    ...(source === undefined ? {} : { source }),
  };
}

/** How an incident is taken, by the options that every command has for one. @throws KeelsonError `bad-argument` */
export function effectOptions(args: Arguments): EffectOptions {
  const severity = decimal(args, 'severity', 0, 1);
  const from = timeOf(args, 'from');
  const to = timeOf(args, 'to');
  if (from !== undefined && to !== undefined && from >= to)
    throw new KeelsonError('bad-argument', 'Expected --from before --to.');
  return {
    cohorts: args.texts('cohort'),
    ...(severity === undefined ? {} : { severity }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

function timeOf(args: Arguments, name: 'from' | 'to'): number | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  if (isIncidentTime(text)) return Date.parse(text);
  throw new KeelsonError(
    'bad-argument',
    `Expected --${name} to be a time in UTC such as 2025-11-18T11:28:00Z, found ${show(text)}.`,
  );
}

/** A cohort that none of the incidents has would silently change nothing. @throws KeelsonError `unknown-cohort` */
export function checkCohorts(cohorts: readonly string[], incidents: readonly Incident[]): void {
  const known = [
    ...new Set(
      incidents.flatMap(({ effects }) =>
        effects.flatMap((effect) => (effect.cohorts ?? []).map(({ id }) => id)),
      ),
    ),
  ];
  for (const cohort of cohorts)
    if (!known.includes(cohort))
      throw new KeelsonError(
        'unknown-cohort',
        `No cohort is called ${show(cohort)}${known.length === 0 ? ': the incident has none' : `; known are ${known.slice(0, 8).join(', ')}`}.`,
      );
}

/** Effects of one's own incident that name nothing known: they would hit nothing, and that would look like safety. */
export function namesOfNothing(
  { incidents, source }: FoundIncidents,
  catalog: Catalog,
  models: readonly Model[],
): readonly Problem[] {
  if (source === undefined) return [];
  const known = new Set<string>();
  for (const { name, capabilities } of [...catalog.providers, ...models.flatMap(providersOf)]) {
    known.add(name);
    for (const capability of capabilities) known.add(`${name}/${capability.name}`);
  }
  for (const { services } of models) for (const { name } of services) known.add(name);
  const reader = new Reader(source);
  for (const { effects } of incidents)
    for (const { capability, offset } of effects)
      if (!known.has(capability))
        reader.report('effect-names-nothing', offset, {
          name: capability,
          nearest: reader.nearest(capability, known),
        });
  return reader.problems;
}

function providersOf({ plan }: Model): { name: string; capabilities: readonly { name: string }[] }[] {
  return (plan.providers ?? []).map(({ name, value }) => ({ name, capabilities: value.capabilities ?? [] }));
}
