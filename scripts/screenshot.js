// Takes the picture of the page that the README shows: Harbor with Cloudflare failed. Needs Chromium; CHROMIUM names it.
//   npm run build && node scripts/screenshot.js
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { launch } from 'puppeteer-core';
import { CHROMIUM_ARGUMENTS, findChromium } from './find-chromium.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = mkdtempSync(join(tmpdir(), 'keelson-screenshot-'));
const file = join(folder, 'harbor.html');
execFileSync(
  process.execPath,
  [
    'bin/keelson.cjs',
    'assess',
    'examples/harbor/plan.yaml',
    '--baseline',
    'examples/harbor/before.yaml',
    '--html',
    file,
  ],
  { cwd: root, stdio: 'ignore' },
);
const browser = await launch({
  executablePath: findChromium(),
  args: CHROMIUM_ARGUMENTS,
});
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 860 });
  await page.goto(`${pathToFileURL(file).href}#without=cloudflare&selected=edge`);
  await page.waitForSelector('.journeys[aria-busy="false"]');
  await page.waitForSelector('.believed li');
  await page.screenshot({ path: join(root, 'docs', 'page.webp'), type: 'webp', quality: 85 });
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
