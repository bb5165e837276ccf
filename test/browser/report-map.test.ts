import type { Page } from 'puppeteer-core';
import { describe, expect, test } from 'vitest';
import { layoutOf, mapOf } from '../../src/map/index.ts';
import { nextBox } from '../../ui/views/walk.ts';
import { keelson } from '../cli/keelson.ts';
import { isSkipped, whySkipped } from './chromium.ts';
import { modelOf, modesWithout } from './report-model.ts';
import {
  addressOf,
  BEFORE,
  HARBOR,
  SIZES,
  follow,
  journeysSeen,
  settle,
  statesSeen,
  textOf,
  useReader,
  type Size,
} from './report-page.ts';

const model = modelOf(HARBOR);
const { blast } = JSON.parse(keelson(['assess', HARBOR, '--json', '--no-advice']).out);
const FULL = modesWithout(model, []);

/** One box of each kind that can fail. */
const CLICKED = [
  'cloudflare',
  'aws@us-east-1',
  'aws@us-east-1/use1-az4',
  'identity',
  'fastly/cdn',
  'gcp/compute@europe-west3/europe-west3-a',
];

async function press(page: Page, id: string, size: Size): Promise<void> {
  const box = `[data-box][data-id="${id}"] > rect`;
  await (size === 'phone' ? page.tap(box) : page.click(box));
  await settle(page);
}

async function modes(page: Page): Promise<string[]> {
  return (await journeysSeen(page)).map(({ mode }) => mode);
}

function isPressed(page: Page, id: string): Promise<string | null> {
  return page.$eval(`[data-box][data-id="${id}"]`, (box) => box.getAttribute('aria-pressed'));
}

/** What has the keyboard: its id on the map or in the page, else what it says. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const at = document.activeElement;
    if (at === null || at === document.body) return '';
    return at.getAttribute('data-id') ?? (at.id || (at.textContent ?? '').trim());
  });
}

describe.skipIf(isSkipped)(`the map${whySkipped}`, () => {
  const reader = useReader();
  const open = (size: Size, hash = ''): Promise<Page> =>
    reader().open(reader().make(HARBOR, BEFORE), { size, hash });

  describe.each(Object.keys(SIZES) as Size[])('at the size of a %s', (size) => {
    test('has a box for everything that the platform stands on, and all of them work', async () => {
      const states = await statesSeen(await open(size));
      expect(Object.keys(states)).toEqual(mapOf(model).boxes.map(({ id }) => id));
      expect([...new Set(Object.values(states))]).toEqual(['works']);
    });

    test('fails what is clicked, and heals it when it is clicked again', async () => {
      const page = await open(size);
      for (const id of CLICKED) {
        await press(page, id, size);
        expect(await isPressed(page, id), id).toBe('true');
        expect((await statesSeen(page))[id], id).toBe('failed');
        expect(await modes(page), id).toEqual(modesWithout(model, [id]));
        const known = blast.find(({ scope }: { scope: string }) => scope === id);
        if (known !== undefined) expect(await modes(page), id).toEqual(Object.values(known.journeys));
        const said = `without=${encodeURIComponent(id)}`;
        await page.waitForFunction((one) => location.hash.includes(one), {}, said);
        await press(page, id, size);
        expect(await isPressed(page, id), id).toBe('false');
        expect(await modes(page), id).toEqual(FULL);
      }
      expect([...new Set(Object.values(await statesSeen(page)))]).toEqual(['works']);
    });

    test('fails several at once, says which, and Escape heals them all', async () => {
      const page = await open(size);
      const failed: string[] = [];
      for (const id of ['cloudflare', 'site-frankfurt', 'infura']) {
        await press(page, id, size);
        failed.push(id);
        expect(await modes(page)).toEqual(modesWithout(model, failed));
      }
      const chips = await page.$$eval('.doing [data-name]', (all) =>
        all.map((one) => one.getAttribute('data-name')),
      );
      expect(chips).toEqual(failed);
      await page.click('.doing [data-name="site-frankfurt"]');
      await settle(page);
      expect(await modes(page)).toEqual(modesWithout(model, ['cloudflare', 'infura']));
      await page.keyboard.press('Escape');
      await settle(page);
      expect(await modes(page)).toEqual(FULL);
      expect(await addressOf(page)).not.toContain('without');
    });

    test('shows fallbacks in use, and failure in what stands on a place', async () => {
      const page = await open(size);
      await press(page, 'cloudflare', size);
      const states = await statesSeen(page);
      expect(states.edge).toBe('fallback');
      expect(states['cloudflare/cdn']).toBe('failed');
      expect(states['fastly/cdn']).toBe('works');
      const spoken = await page.$eval('[data-id="edge"]', (box) => box.getAttribute('aria-label'));
      expect(spoken).toContain('alternative 2 in use');
    });

    test('says what is selected, and what it needs', async () => {
      const page = await open(size);
      await press(page, 'identity', size);
      const details = 'aside.right';
      expect(await textOf(page, details)).toContain('identity');
      const heal = await page.waitForSelector(`${details} ::-p-text(Heal it)`);
      await heal?.click();
      await settle(page);
      expect(await modes(page)).toEqual(FULL);
      expect(await textOf(page, details)).toContain('Fail it');
      const need = await page.waitForSelector(`${details} .links ::-p-text(site-virginia)`);
      await need?.click();
      await settle(page);
      expect(await page.$eval(`${details} h2`, (title) => title.textContent)).toBe('site-virginia');
      await page.click('[data-journey="trade"] button');
      await settle(page);
      expect(await textOf(page, details)).toContain('What takes it down');
    });
  });

  test('is walked with arrow keys, and failed and healed with Enter and Space', async () => {
    const page = await open('desk');
    await page.focus('[role="tab"][aria-selected="true"]');
    // To the first box, past the tools of the map.
    for (let i = 0; i < 12 && !(await focused(page)).startsWith('journey:'); i++)
      await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('journey:login');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    const id = await focused(page);
    expect(mapOf(model).boxes.find((box) => box.id === id)?.fails).not.toBeNull();
    expect(await page.evaluate(() => document.activeElement?.matches(':focus-visible'))).toBe(true);
    await page.keyboard.press('Enter');
    await settle(page);
    expect(await isPressed(page, id)).toBe('true');
    expect(await modes(page)).toEqual(modesWithout(model, [id]));
    expect(await focused(page)).toBe(id);
    await page.keyboard.press('Space');
    await settle(page);
    expect(await isPressed(page, id)).toBe('false');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await settle(page);
    expect(await modes(page)).toEqual(FULL);
  });

  test('is entered with the keyboard at one box, from which arrows lead to every other', async () => {
    const page = await open('desk');
    const stops = await page.$$eval('[data-box][tabindex="0"]', (all) => all.length);
    expect(stops).toBe(1);
    const layout = layoutOf(mapOf(model));
    const reached = new Set([0]);
    for (const at of reached)
      for (const key of ['ArrowRight', 'ArrowLeft', 'ArrowDown', 'ArrowUp']) {
        const next = nextBox(layout, at, key);
        if (next !== undefined) reached.add(next);
      }
    const lost = mapOf(model).boxes.filter((_, i) => !reached.has(i));
    expect(lost.map(({ id }) => id)).toEqual([]);
  });

  test('changes its tabs with arrow keys', async () => {
    const page = await open('desk');
    const selected = (): Promise<string | null> =>
      page.$eval('[role="tab"][aria-selected="true"]', (tab) => tab.id);
    await page.focus('#tab-map');
    await page.keyboard.press('ArrowRight');
    expect([await selected(), await focused(page)]).toEqual(['tab-replay', 'tab-replay']);
    expect(await page.$('#panel-replay')).not.toBeNull();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    expect([await selected(), await focused(page)]).toEqual(['tab-compare', 'tab-compare']);
    await settle(page);
  });

  test('and every other view can be reached and left by Tab, and what has the keyboard is seen', async () => {
    const page = await open('desk');
    for (const view of ['map', 'replay', 'loss', 'security', 'advice', 'evidence', 'compare']) {
      await follow(page, `view=${view}&without=cloudflare&selected=edge`);
      await page.focus('.doing [data-name]');
      const wanted = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('button, select, input, a[href], [tabindex="0"]')]
          .filter((one) => one.tabIndex >= 0 && one.getClientRects().length > 0)
          .map((one, i) => {
            one.dataset.stop = String(i);
            return one.dataset.stop;
          }),
      );
      const met = new Set<string>();
      const unseen: string[] = [];
      for (let i = 0; i < wanted.length + 10 && met.size < wanted.length; i++) {
        await page.keyboard.press('Tab');
        const { stop, isSeen, says } = await page.evaluate(lookAtFocus);
        if (stop !== null) met.add(stop);
        if (!isSeen) unseen.push(says);
      }
      expect(
        wanted.filter((stop) => !met.has(stop)),
        view,
      ).toEqual([]);
      expect(unseen, view).toEqual([]);
    }
  });
});

/** Runs in the page. Whether what has the keyboard is marked: by an outline or a shadow, or, on the map, by its stroke. */
function lookAtFocus(): { stop: string | null; isSeen: boolean; says: string } {
  const at = document.activeElement;
  if (at === null || at === document.body) return { stop: null, isSeen: true, says: '' };
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
  const rect = at.querySelector(':scope > rect');
  const isStroked = rect !== null && Number.parseFloat(getComputedStyle(rect).strokeWidth) > 2;
  const isOutlined = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0;
  return {
    stop: at.getAttribute('data-stop'),
    isSeen: isOutlined || boxShadow !== 'none' || isStroked,
    says: at.outerHTML.slice(0, 120),
  };
}
