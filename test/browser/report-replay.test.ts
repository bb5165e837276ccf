import type { Page } from 'puppeteer-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Replay } from '../../src/replay/index.ts';
import { outcomeSays } from '../../src/reporters/outcome.ts';
import { formatHours, formatMoney } from '../../src/units.ts';
import { keelson } from '../cli/keelson.ts';
import { isSkipped, whySkipped } from './chromium.ts';
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
} from './report-page.ts';
import type { Size } from './report-page.ts';

const INCIDENT = 'cloudflare-2025-11-18';
const PLANS = [HARBOR, BEFORE];
const SCRUBBER = '.strip input[type="range"]';

/** By journey, the mode that the command's answer has it in. @param at ms */
function modesAt({ journeys }: Replay, at: number): string[] {
  return journeys.map(
    ({ segments, modes: [first] }) =>
      segments.find(({ from, to }) => Date.parse(from) <= at && at < Date.parse(to))?.mode ??
      first?.name ??
      '',
  );
}

/** Moments of which something can be told: the middle of every stretch of every journey, and both ends of it. */
function momentsOf({ journeys }: Replay): number[] {
  const moments = journeys.flatMap(({ segments }) =>
    segments.flatMap(({ from, to }) => [
      Date.parse(from),
      (Date.parse(from) + Date.parse(to)) / 2,
      Date.parse(to) - 1,
    ]),
  );
  return [...new Set(moments)].sort((a, b) => a - b);
}

function linkTo(at: number, plan = 0): string {
  return `plan=${plan + 1}&view=replay&incident=${INCIDENT}&at=${new Date(at).toISOString()}`;
}

async function modes(page: Page): Promise<string[]> {
  return (await journeysSeen(page)).map(({ mode }) => mode);
}

/** The moment that is shown. @returns ms */
function momentSeen(page: Page): Promise<number> {
  return page.$eval('.strip output', (output) =>
    Date.parse(`${(output.textContent ?? '').replace(' UTC', '').replace(' ', 'T')}Z`),
  );
}

describe.skipIf(isSkipped)(`a replay in the page${whySkipped}`, () => {
  const reader = useReader();
  let replays: Replay[];

  beforeAll(() => {
    replays = JSON.parse(keelson(['replay', INCIDENT, ...PLANS, '--json']).out);
  });

  describe.each(Object.keys(SIZES) as Size[])('at the size of a %s', (size) => {
    const open = (hash = ''): Promise<Page> => reader().open(reader().make(...PLANS), { size, hash });

    test('is chosen in the list or below, and shows both plans with the figures of keelson replay', async () => {
      const page = await open('view=replay');
      const title = replays[0]?.incident.title ?? '';
      const row = await page.waitForSelector(`#panel-replay .incidents ::-p-text(${title})`);
      await row?.click();
      await settle(page);
      expect(await page.$eval('.strip select', (select) => select.value)).toBe(INCIDENT);
      const seen = await page.$$eval('#panel-replay .one', (all) =>
        all.map((one) => (one as HTMLElement).innerText),
      );
      expect(seen).toHaveLength(2);
      for (const [i, replay] of replays.entries()) {
        expect(seen[i]).toContain(replay.plan.name);
        expect(seen[i]).toContain(outcomeSays(replay));
        expect(seen[i]).toContain(`${formatMoney(replay.loss ?? 0, 'USD')} lost`);
        for (const { minutesDown, minutesDegraded } of replay.journeys) {
          if (minutesDown > 0) expect(seen[i]).toContain(`down ${formatHours(minutesDown / 60)}`);
          if (minutesDegraded > 0)
            expect(seen[i]).toContain(`lower modes ${formatHours(minutesDegraded / 60)}`);
        }
      }
      await page.select('.strip select', '');
      await settle(page);
      expect(await addressOf(page)).not.toContain('incident');
    });

    test('is moved through with the keyboard, and journeys follow', async () => {
      const page = await open(linkTo(Date.parse(replays[0]?.from ?? '')));
      await page.focus(SCRUBBER);
      let last = await momentSeen(page);
      for (let i = 0; i < 12; i++) {
        for (let step = 0; step < 4; step++) await page.keyboard.press('ArrowRight');
        await settle(page);
        const at = await momentSeen(page);
        expect(at).toBeGreaterThan(last);
        last = at;
        const shown = Date.parse(new URLSearchParams(await addressOf(page)).get('at') ?? '');
        expect(await modes(page)).toEqual(modesAt(replays[0] as Replay, shown));
      }
      await page.keyboard.press('Escape');
      await settle(page);
      expect(await addressOf(page)).not.toContain('incident');
    });
  });

  const open = (hash = ''): Promise<Page> => reader().open(reader().make(...PLANS), { hash });

  test.each([0, 1])(
    'has every journey of plan %i in the mode of keelson replay at every moment',
    async (plan) => {
      const replay = replays[plan] as Replay;
      const page = await open(linkTo(Date.parse(replay.from ?? ''), plan));
      for (const at of momentsOf(replay)) {
        await follow(page, linkTo(at, plan));
        expect(await modes(page), new Date(at).toISOString()).toEqual(modesAt(replay, at));
      }
    },
  );

  test('shows on the map what fails and what takes over', async () => {
    const replay = replays[0] as Replay;
    const page = await open(
      linkTo(Date.parse(replay.to ?? '') - 3_600_000).replace('view=replay', 'view=map'),
    );
    const used = new Set<string>();
    const failed = new Set<string>();
    for (const at of momentsOf(replay)) {
      await follow(page, linkTo(at).replace('view=replay', 'view=map'));
      const states = await statesSeen(page);
      if (states.edge === 'fallback') used.add('edge');
      if (states['cloudflare/cdn'] === 'failed') failed.add('cloudflare/cdn');
      const lower = modesAt(replay, at).map((mode, i) =>
        mode === replay.journeys[i]?.modes[0]?.name ? 'works' : mode === 'down' ? 'failed' : 'fallback',
      );
      expect(replay.journeys.map(({ name }) => states[`journey:${name}`])).toEqual(lower);
    }
    expect([...used, ...failed]).toEqual(['edge', 'cloudflare/cdn']);
  });

  test('plays, pauses where it is, and goes where the scrubber is put', async () => {
    const page = await open(linkTo(Date.parse(replays[0]?.from ?? '')));
    const play = '.strip button[aria-pressed]';
    await page.click(play);
    await page.waitForFunction(
      (from) => Date.parse(new URLSearchParams(location.hash.slice(1)).get('at') ?? '') > from,
      {},
      Date.parse(replays[0]?.from ?? '') + 60_000,
    );
    expect(await textOf(page, play)).toBe('Pause');
    await page.click(play);
    await settle(page);
    const paused = await momentSeen(page);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await momentSeen(page)).toBe(paused);
    expect(await textOf(page, play)).toBe('Play');
    await page.$eval(SCRUBBER, (input) => {
      (input as HTMLInputElement).value = '600';
      input.dispatchEvent(new Event('input', { bubbles: true }));
    });
    await settle(page);
    expect(await momentSeen(page)).toBe(Date.parse(replays[0]?.to ?? ''));
    expect(await modes(page)).toEqual(modesAt(replays[0] as Replay, Date.parse(replays[0]?.to ?? '')));
  });

  test('ends when something is failed by hand', async () => {
    const page = await open(linkTo(Date.parse(replays[0]?.from ?? '')).replace('view=replay', 'view=map'));
    await page.click('[data-box][data-id="identity"] > rect');
    await settle(page);
    const hash = await addressOf(page);
    expect(hash).toContain('without=identity');
    expect(hash).not.toContain('incident');
  });
});
