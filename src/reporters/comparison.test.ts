import { describe, expect, test } from 'vitest';
import { assess } from '../assess/index.ts';
import { EMPTY_CATALOG } from '../catalog/index.ts';
import { compare, type Comparison } from '../compare/index.ts';
import { buildModel, type Model } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import { comparisonMarkdown, comparisonText } from './index.ts';
import { widthOf } from './table.ts';

interface Wanted {
  readonly name?: string;
  readonly rate?: string;
  readonly service?: string;
  readonly more?: string;
}

function planOf({ name = 'P', rate = '1/yr', service = 'app', more = '' }: Wanted): string {
  return `
keelson: 1
platform: {name: ${JSON.stringify(name)}, asOf: 2026-11-01${more}}
journeys:
  pay: {loss: 1k USD/h, slo: 99.9%, protections: {need: [waf], missing: serve}, modes: {full: {needs: [${service}]}}}
services:
  ${service}: {outages: {rate: ${rate}, mean: 1h, interval: [0.1/yr, 90/yr]}}
`;
}

function compared(...plans: readonly Wanted[]): Comparison {
  const models = plans.map((wanted, i): Model => {
    const { plan, problems } = parsePlan(planOf(wanted), `${i}.yaml`);
    const model = plan === undefined ? undefined : buildModel(plan, EMPTY_CATALOG).model;
    if (model === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
    return model;
  });
  const solve = (model: Model) => assess(model, { advice: false });
  return compare(
    models.map((model) => ({ model, assessment: solve(model) })),
    { solving: { catalog: EMPTY_CATALOG, assess: solve } },
  );
}

const HOSTILE = 'a\u202eb\u001b[31m</script>|`*_[x](y)\n# z';

describe('a comparison as text', () => {
  test('says first which is down least, and what the other is worth', () => {
    const text = comparisonText(compared({ name: 'Old', rate: '4/yr' }, { name: 'New', rate: '1/yr' }));
    const [title, , least, , worth] = text.split('\n');
    expect(title).toBe('2 plans side by side');
    expect(least).toBe('  New is down least in pay.');
    expect(worth).toContain(
      'New beside Old: 3 h less down a year over 1 common journey, and 3k USD less lost.',
    );
  });

  test('holds no control character, bidi mark or line end of a name', () => {
    const text = comparisonText(compared({ name: HOSTILE }, { name: `${HOSTILE}2`, rate: '2/yr' }));
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text).toContain('\\u{202e}');
    expect(text.split('\n').some((line) => line.startsWith('# z'))).toBe(false);
  });

  test.each([2, 3, 4, 5, 12])('of %i plans with long names is 120 columns wide at most', (count) => {
    const names = Array.from({ length: count }, (_, i) => ({
      name: `${'漢字 and words '.repeat(12)}${i}`,
      rate: `${i + 1}/yr`,
      service: 'x'.repeat(64),
    }));
    for (const line of comparisonText(compared(...names)).split('\n'))
      expect([line, widthOf(line) <= 120]).toEqual([line, true]);
  });

  test('has plans as columns up to four, and as rows above', () => {
    const names = ['A', 'B', 'C', 'D', 'E'].map((name) => ({ name }));
    const headOf = (text: string): string => text.split('\n').find((line) => line.startsWith('  PAY')) ?? '';
    expect(headOf(comparisonText(compared(...names.slice(0, 4)))).split(/ +/)).toEqual([
      '',
      'PAY',
      'A',
      'B',
      'C',
      'D',
    ]);
    expect(headOf(comparisonText(compared(...names)))).toContain('down a year');
  });

  test('says that nothing differs where nothing does', () => {
    expect(comparisonText(compared({ name: 'A' }, { name: 'B' }))).toContain('B beside A: nothing differs.');
  });

  test('gives no grade: a sum of figures of different kinds is nowhere', () => {
    expect(comparisonText(compared({ name: 'A' }, { name: 'B' }))).not.toMatch(/rank|grade|points:|\/ ?100/i);
  });
});

describe('a comparison as Markdown', () => {
  test('takes nothing of a name as markup', () => {
    const text = comparisonMarkdown(compared({ name: HOSTILE }, { name: `${HOSTILE}2`, rate: '2/yr' }));
    expect(text).not.toContain('</script>|');
    expect(text).not.toMatch(/^# z/m);
    const widths = new Set(
      text
        .split('\n')
        .filter((line) => line.startsWith('| '))
        .map((line) => line.replaceAll('\\|', '').split('|').length),
    );
    // Two plans beside labels, and the table of what differs.
    expect([...widths].sort()).toEqual([5, 7]);
  });
});
