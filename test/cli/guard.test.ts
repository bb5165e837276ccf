import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/guard/result.ts';
import { keelson } from './keelson.ts';

const folder = mkdtempSync(join(tmpdir(), 'keelson-guard-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const guard = (words: readonly string[], input = '') => keelson(['guard', ...words], { cwd: folder, input });

beforeAll(() => {
  put(
    'features.contract.yaml',
    'contract: 1\nname: bot-features\nformat: json\nlimits: {rows: 3}\nrows: {at: /features, unique: [name]}\nchange: {rows: {grow: 50%}}\nversion: {at: /version}\n',
  );
  put('features.json', '{"version": 7, "features": [{"name": "a"}, {"name": "b"}]}\n');
  put(
    'doubled.json',
    '{"version": 8, "features": [\n  {"name": "a"}, {"name": "b"},\n  {"name": "a"}, {"name": "b"}]}\n',
  );
});
const CONTRACT = ['--contract', 'features.contract.yaml'];

describe('keelson guard check', () => {
  test('accepts a file by the contract beside it, and says what it knows of it', () => {
    const { exit, out, err } = guard(['check', 'features.json']);
    expect([exit, err]).toEqual([0, '']);
    expect(out).toBe(`features.json: accepted by features.contract.yaml

  59 bytes, 2 rows, 6 entries, version 7
  sha256:${/sha256:([0-9a-f]{64})/.exec(out)?.[1]}

Nothing was compared with the last good one. Compare: --last FILE
`);
  });

  test('refuses one for all that is wrong with it, each at its place', () => {
    const { exit, out } = guard(['check', 'doubled.json', ...CONTRACT, '--last', 'features.json']);
    expect(exit).toBe(1);
    expect(out.split('\n').slice(0, 7)).toEqual([
      'doubled.json: refused by features.contract.yaml, 3 violations',
      '',
      'doubled.json  too-many-rows  Expected at most 3 rows, found 4.',
      "doubled.json  grew  Expected at most 50 % more rows than the last good one's 2, found 4 (+100 %).",
      'doubled.json:3:3  not-unique  Expected "name" to stand once, found "a" again: it is that of row 1 already.  (/features/2)',
      '',
      '  94 bytes, 4 rows, 10 entries, version 8',
    ]);
    expect(out).toMatch(/Mend what made the file, and check again\.[^\n]*\n$/);
  });

  test('reads standard input, and prints keelson.guard-check/1; of several files a list', () => {
    const one = guard(['check', '-', '--json', ...CONTRACT], '{"version": 7, "features": [7]');
    const verdict = JSON.parse(one.out) as Verdict;
    expect([one.exit, verdict.schema, verdict.file, verdict.accepted]).toEqual([
      1,
      'keelson.guard-check/1',
      '(standard input)',
      false,
    ]);
    expect(verdict.violations.map(({ code }) => code)).toEqual(['field-missing', 'json-syntax']);
    const two = guard(['check', 'features.json', 'doubled.json', '--json', ...CONTRACT]);
    expect((JSON.parse(two.out) as Verdict[]).map(({ accepted }) => accepted)).toEqual([true, false]);
    expect(two.exit).toBe(1);
  });

  test('holds each of several files against the last good one', () => {
    const { exit, out } = guard([
      'check',
      'features.json',
      'doubled.json',
      ...CONTRACT,
      '--last',
      'features.json',
    ]);
    expect([exit, out.match(/ {2}grew {2}/g)?.length, /Nothing was compared/.test(out)]).toEqual([
      1,
      1,
      false,
    ]);
  });

  test.each<[string, readonly string[], RegExp]>([
    ['no file', [], /Expected a file, found none\. \(bad-argument\)\n {2}keelson guard check FILE/],
    [
      'no contract beside it',
      ['doubled.json'],
      /Expected the contract of "doubled\.json" in "doubled\.contract\.yaml" or .*\(no-contract\)\n {2}Name one/,
    ],
    ['standard input without a contract', ['-'], /\(no-contract\)/],
    [
      'a file that is not there',
      ['absent.json', ...CONTRACT],
      /"absent\.json" cannot be read: there is no such file\. \(guarded-file-unreadable\)/,
    ],
    ['a folder', ['.', ...CONTRACT], /it is a directory/],
    [
      'a contract that is not there',
      ['features.json', '--contract', 'absent.yaml'],
      /absent\.yaml:1:1 {2}file-unreadable/,
    ],
  ])('ends with 2 for %s, and says what to do', (_, words, said) => {
    const { exit, out, err } = guard(['check', ...words]);
    expect([exit, out]).toEqual([2, '']);
    expect(err).toMatch(said);
  });

  test('says all that is wrong with a contract as keelson.problems/1 where JSON is asked for', () => {
    put('bad.yaml', 'contract: 1\nname: B\nformat: json\nreader: {command: [cat]}\n');
    const { exit, out } = guard(['check', 'features.json', '--contract', 'bad.yaml', '--json']);
    expect(exit).toBe(2);
    const { schema, problems } = JSON.parse(out) as {
      schema: string;
      problems: { code: string; line: number }[];
    };
    expect([schema, problems.map(({ code, line }) => [code, line])]).toEqual([
      'keelson.problems/1',
      [
        ['wrong-type', 2],
        ['reader-without-file', 4],
      ],
    ]);
  });

  test('shows nothing that misleads a terminal', () => {
    const { out } = guard(['check', '-', ...CONTRACT], '{"\u001b[31m\u202e": 1, "\u202e": 1, "\u202e": 2}');
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

test('keelson guard sign signs what guard check then believes, one signer after the other', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const other = generateKeyPairSync('ed25519');
  put('a.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  put('b.pem', other.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  put('a.pub.pem', publicKey.export({ type: 'spki', format: 'pem' }).toString());
  put('b.pub.pem', other.publicKey.export({ type: 'spki', format: 'pem' }).toString());
  put(
    's.yaml',
    'contract: 1\nname: bot-features\nformat: json\nversion: {at: /version}\nsigned: {by: [a.pub.pem, b.pub.pem], need: 2}\n',
  );
  const sign = (key: string, more: readonly string[] = []) =>
    guard(['sign', 'features.json', '--key', key, '--name', 'bot-features', '--version', '7', ...more]);
  expect(guard(['check', 'features.json', '--contract', 's.yaml']).out).toContain('  unsigned  ');
  expect(sign('a.pem')).toMatchObject({ exit: 0, err: '' });
  expect(guard(['check', 'features.json', '--contract', 's.yaml']).out).toContain('  too-few-signatures  ');
  expect(sign('b.pem').out).toContain('(2 signatures)');
  const { exit, out } = guard(['check', 'features.json', '--contract', 's.yaml']);
  expect([exit, /signed by [0-9a-f]{32}, [0-9a-f]{32}/.test(out)]).toEqual([0, true]);
  expect(sign('a.pub.pem')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('(key-unusable)') as string,
  });
  expect(sign('a.pem', ['--out', 'a.pem'])).toMatchObject({
    exit: 2,
    err: expect.stringContaining('(output-is-input)') as string,
  });
  expect(sign('a.pem', ['--expires', 'soon'])).toMatchObject({ exit: 2 });
  expect(JSON.parse(readFileSync(join(folder, 'features.json.dsse.json'), 'utf8'))).toMatchObject({
    payloadType: 'application/vnd.keelson.release+json',
  });
});

test('the program of a check’s thread is no command', () => {
  expect(keelson(['judge'])).toMatchObject({
    exit: 2,
    err: expect.stringContaining('(unknown-command)') as string,
  });
});

test('keelson guard lists its commands, and names the nearest to one that is not', () => {
  expect(keelson(['guard', '--help']).out).toMatch(/\n {2}check +Holds .*\n {2}sign +Signs /);
  expect(keelson(['guard']).exit).toBe(2);
  expect(keelson(['help', 'guard', 'check']).out).toBe(keelson(['guard', 'check', '--help']).out);
  const { exit, err } = keelson(['guard', 'chekc']);
  expect([exit, err]).toEqual([
    2,
    'keelson: "chekc" is not a command of guard. Did you mean check? (unknown-command)\n  keelson guard --help lists them.\n',
  ]);
});
