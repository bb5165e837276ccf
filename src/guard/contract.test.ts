import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTRACT_CODES } from '../../test/cli/contract-codes.ts';
import { contractJsonSchema, parseSize } from './contract.ts';
import { contractBeside, contractNames, loadContract } from './load.ts';

const folder = mkdtempSync(join(tmpdir(), 'keelson-contract-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(() => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  writeFileSync(join(folder, 'a.pem'), pem);
  writeFileSync(join(folder, 'a-again.pem'), pem);
  writeFileSync(join(folder, 'private.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(join(folder, 'row.json'), '{"type":"object"}');
  writeFileSync(join(folder, 'odd.json'), '{"maxItem":3}');
  writeFileSync(join(folder, 'remote.json'), '{"$ref":"https://example.com/other.json"}');
});

const HEAD = 'contract: 1\nname: f\n';
async function problemsOf(text: string): Promise<string[]> {
  const file = join(folder, 'c.yaml');
  writeFileSync(file, HEAD + text);
  const { contract, problems } = await loadContract(file);
  expect(contract === undefined).toBe(problems.length > 0);
  return problems.map(({ code, line, column }) => `${code}@${line}:${column}`);
}

const WHOLE = `format: json
limits: {bytes: 1 MB, rows: 200, entries: 10000, keys: 40, depth: 32, text: 10 KB, time: 10s}
rows: {at: /features, schema: row.json, unique: [name, [region, id]], required: [{name: default, n: 1}]}
change: {bytes: {grow: 50%, shrink: 30%}, rows: {grow: 20%}, entries: {grow: 20%}}
version: {at: /version}
expires: signed
signed: {by: [a.pem], need: 1, file: s.dsse.json}
reader: {command: [node, reader.mjs, "{file}"], time: 5s, memory: 256 MB}
source: {folder: out, match: "features-*.json", every: 5s, settle: 200ms}
targets:
  edge-1: {file: run/1.json, reload: {command: [kill], time: 10s}, loaded: {url: "http://127.0.0.1:1/v", contains: "{digest}", within: 10s}}
  edge-2: {file: run/2.json}
canary: {share: 10%, watch: 30s}
waves: [25%, 100%]
watch: 10s
health:
  - {url: "http://127.0.0.1:1/healthz", status: 200, contains: ok}
  - {command: [./healthy.sh], time: 5s}
  - {metric: "http://127.0.0.1:1/metrics", name: 'errors_total{kind="5xx"}', atMost: 0.05, rate: true}
steady: 5s
keep: 5
drill: {environment: staging}
`;

describe('a contract', () => {
  test('is read whole, with defaults, paths from its folder and times in milliseconds', async () => {
    expect(await problemsOf(WHOLE)).toEqual([]);
    const { contract } = await loadContract(join(folder, 'c.yaml'));
    expect(contract).toMatchObject({
      name: 'f',
      folder,
      limits: { bytes: 1e6, text: 1e4, timeMs: 10_000 },
      rows: { at: ['features'], unique: [{ paths: [['name']] }, { paths: [['region'], ['id']] }] },
      version: { kind: 'at', at: ['version'] },
      expires: { kind: 'signed' },
      signed: { need: 1, file: join(folder, 's.dsse.json') },
      source: { kind: 'folder', folder: join(folder, 'out'), settleMs: 200 },
      canary: { kind: 'share', share: 0.1, watchMs: 30_000 },
      waves: [0.25, 1],
      health: [{ kind: 'http' }, { kind: 'command' }, { kind: 'metric', rate: true, atMost: 0.05 }],
      drill: { environment: 'staging' },
    });
    expect(await problemsOf('format: binary\n')).toEqual([]);
    expect((await loadContract(join(folder, 'c.yaml'))).contract).toMatchObject({
      limits: { bytes: 1e8, rows: undefined, keys: 1e6, depth: 64, text: 1e6, timeMs: 60_000 },
      canary: { kind: 'targets', targets: 1, watchMs: 30_000 },
      waves: [1],
      keep: 5,
      drill: undefined,
    });
  });

  test.each([
    ['file:in/token', join(folder, 'in', 'token')],
    ['file:/etc/token', '/etc/token'],
  ])('looks for the token %j in its folder, or where it says', async (token, file) => {
    await problemsOf(`format: json\nsource: {url: "http://a/", token: "${token}"}\n`);
    const { contract } = await loadContract(join(folder, 'c.yaml'));
    expect(contract?.source).toMatchObject({ token: `file:${file}` });
  });

  const WRONG: readonly (readonly [text: string, places: readonly string[]])[] = [
    ['format: json\ndrill: {environment: home}\n', ['wrong-word@4:22']],
    ['format: json\ndrill: {}\n', ['missing-key@4:8']],
    ['format: binary\nrows: {unique: [a]}\nlimits: {depth: 3}\n', ['not-of-format@4:7', 'not-of-format@5:9']],
    ['format: csv\nversion: {at: /v}\n', ['not-of-format@4:10']],
    ['format: text\nrows: {unique: [a], required: [{a: 1}]}\n', ['out-of-range@4:7', 'wrong-type@4:32']],
    ['format: json\nrows: {required: [a]}\n', ['wrong-type@4:19']],
    ['format: json\nschema: row.json\nlimits: {bytes: 17 MB}\n', ['held-in-memory@4:9']],
    ['format: yaml\nlimits: {bytes: 16 MB}\n', []],
    ['format: yaml\nlimits: {bytes: 16000001}\n', ['held-in-memory@4:9']],
    ['format: json\nversion: signed\nexpires: signed\n', ['signed-unsaid@4:10', 'signed-unsaid@5:10']],
    ['format: json\nsigned: {by: [a.pem], need: 2}\n', ['need-beyond-keys@4:9']],
    ['format: json\nsigned: {by: [a.pem, a-again.pem]}\n', ['key-twice@4:22']],
    [
      'format: json\nsigned: {by: [private.pem, row.json, absent.pem]}\n',
      ['not-a-key@4:15', 'not-a-key@4:28', 'named-file-unreadable@4:38'],
    ],
    ['format: json\nrows: {schema: odd.json}\nschema: a.pem\n', ['not-a-schema@4:16', 'not-a-schema@5:9']],
    ['format: json\nschema: remote.json\n', ['not-a-schema@4:9']],
    ['format: json\nreader: {command: [cat]}\n', ['reader-without-file@4:19']],
    ['format: json\nsource: {file: a, url: "http://a/"}\n', ['one-of-several@4:9']],
    ['format: json\nsource: {file: a, match: b}\n', ['only-with@4:9']],
    [
      'format: json\nhealth: [{every: 1s}, {url: "http://a/", atMost: 3}]\n',
      ['one-of-several@4:10', 'only-with@4:23'],
    ],
    ['format: json\nhealth: [{metric: "http://a/"}]\n', ['missing-key@4:10', 'missing-key@4:10']],
    ['format: json\ntargets: {a: {file: x}, b: {file: x}}\nsource: {file: y}\n', ['target-twice@4:35']],
    [
      'format: json\ntargets: {a: {file: x}}\nsource: {file: x}\ncanary: {targets: 2, share: 5%}\n',
      ['target-is-source@4:21', 'one-of-several@6:9', 'canary-beyond-targets@6:9'],
    ],
    ['format: json\nwaves: [50%, 25%, 90%]\n', ['waves-not-rising@4:14', 'waves-end-early@4:19']],
    [
      'format: json\nlimits: {bytes: 0, time: 2h, depth: 1001}\n',
      ['out-of-range@4:17', 'out-of-range@4:26', 'out-of-range@4:37'],
    ],
    ['format: json\nrows: {at: "a~2"}\n', ['wrong-type@4:12']],
  ];

  test.each(WRONG)('that says %j is wrong at these places', async (text, places) => {
    expect(await problemsOf(text)).toEqual(places);
  });

  test('meets every problem that only contracts have', () => {
    const met = new Set(WRONG.flatMap(([, places]) => places.map((place) => place.split('@')[0])));
    expect(CONTRACT_CODES.filter((code) => !met.has(code))).toEqual([]);
  });

  test('is looked for beside a file', () => {
    expect(contractNames('a.b/features.json')).toEqual([
      'a.b/features.contract.yaml',
      'a.b/features.json.contract.yaml',
    ]);
    expect(contractNames('.env')).toEqual(['.env.contract.yaml']);
    writeFileSync(join(folder, 'x.json.contract.yaml'), '');
    expect(contractBeside(join(folder, 'x.json'))).toBe(join(folder, 'x.json.contract.yaml'));
    expect(contractBeside(join(folder, 'y.json'))).toBeUndefined();
  });
});

test('sizes are bytes, KB is 1000', () => {
  expect(['1 MB', '64KB', '512 B', '7', '1.5 MB', '2 GB'].map(parseSize)).toEqual([
    1e6, 64_000, 512, 7, 1.5e6, 2e9,
  ]);
  expect(['1 KiB', '', '-1', '1.5 B', '1e3', '1 mb'].map(parseSize)).toEqual(Array(6).fill(undefined));
});

describe('the JSON Schema of contracts', () => {
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true, validateFormats: false }).compile(
    contractJsonSchema(),
  );

  test('accepts a contract with everything in it', () => {
    validate(load(HEAD + WHOLE));
    expect(validate.errors ?? []).toEqual([]);
  });

  test.each([
    'format: jsn',
    'format: json\nlimits: {bytes: 1 KiB}',
    'format: json\nmore: 1',
    'format: json\nrows: {at: x}',
  ])('refuses %j, as the reader does', async (text) => {
    expect(validate(load(HEAD + text))).toBe(false);
    expect(await problemsOf(text)).not.toEqual([]);
  });
});
