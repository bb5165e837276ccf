import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { root } from '../cli/keelson.ts';
import { endAll, startOpen, type OpenProcess } from '../e2e/open-process.ts';
import { CHROMIUM_ARGUMENTS } from '../../scripts/find-chromium.js';
import { chromium, isSkipped, whySkipped } from './chromium.ts';

const harbor = join(root, 'examples/harbor/plan.yaml');
const good = readFileSync(harbor, 'utf8');
const bad = good.replace('needs: [edge, challenge, identity]', 'needs: [edge, challenge, identiti]');
const axe = readFileSync(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');

/** What is asked in the page, as text: tests are compiled without the types of a browser. */
const HAS_TITLE = (title: string): string => `document.title === ${JSON.stringify(`${title} – Keelson`)}`;

describe.skipIf(isSkipped)(`a page that is open${whySkipped}`, () => {
  let browser: Browser;
  let folder: string;
  let file: string;
  let open: OpenProcess;
  let page: Page;
  /** Whatever the page complains of. */
  let said: string[];

  beforeAll(async () => {
    if (chromium === undefined)
      throw new Error('Expected Chromium on PATH, or named by CHROMIUM: found none.');
    browser = await puppeteer.launch({ executablePath: chromium, args: [...CHROMIUM_ARGUMENTS] });
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'keelson-open-'));
    file = join(folder, 'plan.yaml');
    copyFileSync(harbor, file);
    open = await startOpen(['plan.yaml'], { cwd: folder });
    page = await browser.newPage();
    said = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(String(error)));
  });
  afterEach(async () => {
    await page.close();
    endAll();
    rmSync(folder, { recursive: true, force: true });
  });

  const save = (text: string): void => writeFileSync(file, text);
  const shows = async (title: string): Promise<void> => {
    await page.waitForFunction(HAS_TITLE(title));
  };

  test('is loaded again when the plan is saved, and keeps what was looked at', async () => {
    await page.goto(`${open.address}#view=security&without=cloudflare`);
    await page.waitForSelector('#tab-security[aria-selected="true"]');
    save(good.replace('name: Harbor Exchange', 'name: Harbour'));
    await shows('Harbour');
    await page.waitForSelector('#tab-security[aria-selected="true"]');
    expect(await page.$eval('h1', ({ textContent }) => textContent)).toBe('Harbour');
    expect(new URL(page.url()).hash).toBe('#view=security&without=cloudflare');
    expect(said).toEqual([]);
  });

  test('shows what is wrong with the plan at its line, and the report when that is mended', async () => {
    await page.goto(`${open.address}#view=loss`);
    await page.waitForSelector('#tab-loss[aria-selected="true"]');
    save(bad);
    await shows('1 error and 2 warnings in plan.yaml');
    expect(await page.$eval('mark', ({ textContent }) => textContent)).toBe('identiti');
    const background = await page.evaluate(
      `getComputedStyle(document.querySelector('.problem .line.here mark')).backgroundColor`,
    );
    expect(background).toBe('rgb(251, 228, 226)');
    save(good);
    await shows('Harbor Exchange');
    await page.waitForSelector('#tab-loss[aria-selected="true"]');
    expect(said).toEqual([]);
  });

  test('is dark where that is preferred, also with problems, and axe finds nothing wrong with those', async () => {
    save(bad);
    await open.err();
    for (const [scheme, paper] of [
      ['light', 'rgb(255, 255, 255)'],
      ['dark', 'rgb(20, 23, 26)'],
    ] as const) {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      await page.setViewport({ width: 390, height: 800 });
      await page.goto(open.address);
      expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(paper);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
      // By the protocol, which the policy of the page does not bind.
      await page.evaluate(axe);
      const violations = await page.evaluate(
        'axe.run().then(({violations}) => violations.map(({id}) => id))',
      );
      expect([scheme, violations]).toEqual([scheme, []]);
    }
  });

  test('runs no script but its own', async () => {
    save(
      bad.replace(
        'identiti',
        `"</pre><img src=x onerror='window.hit = true'><script>window.hit = true</script>"`,
      ),
    );
    await open.err();
    await page.goto(open.address);
    expect(await page.evaluate('window.hit')).toBe(undefined);
    await page.evaluate(
      `const s = document.createElement('script'); s.textContent = 'window.hit = true'; document.body.append(s)`,
    );
    expect(await page.evaluate('window.hit')).toBe(undefined);
    expect(said.join()).toContain('Content Security Policy');
  });

  test('whose server is started again at the same port takes up what was saved meanwhile', async () => {
    await page.goto(open.address);
    await shows('Harbor Exchange');
    await open.end('SIGINT');
    save(good.replace('name: Harbor Exchange', 'name: Harbour'));
    await startOpen(['plan.yaml', '--port', String(open.port)], { cwd: folder });
    await shows('Harbour');
  });
});
