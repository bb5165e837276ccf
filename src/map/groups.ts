/** A row of a layer, with the groups around it, outermost first. */
export interface OrderedRow {
  readonly layer: number;
  readonly groups: readonly number[];
}

/** The parts of a layer, or of a group at a depth, that may not be torn apart: groups, and rows alone. */
export function partsAt(
  members: readonly number[],
  rows: readonly OrderedRow[],
  depth: number,
): readonly number[][] {
  const parts = new Map<number, number[]>();
  for (const row of members) {
    const group = rows[row]?.groups[depth];
    // Groups and rows are numbered apart: those of rows are made negative.
    const key = group ?? -1 - row;
    const known = parts.get(key);
    if (known === undefined) parts.set(key, [row]);
    else known.push(row);
  }
  return [...parts.values()];
}
