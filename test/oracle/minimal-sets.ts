/**
 * The minimal sets S of names for which `isTrue` holds when exactly S has happened, each sorted as
 * `names` is, the small ones first. `isTrue` is asked with a bit a name.
 */
export function minimalSets(
  names: readonly string[],
  isTrue: (state: number) => boolean,
): readonly (readonly string[])[] {
  const count = 2 ** names.length;
  /** Whether the state or a part of it makes it true. */
  const covered = new Uint8Array(count);
  const found: (readonly string[])[] = [];
  for (let state = 0; state < count; state++) {
    for (let bit = 1; bit <= state; bit *= 2)
      if ((state & bit) !== 0 && covered[state ^ bit] === 1) covered[state] = 1;
    if (covered[state] === 1 || !isTrue(state)) continue;
    covered[state] = 1;
    found.push(names.filter((_, index) => ((state >> index) & 1) === 1));
  }
  return found.sort((a, b) => a.length - b.length || (a.join() < b.join() ? -1 : 1));
}
