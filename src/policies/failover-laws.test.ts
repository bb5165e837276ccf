import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALL_WELL, drive, told, TWO, type Moment } from '../../test/oracle/failover-drive.ts';
import { randomStream } from '../random.ts';
import { Failover, type FailoverDraw, type FailoverOptions, type FailoverStep } from './failover.ts';

fc.configureGlobal({ seed: 1 });

/** Any failover and anything that may happen to it, with the chances it will draw. */
interface Drawn {
  readonly options: Omit<FailoverOptions, 'draw'>;
  readonly moments: readonly Moment[];
  readonly chances: readonly FailoverDraw[];
}

const time = fc.constantFrom(0, 0, 1, 7, 20, 60, 100);

function drawnOf(count: number): fc.Arbitrary<Drawn> {
  const each = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
    fc.array(one, { minLength: count, maxLength: count });
  const options = fc.record({
    carries: fc.oneof(fc.constant(new Array<number>(count).fill(1)), each(fc.constantFrom(0.4, 0.7, 1))),
    load: fc.constantFrom(1, 0.7),
    detectMs: time,
    approveMs: time,
    switchMs: time,
    spreadMs: time,
    holdMs: time,
    returns: fc.boolean(),
  });
  const moment = fc.record({
    after: fc.integer({ min: 0, max: 90 }),
    health: each(fc.constantFrom(0, 0.5, 0.89, 0.9, 1)),
    canSteer: fc.constantFrom(true, true, true, false),
  });
  const chance = fc.record({ succeeds: fc.constantFrom(true, true, false), ready: each(fc.boolean()) });
  return fc.record({
    options,
    moments: fc.array(moment, { minLength: 1, maxLength: 30 }).map((list) => {
      let at = 0;
      return list.map(({ after, health, canSteer }, i) => {
        at += i === 0 ? 0 : after;
        return { at, health, canSteer };
      });
    }),
    chances: fc.array(chance, { minLength: 1, maxLength: 5 }),
  });
}

const anything = fc.integer({ min: 1, max: 4 }).chain(drawnOf);

/** The same chances in turn, whenever it is run. */
function withDraws({ options, chances }: Drawn, onDraw?: (drawn: FailoverDraw) => void): FailoverOptions {
  let draws = 0;
  const draw = (): FailoverDraw => {
    const drawn = chances[draws++ % chances.length] ?? { succeeds: true, ready: [] };
    onDraw?.(drawn);
    return drawn;
  };
  return { ...options, draw };
}

const isFine = (health: number | undefined): boolean => (health ?? 0) >= 0.9;

/** What is observed at a time; of several at one time the last. */
function at(moments: readonly Moment[], time: number): Moment | undefined {
  return moments.filter((moment) => moment.at <= time).at(-1);
}

/** Since when an alternative has been healthy, or ill, without a break; -Infinity since ever. */
function since(moments: readonly Moment[], alternative: number, time: number): number {
  const seen = moments.filter((one, i) => one.at <= time && moments[i + 1]?.at !== one.at);
  let begun = Number.NEGATIVE_INFINITY;
  for (const [i, { at: from, health }] of seen.entries()) {
    const before = seen[i - 1]?.health[alternative];
    if (i > 0 && isFine(before) !== isFine(health[alternative])) begun = from;
  }
  return begun;
}

/** By the order of preference of docs/time.md. */
function isBetter({ carries, load = 1 }: Drawn['options'], one: number, other: number): boolean {
  const most = (i: number): number => Math.min(carries[i] ?? 0, load);
  return most(one) > most(other) || (most(one) === most(other) && one < other);
}

const gapOf = ({ detectMs = 0, approveMs = 0, switchMs = 0, spreadMs = 0 }: Drawn['options']): number =>
  detectMs + approveMs + switchMs + spreadMs / 2;

describe('whatever happens', () => {
  test('nobody leaves for a worse alternative sooner than detect + approve + switch + spread ÷ 2 after the failure', () => {
    fc.assert(
      fc.property(anything, (drawn) => {
        const { options, moments } = drawn;
        const { spreadMs = 0 } = options;
        let arrived = Number.NEGATIVE_INFINITY;
        for (const { at: now, from, to } of drive(withDraws(drawn), moments).moves) {
          if (!isBetter(options, to, from)) {
            // While users drift the alternative may recover; until then it has been ill, and they were on it.
            const made = now - spreadMs / 2;
            expect(isFine(at(moments, made)?.health[from])).toBe(false);
            const begun = since(moments, from, made);
            expect(now).toBeGreaterThanOrEqual(begun + gapOf(options));
            if (begun > Number.NEGATIVE_INFINITY)
              expect(now).toBeGreaterThanOrEqual(Math.max(begun, arrived) + gapOf(options));
          }
          arrived = now;
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('nobody leaves a healthy alternative for a better one that has not been healthy for hold', () => {
    fc.assert(
      fc.property(anything, (drawn) => {
        const { options, moments } = drawn;
        for (const { at: now, from, to } of drive(withDraws(drawn), moments).moves) {
          const seen = at(moments, now);
          if (!isBetter(options, to, from)) continue;
          expect(isFine(seen?.health[to])).toBe(true);
          if (isFine(seen?.health[from]))
            expect(now - since(moments, to, now)).toBeGreaterThanOrEqual(options.holdMs ?? 0);
        }
      }),
      { numRuns: 2000 },
    );
  });

  /**
   * Each move to a worse alternative takes a whole gap on the one that is left. The others each go to a better one, so
   * between two of the former there are at most n − 1 of them: in a time T at most n · ⌊T ÷ gap⌋ + n − 1 moves.
   */
  test('the moves in a time T are at most n · ⌊T ÷ gap⌋ + n − 1, however fast alternatives flap', () => {
    fc.assert(
      fc.property(anything, (drawn) => {
        const gap = gapOf(drawn.options);
        fc.pre(gap > 0);
        const { moves } = drive(withDraws(drawn), drawn.moments);
        const whole = Math.max(moves.at(-1)?.at ?? 0, drawn.moments.at(-1)?.at ?? 0);
        const count = drawn.options.carries.length;
        expect(moves.length).toBeLessThanOrEqual(count * Math.floor(whole / gap) + count - 1);
        // The same from each move on.
        for (const [i, first] of moves.entries())
          for (const [k, last] of moves.entries())
            if (k >= i)
              expect(k - i).toBeLessThanOrEqual(count * Math.floor((last.at - first.at) / gap) + count - 1);
      }),
      { numRuns: 1000 },
    );
  });

  /** With two of which the standby never fails, a round needs a gap, less the drift, and a hold. */
  test('beside a sound standby a flapping alternative makes at most 2 · T ÷ (gap + hold − spread ÷ 2) + 2 moves', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 60 }),
        fc.record({ detectMs: time, switchMs: time, spreadMs: time, holdMs: time }),
        (lengths, times) => {
          const round = times.detectMs + times.switchMs + times.holdMs;
          fc.pre(round > 0);
          let now = 0;
          const flapping = lengths.map((length, i) => {
            now += length;
            return { at: now, health: [i % 2, 1] };
          });
          const { moves } = drive({ carries: TWO, ...times }, [ALL_WELL, ...flapping]);
          const whole = Math.max(now, moves.at(-1)?.at ?? 0);
          expect(moves.length).toBeLessThanOrEqual((2 * whole) / round + 2);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('no switch is decided towards an alternative that is ill or not ready, nor without steering', () => {
    fc.assert(
      fc.property(anything, (drawn) => {
        const { options, moments } = drawn;
        const { home } = new Failover(options);
        let last: FailoverDraw | undefined;
        const seen: { step: FailoverStep; drawn: FailoverDraw | undefined }[] = [];
        const failover = new Failover({
          ...withDraws(drawn, (one) => {
            last = one;
          }),
          onStep: (step) => seen.push({ step, drawn: last }),
        });
        // Driven by hand, so that the chances are those of the moment.
        let present = moments[0] ?? ALL_WELL;
        failover.settle(present.at, present.health);
        for (const moment of moments) {
          while (failover.wakeAt < moment.at)
            failover.step(failover.wakeAt, present.health, present.canSteer !== false);
          present = moment;
          failover.step(moment.at, moment.health, moment.canSteer !== false);
          for (const { step, drawn: chances } of seen.splice(0)) {
            const { kind, now, to } = step;
            if (kind !== 'switching' && kind !== 'switched' && kind !== 'back') continue;
            const then = now === moment.at ? moment : at(moments, now);
            expect(isFine(then?.health[to])).toBe(true);
            expect(then?.canSteer).not.toBe(false);
            if (to !== home) expect(chances?.ready[to]).not.toBe(false);
            if (kind === 'switched') expect(chances?.succeeds).not.toBe(false);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('what has state never goes back while the alternative in use is healthy', () => {
    fc.assert(
      fc.property(anything, (drawn) => {
        const { steps } = drive({ ...withDraws(drawn), returns: false }, drawn.moments);
        for (const { kind, now, from } of steps)
          if (kind === 'back') expect(isFine(at(drawn.moments, now)?.health[from])).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test('time never runs backwards: the next step is due later, or never', () => {
    fc.assert(
      fc.property(anything, fc.array(fc.integer({ min: 0, max: 2000 })), (drawn, extra) => {
        drive(withDraws(drawn), drawn.moments, {
          extra,
          onStepped: (now, { wakeAt }) => expect(wakeAt).toBeGreaterThan(now),
        });
      }),
      { numRuns: 1000 },
    );
  });

  test('a step at the same time with the same input changes nothing', () => {
    fc.assert(
      fc.property(anything, (drawn) => {
        const once = drive(withDraws(drawn), drawn.moments);
        const twice = drive(withDraws(drawn), drawn.moments, { twice: true });
        expect(told(twice)).toEqual(told(once));
        const { failover } = twice;
        const { inUse, wakeAt, failingSince, movedSince } = failover;
        const last = drawn.moments.at(-1) ?? ALL_WELL;
        const now = Math.max(last.at, ...twice.steps.map((step) => step.now));
        expect(failover.step(now, last.health, last.canSteer !== false)).toBe(false);
        expect(failover).toMatchObject({ inUse, wakeAt, failingSince, movedSince });
      }),
      { numRuns: 1000 },
    );
  });

  test('steps in between, with nothing new, never change the outcome', () => {
    fc.assert(
      fc.property(
        anything,
        fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 40 }),
        (drawn, extra) => {
          expect(told(drive(withDraws(drawn), drawn.moments, { extra }))).toEqual(
            told(drive(withDraws(drawn), drawn.moments)),
          );
        },
      ),
      { numRuns: 1000 },
    );
  });
});

/** Of everything that 3,000 drawn failovers told before people and confirmations were known. */
const DIGEST_WITHOUT_PEOPLE = '80410b77aa558c74c861e0f9efb1f93b80fdb49f5ae62cbcc318a46e5b87158b';

test('without people and confirmations every sequence gives the steps that it gave before there were any', () => {
  const random = randomStream('failover-digest', 1);
  const pick = <T>(...all: readonly T[]): T => all[Math.floor(random() * all.length)] as T; // never empty
  const hash = createHash('sha256');
  for (let run = 0; run < 3000; run++) {
    const count = 1 + Math.floor(random() * 4);
    const each = <T>(draw: () => T): T[] => Array.from({ length: count }, draw);
    const times = (): number => pick(0, 0, 1, 7, 20, 60, 100);
    const options: FailoverOptions = {
      carries: each(() => pick(1, 1, 0.4, 0.7)),
      load: pick(1, 0.7),
      detectMs: times(),
      approveMs: times(),
      switchMs: times(),
      spreadMs: times(),
      holdMs: times(),
      returns: pick(true, false),
    };
    let now = 0;
    const moments = Array.from({ length: 1 + Math.floor(random() * 25) }, (_, i): Moment => {
      now += i === 0 ? 0 : Math.floor(random() * 90);
      return {
        at: now,
        health: each(() => pick(0, 0.5, 0.89, 0.9, 1)),
        canSteer: pick(true, true, true, false),
      };
    });
    const chances = Array.from({ length: 3 }, () => ({
      succeeds: pick(true, true, false),
      ready: each(() => pick(true, false)),
    }));
    let draws = 0;
    const draw = (): FailoverDraw => chances[draws++ % 3] ?? { succeeds: true, ready: [] };
    hash.update(told(drive({ ...options, draw }, moments)).join('\n'));
  }
  expect(hash.digest('hex')).toBe(DIGEST_WITHOUT_PEOPLE);
});
