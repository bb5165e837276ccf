import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BOUNDS } from './bounds.ts';

test('the page on crawls has every bound with its number, in order', () => {
  const page = readFileSync(new URL('../../../docs/discover-crawl.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| ([\d,]+) \|/gm)].map(([, name = '', value = '']) => [
    name,
    Number(value.replaceAll(',', '')),
  ]);
  expect(rows).toEqual(Object.entries(BOUNDS));
});
