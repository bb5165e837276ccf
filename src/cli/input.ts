import { readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Catalog } from '../catalog/index.ts';
import { nearest } from '../document/index.ts';
import type { ReadLimits } from '../document/load.ts';
import { KeelsonError } from '../errors.ts';
import { buildModel, eventsUnder, wrongReferences, type Model } from '../model/index.ts';
import type { ParsedPlan, Plan } from '../plan/index.ts';
import { loadPlan } from '../plan/load.ts';
import { printable, show, type Problem } from '../problems.ts';
import type { Arguments, CommandOption, Environment } from './command.ts';

export const PLAN_OPTIONS: Readonly<Record<string, CommandOption>> = {
  'max-bytes': { type: 'string', value: 'N', help: 'Refuse larger plan files. Default 4000000.' },
};

export interface LoadedModel {
  readonly plan: Plan;
  readonly model: Model;
  readonly problems: readonly Problem[];
}

/** The catalogue that was made when Keelson was built. */
export function builtCatalog({ root }: Pick<Environment, 'root'>): Catalog {
  const file = join(root, 'dist', 'catalog.json');
  try {
    // Made and checked by the build of this very version.
    return JSON.parse(readFileSync(file, 'utf8')) as Catalog;
  } catch (cause) {
    throw new KeelsonError('catalog-missing', 'The catalogue that comes with Keelson cannot be read.', {
      hint: 'Build it: npm run build',
      cause,
    });
  }
}

/** Loads a plan and builds its model; `model` is undefined when there is an error among the problems. */
export function loadModel(
  file: string,
  catalog: Catalog,
  args: Arguments,
): { readonly loaded: LoadedModel | undefined; readonly problems: readonly Problem[] } {
  return loadModelWithin(file, catalog, readLimits(args));
}

/** How large a plan file may be, as PLAN_OPTIONS say it. */
export function readLimits(args: Arguments): ReadLimits {
  const maxBytes = wholeNumber(args, 'max-bytes', 1, 2 ** 31);
  return maxBytes === undefined ? {} : { maxBytes };
}

/** As `loadModel`, for who has no arguments. */
export function loadModelWithin(
  file: string,
  catalog: Catalog,
  limits: ReadLimits,
): { readonly loaded: LoadedModel | undefined; readonly problems: readonly Problem[] } {
  return modelOf(loadPlan(file, limits), catalog);
}

/** Builds the model of a plan that has been read. */
export function modelOf(
  { plan, partial, problems }: ParsedPlan,
  catalog: Catalog,
): { readonly loaded: LoadedModel | undefined; readonly problems: readonly Problem[] } {
  if (plan === undefined) {
    const more = partial === undefined ? [] : wrongReferences(partial, catalog);
    return { loaded: undefined, problems: inOrder([...problems, ...more]) };
  }
  const built = buildModel(plan, catalog);
  const all = inOrder([...problems, ...built.problems]);
  return {
    loaded: built.model === undefined ? undefined : { plan, model: built.model, problems: all },
    problems: all,
  };
}

function inOrder(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Names in `--without` that stand for nothing are refused, with the nearest that do. */
export function checkWithout(model: Model, names: readonly string[]): void {
  for (const name of names) {
    if (eventsUnder(model, name).length > 0) continue;
    const known = model.events.map((event) => event.id);
    const close = nearest(name, known);
    throw new KeelsonError(
      'unknown-event',
      `${show(name)} is no event, scope or service of ${show(model.plan.platform.name)}.${close === undefined ? '' : ` Did you mean ${show(close)}?`}`,
      {
        hint: 'keelson assess PLAN --json lists the events.',
      },
    );
  }
}

/** The value of a numeric option; undefined when it is not given. */
export function wholeNumber(args: Arguments, name: string, min: number, max: number): number | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new KeelsonError(
    'bad-argument',
    `Expected --${name} to be a whole number from ${min} to ${max}, found "${printable(text)}".`,
  );
}

/** The value of an option that is a number with decimals; undefined when it is not given. */
export function decimal(args: Arguments, name: string, min: number, max: number): number | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  const value = /^(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})(?:[eE][+-]?\d{1,3})?$/.test(text)
    ? Number(text)
    : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new KeelsonError(
    'bad-argument',
    `Expected --${name} to be a number from ${min} to ${max}, found "${printable(text)}".`,
  );
}

/** One line a problem: `plan.yaml:12:9  unknown-service  …`. */
export function problemLine({ file, line, column, code, severity, message }: Problem): string {
  return `${printable(file)}:${line}:${column}  ${severity === 'error' ? '' : 'warning  '}${code}  ${printable(message)}`;
}

/** All problems as lines, and a last one that counts them. */
export function problemText(problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  const counts = [
    ...(errors > 0 ? [`${errors} error${errors === 1 ? '' : 's'}`] : []),
    ...(warnings > 0 ? [`${warnings} warning${warnings === 1 ? '' : 's'}`] : []),
  ];
  return [
    ...problems.map(problemLine),
    `${counts.join(', ')}.${errors > 0 ? ' Nothing was answered.' : ''}`,
  ].join('\n');
}

/** Says what is wrong instead of answering, in the form of the answer. @returns the exit code */
export function refuse(problems: readonly Problem[], args: Arguments, environment: Environment): number {
  if (args.flag('json'))
    environment.out(JSON.stringify({ schema: 'keelson.problems/1', problems }, undefined, 2));
  else environment.err(problemText(problems));
  return 2;
}

/** Refuses to write a file over one that is read: a plan is somebody's work. */
export function refuseOverwrite(output: string | undefined, inputs: readonly (string | undefined)[]): void {
  if (output === undefined || output === '-') return;
  const place = placeOf(output);
  for (const input of inputs) {
    if (input === undefined || input === '-' || placeOf(input) !== place) continue;
    throw new KeelsonError('output-is-input', `${show(output)} would be written over what is read.`, {
      hint: 'Name another file to write.',
    });
  }
}

/** Where a file lies, links followed; of one that is not there, where it would. */
function placeOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return resolve(file);
  }
}
