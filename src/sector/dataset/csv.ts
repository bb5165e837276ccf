import { findLines, Reader } from '../../document/index.ts';

/** A field with the offset at which it stands in the text. */
export interface Cell {
  readonly text: string;
  readonly at: number;
}

export interface CsvShape {
  /** What a message calls the table: `platforms.csv`. */
  readonly what: string;
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly maxRows: number;
}

export type CsvRow = Readonly<Record<string, Cell>>;

/** Longest field that is read. @unit characters */
const MAX_FIELD = 20_000;
/** Most fields of a row. */
const MAX_FIELDS = 100;

/**
 * Reads a table as RFC 4180 has it, with a first line that names the columns in any order; lines may end in LF alone. What is wrong
 * is reported to the reader that comes back, at its place; rows that are wrong are left out.
 */
export function readCsv(
  text: string,
  file: string,
  shape: CsvShape,
): { readonly rows: readonly CsvRow[]; readonly reader: Reader } {
  const reader = new Reader({ file, lineStarts: findLines(text) });
  const lines = recordsOf(text, reader);
  const header = lines.next().value;
  if (header === undefined) {
    if (reader.errors === 0)
      reader.report('empty-document', 0, {
        expected: `a first line that names the columns of ${shape.what}`,
      });
    return { rows: [], reader };
  }
  const columns = columnsOf(header, shape, reader);
  if (columns === undefined) return { rows: [], reader };
  const rows: CsvRow[] = [];
  for (const record of lines) {
    const at = record[0]?.at ?? 0;
    if (record.length !== columns.length) {
      reader.report('csv-fields', at, { expected: columns.length, found: record.length });
      continue;
    }
    if (rows.length >= shape.maxRows) {
      reader.report('too-many', at, {
        what: `the rows of ${shape.what}`,
        max: shape.maxRows,
        found: rows.length + 1,
      });
      break;
    }
    rows.push(Object.fromEntries(record.map((cell, i) => [columns[i] ?? '', cell])));
  }
  return { rows, reader };
}

/** The names of the columns; undefined when rows cannot be told apart by them. */
function columnsOf(header: readonly Cell[], shape: CsvShape, reader: Reader): readonly string[] | undefined {
  const known = [...shape.required, ...shape.optional];
  const columns = header.map(({ text }) => text.trim());
  for (const [i, name] of columns.entries()) {
    const at = header[i]?.at ?? 0;
    if (!known.includes(name))
      reader.report('unknown-key', at, {
        key: name,
        where: shape.what,
        known,
        nearest: reader.nearest(name, known),
      });
    else if (columns.indexOf(name) < i) reader.report('duplicate-key', at, { key: name });
  }
  for (const key of shape.required)
    if (!columns.includes(key))
      reader.report('missing-key', 0, { key, where: `the first line of ${shape.what}` });
  return reader.errors === 0 ? columns : undefined;
}

/** The records, one after another; ends at the first place that is no CSV, which is reported. */
function* recordsOf(text: string, reader: Reader): Generator<readonly Cell[], undefined> {
  let at = 0;
  while (at < text.length) {
    const record: Cell[] = [];
    for (;;) {
      const field = text[at] === '"' ? quoted(text, at) : plain(text, at);
      if (typeof field === 'string') {
        reader.report('csv-quote', at, { reason: field });
        return;
      }
      if (field.value.length > MAX_FIELD || record.length >= MAX_FIELDS) {
        const reason =
          record.length >= MAX_FIELDS
            ? `a line has more than ${MAX_FIELDS} fields`
            : `a field has more than ${MAX_FIELD} characters`;
        reader.report('csv-quote', at, { reason });
        return;
      }
      record.push({ text: field.value, at });
      at = field.end;
      if (text[at] !== ',') break;
      at++;
    }
    if (text.startsWith('\r\n', at)) at += 2;
    else if (at < text.length) at++;
    yield record;
  }
}

type Field = { readonly value: string; readonly end: number };

/** @returns the field, or what is wrong with it */
function plain(text: string, from: number): Field | string {
  let end = from;
  while (end < text.length && !isEnd(text, end)) {
    if (text[end] === '"') return 'a quote stands within a field that has none around it';
    end++;
  }
  return { value: text.slice(from, end), end };
}

function quoted(text: string, from: number): Field | string {
  let end = from + 1;
  for (;;) {
    end = text.indexOf('"', end);
    if (end < 0) return 'a quote is opened here and never closed';
    if (text[end + 1] !== '"') break;
    end += 2;
  }
  if (end + 1 < text.length && !isEnd(text, end + 1)) return 'more stands after the closing quote of a field';
  return { value: text.slice(from + 1, end).replaceAll('""', '"'), end: end + 1 };
}

function isEnd(text: string, at: number): boolean {
  return text[at] === ',' || text[at] === '\n' || (text[at] === '\r' && text[at + 1] === '\n');
}
