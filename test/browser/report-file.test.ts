import { readFileSync, statSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { formatHours } from '../../src/units.ts';
import { downHours } from '../../src/assess/index.ts';
import { isSkipped, whySkipped } from './chromium.ts';
import { assessed, journeysShown, modelOf, modesWithout, withoutUnits } from './report-model.ts';
import { BEFORE, HARBOR, journeysSeen, settle, textOf, useReader } from './report-page.ts';

const LARGEST_BYTES = 600_000;

describe.skipIf(isSkipped)(`the file of the page${whySkipped}`, () => {
  const reader = useReader();

  test('is small enough to be sent by mail', () => {
    expect(statSync(reader().make(HARBOR)).size).toBeLessThanOrEqual(LARGEST_BYTES);
  });

  test('allows itself its own script, style and worker, and nothing else', () => {
    const text = readFileSync(reader().make(HARBOR), 'utf8');
    const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(text) ?? [];
    const rules = Object.fromEntries(
      policy.split(';').map((rule) => {
        const [name = '', ...sources] = rule.trim().split(' ');
        return [name, sources.map((source) => source.replace(/^'sha256-.*'$/, 'hash'))];
      }),
    );
    expect(rules).toEqual({
      'default-src': ["'none'"],
      'script-src': ['hash'],
      'style-src': ['hash'],
      'worker-src': ['blob:'],
      'connect-src': ["'none'"],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
    });
  });

  test.each([
    ['allows none', 'delete globalThis.Worker'],
    [
      'ends it',
      `globalThis.Worker = class extends EventTarget {
        set onerror(listener) { setTimeout(listener, 20); }
        postMessage() {}
        terminate() {}
      }`,
    ],
  ])('answers without a worker where the browser %s', async (_, script) => {
    const page = await reader().open(reader().make(HARBOR), { script, hash: 'without=cloudflare' });
    const model = modelOf(HARBOR);
    const without = ['cloudflare'];
    const shown = journeysShown(assessed(model, without), modesWithout(model, without));
    expect(withoutUnits(await journeysSeen(page), shown)).toEqual(shown);
  });

  test('refuses inline handlers, further scripts and connections', async () => {
    const page = await reader().open(reader().make(HARBOR));
    const found = await page.evaluate(async () => {
      const refused: string[] = [];
      addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
        refused.push(effectiveDirective),
      );
      const ran: string[] = [];
      Object.assign(globalThis, { ran });
      const button = document.createElement('button');
      button.setAttribute('onclick', "ran.push('handler')");
      document.body.append(button);
      button.click();
      const script = document.createElement('script');
      script.textContent = "ran.push('script')";
      document.body.append(script);
      await fetch('https://example.com/').catch(() => refused.push('fetch'));
      while (refused.length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
      return { ran, refused: refused.sort() };
    });
    expect(found).toEqual({
      ran: [],
      refused: ['connect-src', 'fetch', 'script-src-attr', 'script-src-elem'],
    });
    // The browser says so itself, and asks nobody for anything.
    const heard: string[] = [];
    await expect.poll(() => heard.push(...reader().takeHeard())).toBe(4);
    for (const said of heard) expect(said).toMatch(/^said error: .*(Content Security Policy|Fetch API)/);
  });

  test('prints every view with its figures, on A4', async () => {
    const page = await reader().open(reader().make(HARBOR, BEFORE));
    const pdf = Buffer.from(await page.pdf({ format: 'A4', printBackground: true }));
    const boxes = [...pdf.toString('latin1').matchAll(/\/MediaBox \[([^\]]*)\]/g)].map(([, box = '']) =>
      box.split(' ').map(Number),
    );
    expect(boxes.length).toBeGreaterThan(2);
    for (const [, , width = 0, height = 0] of boxes) {
      // 210 mm × 297 mm, in points.
      expect(Math.abs(width - 595.3)).toBeLessThan(1);
      expect(Math.abs(height - 841.9)).toBeLessThan(1);
    }
    expect(drawnIn(pdf)).toBeGreaterThan(10_000);
    // What the printer was given is shown by the same events.
    await page.emulateMediaType('print');
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    const text = await textOf(page);
    for (const view of ['Map', 'Replay', 'Loss', 'Security', 'Advice', 'Evidence', 'Compare'])
      expect(text).toContain(view);
    for (const id of ['map', 'replay', 'loss', 'security', 'advice', 'evidence', 'compare']) {
      const size = await page.$eval(`#panel-${id}`, (panel) => (panel as HTMLElement).innerText.length);
      if (id !== 'map') expect(size, id).toBeGreaterThan(200);
    }
    for (const journey of assessed(modelOf(HARBOR)).journeys)
      expect(text).toContain(formatHours(downHours(journey)));
    expect(text).toContain('the same as keelson replay --years 1000');
    expect(await page.$$eval('[aria-busy="true"]', (all) => all.length)).toBe(0);
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    await page.emulateMediaType('screen');
    await settle(page);
    expect(await page.$$eval('[role="tabpanel"]', (all) => all.length)).toBe(1);
  });

  test('is dark for readers who want it dark', async () => {
    const paper = async (scheme: 'light' | 'dark'): Promise<number> => {
      const page = await reader().open(reader().make(HARBOR), { scheme });
      const colour = await page.$eval('body', (body) => getComputedStyle(body).backgroundColor);
      const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
      return red + green + blue;
    };
    expect(await paper('light')).toBeGreaterThan(3 * 220);
    expect(await paper('dark')).toBeLessThan(3 * 60);
  });
});

/** Bytes of drawing in a file for printers, fonts and pictures among them. */
function drawnIn(pdf: Buffer): number {
  let bytes = 0;
  for (const [, stream = ''] of pdf.toString('latin1').matchAll(/(?<!end)stream\r?\n(.*?)endstream/gs))
    try {
      bytes += inflateSync(Buffer.from(stream, 'latin1')).length;
    } catch {
      bytes += stream.length; // not every stream is compressed
    }
  return bytes;
}

describe.skipIf(isSkipped)(`the page for a German reader${whySkipped}`, () => {
  const reader = useReader();

  test('has the same digits with a comma', async () => {
    const file = reader().make(HARBOR, BEFORE);
    const page = await reader().open(file, { hash: 'without=cloudflare', language: 'de-DE' });
    expect(await page.evaluate(() => new Intl.NumberFormat().format(1.5))).toBe('1,5');
    const model = modelOf(HARBOR);
    const shown = journeysShown(assessed(model, ['cloudflare']), modesWithout(model, ['cloudflare']));
    const local = shown.map((journey) => ({
      ...journey,
      figures: Object.fromEntries(
        Object.entries(journey.figures).map(([key, figure]) => [key, figure.replace(/(\d)\.(?=\d)/g, '$1,')]),
      ),
    }));
    expect(withoutUnits(await journeysSeen(page), local)).toEqual(local);
    for (const view of ['loss', 'security', 'advice', 'replay', 'compare']) {
      await page.$eval(`#tab-${view}`, (tab) => (tab as HTMLElement).click());
      await settle(page);
      const text = await textOf(page, `#panel-${view}`);
      // Versions, addresses and dates apart: a figure with its unit.
      expect(text.match(/\d\.\d+(k|M|bn)? (%|USD|h|m|s)\b/g) ?? [], view).toEqual([]);
    }
  });
});
