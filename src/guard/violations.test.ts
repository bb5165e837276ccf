import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { VIOLATION_CODES } from './violations.ts';

const page = readFileSync(new URL('../../docs/guard.md', import.meta.url), 'utf8');
const headings = [...page.matchAll(/^#### ([a-z0-9-]+)$/gm)].map(([, code = '']) => code);

test('docs/guard.md has a heading for every violation, once, and for nothing else', () => {
  expect([...headings].sort()).toEqual([...VIOLATION_CODES].sort());
});
