import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomStream } from '../random.ts';
import { Balance, MOST_MEMBERS } from './balance.ts';

fc.configureGlobal({ seed: 1 });

const IDLE = new Float64Array(64);
const EQUAL = new Float64Array(64).fill(1);

interface Asked {
  readonly levels: readonly number[];
  readonly inFlight?: ArrayLike<number>;
  readonly weights?: ArrayLike<number>;
  readonly tried?: number;
  readonly panic?: number;
}

/** By member, its share of 20,000 requests; in flight stays as given. */
function shares({ levels, inFlight = IDLE, weights = EQUAL, tried = 0, panic = 0.5 }: Asked): number[] {
  const balance = new Balance({ panic });
  const draw = randomStream('balance');
  const counts = levels.map(() => 0);
  for (let i = 0; i < 20_000; i++) {
    const member = balance.choose(levels, inFlight, weights, 0.9, draw, tried);
    counts[member] = (counts[member] ?? 0) + 1;
  }
  return counts.map((count) => Math.round(count / 200) / 100);
}

describe('with enough usable members', () => {
  test('equal ones are used equally, an idle set by weight', () => {
    expect(shares({ levels: [1, 1] })).toEqual([0.5, 0.5]);
    const [heavy = 0, light = 0] = shares({ levels: [1, 1], weights: [6_000, 2_000] });
    expect(heavy).toBeCloseTo(0.75, 1);
    expect(light).toBeCloseTo(0.25, 1);
  });

  test('of two the one with less in flight for its weight gets it', () => {
    expect(shares({ levels: [1, 1], inFlight: [5, 4] })).toEqual([0, 1]);
    expect(shares({ levels: [1, 1], inFlight: [5, 4], weights: [2, 1] })).toEqual([1, 0]);
  });

  test('of three the busiest gets nothing, whichever two are drawn', () => {
    expect(shares({ levels: [1, 1, 1], inFlight: [9, 1, 1] })[0]).toBe(0);
  });

  test('one below usable gets nothing, one just at it does', () => {
    expect(shares({ levels: [0.89, 1, 1] })[0]).toBe(0);
    expect(shares({ levels: [0.9, 1, 1] })[0]).toBeGreaterThan(0.3);
    expect(shares({ levels: [0.3 * 3, 1, 1] })[0]).toBeGreaterThan(0.3); // 0.8999999999999999
  });

  test('requests that stay in flight end up shared by weight', () => {
    const balance = new Balance();
    const draw = randomStream('balance');
    const inFlight = [0, 0, 0];
    const weights = [1, 2, 5];
    for (let i = 0; i < 800; i++) {
      const member = balance.choose([1, 1, 1], inFlight, weights, 0.9, draw);
      inFlight[member] = (inFlight[member] ?? 0) + 1;
    }
    expect(inFlight.map((count) => Math.round(count / 20))).toEqual([5, 10, 25]);
  });
});

describe('panic', () => {
  test('one of two is no panic: the dead one gets nothing', () => {
    expect(shares({ levels: [0, 1] })).toEqual([0, 1]);
    expect(shares({ levels: [1, 0.8, 0, 1] })).toEqual([0.5, 0, 0, 0.5]);
  });

  test('below the half everybody is used by what it answers, and the dead share a tenth', () => {
    const [alive = 0, half = 0, dead = 0] = shares({ levels: [1, 0.5, 0] });
    expect(alive / half).toBeCloseTo(2, 0);
    expect(dead).toBeGreaterThan(0);
    expect(dead).toBeLessThan(0.05);
    const nine = shares({ levels: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0] });
    expect(nine[0]).toBeGreaterThan(0.9);
    expect(nine[0]).toBeLessThan(0.95);
  });

  test('who fails fast and so has nothing in flight does not draw everything', () => {
    const [alive = 0] = shares({ levels: [1, 0, 0], inFlight: [500, 0, 0] });
    expect(alive).toBeGreaterThan(0.9);
  });

  test('with nobody usable all are used, by weight', () => {
    expect(shares({ levels: [0, 0] })).toEqual([0.5, 0.5]);
    expect(shares({ levels: [0] })).toEqual([1]);
    const [light = 0] = shares({ levels: [0, 0], weights: [1, 3] });
    expect(light).toBeCloseTo(0.25, 1);
  });

  test('it can be asked for later or never', () => {
    expect(shares({ levels: [1, 0, 0], panic: 0.3 })).toEqual([1, 0, 0]);
    expect(shares({ levels: [1, 0, 0], panic: 0 })).toEqual([1, 0, 0]);
    expect(shares({ levels: [0, 0], panic: 0 })).toEqual([0.5, 0.5]);
  });
});

describe('a retry', () => {
  test('gets another usable member', () => {
    expect(shares({ levels: [1, 1, 0.5, 0], tried: 0b1 })).toEqual([0, 1, 0, 0]);
  });

  test('gets one of any level when the usable ones were tried', () => {
    expect(shares({ levels: [1, 0], tried: 0b1 })).toEqual([0, 1]);
    const [, , some = 0, none = 0] = shares({ levels: [1, 1, 0.5, 0], tried: 0b11 });
    expect(some).toBeGreaterThan(none);
    expect(none).toBeGreaterThan(0);
  });

  test('gets none when all were tried', () => {
    expect(new Balance().choose([1, 1], IDLE, EQUAL, 0.9, () => 0, 0b11)).toBe(-1);
  });

  test('does not turn a set into a panic: the share is that of all', () => {
    expect(shares({ levels: [1, 1, 0, 0], tried: 0b1 })).toEqual([0, 1, 0, 0]);
  });
});

describe('a member with no weight', () => {
  test('is never chosen and not counted, even with nobody else', () => {
    expect(shares({ levels: [1, 1], weights: [0, 1] })).toEqual([0, 1]);
    expect(shares({ levels: [1, 0, 0], weights: [1, 0, 0] })).toEqual([1, 0, 0]);
    expect(new Balance().choose([0, 1], IDLE, [1, 0], 0.9, () => 0)).toBe(0);
    expect(new Balance().choose([1], IDLE, [0], 0.9, () => 0)).toBe(-1);
    expect(new Balance().choose([1], IDLE, [Number.NaN], 0.9, () => 0)).toBe(-1);
  });
});

test('an empty set has nobody to choose', () => {
  expect(new Balance().choose([], [], [], 0.9, () => 0)).toBe(-1);
});

test('members after the 31st are never chosen', () => {
  const levels = new Array<number>(40).fill(0);
  levels[35] = 1;
  expect(new Balance().choose(levels, IDLE, EQUAL, 0.9, () => 0.999_999)).toBeLessThan(MOST_MEMBERS);
});

test.each([-0.1, 1.1, Number.NaN])('a range is checked: panic %d', (panic) => {
  expect(() => new Balance({ panic })).toThrow(RangeError);
});

describe('whoever is there', () => {
  const member = fc.record({
    level: fc.constantFrom(0, 0.2, 0.5, 0.9, 1),
    inFlight: fc.nat(5),
    weight: fc.constantFrom(0, 0.1, 1, 3, 4_000),
    isTried: fc.boolean(),
  });
  const drawn = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  test('the choice has a weight and was not tried, is usable when enough are and one is left, and is there when anybody is', () => {
    const balance = new Balance();
    fc.assert(
      fc.property(
        fc.array(member, { maxLength: MOST_MEMBERS }),
        fc.tuple(drawn, drawn),
        (members, [first, second]) => {
          const draws = [first, second];
          const choice = balance.choose(
            members.map(({ level }) => level),
            members.map(({ inFlight }) => inFlight),
            members.map(({ weight }) => weight),
            0.9,
            () => draws.shift() ?? 0,
            members.reduce((mask, { isTried }, i) => (isTried ? mask | (1 << i) : mask), 0),
          );
          const counted = members.filter(({ weight }) => weight > 0);
          const left = counted.filter(({ isTried }) => !isTried);
          const isPanic = counted.filter(({ level }) => level >= 0.9).length < counted.length / 2;
          const chosen = members[choice];
          expect(chosen !== undefined).toBe(left.length > 0);
          if (chosen === undefined) return;
          expect(left).toContain(chosen);
          if (!isPanic && left.some(({ level }) => level >= 0.9))
            expect(chosen.level).toBeGreaterThanOrEqual(0.9);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
