import axe from 'axe-core';
import type { Page } from 'puppeteer-core';
import { describe, expect, test } from 'vitest';
import { isWhole } from '../whole.ts';
import { isSkipped, whySkipped } from './chromium.ts';
import { BEFORE, HARBOR, SIZES, follow, useReader, type Size } from './report-page.ts';

const FAILED = 'without=cloudflare&without=identity&selected=edge';
const REPLAYED = 'incident=cloudflare-2025-11-18&at=2025-11-18T12:30:00.000Z&selected=journey:trade';
const LOOKED_AT = [
  'view=map',
  `view=map&${FAILED}`,
  `view=map&${REPLAYED}`,
  'view=replay',
  `view=replay&${REPLAYED}`,
  'view=loss',
  `view=security&${FAILED}`,
  'view=advice&plan=2',
  'view=evidence&selected=cloudflare',
  'view=compare',
];

/** What is serious about a page, a line each. */
function serious(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { axe: engine } = globalThis as unknown as { axe: typeof axe };
    const { violations } = await engine.run(document, { resultTypes: ['violations'] });
    // A box that is too narrow shows the beginning of its name, and is called by all of it.
    const isShortened = (rule: string, target: unknown): boolean =>
      rule === 'label-content-name-mismatch' &&
      document.querySelector(String(target))?.querySelector('text')?.textContent?.endsWith('…') === true;
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) =>
        nodes
          .filter(({ target: [target] }) => !isShortened(id, target))
          .map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`),
      );
  });
}

describe.skipIf(isSkipped)(`axe${whySkipped}`, () => {
  const reader = useReader();

  describe.each(Object.keys(SIZES) as Size[])('at the size of a %s', (size) => {
    const one: 'light' | 'dark' = size === 'desk' ? 'light' : 'dark';
    test.each(isWhole ? (['light', 'dark'] as const) : [one])(
      'finds nothing serious in the %s page',
      async (scheme) => {
        const page = await reader().open(reader().make(HARBOR, BEFORE), { size, scheme });
        await page.evaluate(axe.source);
        const found: Record<string, string[]> = {};
        for (const hash of LOOKED_AT) {
          await follow(page, hash);
          const said = await serious(page);
          if (said.length > 0) found[hash] = said;
        }
        expect(found).toEqual({});
      },
    );
  });
});
