import type { Reader } from '../../document/index.ts';
import { alternativesOf, cellOf, lineOf, OWN, readName, readNames, readNumber, NAME } from './cells.ts';
import { HOURS_PER_YEAR } from '../../units.ts';
import { type Cell, type CsvRow, readCsv } from './csv.ts';
import type { NamedText } from './dataset-text.ts';
import type { SectorProvider } from '../table.ts';

export const MAX_PROVIDERS = 20_000;
const MAX_STANDS_ON = 100;

/** Reads `providers.csv`. */
export function readProviders({ text: contents, file }: NamedText) {
  const { rows, reader } = readCsv(contents, file, {
    what: 'providers.csv',
    required: ['provider', 'title', 'catalog', 'stands-on', 'router'],
    optional: ['rate-a-year', 'mean-hours'],
    maxRows: MAX_PROVIDERS,
  });
  const providers = new Map<string, SectorProvider>();
  const lines = new Map<string, number>();
  for (const row of rows) {
    const cell = cellOf(row, 'provider');
    const name = readName(cell, reader);
    if (name === undefined) continue;
    if (name === OWN) {
      reader.report('bad-name', cell.at, { name, expected: `a provider: "${OWN}" is the platform itself` });
      continue;
    }
    const line = lines.get(name);
    if (line !== undefined) {
      reader.report('listed-twice', cell.at, { name, line });
      continue;
    }
    lines.set(name, lineOf(reader, cell.at));
    providers.set(name, readProvider(name, row, reader));
  }
  for (const row of rows)
    for (const [alternative, at] of alternativesOf(cellOf(row, 'stands-on')).flat())
      if (alternative !== '' && NAME.test(alternative) && !providers.has(alternative))
        reader.report('unlisted-provider', at, {
          name: alternative,
          nearest: reader.nearest(alternative, providers.keys()),
        });
  return { providers, problems: reader.problems };
}

function readProvider(name: string, row: CsvRow, reader: Reader): SectorProvider {
  const title = cellOf(row, 'title');
  const catalog = cellOf(row, 'catalog')
    .text.split(';')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const standsOn = alternativesOf(cellOf(row, 'stands-on'))
    .map((one) => readNames(one, reader))
    .filter((one) => one.length > 0);
  if (standsOn.length > MAX_STANDS_ON)
    reader.report('too-many', cellOf(row, 'stands-on').at, {
      what: 'stands-on',
      max: MAX_STANDS_ON,
      found: standsOn.length,
    });
  const router = cellOf(row, 'router');
  if (!['', 'yes', 'no'].includes(router.text.trim()))
    reader.report('wrong-word', router.at, { known: ['yes', 'no'], found: `"${router.text}"` });
  return {
    name,
    title: readTitle(title, name, reader),
    ...readChance(row, reader),
    standsOn,
    ...(router.text.trim() === 'yes' ? { isRouter: true as const } : {}),
    ...(catalog.length === 0 ? {} : { catalog }),
  };
}

function readTitle({ text: title, at }: Cell, name: string, reader: Reader): string {
  const shown = title.trim();
  if (shown === '') return name;
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u.test(shown) || shown.length > 200)
    reader.report('bad-name', at, { name: shown, expected: 'visible text of at most 200 characters' });
  return shown;
}

/** What the dataset itself knows of a provider's outages. */
function readChance(row: CsvRow, reader: Reader): Chances {
  const unknown = { probability: null, basis: 'unknown' };
  const rate = cellOf(row, 'rate-a-year');
  const mean = cellOf(row, 'mean-hours');
  if (rate.text.trim() === '' && mean.text.trim() === '') return unknown;
  const a = readNumber(rate, reader, { min: 0, max: 1e6, says: 'outages a year, from 0 to 1000000' });
  const b = readNumber(mean, reader, { min: 0, max: 87_660, says: 'hours, from 0 to 87660' });
  if (a === undefined || b === undefined) return unknown;
  const down = (a * b) / HOURS_PER_YEAR;
  return { probability: down / (1 + down), ratePerYear: a, basis: 'dataset' };
}

type Chances = Pick<SectorProvider, 'probability' | 'ratePerYear' | 'basis'>;
