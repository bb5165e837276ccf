import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pathTest } from '../plan/index.ts';
import { safePath } from './paths.ts';

fc.configureGlobal({ seed: 1 });

/** The same, part by part and slowly. */
function fitsSlowly(pattern: string, path: string): boolean {
  const match = (wanted: readonly string[], parts: readonly string[]): boolean => {
    const [first, ...others] = wanted;
    if (first === undefined) return parts.length === 0;
    if (first === '**') return others.length === 0;
    const [part, ...rest] = parts;
    if (part === undefined || (first === '*' ? part === '' : part !== first)) return false;
    return match(others, rest);
  };
  // `/a/**` takes `/a` in, and `/**` everything.
  return match(pattern.slice(1).split('/'), path.slice(1).split('/'));
}

describe('a pattern', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['/', ['/'], ['/a', '//']],
    ['/**', ['/', '/a', '/a/b/'], []],
    ['/api/orders', ['/api/orders'], ['/api/orders/', '/api/order', '/api/orders/1', '/API/orders']],
    ['/api/orders/**', ['/api/orders', '/api/orders/', '/api/orders/1/2'], ['/api/ordersx', '/api']],
    ['/api/*/read', ['/api/x/read'], ['/api/read', '/api//read', '/api/x/y/read', '/api/x/read/']],
    ['/api/*/**', ['/api/x', '/api/x/y', '/api/x/'], ['/api', '/api/']],
    ['/a.b/$(x)', ['/a.b/$(x)'], ['/aXb/$(x)', '/a.b/']],
    ['/*/', ['/a/'], ['/a', '//', '/a/b']],
  ])('%s', (pattern, fitting, others) => {
    const fits = pathTest(pattern);
    expect(fitting.filter((path) => !fits(path))).toEqual([]);
    expect(others.filter(fits)).toEqual([]);
  });

  test('fits what a slow matcher of parts says it fits', () => {
    const part = fc.constantFrom('a', 'b', 'ab', 'a.b', '$(a)', '+', '');
    const wanted = fc
      .tuple(
        fc.array(fc.constantFrom('a', 'b', 'a.b', '$(a)', '+', '*'), { maxLength: 4 }),
        fc.constantFrom('none', '**', ''),
      )
      .map(([parts, end]) => `/${[...parts, ...(end === 'none' ? [] : [end])].join('/')}`);
    const path = fc.array(part, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`);
    let fitting = 0;
    fc.assert(
      fc.property(wanted, path, (pattern, one) => {
        const slow = fitsSlowly(pattern, one);
        if (slow) fitting++;
        expect(pathTest(pattern)(one), `${pattern} ${one}`).toBe(slow);
      }),
      { numRuns: 20_000 },
    );
    expect(fitting).toBeGreaterThan(1000);
  });
});

describe('a path that two programs read alike', () => {
  test.each([
    '/',
    '/api/orders',
    '/api/orders/',
    '/a/.well-known/x',
    '/a/..b/c..',
    '/%E2%82%AC/%20',
    '/%2B%3A%40',
    "/~user/-_.!$&'()*+,=:@",
  ])('is taken, and judged by what it stands for: %s', (path) => {
    expect(safePath(path)).toBe(decodeURIComponent(path));
    expect(safePath(`${path}?a=b/../c&d=//`)).toBe(decodeURIComponent(path));
  });
});

describe('a path that two programs could read differently', () => {
  test.each([
    '',
    'api',
    '*',
    'http://other.example/',
    '//other.example/a',
    '/a//b',
    '/.',
    '/..',
    '/a/.',
    '/a/./b',
    '/a/../b',
    '/a/..',
    '/a/%2e%2E/b',
    '/a/.%2e/b',
    '/a%2fb',
    '/a%2Fb',
    '/a\\b',
    '/a%5cb',
    '/a%00',
    '/a\0',
    '/a b',
    '/a\tb',
    '/a\nb',
    '/é',
    '/a%',
    '/a%4',
    '/a%zz',
    '/a;x=1/b',
    '/..;/b',
    '/a#b',
    '/a#?b',
    '/a?b#c',
    // Another spelling of /api/orders.
    '/api/%6frders',
    '/%61pi/orders',
    '/api/%4Frders',
    '/a%2Db',
    '/a%5Fb',
    '/a%7Eb',
    '/a%31',
    `/${'a'.repeat(8192)}`,
  ])('is refused: %j', (target) => {
    expect(safePath(target)).toBeUndefined();
  });

  test('is refused whatever it is made of: what is taken is the same to the parser of the web, decoded, and raw', () => {
    const piece = fc.constantFrom(
      ...[
        'a',
        'B',
        '9',
        '/',
        '/',
        '.',
        '..',
        '%',
        '%2e',
        '%2F',
        '%5C',
        '%41',
        '%7a',
        '%30',
        '%2b',
        '%E9',
        '%c0%af',
      ],
      ...['\\', ';', '?', '#', ' ', '\t', '\r', '\0', '\u00e9', '\u2215', '@', ':', '~', '-', '_', '*', '&'],
    );
    let taken = 0;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const target = `/${pieces.join('')}`;
        const path = safePath(target);
        if (path === undefined) return;
        taken++;
        const raw = target.split('?')[0] ?? '';
        expect(path).toBe(decodeURIComponent(raw));
        const web = new URL(`http://h${target}`);
        expect(web.host).toBe('h');
        expect(decodeURIComponent(web.pathname)).toBe(path);
        expect(web.hash).toBe('');
        // Who decodes before cutting into parts sees the same parts.
        expect(path.split('/').length).toBe(raw.split('/').length);
        expect(path.split('/').filter((part) => part === '.' || part === '..')).toEqual([]);
      }),
      { numRuns: 20_000 },
    );
    expect(taken).toBeGreaterThan(1000);
  });
});
