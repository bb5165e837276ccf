import { expect, test } from 'vitest';
import { agreementOf, modeAt, type Sample } from './agreement.ts';

const FULL = 0;
const LOWER = 1;
const DOWN = 2;

/** One sample every 100 ms. */
function seen(...stretches: readonly (readonly [untilMs: number, mode: number])[]): Sample[] {
  const samples: Sample[] = [];
  let atMs = 0;
  for (const [untilMs, mode] of stretches) for (; atMs < untilMs; atMs += 100) samples.push({ atMs, mode });
  return samples;
}

const PREDICTED = [
  { fromMs: 0, mode: DOWN },
  { fromMs: 5_000, mode: LOWER },
  { fromMs: 20_000, mode: FULL },
];

test('what comes as it was foreseen agrees', () => {
  expect(agreementOf(PREDICTED, seen([5_000, DOWN], [20_000, LOWER], [25_000, FULL]), 2_000)).toEqual({
    outcome: 'agrees',
    differences: [],
    stages: PREDICTED,
  });
});

test('a stage may come earlier or later by the tolerance', () => {
  const early = seen([3_100, DOWN], [18_100, LOWER], [25_000, FULL]);
  const late = seen([6_900, DOWN], [21_900, LOWER], [25_000, FULL]);
  expect(agreementOf(PREDICTED, early, 2_000).outcome).toBe('agrees');
  expect(agreementOf(PREDICTED, late, 2_000).outcome).toBe('agrees');
});

test('what comes later than that and by more than it is wrong', () => {
  const { outcome, differences } = agreementOf(PREDICTED, seen([12_000, DOWN], [20_000, LOWER]), 2_000);
  expect(outcome).toBe('wrong');
  expect(differences).toEqual([{ fromMs: 7_000, toMs: 12_000, predicted: LOWER, observed: DOWN }]);
});

test('a mode that was never foreseen is wrong where it is worse, and better where it is better', () => {
  const lower = [{ fromMs: 0, mode: LOWER }];
  expect(agreementOf(lower, seen([10_000, DOWN]), 2_000).outcome).toBe('wrong');
  expect(agreementOf(lower, seen([10_000, FULL]), 2_000).outcome).toBe('better');
});

test('better at one time and worse at another is wrong', () => {
  const lower = [{ fromMs: 0, mode: LOWER }];
  expect(agreementOf(lower, seen([10_000, FULL], [20_000, DOWN]), 2_000).outcome).toBe('wrong');
});

test('what lasts no longer than the tolerance is a blip, and no stage', () => {
  const full = [{ fromMs: 0, mode: FULL }];
  const blip = agreementOf(full, seen([4_000, FULL], [5_500, DOWN], [10_000, FULL]), 2_000);
  expect(blip).toEqual({ outcome: 'agrees', differences: [], stages: full });
});

test('what goes to and fro all the time is wrong, however short each stay is', () => {
  const full = [{ fromMs: 0, mode: FULL }];
  const flapping = Array.from(
    { length: 20 },
    (_, i) => [(i + 1) * 1_000, i % 2 === 0 ? DOWN : FULL] as const,
  );
  expect(agreementOf(full, seen(...flapping), 2_000).outcome).toBe('wrong');
});

test('a foreseen stage that never comes is wrong', () => {
  const { differences } = agreementOf(PREDICTED, seen([25_000, FULL]), 2_000);
  expect(differences.map(({ predicted, observed }) => [predicted, observed])).toContainEqual([DOWN, FULL]);
});

test('the mode of a moment is that of the stage that has begun', () => {
  expect([0, 4_999, 5_000, 19_999, 20_000, 1e9].map((at) => modeAt(PREDICTED, at))).toEqual([
    2, 2, 1, 1, 0, 0,
  ]);
});
