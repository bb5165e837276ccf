import { describe, expect, test } from 'vitest';
import { HealthRule, type ProbeResult } from './health-rule.ts';

const RESULTS: Readonly<Record<string, ProbeResult>> = { g: 'good', b: 'bad', '-': 'none' };
const LETTERS = { healthy: 'H', unhealthy: 'U', unknown: '?' } as const;

/** One result a second of one rule; the health after each. */
function told(results: string, rule: HealthRule = new HealthRule([{ failures: 3, successes: 2 }])): string {
  return [...results].map((one, i) => LETTERS[rule.record(0, RESULTS[one] ?? 'none', 1000 * i)]).join('');
}

describe('one rule', () => {
  test('is unknown until enough results in a row agree', () => {
    expect(told('gg')).toBe('?H');
    expect(told('bbb')).toBe('??U');
    expect(told('gbgbg')).toBe('?????');
  });

  test('is no longer healthy with one bad result, and unhealthy only after enough of them', () => {
    expect(told('ggbbb')).toBe('?H??U');
    expect(told('ggbbgg')).toBe('?H???H');
  });

  test('stays unhealthy until enough good ones in a row', () => {
    expect(told('bbbgbgbgg')).toBe('??UUUUUUH');
  });

  test('is never taken for healthy while results flap', () => {
    expect(told(`gg${'bg'.repeat(20)}`)).toBe(`?H${'??'.repeat(20)}`);
  });

  test('is not moved by probes that say nothing, which break no row', () => {
    expect(told('g-g-b-b-b')).toBe('??HH????U');
  });

  test('is unknown once nothing was heard for too long, and begins anew', () => {
    const rule = new HealthRule([{ failures: 2, successes: 2, silentMs: 5000 }]);
    rule.record(0, 'good', 0);
    expect(rule.record(0, 'good', 1000)).toBe('healthy');
    expect(rule.wakeAt).toBe(6000);
    expect(rule.record(0, 'none', 5999)).toBe('healthy');
    expect(rule.health(6000)).toBe('unknown');
    expect(rule.wakeAt).toBe(Number.POSITIVE_INFINITY);
    expect(rule.record(0, 'good', 6001)).toBe('unknown');
    expect(rule.record(0, 'good', 6002)).toBe('healthy');
  });

  test('is unknown after a gap even when the first result after it is good, and one is enough', () => {
    const rule = new HealthRule([{ successes: 1, failures: 1, silentMs: 1000 }]);
    expect(rule.record(0, 'good', 0)).toBe('healthy');
    expect(rule.healthySince).toBe(0);
    expect(rule.record(0, 'good', 3_600_000)).toBe('unknown');
    expect(rule.record(0, 'good', 3_600_500)).toBe('healthy');
    expect(rule.healthySince).toBe(3_600_500);
  });
});

describe('several rules', () => {
  test('are healthy while all are, since the last of them became so', () => {
    const rules = new HealthRule([{ successes: 1 }, { successes: 2 }]);
    rules.record(0, 'good', 0);
    expect(rules.record(1, 'good', 1)).toBe('unknown');
    expect(rules.healthySince).toBe(Number.POSITIVE_INFINITY);
    expect(rules.record(1, 'good', 2)).toBe('healthy');
    rules.record(0, 'good', 3);
    expect(rules.healthySince).toBe(2);
  });

  test('are unhealthy as soon as one is, whatever the others are', () => {
    const rules = new HealthRule([{ failures: 1 }, { successes: 1 }, {}]);
    rules.record(1, 'good', 0);
    expect(rules.record(0, 'bad', 1)).toBe('unhealthy');
  });

  test('none of them is always healthy', () => {
    const rules = new HealthRule([]);
    expect(rules.health(7)).toBe('healthy');
    expect(rules.healthySince).toBe(7);
  });
});

test('says which option is out of range', () => {
  expect(() => new HealthRule([{ failures: 0 }])).toThrow(
    'Expected a whole number from 1 to 1,000, found 0.',
  );
  expect(() => new HealthRule([{ silentMs: 0 }])).toThrow('Expected silentMs above 0, found 0.');
});
