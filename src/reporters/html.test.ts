import { expect, test } from 'vitest';
import { EMPTY_CATALOG } from '../catalog/index.ts';
import { escapeHtml, reportHtml, type ReportData } from './html.ts';

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

test('what the page neither replays nor shows is left out', () => {
  const incident = { id: 'a', effects: [{ offset: 3, capability: 'x/y' }], lessons: ['l'], timeline: [] };
  const html = reportHtml(
    TEMPLATE,
    data('a', { incidents: [incident] as unknown as ReportData['incidents'] }),
  );
  expect(html).toContain('"incidents":[{"id":"a","effects":[{"capability":"x/y"}]}]');
});

test('the five characters of HTML are written as entities', () => {
  expect(escapeHtml(`<a href="x" id='y'>&amp;`)).toBe('&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;');
});
