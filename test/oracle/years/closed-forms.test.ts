/**
 * Years of small plans against figures that are known exactly. Every case is simulated with twenty seeds; the mean over seeds must
 * lie within three standard errors of the exact figure, with the error that the twenty means themselves show, and that error
 * must be small enough to tell a formula that is a few percent off. The error that a result states is compared with it.
 *
 * An event works for exponential times with mean 1/λ and fails for lognormal times with mean τ: an alternating renewal process.
 * In the long run it is failed for q = λτ/(1 + λτ) of the time and begins w = λ(1 − q) times a year, whatever the spread of its
 * failures (Barlow and Proschan, Statistical Theory of Reliability and Life Testing, 1975, chapter 7). Since it begins in its
 * long-run state, every year has these means exactly.
 */
import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOG } from '../../../src/catalog/index.ts';
import { buildModel, type Model } from '../../../src/model/index.ts';
import { parsePlan } from '../../../src/plan/index.ts';
import {
  simulateYears,
  type Estimate,
  type JourneyYears,
  type LossYears,
  type Years,
} from '../../../src/replay/index.ts';
import { HOURS_PER_YEAR } from '../../../src/units.ts';
import { isWhole } from '../../whole.ts';

const SEEDS = 20;
const SIGMAS = isWhole ? [0, 0.5, 1] : [0, 1];

interface Part {
  /** @unit per year */
  readonly rate: number;
  /** @unit hours */
  readonly mean: number;
}

const q = ({ rate, mean }: Part): number => (rate * mean) / (HOURS_PER_YEAR + rate * mean);
const w = (part: Part): number => part.rate * (1 - q(part));
const outages = ({ rate, mean }: Part): string => `{rate: ${rate}/yr, mean: ${mean}h}`;

/** A plan whose provider x offers a, b and c with the outages of the parts; what has none never fails. */
function plan(rest: string, parts: Readonly<Record<string, Part>>): Model {
  const capabilities = ['a', 'b', 'c'].map((name) => {
    const part = parts[name];
    return `${name}: {outages: ${part === undefined ? 'none' : outages(part)}}`;
  });
  const text = `keelson: 1
platform: {name: P, asOf: 2026-01-01}
catalog: none
providers: {x: {capabilities: {${capabilities.join(', ')}}}}
${rest}`;
  const { plan: parsed, problems } = parsePlan(text, 'plan.yaml');
  if (parsed === undefined) throw new Error(problems.map(({ message }) => message).join(' '));
  const { model, problems: others } = buildModel(parsed, EMPTY_CATALOG);
  if (model === undefined) throw new Error(others.map(({ message }) => message).join(' '));
  return model;
}

/** @param first of the seeds: cases that share none are independent of each other */
const run = (model: Model, years: number, sigma: number, first: number): Years[] =>
  Array.from({ length: SEEDS }, (_, i) => simulateYears(model, { years, seed: first + i, sigma }));

function only({ journeys }: Years): JourneyYears {
  const [first] = journeys;
  if (first === undefined) throw new Error('There is no journey.');
  return first;
}

function lossOf({ loss }: Years): LossYears {
  if (loss === null) throw new Error('There is no loss.');
  return loss;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The standard error of the mean of independent values. */
function errorOf(values: readonly number[]): number {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

interface Expected {
  /** Taken from the result: a figure, or one with the standard error that it states. */
  readonly of: (years: Years) => number | Estimate;
  readonly exact: number;
  /** The standard error must be at most this share of the exact figure. */
  readonly resolution?: number;
  /** What the arithmetic leaves out, at most. */
  readonly neglected?: number;
}

/** Three of these tell a formula that is off by two and a half percent. */
const RESOLUTION = 0.008;

/** Says which figures are not as expected; nothing when all are. */
function wrong(runs: readonly Years[], expected: Readonly<Record<string, Expected>>): string[] {
  return Object.entries(expected).flatMap(([name, { of, exact, resolution = RESOLUTION, neglected = 0 }]) => {
    const found = runs.map(of);
    const means = found.map((one) => (typeof one === 'number' ? one : one.mean));
    const stated = found.flatMap((one) =>
      typeof one === 'number' ? [] : [(one.standardError ?? Number.NaN) ** 2],
    );
    const mean = meanOf(means);
    const error = errorOf(means);
    const says: string[] = [];
    const off = Math.abs(mean - exact);
    // A hair for figures that are the same in every year.
    if (!(off <= 3 * error + neglected + 1e-9 * Math.abs(exact)))
      says.push(`${name}: ${mean} instead of ${exact}, ${(off / error).toFixed(1)} standard errors off`);
    if (!(error <= resolution * Math.abs(exact)))
      says.push(`${name}: too few years: ${mean} ± ${error} tells nothing`);
    if (!(neglected <= error)) says.push(`${name}: ${neglected} is neglected, more than ${error}`);
    if (stated.length > 0) {
      // The error shown by twenty means is itself known to 1/√38 = 16 %; three times that.
      const ratio = error / (Math.sqrt(meanOf(stated)) / Math.sqrt(runs.length));
      if (!(ratio > 0.52 && ratio < 1.48) && error > 0)
        says.push(`${name}: the stated standard error is ${(1 / ratio).toFixed(2)} times what seeds show`);
    }
    return says;
  });
}

/** The standard normal distribution, to 1.5e-7 (Abramowitz and Stegun, 7.1.26). */
function normalBelow(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const sum =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (sum * Math.exp(-z * z)) / 2;
  return x < 0 ? tail : 1 - tail;
}

/** P(D ≥ a) of a lognormal length D with mean τ: ln D is normal with mean μ = ln τ − σ²/2 and deviation σ. */
function reaches(mean: number, sigma: number, a: number): number {
  if (sigma === 0) return mean >= a ? 1 : 0;
  return 1 - normalBelow((Math.log(a / mean) + (sigma * sigma) / 2) / sigma);
}

/**
 * E[min(D, a)] = E[D; D < a] + a·P(D ≥ a), with the partial expectation E[D; D < a] = τ·Φ((ln a − μ − σ²)/σ) (Johnson, Kotz and
 * Balakrishnan, Continuous Univariate Distributions, volume 1, 1994, chapter 14).
 */
function upTo(mean: number, sigma: number, a: number): number {
  if (sigma === 0) return Math.min(mean, a);
  const below = mean * normalBelow((Math.log(a / mean) - (sigma * sigma) / 2) / sigma);
  return below + a * reaches(mean, sigma, a);
}

/** E[(D − a)⁺] = τ − E[min(D, a)]. */
const beyond = (mean: number, sigma: number, a: number): number => mean - upTo(mean, sigma, a);

/** Every state of independent parts: the share of time in a condition, and how often a year it is entered. */
function inStates(
  parts: readonly Part[],
  holds: (failed: readonly boolean[]) => boolean,
): { readonly share: number; readonly entries: number } {
  let share = 0;
  let entries = 0;
  for (let state = 0; state < 2 ** parts.length; state++) {
    const failed = parts.map((_, i) => ((state >> i) & 1) === 1);
    const chance = parts.reduce(
      (product, part, i) => product * (failed[i] === true ? q(part) : 1 - q(part)),
      1,
    );
    if (holds(failed)) share += chance;
    else
      for (const [i, { rate }] of parts.entries())
        if (failed[i] !== true && holds(failed.map((one, at) => one || at === i))) entries += chance * rate;
  }
  return { share, entries };
}

describe('a single event', () => {
  const A: Part = { rate: 20, mean: 50 };
  const model = plan('journeys: {j: {loss: 10k USD/h, modes: {m: {needs: x/a}}}}', { a: A });
  for (const sigma of SIGMAS)
    test(`is failed for λτ/(1 + λτ) of the time and begins λ(1 − q) times a year, sigma ${sigma}`, () => {
      // q = 1000/9766: had λτ been taken for it, the figures would be 11 % off.
      const hours = q(A) * HOURS_PER_YEAR;
      const runs = run(model, 600, sigma, 100);
      expect(
        wrong(runs, {
          down: { of: (years) => only(years).down, exact: hours },
          availability: { of: (years) => only(years).availability, exact: 1 - q(A) },
          mode: { of: (years) => only(years).modes[0]?.probability ?? 0, exact: 1 - q(A) },
          outages: { of: (years) => only(years).outagesPerYear, exact: w(A) },
          departures: { of: (years) => only(years).departuresPerYear, exact: w(A) },
          loss: { of: lossOf, exact: hours * 10_000 },
        }),
      ).toEqual([]);
      expect(meanOf(runs.map((years) => only(years).degraded.most))).toBe(0);
    });

  test('states its error also where outages last for years', () => {
    const part: Part = { rate: 0.3, mean: 6000 };
    const model = plan('journeys: {j: {modes: {m: {needs: x/a}}}}', { a: part });
    expect(
      wrong(run(model, 6000, 1, 150), {
        down: { of: (years) => only(years).down, exact: q(part) * HOURS_PER_YEAR, resolution: 0.02 },
      }),
    ).toEqual([]);
  });

  for (const sigma of SIGMAS)
    test(`has the spread of years that renewal theory gives it, sigma ${sigma}`, () => {
      // The time failed within t has variance ≈ t · (E[D]² Var U + E[U]² Var D) / (E[U] + E[D])³ for working times U and failed
      // times D (Cox, Renewal Theory, 1962, section 7.4). With exponential U that is w · t · (1 − q)² · E[D²], E[D²] = τ²e^σ².
      // The stated error is that of blocks of 25 years. What is cut off by both ends of one takes E[D³]/3 from each E[D²] · t: exact for outages that begin at random
      // (Var = λ ∫∫ of the overlaps), here up to terms of the order q · τ ÷ block; E[D³] = τ³e^(3σ²).
      const part: Part = { rate: 20, mean: 10 };
      const moment = (k: number): number => part.mean ** k * Math.exp((k * (k - 1) * sigma * sigma) / 2);
      const perHour = (w(part) / HOURS_PER_YEAR) * (1 - q(part)) ** 2;
      const exact = perHour * (moment(2) * HOURS_PER_YEAR - moment(3) / 3 / 25);
      const runs = run(plan('journeys: {j: {modes: {m: {needs: x/a}}}}', { a: part }), 8000, sigma, 200);
      expect(
        wrong(runs, {
          variance: {
            of: (years) => (only(years).down.standardError ?? 0) ** 2 * years.years,
            exact,
            // Of a sample variance of n blocks √((κ − 1)/n), with the kurtosis κ = 3 + e^(4σ²)/25λ of sums of Poisson many lengths.
            resolution: 0.025,
            neglected: 2 * q(part) * (part.mean / HOURS_PER_YEAR) * exact,
          },
        }),
      ).toEqual([]);
    });

  for (const sigma of SIGMAS)
    test(`spares a year with chance (1 − q)·e^(−λ), sigma ${sigma}`, () => {
      // It works when the year begins, and the exponential time that it goes on working has no memory of how long it has.
      const part: Part = { rate: 1.2, mean: 300 };
      const rest = 'journeys: {j: {slo: 100%, modes: {m: {needs: x/a}}}}';
      expect(
        wrong(run(plan(rest, { a: part }), 3000, sigma, 300), {
          'years without': {
            of: (years) => only(years).yearsMet ?? -1,
            exact: (1 - q(part)) * Math.exp(-part.rate),
          },
        }),
      ).toEqual([]);
    });
});

describe('a block of 25 years that begins in the middle of things', () => {
  // An outage that lasts for years makes seen what each block begins with: q = 0.75, and w = 0.25 a year.
  const LONG: Part = { rate: 1, mean: 3 * HOURS_PER_YEAR };

  for (const sigma of SIGMAS)
    test(`begins in the long-run state: as often in an outage, and with as much of it to come, sigma ${sigma}`, () => {
      const runs = run(plan('journeys: {j: {modes: {m: {needs: x/a}}}}', { a: LONG }), 5000, sigma, 420);
      expect(
        wrong(runs, {
          unavailable: { of: (years) => 1 - only(years).availability, exact: q(LONG) },
        }),
      ).toEqual([]);
    });

  test('does not count as begun what was under way', () => {
    // One more wherever a block begins in an outage would add q/25, 12 %.
    expect(
      wrong(run(plan('journeys: {j: {modes: {m: {needs: x/a}}}}', { a: LONG }), 5000, 1, 400), {
        // The stated error takes years as independent, which they are not where an outage lasts for years.
        outages: { of: (years) => only(years).outagesPerYear.mean, exact: w(LONG) },
        departures: { of: (years) => only(years).departuresPerYear.mean, exact: w(LONG) },
      }),
    ).toEqual([]);
  });

  test('counts no outage of what never works', () => {
    const model = plan(
      `journeys: {j: {modes: {m: {needs: s}}}}
services: {s: {outages: none, any: [{use: x/a, carries: 50%}]}}`,
      { a: LONG },
    );
    const { availability, outagesPerYear, departuresPerYear } = only(simulateYears(model, { years: 100 }));
    expect(availability).toBe(0);
    expect([outagesPerYear.mean, departuresPerYear.mean]).toEqual([0, 0]);
  });

  test('has drawn for what is under way whether the standby was ready', () => {
    // Half of all outages are felt, those too that a block begins in.
    const model = plan(
      `journeys: {j: {modes: {m: {needs: s}}}}
services: {s: {outages: none, any: [x/a, {use: x/b, ready: 50%}]}}`,
      { a: LONG },
    );
    expect(
      wrong(run(model, 1500, 1, 440), {
        unavailable: { of: (years) => 1 - only(years).availability, exact: q(LONG) / 2, resolution: 0.02 },
      }),
    ).toEqual([]);
  });
});

describe('all of several active', () => {
  const A: Part = { rate: 30, mean: 20 };
  const B: Part = { rate: 20, mean: 40 };
  const C: Part = { rate: 50, mean: 10 };
  const parts = [A, B, C];

  for (const [k, sigma] of [
    [1, 0],
    [2, 0.5],
    [3, 1],
  ] as const)
    test.runIf(k > 1 || isWhole)(`${k} of three, sigma ${sigma}`, () => {
      const model = plan(
        `journeys: {j: {loss: 1k USD/h, modes: {m: {needs: {atLeast: ${k}, of: [x/a, x/b, x/c]}}}}}`,
        { a: A, b: B, c: C },
      );
      const down = inStates(parts, (failed) => failed.filter((one) => !one).length < k);
      // All three have failed together for 2.5 hours a year, every other year: that takes more years.
      const years = k === 1 ? 3000 : k === 2 ? 200 : 75;
      expect(
        wrong(run(model, years, sigma, 500 + 100 * k), {
          down: { of: (one) => only(one).down, exact: down.share * HOURS_PER_YEAR },
          outages: { of: (one) => only(one).outagesPerYear, exact: down.entries },
          loss: { of: lossOf, exact: down.share * HOURS_PER_YEAR * 1000 },
        }),
      ).toEqual([]);
    });

  test('a pool of members of different capacity, asked for more and for less', () => {
    const model = plan(
      `journeys: {j: {loss: 1k USD/h, modes: {
  full: {needs: {from: s, atLeast: 9}}, less: {worth: 40%, needs: {from: s, atLeast: 6}}}}}
services: {s: {outages: none, pool: [{use: x/a, capacity: 6}, {use: x/b, capacity: 3}, {use: x/c, capacity: 3}]}}`,
      { a: A, b: B, c: C },
    );
    const capacity = (failed: readonly boolean[]): number =>
      [6, 3, 3].reduce((sum, one, i) => sum + (failed[i] === true ? 0 : one), 0);
    const away = inStates(parts, (failed) => capacity(failed) < 9);
    const down = inStates(parts, (failed) => capacity(failed) < 6);
    const less = away.share - down.share;
    expect(
      wrong(run(model, 300, 0.5, 900), {
        full: { of: (years) => only(years).modes[0]?.probability ?? 0, exact: 1 - away.share },
        less: { of: (years) => only(years).modes[1]?.probability ?? 0, exact: less },
        down: { of: (years) => only(years).down, exact: down.share * HOURS_PER_YEAR },
        degraded: { of: (years) => only(years).degraded, exact: less * HOURS_PER_YEAR },
        outages: { of: (years) => only(years).outagesPerYear, exact: down.entries },
        departures: { of: (years) => only(years).departuresPerYear, exact: away.entries },
        loss: { of: lossOf, exact: (down.share + less * 0.6) * HOURS_PER_YEAR * 1000 },
      }),
    ).toEqual([]);
  });

  for (const sigma of SIGMAS)
    test(`a pool that grows after half an hour, sigma ${sigma}`, () => {
      // Ten are asked: six and six, and the second grows by four. Down while the second has failed, and while only the first has
      // and the growth is not there: until both the outage of the first and the health of the second are half an hour old. Of a
      // stationary process that has failed, the age reaches g with chance E[(D − g)⁺]/τ; of one that works, with e^(−λg) (Cox,
      // Renewal Theory, section 5). The two are independent: exact.
      const [a, b]: readonly Part[] = [
        { rate: 60, mean: 3 },
        { rate: 40, mean: 5 },
      ] as const;
      if (a === undefined || b === undefined) throw new Error('There are two.');
      const g = 0.5;
      const model = plan(
        `journeys: {j: {modes: {m: {needs: {from: s, atLeast: 10}}}}}
services: {s: {outages: none, pool: [{use: x/a, capacity: 6}, {use: x/b, capacity: 6, grow: 4, after: 30m}]}}`,
        { a, b },
      );
      const grown = (beyond(a.mean, sigma, g) / a.mean) * Math.exp((-b.rate * g) / HOURS_PER_YEAR);
      const share = q(b) + q(a) * (1 - q(b)) * (1 - grown);
      // Entered when the first fails while the second works, and when the second fails while it is up.
      const entries = w(a) * (1 - q(b)) + b.rate * (1 - share);
      expect(
        wrong(run(model, 75, sigma, 1000), {
          down: { of: (years) => only(years).down, exact: share * HOURS_PER_YEAR },
          outages: { of: (years) => only(years).outagesPerYear, exact: entries },
        }),
      ).toEqual([]);
    });
});

describe('a standby that has to be switched to', () => {
  // Noticed, agreed to and made after 45 minutes, half of the users moved after 60.
  const FAILOVER = '{detect: 10m, approve: 20m, switch: 15m, spread: 30m}';
  const GAP = 1;

  for (const sigma of SIGMAS)
    test(`that never fails leaves of each outage what comes before the switch, sigma ${sigma}`, () => {
      // min(D, g) of each outage D: one that ends earlier ends first. Felt as a switch where D reaches g.
      const a: Part = { rate: 30, mean: 2 };
      const model = plan(
        `journeys: {j: {loss: 1k USD/h, modes: {m: {needs: s}}}}
services: {s: {outages: none, any: [x/a, x/b], failover: ${FAILOVER}}}`,
        { a },
      );
      const down = w(a) * upTo(a.mean, sigma, GAP);
      const felt = w(a) * reaches(a.mean, sigma, GAP);
      expect(
        wrong(run(model, 100, sigma, 1100), {
          down: { of: (years) => only(years).down, exact: down },
          outages: { of: (years) => only(years).outagesPerYear, exact: w(a) },
          loss: { of: lossOf, exact: down * 1000 },
          switches: { of: (years) => only(years).switchOver.perYear, exact: felt },
          'switch hours': { of: (years) => only(years).switchOver.downHoursPerYear, exact: felt * GAP },
          'share of loss': { of: (years) => lossOf(years).switchOverShare, exact: (felt * GAP) / down },
        }),
      ).toEqual([]);
    });

  test('outages that are always shorter than the switch are not switched for', () => {
    const a: Part = { rate: 30, mean: 0.7 };
    const model = plan(
      `journeys: {j: {modes: {m: {needs: s}}}}
services: {s: {outages: none, any: [x/a, x/b], failover: ${FAILOVER}}}`,
      { a },
    );
    const runs = run(model, 75, 0, 1200);
    expect(wrong(runs, { down: { of: (years) => only(years).down, exact: q(a) * HOURS_PER_YEAR } })).toEqual(
      [],
    );
    expect(meanOf(runs.map((years) => only(years).switchOver.perYear))).toBe(0);
  });

  const A: Part = { rate: 60, mean: 10 };
  const B: Part = { rate: 80, mean: 8 };
  const both = (failover: string, second = 'x/b'): Model =>
    plan(
      `journeys: {j: {modes: {m: {needs: s}}}}
services: {s: {outages: none, any: [x/a, ${second}], failover: ${failover}}}`,
      { a: A, b: B },
    );

  for (const sigma of SIGMAS)
    test(`both fail: exact where the switch itself takes no time, sigma ${sigma}`, () => {
      // The first has failed and the second too: qa·qb, nothing to be done about it. The first has failed, the second works, and
      // users are not moved: only within g = detect + approve of the failure, since after that they move as soon as the second
      // works. An outage has wa·E[min(D, g)] hours a year so young, and the second knows nothing of it.
      const g = 0.75;
      const young = (w(A) * upTo(A.mean, sigma, g)) / HOURS_PER_YEAR;
      const share = q(A) * q(B) + young * (1 - q(B));
      // Entered at each outage of the first, and at those of the second while users are on it.
      const entries = w(A) + B.rate * (q(A) - young) * (1 - q(B));
      expect(
        wrong(run(both('{detect: 15m, approve: 30m}'), 125, sigma, 1300), {
          down: { of: (years) => only(years).down, exact: share * HOURS_PER_YEAR },
          outages: { of: (years) => only(years).outagesPerYear, exact: entries },
        }),
      ).toEqual([]);
    });

  for (const sigma of SIGMAS)
    test(`both fail, the switch takes time: exact but for second tries, sigma ${sigma}`, () => {
      // g = 45 minutes as before, of which the last h = 2.5 are switch and half of spread. Where the second has failed after the
      // first 42.5, the switch is made once it works again, and takes these h more. That is neglected: the first failed, the
      // second working for less than h, at most qa·(1 − qb)·(1 − e^(−λb·h)).
      const g = 0.75;
      const h = 2.5 / 60;
      const young = (w(A) * upTo(A.mean, sigma, g)) / HOURS_PER_YEAR;
      const share = q(A) * q(B) + young * (1 - q(B));
      const again = q(A) * (1 - q(B)) * (1 - Math.exp((-B.rate * h) / HOURS_PER_YEAR));
      const entries = w(A) + B.rate * (q(A) - young) * (1 - q(B));
      const model = both('{detect: 12m 30s, approve: 30m, switch: 30s, spread: 4m}');
      expect(
        wrong(run(model, 250, sigma, 1400), {
          down: {
            of: (years) => only(years).down,
            exact: share * HOURS_PER_YEAR,
            neglected: again * HOURS_PER_YEAR,
          },
          outages: {
            of: (years) => only(years).outagesPerYear,
            exact: entries,
            neglected: B.rate * again,
          },
        }),
      ).toEqual([]);
    });

  test('both fail, the switch takes time: what second tries add, where lengths are fixed', () => {
    // The switch is tried at c = 15 minutes and takes s = 15, users drift for 15 more: h = s + 15 minutes, g = c + h. An outage of
    // the second that begins before c + s and ends at r after c makes the switch begin anew at r: users are moved at r + h. Such
    // ends come wb times a year at every r in (c, c + s + τb), all of them more than h before the first works again. Of the time
    // from r to r + h what is after g is not in `young`: r − c while r < g, then h. In all wb · (h²/2 + h·(s + τb − h)).
    // Left out is that the second fails again in the second try: λb·h of that.
    const b: Part = { rate: 15, mean: 8 };
    const [c, s, h] = [0.25, 0.25, 0.5];
    const g = c + h;
    expect(c + s + b.mean + h).toBeLessThan(A.mean);
    const model = plan(
      `journeys: {j: {modes: {m: {needs: s}}}}
services: {s: {outages: none, any: [x/a, x/b], failover: {detect: 5m, approve: 10m, switch: 15m, spread: 30m}}}`,
      { a: A, b },
    );
    const ends = w(A) * (w(b) / HOURS_PER_YEAR);
    const again = ends * (h * (s + b.mean) - (h * h) / 2);
    const early = (1 - q(b)) * w(A) * g;
    const hours = q(A) * q(b) * HOURS_PER_YEAR + early + again;
    const rare = (b.rate * h) / HOURS_PER_YEAR;
    const working = q(A) * (1 - q(b)) * HOURS_PER_YEAR - early - again;
    expect(
      wrong(run(model, 300, 0, 1440), {
        down: { of: (years) => only(years).down, exact: hours, neglected: rare * again },
        outages: {
          of: (years) => only(years).outagesPerYear,
          exact: w(A) + (b.rate * working) / HOURS_PER_YEAR,
          neglected: (rare * b.rate * again) / HOURS_PER_YEAR,
        },
        // Every outage of the first is switched for; but where the second fails while users drift, it is its return that they feel.
        switches: { of: (years) => only(years).switchOver.perYear, exact: w(A), neglected: w(A) * rare },
        // g for each that is made at the first try, and h for the others: waiting for the second is no switching.
        'switch hours': {
          of: (years) => only(years).switchOver.downHoursPerYear,
          exact: w(A) * g - ends * (s + b.mean) * (g - h),
          neglected: w(A) * rare * g,
        },
      }),
    ).toEqual([]);
  });

  for (const sigma of SIGMAS)
    test(`a switch that can fail, to what may not be ready, sigma ${sigma}`, () => {
      // Drawn once an outage of the first, of whatever length: with chance 1 − 0.8 · 0.9 it is felt whole.
      const works = 0.8 * 0.9;
      const g = 0.75;
      const young = (w(A) * upTo(A.mean, sigma, g)) / HOURS_PER_YEAR;
      const share = q(A) * (1 - works) + works * (q(A) * q(B) + young * (1 - q(B)));
      const entries = w(A) + works * B.rate * (q(A) - young) * (1 - q(B));
      const model = both('{detect: 15m, approve: 30m, success: 80%}', '{use: x/b, ready: 90%}');
      const runs = run(model, 250, sigma, 1500);
      expect(
        wrong(runs, {
          down: { of: (years) => only(years).down, exact: share * HOURS_PER_YEAR },
          outages: { of: (years) => only(years).outagesPerYear, exact: entries },
        }),
      ).toEqual([]);
    });

  test('nothing is lost while switches are made where they take no time, although both fail together', () => {
    // What is down is down because both have failed, until one of them works again: 38 hours a year.
    const model = plan(
      `journeys: {j: {loss: 1k USD/h, modes: {m: {needs: s}}}}
services: {s: {outages: none, any: [x/a, x/b]}}`,
      { a: A, b: B },
    );
    const down = inStates([A, B], (failed) => failed.every((one) => one));
    const runs = run(model, 200, 0, 1580);
    expect(
      wrong(runs, {
        down: { of: (years) => only(years).down, exact: down.share * HOURS_PER_YEAR },
        outages: { of: (years) => only(years).outagesPerYear, exact: down.entries },
      }),
    ).toEqual([]);
    expect(meanOf(runs.map((years) => only(years).switchOver.hoursPerYear))).toBe(0);
    expect(meanOf(runs.map((years) => lossOf(years).switchOverShare))).toBe(0);
  });
});

describe('loss', () => {
  const A: Part = { rate: 20, mean: 6 };

  for (const sigma of SIGMAS)
    test(`rises in steps with the length of an outage, sigma ${sigma}`, () => {
      // Σ Δrate · E[(D − after)⁺] of each outage.
      const model = plan(
        `journeys: {j: {loss: [{after: 0h, rate: 10k USD/h}, {after: 4h, rate: 30k USD/h}, {after: 9h, rate: 90k USD/h}],
  modes: {full: {needs: x/a}, less: {worth: 25%, needs: x/b}}}}`,
        { a: A },
      );
      const each = 10_000 * A.mean + 20_000 * beyond(A.mean, sigma, 4) + 60_000 * beyond(A.mean, sigma, 9);
      expect(
        wrong(run(model, 800, sigma, 1600), { loss: { of: lossOf, exact: w(A) * each * 0.75 } }),
      ).toEqual([]);
    });

  for (const sigma of SIGMAS)
    test(`begins after a waiting period, sigma ${sigma}`, () => {
      const model = plan('journeys: {j: {loss: [{after: 5h, rate: 20k USD/h}], modes: {m: {needs: x/a}}}}', {
        a: A,
      });
      expect(
        wrong(run(model, 1000, sigma, 1700), {
          loss: { of: lossOf, exact: w(A) * 20_000 * beyond(A.mean, sigma, 5) },
        }),
      ).toEqual([]);
    });

  test('of journeys adds up', () => {
    const model = plan(
      `journeys:
  i: {loss: 1k USD/h, modes: {m: {needs: [x/a, x/b]}}}
  j: {loss: 2k USD/h, modes: {m: {needs: x/a}}}
  k: {modes: {m: {needs: x/b}}}`,
      { a: A, b: { rate: 10, mean: 20 } },
    );
    const b = q({ rate: 10, mean: 20 });
    const exact = (1 - (1 - q(A)) * (1 - b)) * 1000 + q(A) * 2000;
    const runs = run(model, 400, 0.5, 1800);
    expect(wrong(runs, { loss: { of: lossOf, exact: exact * HOURS_PER_YEAR } })).toEqual([]);
    expect(runs.map(({ journeys }) => journeys[2]?.loss)).toEqual(runs.map(() => null));
  });
});

describe('the distribution of a year’s loss', () => {
  // Outages of exactly 36 seconds, 4.4 a year: a year loses 36 seconds times a Poisson number of them. What that leaves out is
  // one in 10⁵: the time failed, during which none begins (λτ = 5e-6), and years that end within an outage (5e-6 of them).
  const part: Part = { rate: 4.4, mean: 0.01 };
  const each = part.mean * 1e6;
  const model = plan('journeys: {j: {loss: 1M USD/h, modes: {m: {needs: x/a}}}}', { a: part });
  const chances: number[] = [];
  for (let n = 0, chance = Math.exp(-part.rate); n < 60; chance *= part.rate / ++n) chances.push(chance);
  const atMost = chances.map((_, n) => chances.slice(0, n + 1).reduce((sum, one) => sum + one, 0));
  /** The smallest number of outages that so large a share of years does not exceed. */
  const quantile = (share: number): number => atMost.findIndex((below) => below >= share);
  const YEARS = 5000;

  /** Both ends of what a quantile of so many years can be: shares are known to three standard errors. */
  const ends = (share: number, years: number): readonly [number, number] => {
    const error = 3 * Math.sqrt((share * (1 - share)) / years);
    return [quantile(Math.max(0, share - error)) * each, quantile(Math.min(1 - 1e-12, share + error)) * each];
  };
  const isWithin = (found: number, [low, high]: readonly [number, number]): boolean =>
    found >= low * (1 - 1e-6) && found <= high * (1 + 1e-6);

  const runs = run(model, YEARS, 0, 1900);

  test('value at risk is the Poisson quantile', () => {
    // 8 and 10 outages; the next shares are so far away that every seed must find just these.
    expect([0.5, 0.95, 0.99].map(quantile)).toEqual([4, 8, 10]);
    expect([0.5, 0.95, 0.99].flatMap((share) => ends(share, YEARS))).toEqual(
      [4, 4, 8, 8, 10, 10].map((n) => n * each),
    );
    for (const years of runs) {
      const { valueAtRisk, median } = lossOf(years);
      expect(valueAtRisk.p95).toBeCloseTo(8 * each, 4);
      expect(valueAtRisk.p99).toBeCloseTo(10 * each, 4);
      expect(median).toBeCloseTo(4 * each, 4);
    }
  });

  test('quantiles are the smallest loss that so large a share of years does not exceed', () => {
    // More years do not change those before them: what the mean of k years adds to that of k − 1 is the k-th.
    const spread = plan('journeys: {j: {loss: 1M USD/h, modes: {m: {needs: x/a}}}}', {
      a: { rate: 6, mean: 20 },
    });
    const first = (years: number): LossYears => lossOf(simulateYears(spread, { years, seed: 3, sigma: 1 }));
    const sums = Array.from({ length: 41 }, (_, k) => (k === 0 ? 0 : first(k).mean * k));
    const sorted = sums.slice(1).map((sum, k) => sum - (sums[k] ?? 0));
    sorted.sort((a, b) => a - b);
    const { median, p90, p95, p99, most, expectedShortfall } = first(40);
    // Of 40: the 20th, 36th, 38th and, since 39 are not 99 %, the 40th.
    for (const [found, rank] of [
      [median, 20],
      [p90, 36],
      [p95, 38],
      [p99, 40],
      [most, 40],
    ] as const)
      expect(found / (sorted[rank - 1] ?? 0)).toBeCloseTo(1, 9);
    expect(expectedShortfall.p95 / meanOf(sorted.slice(38))).toBeCloseTo(1, 9);
  });

  test('expected shortfall is the mean of the worst years', () => {
    // (Σ n·P(n) over n > v, and of n = v what is missing to 1 − p) ÷ (1 − p).
    const shortfall = (p: number): number => {
      const v = quantile(p);
      const above = chances.reduce((sum, chance, n) => (n > v ? sum + n * chance : sum), 0);
      return ((above + v * ((atMost[v] ?? 1) - p)) / (1 - p)) * each;
    };
    expect(
      wrong(runs, {
        mean: { of: lossOf, exact: w(part) * each },
        'worst 5 %': { of: (years) => lossOf(years).expectedShortfall.p95, exact: shortfall(0.95) },
        'worst 1 %': { of: (years) => lossOf(years).expectedShortfall.p99, exact: shortfall(0.99) },
      }),
    ).toEqual([]);
  });

  test('the exceedance curve follows the Poisson distribution as far as there are years for it', () => {
    for (const years of runs) {
      const curve = lossOf(years).exceedance;
      // Of 5000 years a point at 0.1 % stands on five.
      expect(curve.map(({ probability }) => probability)).toEqual([
        0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001,
      ]);
      const off = curve.filter(({ loss, probability }) => !isWithin(loss, ends(1 - probability, YEARS)));
      expect(off).toEqual([]);
    }
  });
});
