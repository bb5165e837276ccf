import { describe, expect, test } from 'vitest';
import { modelOf } from '../../test/oracle/models.ts';
import { assess, harmBetween, protectionsGivenUp } from './index.ts';

const planOf = (journeys: string, services: string): ReturnType<typeof modelOf> =>
  modelOf(
    `keelson: 1\nplatform: {name: P, asOf: 2026-11-01}\ncatalog: none\njourneys: {${journeys}}\nservices: {${services}}\n`,
  );
const of = (journeys: string, services: string): ReturnType<typeof assess> =>
  assess(planOf(journeys, services), { advice: false, draws: 0, top: 0 });
const trade = 'trade: {tier: core, modes: {full: {needs: [book]}}}';
const sites = (rate: number): string =>
  `a: {outages: {rate: ${rate}/yr, mean: 10h}}, b: {outages: {rate: 1/yr, mean: 10h}}`;
const two = of(trade, `book: {outages: none, any: [a, b]}, ${sites(1)}`);

describe('what a plan would make worse', () => {
  test('is nothing where it is the same, or better', () => {
    expect(harmBetween(two, two)).toEqual([]);
    expect(harmBetween(two, of(trade, `book: {outages: none, any: [a, b]}, ${sites(0.5)}`))).toEqual([]);
  });

  test('is a new single point, and more time down', () =>
    expect(harmBetween(two, of(trade, `book: {outages: none, any: [a]}, ${sites(1)}`))).toEqual([
      'trade newly hangs on a alone.',
      expect.stringMatching(/^trade is down longer: .* a year before, 9 h \d+ m with it\.$/),
    ]));

  test('is more than 5 % more hours down, and not less', () => {
    // Both of two: q² of two alike, so 4.9 % more of one is 4.9 % more.
    const more = (rate: number): string[] =>
      harmBetween(two, of(trade, `book: {outages: none, any: [a, b]}, ${sites(rate)}`));
    expect(more(1.049)).toEqual([]);
    expect(more(1.052)).toEqual([expect.stringContaining('trade is down longer')]);
  });

  test('is a core journey that is gone, or no longer core', () => {
    const services = `book: {outages: none, any: [a, b]}, ${sites(1)}`;
    expect(harmBetween(two, of('pay: {tier: core, modes: {full: {needs: [book]}}}', services))).toEqual([
      'trade is gone.',
    ]);
    const lower = trade.replace('tier: core', 'tier: deferrable');
    expect(harmBetween(two, of(lower, services))).toEqual(['trade is no longer core but deferrable.']);
  });

  test('is being served without a protection that was never missing', () => {
    const exposed =
      'trade: {tier: core, protections: {need: [waf], missing: serve}, modes: {full: {needs: [book]}}}';
    const services = (protects: string): string => `book: {outages: none${protects}}`;
    const before = of(exposed, services(', protects: [waf]'));
    expect(harmBetween(before, of(exposed, services('')))).toEqual([
      expect.stringMatching(/^trade is newly served without a protection/),
    ]);
  });

  test('is a protection that is no longer asked for, in any mode', () => {
    const pay = (journey: string, mode = ''): ReturnType<typeof modelOf> =>
      planOf(`pay: {tier: core${journey}, modes: {full: {needs: [book]}${mode}}}`, 'book: {protects: [waf]}');
    const asks = (need: string): string => `, protections: {need: [${need}], missing: serve}`;
    const before = pay(asks('waf, bot'));
    expect(protectionsGivenUp(before, before)).toEqual([]);
    expect(protectionsGivenUp(before, pay(asks('bot, waf, ddos')))).toEqual([]);
    expect(protectionsGivenUp(before, pay(asks('bot')))).toEqual(['pay no longer asks for waf.']);
    expect(protectionsGivenUp(before, pay(''))).toEqual(['pay no longer asks for waf, bot.']);
    const bare = pay(asks('waf, bot'), ', bare: {worth: 50%, needs: [book], protections: none}');
    expect(protectionsGivenUp(before, bare)).toEqual(['pay no longer asks for waf, bot.']);
    expect(protectionsGivenUp(bare, bare)).toEqual([]);
  });

  test('is none of its concern where the journey is not core', () => {
    const can = trade.replace('tier: core', 'tier: important');
    const before = of(can, `book: {outages: none, any: [a, b]}, ${sites(1)}`);
    expect(harmBetween(before, of(can, `book: {outages: none, any: [a]}, ${sites(1)}`))).toEqual([]);
  });
});
