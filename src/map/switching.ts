import { partsAt, type OrderedRow } from './groups.ts';

/** Rounds over one layer before it is left as it is. */
const MOST_ROUNDS = 8;

/**
 * A layer in which no two parts beside each other would cross less the other way round: rows change places within their group,
 * groups within theirs.
 *
 * @param sides by row, what it is linked with in the layers left and right
 * @param position of every row in its layer
 */
export function switched(
  layer: readonly number[],
  rows: readonly OrderedRow[],
  sides: readonly (readonly (readonly number[])[])[],
  position: Float64Array,
): number[] {
  const within = (members: readonly number[], depth: number): number[] => {
    const parts = partsAt(members, rows, depth).map((part) => {
      const inOrder = part.length === 1 ? part : within(part, depth + 1);
      const ends = sides.map((side) => endsOf(inOrder, side, position));
      return { rows: inOrder, ends };
    });
    for (let round = 0, moved = true; round < MOST_ROUNDS && moved; round++) {
      moved = false;
      for (let i = 1; i < parts.length; i++) {
        const above = parts[i - 1];
        const below = parts[i];
        if (above === undefined || below === undefined || gain(above.ends, below.ends) <= 0) continue;
        parts[i - 1] = below;
        parts[i] = above;
        moved = true;
      }
    }
    return parts.flatMap((part) => part.rows);
  };
  return within(layer, 0);
}

/** Where the links of some rows end on one side, from top to bottom. */
function endsOf(
  rows: readonly number[],
  side: readonly (readonly number[])[],
  position: Float64Array,
): number[] {
  const ends: number[] = [];
  for (const row of rows) for (const end of side[row] ?? []) ends.push(position[end] ?? 0);
  return ends.length > 1 ? ends.sort((a, b) => a - b) : ends;
}

/** By how many crossings two parts are better off the other way round. */
function gain(above: readonly number[][], below: readonly number[][]): number {
  let gained = 0;
  for (const [side, ends] of above.entries()) {
    const others = below[side] ?? ends;
    gained += pairsBefore(others, ends) - pairsBefore(ends, others);
  }
  return gained;
}

/** Pairs of an end of the first and one of the second that is below it. Both rise. */
function pairsBefore(first: readonly number[], second: readonly number[]): number {
  let pairs = 0;
  let passed = 0;
  for (const end of second) {
    while (passed < first.length && (first[passed] ?? 0) < end) passed++;
    pairs += passed;
  }
  return pairs;
}
