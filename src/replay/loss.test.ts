import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePlan } from '../plan/index.ts';
import { businessHours, lossBetween, type Peak } from './loss.ts';

fc.configureGlobal({ seed: 1 });

const HOUR = 3_600_000;
/** Midnight. @unit ms */
const DAY = Date.UTC(2026, 9, 5);

/** A peak as a plan has it. */
function peakOf(from: string, to: string, share: string): Peak {
  const text = `keelson: 1
platform: {name: P, asOf: 2026-11-01, peak: {from: '${from}', to: '${to}', share: ${share}}}
journeys: {j: {modes: {m: {needs: p/a}}}}
providers: {p: {capabilities: {a: {outages: none}}}}
catalog: none
`;
  const { plan, problems } = parsePlan(text, 'plan.yaml');
  const peak = plan?.platform.peak;
  if (peak === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return peak;
}

/** Sixty per cent of a day in eight hours of it: 1.8 an hour in them, 0.4 · 24 ÷ 16 = 0.6 outside. */
const AFTERNOON = peakOf('13:00', '21:00', '60%');
/** Four fifths in eight hours past midnight: 2.4 an hour, else 0.3. */
const NIGHT = peakOf('22:00', '06:00', '80%');
const hours = (from: number, to: number, peak?: Peak): number =>
  businessHours(DAY + from * HOUR, DAY + to * HOUR, peak);

describe('the business of some hours', () => {
  test('is their number where all hours are alike', () => {
    expect(hours(1.5, 4)).toBe(2.5);
    expect(hours(3, 3)).toBe(0);
  });

  test.each([
    [13, 21, 14.4],
    [0, 13, 7.8],
    [21, 24, 1.8],
    [12, 14, 2.4],
    [20.5, 21.5, 1.2],
    [14, 15.5, 2.7],
    [22, 37, 9], // to 13 o'clock of the next day
  ])('from %d to %d o’clock is %d with a peak in the afternoon', (from, to, wanted) => {
    expect(hours(from, to, AFTERNOON)).toBeCloseTo(wanted, 9);
  });

  test.each([
    [22, 30, 19.2],
    [0, 6, 14.4],
    [22, 24, 4.8],
    [6, 22, 4.8],
    [5, 7, 2.7],
    [21, 23, 2.7],
    [23, 25, 4.8],
  ])('from %d to %d o’clock is %d with a peak past midnight', (from, to, wanted) => {
    expect(hours(from, to, NIGHT)).toBeCloseTo(wanted, 9);
  });

  test('of a peak that holds all of the day is all in it, and one that holds none is all outside', () => {
    expect(hours(13, 21, peakOf('13:00', '21:00', '100%'))).toBeCloseTo(24, 9);
    expect(hours(21, 37, peakOf('13:00', '21:00', '100%'))).toBeCloseTo(0, 9);
    expect(hours(13, 21, peakOf('13:00', '21:00', '0%'))).toBeCloseTo(0, 9);
  });

  test('is refused to a peak that ends when it begins; it may end at 24:00', () => {
    expect(() => peakOf('13:00', '13:00', '60%')).toThrow(/end at another time/);
    expect(hours(12, 24, peakOf('18:00', '24:00', '50%'))).toBe(6 * (12 / 18) + 12);
  });

  const minute = fc.integer({ min: 0, max: 24 * 60 - 1 });
  const clock = (minutes: number): string =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const anyPeak = fc
    .record({ from: minute, to: minute, share: fc.integer({ min: 0, max: 100 }) })
    .filter(({ from, to }) => from !== to)
    .map(({ from, to, share }) => peakOf(clock(from), clock(to), `${share}%`));
  const moment = fc.integer({ min: -3 * 24 * HOUR, max: 40 * 24 * HOUR });

  test('of a whole day are 24, whenever it begins', () => {
    fc.assert(
      fc.property(anyPeak, moment, fc.integer({ min: 1, max: 5 }), (peak, from, days) => {
        expect(businessHours(DAY + from, DAY + from + days * 24 * HOUR, peak)).toBeCloseTo(24 * days, 6);
      }),
    );
  });

  test('add up, are never negative, and are in the peak what the plan says', () => {
    fc.assert(
      fc.property(anyPeak, fc.array(moment, { minLength: 3, maxLength: 3 }), (peak, drawn) => {
        const [a = 0, b = 0, c = 0] = [...drawn].sort((one, other) => one - other).map((ms) => DAY + ms);
        const whole = businessHours(a, c, peak);
        expect(businessHours(a, b, peak) + businessHours(b, c, peak)).toBeCloseTo(whole, 6);
        expect(whole).toBeGreaterThanOrEqual(-1e-9);
        const end = peak.to > peak.from ? peak.to : peak.to + 24;
        expect(businessHours(DAY + peak.from * HOUR, DAY + end * HOUR, peak)).toBeCloseTo(24 * peak.share, 6);
      }),
    );
  });
});

describe('the loss of a part of a stay away from the first mode', () => {
  const BEGAN = DAY + 9 * HOUR;
  const FLAT = { loss: [{ afterHours: 0, perHour: 600 }] };
  const STEPS = {
    loss: [
      { afterHours: 0, perHour: 100 },
      { afterHours: 1, perHour: 1000 },
      { afterHours: 4, perHour: 10_000 },
    ],
  };
  const WAITING = { loss: [{ afterHours: 2, perHour: 500 }] };
  const lost = (of: Parameters<typeof lossBetween>[0], from: number, to: number, worth = 0): number =>
    lossBetween(of, BEGAN, BEGAN + from * HOUR, BEGAN + to * HOUR, worth, undefined);

  test('is the rate times the hours', () => {
    expect(lost(FLAT, 0, 2.5)).toBeCloseTo(1500, 9);
    expect(lost(FLAT, 3, 4)).toBeCloseTo(600, 9);
  });

  test('is what the mode is worth less', () => {
    expect(lost(FLAT, 0, 2.5, 0.6)).toBeCloseTo(600, 9);
    expect(lost(FLAT, 0, 2.5, 1)).toBe(0);
  });

  test('rises in steps on the clock that began when the first mode was left', () => {
    expect(lost(STEPS, 0, 0.5)).toBeCloseTo(50, 9);
    expect(lost(STEPS, 0, 1)).toBeCloseTo(100, 9);
    // 100 + 3 · 1000 + 2 · 10,000
    expect(lost(STEPS, 0, 6)).toBeCloseTo(23_100, 9);
    expect(lost(STEPS, 0.5, 1.5)).toBeCloseTo(550, 9);
    expect(lost(STEPS, 5, 6)).toBeCloseTo(10_000, 9);
  });

  test('is nothing before a first step that begins later', () => {
    expect(lost(WAITING, 0, 2)).toBe(0);
    expect(lost(WAITING, 0, 2.5)).toBeCloseTo(250, 9);
    expect(lost(WAITING, 3, 4)).toBeCloseTo(500, 9);
  });

  test('is nothing where the plan does not say what it costs, and over no time', () => {
    expect(lost({ loss: null }, 0, 5)).toBe(0);
    expect(lost(FLAT, 2, 2)).toBe(0);
    expect(lost(FLAT, 3, 2)).toBe(0);
  });

  test('weighs by the hour of the day: the same stay costs more in the peak', () => {
    // From 12 to 15: one hour at 0.6 and two at 1.8, of which the last is in the second step.
    const steps = {
      loss: [
        { afterHours: 0, perHour: 100 },
        { afterHours: 2, perHour: 1000 },
      ],
    };
    const noon = DAY + 12 * HOUR;
    const inPeak = lossBetween(steps, noon, noon, noon + 3 * HOUR, 0.5, AFTERNOON);
    expect(inPeak).toBeCloseTo(0.5 * (100 * 0.6 + 100 * 1.8 + 1000 * 1.8), 6);
    const morning = DAY + 5 * HOUR;
    const before = lossBetween(steps, morning, morning, morning + 3 * HOUR, 0.5, AFTERNOON);
    expect(before).toBeCloseTo(0.5 * 0.6 * 1200, 6);
  });

  const steps = fc
    .array(fc.record({ gap: fc.integer({ min: 0, max: 300 }), perHour: fc.integer({ min: 0, max: 9000 }) }), {
      minLength: 1,
      maxLength: 4,
    })
    .map((all) => {
      let afterHours = -1 / 60;
      return {
        loss: all.map(({ gap, perHour }) => {
          afterHours += (gap + 1) / 60;
          return { afterHours, perHour };
        }),
      };
    });
  const minutes = fc.integer({ min: 0, max: 3000 });
  const peaks = fc.constantFrom(undefined, AFTERNOON, NIGHT);

  test('adds up over parts of the stay, and over modes by what they are worth', () => {
    fc.assert(
      fc.property(
        steps,
        fc.array(minutes, { minLength: 3, maxLength: 3 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        peaks,
        (of, drawn, worth, peak) => {
          const [a = 0, b = 0, c = 0] = drawn.map((one) => BEGAN + one * 60_000).sort((x, y) => x - y);
          const of_ = (from: number, to: number, share: number): number =>
            lossBetween(of, BEGAN, from, to, share, peak);
          const whole = of_(a, c, worth);
          const close = 1e-9 * Math.max(1, Math.abs(whole)) + 1e-3;
          expect(Math.abs(of_(a, b, worth) + of_(b, c, worth) - whole)).toBeLessThan(close);
          expect(Math.abs(of_(a, c, 0) * (1 - worth) - whole)).toBeLessThan(close);
          expect(whole).toBeGreaterThanOrEqual(-1e-6);
        },
      ),
    );
  });

  test('is the sum over minutes of rate times weight', () => {
    fc.assert(
      fc.property(steps, minutes, fc.integer({ min: 0, max: 600 }), peaks, (of, begin, length, peak) => {
        let sum = 0;
        for (let i = begin; i < begin + length; i++) {
          const rate = of.loss.filter(({ afterHours }) => afterHours * 60 <= i + 0.5).at(-1)?.perHour ?? 0;
          const at = BEGAN + i * 60_000;
          sum += rate * businessHours(at, at + 60_000, peak);
        }
        const [from, to] = [BEGAN + begin * 60_000, BEGAN + (begin + length) * 60_000];
        expect(Math.abs(lossBetween(of, BEGAN, from, to, 0, peak) - sum)).toBeLessThan(0.05);
      }),
    );
  });
});
