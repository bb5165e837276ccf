import type { Page } from 'puppeteer-core';
import { describe, expect, test } from 'vitest';
import { randomStream } from '../../src/random.ts';
import { isSkipped, whySkipped } from './chromium.ts';
import { modelOf, modesWithout } from './report-model.ts';
import {
  BEFORE,
  HARBOR,
  follow,
  addressOf,
  hashOf,
  journeysSeen,
  settle,
  statesSeen,
  textOf,
  useReader,
} from './report-page.ts';

const model = modelOf(HARBOR);

/** What the reader sees of the state that a link carries. */
async function seen(page: Page): Promise<unknown> {
  return {
    title: await textOf(page, 'h1'),
    journeys: await journeysSeen(page),
    states: await statesSeen(page),
    tab: await page.$eval('[role="tab"][aria-selected="true"]', (tab) => tab.id),
    doing: await textOf(page, '.doing'),
    details: await textOf(page, 'aside.right'),
    incident: await page.$eval('.strip select', (select) => select.value),
    strip: await textOf(page, '.strip'),
  };
}

describe.skipIf(isSkipped)(`a link into the page${whySkipped}`, () => {
  const reader = useReader();
  const open = (hash = ''): Promise<Page> => reader().open(reader().make(HARBOR, BEFORE), { hash });

  test('shows the same to whoever opens it', async () => {
    const page = await open();
    const steps: (() => Promise<unknown>)[] = [
      () => page.click('[data-id="aws@us-east-1"] > rect'),
      () => page.click('[data-id="identity"] > rect'),
      () => page.click('#tab-advice'),
      () => page.click('#panel-advice button[aria-pressed="false"]'),
      () => page.click('[data-journey="trade"] button'),
      () => page.select('.strip select', 'cloudflare-2025-11-18'),
      () =>
        page.$eval('.strip input', (input) => input.focus()).then(() => page.keyboard.press('ArrowRight')),
      () => page.click('#tab-map'),
    ];
    for (const [i, step] of steps.entries()) {
      await step();
      await settle(page);
      // After one step, after all, and after two between.
      if (![0, 3, 4, 7].includes(i)) continue;
      const other = await open(await addressOf(page));
      expect(await seen(other)).toEqual(await seen(page));
      expect(await addressOf(other)).toBe(await addressOf(page));
      await page.bringToFront();
    }
    expect(await addressOf(page)).toContain('incident');
    expect(await addressOf(page)).toContain('change');
  });

  test('is followed in the page that is open, there and back', async () => {
    const page = await open();
    const first = await seen(page);
    await follow(page, hashOf(['cloudflare']));
    const second = await seen(page);
    await follow(page, 'view=evidence&plan=2');
    await page.evaluate(() => history.back());
    await page.waitForFunction(() => location.hash.includes('cloudflare'));
    await settle(page);
    expect(await seen(page)).toEqual(second);
    await page.evaluate(() => history.back());
    await page.waitForFunction(() => location.hash === '');
    await settle(page);
    expect(await seen(page)).toEqual(first);
  });

  test('that makes no sense is read as far as it does', async () => {
    const page = await open(
      'plan=7&view=nowhere&without=cloudflare&without=&incident=no-such&at=yesterday&selected=nobody&change=Do+nothing',
    );
    expect((await journeysSeen(page)).map(({ mode }) => mode)).toEqual(modesWithout(model, ['cloudflare']));
    expect(await addressOf(page)).toBe('without=cloudflare&selected=nobody');
    await follow(page, 'without=nobody&without=identity');
    expect(await textOf(page, '.doing')).toContain('nobody is not in this plan');
    expect(await textOf(page, '.answer')).toContain('With identity failed');
    expect((await journeysSeen(page)).map(({ mode }) => mode)).toEqual(modesWithout(model, ['identity']));
  });

  test('breaks nothing, whatever it says', async () => {
    const page = await open();
    const random = randomStream('links');
    const pick = <Of>(of: readonly Of[]): Of => of[Math.floor(random() * of.length)] as Of;
    const keys = [
      'plan',
      'view',
      'without',
      'change',
      'incident',
      'at',
      'selected',
      '',
      '__proto__',
      'constructor',
    ];
    const values = [
      '<img src=x onerror=alert(1)>',
      '"><script>alert(1)</script>',
      'javascript:alert(1)',
      '%00%ff%zz',
      '\u202e\u2028',
      `${'$'}{1}$&`,
      '-1',
      '1e309',
      '2',
      'NaN',
      '275760-09-13T00:00:00Z',
      '+275760-09-13T00:00:00.000Z',
      '-271821-04-20T00:00:00Z',
      'x'.repeat(600),
      'cloudflare',
      'map',
      '__proto__',
      'aws-us-east-1-2025-10-20',
      'cloudflare-2025-11-18',
      'toString',
    ];
    for (let i = 0; i < 60; i++) {
      const parts = Array.from({ length: 1 + Math.floor(random() * 6) }, () => {
        const value = pick(values);
        return `${pick(keys)}${pick(['=', '=', '=', '', '&', '=='])}${random() < 0.5 ? encodeURIComponent(value) : value}`;
      });
      await follow(page, parts.join(pick(['&', '&', '#', ';', '&&'])));
      expect(await textOf(page, 'h1'), parts.join('&')).toContain('Harbor Exchange');
    }
    await follow(page, `x&${hashOf(Array.from({ length: 5000 }, (_, i) => `name-${i}`))}`);
    await follow(page, hashOf(['cloudflare']));
    expect((await journeysSeen(page)).map(({ mode }) => mode)).toEqual(modesWithout(model, ['cloudflare']));
    expect(await page.$$eval('img, iframe, object, embed, base, form', (all) => all.length)).toBe(0);
  });
});
