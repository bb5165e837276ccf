import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readLibrary } from '../incidents/index.ts';
import { loadCatalog } from './load.ts';
import { readCatalog } from './stored.ts';

const { catalog, incidents } = loadCatalog(fileURLToPath(new URL('../../data', import.meta.url)));

/** A value as JSON has it, without where its parts stood. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, one: unknown) => (key === 'offset' ? undefined : one)));

describe('the catalogue, stored as JSON,', () => {
  test.each([
    ['close', undefined],
    ['for people', 2],
  ])('written %s, reads back as it was', (_, space) => {
    const read = readCatalog(JSON.stringify(catalog, undefined, space), 'catalog.json');
    expect(read.problems).toEqual([]);
    expect(plain(read.catalog)).toEqual(plain(catalog));
  });

  const codes = (change: (text: string) => string): string[] =>
    readCatalog(change(JSON.stringify(catalog)), 'catalog.json').problems.map(({ code }) => code);

  test.each<[string, (text: string) => string, string]>([
    [
      'that is no list of providers',
      (text) => text.replace('"providers":[', '"providers":3,"x":['),
      'wrong-type',
    ],
    ['with a key more', (text) => text.replace('{"schema"', '{"__proto__":{},"schema"'), 'unknown-key'],
    ['with a key less', (text) => text.replace('"watchedUntil":', '"watched":'), 'missing-key'],
    ['with a key twice', (text) => text.replace('{"schema"', '{"counted":[],"schema"'), 'duplicate-key'],
    [
      'with a record of no kind',
      (text) => text.replace('"kind":"incidents"', '"kind":"guess"'),
      'wrong-type',
    ],
    ['with a rate that is none', (text) => text.replace(/"rate":[\d.]+/, '"rate":-1'), 'out-of-range'],
    ['with a rate in quotes', (text) => text.replace(/"rate":([\d.]+)/, '"rate":"$1"'), 'wrong-type'],
    ['with a day that is none', (text) => text.replace(/"day":"[^"]*"/, '"day":"2026-02-30"'), 'wrong-type'],
    ['with a need that is no name', (text) => text.replace(/"use":"[^"]*"/, '"use":"../x"'), 'wrong-type'],
    ['that is cut short', (text) => text.slice(0, 1000), 'yaml-syntax'],
    ['that is empty', () => '', 'empty-document'],
    ['that is too deep', () => '['.repeat(10_000), 'nesting-too-deep'],
  ])('%s is told', (_, change, code) => {
    expect(codes(change)).toContain(code);
  });
});

describe('the library, stored as JSON,', () => {
  test('reads back as it was', () => {
    const read = readLibrary(JSON.stringify(incidents), 'incidents.json');
    expect(read.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(plain(read.incidents)).toEqual(plain(incidents));
  });

  const codes = (change: (text: string) => string): string[] =>
    readLibrary(change(JSON.stringify(incidents)), 'incidents.json').problems.map(({ code }) => code);

  test.each<[string, (text: string) => string, string]>([
    ['that is no list', () => '{}', 'wrong-type'],
    ['that holds something else', () => '[3]', 'wrong-type'],
    ['whose window is no list', (text) => text.replace('"window":[', '"window":3,"x":['), 'wrong-type'],
    ['whose window has no names', (text) => text.replace('"name":"start"', '"name":3'), 'bad-name'],
    ['with a time that is none', (text) => text.replace(/"from":"[^"]*"/, '"from":"noon"'), 'wrong-type'],
    ['whose severity is a text', (text) => text.replace('"severity":null', '"severity":"1"'), 'wrong-type'],
  ])('%s is told', (_, change, code) => {
    expect(codes(change)).toContain(code);
  });
});
