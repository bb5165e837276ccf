import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOG } from '../../catalog/index.ts';
import type { Draft } from '../draft.ts';
import { readHar } from './index.ts';

const page = 'https://www.a.example/';
const extension = 'chrome-extension://abc/inpage.js';
const entry = (url: string, initiator: unknown, kind = 'fetch'): unknown => ({
  pageref: 'p',
  request: { method: 'GET', url },
  response: { status: 200 },
  _resourceType: kind,
  ...(initiator === undefined ? {} : { _initiator: initiator }),
});
const stack = (...urls: readonly string[]): unknown => ({
  type: 'script',
  stack: { callFrames: urls.map((url) => ({ url })) },
});
function draftOf(...entries: readonly unknown[]): Draft {
  const all = [entry(page, { type: 'other' }, 'document'), ...entries];
  const text = JSON.stringify({ log: { entries: all } });
  const { draft, problems } = readHar(text, 'x.har', { asOf: '2026-11-20', catalog: EMPTY_CATALOG });
  expect(problems).toEqual([]);
  if (draft === undefined) throw new Error('Expected a draft, found none.');
  return draft;
}
const needs = (draft: Draft): unknown =>
  draft.services.find(({ name }) => name === 'www.a.example')?.needs ?? null;

describe('a request of an extension', () => {
  test.each([
    ['its stack', stack(extension)],
    [
      'a stack above it',
      { type: 'script', stack: { callFrames: [], parent: { callFrames: [{ url: extension }] } } },
    ],
    ['its URL', { type: 'script', url: 'moz-extension://abc/x.js' }],
  ])('is left aside by %s, and counted', (_, initiator) => {
    const draft = draftOf(entry('https://list.b.example/', initiator));
    expect(draft.services.map(({ name }) => name)).toEqual(['www.a.example']);
    expect(draft.comments).toContain('1 left aside: requests of browser extensions.');
  });

  test('is one of the page where the page stands in its stack', () => {
    expect(needs(draftOf(entry('https://api.b.example/', stack(extension, `${page}app.js`))))).toBe(
      'api.b.example',
    );
  });
});

describe('a request that nothing of the page was seen to make', () => {
  const other = entry('https://update.b.example/', { type: 'other' });

  test('to another site is asked about', () => {
    const draft = draftOf(other);
    expect(needs(draft)).toBeNull();
    expect(draft.services).toMatchObject([
      {
        name: 'www.a.example',
        comments: [
          'Not explained by this file: what does it stand on?',
          'Asked while it was open, by the browser itself or by what was not recorded: update.b.example. Does it need them?',
        ],
      },
    ]);
  });

  test('is a need where something of the page names the host too', () => {
    expect(
      needs(draftOf(other, entry('https://update.b.example/x.js', { type: 'parser', url: page }, 'script'))),
    ).toBe('update.b.example');
  });

  test('to the site of the page is a need', () => {
    expect(needs(draftOf(entry('https://api.a.example/', { type: 'other' })))).toBe('api.a.example');
  });

  test('of a browser that names nobody is a need', () => {
    expect(needs(draftOf(entry('https://api.b.example/', undefined)))).toBe('api.b.example');
  });
});
