import { describe, expect, it } from 'vitest';
import { orderByUse } from './order.ts';

describe('the order by use', () => {
  it('has what is used before what uses it', () => {
    const uses = [[1, 2], [2], [], [0]];
    expect(orderByUse(4, (one) => uses[one] ?? [])).toEqual({ order: [2, 1, 0, 3], cycles: [] });
  });

  it('finds the circles that there are, without what leads to them', () => {
    const uses = [[1], [2, 4], [3], [1], [4]];
    const { order, cycles } = orderByUse(5, (one) => uses[one] ?? []);
    expect(cycles).toEqual([[1, 2, 3], [4]]);
    expect([...order].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it('follows chains of any length', () => {
    const { order } = orderByUse(1_000_000, (one) => (one < 999_999 ? [one + 1] : []));
    expect(order[0]).toBe(999_999);
    expect(order.at(-1)).toBe(0);
  });
});
