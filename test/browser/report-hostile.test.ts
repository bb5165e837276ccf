import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { printable } from '../../src/problems.ts';
import { isSkipped, whySkipped } from './chromium.ts';
import { hostilePlan, LINKS, TEXTS } from './hostile-plan.ts';
import { SIZES, follow, textOf, useReader, type Size } from './report-page.ts';

const VIEWS = ['map', 'replay', 'loss', 'security', 'advice', 'evidence', 'compare'];

/** What the page itself is made of, and nothing of a plan's. */
const OWN = { script: 2, style: 1, meta: 5, link: 0, base: 0, form: 0, frames: 0, pictures: 0, handlers: 0 };

describe.skipIf(isSkipped)(`a hostile plan${whySkipped}`, () => {
  const reader = useReader();
  let file = '';

  beforeAll(() => {
    const plans = Object.values(TEXTS).map((text, i) => {
      const plan = join(reader().folder, `${i}.json`);
      writeFileSync(plan, hostilePlan(text));
      return plan;
    });
    file = reader().make(...plans);
  });

  test.each(Object.keys(SIZES) as Size[])(
    'shows its texts as they are, and nothing wider than the window, at the size of a %s',
    async (size) => {
      const page = await reader().open(file, { size });
      for (const [i, [name, text]] of Object.entries(TEXTS).entries()) {
        const shown = seenAs(printable(text.slice(0, 200)));
        for (const view of VIEWS) {
          await follow(page, `plan=${i + 1}&view=${view}&without=evil/cdn&selected=edge`);
          expect(await lookAt(page), `${name}, ${view}`).toEqual({ made: OWN, isWider: false, title: shown });
        }
      }
    },
  );

  test('is believed for sources that are shown as text, and linked only to the web', async () => {
    const page = await reader().open(file);
    for (const [i, [name, text]] of Object.entries(TEXTS).entries()) {
      await follow(page, `plan=${i + 1}&view=evidence`);
      const rows = await textOf(page, '#panel-evidence');
      expect(seenAs(rows), name).toContain(seenAs(printable(text.slice(0, 2000))));
      const links = await page.$$eval('a', (all) => all.map(({ href, rel }) => ({ href, rel })));
      expect(new Set(links.map(({ href }) => href))).toEqual(
        new Set(LINKS.map((link) => new URL(link).href)),
      );
      for (const { rel } of links) expect(rel).toContain('noopener');
    }
  });

  test('is named as it is in the title of the window', async () => {
    const page = await reader().open(file);
    const names = Object.values(TEXTS).map((text) => seenAs(printable(text.slice(0, 200))));
    expect(await page.title()).toBe(`${names.join(' · ')} – Keelson`);
  });

  test('is printed as it is', async () => {
    const page = await reader().open(file);
    for (let plan = 1; plan <= Object.keys(TEXTS).length; plan++) {
      await follow(page, `plan=${plan}`);
      await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
      expect(await madeOf(page)).toEqual(OWN);
      await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    }
  });
});

/** White space is shown once, wherever it is. */
function seenAs(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

async function lookAt(page: Page): Promise<{ made: typeof OWN; isWider: boolean; title: string }> {
  const made = await madeOf(page);
  const isWider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  return { made, isWider, title: seenAs(await textOf(page, 'h1')) };
}

function madeOf(page: Page): Promise<typeof OWN> {
  return page.evaluate(() => {
    const count = (selector: string): number => document.querySelectorAll(selector).length;
    const isHandled = (one: Element): boolean =>
      one
        .getAttributeNames()
        .some((name) => name.startsWith('on') || name === 'srcdoc' || name === 'formaction');
    return {
      script: count('script'),
      style: count('style'),
      meta: count('meta'),
      link: count('link'),
      base: count('base'),
      form: count('form'),
      frames: count('iframe, frame, object, embed, portal'),
      pictures: count('img, image, video, audio, picture, source, use, foreignObject'),
      handlers: [...document.querySelectorAll('*')].filter(isHandled).length,
    };
  });
}
