/** Most cycles that are followed: one hides the next, and following each costs its length. */
const MAX_CYCLES = 10;

export interface Order {
  /** Every number below `count`, those that are used before those that use them, as far as cycles allow. */
  readonly order: readonly number[];
  /** Each as the numbers on it, in the direction of use, the first not repeated. */
  readonly cycles: readonly (readonly number[])[];
}

/**
 * Orders things that use each other. Depth first with a stack of its own, so that chains may have any length.
 *
 * @param usesOf the numbers that one uses
 */
export function orderByUse(count: number, usesOf: (one: number) => readonly number[]): Order {
  const order: number[] = [];
  const cycles: number[][] = [];
  /** 0 unseen, 1 on the path, 2 done. */
  const state = new Uint8Array(count);
  const path: number[] = [];
  const next: number[] = [];
  for (let start = 0; start < count; start++) {
    if (state[start] !== 0) continue;
    path.push(start);
    next.push(0);
    state[start] = 1;
    while (path.length > 0) {
      const top = path.length - 1;
      const one = path[top] as number;
      const use = usesOf(one)[next[top] as number];
      if (use === undefined) {
        state[one] = 2;
        order.push(one);
        path.pop();
        next.pop();
        continue;
      }
      next[top] = (next[top] as number) + 1;
      if (state[use] === 0) {
        state[use] = 1;
        path.push(use);
        next.push(0);
      } else if (state[use] === 1 && cycles.length < MAX_CYCLES) {
        cycles.push(path.slice(path.lastIndexOf(use)));
      }
    }
  }
  return { order, cycles };
}
