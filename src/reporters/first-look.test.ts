import { expect, test } from 'vitest';
import { assess } from '../assess/index.ts';
import { EMPTY_CATALOG } from '../catalog/index.ts';
import { buildModel } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import { firstLook } from './first-look.ts';
import { journeyFigures } from './journey-figures.ts';

function assessed(name: string) {
  const text = JSON.stringify({
    keelson: 1,
    platform: { name, asOf: '2026-11-01' },
    journeys: { login: { slo: '99%', modes: { full: { needs: 'web' } } } },
    services: { web: { outages: { rate: '1/yr', mean: '1h' } } },
    catalog: 'none',
  });
  const { plan } = parsePlan(text, 'plan.yaml');
  const { model } = plan === undefined ? { model: undefined } : buildModel(plan, EMPTY_CATALOG);
  if (model === undefined) throw new Error('The plan makes no sense.');
  return assess(model, { advice: false });
}

const tagsOf = (html: string): string[] => html.match(/<[^>]*>/g) ?? [];

test.each([
  '</script><script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><b>',
  '<!--data-->',
  '$& $1',
])('a name is text before the page has run: %s', (name) => {
  expect(tagsOf(firstLook(assessed(name)))).toEqual(tagsOf(firstLook(assessed('x'))));
});

test('the answer and the figures of every journey are there without a script', () => {
  const answer = assessed('Harbor');
  const html = firstLook(answer);
  expect(html).toContain('<h1>Harbor</h1>');
  expect(html).toContain('1 journey of 1 hangs on single points');
  for (const journey of answer.journeys) {
    const { fullService, down, target } = journeyFigures(journey, 'USD');
    for (const figure of [fullService, down, `${target} met`]) expect(html).toContain(`<td>${figure}</td>`);
  }
});
