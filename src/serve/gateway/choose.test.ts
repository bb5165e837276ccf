import { expect, test } from 'vitest';
import type { Target, Way } from '../targets.ts';
import { Chooser } from './choose.ts';
import type { Upstream } from './upstream.ts';

interface Standing {
  readonly level?: number;
  readonly isReady?: boolean;
  readonly isFull?: boolean;
  readonly isDrained?: boolean;
}

/** Upstreams as choosing sees them. */
function chooserOf(
  standings: readonly Standing[],
  inUse = 0,
): { chooser: Chooser; all: readonly Upstream[] } {
  const all = standings.map(({ level = 1, isReady = level >= 0.9, isFull = false, isDrained = false }) => ({
    level,
    isReady,
    isFull,
    isDrained,
    underWay: 0,
    isUsable: level >= 0.9 && !isFull && !isDrained,
  })) as unknown as Upstream[]; // what choosing reads of them
  return { chooser: new Chooser({ upstreams: all, inUse: () => inUse, draw: () => 0.5 }), all };
}

const target = (index: number): Way => ({ kind: 'target', target: { index } as Target }); // all that is read of it
const any = (count: number, jumps: boolean): Way => ({
  kind: 'any',
  service: 0,
  ways: Array.from({ length: count }, (_, i) => target(i)),
  jumps,
});
const active = (count: number): Way => ({
  kind: 'active',
  ways: Array.from({ length: count }, (_, i) => target(i)),
  weights: Array.from({ length: count }, () => 1),
});

test('the alternative in use comes first, and while it works no other', () => {
  const { chooser, all } = chooserOf([{}, {}], 1);
  expect(chooser.choose(any(2, true), [])).toBe(all[1]);
});

test('where one writes no other is ever chosen, whatever becomes of it', () => {
  const { chooser, all } = chooserOf([{ level: 0 }, {}]);
  const [a] = all;
  expect(chooser.choose(any(2, false), [])).toBe(a);
  expect(chooser.choose(any(2, false), a === undefined ? [] : [a])).toBeUndefined();
});

test('a standby that says it is not ready is not chosen, neither at first nor in place of one that failed', () => {
  const { chooser, all } = chooserOf([{ level: 0 }, { level: 0, isReady: false }]);
  const [a] = all;
  expect(chooser.choose(any(2, true), [])).toBe(a);
  expect(chooser.choose(any(2, true), a === undefined ? [] : [a])).toBeUndefined();
});

test('a standby that is ready and was only seen to fail is the last resort', () => {
  const { chooser, all } = chooserOf([{ level: 0 }, { level: 0.5, isReady: true }]);
  const [a, b] = all;
  expect(chooser.choose(any(2, true), a === undefined ? [] : [a])).toBe(b);
});

test('of an active set that is dead altogether one is chosen still', () => {
  const { chooser, all } = chooserOf([{ level: 0 }, { level: 0 }]);
  expect(all).toContain(chooser.choose(active(2), []));
});

test('what is full is passed over while there is another, and is named as full when there is none', () => {
  const first = chooserOf([{ isFull: true }, {}]);
  expect(first.chooser.choose(active(2), [])).toBe(first.all[1]);
  expect(first.chooser.choose(any(2, true), [])).toBe(first.all[1]);
  // It is the one that is drawn where both have room.
  const second = chooserOf([{}, { isFull: true }]);
  expect(second.chooser.choose(active(2), [])).toBe(second.all[0]);
  const both = chooserOf([{ isFull: true }, { isFull: true }]);
  expect(both.chooser.choose(active(2), [])?.isFull).toBe(true);
});

test('what a person has taken out gets nothing', () => {
  const both = chooserOf([{}, {}]);
  expect(both.chooser.choose(active(2), [])).toBe(both.all[1]);
  const { chooser, all } = chooserOf([{}, { isDrained: true }]);
  expect(chooser.choose(active(2), [])).toBe(all[0]);
});
