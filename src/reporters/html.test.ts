import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EMPTY_CATALOG } from '../catalog/index.ts';
import { loadCatalog } from '../catalog/load.ts';
import { evidenceOf } from '../evidence/index.ts';
import { buildModel } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import { replay } from '../replay/index.ts';
import { escapeHtml } from './html-text.ts';
import { leanCatalog, leanIncident, reportHtml, type ReportData } from './html.ts';

const root = join(import.meta.dirname, '..', '..');
const TEMPLATE = `<title><!--title--></title><meta content="connect-src 'none'"><script id="data"><!--data--></script>`;

function data(name: string, more: Partial<ReportData> = {}): ReportData {
  // As much of a plan as the reporter looks at.
  const plans = [{ plan: { platform: { name } } }] as unknown as ReportData['plans'];
  return {
    schema: 'keelson.report/1',
    version: '1.2.3',
    plans,
    comparison: null,
    catalog: EMPTY_CATALOG,
    incidents: [],
    options: {},
    view: '',
    isLive: false,
    ...more,
  };
}

const HOSTILE = [
  '</script><script>alert(1)</script>',
  '<!-- <script>',
  ']]>',
  "$& $` $' $1 $$",
  '\u2028\u2029\u202e',
  '"\'\\',
  '<!--data--><!--title-->',
];

test.each(HOSTILE)('nothing in a name ends the element that holds the data: %j', (name) => {
  const html = reportHtml(TEMPLATE, data(name));
  const held = /<script id="data">(.*?)<\/script>$/s.exec(html)?.[1] ?? '';
  expect(held).not.toMatch(/[<>&\u2028\u2029]/);
  expect(JSON.parse(held).plans[0].plan.platform.name).toBe(name);
});

test.each(HOSTILE)('a name stands in the title as text: %j', (name) => {
  const title = /<title>(.*?)<\/title>/s.exec(reportHtml(TEMPLATE, data(name)))?.[1] ?? '';
  expect(title).not.toMatch(/[<>]/);
  expect(title).toMatch(/ – Keelson$/);
});

test('only a page that is served may connect, and only to whoever served it', () => {
  expect(reportHtml(TEMPLATE, data('a'))).toContain("connect-src 'none'");
  expect(reportHtml(TEMPLATE, data('a', { isLive: true }))).toContain("connect-src 'self'");
  expect(reportHtml(TEMPLATE, data("connect-src 'none'", { isLive: true }))).toContain("connect-src 'self'");
});

test('an incident as the page has it is replayed as it was, and is less', () => {
  const { catalog, incidents } = loadCatalog(join(root, 'data'));
  for (const name of ['plan.yaml', 'before.yaml']) {
    const file = join(root, 'examples', 'harbor', name);
    const { plan } = parsePlan(readFileSync(file, 'utf8'), file);
    const { model } = plan === undefined ? { model: undefined } : buildModel(plan, catalog);
    if (model === undefined) throw new Error(`${file} is no plan`);
    for (const incident of incidents) {
      const lean = leanIncident(incident);
      expect(JSON.stringify(lean).length).toBeLessThan(JSON.stringify(incident).length);
      expect(replay(model, lean, { catalog }), incident.id).toEqual(replay(model, incident, { catalog }));
      expect([lean.title, lean.root_cause]).toEqual([incident.title, incident.root_cause]);
    }
  }
});

test('the catalogue as the page has it gives the same model and the same evidence, and is less', () => {
  const { catalog } = loadCatalog(join(root, 'data'));
  const lean = leanCatalog(catalog);
  expect(JSON.stringify(lean).length).toBeLessThan(JSON.stringify(catalog).length);
  expect([catalog.nodeHosts, lean.nodeHosts]).toEqual([expect.any(Array), undefined]);
  for (const name of ['plan.yaml', 'before.yaml']) {
    const file = join(root, 'examples', 'harbor', name);
    const { plan } = parsePlan(readFileSync(file, 'utf8'), file);
    if (plan === undefined) throw new Error(`${file} is no plan`);
    const [full, less] = [buildModel(plan, catalog), buildModel(plan, lean)];
    expect(less).toEqual(full);
    if (full.model !== undefined)
      expect(evidenceOf(full.model, lean)).toEqual(evidenceOf(full.model, catalog));
  }
});

test('the five characters of HTML are written as entities', () => {
  expect(escapeHtml(`<a href="x" id='y'>&amp;`)).toBe('&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;');
});
