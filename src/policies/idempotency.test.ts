import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectWithin, secondsOf } from '../../test/pace.ts';
import { IdempotencyKeys, type IdempotencyOptions, type Known } from './idempotency.ts';

fc.configureGlobal({ seed: 1 });

type Keys = IdempotencyKeys<string>;

const keysOf = (options: IdempotencyOptions = {}): Keys => new IdempotencyKeys(options);

/** Its id; fails unless the key is new. */
function first(keys: Keys, key: string, now = 0): string {
  const known = keys.begin(now, 'ana', key, 'order');
  if (known.kind !== 'first') throw new Error(`Expected ${key} to be new, found ${known.kind}.`);
  return known.id;
}

const ask = (keys: Keys, key: string, now = 0): Known<string> => keys.begin(now, 'ana', key, 'order');

describe('a key', () => {
  test('is first once, then in flight, then answered with the same answer', () => {
    const keys = keysOf();
    const id = first(keys, 'k');
    expect(ask(keys, 'k')).toEqual({ kind: 'in-flight' });
    keys.answered(5, id, 'filled', 6);
    expect(ask(keys, 'k')).toEqual({ kind: 'answered', answer: 'filled' });
    expect(ask(keys, 'k')).toEqual({ kind: 'answered', answer: 'filled' });
  });

  test('of another caller is another key, however the two are put together', () => {
    const keys = keysOf();
    const kinds = [
      ['ab', 'c'],
      ['a', 'bc'],
      ['', 'abc'],
      ['2:ab', 'c'],
      ['a', ':bc'],
    ].map(([scope = '', key = '']) => keys.begin(0, scope, key, 'order').kind);
    expect(kinds).toEqual(['first', 'first', 'first', 'first', 'first']);
  });

  test('with another request is told apart in every state', () => {
    const keys = keysOf();
    const other = (): string => keys.begin(0, 'ana', 'k', 'another order').kind;
    const id = first(keys, 'k');
    expect(other()).toBe('differs');
    keys.unknown(0, id);
    expect(other()).toBe('differs');
    keys.answered(0, id, 'filled', 6);
    expect(other()).toBe('differs');
  });

  test('that was refused before it was sent is first again', () => {
    const keys = keysOf();
    keys.forget(first(keys, 'k'));
    expect(ask(keys, 'k').kind).toBe('first');
  });

  test('of unknown outcome stays unknown, until an answer comes after all', () => {
    const keys = keysOf();
    const id = first(keys, 'k');
    keys.unknown(0, id);
    expect(ask(keys, 'k')).toEqual({ kind: 'unknown' });
    keys.forget(id);
    expect(ask(keys, 'k')).toEqual({ kind: 'unknown' });
    keys.answered(9, id, 'filled', 6);
    expect(ask(keys, 'k')).toEqual({ kind: 'answered', answer: 'filled' });
  });

  test('keeps its first answer: what is settled is not unsettled', () => {
    const keys = keysOf();
    const id = first(keys, 'k');
    keys.answered(0, id, 'filled', 6);
    keys.answered(0, id, 'rejected', 8);
    keys.unknown(0, id);
    keys.forget(id);
    expect(ask(keys, 'k')).toEqual({ kind: 'answered', answer: 'filled' });
  });

  test('is known for a day after it was settled, and in flight for ever', () => {
    const day = 86_400_000;
    const keys = keysOf();
    const answered = first(keys, 'answered');
    const unknown = first(keys, 'unknown');
    first(keys, 'in flight');
    keys.answered(1_000, answered, 'filled', 6);
    keys.unknown(1_000, unknown);
    const kinds = (now: number): string[] =>
      ['answered', 'unknown', 'in flight'].map((key) => ask(keys, key, now).kind);
    expect(kinds(day + 999)).toEqual(['answered', 'unknown', 'in-flight']);
    expect(kinds(day + 1_000)).toEqual(['first', 'first', 'in-flight']);
  });

  test('that has gone takes nothing any more', () => {
    const keys = keysOf({ most: 2, keepMs: 100 });
    for (const key of ['a', 'b', 'evicts a']) keys.answered(0, first(keys, key), key, 1_000);
    keys.forget(first(keys, 'evicts b', 50));
    expect(keys.evicted).toBe(2);
    keys.forget(first(keys, 'c', 100));
    expect([keys.size, keys.bytes]).toEqual([0, 0]);
  });

  test('nobody knows can be settled without harm', () => {
    const keys = keysOf();
    keys.answered(0, 'nobody', 'filled', 6);
    keys.unknown(0, 'nobody');
    keys.forget('nobody');
    expect([keys.size, keys.bytes]).toEqual([0, 0]);
  });
});

describe('when there are as many keys as may be', () => {
  test('the one answered longest ago gives way, and is counted', () => {
    const keys = keysOf({ most: 2 });
    const a = first(keys, 'a');
    const b = first(keys, 'b');
    keys.answered(1, b, 'B', 1);
    keys.answered(2, a, 'A', 1);
    first(keys, 'c');
    expect(keys.evicted).toBe(1);
    expect(ask(keys, 'a').kind).toBe('answered');
    expect(keys.size).toBe(2);
  });

  test('what is in flight or unknown never does: the next is refused', () => {
    const keys = keysOf({ most: 2 });
    const a = first(keys, 'a');
    keys.unknown(0, first(keys, 'b'));
    expect(ask(keys, 'c')).toEqual({ kind: 'full' });
    expect([ask(keys, 'a').kind, ask(keys, 'b').kind]).toEqual(['in-flight', 'unknown']);
    keys.forget(a);
    expect(ask(keys, 'c').kind).toBe('first');
    expect(keys.evicted).toBe(0);
  });

  test('what has expired makes room', () => {
    const keys = keysOf({ most: 1, keepMs: 100 });
    keys.unknown(0, first(keys, 'a'));
    expect(ask(keys, 'b', 99).kind).toBe('full');
    expect(ask(keys, 'b', 100).kind).toBe('first');
    expect(keys.evicted).toBe(0);
  });
});

describe('when bytes run short', () => {
  /** Of one entry with a key of one letter. */
  const entryBytes = (() => {
    const keys = keysOf();
    first(keys, 'a');
    return keys.bytes;
  })();

  test('the oldest answers go, their keys stay', () => {
    const keys = keysOf({ mostBytes: 3 * entryBytes + 100 });
    for (const key of ['a', 'b', 'c']) keys.answered(0, first(keys, key), key, 40);
    expect(ask(keys, 'a')).toEqual({ kind: 'answered', answer: undefined });
    expect(ask(keys, 'b')).toEqual({ kind: 'answered', answer: 'b' });
    expect(ask(keys, 'c')).toEqual({ kind: 'answered', answer: 'c' });
    expect(keys.evicted).toBe(0);
  });

  test('an answer that is too big is not kept, and takes no other with it', () => {
    const keys = keysOf({ mostBytes: 2 * entryBytes + 100 });
    keys.answered(0, first(keys, 'a'), 'a', 100);
    keys.answered(0, first(keys, 'b'), 'b', 101);
    expect(ask(keys, 'a')).toEqual({ kind: 'answered', answer: 'a' });
    expect(ask(keys, 'b')).toEqual({ kind: 'answered', answer: undefined });
  });

  test('then answered keys go, and at last the next is refused', () => {
    const keys = keysOf({ mostBytes: 2 * entryBytes });
    const a = first(keys, 'a');
    first(keys, 'b');
    expect(ask(keys, 'c').kind).toBe('full');
    keys.answered(0, a, undefined, 0);
    expect(ask(keys, 'c').kind).toBe('first');
    expect(keys.evicted).toBe(1);
  });

  test('a key as long as all of it is refused, and what is known stays', () => {
    const keys = keysOf({ mostBytes: 4 * entryBytes });
    keys.answered(0, first(keys, 'a'), 'a', 10);
    expect(ask(keys, 'x'.repeat(4 * entryBytes)).kind).toBe('full');
    expect(ask(keys, 'a')).toEqual({ kind: 'answered', answer: 'a' });
  });
});

test.each([{ most: 0 }, { keepMs: 0 }, { mostBytes: 0 }, { most: Number.NaN }])(
  'a range is checked: %o',
  (options) => {
    expect(() => keysOf(options)).toThrow(RangeError);
  },
);

test('the oldest of a hundred thousand is found without a walk over the others', () => {
  const keys = keysOf({ most: 100_000 });
  const seconds = secondsOf(() => {
    for (let i = 0; i < 200_000; i++) keys.answered(i, first(keys, `key ${i}`, i), 'filled', 100);
  });
  expectWithin(seconds, 10);
  expect([keys.size, keys.evicted]).toEqual([100_000, 100_000]);
});

interface Step {
  readonly kind: 'begin' | 'answered' | 'unknown' | 'forget';
  readonly key: number;
  readonly print: string;
  readonly afterMs: number;
  readonly bytes: number;
}

/** What the test itself remembers of a key. */
interface Remembered {
  readonly kind: 'in-flight' | 'answered' | 'unknown';
  readonly print: string;
  readonly answer: string;
  readonly id: string;
  readonly until: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('begin', 'begin', 'answered', 'unknown', 'forget'),
  key: fc.nat(7),
  print: fc.constantFrom('x', 'x', 'x', 'y'),
  afterMs: fc.constantFrom(0, 1, 30),
  bytes: fc.constantFrom(0, 50, 400, 5_000),
});

describe('whatever comes', () => {
  test.each([
    { most: 100, mostBytes: 1e9, isRoomy: true },
    { most: 4, mostBytes: 1e9, isRoomy: false },
    { most: 100, mostBytes: 1_800, isRoomy: false },
  ])(
    'no key is first twice unless it was forgotten, expired or an answered one that was evicted: %o',
    ({ most, mostBytes, isRoomy }) => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
          const keepMs = 200;
          const keys = keysOf({ most, mostBytes, keepMs });
          const known = new Map<number, Remembered>();
          let now = 0;
          let evicted = 0;
          for (const [i, { kind, key, print, afterMs, bytes }] of steps.entries()) {
            now += afterMs;
            const before = known.get(key);
            if (kind === 'begin') {
              const found = keys.begin(now, `caller ${key % 2}`, `key ${key}`, print);
              evicted += begun(found, before, now, print, isRoomy);
              if (found.kind === 'first')
                known.set(key, {
                  kind: 'in-flight',
                  print,
                  answer: '',
                  id: found.id,
                  until: Number.POSITIVE_INFINITY,
                });
            } else if (before !== undefined && now < before.until) {
              const settled = { ...before, until: now + keepMs };
              if (kind === 'answered') keys.answered(now, before.id, `answer ${i}`, bytes);
              if (kind === 'unknown') keys.unknown(now, before.id);
              if (kind === 'forget') keys.forget(before.id);
              if (kind === 'answered' && before.kind !== 'answered')
                known.set(key, { ...settled, kind, answer: `answer ${i}` });
              if (kind === 'unknown' && before.kind === 'in-flight') known.set(key, { ...settled, kind });
              if (kind === 'forget' && before.kind === 'in-flight') known.delete(key);
            }
            expect(keys.size).toBeLessThanOrEqual(most);
            expect(keys.bytes).toBeLessThanOrEqual(mostBytes);
            expect(keys.evicted).toBeGreaterThanOrEqual(evicted);
            if (isRoomy) expect(keys.evicted).toBe(0);
          }
        }),
        { numRuns: 500 },
      );
    },
  );

  /** @returns 1 when an answered key had been evicted, else 0 */
  function begun(
    found: Known<string>,
    before: Remembered | undefined,
    now: number,
    print: string,
    isRoomy: boolean,
  ): number {
    const isKnown = before !== undefined && now < before.until;
    if (!isKnown) {
      expect(isRoomy ? ['first'] : ['first', 'full']).toContain(found.kind);
      return 0;
    }
    if (before.kind === 'answered' && !isRoomy && (found.kind === 'first' || found.kind === 'full')) return 1;
    expect(found.kind).toBe(before.print === print ? before.kind : 'differs');
    if (found.kind === 'answered')
      expect(isRoomy ? [before.answer] : [before.answer, undefined]).toContain(found.answer);
    return 0;
  }
});
