import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Deadlines, Waiter } from './deadlines.ts';

let now = 0;

beforeEach(() => {
  now = 1_000;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate'] });
});

afterEach(() => {
  vi.useRealTimers();
});

function pass(ms: number): void {
  for (let i = 0; i < ms; i++) {
    now += 1;
    vi.advanceTimersByTime(1);
  }
}

test('what is due is called once, never early and at most two ticks late', () => {
  const deadlines = new Deadlines(() => now);
  for (const ms of [0, 1, 4, 5, 6, 99, 2_559, 2_560, 2_561, 10_000]) {
    const began = now;
    const calls: number[] = [];
    deadlines.set(new Waiter({ onDue: () => calls.push(now - began) }), ms);
    pass(ms + 20);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toBeGreaterThanOrEqual(ms);
    expect(calls[0]).toBeLessThanOrEqual(ms + 10);
  }
});

test('what is called off, or set anew, is not called at its old time', () => {
  const deadlines = new Deadlines(() => now);
  const calls: string[] = [];
  const off = new Waiter({ onDue: () => calls.push('off') });
  const later = new Waiter({ onDue: () => calls.push('later') });
  deadlines.set(off, 20);
  deadlines.set(later, 20);
  deadlines.clear(off);
  deadlines.set(later, 50);
  pass(40);
  expect(calls).toEqual([]);
  pass(30);
  expect(calls).toEqual(['later']);
});

test('whoever is called may set itself and others anew, also for now', () => {
  const deadlines = new Deadlines(() => now);
  const calls: string[] = [];
  const second = new Waiter({ onDue: () => calls.push('second') });
  const third = new Waiter({ onDue: () => calls.push('third') });
  let again = 3;
  const first = new Waiter({
    onDue() {
      calls.push('first');
      if (again-- > 0) deadlines.set(first, 0);
      deadlines.set(second, 30);
      deadlines.clear(third);
    },
  });
  for (const one of [first, second, third]) deadlines.set(one, 10);
  pass(60);
  expect(calls.filter((one) => one === 'first')).toHaveLength(4);
  expect(calls.filter((one) => one === 'second')).toHaveLength(1);
  expect(calls).not.toContain('third');
});

test('after the process was held up, what came meanwhile is read before anybody is told to be late', () => {
  const deadlines = new Deadlines(() => now);
  const calls: string[] = [];
  deadlines.set(new Waiter({ onDue: () => calls.push('due') }), 20);
  now += 400;
  vi.advanceTimersToNextTimer();
  expect(calls).toEqual([]);
  vi.advanceTimersToNextTimer();
  expect(calls).toEqual(['due']);
});

test('a thousand waiters of all times are each called once, in the order of their ticks', () => {
  const deadlines = new Deadlines(() => now);
  const calls: number[] = [];
  for (let i = 0; i < 1_000; i++) {
    const ms = (i * 7_919) % 6_000;
    deadlines.set(new Waiter({ onDue: () => calls.push(ms) }), ms);
  }
  pass(6_100);
  expect(calls).toHaveLength(1_000);
  for (const [i, ms] of calls.entries()) expect(ms).toBeGreaterThanOrEqual((calls[i - 1] ?? 0) - 10);
});
