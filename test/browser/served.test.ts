/** A browser whose user is moved to another edge: the page is served, and who is logged in stays so. */
import puppeteer, { type Browser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM_ARGUMENTS } from '../../scripts/find-chromium.js';
import { keelson } from '../cli/keelson.ts';
import { Harbor } from '../e2e/harbor.ts';
import { chromium, isSkipped, whySkipped } from './chromium.ts';

/** As much of a page as is used here. Tests are compiled without the types of a browser. */
declare const localStorage: {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
};

describe.skipIf(isSkipped)(`a browser${whySkipped}`, () => {
  let harbor: Harbor;
  let browser: Browser;
  beforeAll(async () => {
    harbor = await new Harbor().isUp();
    browser = await puppeteer.launch({
      executablePath: chromium ?? '',
      args: [...CHROMIUM_ARGUMENTS, '--host-resolver-rules=MAP trade.harbor.example 127.0.0.1'],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await harbor?.end('SIGTERM');
  });

  test('is served through the other edge with the session that it has', async () => {
    const page = await browser.newPage();
    const { port } = new URL(harbor.door);
    const first = await page.goto(`http://trade.harbor.example:${port}/`);
    expect([first?.status(), first?.headers().edge]).toEqual([200, 'edge-a']);
    const login = (): Promise<number> =>
      page.evaluate(async () => {
        const answer = await fetch('/login', { method: 'POST', body: '{"user":"ada"}' });
        if (answer.ok) localStorage.setItem('token', (await answer.json()).token);
        return answer.status;
      });
    // On a busy machine probes may have missed the identity at first.
    await expect.poll(login).toBe(200);
    const session = (): Promise<unknown> =>
      page
        .evaluate(async () => {
          const answer = await fetch('/session', {
            headers: { authorization: `Bearer ${localStorage.getItem('token')}` },
          });
          return [answer.status, answer.headers.get('edge'), (await answer.json()).user];
        })
        .catch((error: unknown) => String(error));
    expect(await session()).toEqual([200, 'edge-a', 'ada']);

    // A person does not wait for what the plan takes to detect it.
    await harbor.turn('stop/edge-a');
    const words = ['approve', 'edge', '--to', 'fastly/cdn + 3', '--steer', '--state', harbor.state];
    const approved = keelson([...words, '--reason', 'edge A is gone', '--by', 'ada']);
    expect([approved.exit, approved.err]).toEqual([0, '']);
    await expect.poll(session, { timeout: 20_000, interval: 200 }).toEqual([200, 'edge-b', 'ada']);
    const again = await page.reload();
    expect([again?.status(), again?.headers().edge]).toEqual([200, 'edge-b']);
    expect(await page.$eval('h1', (heading) => heading.textContent)).toBe('Harbor');
  });
});
