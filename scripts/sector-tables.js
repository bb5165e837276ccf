// Tables and texts of data/sector, as scripts read and write them.

/** @returns {Record<string, string>[]} rows by their heads; a value in quotes may hold commas and doubled quotes */
export function rowsOf(text) {
  const [head = [], ...rest] = text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain,
      ),
    );
  return rest.map((values) => Object.fromEntries(head.map((name, i) => [name, values[i] ?? ''])));
}

/** A table as text, in the order of its rows; what holds a comma or a quote stands in quotes. */
export function tableOf(head, rows) {
  const lines = [head, ...rows].map((row) => row.map(cellOf).join(','));
  return `${lines.join('\n')}\n`;
}

function cellOf(value) {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A name for a file, a table or a plan: lower-case letters, digits, hyphens and dots. */
export function slugOf(name) {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '');
}

/** By name, as computers sort, so that every machine writes the same bytes. */
export function byFirst([a], [b]) {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** @template T @param {readonly T[]} items @returns {Map<string, T[]>} items by a key, in their order */
export function grouped(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(item);
  }
  return groups;
}
