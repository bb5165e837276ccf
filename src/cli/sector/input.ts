import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { nearest } from '../../document/index.ts';
import { KeelsonError } from '../../errors.ts';
import { printable, show, type Problem } from '../../problems.ts';
import {
  isOfKind,
  onlyKinds,
  onlyNeeds,
  withChances,
  type Sector,
  type SectorTable,
} from '../../sector/index.ts';
import { datasetsIn, kindOfFolder, loadDataset, planFiles } from '../../sector/dataset/load.ts';
import { tableOfPlans, type PlansOptions, type SectorPlan } from '../../sector/plans.ts';
import type { Arguments, Environment } from '../command.ts';
import { builtCatalog, loadModelWithin, readLimits } from '../input.ts';
import { catalogChances } from './chances.ts';

/** A table to ask, or what is wrong with the files that it should come from. */
export type SectorInput =
  | { readonly table: SectorTable; readonly leftOut: Sector['leftOut'] }
  | { readonly table: undefined; readonly problems: readonly Problem[] };

/** Tables are larger than plans. @unit bytes */
const MOST_BYTES = 64_000_000;

/** The datasets that come with Keelson, by name. */
export function shippedDatasets({ root }: Pick<Environment, 'root'>): string[] {
  const folder = join(root, 'data', 'sector');
  return existsSync(folder) ? datasetsIn(folder) : [];
}

/** Reads what the operand names: a dataset that comes with Keelson, a folder with one, or a folder of plans. */
export function loadSector(
  operand: string,
  args: Arguments,
  environment: Environment,
  onProgress: (share: number, what: string) => void,
): SectorInput {
  const folder = folderOf(operand, environment);
  const found =
    kindOfFolder(folder) === 'dataset'
      ? dataset(folder, args, environment)
      : plans(folder, args, environment, onProgress);
  return found.table === undefined ? found : { ...found, table: chosen(found.table, args) };
}

function folderOf(operand: string, environment: Environment): string {
  const shipped = shippedDatasets(environment);
  if (shipped.includes(operand)) return join(environment.root, 'data', 'sector', operand);
  if (statSync(operand, { throwIfNoEntry: false })?.isDirectory() === true) return operand;
  const close = nearest(operand, shipped);
  throw new KeelsonError(
    'unknown-dataset',
    `${show(operand)} is neither a folder nor a dataset that comes with Keelson.${close === undefined ? '' : ` Did you mean ${close}?`}`,
    { hint: 'keelson sector --list names the datasets.' },
  );
}

function dataset(folder: string, args: Arguments, environment: Environment): SectorInput {
  for (const name of ['journey', 'any-journey'])
    if (args.text(name) !== undefined || args.flag(name))
      throw new KeelsonError('bad-argument', `--${name} is for plans, and ${show(folder)} is a dataset.`);
  const { table, problems } = loadDataset(folder, { maxBytes: MOST_BYTES, ...readLimits(args) });
  if (table === undefined) return { table, problems };
  const catalog = builtCatalog(environment);
  return { table: withChances(table, catalogChances(catalog, catalog.watchedUntil)), leftOut: [] };
}

function plans(
  folder: string,
  args: Arguments,
  environment: Environment,
  onProgress: (share: number, what: string) => void,
): SectorInput {
  if (args.texts('need').length > 0)
    throw new KeelsonError('bad-argument', '--need is for datasets. Of plans, --journey says what is asked.');
  const catalog = builtCatalog(environment);
  const files = planFiles(folder);
  const loaded: SectorPlan[] = [];
  const leftOut: { file: string; problems: number; first: string }[] = [];
  const problems: Problem[] = [];
  for (const [i, file] of files.entries()) {
    onProgress(i / files.length, printable(file));
    const found = loadModelWithin(file, catalog, readLimits(args));
    if (found.loaded !== undefined) loaded.push({ file, model: found.loaded.model });
    else {
      const errors = found.problems.filter(({ severity }) => severity === 'error');
      leftOut.push({ file, problems: errors.length, first: errors[0]?.message ?? '' });
      problems.push(...found.problems);
    }
  }
  if (files.length === 0)
    throw new KeelsonError(
      'no-plans',
      `Expected plans (*.yaml) or a dataset.yaml in ${show(folder)}, found none.`,
      {
        hint: 'docs/sector.md says what a dataset is.',
      },
    );
  if (loaded.length === 0) return { table: undefined, problems };
  const titles = new Map(catalog.providers.map(({ name, title }) => [name, title]));
  const name = basename(resolve(folder));
  const { table, leftOut: unasked } = tableOfPlans(loaded, { name, title: name, titles, down: downOf(args) });
  if (table.platforms.length === 0)
    throw new KeelsonError(
      'no-such-journey',
      `None of ${loaded.length} plans in ${show(folder)} can be asked: ${unasked[0]?.reason ?? ''}.`,
      {
        hint: 'Without --journey, a platform is down when a journey of its highest tier is.',
      },
    );
  return {
    table: withChances(table),
    leftOut: [...leftOut, ...unasked.map(({ file, reason }) => ({ file, problems: 0, first: reason }))],
  };
}

function downOf(args: Arguments): NonNullable<PlansOptions['down']> {
  const name = args.text('journey');
  if (name !== undefined && args.flag('any-journey'))
    throw new KeelsonError('bad-argument', 'Expected one of --journey and --any-journey, found both.');
  if (name !== undefined) return { kind: 'journey', name };
  return args.flag('any-journey') ? { kind: 'any' } : { kind: 'tier' };
}

/** The part of a table that is asked for. */
function chosen(table: SectorTable, args: Arguments): SectorTable {
  const [kinds, needs] = [args.texts('kind'), args.texts('need')];
  const known = (all: readonly string[]): string[] => [...new Set(all)].filter((one) => one !== '').sort();
  const kindsKnown = known(table.platforms.map(({ kind }) => kind));
  const needsKnown = known(table.platforms.flatMap((one) => (one.needs ?? []).map(({ need }) => need)));
  for (const kind of kinds)
    if (!kindsKnown.some((one) => isOfKind(one, kind))) {
      const { message, hint } = unknown('kind', kind, kindsKnown, table);
      throw new KeelsonError('unknown-kind', message, { hint });
    }
  for (const need of needs)
    if (!needsKnown.includes(need)) {
      const { message, hint } = unknown('need', need, needsKnown, table);
      throw new KeelsonError('unknown-need', message, { hint });
    }
  const ofKinds = kinds.length === 0 ? table : onlyKinds(table, kinds);
  return needs.length === 0 ? ofKinds : onlyNeeds(ofKinds, needs);
}

function unknown(what: string, name: string, known: readonly string[], { title }: SectorTable) {
  const close = nearest(name, known);
  const meant = close === undefined ? '' : ` Did you mean ${show(close)}?`;
  const some = known.slice(0, 12).map(show).join(', ');
  return {
    message: `No platform of ${show(title)} has the ${what} ${show(name)}.${meant}`,
    hint: `Known: ${some === '' ? 'none' : some}${known.length > 12 ? ', …' : ''}.`,
  };
}
