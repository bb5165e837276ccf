import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Page } from 'puppeteer-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { printable } from '../../src/printable.ts';
import { sectorHtml } from '../../src/reporters/index.ts';
import {
  lose,
  makeNetwork,
  parseDataset,
  sector,
  withChances,
  type SectorTable,
} from '../../src/sector/index.ts';
import { root } from '../cli/keelson.ts';
import { isSkipped, whySkipped } from './chromium.ts';
import { TEXTS } from './hostile-plan.ts';
import { SIZES, useReader, type Size } from './report-page.ts';

const TEMPLATE = readFileSync(join(root, 'dist/sector.html'), 'utf8');

function example(): SectorTable {
  const read = (name: string) => ({
    file: name,
    text: readFileSync(join(root, 'examples/sector', name), 'utf8'),
  });
  const { table } = parseDataset({
    name: 'example',
    dataset: read('dataset.yaml'),
    platforms: read('platforms.csv'),
    providers: read('providers.csv'),
  });
  if (table === undefined) throw new Error('The example does not load.');
  return withChances(table);
}

/** A table in which every text is hostile, as plans may name their platforms. */
function hostileTable(): SectorTable {
  const base = example();
  const texts = Object.values(TEXTS).map((text) => text.slice(0, 400));
  const names = new Map(base.providers.map(({ name }, i) => [name, `${texts[i % texts.length]} ${i}`]));
  const named = (name: string): string => names.get(name) ?? name;
  return {
    ...base,
    title: texts.join(' '),
    limits: texts,
    source: texts[1] ?? '',
    providers: base.providers.map((one) => ({
      ...one,
      name: named(one.name),
      title: named(one.name),
      standsOn: one.standsOn.map((all) => all.map(named)),
    })),
    platforms: base.platforms.map((one, i) => ({
      ...one,
      name: `${texts[i % texts.length]} ${i}`,
      kind: texts[(i + 1) % texts.length] ?? '',
      ways: one.ways.map(({ need, providers }) => ({ need, providers: providers.map(named) })),
      uses: one.uses.map(named),
    })),
  };
}

/** What is serious about a page, a line each. */
function serious(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    // The engine was put into the page before.
    const { axe: engine } = globalThis as unknown as { axe: typeof axe };
    const { violations } = await engine.run(document, { resultTypes: ['violations'] });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`),
      );
  });
}

describe.skipIf(isSkipped)(`the page of a sector${whySkipped}`, () => {
  const reader = useReader();
  let file = '';
  let hostileFile = '';

  beforeAll(() => {
    const make = (name: string, table: SectorTable): string => {
      const path = join(reader().folder, name);
      const data = {
        schema: 'keelson.sector-page/1',
        version: 'test',
        sector: sector(table),
        table,
      } as const;
      writeFileSync(path, sectorHtml(TEMPLATE, data));
      return path;
    };
    file = make('sector.html', example());
    hostileFile = make('hostile.html', hostileTable());
  });

  const open = (size: Size = 'desk', hash = '', path = file, scheme: 'light' | 'dark' = 'light') =>
    reader().open(path, { size, hash, scheme });
  const down = (page: Page): Promise<string[]> =>
    page.$$eval('[data-platform]', (all) => all.map((one) => (one as HTMLElement).dataset.platform ?? ''));

  test('says what is down with any providers that are lost, as it is, by mouse, keyboard and link', async () => {
    const table = example();
    const network = makeNetwork(table);
    const truth = (...names: string[]): string[] =>
      lose(
        network,
        names.map((name) => network.indexOf.get(name) ?? -1),
      ).platforms.map((i) => table.platforms[i]?.name ?? '');
    const page = await open();
    expect(await down(page)).toEqual([]);
    await page.click('[data-provider="bigcloud"]');
    expect(await down(page)).toEqual(truth('bigcloud'));
    expect(await page.$eval('#told', (one) => one.textContent)).toContain('2 platforms down');
    expect(await page.$eval('[data-provider="nodeyard"]', (one) => one.textContent)).toContain('goes along');
    await page.focus('[data-provider="othercloud"]');
    await page.keyboard.press('Enter');
    expect(await down(page)).toEqual(truth('bigcloud', 'othercloud'));
    expect(await page.evaluate(() => location.hash)).toBe('#lost=bigcloud&lost=othercloud');
    await page.keyboard.press('Escape');
    expect(await down(page)).toEqual([]);
    await page.evaluate(() => {
      location.hash = '#lost=swiftedge&lost=nobody';
    });
    await page.waitForSelector('[data-provider="swiftedge"][aria-pressed="true"]');
    expect(await down(page)).toEqual(truth('swiftedge'));
  });

  test('finds a provider, and loses the worst set by a click', async () => {
    const page = await open();
    await page.type('.providers input', 'zone');
    expect(
      await page.$$eval('[data-provider]', (all) => all.map((one) => one.getAttribute('data-provider'))),
    ).toEqual(['zonekeeper']);
    await page.evaluate(() =>
      document.querySelector<HTMLElement>('tbody tr:nth-child(2) button.plain')?.click(),
    );
    await page.waitForSelector('.count[data-down="7"]');
  });

  test.each([
    ['desk', 'dark'],
    ['phone', 'light'],
  ] as const)('has nothing serious for axe, and nothing wider than a %s, %s', async (size, scheme) => {
    const page = await open(size, 'lost=bigcloud', file, scheme);
    await page.evaluate(axe.source);
    expect(await serious(page)).toEqual([]);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(SIZES[size].width);
  });

  test('shows hostile texts as they are', async () => {
    const table = hostileTable();
    for (const size of ['desk', 'phone'] as const) {
      const page = await open(
        size,
        new URLSearchParams({ lost: table.providers[0]?.name ?? '' }).toString(),
        hostileFile,
      );
      expect(await page.title()).toBe(`${printable(table.title).replace(/\s+/g, ' ')} – Keelson`);
      const made = await page.evaluate(() => ({
        script: document.scripts.length,
        pictures: document.querySelectorAll('img, svg, iframe, object, embed, form, a').length,
        handlers: document.querySelectorAll('[onclick], [onmouseover], [onload], [onerror]').length,
        width: document.documentElement.scrollWidth,
      }));
      expect(made).toEqual({ script: 2, pictures: 0, handlers: 0, width: SIZES[size].width });
      expect(await down(page)).toHaveLength(4);
    }
  });

  test('is printed whole, on paper', async () => {
    const page = await open('desk', 'lost=swiftedge');
    await page.emulateMediaType('print');
    const shown = await page.evaluate(() => ({
      search: getComputedStyle(document.querySelector('.search') ?? document.body).display,
      down: getComputedStyle(document.querySelector('.down') ?? document.body).overflow,
    }));
    expect(shown).toEqual({ search: 'none', down: 'visible' });
  });
});
