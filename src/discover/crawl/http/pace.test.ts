import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Pace } from './pace.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const clock = (): number => Date.now();
const signal = new AbortController().signal;

test('a host has one request at a time and a gap between two, and others do not wait for it', async () => {
  const pace = new Pace(clock, 250);
  const begin = Date.now();
  const began: string[] = [];
  const take = (host: string, ms: number) =>
    pace.run(
      host,
      async () => {
        began.push(`${host} ${Date.now() - begin}`);
        await new Promise((resolve) => setTimeout(resolve, ms));
      },
      signal,
    );
  const all = Promise.all([take('a', 100), take('a', 100), take('b', 10), take('a', 0)]);
  await vi.runAllTimersAsync();
  await all;
  expect(began).toEqual(['a 0', 'b 0', 'a 350', 'a 700']);
});

test('a host that asks for a longer gap has it, from the answer in which it asks', async () => {
  const pace = new Pace(clock, 250);
  const begin = Date.now();
  const at: number[] = [];
  let longer = 10;
  const take = (): Promise<void> =>
    pace
      .run(
        'a',
        async () => void at.push(Date.now() - begin),
        signal,
        () => longer,
      )
      .then(() => {
        longer = 1_000;
      });
  const all = Promise.all([take(), take()]);
  await vi.runAllTimersAsync();
  await all;
  // The gap of one is over, and it is as slow as before.
  const again = Promise.all([take(), take()]);
  await vi.runAllTimersAsync();
  await again;
  expect(at).toEqual([0, 1_000, 2_000, 3_000]);
});

test('a host that asks to be left alone is, for as long as it asks', async () => {
  const pace = new Pace(clock, 0);
  pace.rest('a', 1_000);
  expect([pace.isResting('a'), pace.isResting('b')]).toEqual([true, false]);
  await vi.advanceTimersByTimeAsync(1_001);
  expect(pace.isResting('a')).toBe(false);
  for (let i = 0; i < 10_001; i++) pace.rest(`h${i}`, 1_000);
  expect([pace.isResting('h0'), pace.isResting('h1'), pace.isResting('h10000')]).toEqual([false, true, true]);
});

test('who gives up waits for nobody, and does not let the next one go early', async () => {
  const pace = new Pace(clock, 250);
  const begin = Date.now();
  const at: string[] = [];
  const take = (name: string, by: AbortSignal) =>
    pace.run(
      'a',
      async () => {
        at.push(`${name} ${Date.now() - begin}`);
        await new Promise((resolve) => setTimeout(resolve, 5_000));
      },
      by,
    );
  const giving = new AbortController();
  const first = take('first', giving.signal);
  const second = take('second', giving.signal);
  const third = take('third', signal);
  await vi.advanceTimersByTimeAsync(100);
  giving.abort();
  expect(await second).toBeUndefined();
  await vi.runAllTimersAsync();
  await Promise.all([first, third]);
  expect(at).toEqual(['first 0', 'third 5250']);
  expect(pace.size).toBe(0);
});

test('a host is forgotten once its gap has passed', async () => {
  const pace = new Pace(clock, 250);
  await Promise.all(Array.from({ length: 100 }, (_, i) => pace.run(`h${i}`, async () => {}, signal)));
  expect(pace.size).toBe(100);
  await vi.advanceTimersByTimeAsync(251);
  expect(pace.size).toBe(0);
});

test('a request that fails lets the next one go, and one that was given up is none', async () => {
  const pace = new Pace(clock, 0);
  await expect(pace.run('a', () => Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  expect(await pace.run('a', async () => 1, signal)).toBe(1);
  expect(await pace.run('a', async () => 2, AbortSignal.abort())).toBeUndefined();
  expect(await pace.run('a', async () => 3, signal)).toBe(3);
});
