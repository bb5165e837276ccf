import type { Page } from 'puppeteer-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { alternativesOf, downHours, type Assessment } from '../../src/assess/index.ts';
import { evidenceOf } from '../../src/evidence/index.ts';
import { coverage, type Replay, type Years } from '../../src/replay/index.ts';
import { headlineOf } from '../../src/reporters/headline.ts';
import { assumedIn } from '../../src/reporters/evidence-rows.ts';
import { addedSays, signedMoney } from '../../src/reporters/words.ts';
import { formatAvailability, formatHours, formatMoney, formatShare } from '../../src/units.ts';
import { keelson } from '../cli/keelson.ts';
import { isSkipped, whySkipped } from './chromium.ts';
import { catalog, journeysShown, modelOf, modesWithout, withoutUnits } from './report-model.ts';
import { BEFORE, HARBOR, SIZES, journeysSeen, settle, tableSeen, textOf, useReader } from './report-page.ts';
import type { Size } from './report-page.ts';

const PLANS = [HARBOR, BEFORE];

/** What the command says, as JSON. */
function asked<Answer>(...words: readonly string[]): Answer {
  const { out, err } = keelson([...words, '--json']);
  if (out === '') throw new Error(err);
  return JSON.parse(out) as Answer; // of the schema that the caller names
}

describe.skipIf(isSkipped)(`the views${whySkipped}`, () => {
  const reader = useReader();
  let now: Assessment;
  let before: Assessment;

  beforeAll(() => {
    [now, before] = asked('assess', ...PLANS);
  });

  describe.each(Object.keys(SIZES) as Size[])('at the size of a %s', (size) => {
    const open = (hash: string): Promise<Page> => reader().open(reader().make(...PLANS), { size, hash });
    const panel = (page: Page, view: string): Promise<string> => textOf(page, `#panel-${view}`);

    test('begin with the answer, and every journey with its figures', async () => {
      const page = await open('');
      const answer = await textOf(page, '.answer');
      for (const sentence of headlineOf(now))
        expect(answer).toContain(sentence.map(({ text }) => text).join(''));
      expect(answer).toContain('All 4 targets met.');
      expect(answer).toContain(`${now.assumptions.length} figures rest on assumptions, in whole or in part.`);
      const shown = journeysShown(now, modesWithout(modelOf(HARBOR), []));
      expect(withoutUnits(await journeysSeen(page), shown)).toEqual(shown);
    });

    test('show the other plan with its own figures', async () => {
      const page = await open('plan=2');
      expect(await textOf(page, 'h1')).toBe('Harbor Exchange (before)');
      const shown = journeysShown(before, modesWithout(modelOf(BEFORE), []));
      expect(withoutUnits(await journeysSeen(page), shown)).toEqual(shown);
      expect(await textOf(page, '.answer')).toContain('Two providers each take everything down');
    });

    test('replay: every incident that hit the plan, with minutes and money of keelson replay all', async () => {
      const page = await open('view=replay');
      const replays: Replay[] = asked('replay', 'all', HARBOR);
      const hit = coverage(replays).filter(({ plans }) =>
        plans.some(({ outcome }) => outcome !== 'untouched'),
      );
      const rows = await tableSeen(page, '#panel-replay .incidents');
      expect(await panel(page, 'replay')).toContain(`${hit.length} of the ${replays.length} incidents`);
      expect(rows.map(([title, , down, lost]) => [title, down, lost])).toEqual(
        hit.map(({ incident, plans: [plan] }) => [
          `${incident.title} ${incident.id.slice(-10)}`,
          plan === undefined || plan.minutesDown === 0 ? '–' : formatHours(plan.minutesDown / 60),
          plan === undefined || plan.loss === null ? '–' : formatMoney(plan.loss, 'USD'),
        ]),
      );
      for (const { incident, journeys } of replays) {
        const longest = Math.max(...journeys.map(({ minutesDown }) => minutesDown));
        const row = rows.find(([title]) => title === `${incident.title} ${incident.id.slice(-10)}`);
        if (longest > 0) expect(row?.[2], incident.id).toBe(formatHours(longest / 60));
      }
    });

    test('loss: the years of keelson replay --years 1000, and bars of providers and journeys', async () => {
      const page = await open('view=loss');
      const years: Years[] = asked('replay', '--years', '1000', ...PLANS);
      // Rows are filled in as plan after plan is done.
      await expect
        .poll(async () => (await tableSeen(page, '#panel-loss table:has(caption)')).slice(0, 2))
        .toEqual(years.map(rowOfYears));
      const text = await panel(page, 'loss');
      for (const { name, lossPerYear } of now.journeys)
        expect(text).toContain(`${name}\n${formatMoney(lossPerYear ?? 0, 'USD')}`);
      const most = now.providers.toSorted((a, b) => b.lossShare - a.lossShare).slice(0, 12);
      for (const { name, lossShare, lossPerYear } of most)
        expect(text).toContain(
          `${name}\n${formatMoney(lossPerYear < 1 ? 0 : lossPerYear, 'USD')} a year, ${formatShare(lossShare)}`,
        );
      expect(text).toContain((now.concentration.hhi ?? 0).toFixed(2));
      // The curve is drawn after the table.
      await page.waitForSelector('#panel-loss canvas');
    });

    test('security: what each alternative bought and gave away, and who could alter each journey', async () => {
      const page = await open('view=security');
      const rows = await tableSeen(page, '#panel-security table.alternatives');
      const worth = alternativesOf(modelOf(HARBOR));
      expect(rows.map((cells) => cells.slice(0, 4))).toEqual(
        worth.map((one) => [
          `${one.service} ${one.position}. ${one.alternative}`,
          one.hoursAvoidedPerYear < 0
            ? `−${formatHours(-one.hoursAvoidedPerYear)}`
            : one.hoursAvoidedPerYear === 0
              ? '–'
              : formatHours(one.hoursAvoidedPerYear),
          signedMoney(one.lossAvoidedPerYear, 'USD'),
          one.costPerYear === null ? 'not said' : formatMoney(one.costPerYear, 'USD'),
        ]),
      );
      const short = (ways: readonly (readonly string[])[]): string =>
        ways.map((set) => set.map((id) => id.replace('compromise:', '')).join(' with ')).join(', ');
      expect(rows.map((cells) => cells[5])).toEqual(
        worth.map(
          ({ addedCompromise: added, avoidedCompromise: avoided }) =>
            [
              ...(added.length > 0 ? [`+${added.length} ${short(added)}`] : []),
              ...(avoided.length > 0 ? [`−${avoided.length} ${short(avoided)}`] : []),
            ].join(' ') || '–',
        ),
      );
      const journeys = await tableSeen(page, '#panel-security table:not(.alternatives)');
      expect(journeys.map(([name, available, , , ways, single]) => [name, available, ways, single])).toEqual(
        now.journeys.map(({ name, availability, compromise }) => [
          name,
          formatAvailability(1 - availability),
          compromise.total,
          compromise.singlePoints.map((id) => id.replace('compromise:', '')).join(' · ') || '–',
        ]),
      );
    });

    test('advice: every change with what it avoids, costs and adds, and what is paid for already', async () => {
      const page = await open('view=advice&plan=1');
      const text = (await panel(page, 'advice')).replace(/\s+/g, ' ');
      expect(now.advice.length).toBeGreaterThan(2);
      for (const { change, lossAvoidedPerYear, costPerYear, added } of now.advice) {
        const cost = costPerYear === null ? 'not known' : `${formatMoney(costPerYear, 'USD')} a year`;
        const adds = addedSays(added) === '–' ? 'nothing' : addedSays(added);
        expect(text).toContain(
          `${change} avoids ${formatMoney(lossAvoidedPerYear, 'USD')} a year · costs ${cost} · adds ${adds}`,
        );
      }
      expect(now.paid.length).toBeGreaterThan(0);
      for (const { service, alternative, lossAvoidedPerYear, costPerYear } of now.paid)
        expect(text).toContain(
          `${alternative} of ${service} avoids ${formatMoney(lossAvoidedPerYear, 'USD')} a year · costs ${formatMoney(costPerYear, 'USD')} a year`,
        );
    });

    test('evidence: every edge and every rate, all or those that a filter leaves', async () => {
      const page = await open('view=evidence');
      const rows = evidenceOf(modelOf(HARBOR), catalog);
      const assumed = assumedIn(now, rows);
      const assumedEdges = assumed.filter(({ kind }) => kind === 'edge');
      const edges = rows.filter(({ kind }) => kind === 'edge');
      expect(await panel(page, 'evidence')).toContain(
        `${edges.length} edges and ${rows.length - edges.length} rates; ${assumedEdges.length} and ${assumed.length - assumedEdges.length} of them are assumed`,
      );
      const count = async (filter: string): Promise<number> => {
        const button = await page.waitForSelector(`#panel-evidence fieldset ::-p-text(${filter})`);
        await button?.click();
        await settle(page);
        expect(await button?.evaluate((one) => one.closest('button')?.getAttribute('aria-pressed'))).toBe(
          'true',
        );
        const more = await page.$('#panel-evidence > button');
        await more?.click();
        await settle(page);
        return (await tableSeen(page, '#panel-evidence table.evidence')).length;
      };
      expect(await count('Assumed')).toBe(assumed.length);
      expect(await count('Without a source')).toBe(
        rows.filter(({ sources }) => sources.every(({ source }) => source === null)).length,
      );
      expect(await count('Rates')).toBe(rows.length - edges.length);
      expect(await count('Edges')).toBe(edges.length);
      expect(await count('All')).toBe(rows.length);
      const links = await page.$$eval('#panel-evidence a', (all) => all.map((one) => one.href));
      const sources = rows.flatMap((row) => row.sources.slice(0, 4).flatMap(({ source }) => source ?? []));
      expect(links).toEqual(sources.filter((one) => /^https?:/.test(one)).map((one) => new URL(one).href));
    });

    test('compare: both plans with the figures of each', async () => {
      const page = await open('view=compare');
      const text = await panel(page, 'compare');
      for (const { plan, journeys } of [now, before]) {
        expect(text).toContain(plan.name);
        for (const journey of journeys) {
          expect(text).toContain(journey.name);
          expect(text).toContain(formatHours(downHours(journey)));
          expect(text).toContain(formatMoney(journey.lossPerYear ?? 0, 'USD'));
        }
      }
    });

    test('are no wider than the window', async () => {
      const page = await open('without=cloudflare&selected=edge');
      for (const view of ['map', 'replay', 'loss', 'security', 'advice', 'evidence', 'compare']) {
        await page.$eval(`#tab-${view}`, (tab) => (tab as HTMLElement).click());
        await settle(page);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(over, view).toBeLessThanOrEqual(0);
      }
    });
  });
});

function rowOfYears({ plan, loss }: Years): string[] {
  if (loss === null) throw new Error('Expected years that say what they lost.');
  const { mean, median, valueAtRisk, most } = loss;
  const amounts = [mean, median, valueAtRisk.p95, valueAtRisk.p99, most];
  return [plan.name, ...amounts.map((amount) => formatMoney(amount, plan.currency))];
}
