import { printable } from '../printable.ts';
import { table, widthOf, wrap, type Column } from './table.ts';

export interface WrappedRow {
  /** Somebody's texts: what cannot be seen in them is written out. */
  readonly cells: readonly string[];
  /** Colours its lines. */
  readonly paint?: (line: string) => string;
  /** Lines that stand under it over all columns, as they are. */
  readonly below?: readonly string[];
}

/** The narrowest that a column becomes. @unit columns */
const LEAST = 6;

/** A table that fits: the widest columns give way, and what is longer than its column goes on in the next line, none of it lost. */
export function wrappedTable(
  columns: readonly Column[],
  rows: readonly WrappedRow[],
  width: number,
  indent = '  ',
): string[] {
  const cells = rows.map((row) => columns.map((_, i) => printable(row.cells[i] ?? '')));
  const widths = fitting(
    columns.map(({ title }, i) => Math.max(widthOf(title), ...cells.map((row) => widthOf(row[i] ?? '')))),
    width - widthOf(indent) - 2 * (columns.length - 1),
  );
  const wrapped = cells.map((row) => row.map((cell, i) => folded(cell, widths[i] ?? LEAST)));
  const heights = wrapped.map((row) => Math.max(1, ...row.map((lines) => lines.length)));
  const [head = '', ...lines] = table(
    columns,
    wrapped.flatMap((row, r) =>
      Array.from({ length: heights[r] ?? 1 }, (_, line) => row.map((cell) => cell[line] ?? '')),
    ),
    indent,
  );
  let at = 0;
  return [
    head,
    ...rows.flatMap(({ paint = (line) => line, below = [] }, r) => {
      const own = lines.slice(at, at + (heights[r] ?? 1));
      at += own.length;
      return [...own.map(paint), ...below];
    }),
  ];
}

/** Somebody's text in lines that fit, the first after `first`, the others after as many spaces. */
export function paragraph(text: string, width: number, first = '  '): string[] {
  const indent = ' '.repeat(widthOf(first));
  return folded(printable(text), Math.max(LEAST, width - indent.length)).map((line, i) =>
    ((i === 0 ? first : indent) + line).trimEnd(),
  );
}

/** Widths that add up to no more than there is room for. */
function fitting(natural: readonly number[], room: number): number[] {
  const widths = natural.map((one) => Math.min(one, Math.max(LEAST, room)));
  while (widths.reduce((sum, one) => sum + one, 0) > room) {
    const widest = Math.max(...widths);
    if (widest <= LEAST) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}

/** Spaces, but not those within a time: `in 1 m 28 s` stays together. */
const BREAKS = / (?!(?:\d+ )?[dhms]\b)/;

/** A text in lines of at most `width`; a word that is longer is cut in pieces. */
function folded(text: string, width: number): string[] {
  return wrap(
    text.split(BREAKS).flatMap((word) => pieces(word, width)),
    ' ',
    width,
    '',
  );
}

function pieces(word: string, width: number): string[] {
  if (widthOf(word) <= width) return [word];
  const found: string[] = [];
  let piece = '';
  let taken = 0;
  for (const character of word) {
    const wide = widthOf(character);
    if (piece !== '' && taken + wide > width) {
      found.push(piece);
      piece = '';
      taken = 0;
    }
    piece += character;
    taken += wide;
  }
  return [...found, piece];
}
