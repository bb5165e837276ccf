import { describe, expect, test } from 'vitest';
import { journeyExample, statusExample } from '../../test/status-example.ts';
import { answerOf, clockOf, count, drillOf, percent, span, titleOf } from './words.ts';

const down = journeyExample({ name: 'login', mode: null });
const lower = journeyExample({ mode: 'cancel-only' });

describe('the answer', () => {
  test('is that all is well, or what is not, the worst first', () => {
    expect(answerOf(statusExample())).toEqual(['The journey is in its first mode.']);
    expect(
      answerOf(statusExample({ journeys: [journeyExample(), journeyExample({ name: 'login' })] })),
    ).toEqual(['All 2 journeys are in their first mode.']);
    expect(answerOf(statusExample({ journeys: [lower, down] }))).toEqual([
      'login is down.',
      'trade is in cancel-only.',
    ]);
    expect(answerOf(statusExample({ journeys: [] }))).toEqual(['No journeys are served here.']);
  });

  test('is in the title, with how many', () => {
    expect(titleOf(statusExample())).toBe('Harbor Exchange – Keelson');
    expect(titleOf(statusExample({ journeys: [lower, down] }))).toBe(
      '✕ 1 down – ◐ 1 lower – Harbor Exchange – Keelson',
    );
  });
});

test('a drill is said, and only a drill', () => {
  expect(drillOf(statusExample())).toBeUndefined();
  expect(drillOf(statusExample({ speed: 60 }))).toBe(
    'A drill, never production: what policies count runs 60 times as fast as the clock.',
  );
  expect(drillOf(statusExample({ speed: 2, via: 1 }))).toBe(
    'A drill, never production: what policies count runs 2 times as fast as the clock; via: 1 address of the plan is reached elsewhere.',
  );
  expect(drillOf(statusExample({ via: 3 }))).toMatch(/via: 3 addresses of the plan are reached elsewhere/);
});

test('times are as long as they are, and never negative', () => {
  expect([0, 400, 3000, 210_000, -5000, Number.NaN].map(span)).toEqual([
    '0 s',
    '0 s',
    '3 s',
    '3 m 30 s',
    '0 s',
    '–',
  ]);
});

test('a clock has its day where that is not today’s', () => {
  const now = Date.parse('2026-11-28T11:20:00.000Z');
  expect(clockOf('2026-11-28T08:00:01.500Z', now)).toBe('08:00:01 UTC');
  expect(clockOf('2026-11-27T08:00:00.000Z', now)).toBe('2026-11-27 08:00:00 UTC');
  expect(clockOf('never', now)).toBe('never');
});

test('a share is whole only when it is', () => {
  expect([0, 0.0001, 0.6, 0.994, 0.99999, 1].map(percent)).toEqual([
    '0 %',
    '0.1 %',
    '60 %',
    '99.4 %',
    '99.9 %',
    '100 %',
  ]);
  expect(count(1_234_567)).toBe('1\u202f234\u202f567');
});
