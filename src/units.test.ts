import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatAmount,
  formatAvailability,
  formatHours,
  formatMoney,
  formatShare,
  HOURS_PER_YEAR,
  parseDuration,
  parseMoney,
  parseMoneyRate,
  parseRate,
  parseShare,
  significant,
} from './units.ts';

fc.configureGlobal({ seed: 1 });

describe('a duration', () => {
  test.each([
    ['90s', 0.025],
    ['5m', 1 / 12],
    ['5min', 1 / 12],
    ['2h', 2],
    ['1h 30m', 1.5],
    ['1h30m', 1.5],
    ['3d', 72],
    ['1w', 168],
    ['1mo', HOURS_PER_YEAR / 12],
    ['1yr', HOURS_PER_YEAR],
    ['2y', 2 * HOURS_PER_YEAR],
    ['500ms', 0.5 / 3600],
    ['.5h', 0.5],
    [' 0s ', 0],
  ])('%s is so many hours', (text, hours) => {
    expect(parseDuration(text)).toBeCloseTo(hours, 12);
  });

  test.each(['', ' ', '5', 'h', '-5m', '5 minutes', '1h 30', '1,5h', '1e3h', '5M', `${'9'.repeat(400)}h`])(
    '"%s" is none',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});

describe('a rate', () => {
  test.each([
    ['0.3/yr', 0.3],
    ['2/month', 24],
    ['2/mo', 24],
    ['1/week', 365.25 / 7],
    ['1 / day', 365.25],
    ['1/h', HOURS_PER_YEAR],
  ])('%s is so many times a year', (text, times) => {
    expect(parseRate(text)).toBe(times);
  });

  test.each(['', '1', '1/', '/yr', '1/fortnight', '-1/yr', '1/constructor', '1/__proto__', '1/yr/yr'])(
    '"%s" is none',
    (text) => {
      expect(parseRate(text)).toBeUndefined();
    },
  );
});

describe('a share', () => {
  test('of whole hundredths of a percent is the double nearest to it', () => {
    for (let i = 0; i <= 10_000; i++) expect(parseShare(`${i / 100}%`)).toBe(i / 10_000);
  });

  test.each([
    ['99.95 %', 0.9995],
    ['120%', 1.2],
    ['.5%', 0.005],
  ])('%s is read', (text, share) => {
    expect(parseShare(text)).toBe(share);
  });

  test.each(['', '50', '0.5', '-1%', '%', '1e1%', '50%%'])('"%s" is none', (text) => {
    expect(parseShare(text)).toBeUndefined();
  });
});

describe('money', () => {
  test.each([
    ['250k USD', { amount: 250_000, currency: 'USD' }],
    ['1.5M EUR', { amount: 1_500_000, currency: 'EUR' }],
    ['2 bn USD', { amount: 2e9, currency: 'USD' }],
    ['7 USDT', { amount: 7, currency: 'USDT' }],
  ])('%s is an amount of a currency', (text, money) => {
    expect(parseMoney(text)).toEqual(money);
  });

  test.each([
    ['250k USD/h', 250_000],
    ['8766 USD/yr', 1],
    ['24 USD / day', 1],
    ['8766k USD/year', 1000],
  ])('%s is so much an hour', (text, amount) => {
    expect(parseMoneyRate(text)?.amount).toBeCloseTo(amount, 9);
    expect(parseMoneyRate(text)?.currency).toBe('USD');
  });

  test.each(['', '250K USD', '$250', '250 usd', '250,000 USD', '-1 USD', '1 USDOLLAR'])(
    '"%s" is none',
    (text) => {
      expect(parseMoney(text)).toBeUndefined();
      expect(parseMoneyRate(`${text}/h`)).toBeUndefined();
    },
  );

  test.each(['1 USD', '1 USD/fortnight', '1 USD/toString', '1 USD/'])('"%s" is none over time', (text) => {
    expect(parseMoneyRate(text)).toBeUndefined();
  });
});

describe('hours for people', () => {
  test.each([
    [0, '0'],
    [1e-9, '< 0.01 s'],
    [0.5 / 3600, '0.5 s'],
    [30 / 3600, '30 s'],
    [59.6 / 3600, '1 m'],
    [3.5 / 60, '3 m 30 s'],
    [12 / 60, '12 m'],
    [59.7 / 60, '1 h'],
    [12.5, '12 h 30 m'],
    [1 + 5 / 60, '1 h 05 m'],
    [99.2, '4 d 03 h'],
    [Number.NaN, 'unknown'],
    [Number.POSITIVE_INFINITY, 'unknown'],
  ])('%d are written %s', (hours, text) => {
    expect(formatHours(hours)).toBe(text);
  });

  test('never say sixty seconds or minutes, nor twenty-four hours', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 10_000, noNaN: true }), (hours) => {
        expect(formatHours(hours)).not.toMatch(/\b60 [ms]\b|\b24 h$/);
      }),
      { numRuns: 2000 },
    );
  });

  test('of whole minutes are read again as what they were', () => {
    for (let minutes = 1; minutes < 72 * 60; minutes++)
      expect(parseDuration(formatHours(minutes / 60).replaceAll(/(\d) /g, '$1'))).toBeCloseTo(
        minutes / 60,
        12,
      );
  });
});

describe('figures for people', () => {
  test.each([
    [1_530_000, '1.53M'],
    [440_000, '440k'],
    [525, '525'],
    [999.6, '1k'],
    [999_600, '1M'],
    [2_000_000_000, '2bn'],
    [0, '0'],
    [-1500, '-1.5k'],
    [0.25, '0.25'],
  ])('%d is written %s', (amount, text) => {
    expect(formatAmount(amount)).toBe(text);
    expect(formatMoney(amount, 'USD')).toBe(`${text} USD`);
  });

  test.each([
    [0, '100 %'],
    [1, '0 %'],
    [0.00143, '99.857 %'],
    [1.4e-6, '99.999860 %'],
    [0.3, '70.00 %'],
    [1e-15, '> 99.999999999999 %'],
  ])('being down %d of the time is availability %s', (down, text) => {
    expect(formatAvailability(down)).toBe(text);
  });

  test('a chance of being down is never written as 100 %', () => {
    fc.assert(
      fc.property(fc.double({ min: -20, max: -0.001, noNaN: true }), (exponent) => {
        expect(formatAvailability(10 ** exponent)).not.toMatch(/^100/);
      }),
    );
  });

  test.each([
    [0, '0 %'],
    [0.0005, '< 0.1 %'],
    [0.004, '0.4 %'],
    [0.0096, '1 %'],
    [0.314, '31 %'],
    [0.99, '99 %'],
    [0.9983, '99.8 %'],
    [0.9999, '> 99.9 %'],
    [1, '100 %'],
  ])('the share %d is written %s', (share, text) => {
    expect(formatShare(share)).toBe(text);
  });

  test.each([
    [0.012_34, '0.0123'],
    [12.3456, '12.3'],
    [1234, '1234'],
    [1.5e-7, '1.5e-7'],
    [2.5e7, '2.5e+7'],
  ])('%d has its significant digits in %s', (value, text) => {
    expect(significant(value)).toBe(text);
  });
});
