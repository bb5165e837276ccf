import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../document/load.ts';
import type { Contract } from '../contract.ts';
import { loadContract } from '../load.ts';
import type { Facts, Violation } from '../result.ts';
import { signStatement } from '../sign.ts';
import { checkFile } from './index.ts';
import { judge } from './judge.ts';

const folder = mkdtempSync(join(tmpdir(), 'keelson-guard-check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NOW = Date.UTC(2026, 10, 28);
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
beforeAll(() => {
  writeFileSync(join(folder, 'k.pub.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
});

async function contractOf(text: string): Promise<Contract> {
  const file = join(folder, 'c.contract.yaml');
  writeFileSync(file, `contract: 1\nname: f\n${text}`);
  const { contract, problems } = await loadContract(file);
  expect(problems).toEqual([]);
  if (contract === undefined) throw new Error('No contract.');
  return contract;
}

/** What is said of some bytes, in this thread. */
async function said(
  contract: string | Contract,
  bytes: string | Uint8Array,
  last?: Partial<Facts>,
): Promise<{ facts: Facts | null; violations: readonly Violation[]; codes: string[] }> {
  const file = join(folder, 'candidate');
  writeFileSync(file, bytes);
  const judged = await judge({
    file,
    contract: typeof contract === 'string' ? await contractOf(contract) : contract,
    last: last === undefined ? undefined : { ...NOTHING, ...last },
    now: NOW,
    envelope: `${file}.dsse.json`,
    copy: undefined,
  });
  if (judged.kind !== 'judged') throw new Error(judged.code);
  const codes = judged.violations.map(({ code, line, column }) => `${code}@${line}:${column}`);
  return { ...judged, codes };
}

const NOTHING: Facts = {
  digest: `sha256:${'0'.repeat(64)}`,
  bytes: 0,
  rows: null,
  entries: null,
  version: null,
  expires: null,
  signedBy: [],
};

describe('a file of JSON', () => {
  test('is told its facts, with the digest of its bytes', async () => {
    const { facts, violations } = await said(
      'format: json\nversion: {at: /v}',
      '{"v": 3, "a": [1, {"b": 2}]}',
    );
    expect(violations).toEqual([]);
    expect(facts).toEqual({
      digest: digestOf('{"v": 3, "a": [1, {"b": 2}]}'),
      bytes: 28,
      rows: 2,
      entries: 5,
      version: 3,
      expires: null,
      signedBy: [],
    });
  });

  test.each<[string, string | Uint8Array, string[]]>([
    ['an empty file', '', ['empty-file@1:1']],
    ['nothing but blanks', ' \n ', ['json-syntax@2:2']],
    ['a byte order mark', '\ufeff{}', ['byte-order-mark@1:1']],
    ['a value that ends too early', '{"a":', ['json-syntax@1:6']],
    ['a text that ends too early', '["ab', ['json-syntax@1:5']],
    ['a trailing comma', '[1,\n]', ['json-syntax@2:1']],
    ['a zero before a number', '[01]', ['json-syntax@1:3']],
    ['more behind its value', '{}\n{}', ['trailing-data@2:1']],
    ['a key twice', '{"a":1,\n "b":2, "\\u0061":3}', ['duplicate-key@2:9']],
    ['a number that overflows', '[1e400]', ['number-overflow@1:2']],
    ['half a pair', '["\\ud800"]', ['lone-surrogate@1:3']],
    ['an overlong byte', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), ['not-utf8@1:2']],
    ['a control character', '"a\u0001"', ['control-character@1:3']],
    ['a zero behind it', '{}\0', ['trailing-data@1:3']],
    ['something behind characters of two units', '["😀é", x]', ['json-syntax@1:9']],
    ['two lines that end in three ways', '[1,\r\n2,\r3,\nx]', ['json-syntax@4:1']],
    [
      'several independent things',
      '{"a":1,"a":2,"b":"\\udc00","c":1e999}',
      ['duplicate-key@1:8', 'lone-surrogate@1:19', 'number-overflow@1:31'],
    ],
  ])('with %s is refused at its place', async (_, bytes, expected) => {
    expect((await said('format: json', bytes)).codes).toEqual(expected);
  });

  test('names the place as a JSON Pointer', async () => {
    const { violations } = await said('format: json', '{"a/b": [1, {"~": {"k":1,"k":2}}]}');
    expect(violations.map(({ path }) => path)).toEqual(['/a~1b/1/~0/k']);
  });

  const limits = (text: string): string => `format: json\nlimits: {${text}}`;
  test.each<[string, string, string, string]>([
    ['bytes', limits('bytes: 7'), '[1,2,3]', '[1,2,3] '],
    ['rows', limits('rows: 3'), '[1,2,3]', '[1,2,3,4]'],
    ['entries', limits('entries: 3'), '[1,[2]]', '[1,[2,3]]'],
    ['keys', limits('keys: 2'), '{"a":1,"b":{"c":1,"d":2}}', '{"a":1,"b":{"c":1,"d":2,"e":3}}'],
    ['depth', limits('depth: 3'), '[[{}]]', '[[{"a":[]}]]'],
    ['text', limits('text: 4'), '["\\ud83d\\ude00", "é\\n1"]', '["\\ud83d\\ude00", "é\\n1x"]'],
    ['the text of a key', limits('text: 4'), '{"abcd":1}', '{"abcde":1}'],
  ])('may have as many %s as its limit, and not one more', async (_, contract, good, bad) => {
    expect((await said(contract, good)).violations).toEqual([]);
    expect((await said(contract, bad)).violations).toHaveLength(1);
  });

  test('is judged alike wherever the window ends within it', async () => {
    const rows = Array.from(
      { length: 9000 },
      (_, i) => `{"name":"é${i}","k\\u00e9y":"${'x'.repeat(i % 97)}\\n","n":-${i}.5e1}`,
    );
    const good = `{"pad":"","rows":[\r\n${rows.join(',\r\n')}]}`;
    const contract = await contractOf(
      'format: json\nrows: {at: /rows, unique: [name]}\nlimits: {text: 300 KB}',
    );
    for (const pad of [0, 1, 262_143]) {
      const text = good.replace('"pad":""', `"pad":"${'p'.repeat(pad)}"`);
      const { facts, violations } = await said(contract, text);
      expect(violations).toEqual([]);
      expect([facts?.rows, facts?.bytes]).toEqual([9000, Buffer.byteLength(text)]);
      const broken = await said(contract, text.replace('"name":"é8000"', '"name":"é7000"'));
      expect(broken.violations.map(({ code, line, column, path }) => [code, line, column, path])).toEqual([
        ['not-unique', 8002, 1, '/rows/8000'],
      ]);
    }
  });

  test('with a key twice among very many is refused, and without it is not', async () => {
    const keys = Array.from({ length: 30_000 }, (_, i) => `"k${i}":{"k1":1,"k2":2}`);
    const contract = await contractOf('format: json');
    expect((await said(contract, `{${keys.join(',')}}`)).violations).toEqual([]);
    expect((await said(contract, `{${keys.join(',')},"k29":0}`)).codes).toHaveLength(1);
  });

  test('has long keys cut in every path, of whatever format and depth', async () => {
    const key = 'k'.repeat(5000);
    writeFileSync(join(folder, 'deep.json'), '{"additionalProperties":{"type":"number"}}');
    for (const [contract, bytes] of [
      ['format: json', `{"${key}":{"a":1,"a":2}}`],
      ['format: json\nrows: {schema: deep.json}', `[{"${key}":"x"}]`],
      ['format: json\nschema: deep.json', `{"${key}":"x"}`],
      ['format: yaml', `{"${key}": {<<: 1}}`],
    ] as const) {
      const { violations } = await said(contract, bytes);
      expect(violations.map(({ path }) => path?.length)).toEqual([301]);
    }
  });

  test('says at most 70 things, of one kind 30, and how many more there are', async () => {
    const twice = Array.from({ length: 100 }, () => '{"a":1,"a":2}').join(',');
    const { violations } = await said('format: json', `[${twice}]`);
    expect(violations).toHaveLength(31);
    expect(violations.at(-1)?.message).toBe('70 more violations are not shown.');
  });

  test('whose rows are judged has them unique, required and fitting', async () => {
    writeFileSync(join(folder, 'row.json'), '{"type":"object","properties":{"n":{"type":"number"}}}');
    const contract =
      'format: json\nrows: {at: /r, schema: row.json, unique: [id, [a, /b/c]], required: [{id: x}, {id: y, n: 2}]}';
    const good = '{"r":[{"id":"x","a":1,"b":{"c":1}},{"id":"y","a":1,"b":{"c":2},"n":2}]}';
    expect((await said(contract, good)).violations).toEqual([]);
    const bad = '{"r":[{"id":"x","a":1,"b":{"c":1}},\n{"id":"y","a":1.0,"b":{"c":1},"n":"2"},\n{"id":"x"}]}';
    const { codes, violations } = await said(contract, bad);
    expect(codes).toEqual([
      'row-missing@null:null',
      'not-unique@2:1',
      'row-misfit@2:1',
      'not-unique@3:1',
      'field-missing@3:1',
    ]);
    expect(violations[2]?.path).toBe('/r/1/n');
    expect((await said(contract, '{"r":7}')).codes).toEqual(['rows-missing@null:null']);
  });

  test('takes nothing from a prototype', async () => {
    const contract =
      'format: json\nrows: {unique: [toString], required: [{constructor: x}]}\nversion: {at: /__proto__}';
    expect((await said(contract, '[{"__proto__":{"toString":"a"}}]')).codes).toEqual([
      'row-missing@null:null',
      'version-missing@null:null',
      'field-missing@1:2',
    ]);
  });

  test('has no field where a row is a list and the name no index of it', async () => {
    expect((await said('format: json\nrows: {unique: [length]}', '[[1],[1,2]]')).codes).toEqual([
      'field-missing@1:2',
      'field-missing@1:6',
    ]);
    expect((await said('format: json\nrows: {unique: ["0"]}', '[[1],[2]]')).violations).toEqual([]);
  });

  test('with a schema of the whole is held against it', async () => {
    writeFileSync(
      join(folder, 'whole.json'),
      '{"type":"object","required":["a"],"properties":{"a":{"type":"array","items":{"type":"integer"}}}}',
    );
    expect((await said('format: json\nschema: whole.json', '{"a":[1,2]}')).violations).toEqual([]);
    const { violations } = await said('format: json\nschema: whole.json', '{"a":[1,"x"]}');
    expect(violations.map(({ code, path, message }) => [code, path, message])).toEqual([
      ['schema-misfit', '/a/1', 'It does not fit the schema: must be integer.'],
    ]);
  });
});

describe('a file of another format', () => {
  test('YAML is read by the core schema of YAML 1.2, quotes respected', async () => {
    const contract =
      'format: yaml\nrows: {at: /r, required: [{v: 1}, {v: "1"}, {v: true}, {v: null}]}\nversion: {at: /n}';
    const { facts, violations } = await said(
      contract,
      'n: 0x10\nr:\n  - {v: 1}\n  - {v: "1"}\n  - {v: True}\n  - {v: ~}\n',
    );
    expect(violations).toEqual([]);
    expect([facts?.rows, facts?.entries, facts?.version]).toEqual([4, 10, 16]);
  });

  test('YAML that JSON could not say, or that readers take differently, is refused at its place', async () => {
    expect((await said('format: yaml', 'a: .nan\n<<: {b: 1}\nc: {d: 1, d: 2}\n')).codes).toEqual([
      'number-overflow@1:4',
      'merge-key@2:1',
      'yaml-wrong@3:11',
    ]);
    expect((await said('format: yaml', Buffer.from([0x61, 0x3a, 0x20, 0xff]))).codes).toEqual([
      'not-utf8@1:4',
    ]);
    expect((await said('format: yaml', '')).codes).toEqual(['empty-file@1:1']);
    expect((await said('format: yaml\nlimits: {depth: 1}', 'a: [1]')).codes).toEqual(['too-deep@1:4']);
  });

  test('CSV has as many cells in each row, values that are read as the schema of rows expects, and columns that are there', async () => {
    writeFileSync(
      join(folder, 'csv.json'),
      '{"type":"object","properties":{"n":{"type":"integer","maximum":5}}}',
    );
    const contract = 'format: csv\nrows: {schema: csv.json, unique: [id], required: [{id: "1"}]}';
    const { facts, violations } = await said(contract, 'id,n\r\n1,"5"\r\n"2 ""x""\n",4\r\n');
    expect(violations).toEqual([]);
    expect([facts?.rows, facts?.entries]).toEqual([2, 4]);
    expect((await said(contract, 'id,n\n1,6\n1,x\n2\n\n3,1')).codes).toEqual([
      'row-misfit@2:1',
      'not-unique@3:1',
      'row-misfit@3:1',
      'csv-columns@4:1',
      'csv-empty-line@5:1',
    ]);
    expect((await said(contract, 'n,n\n1,1\n')).codes).toEqual([
      'row-missing@null:null',
      'column-missing@1:1',
      'duplicate-key@1:3',
    ]);
    expect((await said(contract, 'id,n\n1,"a"b\n')).codes).toEqual(['csv-quote@2:6']);
    expect((await said(contract, 'id,n\n1,"a')).codes).toEqual(['csv-quote@2:5']);
  });

  test('text has lines that end alike, and no control characters', async () => {
    const contract = 'format: text\nlimits: {text: 3}\nrows: {unique: line, required: [abc]}';
    expect((await said(contract, 'abc\nx\ty\n')).facts?.rows).toBe(2);
    expect((await said(contract, 'abc\nabcd\r\nabc')).codes).toEqual([
      'line-ends-mixed@2:null',
      'text-too-long@2:1',
      'line-not-unique@3:1',
    ]);
    expect((await said(contract, 'abc\na\u0000')).codes).toEqual(['control-character@2:2']);
    expect((await said(contract, Buffer.from('abc\né').subarray(0, 5))).codes).toEqual(['not-utf8@2:1']);
  });

  test('CSV and text are judged alike wherever the window ends within them', async () => {
    const row = (i: number): string => `"é ""${i}""\r\n交",${'x'.repeat(i % 83)}`;
    const rows = Array.from({ length: 9000 }, (_, i) => row(i));
    const csv = await contractOf('format: csv\nrows: {unique: [a]}');
    const text = await contractOf('format: text\nrows: {unique: line}');
    for (const pad of [0, 1, 3]) {
      const cells = ['a,b', `${'p'.repeat(pad)},`, ...rows].join('\r\n');
      const found = await said(csv, cells);
      expect([found.violations, found.facts?.rows, found.facts?.entries]).toEqual([[], 9001, 18_002]);
      const twice = await said(csv, cells.replace('""8000""', '""7000""'));
      expect(twice.violations.map(({ code, line, path }) => [code, line, path])).toEqual([
        ['not-unique', 16_003, 'row 8002'],
      ]);
      const lines = ['p'.repeat(pad), ...rows.map((one, i) => `é${i}${one.slice(14)}`)].join('\n');
      const read = await said(text, lines.replaceAll('\r\n', ''));
      expect([read.violations, read.facts?.rows]).toEqual([[], 9001]);
    }
  });

  test('of binary only bytes and digest are known', async () => {
    const { facts, violations } = await said('format: binary', Buffer.from([0, 255, 1]));
    expect(violations).toEqual([]);
    expect([facts?.bytes, facts?.rows, facts?.entries]).toEqual([3, null, null]);
  });
});

describe('against the last good one', () => {
  const contract = 'format: text\nchange: {rows: {grow: 20%, shrink: 57%}, bytes: {grow: 0%}}';
  const lines = (count: number): string => 'x\n'.repeat(count);

  test('as much more and as much less as is allowed is accepted, and one more is not', async () => {
    const last = { rows: 100, bytes: 1000 };
    expect((await said(contract, lines(120), last)).violations).toEqual([]);
    expect((await said(contract, lines(121), last)).codes).toEqual(['grew@null:null']);
    expect((await said(contract, lines(43), last)).violations).toEqual([]);
    expect((await said(contract, lines(42), last)).codes).toEqual(['shrank@null:null']);
    const { violations } = await said(contract, lines(600), last);
    expect(violations.map(({ message }) => message)).toEqual([
      "Expected at most 0 % more bytes than the last good one's 1000, found 1200 (+20 %).",
      "Expected at most 20 % more rows than the last good one's 100, found 600 (+500 %).",
    ]);
  });

  test('what is not known is not compared, and from nothing there is no share', async () => {
    expect((await said(contract, lines(9), { rows: null, bytes: 0 })).violations).toEqual([]);
    expect((await said(contract, lines(9))).violations).toEqual([]);
  });

  test('a version rises, and stays only with the same bytes', async () => {
    const versions = await contractOf('format: json\nversion: {at: /v}');
    expect((await said(versions, '{"v":8}', { version: 7 })).violations).toEqual([]);
    expect((await said(versions, '{"v":6}', { version: 7 })).codes).toEqual(['version-old@null:null']);
    expect((await said(versions, '{"v":7}', { version: 7 })).codes).toEqual(['version-used@null:null']);
    const { facts } = await said(versions, '{"v":7}');
    expect((await said(versions, '{"v":7}', { version: 7, digest: facts?.digest ?? '' })).violations).toEqual(
      [],
    );
    for (const wrong of ['"7"', '7.5', '-1', 'null', '[7]'])
      expect((await said(versions, `{"v":${wrong}}`)).codes).toEqual(['version-wrong@null:null']);
    expect((await said(versions, '{}')).codes).toEqual(['version-missing@null:null']);
  });

  test('a file is too old from its very moment on', async () => {
    const expiring = await contractOf('format: json\nexpires: {at: /e}');
    expect((await said(expiring, '{"e":"2026-11-28T00:00:01Z"}')).violations).toEqual([]);
    expect((await said(expiring, '{"e":"2026-11-28T00:00:00Z"}')).codes).toEqual(['expired@null:null']);
    expect((await said(expiring, '{"e":"2026-02-30T00:00:00Z"}')).codes).toEqual(['expiry-wrong@null:null']);
    expect((await said(expiring, '{}')).codes).toEqual(['expiry-missing@null:null']);
  });
});

describe('a signed file', () => {
  const contract = 'format: binary\nsigned: {by: [k.pub.pem]}\nversion: signed\nexpires: signed';
  const envelope = join(folder, 'candidate.dsse.json');
  const DIGEST = 'sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881';

  test('has the version and the expiry of its statement', async () => {
    const statement = { name: 'f', version: 4, digest: DIGEST, bytes: 1, expires: '2027-01-01T00:00:00Z' };
    writeFileSync(envelope, JSON.stringify(signStatement(statement, pem)));
    const { facts, violations } = await said(contract, 'x', { version: 3 });
    expect(violations).toEqual([]);
    expect([facts?.version, facts?.expires, facts?.signedBy.length]).toEqual([4, '2027-01-01T00:00:00Z', 1]);
    expect((await said(contract, 'x', { version: 5 })).codes).toEqual(['version-old@null:null']);
    expect((await said(contract, 'y')).codes).toEqual(['signed-other-bytes@null:null']);
  });

  test('whose envelope is missing, strange or another’s is refused with why', async () => {
    rmSync(envelope, { force: true });
    expect((await said(contract, 'x')).codes).toEqual(['unsigned@null:null']);
    writeFileSync(envelope, '{"payload":"","payload":""}');
    const { violations } = await said(contract, 'x');
    expect(violations[0]?.message).toBe(
      'The signatures cannot be read: 1:15 "payload" stands here a second time: readers differ in which one they take.',
    );
    const other = generateKeyPairSync('ed25519')
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString();
    const statement = { name: 'f', version: 4, digest: DIGEST, bytes: 1 };
    writeFileSync(envelope, JSON.stringify(signStatement(statement, other)));
    expect((await said(contract, 'x')).codes).toEqual(['too-few-signatures@null:null']);
  });
});

describe('checkFile', () => {
  const put = (bytes: string, name = 'whole'): string => {
    const file = join(folder, `${name}.json`);
    writeFileSync(file, bytes);
    return file;
  };

  test('judges in a thread of its own and says the same', async () => {
    const contract = await contractOf('format: json');
    expect(await checkFile(put('[1,2]'), contract, { now: NOW, name: 'n.json' })).toMatchObject({
      schema: 'keelson.guard-check/1',
      contract: 'f',
      file: 'n.json',
      accepted: true,
      facts: { bytes: 5, rows: 2, entries: 2 },
      violations: [],
    });
  });

  test('ends within its time where a pattern is slow on hostile text', async () => {
    writeFileSync(join(folder, 'slow.json'), '{"type":"string","pattern":"^(a+)+$"}');
    const contract = await contractOf('format: json\nlimits: {time: 400ms}\nrows: {schema: slow.json}');
    const began = performance.now();
    const { accepted, violations } = await checkFile(put(`["${'a'.repeat(60)}!"]`), contract, { now: NOW });
    expect([accepted, violations.map(({ code }) => code)]).toEqual([false, ['time-exceeded']]);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test('is called off by a signal', async () => {
    const contract = await contractOf('format: json\nrows: {schema: slow.json}');
    const controller = new AbortController();
    const checked = checkFile(put(`["${'a'.repeat(60)}!"]`), contract, {
      now: NOW,
      signal: controller.signal,
    });
    controller.abort();
    await expect(checked).rejects.toMatchObject({ code: 'check-aborted' });
  });

  test('judges what comes after and beside files that were ended, and those that share a thread one by one', async () => {
    const contract = await contractOf('format: json\nlimits: {time: 2s}\nrows: {schema: slow.json}');
    const [slow, good, bad] = [`["${'a'.repeat(60)}!"]`, '["aaa"]', '["b"]'];
    const found: (readonly string[])[] = [];
    for (const round of [[good, bad], [good, slow, bad], [bad], [good], [slow, slow], [good, bad, good]])
      for (const { violations } of await Promise.all(
        round.map((text, i) => checkFile(put(text, `beside-${i}`), contract, { now: NOW })),
      ))
        found.push(violations.map(({ code }) => code));
    const [none, wrong, late] = [[], ['row-misfit'], ['time-exceeded']];
    expect(found).toEqual([none, wrong, none, late, wrong, wrong, none, late, late, none, wrong, none]);
  });

  test('says what cannot be read', async () => {
    const contract = await contractOf('format: json');
    await expect(checkFile(join(folder, 'absent'), contract, { now: NOW })).rejects.toMatchObject({
      code: 'guarded-file-unreadable',
    });
    await expect(checkFile(folder, contract, { now: NOW })).rejects.toThrow('it is a directory');
  });

  const reading = (script: string, more = ''): string =>
    `format: json\nreader: {command: [${JSON.stringify(process.execPath)}, -e, ${JSON.stringify(script)}, "{file}"]${more}}`;
  const asked = async (contract: string): Promise<Violation | undefined> =>
    (await checkFile(put('[7]'), await contractOf(contract), { now: NOW })).violations[0];
  const linux = test.runIf(existsSync('/proc/self/status'));

  linux(
    'hands the reader a copy of what was judged, little of the environment, and leaves nothing behind',
    async () => {
      const script = `
      const text = require('node:fs').readFileSync(process.argv[1], 'utf8');
      const known = Object.keys(process.env).every((key) => ['PATH', 'HOME'].includes(key));
      if (text !== '[7]' || !known || process.argv[1] === ${JSON.stringify(join(folder, 'whole.json'))}) process.exit(1);
      require('node:fs').writeFileSync('seen', process.argv[1]);`;
      expect(await asked(reading(script))).toBeUndefined();
      const copy = readFileSync(join(folder, 'seen'), 'utf8');
      expect([copy.endsWith('whole.json'), existsSync(copy)]).toEqual([true, false]);
    },
  );

  linux('asks no reader about what is refused already', async () => {
    rmSync(join(folder, 'asked'), { force: true });
    const contract = await contractOf(reading("require('node:fs').writeFileSync('asked', '')"));
    await checkFile(put('[7'), contract, { now: NOW });
    expect(readdirSync(folder)).not.toContain('asked');
  });

  linux.each<[string, string, string, string]>([
    ['refuses it', 'console.error("a\\nmore than 200"); process.exit(3)', '', 'reader-refused'],
    ['crashes', 'process.kill(process.pid, "SIGSEGV")', '', 'reader-crashed'],
    ['hangs', 'setInterval(() => {}, 1000)', ', time: 300ms', 'reader-slow'],
    [
      'takes too much memory',
      'const all = []; setInterval(() => all.push(Buffer.alloc(2e7, 1)), 5)',
      ', memory: 150 MB',
      'reader-too-large',
    ],
    [
      'has a child that takes too much',
      'require("node:child_process").spawn(process.execPath, ["-e", "const all = []; setInterval(() => all.push(Buffer.alloc(2e7, 1)), 5)"]); setInterval(() => {}, 1000)',
      ', memory: 200 MB',
      'reader-too-large',
    ],
  ])('refuses a file whose reader %s', async (_, script, more, code) => {
    expect((await asked(reading(script, more)))?.code).toBe(code);
  });

  linux('waits for no child that outlives the reader, and lets it write as much as it likes', async () => {
    const script = `
      require('node:child_process').spawn('sleep', ['60'], { stdio: 'inherit' }).unref();
      process.stdout.write('x'.repeat(5e6), () => process.exit(0));`;
    const began = performance.now();
    expect(await asked(reading(script, ', time: 30s'))).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  linux('says that a reader is not there', async () => {
    expect(await asked('format: json\nreader: {command: [./absent, "{file}"]}')).toMatchObject({
      code: 'reader-unstarted',
    });
  });
});
