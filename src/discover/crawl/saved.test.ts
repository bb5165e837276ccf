import { describe, expect, test } from 'vitest';
import type { Crawl } from './crawl.ts';
import { crawlText, readCrawl } from './saved.ts';

const CRAWL: Crawl = {
  schema: 'keelson.crawl/1',
  domains: ['harbor.example'],
  at: '2026-11-01T12:00:00Z',
  lookups: [
    {
      name: 'www.harbor.example',
      type: 'A',
      outcome: 'answered',
      chain: ['a\\007b.edge.example'],
      records: ['104.16.1.1'],
      ttlSeconds: 60,
      isAuthenticated: true,
    },
    { name: '.', type: 'NS', outcome: 'empty', chain: [], records: [] },
  ],
  fetches: [
    {
      url: 'https://harbor.example/a?…',
      method: 'GET',
      purpose: 'page',
      address: '104.16.1.1',
      status: 200,
      headers: [
        ['server', 'cloudflare'],
        ['x-empty', ''],
        ['age', '17'],
        ['x-null', 'null'],
      ],
      certificate: {
        issuerOrganisation: 'Let’s Encrypt',
        issuerName: 'R3',
        names: ['*.harbor.example'],
        from: '2026-10-01',
        until: '2026-12-30',
        isTrusted: true,
        statusHosts: ['r3.c.lencr.org'],
      },
      redirectsTo: 'https://www.harbor.example/',
      bytes: 100,
      isCut: true,
      references: [
        { kind: 'script', host: 'cdn.example', path: '/a.js', where: 'html', isPinned: true },
        { kind: 'policy', host: '*.infura.io', path: '', where: 'header', directive: 'connect-src' },
      ],
    },
    { url: 'http://harbor.example/', method: 'HEAD', purpose: 'page' },
  ],
  troubles: [{ of: 'harbor.example', code: 'dns', message: 'It has no address.' }],
};

test('a crawl that was saved is read as it was', () => {
  expect(readCrawl(crawlText(CRAWL), 'crawl.json')).toEqual({ crawl: CRAWL, problems: [] });
});

test('a crawl that would not be read back is not written', () => {
  const records = Array.from({ length: 100 }, () => 'x'.repeat(1_024));
  const lookup = {
    name: 'a.example',
    type: 'TXT' as const,
    outcome: 'answered' as const,
    chain: [],
    records,
  };
  expect(() => crawlText({ ...CRAWL, lookups: Array.from({ length: 200 }, () => lookup) })).toThrow(
    expect.objectContaining({ code: 'crawl-too-large' }),
  );
});

const change = (path: readonly (string | number)[], value: unknown): string => {
  const whole: unknown = structuredClone(CRAWL);
  let at = whole;
  // A path of the crawl above.
  for (const key of path.slice(0, -1)) at = (at as Record<string | number, unknown>)[key];
  (at as Record<string | number, unknown>)[path.at(-1) ?? ''] = value;
  return JSON.stringify(whole, undefined, 1);
};

describe('what no crawl could have found is refused at its place', () => {
  test.each<[readonly (string | number)[], unknown, string]>([
    [['schema'], 'keelson.crawl/2', 'wrong-word'],
    [['domains'], [], 'too-few'],
    [['domains', 0], 'HARBOR.example', 'wrong-type'],
    [['domains', 0], '\u001b[31mharbor.example', 'wrong-type'],
    [['at'], 'yesterday', 'wrong-type'],
    [['lookups', 0, 'type'], 'ANY', 'wrong-word'],
    [['lookups', 0, 'name'], 'a\u0007.example', 'wrong-type'],
    [['lookups', 0, 'ttlSeconds'], -1, 'out-of-range'],
    [['lookups', 0, 'records'], ['x'.repeat(1_025)], 'wrong-type'],
    [['lookups', 0, 'records'], Array.from({ length: 101 }, () => 'x'), 'too-many'],
    [['lookups', 0, 'more'], 1, 'unknown-key'],
    [['fetches', 0, 'url'], 'file:///etc/passwd', 'wrong-type'],
    [['fetches', 0, 'url'], 'https://user:pass@harbor.example/', 'wrong-type'],
    [['fetches', 0, 'url'], undefined, 'missing-key'],
    [['fetches', 0, 'address'], 'harbor.example', 'wrong-type'],
    [['fetches', 0, 'headers', 0], ['server'], 'too-few'],
    [['fetches', 0, 'headers', 0, 1], 'a\u202eb', 'wrong-type'],
    [['fetches', 0, 'certificate', 'names', 0], '<script>', 'wrong-type'],
    [['fetches', 0, 'references', 0, 'host'], '../..', 'wrong-type'],
    [['troubles', 0, 'message'], 'a\nb', 'wrong-type'],
  ])('%j: %j', (path, value, code) => {
    const { crawl, problems } = readCrawl(change(path, value), 'crawl.json');
    expect(crawl).toBeUndefined();
    expect(problems.map((problem) => problem.code)).toContain(code);
    expect(problems[0]?.line).toBeGreaterThan(0);
  });
});

describe('a file of anybody’s is refused within bounds', () => {
  test.each([
    ['nothing', '', 'empty-document'],
    ['another thing', '[1]', 'wrong-type'],
    ['what is no JSON', '{"schema": "keelson.crawl/1', 'yaml-syntax'],
    ['depth', '['.repeat(100_000), 'nesting-too-deep'],
    ['thousands of problems', JSON.stringify({ ...CRAWL, lookups: Array(1_000).fill(1) }), 'more-problems'],
    [
      'aliases',
      `a: &a [1,1,1,1,1,1,1,1,1]\n${Array.from({ length: 9 }, (_, i) => `${'bcdefghijk'[i]}: &${'bcdefghijk'[i]} [${Array(9).fill(`*${'abcdefghij'[i]}`).join(',')}]`).join('\n')}`,
      'aliases-too-large',
    ],
  ])('%s', (_, text, code) => {
    const { crawl, problems } = readCrawl(text, 'crawl.json');
    expect(crawl).toBeUndefined();
    expect(problems.map((problem) => problem.code)).toContain(code);
    expect(problems.length).toBeLessThan(150);
  });
});
