import type { Page } from 'puppeteer-core';
import { describe, expect, test } from 'vitest';
import { assess, changedPlan, downHours } from '../../src/assess/index.ts';
import { buildModel, type Model } from '../../src/model/index.ts';
import { formatHours } from '../../src/units.ts';
import { isSkipped, whySkipped } from './chromium.ts';
import { assessed, catalog, journeysShown, modelOf, modesWithout, withoutUnits } from './report-model.ts';
import {
  BEFORE,
  SIZES,
  hashOf,
  journeysSeen,
  settle,
  statesSeen,
  textOf,
  useReader,
  type Size,
} from './report-page.ts';
import { mapOf } from '../../src/map/index.ts';

const model = modelOf(BEFORE);

function changed(from: Model, change: string): Model {
  const plan = changedPlan(from, catalog, change);
  const built = plan === undefined ? undefined : buildModel(plan, catalog).model;
  if (built === undefined) throw new Error(`Expected to know how to do this: ${change}`);
  return built;
}

describe.skipIf(isSkipped)(`advice in the page${whySkipped}`, () => {
  const reader = useReader();

  async function expectFigures(page: Page, of: Model, without: readonly string[] = []): Promise<void> {
    const shown = journeysShown(assessed(of, without), modesWithout(of, without));
    expect(withoutUnits(await journeysSeen(page), shown)).toEqual(shown);
  }

  test.each(Object.keys(SIZES) as Size[])(
    'is applied and taken back, with the figures of the changed plan, at the size of a %s',
    async (size) => {
      const page = await reader().open(reader().make(BEFORE), { size, hash: 'view=advice' });
      const apply = '#panel-advice button[aria-pressed="false"]';
      const first = assess(model, { catalog }).advice;
      const changes = await page.$$eval('#panel-advice li:has(button) .change', (all) =>
        all.map((one) => one.textContent),
      );
      expect(changes).toEqual(first.map(({ change }) => change));
      await page.click(apply);
      await settle(page);
      const one = changed(model, first[0]?.change ?? '');
      await expectFigures(page, one);
      expect(await textOf(page, '.doing')).toContain(first[0]?.change);
      const text = await textOf(page, '#panel-advice');
      for (const [i, journey] of assessed(one).journeys.entries()) {
        const before = assessed(model).journeys[i];
        if (before !== undefined)
          expect(text).toContain(`${formatHours(downHours(before))} → ${formatHours(downHours(journey))}`);
      }
      const second = assess(one, { catalog }).advice[0]?.change ?? '';
      await page.click(apply);
      await settle(page);
      const two = changed(one, second);
      await expectFigures(page, two);
      await page.click('#tab-map');
      await settle(page);
      expect(Object.keys(await statesSeen(page))).toEqual(mapOf(two).boxes.map(({ id }) => id));
      await page.click('#tab-advice');
      await settle(page);
      await page.click('#panel-advice button[aria-pressed="true"]');
      await settle(page);
      expect(await textOf(page, '.doing')).toBe('');
      await expectFigures(page, model);
    },
  );

  test('is solved with what has failed, in whichever order they come', async () => {
    const [advice] = assess(model, { catalog }).advice;
    const change = advice?.change ?? '';
    const page = await reader().open(reader().make(BEFORE), { hash: hashOf(['cloudflare'], { change }) });
    await expectFigures(page, changed(model, change), ['cloudflare']);
    await page.keyboard.press('Escape');
    await settle(page);
    await expectFigures(page, changed(model, change));
    await page.click('.doing [data-name]');
    await settle(page);
    await page.click('[data-id="cloudflare"] > rect');
    await settle(page);
    await expectFigures(page, model, ['cloudflare']);
    await page.click('#tab-advice');
    await settle(page);
    const changes = await page.$$eval('#panel-advice li:has(button) .change', (all) =>
      all.map((one) => one.textContent),
    );
    expect(changes).toEqual(
      assess(model, { catalog, without: ['cloudflare'] }).advice.map((one) => one.change),
    );
  });
});
