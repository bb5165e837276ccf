import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectWithin, secondsOf } from '../../../test/pace.ts';
import type { Attributes, Schedule } from '../fault.ts';
import { readAttributes } from './attributes.ts';
import { matches, readMatch } from './match.ts';
import { isLoopback, placeText, readPlace } from './place.ts';
import { momentOf, readSchedule } from './schedule.ts';

describe('attributes', () => {
  const described: Attributes = {
    share: { kind: 'number', summary: '', least: 0, most: 1, hasDecimals: true, default: null },
    word: { kind: 'text', summary: '', longest: 5, oneOf: ['yes', 'no'], default: 'yes' },
    isOn: { kind: 'boolean', summary: '', default: false },
    headers: { kind: 'texts', summary: '', mostEntries: 2, longest: 4, default: null },
    names: { kind: 'list', summary: '', mostEntries: 2, longest: 4, default: [] },
    value: { kind: 'json', summary: '', longest: 10 },
  };

  test('what is left out has its default, at a change its value from before', () => {
    expect(readAttributes(described, { value: null })).toEqual({
      values: { share: null, word: 'yes', isOn: false, headers: null, names: [], value: null },
      mistakes: [],
    });
    const before = { share: 0.5, word: 'no', isOn: true, headers: { a: 'b' }, names: ['x'], value: 1 };
    expect(readAttributes(described, { share: null }, before).values).toEqual({ ...before, share: null });
    expect(readAttributes(described, null, before).values).toEqual(before);
  });

  test.each([
    ['share', 1.1],
    ['share', Number.NaN],
    ['word', 'perhaps'],
    ['word', null],
    ['isOn', 'true'],
    ['headers', { a: 'longer' }],
    ['headers', { longer: 'a' }],
    ['headers', { a: 'a', b: 'b', c: 'c' }],
    ['headers', ['a']],
    ['names', ['a', 'b', 'c']],
    ['names', [1]],
    ['value', 'longer than ten'],
  ])('%s is not %j', (name, value) => {
    const { mistakes } = readAttributes(described, { value: 1, [name]: value });
    expect(mistakes).toEqual([expect.stringMatching(new RegExp(`^Expected ${name} to be .*, found .*\\.$`))]);
  });

  test('what is needed is said, and what is unknown, even where it is called like something of every object', () => {
    expect(readAttributes(described, { constructor: 1 }).mistakes).toEqual([
      'Expected no attribute but share, word, isOn, headers, names, value, found "constructor".',
      'Expected value, a value of JSON of at most 10 characters; found nothing.',
    ]);
    expect(readAttributes({}, { a: 1 }).mistakes).toEqual(['Expected no attribute, found "a".']);
  });
});

describe('a match', () => {
  const fits = (path: string, target: string): boolean =>
    matches({ path }, { method: 'GET', target, rawHeaders: [] });

  test.each([
    ['/a/b', '/a/b', true],
    ['/a/b', '/a/b?c=/d', true],
    ['/a/b', '/a/b/', false],
    ['/a/*', '/a/b', true],
    ['/a/*', '/a/', false],
    ['/a/*', '/a/b/c', false],
    ['/*/b', '/a/b', true],
    ['/a/**', '/a', true],
    ['/a/**', '/a/b/c', true],
    ['/a/**', '/ab', false],
    ['/**', '/', true],
    ['/**/orders', '/api/v2/orders', true],
    ['/**/a/**/b', '/x/a/a/y/b', true],
    ['/**/a/**/b', '/x/b/a', false],
    ['/a', 'http://other:80/a?b', true],
    ['/a/*', '/a/%2e', true],
  ])('%s and %s: %s', (path, target, isFit) => expect(fits(path, target)).toBe(isFit));

  test('a pattern that goes back again and again is through at once', () => {
    const seconds = secondsOf(() => {
      expect(fits(`${'/**/a'.repeat(400)}/b`, '/a'.repeat(8000))).toBe(false);
    });
    expectWithin(seconds, 0.5);
  });

  test('methods in any case, headers by name in any case and by value as it is', () => {
    const request = { method: 'POST', target: '/', rawHeaders: ['Accept', 'a', 'X-Shard', 'Seven'] };
    const read = (given: unknown) => readMatch(given, []);
    expect(matches(read({ methods: ['get', 'post'] }), request)).toBe(true);
    expect(matches(read({ methods: ['GET'] }), request)).toBe(false);
    expect(matches(read({ header: { name: 'x-shard' } }), request)).toBe(true);
    expect(matches(read({ header: { name: 'x-shard', value: 'Seven' } }), request)).toBe(true);
    expect(matches(read({ header: { name: 'x-shard', value: 'seven' } }), request)).toBe(false);
    expect(matches(read({ header: { name: 'x-shard' }, path: '/b' }), request)).toBe(false);
    expect(matches(undefined, request)).toBe(true);
  });

  test.each([
    7,
    { paths: '/' },
    { path: 'a' },
    { methods: [] },
    { methods: ['G T'] },
    { header: 'x' },
    { header: { name: 'x', more: 1 } },
  ])('refused: %j', (given) => {
    const mistakes: string[] = [];
    expect(readMatch(given, mistakes)).toBeUndefined();
    expect(mistakes).toHaveLength(1);
  });
});

describe('a schedule', () => {
  test('says everything that is wrong', () => {
    const mistakes: string[] = [];
    const given = { after: -1, for: 0, first: 1.5, every: 1, on: 3, often: true };
    expect(readSchedule(given, mistakes)).toBeUndefined();
    expect(mistakes).toHaveLength(6);
  });

  /** As one would say it, a moment at a time. */
  function isOn(
    { after = 0, for: time = Infinity, until = Infinity, every, on }: Schedule,
    at: number,
  ): boolean {
    if (at < after || at >= after + time || at >= until) return false;
    return every === undefined || (at - after) % every < (on ?? every / 2);
  }

  test('is on when it says, and tells of each moment that it turns', () => {
    const part = fc.integer({ min: 1, max: 20 });
    const schedules = fc.record(
      { after: part, for: part, until: part, every: fc.integer({ min: 2, max: 12 }) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(schedules, (schedule) => {
        for (let at = 0; at < 50; at++) {
          const { isOn: found, until } = momentOf(schedule, 0, at);
          expect(found).toBe(isOn(schedule, at));
          expect(until).toBeGreaterThan(at);
          for (let later = at; later < Math.min(until, 50); later++)
            expect(isOn(schedule, later)).toBe(found);
        }
      }),
    );
  });

  test('a clock with parts of a millisecond does not hold it back', () => {
    const setAt = 1_764_000_000_000 + 1 / 7;
    let now = setAt;
    for (let turn = 0; turn < 10_000; turn++) {
      const { isOn: was, until } = momentOf({ every: 7, on: 3 }, setAt, now);
      expect(until).toBeGreaterThan(now);
      now = until;
      expect(momentOf({ every: 7, on: 3 }, setAt, now).isOn).toBe(!was);
    }
  });
});

test('places are read as they are written', () => {
  expect(readPlace('127.0.0.1:80')).toEqual({ host: '127.0.0.1', port: 80 });
  expect(readPlace('[::1]:80')).toEqual({ host: '::1', port: 80 });
  expect(readPlace(':80')).toEqual({ host: '', port: 80 });
  expect(placeText({ host: '::1', port: 80 })).toBe('[::1]:80');
  for (const text of [
    'a',
    'a:',
    'a:65536',
    '::1:80',
    '[a]:80',
    '[1.2.3.4]:80',
    'a b:80',
    'http://a:80',
    'a:080000',
  ])
    expect(readPlace(text)).toBeUndefined();
  expect(['localhost', '127.9.9.9', '::1'].every(isLoopback)).toBe(true);
  expect(['', '0.0.0.0', '::', '127.example.com', '10.0.0.1'].some(isLoopback)).toBe(false);
});
