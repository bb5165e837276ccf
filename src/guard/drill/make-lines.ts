import { cut, tooMany, type Maker, type Making, type Attempt } from './maker.ts';

/** Of CSV and text: lines as they are, the header of a CSV first. */
export function fromLines({ contract, good, random }: Making): Maker {
  const isCsv = contract.format === 'csv';
  const all = recordsOf(Buffer.from(good).toString('utf8'), isCsv);
  const header = isCsv ? all.slice(0, 1) : [];
  const rows = isCsv ? all.slice(1) : all;
  const end = /\r\n$/.test(all[0] ?? '') ? '\r\n' : '\n';
  const join = (records: readonly string[]): Uint8Array =>
    Buffer.from(records.map((one) => `${one.replace(/\r?\n$/, '')}${end}`).join(''));
  const many = (count: number): Uint8Array =>
    join([...header, ...Array.from({ length: count }, (_, i) => rows[i % rows.length] ?? '')]);
  const unfit = { why: 'it is said of JSON, YAML and CSV only' };

  const oversized = (): Attempt => {
    const found = tooMany(contract, rows.length, join(rows).length / Math.max(1, rows.length));
    return 'why' in found ? found : { says: found.says, bytes: many(found.rows) };
  };
  const doubled = (): Attempt =>
    rows.length === 0
      ? { why: 'it has no rows' }
      : { says: `every row twice: ${2 * rows.length}`, bytes: many(2 * rows.length) };
  const wrongType = (): readonly Attempt[] => {
    if (!isCsv) return [unfit];
    const columns = cellsOf(header[0] ?? '');
    const at = Math.floor(random() * rows.length);
    const cells = cellsOf(rows[at] ?? '');
    if (rows.length === 0) return [{ why: 'it has no rows' }];
    const first = Math.floor(random() * columns.length);
    return columns.map((_, i) => {
      const column = (first + i) % columns.length;
      const isNumber = Number.isFinite(Number.parseFloat(cells[column] ?? ''));
      const cell = isNumber ? 'keelson-drill' : '7';
      const row = cells.map((one, j) => (j === column ? cell : one)).join(',');
      return {
        says: `${cell} in column ${columns[column]} of row ${at + 1}`,
        bytes: join([...header, ...rows.slice(0, at), row, ...rows.slice(at + 1)]),
      };
    });
  };
  const duplicateKey = (): Attempt => {
    if (!isCsv) return unfit;
    const columns = cellsOf(header[0] ?? '');
    if (columns.length < 2) return { why: 'it has one column only' };
    const names = [...columns.slice(0, -1), columns[0] ?? ''].join(',');
    return { says: `the column ${columns[0]} twice`, bytes: join([names, ...rows]) };
  };
  const older = (): Attempt => ({
    why:
      contract.version === undefined ? 'the contract names no version' : 'its version is in what was signed',
  });
  return { truncated: () => cut(good, random), oversized, doubled, older, wrongType, duplicateKey };
}

/** Lines with their ends; of CSV an end within quotes is none. */
function recordsOf(text: string, isCsv: boolean): string[] {
  const records: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    if (isCsv && text[i] === '"') isQuoted = !isQuoted;
    if (text[i] !== '\n' || isQuoted) continue;
    records.push(text.slice(from, i + 1));
    from = i + 1;
  }
  return from < text.length ? [...records, text.slice(from)] : records;
}

/** Cells as they are written, with their quotes. */
function cellsOf(record: string): string[] {
  const cells: string[] = [];
  let from = 0;
  let isQuoted = false;
  const line = record.replace(/\r?\n$/, '');
  for (let i = 0; i < line.length; i++) {
    if (line[i] === '"') isQuoted = !isQuoted;
    if (line[i] !== ',' || isQuoted) continue;
    cells.push(line.slice(from, i));
    from = i + 1;
  }
  return [...cells, line.slice(from)];
}
