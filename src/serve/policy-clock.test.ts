import { describe, expect, test } from 'vitest';
import { VirtualTime } from '../../test/parts/virtual-time.ts';
import { PolicyClock } from './policy-clock.ts';

const START = Date.UTC(2026, 10, 28);

describe('a policy clock', () => {
  test('is the clock of the system where nothing else is said', () => {
    const time = new VirtualTime(START);
    const clock = new PolicyClock(time);
    time.goTo(START + 1_234.56);
    expect(clock.now()).toBe(time.now());
    expect(clock.here(time.now())).toBe(time.now());
    expect(clock.there(time.now())).toBe(time.now());
    clock.after(100, () => undefined);
    expect(time.nextAt).toBe(time.now() + 100);
  });

  test('runs as many times as fast from when it was made', () => {
    const time = new VirtualTime(START);
    const clock = new PolicyClock(time, 60);
    time.goTo(START + 10_000);
    expect(clock.now()).toBe(START + 600_000);
    expect(clock.here(START + 1_000)).toBe(START + 60_000);
    expect(clock.there(START + 60_000)).toBe(START + 1_000);
    // Before it was made nobody counted by it, and still it goes both ways.
    expect(clock.there(clock.here(START - 1_000))).toBe(START - 1_000);
  });

  test.each([1, 1.000001, 3, 7.3, 60, 999.999, 1000])(
    'wakes nobody before the moment, nor long after: at speed %s',
    (speed) => {
      const time = new VirtualTime(START);
      const clock = new PolicyClock(time, speed);
      let woken = 0;
      for (const ms of [0, 0.0001, 0.3, 1, 17, 999.9, 60_000, 3.6e6]) {
        time.goTo(time.now() + 12_345.678);
        const due = clock.now() + ms;
        clock.after(ms, () => {
          woken++;
          expect(clock.now()).toBeGreaterThanOrEqual(due - (speed === 1 ? 0.001 : 0));
          expect(clock.now()).toBeLessThan(due + 0.002 * speed);
        });
        time.goTo(time.now() + ms + 1);
      }
      expect(woken).toBe(8);
    },
  );

  test('calls off what it was to call', () => {
    const time = new VirtualTime(START);
    const off = new PolicyClock(time, 60).after(60_000, () => expect.fail('called'));
    off();
    time.goTo(START + 2_000);
    expect(time.waiting).toBe(0);
  });

  test.each([0, 0.5, -1, 1000.5, Number.NaN, Number.POSITIVE_INFINITY])('has no speed of %s', (speed) => {
    expect(() => new PolicyClock(new VirtualTime(), speed)).toThrow(/Expected a speed of 1 to 1000/);
  });
});
