import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventQueue } from './event-queue.ts';

fc.configureGlobal({ seed: 1 });

const NEVER = Number.POSITIVE_INFINITY;

function drained(queue: EventQueue): number[] {
  const things: number[] = [];
  for (let thing = queue.pop(); thing >= 0; thing = queue.pop()) things.push(thing);
  return things;
}

describe('an empty queue', () => {
  test('has nothing that is due', () => {
    for (const queue of [new EventQueue(0), new EventQueue(3)]) {
      expect(queue.nextTime).toBe(NEVER);
      expect(queue.next).toBe(-1);
      expect(queue.pop()).toBe(-1);
    }
  });
});

describe('things', () => {
  test('come in the order of their times', () => {
    const queue = new EventQueue(4);
    for (const [thing, time] of [30, 10, 40, 20].entries()) queue.schedule(thing, time);
    expect(queue.next).toBe(1);
    expect(queue.nextTime).toBe(10);
    expect(drained(queue)).toEqual([1, 3, 0, 2]);
  });

  test('that are due together come in the order of their numbers', () => {
    const queue = new EventQueue(5);
    for (const thing of [3, 1, 4, 0, 2]) queue.schedule(thing, 7);
    expect(drained(queue)).toEqual([0, 1, 2, 3, 4]);
  });

  test('are due once, at the time that was said last', () => {
    const queue = new EventQueue(3);
    for (const thing of [0, 1, 2]) queue.schedule(thing, 10);
    queue.schedule(2, 5);
    queue.schedule(0, 20);
    expect(drained(queue)).toEqual([2, 1, 0]);
  });

  test('may be due again after they have been', () => {
    const queue = new EventQueue(2);
    queue.schedule(0, 1);
    expect(queue.pop()).toBe(0);
    queue.schedule(1, 2);
    queue.schedule(0, 3);
    expect(drained(queue)).toEqual([1, 0]);
  });

  test('that are never due come last', () => {
    const queue = new EventQueue(2);
    queue.schedule(0, NEVER);
    queue.schedule(1, 5);
    expect(queue.pop()).toBe(1);
    expect(queue.nextTime).toBe(NEVER);
    expect(queue.next).toBe(0);
  });
});

const THINGS = 12;
const time = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }));
const command = fc.oneof(
  fc.record({ thing: fc.integer({ min: 0, max: THINGS - 1 }), time }),
  fc.constant('pop' as const),
);

test('is, whatever is scheduled and taken, a list sorted by time and number', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
      const queue = new EventQueue(THINGS);
      let list: { thing: number; time: number }[] = [];
      for (const one of commands) {
        if (one === 'pop') expect(queue.pop()).toBe(list.shift()?.thing ?? -1);
        else {
          queue.schedule(one.thing, one.time);
          list = [...list.filter(({ thing }) => thing !== one.thing), one];
          list.sort((a, b) => a.time - b.time || a.thing - b.thing);
        }
        expect(queue.nextTime).toBe(list[0]?.time ?? NEVER);
        expect(queue.next).toBe(list[0]?.thing ?? -1);
      }
      expect(drained(queue)).toEqual(list.map(({ thing }) => thing));
    }),
    { numRuns: 500 },
  );
});
