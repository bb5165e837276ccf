import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileDigest, systemDisk } from '../../disk/index.ts';
import { checkFile } from '../check/index.ts';
import type { Contract } from '../contract.ts';
import { loadContract } from '../load.ts';
import type { Facts } from '../result.ts';
import { foresee } from './foresee.ts';
import { makeFiles } from './make.ts';
import { Puts } from './puts.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-made-'));
  mkdirSync(join(folder, 'scratch'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function goodOf(
  rules: string,
  text: string,
): Promise<{ contract: Contract; good: Buffer; facts: Facts }> {
  const row = { properties: { weight: { type: 'number' } } };
  writeFileSync(join(folder, 'row.json'), JSON.stringify(row));
  writeFileSync(join(folder, 'c.yaml'), `contract: 1\nname: f\n${rules}\n`);
  writeFileSync(join(folder, 'good'), text);
  const { contract, problems } = await loadContract(join(folder, 'c.yaml'));
  if (contract === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  const { facts, violations } = await checkFile(join(folder, 'good'), contract, { now: 0 });
  if (facts === null || violations.length > 0) throw new Error(JSON.stringify(violations));
  return { contract, good: Buffer.from(text), facts };
}

/** By file, the codes for which it is refused; `-` where it would pass. */
async function refusals(rules: string, text: string): Promise<Readonly<Record<string, string>>> {
  const { contract, good, facts } = await goodOf(rules, text);
  const { made, leftOut } = makeFiles(contract, good, facts, 1);
  const found: Record<string, string> = {};
  for (const one of made) {
    const { predicted } = await foresee(one, {
      contract,
      last: facts,
      name: 'good',
      envelope: undefined,
      scratch: join(folder, 'scratch'),
      refused: new Map(),
      now: () => 0,
      signal: new AbortController().signal,
    });
    found[one.name] = predicted.end === 'refused' ? predicted.codes.join(' ') : '-';
  }
  for (const { name, why } of leftOut) found[name] = `(${why})`;
  return found;
}

const ROWS = 'rows: {schema: row.json, unique: [name]}';

describe('each file is wrong in one way', () => {
  test('of JSON, with a version of its own', async () => {
    const features = [
      { name: 'a', weight: 1 },
      { name: 'b', weight: 2 },
    ];
    const rules =
      'format: json\nlimits: {rows: 5}\nrows: {at: /features, schema: row.json}\nversion: {at: /version}\nchange: {rows: {grow: 50%}}';
    expect(await refusals(rules, JSON.stringify({ version: 3, features }, undefined, 2))).toEqual({
      oversized: 'too-many-rows grew',
      doubled: 'grew',
      truncated: 'json-syntax',
      empty: 'empty-file',
      older: 'version-old',
      'wrong-type': 'row-misfit',
      'duplicate-key': 'duplicate-key',
    });
  });

  test('of rows that are members of an object, of YAML', async () => {
    const rules =
      'format: yaml\nlimits: {bytes: 200 B}\nrows: {at: /f, schema: row.json}\nchange: {rows: {grow: 0%}}';
    expect(await refusals(rules, 'f:\n  a: {weight: 1}\n  b: {weight: 2}\n')).toMatchObject({
      oversized: 'too-many-bytes',
      doubled: 'grew',
      empty: 'empty-file',
      older: '(the contract names no version)',
      'wrong-type': 'row-misfit',
      'duplicate-key': 'yaml-wrong',
    });
  });

  test('of CSV, with an end of line within quotes', async () => {
    const rules = `format: csv\nlimits: {rows: 4}\n${ROWS}`;
    expect(await refusals(rules, 'name,weight\r\n"a\r\nb",1\r\n"c, d",2\r\n')).toMatchObject({
      oversized: 'too-many-rows not-unique',
      doubled: 'not-unique',
      'wrong-type': 'row-misfit',
      'duplicate-key': expect.stringContaining('duplicate-key'),
      empty: 'empty-file',
    });
  });

  test('of text and of bytes, as far as there is anything to be wrong', async () => {
    expect(await refusals('format: text\nlimits: {rows: 4}\nrows: {unique: line}', 'a\nb\n')).toMatchObject({
      oversized: 'too-many-rows line-not-unique',
      doubled: 'line-not-unique',
      'wrong-type': '(it is said of JSON, YAML and CSV only)',
    });
    const bytes = 'format: binary\nlimits: {bytes: 100 B}\nchange: {bytes: {grow: 50%, shrink: 10%}}';
    expect(await refusals(bytes, 'x'.repeat(60))).toMatchObject({
      oversized: 'too-many-bytes',
      doubled: 'too-many-bytes',
      truncated: 'shrank',
      empty: 'empty-file shrank',
    });
  });
});

test('what is to be too large is, however small its rows', async () => {
  const text = JSON.stringify([{ n: 1 }, { n: 2 }]);
  expect(await refusals('format: json\nlimits: {bytes: 1 KB}', text)).toMatchObject({
    oversized: 'too-many-bytes',
  });
});

test('where a contract says nothing, what is made would pass, and the same seed makes the same bytes', async () => {
  const text = JSON.stringify([
    { name: 'a', weight: 1 },
    { name: 'b', weight: 2 },
  ]);
  expect(await refusals('format: json', text)).toMatchObject({
    oversized: '-',
    doubled: '-',
    'wrong-type': '-',
  });
  const { contract, good, facts } = await goodOf('format: json', text);
  const bytes = (seed: number): string =>
    JSON.stringify(makeFiles(contract, good, facts, seed).made.map(({ tries }) => tries));
  expect(bytes(7)).toBe(bytes(7));
  expect(bytes(7)).not.toBe(bytes(8));
});

describe('what was put', () => {
  const source = (): string => join(folder, 'source');
  const state = (): string => join(folder, 'state');
  const begin = (): Puts => {
    writeFileSync(source(), 'good');
    utimesSync(source(), 1000, 1000);
    writeFileSync(join(folder, 'bad'), 'bad');
    return Puts.begin(systemDisk, state(), 'f', source(), Buffer.from('good'));
  };
  const put = async (puts: Puts): Promise<void> =>
    puts.put(join(folder, 'bad'), fileDigest(systemDisk, join(folder, 'bad')));

  test('is known to the next process, which puts the good one back as old as it was', async () => {
    await put(begin());
    expect(readFileSync(source(), 'utf8')).toBe('bad');
    expect(() => begin()).toThrow('Another drill of f runs');
    writeFileSync(source(), 'bad');
    const left = Puts.left(systemDisk, state(), 'f');
    expect(await left?.takeBack()).toBe(true);
    expect(readFileSync(source(), 'utf8')).toBe('good');
    const { mtimeMs } = statSync(source());
    expect(mtimeMs).toBeGreaterThan(1_000_000);
    expect(mtimeMs).toBeLessThan(1_000_000.01);
    left?.end();
    expect(Puts.left(systemDisk, state(), 'f')).toBeUndefined();
  });

  test('is not taken back where somebody else has written since', async () => {
    const puts = begin();
    await put(puts);
    writeFileSync(source(), 'newer');
    expect(await puts.takeBack()).toBe(false);
    expect(readFileSync(source(), 'utf8')).toBe('newer');
  });

  test('is not believed where the record is none', () => {
    begin();
    writeFileSync(
      join(state(), 'f.drill.json'),
      '{"schema":"keelson.guard-drill-puts/1","source":"/etc/passwd"}',
    );
    expect(() => Puts.left(systemDisk, state(), 'f')).toThrow('Expected what a drill has put');
  });
});
