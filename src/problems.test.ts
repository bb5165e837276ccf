import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { PROBLEM_CODES, printable, problem, severityOf, show } from './problems.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const page = join(root, 'docs/problems.md');

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourcesIn(path);
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts') ? [readFileSync(path, 'utf8')] : [];
  });
}

const headings = existsSync(page)
  ? [...readFileSync(page, 'utf8').matchAll(/^### `?([a-z0-9-]+)`?\s*$/gm)].map(([, code = '']) => code)
  : [];
const missing = (codes: Iterable<string>): string[] =>
  [...codes].filter((code) => !headings.includes(code)).sort();

/** The first argument of every `new KeelsonError('code', …)`. */
const errorCodes = new Set(
  sourcesIn(join(root, 'src')).flatMap((source) =>
    [...source.matchAll(/new KeelsonError\(\s*'([a-z0-9-]+)'/g)].map(([, code = '']) => code),
  ),
);

/** Words in quotes that stand before a severity: how findings.ts says what it finds. */
const findingCodes = new Set(
  [
    ...readFileSync(join(root, 'src/assess/findings.ts'), 'utf8').matchAll(
      /'([a-z0-9-]+)',\s*'(?:error|warning|note)'/g,
    ),
  ].map(([, code = '']) => code),
);

describe('docs/problems.md has a heading for', () => {
  test('every problem of a plan, a catalogue file or an incident', () => {
    expect(missing(PROBLEM_CODES)).toEqual([]);
  });

  test('every error that stops the program', () => {
    expect(errorCodes.size).toBeGreaterThan(8);
    expect(missing(errorCodes)).toEqual([]);
  });

  test('every finding of an assessment', () => {
    expect(findingCodes.size).toBeGreaterThan(5);
    expect(missing(findingCodes)).toEqual([]);
  });

  test('nothing that is not said anywhere, and nothing twice', () => {
    const known = new Set<string>([...PROBLEM_CODES, ...errorCodes, ...findingCodes]);
    expect(headings.filter((code) => !known.has(code))).toEqual([]);
    expect(headings.filter((code, i) => headings.indexOf(code) !== i)).toEqual([]);
  });
});

describe('a problem', () => {
  test('has its place, its severity and its words', () => {
    expect(
      problem(
        'unknown-service',
        { file: 'p.yaml', line: 3, column: 7 },
        { name: 'hot-walet', nearest: 'hot-wallet' },
      ),
    ).toEqual({
      code: 'unknown-service',
      severity: 'error',
      message: '"hot-walet" is not a service of this plan. Did you mean "hot-wallet"?',
      file: 'p.yaml',
      line: 3,
      column: 7,
    });
    expect(severityOf('service-unused')).toBe('warning');
  });

  test('shows what was written shortened, and nothing that misleads a terminal', () => {
    expect(show('a'.repeat(100))).toBe(`"${'a'.repeat(57)}…"`);
    expect(show('a\u001b[31mb\n\u202ec\u200b')).toBe('"a\\u{1b}[31mb\\u{a}\\u{202e}c\\u{200b}"');
    expect(printable('ünïcödé ✓ 交易所')).toBe('ünïcödé ✓ 交易所');
    expect(printable('\ud800')).toBe('\\u{d800}');
  });
});
