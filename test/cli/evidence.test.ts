import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Assessment } from '../../src/assess/index.ts';
import type { EvidenceCheck } from '../../src/reporters/index.ts';
import { keelson, keelsonHere, root, type Run } from './keelson.ts';

const plan = 'examples/harbor/before.yaml';
const scratch = mkdtempSync(join(tmpdir(), 'keelson-evidence-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let made = 0;
const fresh = (): string => join(scratch, `folder-${++made}`);

const FILES = [
  'MANIFEST.json',
  'README.md',
  'assessment.json',
  'assumptions.csv',
  'catalog.json',
  'cut-sets.csv',
  'evidence.csv',
  'evidence.json',
  'incidents-replayed.json',
  'incidents.json',
  'model.xml',
  'plan.yaml',
  'report.html',
  'years.json',
];

interface Manifest {
  engine: { name: string; version: string };
  plan: { digest: string };
  options: unknown;
  leftOut: unknown[];
  files: { name: string; bytes: number; digest: string }[];
}

const first = fresh();
const written = keelson(['export', '--evidence', first, plan]);
const read = (name: string, folder = first): string => readFileSync(join(folder, name), 'utf8');
const digest = (bytes: string | Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Evidence of a plan that is computed at once, to be tampered with. */
const small = fresh();
const SMALL = `keelson: 1
platform: {name: Small, asOf: 2026-11-01}
journeys: {login: {slo: 99%, modes: {full: {needs: [web, cloudflare/cdn]}}}}
services: {web: {outages: {rate: 1/yr, mean: 1h}}}
`;
keelson(['export', '--evidence', small, '-'], { input: SMALL });

function copy(): string {
  const folder = fresh();
  cpSync(small, folder, { recursive: true });
  return folder;
}

const INPUTS = ['catalog.json', 'incidents.json', 'plan.yaml'];
const COMPUTED = FILES.slice(1).filter((name) => !INPUTS.includes(name));

/** Nothing is written by that, so that it needs no process of its own. */
const verify = (folder: string, ...more: string[]): Promise<Run> =>
  keelsonHere(['export', '--verify', folder, ...more]);

async function checked(folder: string): Promise<EvidenceCheck & { readonly exit: number | null }> {
  const { exit, out } = await verify(folder, '--json');
  return { exit, ...(JSON.parse(out) as EvidenceCheck) };
}

const wrongIn = ({ files }: EvidenceCheck): (string | null)[][] =>
  files.flatMap(({ name, status, why }) => (status === 'same' ? [] : [[name, status, why]]));

/** Rewrites a file and has the manifest say that it was so. */
function forge(folder: string, name: string, content: string): void {
  writeFileSync(join(folder, name), content);
  changeManifest(folder, (manifest) => {
    for (const entry of manifest.files)
      if (entry.name === name)
        Object.assign(entry, { bytes: Buffer.byteLength(content), digest: digest(content) });
  });
}

function changeManifest(folder: string, change: (manifest: Manifest) => void): void {
  const manifest = JSON.parse(read('MANIFEST.json', folder)) as Manifest;
  change(manifest);
  writeFileSync(join(folder, 'MANIFEST.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

describe('keelson export --evidence', () => {
  test('writes what it says, and says how to check it', () => {
    expect(written).toEqual({
      exit: 0,
      err: '',
      out: `Wrote 14 files to ${first}. Its manifest: ${digest(read('MANIFEST.json'))}\nNext: keelson export --verify ${first}\n`,
    });
    expect(readdirSync(first).sort()).toEqual(FILES);
  });

  test('has a manifest of every other file, without a time', () => {
    const manifest = JSON.parse(read('MANIFEST.json')) as Manifest;
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(Object.keys(manifest)).toEqual(['schema', 'engine', 'plan', 'options', 'leftOut', 'files']);
    expect(manifest.engine).toEqual({ name: 'keelson', version });
    expect(manifest.options).toEqual({ top: 1000, draws: 128, years: { years: 1000, seed: 1 } });
    expect(manifest.files.map(({ name }) => name)).toEqual(FILES.slice(1));
    for (const { name, bytes, digest: said } of manifest.files)
      expect([name, bytes, said]).toEqual([
        name,
        Buffer.byteLength(read(name)),
        digest(readFileSync(join(first, name))),
      ]);
    expect(manifest.plan.digest).toBe(digest(readFileSync(join(root, plan))));
  });

  test('hands on the plan byte for byte, a byte order mark too', async () => {
    expect(read('plan.yaml')).toBe(readFileSync(join(root, plan), 'utf8'));
    const folder = fresh();
    const input = `\ufeff${readFileSync(join(root, plan), 'utf8').replaceAll('\n', '\r\n')}`;
    expect(keelson(['export', '--evidence', folder, '-'], { input }).exit).toBe(0);
    expect(readFileSync(join(folder, 'plan.yaml'), 'utf8')).toBe(input);
    expect((await verify(folder)).exit).toBe(0);
  });

  test('holds the answers of the other commands', () => {
    const own = JSON.parse(read('assessment.json')) as Assessment;
    const asked = JSON.parse(keelson(['assess', plan, '--json', '--top', '1000']).out) as Assessment;
    const solved = { ...asked.solved, ms: 0 };
    expect(own).toEqual({ ...asked, solved, plan: { ...asked.plan, file: 'plan.yaml' } });
    expect(read('model.xml')).toBe(keelson(['export', '--open-psa', plan]).out);
    const years = keelson(['replay', '--years', '1000', plan, '--json']).out;
    expect(read('years.json')).toBe(years.replaceAll(JSON.stringify(plan), '"plan.yaml"'));
  });

  test('holds the page that assess writes', () => {
    const folder = fresh();
    mkdirSync(folder);
    writeFileSync(join(folder, 'plan.yaml'), readFileSync(join(root, plan)));
    keelson(['assess', 'plan.yaml', '--html', 'page.html'], { cwd: folder });
    expect(read('report.html')).toBe(readFileSync(join(folder, 'page.html'), 'utf8'));
  });

  test('lists cut sets with how many there are in all', () => {
    const { journeys } = JSON.parse(read('assessment.json')) as Assessment;
    const rows = read('cut-sets.csv').trimEnd().split('\r\n');
    expect(rows[0]).toBe('journey,condition,order,probability,events,rank,listed,total');
    const sets = journeys.flatMap(({ down, degraded }) => [down, degraded]).map(({ cutSets }) => cutSets);
    expect(rows).toHaveLength(1 + sets.reduce((sum, { top }) => sum + top.length, 0));
    const [cutSet] = journeys[0]?.down.cutSets.top ?? [];
    expect(rows[1]).toContain(`,down,${cutSet?.events.length},${cutSet?.probability},`);
    expect(read('README.md')).toContain(`| \`login\` | down | ${journeys[0]?.down.cutSets.top.length} |`);
  });

  test('names every edge and every figure, and what is assumed', () => {
    const { journeys, events, assumptions } = JSON.parse(read('assessment.json')) as Assessment;
    const rows = JSON.parse(read('evidence.json')) as { kind: string; subject: string; basis: string }[];
    expect(rows.filter(({ kind }) => kind === 'rate').map(({ subject }) => subject)).toEqual(
      events.map(({ id }) => id),
    );
    for (const { name } of journeys) expect(rows.map(({ subject }) => subject)).toContain(`journey:${name}`);
    expect(read('evidence.csv').split('\r\n')).toHaveLength(1 + rows.length);
    const edges = rows.filter(({ kind, basis }) => kind === 'edge' && basis === 'assumed').length;
    expect(read('assumptions.csv').split('\r\n')).toHaveLength(1 + assumptions.length + edges);
  });

  test('explains itself in plain words, without colour or time', () => {
    const readme = read('README.md');
    for (const name of FILES.slice(2)) expect(readme).toContain(`- \`${name}\`: `);
    expect(readme).toContain('    keelson export --verify .');
    expect(readme).toMatch(/targets (?:met|missed)\./);
    expect(readme).toMatch(/\d+ of \d+ figures rest on assumptions/);
    expect(readme).not.toContain('\u001b');
    expect(readme).toMatch(/ · exact$/m);
  });

  test('is the same bytes again, elsewhere, and in place of what was written before', () => {
    const cwd = fresh();
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'other name.yaml'), readFileSync(join(root, plan)));
    expect(keelson(['export', 'other name.yaml', '--evidence', 'here'], { cwd }).exit).toBe(0);
    writeFileSync(join(cwd, 'here', 'years.json'), 'changed');
    const again = keelson(['export', '--evidence', 'here', 'other name.yaml', '--json'], { cwd });
    expect(again).toEqual({ exit: 0, err: '', out: read('MANIFEST.json') });
    expect(readdirSync(join(cwd, 'here')).sort()).toEqual(FILES);
    for (const name of FILES) expect(read(name, join(cwd, 'here'))).toBe(read(name));
    expect(keelson(['export', '--verify', '.'], { cwd: join(cwd, 'here') }).exit).toBe(0);
  });

  test('of a plan whose texts are hostile changes nothing but those texts', async () => {
    const name = '</script>```=cmd|x `"\\u202e\\n# Title';
    const folder = fresh();
    const input = `keelson: 1
platform: {name: "${name.replaceAll('"', '\\"')}", asOf: 2026-11-01}
journeys: {j: {modes: {m: {needs: s}}}}
services: {s: {needs: t, evidence: {source: "=HYPERLINK(1)", date: null, confidence: low, note: "a,\\"b\\""}}, t: {}}
catalog: none
`;
    const { exit, err } = keelson(['export', '--evidence', folder, '-'], { input });
    expect([exit, err]).toEqual([0, '']);
    expect(read('evidence.csv', folder)).toContain("'=HYPERLINK(1) (low)");
    const titles = read('README.md', folder)
      .split('\n')
      .filter((line) => line.startsWith('#'));
    expect(titles.slice(1)).toEqual(['## Verdict', '## Assumed', '## Cut sets', '## Files', '## Check it']);
    expect(read('README.md', folder)).not.toMatch(/^```|\u202e/m);
    expect((await verify(folder)).exit).toBe(0);
  });

  test('of a plan with more than 300 events leaves the years out, and says why', async () => {
    const names = Array.from({ length: 301 }, (_, i) => `s${i}`);
    const input = `keelson: 1
platform: {name: Many, asOf: 2026-11-01}
journeys: {j: {modes: {m: {needs: [${names.join(', ')}]}}}}
services:
${names.map((name) => `  ${name}: {outages: {rate: 1/yr, mean: 1h}}`).join('\n')}
catalog: none
`;
    const folder = fresh();
    const { exit, out } = keelson(['export', '--evidence', folder, '-'], { input });
    expect([exit, out]).toEqual([
      0,
      expect.stringContaining('Without years.json: simulating years of a plan'),
    ]);
    expect(readdirSync(folder)).not.toContain('years.json');
    const { leftOut, options } = JSON.parse(read('MANIFEST.json', folder)) as Manifest;
    expect([leftOut, options]).toMatchObject([[{ name: 'years.json' }], { years: null }]);
    expect(read('README.md', folder)).toContain('`years.json` is not here');
    expect((await verify(folder)).exit).toBe(0);
  });
});

describe('keelson export --evidence refuses', () => {
  const refused = async (words: readonly string[]): Promise<string> => {
    const { exit, out, err } = await keelsonHere(['export', ...words]);
    expect([exit, out]).toEqual([2, '']);
    return err;
  };

  test('a folder with anything else in it, and leaves that as it was', async () => {
    const folder = fresh();
    mkdirSync(folder);
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    expect(await refused(['--evidence', folder, plan])).toContain('(folder-not-empty)');
    writeFileSync(join(folder, 'MANIFEST.json'), '{"schema": "other/1"}');
    expect(await refused(['--evidence', folder, plan])).toContain('(folder-not-empty)');
    expect(readdirSync(folder).sort()).toEqual(['MANIFEST.json', 'notes.txt']);
    const file = join(folder, 'notes.txt');
    expect(await refused(['--evidence', file, plan])).toContain('is no folder');
    expect(await refused(['--evidence', join(file, 'in'), plan])).toContain('(folder-unreadable)');
  });

  test('a plan that is wrong, and leaves what was written before', async () => {
    const folder = copy();
    const before = read('MANIFEST.json', folder);
    const err = await refused(['--evidence', folder, 'test/cli/broken/root-keys-misspelt.yaml']);
    expect(err).toMatch(/^test\/cli\/broken\/root-keys-misspelt\.yaml:\d+:\d+ {2}unknown-key/);
    expect(read('MANIFEST.json', folder)).toBe(before);
    expect(await refused(['--evidence', fresh(), 'absent.yaml'])).toContain('file-unreadable');
    expect(await refused(['--evidence', fresh(), plan, '--max-bytes', '10'])).toContain('file-too-large');
  });

  test.each([
    [['--evidence', 'x'], 'no-plan'],
    [['--evidence', 'x', plan, plan], 'bad-argument'],
    [['--evidence', 'x', plan, '--without', 'cloudflare'], 'bad-argument'],
    [['--evidence', 'x', plan, '--out', 'y'], 'bad-argument'],
    [['--evidence', 'x', '--open-psa', plan], 'bad-argument'],
    [['--evidence', 'x', '--verify', 'x'], 'bad-argument'],
    [['--verify', 'x', plan], 'bad-argument'],
    [['--verify', 'x'], 'no-evidence'],
    [['--verify', plan], 'no-evidence'],
    [['--open-psa', plan, '--json'], 'bad-argument'],
  ])('%j', async (words, code) => {
    expect(await refused(words)).toContain(`(${code})`);
  });

  test('to write through a link that lies in place of a file of its own', () => {
    const folder = copy();
    const outside = fresh();
    writeFileSync(outside, 'mine');
    rmSync(join(folder, 'README.md'));
    symlinkSync(outside, join(folder, 'README.md'));
    expect(keelson(['export', '--evidence', folder, plan]).exit).toBe(0);
    expect(readFileSync(outside, 'utf8')).toBe('mine');
    expect(lstatSync(join(folder, 'README.md')).isSymbolicLink()).toBe(false);
  });
});

describe('keelson export --verify', () => {
  test('says of every file that it is the same, computed again', async () => {
    const { exit, out, err } = await verify(first);
    expect([exit, err]).toEqual([0, '']);
    for (const name of FILES) expect(out).toMatch(new RegExp(`^ {2}${name.replace('.', '\\.')} +same$`, 'm'));
    expect(out).toContain('All 14 files are the same, computed again.');
    expect(out).toContain('The catalogue is that of this version. The library is that of this version.');
  });

  test('prints keelson.evidence-check/1', async () => {
    const check = await checked(first);
    expect(check).toMatchObject({
      exit: 0,
      schema: 'keelson.evidence-check/1',
      engine: { same: true },
      plan: { name: 'Harbor Exchange (before)' },
      manifest: digest(read('MANIFEST.json')),
      catalog: 'installed',
      incidents: 'installed',
      computed: true,
      others: [],
      same: true,
    });
    expect(check.files.map(({ name }) => name)).toEqual(FILES);
  });

  test.each(FILES.slice(1))('finds one byte of %s changed', async (name) => {
    const folder = copy();
    const bytes = readFileSync(join(folder, name));
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    writeFileSync(join(folder, name), bytes);
    const check = await checked(folder);
    expect([check.exit, check.same, wrongIn(check)]).toEqual([
      1,
      false,
      [[name, 'differs', 'not what the manifest says']],
    ]);
    expect(check.computed).toBe(!INPUTS.includes(name));
  });

  test.each([[COMPUTED], ...INPUTS.map((name) => [[name]])])('finds %j missing', async (names) => {
    const folder = copy();
    for (const name of names) rmSync(join(folder, name));
    const check = await checked(folder);
    expect([check.exit, wrongIn(check)]).toEqual([1, names.map((name) => [name, 'missing', 'no such file'])]);
  });

  test('finds what was changed together with its digest', async () => {
    const folder = copy();
    for (const name of COMPUTED) forge(folder, name, `${read(name, small)} `);
    const check = await checked(folder);
    expect(check.exit).toBe(1);
    expect(wrongIn(check)).toEqual(
      ['MANIFEST.json', ...COMPUTED].map((name) => [name, 'differs', 'not what is computed again']),
    );
  });

  test('finds that a catalogue with a better rate is not that of the version', async () => {
    const folder = copy();
    const catalog = read('catalog.json', small).replace(/"watchedSince": "20\d\d/g, '"watchedSince": "1990');
    forge(folder, 'catalog.json', catalog);
    const check = await checked(folder);
    expect([check.exit, check.catalog, check.incidents]).toEqual([1, 'other', 'installed']);
    expect(wrongIn(check).map(([name]) => name)).toContain('assessment.json');
    expect((await verify(folder)).out).toContain('The catalogue is not that of this version.');
  });

  test('says first when another version wrote it', async () => {
    const folder = copy();
    changeManifest(folder, ({ engine }) => {
      engine.version = '0.0.1-\u001b[31m';
    });
    const { exit, out } = await verify(folder);
    expect(exit).toBe(1);
    expect(out).toMatch(
      /^Written by Keelson 0\.0\.1-\\u\{1b\}\[31m, checked by \d+\.\d+\.\d+: another version/,
    );
    expect((await checked(folder)).engine.same).toBe(false);
  });

  test('finds what the manifest does not list', async () => {
    const folder = copy();
    changeManifest(folder, (manifest) => {
      manifest.files = manifest.files.filter(({ name }) => name !== 'assessment.json');
    });
    expect(wrongIn(await checked(folder))).toEqual([
      ['MANIFEST.json', 'differs', 'not what is computed again'],
      ['assessment.json', 'differs', 'the manifest does not list it'],
    ]);
  });

  test('names what is no part of it, and leaves it', async () => {
    const folder = copy();
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    expect(await verify(folder)).toMatchObject({
      exit: 0,
      out: expect.stringContaining('Not part of it: notes.txt.') as string,
    });
  });

  test('follows no link, not even to the same bytes', async () => {
    const folder = copy();
    renameSync(join(folder, 'README.md'), join(folder, 'elsewhere'));
    symlinkSync('elsewhere', join(folder, 'README.md'));
    rmSync(join(folder, 'years.json'));
    symlinkSync('/dev/zero', join(folder, 'years.json'));
    rmSync(join(folder, 'model.xml'));
    mkdirSync(join(folder, 'model.xml'));
    expect(wrongIn(await checked(folder))).toEqual([
      ['README.md', 'differs', 'a symbolic link, which is not followed'],
      ['model.xml', 'differs', 'not a file'],
      ['years.json', 'differs', 'a symbolic link, which is not followed'],
    ]);
  });
});

describe('keelson export --verify refuses a manifest that', () => {
  const refused = async (folder: string): Promise<string> => {
    const { exit, out, err } = await verify(folder);
    expect([exit, out]).toEqual([2, '']);
    return err;
  };
  const manifestOf = (content: string): Promise<string> => {
    const folder = copy();
    writeFileSync(join(folder, 'MANIFEST.json'), content);
    return refused(folder);
  };
  const changed = (change: (manifest: Manifest) => void): Promise<string> => {
    const folder = copy();
    changeManifest(folder, change);
    return refused(folder);
  };

  test.each([
    ['is no JSON', '{"schema": '],
    ['is empty', ''],
    ['is a list', '[]'],
    ['is deep', '['.repeat(50_000)],
    ['is of something else', '{"schema": "keelson.assessment/1"}'],
    ['says only what it is', '{"schema": "keelson.evidence/1"}'],
    ['is no text', '\u0000\ud800'],
  ])('%s', async (_, content) => {
    expect(await manifestOf(content)).toContain('(bad-manifest)');
  });

  test('is huge', async () => {
    expect(await manifestOf(' '.repeat(1_000_000))).toMatch(
      /1000000 bytes, more than the 100000 .*\(bad-manifest\)/s,
    );
  });

  test('is a link', async () => {
    const folder = copy();
    renameSync(join(folder, 'MANIFEST.json'), join(folder, 'real.json'));
    symlinkSync('real.json', join(folder, 'MANIFEST.json'));
    expect(await refused(folder)).toContain('found a symbolic link, which is not followed. (bad-manifest)');
  });

  test('is not there', async () => {
    const folder = copy();
    rmSync(join(folder, 'MANIFEST.json'));
    expect(await refused(folder)).toContain('holds no MANIFEST.json. (no-evidence)');
  });

  test.each(['../plan.yaml', '/etc/passwd', 'sub/plan.yaml', 'MANIFEST.json', 'notes.txt', '', '__proto__'])(
    'lists %j',
    async (name) => {
      expect(
        await changed(({ files: [entry] }) => {
          Object.assign(entry ?? {}, { name });
        }),
      ).toMatch(/to list files of evidence only, found ".*" *\. \(bad-manifest\)/);
    },
  );

  test('lists a file twice, without a digest or without a size', async () => {
    expect(await changed(({ files }) => files.splice(1, 1, ...files.slice(0, 1)))).toContain('once');
    expect(
      await changed(({ files: [entry] }) => Object.assign(entry ?? {}, { digest: 'sha1:00' })),
    ).toContain('to say the digest of README.md');
    expect(await changed(({ files: [entry] }) => Object.assign(entry ?? {}, { bytes: -1 }))).toContain(
      'to say how many bytes README.md has',
    );
  });
});

describe('keelson export --verify refuses inputs whose digests are right and which are', () => {
  const forged = async (name: string, content: string): Promise<string> => {
    const folder = copy();
    forge(folder, name, content);
    const { exit, out, err } = await verify(folder);
    expect([exit, out]).toEqual([2, '']);
    return err;
  };

  test('no catalogue', async () => {
    expect(await forged('catalog.json', '{}')).toMatch(
      /catalog\.json" to be a catalogue\. .*\(bad-evidence\)/,
    );
    expect(await forged('catalog.json', read('catalog.json', small).replace('"data"', '"date"'))).toMatch(
      /Line \d+, column \d+: Expected data or control, found "date"/,
    );
    expect(await forged('catalog.json', '['.repeat(100_000))).toContain('(bad-evidence)');
  });

  test('no library', async () => {
    expect(await forged('incidents.json', '{}')).toMatch(/to be a library of incidents\. .*\(bad-evidence\)/);
    expect(await forged('incidents.json', read('incidents.json', small).replace('Z"', '"'))).toContain(
      'a time in UTC',
    );
  });

  test('no plan', async () => {
    const err = await forged('plan.yaml', 'keelson: 1\n');
    expect(err).toMatch(/plan\.yaml:1:1 {2}missing-key/);
  });
});
