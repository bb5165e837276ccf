import { describe, expect, test } from 'vitest';
import { sector, type Sector, type SectorTable } from '../sector/index.ts';
import { hostile } from '../../test/hostile.ts';
import { sectorCsv, sectorMarkdown, sectorText } from './index.ts';
import { between, countedUnit, oftenSay, ratioSay } from './sector-words.ts';
import { widthOf } from './table.ts';

const TABLE: SectorTable = {
  name: 'example',
  title: 'Example',
  asOf: '2026-11-01',
  unit: 'platforms',
  source: 'made up',
  licence: 'none',
  limits: ['It is made up.'],
  providers: ['a', 'b', 'c'].map((name, i) => ({
    name,
    title: name,
    probability: 0.001,
    ratePerYear: 2,
    basis: 'assumed',
    standsOn: i === 0 ? [['b']] : [],
  })),
  platforms: ['x', 'y', 'z'].map((name, i) => {
    const need = { need: 'dns', providers: i === 2 ? ['b', 'c'] : ['a'] };
    return { name, kind: 'site', weight: 1, ways: [need], uses: need.providers, needs: [need] };
  }),
};

describe('the text of a sector', () => {
  test('is as wide as it may be, and says first who takes most down', () => {
    for (const width of [60, 80, 120]) {
      const lines = sectorText(sector(TABLE), { width }).split('\n');
      expect(lines[2]).toMatch(/^ {2}One provider takes down 67 % of the platforms: a \(and/);
      if (width >= 80)
        for (const line of lines.slice(1)) expect(widthOf(line), line).toBeLessThanOrEqual(width);
    }
  });

  test('leaves no percent sign behind at the beginning of a line', () => {
    for (let width = 40; width <= 120; width++)
      expect(sectorText(sector(TABLE), { width }), `${width} wide`).not.toMatch(/^ *%/m);
  });

  test('has nothing in it that misleads a terminal or a reader of Markdown, whatever names say', () => {
    const result: Sector = hostile(sector(TABLE, { without: ['a'] }));
    for (const text of [sectorText(result), sectorMarkdown(result), sectorCsv(result)]) {
      expect(text.replaceAll('\r\n', '\n')).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}]*$/mu);
      expect(text.replace(/\r?\n/g, '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
    }
    expect(sectorMarkdown(result).replace(/(?<!\\)`[^`]*`/g, '')).not.toMatch(/(?<!\\)</);
  });

  test('says one of what there is one', () => {
    const one = { ...TABLE, platforms: TABLE.platforms.slice(0, 1) };
    const text = sectorText(sector(one, { without: ['a'] }));
    expect(text).toMatch(/^Example {4}1 platform · 3 providers/);
    expect(text).toContain('Without a: 1 platform down, 100 % of the platforms.');
    expect(['platforms', 'companies', 'addresses', 'sites'].map((unit) => countedUnit(1, unit))).toEqual([
      '1 platform',
      '1 company',
      '1 address',
      '1 site',
    ]);
  });

  test('leaves out what there is none of', () => {
    const text = sectorText(
      sector({
        ...TABLE,
        platforms: TABLE.platforms.map((one) => ({ ...one, ways: [], needs: [], uses: [] })),
      }),
    );
    expect(text).toContain('No provider takes any of the platforms down alone, as far as is known.');
    expect(text).toContain('The loss of all that is known does not take down a third, half and two thirds.');
    expect(text).not.toContain('NEED');
  });
});

describe('bounds and rarities in words', () => {
  const show = (value: number): string => String(value);
  test.each([
    [[2, 2], '2'],
    [[0, 2], 'at most 2'],
    [[1, 2], '1 – 2'],
  ] as const)('%s is %s', (interval, words) => {
    expect(between(interval, show)).toBe(words);
  });

  test.each([
    [null, 'unknown'],
    [[0, 0], 'never'],
    [[5.9, 5.9], '5.9 a year'],
    [[0.1, 0.1], 'once in 10 years'],
    [[0.05, 0.1], 'once in 10 – 20 years'],
    [[0, 0.1], 'at most once in 10 years'],
    [[1e-8, 1e-8], 'once in 100M years'],
  ] as const)('%s a year is %s', (perYear, words) => {
    expect(oftenSay(perYear)).toBe(words);
  });

  test('how many times as likely is said as far as it can be', () => {
    const none = { probability: [0, 0], hoursPerYear: [0, 0], perYear: null } as const;
    const some = { ...none, probability: [0.1, 0.1] } as const;
    const row = (ratio: readonly [number, number] | null, together: typeof none | typeof some = some) =>
      ratioSay({ share: 0.1, together, independent: none, ratio });
    expect([row([2, 2]), row([0.41, 0.41]), row([1e9, 1e10]), row(null), row(null, none)]).toEqual([
      '2×',
      '0.41×',
      '> 1M×',
      'beyond measure',
      '–',
    ]);
  });
});
