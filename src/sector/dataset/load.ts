import { readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { readText, reasonOf, type ReadLimits } from '../../document/load.ts';
import { KeelsonError } from '../../errors.ts';
import { show, type Problem } from '../../problems.ts';
import { parseDataset, type NamedText, type ParsedDataset } from './dataset.ts';

/** What a folder holds. */
export type FolderKind = 'dataset' | 'plans';

/** Most plan files that are looked for in a folder, and how deep. */
const MOST_PLANS = 10_000;
const DEEPEST = 4;

/** @throws KeelsonError `folder-unreadable` when it is no folder, or cannot be read */
export function kindOfFolder(folder: string): FolderKind {
  return namesIn(folder).some(({ name }) => name === 'dataset.yaml') ? 'dataset' : 'plans';
}

/** Reads a dataset from its folder; what is wrong with any of its files comes back at once. */
export function loadDataset(folder: string, limits: ReadLimits = {}): ParsedDataset {
  const problems: Problem[] = [];
  const read = (name: string): NamedText => {
    const file = join(folder, name);
    const found = readText(file, limits);
    if (found.problem !== undefined) problems.push(found.problem);
    return { file, text: found.text ?? '' };
  };
  const hasProviders = namesIn(folder).some(({ name }) => name === 'providers.csv');
  const texts = {
    name: basename(resolve(folder)),
    dataset: read('dataset.yaml'),
    platforms: read('platforms.csv'),
    ...(hasProviders ? { providers: read('providers.csv') } : {}),
  };
  return problems.length > 0 ? { table: undefined, problems } : parseDataset(texts);
}

/** Every file of a folder, and of those in it, that ends in `.yaml` or `.yml`, in the order of their names. Links are not followed. */
export function planFiles(folder: string): string[] {
  const found: string[] = [];
  const look = (at: string, depth: number): void => {
    for (const entry of namesIn(at)) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const path = join(at, entry.name);
      if (entry.isDirectory()) {
        if (depth < DEEPEST) look(path, depth + 1);
      } else if (entry.isFile() && /\.ya?ml$/.test(entry.name)) {
        if (found.length === MOST_PLANS)
          throw new KeelsonError(
            'too-many-plans',
            `Expected at most ${MOST_PLANS} plans in ${show(folder)}, found more.`,
            {
              hint: 'Ask for a folder of it.',
            },
          );
        found.push(path);
      }
    }
  };
  look(folder, 1);
  return found;
}

/** The datasets of a folder of such, by name. */
export function datasetsIn(folder: string): string[] {
  return namesIn(folder)
    .filter(
      (entry) =>
        entry.isDirectory() &&
        statSync(join(folder, entry.name, 'dataset.yaml'), { throwIfNoEntry: false })?.isFile() === true,
    )
    .map(({ name }) => name)
    .sort();
}

function namesIn(folder: string): { name: string; isDirectory(): boolean; isFile(): boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    throw new KeelsonError(
      'folder-unreadable',
      `${show(folder)} cannot be read as a folder: ${reasonOf(cause)}.`,
      {
        hint: 'keelson sector --list names the datasets that come with Keelson.',
        cause,
      },
    );
  }
}
