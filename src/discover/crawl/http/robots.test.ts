import { describe, expect, test } from 'vitest';
import { expectWithin, secondsOf } from '../../../../test/pace.ts';
import { readRobots } from './robots.ts';

const allows = (text: string, path: string): boolean => readRobots(text, 'keelson').allows(path);

describe('robots.txt', () => {
  test('lets everything be fetched where it says nothing', () => {
    expect(allows('', '/')).toBe(true);
    expect(allows('User-agent: *\nDisallow:\n', '/')).toBe(true);
    expect(allows('<html>not found</html>', '/')).toBe(true);
    expect(allows('Disallow: /\n', '/')).toBe(true);
  });

  test('speaks to all, unless it names us', () => {
    const text = 'User-agent: *\nDisallow: /\n\nUser-Agent: Keelson/1.0\nAllow: /\n';
    expect(allows(text, '/')).toBe(true);
    expect(readRobots(text, 'others').allows('/')).toBe(false);
    expect(allows('User-agent: keelsonbot\nDisallow: /\n', '/')).toBe(true);
  });

  test('joins groups of one name, and names of one group', () => {
    const text = 'User-agent: a\nUser-agent: keelson\nDisallow: /a\n\nUser-agent: keelson\nDisallow: /b\n';
    expect(['/a', '/b', '/c'].map((path) => allows(text, path))).toEqual([false, false, true]);
  });

  test('lets the longest rule count, and of two as long the one that allows', () => {
    const text = 'User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /c\nAllow: /c\n';
    expect(['/a/x', '/a/b', '/c'].map((path) => allows(text, path))).toEqual([false, true, true]);
  });

  test.each([
    ['/*.gif$', '/a/b.gif', true],
    ['/*.gif$', '/a/b.gif?x', false],
    ['/a*c$', '/abcbc', true],
    ['/a*bc*bc$', '/abc', false],
    ['/$', '/', true],
    ['/$', '/a', false],
    ['/%7Efoo', '/~foo', true],
    ['/ä', '/%C3%A4', true],
    ['/a%2fb', '/a%2Fb', true],
    ['/a%2fb', '/a/b', false],
  ])('has the pattern %s fit %s: %s', (pattern, path, fits) => {
    expect(allows(`User-agent: *\nDisallow: ${pattern}\n`, path)).toBe(!fits);
  });

  test('passes over comments, blanks, marks and ends of lines of every kind', () => {
    const text =
      '\uFEFFUSER-AGENT : *  # all\r\n  disallow:/a # not this\rDisallow: /b\nSitemap: https://x/\n';
    expect(['/a', '/b', '/c'].map((path) => allows(text, path))).toEqual([false, false, true]);
  });

  test('may ask for a gap', () => {
    expect(readRobots('User-agent: *\nCrawl-delay: 2.5\n', 'keelson').delaySeconds).toBe(2.5);
    expect(readRobots('User-agent: x\nCrawl-delay: 2.5\n', 'keelson').delaySeconds).toBeUndefined();
    expect(readRobots('User-agent: *\nCrawl-delay: never\n', 'keelson').delaySeconds).toBeUndefined();
  });

  test('is judged quickly, however long its patterns and lines are', () => {
    const seconds = secondsOf(() => {
      const pattern = `Disallow: /${'*a'.repeat(1_000)}$\n`;
      const robots = readRobots(`User-agent: *\n${pattern.repeat(240)}${'x'.repeat(500_000)}`, 'keelson');
      expect(robots.allows(`/${'a'.repeat(2_000)}b`)).toBe(true);
    });
    expectWithin(seconds, 2);
  });
});
