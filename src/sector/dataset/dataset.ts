import { day, list, object, optional, parseDocument, Reader, required, text } from '../../document/index.ts';
import { problem, type Problem } from '../../problems.ts';
import { readPlatforms } from './dataset-platforms.ts';
import { readProviders } from './dataset-providers.ts';
import type { NamedText } from './dataset-text.ts';
import type { SectorProvider, SectorTable } from '../table.ts';

export { OWN } from './cells.ts';
export type { NamedText } from './dataset-text.ts';

/**
 * A dataset is a folder of three texts.
 *
 * `dataset.yaml`: title, asOf, unit, weighedBy?, source, licence, limits.
 *
 * `platforms.csv`: `platform,kind,weight,need,providers`, and `count` where a row stands for several platforms alike. One row a need; `|`
 * stands between alternatives, and `own` among them is the platform itself (or somebody who is no provider here), whose loss nobody asks for.
 * A row with an empty need is a platform of which nothing is known. Kind, weight and count of a platform are the same in all its rows;
 * empty they are ``, 1 and 1. A need may have several rows: each of them is needed.
 *
 * `providers.csv`, which may be missing: `provider,title,catalog,stands-on,router`, and `rate-a-year,mean-hours` where the outages of a
 * provider are known to the dataset itself. `catalog` is what it is in Keelson's catalogue (`cloudflare/cdn`; several with `;` when it is
 * down as soon as one is). `stands-on`: `;` between needs, `|` between alternatives. `router`: `yes` or empty. Where the file is there, it
 * names every provider.
 */
export interface DatasetTexts {
  /** What the dataset is called: the name of its folder. */
  readonly name: string;
  readonly dataset: NamedText;
  readonly platforms: NamedText;
  readonly providers?: NamedText;
}

export interface ParsedDataset {
  /** Undefined when there is an error among the problems. */
  readonly table: SectorTable | undefined;
  readonly problems: readonly Problem[];
}

const about = object('a dataset', {
  title: required(text('a title', 200), 'One line for people.'),
  asOf: required(day(), 'The day of the data.'),
  unit: required(text('what one platform is, such as platforms', 40), 'What one platform is, in the plural.'),
  weighedBy: optional(text('what a weight is, such as stake', 40), 'What a weight is, where it is no count.'),
  source: required(text('a source', 2000), 'Where the data is from.'),
  licence: required(text('a licence', 500), 'Under which licence it is.'),
  limits: required(
    list('a list of limits', text('a limit', 2000), { max: 50 }),
    'What the data does not say.',
  ),
});

/** Reads a dataset from its texts; all that is wrong with any of them comes back at once. */
export function parseDataset(texts: DatasetTexts): ParsedDataset {
  const described = readAbout(texts.dataset);
  const listed = texts.providers === undefined ? undefined : readProviders(texts.providers);
  const { platforms, named, problems } = readPlatforms(texts.platforms, listed?.providers);
  const all = [...described.problems, ...(listed?.problems ?? []), ...problems];
  if (described.value === undefined || all.some(({ severity }) => severity === 'error'))
    return { table: undefined, problems: all };
  const { offset: _, broken: __, ...words } = described.value;
  const providers = listed === undefined ? [...named].map(unknownProvider) : [...listed.providers.values()];
  return { table: { name: texts.name, ...words, platforms, providers }, problems: all };
}

function readAbout({ text: contents, file }: NamedText) {
  const { root, source, broken, problems } = parseDocument(contents, file);
  const unread = problems.map((found) =>
    found.code === 'empty-document' ? problem(found.code, found, { expected: 'a dataset' }) : found,
  );
  if (root === undefined) return { value: undefined, problems: unread };
  const reader = new Reader(source, broken);
  const value = about.read(root, reader);
  return { value, problems: [...unread, ...reader.problems] };
}

function unknownProvider(name: string): SectorProvider {
  return { name, title: name, probability: null, basis: 'unknown', standsOn: [] };
}
