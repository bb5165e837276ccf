import type { Reader } from '../../document/index.ts';
import { cellOf, lineOf, OWN, readName, readNames, readNumber, splitAt } from './cells.ts';
import { type CsvRow, readCsv } from './csv.ts';
import { MAX_PROVIDERS } from './dataset-providers.ts';
import type { NamedText } from './dataset-text.ts';
import type { SectorNeed, SectorPlatform } from '../table.ts';
import { minimalWays } from '../ways.ts';

const MAX_ROWS = 1_000_000;
const MAX_PLATFORMS = 200_000;

/** Reads `platforms.csv`. */
export function readPlatforms(
  { text: contents, file }: NamedText,
  listed: ReadonlyMap<string, unknown> | undefined,
) {
  const { rows, reader } = readCsv(contents, file, {
    what: 'platforms.csv',
    required: ['platform', 'kind', 'weight', 'need', 'providers'],
    optional: ['count'],
    maxRows: MAX_ROWS,
  });
  const named = new Set<string>();
  const found = new Map<string, Found>();
  for (const row of rows) readPlatformRow(row, { reader, listed, named, found });
  if (rows.length === 0 && reader.errors === 0)
    reader.report('too-few', 0, { what: 'platforms.csv', min: 1, found: 0 });
  const platforms = [...found.values()].map(platformOf);
  return { platforms, named, problems: reader.problems };
}

interface Found {
  readonly name: string;
  readonly kind: string;
  readonly weight: number;
  readonly count: number;
  readonly line: number;
  readonly needs: SectorNeed[];
}

interface Reading {
  readonly reader: Reader;
  readonly listed: ReadonlyMap<string, unknown> | undefined;
  /** Every provider that is named, in the order of the file. */
  readonly named: Set<string>;
  readonly found: Map<string, Found>;
}

function readPlatformRow(row: CsvRow, { reader, listed, named, found }: Reading): void {
  const cell = cellOf(row, 'platform');
  const name = readName(cell, reader);
  if (name === undefined) return;
  const platform = found.get(name) ?? firstRow(name, row, reader);
  if (!found.has(name)) {
    if (found.size === MAX_PLATFORMS)
      reader.report('too-many', cell.at, {
        what: 'platforms.csv',
        max: MAX_PLATFORMS,
        found: found.size + 1,
      });
    if (found.size >= MAX_PLATFORMS) return;
    found.set(name, platform);
  } else {
    const again = firstRow(name, row, reader);
    for (const what of ['kind', 'weight', 'count'] as const)
      if (again[what] !== platform[what])
        reader.report('platform-differs', cell.at, { name, what, line: platform.line });
  }
  const need = cellOf(row, 'need');
  const offered = cellOf(row, 'providers');
  if (need.text.trim() === '') {
    if (offered.text.trim() !== '')
      reader.report('missing-key', offered.at, { key: 'need', where: 'this row' });
    return;
  }
  const word = readName(need, reader);
  const alternatives = splitAt('|', offered);
  const names = readNames(alternatives, reader);
  if (names.length === 0) reader.report('missing-key', offered.at, { key: 'providers', where: 'this row' });
  for (const [alternative, at] of alternatives) {
    if (alternative === OWN || alternative === '') continue;
    if (listed !== undefined && !listed.has(alternative))
      reader.report('unlisted-provider', at, {
        name: alternative,
        nearest: reader.nearest(alternative, listed.keys()),
      });
    else if (named.size < MAX_PROVIDERS) named.add(alternative);
    else if (!named.has(alternative))
      reader.report('too-many', at, { what: 'the providers', max: MAX_PROVIDERS, found: named.size + 1 });
  }
  if (word === undefined || names.length === 0) return;
  const providers = names.filter((one) => one !== OWN);
  platform.needs.push({
    need: word,
    providers,
    ...(providers.length < names.length ? { hasOwn: true as const } : {}),
  });
}

function firstRow(name: string, row: CsvRow, reader: Reader): Found {
  const weight = cellOf(row, 'weight');
  const count = cellOf(row, 'count');
  const kind = cellOf(row, 'kind');
  const most = { max: 1e15, says: 'more than 0 and at most 10^15' };
  return {
    name,
    kind: kind.text.trim() === '' ? '' : (readName(kind, reader) ?? ''),
    weight:
      weight.text.trim() === '' ? 1 : (readNumber(weight, reader, { min: Number.MIN_VALUE, ...most }) ?? 1),
    count:
      count.text.trim() === ''
        ? 1
        : (readNumber(count, reader, {
            min: 1,
            max: 1e6,
            whole: true,
            says: 'a whole number from 1 to 1000000',
          }) ?? 1),
    line: lineOf(reader, cellOf(row, 'platform').at),
    needs: [],
  };
}

function platformOf({ name, kind, weight, count, needs }: Found): SectorPlatform {
  const ways = needs.flatMap(({ need, providers, hasOwn }) =>
    hasOwn === true || providers.length === 0 ? [] : [{ need, providers }],
  );
  return {
    name,
    kind,
    weight,
    ...(count === 1 ? {} : { count }),
    ways: minimalWays(ways),
    uses: [...new Set(needs.flatMap(({ providers }) => providers))],
    needs,
  };
}
