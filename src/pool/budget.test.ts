import { expect, test } from 'vitest';
import { Budget } from './budget.ts';

const NOON = Date.UTC(2026, 0, 5, 12);

test('a budget without bounds lets everything through', () => {
  const budget = new Budget();
  for (let i = 0; i < 10_000; i++) expect(budget.spend(NOON)).toBe(true);
  expect(budget.leftToday(NOON)).toBe(Number.POSITIVE_INFINITY);
});

test('what a day allows is there again at midnight, UTC, and not before', () => {
  const budget = new Budget({ perDay: 2 });
  const midnight = Date.UTC(2026, 0, 6);
  expect([budget.spend(NOON), budget.spend(NOON), budget.spend(NOON)]).toEqual([true, true, false]);
  expect(budget.leftToday(NOON)).toBe(0);
  expect(budget.spend(midnight - 1)).toBe(false);
  expect(budget.leftToday(midnight)).toBe(2);
  expect(budget.spend(midnight)).toBe(true);
  expect(budget.leftToday(midnight)).toBe(1);
});

test('a rate lets two seconds of it through at once, then as many as it says, and what it refuses costs no call of the day', () => {
  const budget = new Budget({ perSecond: 5, perDay: 100 });
  const spent = (now: number): number =>
    Array.from({ length: 50 }, () => budget.spend(now)).filter(Boolean).length;
  expect(spent(NOON)).toBe(10);
  expect(spent(NOON + 1_000)).toBe(5);
  expect(budget.leftToday(NOON + 1_000)).toBe(85);
});

test('a budget of nothing is none', () => {
  expect(() => new Budget({ perDay: 0 })).toThrow('Expected a number of calls above 0, found 0.');
});
