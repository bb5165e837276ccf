/** The page of the report in a real browser: made by the command, opened as a file, and listened to. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { launch, type Browser, type Page } from 'puppeteer-core';
import { CHROMIUM_ARGUMENTS } from '../../scripts/find-chromium.js';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { keelson } from '../cli/keelson.ts';
import { chromium } from './chromium.ts';
import type { JourneyShown } from './report-model.ts';

export const HARBOR = 'examples/harbor/plan.yaml';
export const BEFORE = 'examples/harbor/before.yaml';

export const SIZES = {
  desk: { width: 1280, height: 800 },
  phone: { width: 390, height: 844, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
} as const;
export type Size = keyof typeof SIZES;

export interface Opening {
  /** @default desk */
  readonly size?: Size;
  /** The part of its address after `#`. @default none */
  /** Run before the page's own, as a browser of another kind would have it. */
  readonly script?: string;
  readonly hash?: string;
  /** @default light */
  readonly scheme?: 'light' | 'dark';
  /** Of the reader, such as `de`. @default en-US */
  readonly language?: string;
}

/** What the tests of one file look through. It is closed after them, with all that it made. */
export class Reader {
  readonly folder: string;
  private readonly browser: Browser;
  private readonly files = new Map<string, string>();
  private readonly pages: Page[] = [];
  private readonly heard: string[] = [];

  constructor(browser: Browser, folder: string) {
    this.browser = browser;
    this.folder = folder;
    browser.on('targetcreated', (target) => {
      if (target.opener() !== undefined) this.heard.push(`opened ${target.url()}`);
    });
  }

  /** The page about plans, made once by the command. @returns the file */
  make(...plans: readonly string[]): string {
    const known = this.files.get(plans.join('\n'));
    if (known !== undefined) return known;
    const file = join(this.folder, `${this.files.size}.html`);
    const { exit, err } = keelson(['assess', ...plans, '--html', file]);
    if (exit === 2 || exit === null) throw new Error(err);
    this.files.set(plans.join('\n'), file);
    return file;
  }

  async open(
    file: string,
    { size = 'desk', hash = '', scheme = 'light', language = 'en-US', script }: Opening = {},
  ): Promise<Page> {
    const page = await this.browser.newPage();
    this.pages.push(page);
    // Before it is listened to: to become a phone, a page is loaded again.
    await page.setViewport(SIZES[size]);
    this.listen(page, pathToFileURL(file).href);
    // As the browser's own setting: not every Chromium comes with all of its languages.
    const session = await page.createCDPSession();
    await session.send('Emulation.setLocaleOverride', { locale: language });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.evaluateOnNewDocument(KEEP_ADDRESS_TIME);
    if (script !== undefined) await page.evaluateOnNewDocument(script);
    await page.goto(`${pathToFileURL(file).href}${hash === '' ? '' : `#${hash}`}`);
    await settle(page);
    return page;
  }

  /** What pages said, asked for or tried since this was asked last: nothing, where all is well. */
  takeHeard(): string[] {
    return this.heard.splice(0);
  }

  async closePages(): Promise<void> {
    await Promise.all(this.pages.splice(0).map((page) => page.close()));
  }

  async close(): Promise<void> {
    await this.browser.close();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }

  private listen(page: Page, own: string): void {
    page.on('console', (message) => this.heard.push(`said ${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => this.heard.push(`failed: ${String(error)}`));
    page.on('request', (request) => {
      const url = request.url();
      if (url.replace(/#.*/, '') !== own && !url.startsWith('blob:')) this.heard.push(`asked for ${url}`);
    });
    page.on('framenavigated', (frame) => {
      if (frame.url().replace(/#.*/, '') !== own) this.heard.push(`went to ${frame.url()}`);
    });
    page.on('dialog', (dialog) => {
      this.heard.push(`asked the reader ${dialog.message()}`);
      dialog.dismiss().catch(() => undefined); // its page has gone
    });
  }
}

/** A browser for the tests of a file: started before the first, closed after the last, and no test leaves a page or a complaint behind. */
export function useReader(): () => Reader {
  let reader: Reader | undefined;
  beforeAll(async () => {
    reader = await openReader();
  });
  afterEach(async () => {
    const heard = reader?.takeHeard();
    await reader?.closePages();
    expect(heard).toEqual([]);
  });
  afterAll(() => reader?.close());
  return () => {
    if (reader === undefined) throw new Error('The browser has not been started.');
    return reader;
  };
}

async function openReader(): Promise<Reader> {
  if (chromium === undefined) throw new Error('Expected Chromium on PATH, or named by CHROMIUM: found none.');
  const folder = mkdtempSync(join(tmpdir(), 'keelson-report-'));
  const browser = await launch({
    executablePath: chromium,
    pipe: true,
    userDataDir: join(folder, 'profile'),
    env: {
      ...process.env,
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      XDG_CACHE_HOME: folder,
    },
    args: [...CHROMIUM_ARGUMENTS],
  });
  return new Reader(browser, folder);
}

/** Until the page has answered everything that it was asked. */
export async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    // Questions are asked once what was clicked has been drawn.
    const drawn = (): Promise<unknown> =>
      new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    await drawn();
    await drawn();
    while (document.querySelector('[aria-busy="true"]') !== null)
      await new Promise((resolve) => setTimeout(resolve, 5));
  });
}

/** The page keeps the moment at which it wrote its address last. @unit ms as performance.now has it */
const KEEP_ADDRESS_TIME = `{
  const write = history.replaceState;
  globalThis.addressWrittenAt = -Infinity;
  history.replaceState = (...given) => {
    globalThis.addressWrittenAt = performance.now();
    write.apply(history, given);
  };
}`;

/** The page's address after `#`, once it says what is looked at: it is written at once, but not twice within 350 ms. */
export async function addressOf(page: Page): Promise<string> {
  await page.evaluate(() => {
    // As KEEP_ADDRESS_TIME has it.
    const { addressWrittenAt } = globalThis as unknown as { addressWrittenAt: number };
    // At once is once it has been drawn, in a window behind others too.
    const leftMs = Math.max(120, addressWrittenAt + 400 - performance.now());
    return new Promise((resolve) => setTimeout(resolve, leftMs));
  });
  return new URL(page.url()).hash.slice(1);
}

/** Opens what a link says in the page as it is, as the back button does. */
export async function follow(page: Page, hash: string): Promise<void> {
  await page.evaluate(
    (to) =>
      new Promise<void>((resolve) => {
        addEventListener('hashchange', () => resolve(), { once: true });
        const before = location.hash;
        location.hash = to;
        if (location.hash === before) resolve();
      }),
    hash,
  );
  await settle(page);
}

/** How every journey stands after each link in turn, all in one page; of null, as it is. */
export function journeysAfter(page: Page, hashes: readonly (string | null)[]): Promise<JourneyShown[][]> {
  return page.evaluate(async (links) => {
    const turn = (ms: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms));
    const open = async (link: string): Promise<void> => {
      const changed = new Promise((resolve) => addEventListener('hashchange', resolve, { once: true }));
      location.hash = link;
      await changed;
      await turn(0);
      await turn(0);
      while (document.querySelector('[aria-busy="true"]') !== null) await turn(1);
    };
    const figuresIn = (row: Element): [string, string][] =>
      [...row.querySelectorAll<HTMLElement>('[data-figure]')].map((figure) => [
        figure.dataset.figure ?? '',
        figure.innerText.replace(/\s+/g, ' ').trim(),
      ]);
    const found: JourneyShown[][] = [];
    for (const link of links) {
      if (link !== null) await open(link);
      found.push(
        [...document.querySelectorAll('[data-journey]')].map((row) => ({
          name: row.getAttribute('data-journey') ?? '',
          mode: row.querySelector('[data-mode]')?.getAttribute('data-mode') ?? '',
          figures: Object.fromEntries(figuresIn(row)),
        })),
      );
    }
    return found;
  }, hashes);
}

export async function journeysSeen(page: Page): Promise<JourneyShown[]> {
  const [seen = []] = await journeysAfter(page, [null]);
  return seen;
}

/** What stands in the page, as it is seen. @param selector @default all of it */
export function textOf(page: Page, selector = 'body'): Promise<string> {
  return page.$eval(selector, (element) => (element instanceof HTMLElement ? element.innerText : ''));
}

export function hashOf(names: readonly string[], rest: Readonly<Record<string, string>> = {}): string {
  return new URLSearchParams([
    ...Object.entries(rest),
    ...names.map((name): [string, string] => ['without', name]),
  ]).toString();
}

/** By box, how it stands on the map. */
export function statesSeen(page: Page): Promise<Record<string, string>> {
  return page.$$eval('[data-box]', (boxes) =>
    Object.fromEntries(
      boxes.map((box) => [box.getAttribute('data-id') ?? '', box.getAttribute('data-state') ?? '']),
    ),
  );
}

/** The rows of a table's body, by cell. */
export function tableSeen(page: Page, selector: string): Promise<string[][]> {
  return page.$$eval(`${selector} tbody tr`, (rows) =>
    rows.map((row) =>
      [...row.children].map((cell) => (cell as HTMLElement).innerText.replace(/\s+/g, ' ').trim()),
    ),
  );
}
