import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ladder, type LadderOptions } from './ladder.ts';
import { Reopening } from './reopening.ts';

fc.configureGlobal({ seed: 1 });

/** Which modes work from a moment on, best first: `'.##'` is all but the first. */
type Moment = readonly [at: number, works: string];

const read = (works: string): boolean[] => [...works].map((mode) => mode === '#');

interface ClimbOptions {
  readonly extra?: readonly number[];
  readonly onStepped?: (now: number, ladder: Ladder, serving: number) => void;
}

/** The mode that serves, with the moment from which it does: `'0: 1'`; `down` when none does. */
function climb(
  options: Omit<LadderOptions, 'modes'>,
  moments: readonly Moment[],
  { extra = [], onStepped }: ClimbOptions = {},
): string[] {
  const changes = [...moments];
  const others = [...extra].sort((a, b) => a - b);
  let [start, works] = changes.shift() ?? [0, '#'];
  const modes = works.length;
  const ladder = new Ladder({ modes, ...options });
  ladder.settle(read(works));
  const told: string[] = [];
  let last = -1;
  const step = (now: number): void => {
    const serving = ladder.step(now, read(works));
    onStepped?.(now, ladder, serving);
    if (serving !== last) told.push(`${now}: ${serving === modes ? 'down' : serving}`);
    last = serving;
  };
  step(start);
  for (let guard = 0; guard < 10_000; guard++) {
    const due = Math.min(changes[0]?.[0] ?? Number.POSITIVE_INFINITY, ladder.wakeAt);
    const other = others[0] ?? Number.POSITIVE_INFINITY;
    if (other < due) {
      others.shift();
      if (other >= start) step(other);
      continue;
    }
    if (due === Number.POSITIVE_INFINITY) return told;
    if (changes[0]?.[0] === due) [start, works] = changes.shift() ?? [due, works];
    if (changes[0]?.[0] !== due) step(due);
  }
  throw new Error('The ladder never rests.');
}

describe('without times', () => {
  test('a journey is in the best mode that works', () => {
    expect(
      climb({}, [
        [0, '###'],
        [10, '.##'],
        [20, '..#'],
        [30, '...'],
        [40, '.#.'],
        [50, '###'],
      ]),
    ).toEqual(['0: 0', '10: 1', '20: 2', '30: down', '40: 1', '50: 0']);
  });
});

describe('down', () => {
  test('a mode that has stopped working is left for a lower one after that; until then the journey is down', () => {
    expect(
      climb({ downMs: 60 }, [
        [0, '##'],
        [100, '.#'],
      ]),
    ).toEqual(['0: 0', '100: down', '160: 1']);
  });

  test('a mode that works again before that is taken up at once, and the time begins anew', () => {
    expect(
      climb({ downMs: 60, upMs: 1000 }, [
        [0, '##'],
        [100, '.#'],
        [159, '##'],
        [200, '.#'],
      ]),
    ).toEqual(['0: 0', '100: down', '159: 0', '200: down', '260: 1']);
  });

  test('what is taken is the best lower mode that works by then', () => {
    expect(
      climb({ downMs: 60 }, [
        [0, '####'],
        [100, '..##'],
        [150, '...#'],
      ]),
    ).toEqual(['0: 0', '100: down', '160: 3']);
  });

  test('each mode that is taken has the whole time of its own', () => {
    expect(
      climb({ downMs: 60 }, [
        [0, '###'],
        [100, '.##'],
        [170, '..#'],
      ]),
    ).toEqual(['0: 0', '100: down', '160: 1', '170: down', '230: 2']);
  });

  test('where no lower mode works by then, the best that works is taken once there is one', () => {
    expect(
      climb({ downMs: 60, upMs: 1000 }, [
        [0, '###'],
        [100, '...'],
        [500, '..#'],
      ]),
    ).toEqual(['0: 0', '100: down', '500: 2']);
  });
});

describe('up', () => {
  test('a better mode is taken after it has worked for that without a break', () => {
    expect(
      climb({ upMs: 120 }, [
        [0, '##'],
        [100, '.#'],
        [200, '##'],
        [300, '.#'],
        [310, '##'],
      ]),
    ).toEqual(['0: 0', '100: 1', '430: 0']);
  });

  test('from down it is taken at once', () => {
    expect(
      climb({ upMs: 120 }, [
        [0, '##'],
        [100, '..'],
        [200, '##'],
      ]),
    ).toEqual(['0: 0', '100: down', '200: 0']);
  });

  test('also where the journey is down only because a lower mode is not yet taken', () => {
    expect(
      climb({ downMs: 60, upMs: 120 }, [
        [0, '###'],
        [100, '.##'], // the second is taken at 160
        [1000, '#.#'], // the third would be taken at 1060
      ]),
    ).toEqual(['0: 0', '100: down', '160: 1', '1000: 0']);
  });

  test('each better mode by its own time, the best that has passed it', () => {
    expect(
      climb({ upMs: 120 }, [
        [0, '..#'],
        [100, '.##'],
        [150, '###'],
      ]),
    ).toEqual(['0: 2', '220: 1', '270: 0']);
  });
});

describe('reopening', () => {
  const reopening = (): Reopening => new Reopening(1800, 600);

  test('after so long the way back is one working mode at a time, a step apart', () => {
    expect(
      climb({ reopening: reopening() }, [
        [0, '####'],
        [100, '....'],
        [1900, '####'],
      ]),
    ).toEqual(['0: 0', '100: down', '1900: 3', '2500: 2', '3100: 1', '3700: 0']);
  });

  test('from the lowest mode that works, past those that do not', () => {
    expect(
      climb({ reopening: reopening() }, [
        [0, '####'],
        [100, '....'],
        [5000, '#.#.'],
      ]),
    ).toEqual(['0: 0', '100: down', '5000: 2', '5600: 0']);
  });

  test('a shorter stop is followed by the best mode at once', () => {
    expect(
      climb({ reopening: reopening() }, [
        [0, '####'],
        [100, '....'],
        [1899, '####'],
      ]),
    ).toEqual(['0: 0', '100: down', '1899: 0']);
  });

  test('time in lower modes counts as away from the first, and each mode is kept for the step', () => {
    expect(
      climb({ reopening: reopening() }, [
        [0, '###'],
        [100, '..#'],
        [1900, '.##'], // in the third since 100: its step is long over
        [2000, '###'],
      ]),
    ).toEqual(['0: 0', '100: 2', '1900: 1', '2500: 0']);
  });

  test('once back in the first mode the next stop counts from its own beginning', () => {
    expect(
      climb({ reopening: reopening() }, [
        [0, '##'],
        [100, '..'],
        [5000, '##'], // the second at 5000, the first at 5600
        [6000, '..'],
        [6001, '##'],
      ]),
    ).toEqual(['0: 0', '100: down', '5000: 1', '5600: 0', '6000: down', '6001: 0']);
  });

  test('with up, both times must have passed', () => {
    const moments: Moment[] = [
      [0, '##'],
      [100, '.#'],
      [5000, '##'],
    ];
    expect(climb({ reopening: reopening(), upMs: 120 }, moments)).toEqual(['0: 0', '100: 1', '5120: 0']);
    expect(
      climb({ reopening: reopening(), upMs: 120 }, [
        [0, '##'],
        [100, '..'],
        [5000, '##'],
      ]),
    ).toEqual(['0: 0', '100: down', '5000: 1', '5600: 0']);
  });

  test('with steps that take no time, a mode that has not worked for up waits all the same', () => {
    expect(
      climb({ reopening: new Reopening(1800, 0), upMs: 120 }, [
        [0, '##'],
        [100, '..'],
        [5000, '##'],
      ]),
    ).toEqual(['0: 0', '100: down', '5000: 1', '5120: 0']);
  });

  test('a mode that stops on the way is left like any other, and the climb goes on from below', () => {
    expect(
      climb({ reopening: reopening() }, [
        [0, '###'],
        [100, '...'],
        [5000, '###'], // the third
        [5700, '#.#'], // the second since 5600: the third again
        [5800, '###'],
      ]),
    ).toEqual(['0: 0', '100: down', '5000: 2', '5600: 1', '5700: 0']);
  });
});

describe('settling', () => {
  test('is as if it had always been so', () => {
    const times = { downMs: 60, upMs: 120 };
    expect(climb(times, [[0, '.##']])).toEqual(['0: 1']);
    expect(climb(times, [[0, '...']])).toEqual(['0: down']);
  });

  test('a first mode that has never been there is away for ever', () => {
    expect(
      climb({ reopening: new Reopening(1800, 600) }, [
        [0, '...'],
        [10, '###'],
      ]),
    ).toEqual(['0: down', '10: 2', '610: 1', '1210: 0']);
  });
});

describe('taken up after a stop', () => {
  const taken = (options: Omit<LadderOptions, 'modes'>, works: string, mode: number): Ladder => {
    const ladder = new Ladder({ modes: works.length, ...options });
    // As a controller does: first as if it had always been so, then what was kept.
    ladder.settle(read(works));
    ladder.resume(1000, read(works), mode);
    return ladder;
  };

  test('the mode is what it was, and a better one has worked only from now on', () => {
    const ladder = taken({ upMs: 600 }, '##', 1);
    expect(ladder.step(1000, read('##'))).toBe(1);
    expect(ladder.wakeAt).toBe(1600);
    expect(ladder.step(1599, read('##'))).toBe(1);
    expect(ladder.step(1600, read('##'))).toBe(0);
  });

  test('one that no longer works is left after down', () => {
    const ladder = taken({ downMs: 60 }, '.#', 0);
    expect(ladder.step(1000, read('.#'))).toBe(2);
    expect(ladder.wakeAt).toBe(1060);
    expect(ladder.step(1060, read('.#'))).toBe(1);
  });

  test('who was down takes the best that works at once', () => {
    expect(taken({ upMs: 600 }, '.##', 3).step(1000, read('.##'))).toBe(1);
  });

  test('a stop of that length is followed by reopening in steps, counted from now on', () => {
    const ladder = taken({ reopening: new Reopening(1800, 600) }, '###', 2);
    expect(ladder.step(1000, read('###'))).toBe(0);
    const long = taken({ upMs: 2000, reopening: new Reopening(1800, 600) }, '###', 2);
    expect(long.step(1000, read('###'))).toBe(2);
    expect(long.step(2999, read('###'))).toBe(2);
    expect(long.step(3000, read('###'))).toBe(1);
    expect(long.wakeAt).toBe(3600);
  });
});

test.each([{ downMs: -1 }, { upMs: -1 }, { downMs: Number.NaN }, { upMs: Number.NaN }])(
  'a range is checked: %o',
  (options) => {
    expect(() => new Ladder({ modes: 2, ...options })).toThrow(RangeError);
  },
);

interface Drawn {
  readonly moments: readonly Moment[];
  readonly downMs: number;
  readonly upMs: number;
  readonly reopen: { readonly after: number; readonly step: number } | undefined;
}

const time = fc.constantFrom(0, 0, 1, 20, 60);
const anything: fc.Arbitrary<Drawn> = fc.integer({ min: 1, max: 4 }).chain((modes) =>
  fc.record({
    moments: fc
      .array(
        fc.record({
          after: fc.integer({ min: 1, max: 90 }),
          works: fc.array(fc.constantFrom('#', '.'), { minLength: modes, maxLength: modes }),
        }),
        { minLength: 1, maxLength: 30 },
      )
      .map((list) => {
        let at = 0;
        return list.map(({ after, works }): Moment => {
          at += after;
          return [at, works.join('')];
        });
      }),
    downMs: time,
    upMs: time,
    reopen: fc.option(fc.record({ after: fc.constantFrom(0, 50, 150), step: time }), { nil: undefined }),
  }),
);

const optionsOf = ({ downMs, upMs, reopen }: Drawn): Omit<LadderOptions, 'modes'> => ({
  downMs,
  upMs,
  ...(reopen === undefined ? {} : { reopening: new Reopening(reopen.after, reopen.step) }),
});

describe('whatever works', () => {
  test('a mode that serves works, and the next step is due later or never', () => {
    fc.assert(
      fc.property(anything, (drawn) => {
        const worksAt = (now: number): string => drawn.moments.filter(([at]) => at <= now).at(-1)?.[1] ?? '';
        climb(optionsOf(drawn), drawn.moments, {
          onStepped: (now, { wakeAt }, serving) => {
            const works = worksAt(now);
            if (serving < works.length) expect(works[serving]).toBe('#');
            expect(wakeAt).toBeGreaterThan(now);
          },
        });
      }),
      { numRuns: 1000 },
    );
  });

  test('without times the best mode that works serves', () => {
    fc.assert(
      fc.property(anything, ({ moments }) => {
        const told = climb({}, moments);
        const best = moments.map(([at, works]) => {
          const first = works.indexOf('#');
          return { at, serving: `${first < 0 ? 'down' : first}` };
        });
        const wanted = best.filter(({ serving }, i) => best[i - 1]?.serving !== serving);
        expect(told).toEqual(wanted.map(({ at, serving }) => `${at}: ${serving}`));
      }),
    );
  });

  test('who is down while a mode works waits for down alone: never longer', () => {
    fc.assert(
      fc.property(anything, (drawn) => {
        let downSince = Number.POSITIVE_INFINITY;
        climb(optionsOf(drawn), drawn.moments, {
          onStepped: (now, _, serving) => {
            const works = drawn.moments.filter(([at]) => at <= now).at(-1)?.[1] ?? '';
            const isWaiting = serving === works.length && works.includes('#');
            if (isWaiting) downSince = Math.min(downSince, now);
            else downSince = Number.POSITIVE_INFINITY;
            if (isWaiting) expect(now - downSince).toBeLessThan(Math.max(1, drawn.downMs));
          },
        });
      }),
      { numRuns: 1000 },
    );
  });

  test('a step at the same time, and steps in between, never change the outcome', () => {
    fc.assert(
      fc.property(
        anything,
        fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 40 }),
        (drawn, extra) => {
          const once = climb(optionsOf(drawn), drawn.moments);
          const twice = [...extra, ...extra, ...drawn.moments.map(([at]) => at)];
          expect(climb(optionsOf(drawn), drawn.moments, { extra: twice })).toEqual(once);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
