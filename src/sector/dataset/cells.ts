import { placeOf, type Reader } from '../../document/index.ts';
import type { Cell, CsvRow } from './csv.ts';

/** Among alternatives: the platform itself. */
export const OWN = 'own';

/** Most alternatives of one need. */
const MAX_ALTERNATIVES = 500;
/** No control or format characters, none of the separators. */
export const NAME = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}|;]{1,200}$/u;
const NAME_SAYS = 'visible text of at most 200 characters without "|" and ";"';

const NO_CELL: Cell = { text: '', at: 0 };

export function cellOf(row: CsvRow, column: string): Cell {
  return row[column] ?? NO_CELL;
}

/** `a|b;c` as [[a, b], [c]], each with its place; nothing in an empty field. */
export function alternativesOf(cell: Cell): Placed[][] {
  return splitAt(';', cell).map(([text, at]) => splitAt('|', { text, at }));
}

type Placed = readonly [text: string, at: number];

export function splitAt(separator: ';' | '|', { text: contents, at }: Cell): Placed[] {
  if (contents.trim() === '') return [];
  let from = at;
  return contents.split(separator).map((part): Placed => {
    const place = from;
    from += part.length + 1;
    return [separator === '|' ? part.trim() : part, place];
  });
}

/** The names that are good, each once. */
export function readNames(alternatives: readonly Placed[], reader: Reader): string[] {
  const first = alternatives[0]?.[1] ?? 0;
  if (alternatives.length > MAX_ALTERNATIVES)
    reader.report('too-many', first, {
      what: 'the alternatives',
      max: MAX_ALTERNATIVES,
      found: alternatives.length,
    });
  const names = alternatives
    .slice(0, MAX_ALTERNATIVES)
    .flatMap(([name, at]) => readName({ text: name, at }, reader) ?? []);
  return [...new Set(names)];
}

export function readName({ text: contents, at }: Cell, reader: Reader): string | undefined {
  const name = contents.trim();
  if (NAME.test(name)) return name;
  reader.report('bad-name', at, { name, expected: NAME_SAYS });
  return undefined;
}

export function readNumber(
  { text: contents, at }: Cell,
  reader: Reader,
  range: { readonly min: number; readonly max: number; readonly whole?: boolean; readonly says: string },
): number | undefined {
  const shown = contents.trim();
  const value = /^(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/.test(shown) ? Number(shown) : Number.NaN;
  if (value >= range.min && value <= range.max && (range.whole !== true || Number.isInteger(value)))
    return value;
  reader.report('out-of-range', at, { expected: range.says, found: `"${shown}"` });
  return undefined;
}

export function lineOf(reader: Reader, at: number): number {
  return placeOf(reader.source, at).line;
}
