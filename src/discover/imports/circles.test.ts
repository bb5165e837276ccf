import { describe, expect, test } from 'vitest';
import { findCircles } from './circles.ts';

const edges = (...pairs: readonly string[]): Map<string, string[]> => {
  const map = new Map<string, string[]>();
  for (const pair of pairs) {
    const [from = '', to = ''] = pair;
    map.set(from, [...(map.get(from) ?? []), to]);
    if (!map.has(to)) map.set(to, []);
  }
  return map;
};
const even = (): number => 0;

describe('findCircles', () => {
  test('finds none where none are', () => {
    expect(findCircles(edges('ab', 'bc', 'ac', 'dc'), even)).toEqual([]);
  });

  test('leaves out the edge that was seen least', () => {
    const seen = new Map([
      ['ab', 10],
      ['bc', 2],
      ['ca', 10],
    ]);
    const left = findCircles(edges('ab', 'bc', 'ca'), (from, to) => seen.get(from + to) ?? 0);
    expect(left).toEqual([{ from: 'b', to: 'c' }]);
  });

  test('leaves out what needs itself', () => {
    expect(findCircles(edges('aa', 'ab'), even)).toEqual([{ from: 'a', to: 'a' }]);
  });

  test('does not depend on the order in which edges stand', () => {
    const one = findCircles(edges('ab', 'bc', 'ca', 'cb'), even);
    const other = findCircles(edges('cb', 'ca', 'bc', 'ab'), even);
    const sorted = (list: typeof one): string[] => list.map(({ from, to }) => from + to).sort();
    expect(sorted(one)).toEqual(sorted(other));
  });

  test('walks rows of twenty thousand without falling', () => {
    const row = new Map(Array.from({ length: 20_000 }, (_, i) => [`s${i}`, [`s${i + 1}`]]));
    row.set('s20000', ['s0']);
    expect(findCircles(row, even)).toHaveLength(1);
  });
});
