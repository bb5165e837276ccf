// How fast the page is, in Chromium: a click that fails a provider, the figures after it, and the first paint.
//   node bench/run.js page
// Chromium is the environment's CHROMIUM, or on PATH. Milliseconds are of the wall; CPU is what the page's own thread worked meanwhile, which a
// busy machine does not stretch.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { launch } from 'puppeteer-core';
import { CHROMIUM_ARGUMENTS, findChromium } from '../scripts/find-chromium.js';
import { generatePlan } from './generate-plan.js';

const SIZE = { width: 1280, height: 800 };

/** @param {{ bin: string, root: string, folder: string }} where */
export async function benchPage({ bin, root, folder }) {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    console.log('\n## The page: no Chromium on PATH, and none named by CHROMIUM');
    return;
  }
  mkdirSync(folder, { recursive: true });
  const large = join(folder, 'page-large.yaml');
  writeFileSync(large, generatePlan({ seed: 1 }));
  const plans = [
    { name: 'Harbor', file: join(root, 'examples', 'harbor', 'plan.yaml'), clicks: 60, loads: 24 },
    { name: 'generated, 2,000 services', file: large, clicks: 16, loads: 6 },
  ];
  const browser = await launch({ executablePath, args: CHROMIUM_ARGUMENTS, pipe: true });
  try {
    for (const plan of plans) {
      plan.page = join(folder, `page-${plans.indexOf(plan)}.html`);
      spawnSync(process.execPath, [bin, 'assess', '--no-advice', plan.file, '--html', plan.page]);
    }
    await printClicks(browser, plans, bin);
    await printLoads(browser, plans);
  } finally {
    await browser.close();
  }
}

async function printClicks(browser, plans, bin) {
  console.log(
    '\n## The page: a click that fails a provider, until every journey and box shows it, style and layout done; against the command asked again\n',
  );
  console.log(
    '| plan | boxes | clicks | ms | spread | CPU, ms | drawn, ms | figures fresh, ms | keelson assess --without, ms | ratio |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  );
  for (const { name, file, page: path, clicks } of plans) {
    const page = await openPage(browser, path);
    const { boxes, found } = await clickMany(page, clicks);
    await page.close();
    const again = [...new Set(found.map(({ id }) => id))].slice(0, 5).map((id) =>
      timed(() =>
        spawnSync(process.execPath, [bin, 'assess', '--no-advice', '--json', '--without', id, file], {
          maxBuffer: 1 << 28,
        }),
      ),
    );
    const of = (key) => found.map((one) => one[key]);
    const cells = [
      name,
      boxes,
      clicks,
      median(of('answered')).toFixed(1),
      `${Math.min(...of('answered')).toFixed(1)}–${Math.max(...of('answered')).toFixed(1)}`,
      median(of('cpu')).toFixed(1),
      median(of('drawn')).toFixed(1),
      median(of('fresh')).toFixed(0),
      median(again).toFixed(0),
      (median(again) / median(of('answered'))).toFixed(0),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

/** Fails one provider after the other, and heals it when the figures are there. */
async function clickMany(page, clicks) {
  const session = await page.createCDPSession();
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1000 * metrics.find((one) => one.name === 'ThreadTime').value;
  };
  const { ids, boxes } = await page.evaluate(() => ({
    boxes: document.querySelectorAll('[data-box]').length,
    ids: [...document.querySelectorAll('[data-box].provider')].map((box) => box.dataset.id),
  }));
  const found = [];
  // The first are for the browser to know the code.
  const first = -Math.min(ids.length, clicks >> 2);
  for (let i = first; i < clicks; i++) {
    const id = ids[(i - first) % ids.length];
    const before = await busy();
    const answer = await page.evaluate(clickUntilAnswered, id);
    const cpu = (await busy()) - before;
    const rest = await page.evaluate(untilFresh, answer.begin);
    await page.evaluate(heal);
    if (i >= 0) found.push({ id, ...answer, ...rest, cpu });
  }
  await session.detach();
  return { boxes, found };
}

/** In the page. Nothing is waited for but what the page does by itself: what it has promised comes first, then its next turns. */
async function clickUntilAnswered(id) {
  const box = document.querySelector(`[data-id="${CSS.escape(id)}"]`);
  const turn = () =>
    new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    });
  document.body.getBoundingClientRect();
  const begin = performance.now();
  box.dispatchEvent(new MouseEvent('click', { bubbles: true }));
  for (let i = 0; box.getAttribute('aria-pressed') !== 'true'; i++) await (i < 10 ? null : turn());
  document.body.getBoundingClientRect();
  document.querySelector('[data-box]').getBBox();
  return { begin, answered: performance.now() - begin };
}

async function untilFresh(begin) {
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  const drawn = performance.now() - begin;
  while (document.querySelector('[aria-busy="true"]') !== null)
    await new Promise((resolve) => setTimeout(resolve, 1));
  return { drawn, fresh: performance.now() - begin };
}

async function heal() {
  dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
  while (document.querySelector('[aria-pressed="true"][data-box]') !== null)
    await new Promise((resolve) => setTimeout(resolve, 1));
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 20)));
}

async function printLoads(browser, plans) {
  console.log(
    `\n## The page: opened in a fresh page each time\n\n| plan | kB | times | first paint, ms | spread | all drawn, ms | spread |\n| --- | --- | --- | --- | --- | --- | --- |`,
  );
  for (const { name, page: path, loads } of plans) {
    const paints = [];
    const drawn = [];
    let bytes = 0;
    for (let i = -2; i < loads; i++) {
      const page = await openPage(browser, path);
      const seen = await page.evaluate(() => ({
        paint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
        drawn: performance.getEntriesByName('drawn')[0].startTime,
        bytes: performance.getEntriesByType('navigation')[0].decodedBodySize,
      }));
      if (i >= 0) {
        paints.push(seen.paint);
        drawn.push(seen.drawn);
      }
      bytes = seen.bytes;
      await page.close();
    }
    const spread = (values) => `${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)}`;
    console.log(
      `| ${name} | ${(bytes / 1000).toFixed(0)} | ${loads} | ${median(paints).toFixed(0)} | ${spread(paints)} | ${median(drawn).toFixed(0)} | ${spread(drawn)} |`,
    );
  }
}

async function openPage(browser, path) {
  const page = await browser.newPage();
  await page.setViewport(SIZE);
  await page.goto(pathToFileURL(path).href);
  await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
  return page;
}

function timed(work) {
  const begin = performance.now();
  work();
  return performance.now() - begin;
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
