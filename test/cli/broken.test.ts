import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectWithin } from '../pace.ts';
import { compileCatalog } from '../../src/catalog/compile.ts';
import { parseIncident } from '../../src/incidents/index.ts';
import { PROBLEM_CODES, severityOf, type ProblemCode } from '../../src/problems.ts';
import { CONTRACT_CODES } from './contract-codes.ts';
import { IMPORT_CODES } from './import-codes.ts';
import { SECTOR_CODES } from './sector-codes.ts';
import { INCIDENT_CODES } from './incident-codes.ts';
import { MODEL_CODES } from './model-codes.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
/** `KEELSON_BIN` lets the same tests look at an installed package. */
const BIN =
  process.env.KEELSON_BIN ??
  ['keelson.js', 'keelson.cjs'].map((name) => join(here, '../../bin', name)).find(existsSync) ??
  '';
const CODES = new Set<string>(PROBLEM_CODES);
/** Plans whose warnings are known only once they are solved. */
const SOLVED = join(here, 'warned-by-assess');

interface Line {
  readonly file: string;
  /** `code@line:column` */
  readonly at: string;
  readonly code: string;
  readonly warning: boolean;
  readonly message: string;
}

interface Run {
  readonly exit: number | null;
  readonly out: string;
  readonly lines: readonly Line[];
  /** The lesser of time on the clock and time on the processor, so that a busy machine does no harm. @unit seconds */
  readonly seconds: number;
  /** Undefined where the system does not say. @unit megabytes */
  readonly memory: number | undefined;
}

const scratch = mkdtempSync(join(tmpdir(), 'keelson-broken-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const TIME = '/usr/bin/time';
const timed = process.platform === 'linux' && existsSync(TIME);
let runs = 0;

const check = (files: readonly string[], cwd = scratch): Promise<Run> => keelson(['check', ...files], cwd);

/** Runs the command with a heap of 400 MB, measured. */
function keelson(words: readonly string[], cwd: string): Promise<Run> {
  const measured = join(scratch, `.measured-${runs++}`);
  const command = [process.execPath, '--max-old-space-size=400', BIN, ...words];
  const [program = '', ...rest] = timed ? [TIME, '-f', '%M %U %S', '-o', measured, ...command] : command;
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const env = { ...process.env, NO_COLOR: '1' };
    // A group of its own, so that what does not end can be ended with everything it started.
    const child = spawn(program, rest, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, 10_000);
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (exit) => {
      clearTimeout(timer);
      const out = Buffer.concat(chunks).toString('utf8');
      const wall = (performance.now() - begin) / 1000;
      const figures =
        timed && existsSync(measured)
          ? readFileSync(measured, 'utf8').trim().split('\n').at(-1)?.split(' ')
          : undefined;
      const [memory, user, system] = figures?.map(Number) ?? [];
      const seconds = user === undefined || system === undefined ? wall : Math.min(wall, user + system);
      resolve({
        exit,
        out,
        lines: linesOf(out),
        seconds,
        memory: memory === undefined ? undefined : memory / 1024,
      });
    });
  });
}

/** The lines `FILE:LINE:COLUMN  code  message` of an output, warnings marked so; whatever else stands in it is left out. */
function linesOf(out: string): Line[] {
  return out.split('\n').flatMap((line) => {
    const match = /^(.+?):(\d+):(\d+) {2}(warning {2})?([a-z-]+) {2}(.+)$/.exec(line);
    if (match === null) return [];
    const [, file = '', row = '', column = '', marked, code = '', message = ''] = match;
    return [{ file, at: `${code}@${row}:${column}`, code, warning: marked !== undefined, message }];
  });
}

/** Control, bidirectional and other invisible characters except the line end, and the one for what could not be read. */
const UNPRINTABLE = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\ufffd]/u;

/** What holds for every output, whatever was read. */
function expectDecent(out: string): void {
  expect(out).not.toMatch(/\n\s+at /);
  expect(out).not.toMatch(/\bundefined\b|\[object Object\]/);
  expect(out).not.toMatch(UNPRINTABLE);
  for (const { at, code, warning, message } of linesOf(out)) {
    expect(CODES).toContain(code);
    expect([code, warning]).toEqual([code, severityOf(code as ProblemCode) === 'warning']);
    expect(at).toMatch(/@[1-9]\d*:[1-9]\d*$/);
    expect(message.length).toBeLessThan(1000);
  }
}

/** Refused, decently, within bounds of time, memory and words. */
function expectRefused(run: Run): void {
  expect(run.exit).toBe(2);
  expect(run.lines.length).toBeGreaterThan(0);
  expect(run.lines.some(({ code }) => severityOf(code as ProblemCode) === 'error')).toBe(true);
  expectDecent(run.out);
  expectBounded(run);
}

function expectBounded({ seconds, memory, out, lines }: Run): void {
  expectWithin(seconds, 2);
  expect(memory ?? 0).toBeLessThan(512);
  expect(lines.length).toBeLessThanOrEqual(300);
  expect(out.length).toBeLessThan(100_000);
}

/** What files say that cannot begin with a comment, or whose first bytes are the point. */
const EXPECTED: Readonly<Record<string, string>> = {
  'byte-order-mark-before-an-error.yaml': 'out-of-range@2:10',
  'empty.yaml': 'empty-document@1:1',
  'only-spaces.yaml': 'empty-document@1:1',
  'only-line-ends.yaml': 'empty-document@1:1',
  'only-a-byte-order-mark.yaml': 'empty-document@1:1',
  'only-nul-bytes.bin': 'yaml-syntax@1:1',
  'png.bin': 'not-text@1:1',
  'gzip.bin': 'not-text@1:2',
  'latin-1.yaml': 'not-text@2:19',
  'utf-16-little-endian.yaml': 'not-text@1:1',
  'utf-16-big-endian.yaml': 'not-text@1:1',
  'utf-16-without-a-mark.yaml': 'yaml-syntax@1:2',
  'utf-8-beyond-unicode.yaml': 'not-text@2:18',
  'utf-8-cut-off.yaml': 'not-text@5:3',
  'utf-8-overlong-slash.yaml': 'not-text@2:18',
  'utf-8-surrogate.yaml': 'not-text@2:18',
  'json-array.json': 'wrong-type@1:1',
  'json-scalar.json': 'wrong-type@1:1',
  'json-null.json': 'wrong-type@1:1',
  'json-cut-off.json': 'yaml-syntax@1:67',
  'json-duplicate-proto.json': 'bad-name@4:2 duplicate-key@5:2',
  'json-number-in-quotes.json': 'wrong-type@1:12',
  'json-with-comments.json': 'missing-key@1:1 missing-key@1:1 unknown-key@2:3',
  'json-with-nothing-useful.json': 'missing-key@1:1 missing-key@1:1 missing-key@1:1',
};

/** What a file of the corpus promises in its first line, sorted. */
function promised(folder: string, name: string): string[] {
  const first =
    EXPECTED[name] ??
    /^\uFEFF?# expect: ([^\r\n]*)/.exec(readFileSync(join(folder, name), 'utf8'))?.[1] ??
    'nothing';
  return first
    .split(' ')
    .filter((one) => one !== 'nothing')
    .sort();
}

/** Checks a folder's files, 60 a process, and gathers what is said of each. */
async function checkFolder(folder: string): Promise<{ said: Map<string, string[]>; batches: Run[] }> {
  const names = readdirSync(folder).sort();
  const said = new Map<string, string[]>(names.map((name) => [name, []]));
  const batches: Run[] = [];
  for (let i = 0; i < names.length; i += 60) {
    const run = await check(names.slice(i, i + 60), folder);
    batches.push(run);
    for (const { file, at } of run.lines) said.get(file)?.push(at);
  }
  return { said, batches };
}

describe('a broken plan', () => {
  const folder = join(here, 'broken');
  const names = readdirSync(folder).sort();
  let said = new Map<string, string[]>();
  let batches: Run[] = [];
  beforeAll(async () => {
    ({ said, batches } = await checkFolder(folder));
  }, 120_000);

  it('promises at least one error that exists', () => {
    for (const name of names) {
      const codes = promised(folder, name).map((one) => one.split('@')[0] ?? '');
      expect([name, ...codes.filter((code) => !CODES.has(code))]).toEqual([name]);
      expect([name, codes.some((code) => severityOf(code as ProblemCode) === 'error')]).toEqual([name, true]);
    }
  });

  it.each(names)('%s is refused for exactly what is wrong, where it is wrong', (name) => {
    expect([...(said.get(name) ?? [])].sort()).toEqual(promised(folder, name));
  });

  it('is refused among others, without a stack trace or a stray character', () => {
    for (const { exit, out } of batches) {
      expect(exit).toBe(2);
      expectDecent(out);
    }
  });

  it.each(names.filter((_, i) => i % 24 === 0))(
    '%s is refused alone as it is among others',
    async (name) => {
      const run = await check([name], folder);
      expectRefused(run);
      expect(run.lines.map(({ at }) => at)).toEqual(said.get(name));
    },
    20_000,
  );

  it('is refused beside a good one, about which nothing is said', async () => {
    const good = join(here, 'accepted/everything-optional-left-out.yaml');
    const run = await check([good, 'slo-of-120-percent.yaml', good], folder);
    expect(run.exit).toBe(2);
    expect(run.lines.map(({ file }) => file)).toEqual(['slo-of-120-percent.yaml']);
  }, 20_000);

  it('meets every error code of a plan somewhere', () => {
    const elsewhere = [
      'file-unreadable',
      'file-too-large',
      'drill-evidence-altered',
      ...OF_SERVE,
      ...OF_INCIDENTS_AND_CATALOGUE,
    ];
    const met = new Set(names.flatMap((name) => promised(folder, name)).map((one) => one.split('@')[0]));
    const errors = PROBLEM_CODES.filter((code) => severityOf(code) === 'error' && !elsewhere.includes(code));
    expect(errors.filter((code) => !met.has(code))).toEqual([]);
  });
});

describe.each(['warned', 'accepted'])('a plan that is %s', (kind) => {
  const folder = join(here, kind);
  const names = readdirSync(folder).sort();
  let said = new Map<string, string[]>();
  let batches: Run[] = [];
  beforeAll(async () => {
    ({ said, batches } = await checkFolder(folder));
  }, 120_000);

  it.each(names)('%s says exactly what it promises', (name) => {
    expect([...(said.get(name) ?? [])].sort()).toEqual(promised(folder, name));
  });

  it('stands: the command succeeds', () => {
    for (const { exit, out } of batches) {
      expect(exit).toBe(0);
      expectDecent(out);
    }
  });

  it('promises warnings only', () => {
    const codes = names
      .flatMap((name) => promised(folder, name))
      .map((one) => one.split('@')[0] as ProblemCode);
    expect(codes.filter((code) => severityOf(code) === 'error')).toEqual([]);
    if (kind !== 'warned') return;
    const solved = readdirSync(SOLVED)
      .flatMap((name) => promised(SOLVED, name))
      .map((one) => one.split('@')[0]);
    // `more-problems` takes a generated plan: it is met among the heavy ones.
    const elsewhere = ['more-problems', ...solved, ...OF_INCIDENTS_AND_CATALOGUE];
    const warnings = PROBLEM_CODES.filter(
      (code) => severityOf(code) === 'warning' && !elsewhere.includes(code),
    );
    expect(warnings.filter((code) => !codes.includes(code))).toEqual([]);
  });
});

describe('a plan that is warned of once it is solved', () => {
  it.each(readdirSync(SOLVED).sort())(
    '%s is answered, with the warning that it promises',
    async (name) => {
      const { exit, out } = await keelson(['assess', '--json', name], SOLVED);
      expect([0, 1]).toContain(exit);
      const { findings } = JSON.parse(out) as { findings: { code: string; line: number; column: number }[] };
      const said = findings
        .filter(({ code }) => CODES.has(code))
        .map(({ code, line, column }) => `${code}@${line}:${column}`);
      expect(said.sort()).toEqual(promised(SOLVED, name));
    },
    20_000,
  );
});

const HEAD =
  'keelson: 1\nplatform: {name: Harbor, asOf: 2026-11-01}\njourneys: {trade: {modes: {full: {needs: edge}}}}\n';
const EDGE = 'services:\n  edge: {needs: fastly/cdn}\n';
const GOOD = `${HEAD}${EDGE}`;
const MANY = 50_000;

function times(count: number, make: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => make(i)).join('');
}

function write(name: string, contents: string | Uint8Array): string {
  writeFileSync(join(scratch, name), contents);
  return name;
}

function folder(name: string): string {
  mkdirSync(join(scratch, name));
  return name;
}

function link(to: string, name: string): string {
  symlinkSync(to, join(scratch, name));
  return name;
}

function noise(bytes: number): Uint8Array {
  const made = new Uint8Array(bytes);
  let state = 20_261_101;
  for (let i = 0; i < bytes; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    made[i] = state >>> 24;
  }
  return made;
}

describe('a plan made to be heavy', () => {
  /** Name, the one code that must be among those said (any error will do for what is large as well), and how to make it. */
  const heavy: readonly (readonly [
    name: string,
    code: ProblemCode | 'any',
    make: () => string | Uint8Array,
  ])[] = [
    ['50,000 lists opened', 'nesting-too-deep', () => '['.repeat(MANY)],
    ['50,000 lists opened and closed', 'nesting-too-deep', () => '['.repeat(MANY) + ']'.repeat(MANY)],
    ['50,000 mappings opened', 'nesting-too-deep', () => '{a: '.repeat(MANY)],
    ['50,000 list items in one line', 'nesting-too-deep', () => `${'- '.repeat(MANY)}x`],
    ['50,000 keys in one line', 'nesting-too-deep', () => `${'? '.repeat(MANY)}x`],
    ['2,500 mappings by indentation', 'nesting-too-deep', () => times(2500, (i) => `${' '.repeat(i)}a:\n`)],
    [
      '50,000 lists inside needs',
      'nesting-too-deep',
      () => HEAD.replace('needs: edge', `needs: ${'['.repeat(MANY)}`),
    ],
    ['binary noise', 'not-text', () => noise(1_000_000)],
    ['100,000 unknown keys', 'unknown-key', () => GOOD + times(100_000, (i) => `k${i}: 1\n`)],
    ['400,000 unknown keys of JSON', 'any', () => `{${times(400_000, (i) => `"k${i}":1,`)}"x":1}`],
    ['100,000 keys of one name', 'duplicate-key', () => `${GOOD}${'a: 1\n'.repeat(100_000)}`],
    [
      '100,000 unknown providers',
      'unknown-provider',
      () => GOOD + times(200, (i) => `  s${i}: {needs: [${times(500, (k) => `p${i}x${k}/c, `)}]}\n`),
    ],
    [
      '100,000 unknown capabilities',
      'unknown-capability',
      () => GOOD + times(200, (i) => `  s${i}: {needs: [${times(500, (k) => `aws/c${i}x${k}, `)}]}\n`),
    ],
    [
      '19,999 unknown services',
      'unknown-service',
      () => GOOD + times(19_999, (i) => `  s${i}: {needs: t${i}}\n`),
    ],
    [
      '19,999 unknown services with long names',
      'unknown-service',
      () => GOOD + times(19_999, (i) => `  ${'s'.repeat(50)}${i}: {needs: ${'s'.repeat(45)}zzzzz${i}}\n`),
    ],
    ['20,001 services', 'too-many', () => GOOD + times(20_000, (i) => `  s${i}: {needs: fastly/cdn}\n`)],
    [
      '490 services that need each other',
      'service-cycle',
      () =>
        `${GOOD}${times(490, (i) => `  s${i}: {needs: ${i === 0 ? `&all [${times(490, (k) => `s${k}, `)}]` : '*all'}}\n`)}`,
    ],
    [
      'a chain of 19,990 services',
      'services-too-deep',
      () =>
        GOOD.replace('fastly/cdn', 's0') +
        times(19_990, (i) => `  s${i}: {needs: ${i === 19_989 ? 'fastly/cdn' : `s${i + 1}`}}\n`),
    ],
    [
      'a circle of 19,990 services with many ways back',
      'service-cycle',
      () =>
        `${GOOD}${times(19_990, (i) => `  s${i}: {needs: [s${(i + 1) % 19_990}, ${i === 0 ? `&all [${times(40, (k) => `s${k}, `)}]` : '*all'}]}\n`)}`,
    ],
    ['an unknown key of 5,000 characters', 'unknown-key', () => `${GOOD}${'a'.repeat(5000)}: 1\n`],
    [
      'a service name of 5,000 characters',
      'bad-name',
      () => `${GOOD}  ? ${'a'.repeat(5000)}\n  : {needs: fastly/cdn}\n`,
    ],
    ['an unknown key of 1,000,000 characters', 'unknown-key', () => `${GOOD}? ${'a'.repeat(1e6)}\n: 1\n`],
    [
      'a service name of 1,000,000 characters',
      'bad-name',
      () => `${GOOD}  ? ${'a'.repeat(1e6)}\n  : {needs: fastly/cdn}\n`,
    ],
    [
      'a platform name of 1,000,000 characters',
      'out-of-range',
      () => GOOD.replace('Harbor', 'H'.repeat(1e6)),
    ],
    ['a platform name of 1,000,000 emoji', 'any', () => GOOD.replace('Harbor', '🚢'.repeat(1e6))],
    [
      'a reference of 5,000,000 characters',
      'any',
      () => HEAD.replace('needs: edge', `needs: [edge, ${'a-'.repeat(2.5e6)}]`) + EDGE,
    ],
    [
      'a percentage of 1,000,000 digits',
      'wrong-type',
      () => HEAD.replace('modes', `slo: ${'9'.repeat(1e6)}%, modes`) + EDGE,
    ],
    [
      'a time of 1,000,000 parts',
      'any',
      () =>
        `${HEAD}services: {edge: {any: [fastly/cdn, aws/s3@us-east-1], failover: {detect: ${'1h '.repeat(1e6)}}}}\n`,
    ],
    [
      'a loss with 200,000 spaces inside',
      'wrong-type',
      () => HEAD.replace('modes', `loss: "5${' '.repeat(200_000)}USD x", modes`) + EDGE,
    ],
    [
      'a rate with 200,000 spaces inside',
      'wrong-type',
      () => `${HEAD}services: {edge: {outages: {rate: "1${' '.repeat(200_000)}x", mean: 1h}}}\n`,
    ],
    [
      '990 aliases of 990 values',
      'unknown-key',
      () => `${GOOD}a: &a [${'1, '.repeat(990)}]\nb: [${'*a, '.repeat(990)}]\n`,
    ],
    [
      '1,900 aliases of 499 bad names',
      'wrong-type',
      () =>
        `${GOOD}${times(1900, (i) => `  s${i}: {needs: ${i === 0 ? `&a [${'NOPE, '.repeat(499)}]` : '*a'}}\n`)}`,
    ],
    ['300,000 anchors', 'any', () => times(300_000, (i) => `- &a${i} x\n`)],
    ['300,000 unknown aliases', 'alias-unknown', () => times(300_000, (i) => `- *a${i}\n`)],
    ['300,000 tags', 'tag-not-supported', () => '- !!x y\n'.repeat(300_000)],
    ['2,000,000 documents', 'any', () => '---\n'.repeat(2e6)],
    ['2,500,000 empty lists in a list', 'any', () => `[${'[],'.repeat(2.5e6)}]`],
    ['4,000,000 items of nothing', 'any', () => '-\n'.repeat(4e6)],
    ['4,000,000 keys of a flow mapping', 'any', () => `{${'a,'.repeat(4e6)}}`],
    ['2,600,000 quoted texts', 'any', () => `["${'","'.repeat(2.6e6)}"]`],
    ['8,000,000 empty lines', 'any', () => '\n'.repeat(8e6)],
    ['4,000,000 empty comments', 'any', () => '#\n'.repeat(4e6)],
    ['8,000,000 tabs', 'any', () => '\t'.repeat(8e6)],
    ['a quote of 1,000,000 lines that never ends', 'any', () => `x: "${'a\n '.repeat(1e6)}`],
    ['5,000,000 asterisks', 'any', () => '*'.repeat(5e6)],
    ['5,000,000 exclamation marks', 'any', () => '!'.repeat(5e6)],
    ['a tag of 5,000,000 characters', 'any', () => `!<${'a'.repeat(5e6)}> x`],
  ];

  it.each(heavy)(
    '%s: is refused within two seconds and 512 MB (%s)',
    async (name, code, make) => {
      const run = await check([write(`${name.replaceAll(/[^a-z0-9]+/gi, '-')}.yaml`, make())]);
      expectRefused(run);
      if (code !== 'any') expect(run.lines.map((line) => line.code)).toContain(code);
    },
    20_000,
  );

  it('of 100 MB is refused by its size, unread', async () => {
    truncateSync(join(scratch, write('large.yaml', '# nothing\n')), 100 * 1024 * 1024);
    const run = await check(['large.yaml']);
    expectRefused(run);
    expect(run.lines.map(({ at }) => at)).toEqual(['file-too-large@1:1']);
    expect(run.memory ?? 0).toBeLessThan(128);
  }, 20_000);

  it('with more warnings than are shown still says its error and is refused', async () => {
    const idle = times(300, (i) => `  idle${i}: {any: [fastly/cdn, aws/s3@us-east-1]}\n`);
    for (const [name, last, code] of [
      ['unknown service', '  last: {needs: egde}\n', 'unknown-service'],
      ['bad currency', '  last: {cost: 5 EUR/yr}\n', 'currency-mixed'],
      ['cycle', '  last: {needs: last}\n', 'service-cycle'],
    ] as const) {
      const run = await check([write(`${name}.yaml`, GOOD + idle + last)]);
      expectRefused(run);
      expect(run.lines.map((line) => line.code)).toContain(code);
    }
  }, 20_000);

  it.each([
    [
      'a chain of 199 services under another',
      () =>
        GOOD.replace('fastly/cdn', 's0') +
        times(199, (i) => `  s${i}: {needs: ${i === 198 ? 'fastly/cdn' : `s${i + 1}`}}\n`),
    ],
    ['19,999 services nobody needs', () => GOOD + times(19_999, (i) => `  s${i}: {needs: fastly/cdn}\n`)],
    [
      '19,999 services in places of their own',
      () => GOOD + times(19_999, (i) => `  s${i}: {needs: fastly/cdn@r${i}}\n`),
    ],
  ])(
    '%s: is not wrong, and stands',
    async (name, make) => {
      const run = await check([write(`${name.replaceAll(/[^a-z0-9]+/gi, '-')}.yaml`, make())]);
      expect(run.exit).toBe(0);
      expectDecent(run.out);
      expectBounded(run);
    },
    20_000,
  );

  it('with more problems than are shown says that there are more', async () => {
    const run = await check([write('many.yaml', GOOD + times(1000, (i) => `k${i}: 1\n`))]);
    expectRefused(run);
    expect(run.out).toMatch(/\bmore\b/);
  }, 20_000);
});

describe('what is not a file of text', () => {
  const cases: [name: string, file: () => string, code: ProblemCode][] = [
    ['a directory', () => folder('folder'), 'file-unreadable'],
    ['a missing file', () => 'nowhere.yaml', 'file-unreadable'],
    ['the folder itself', () => './', 'file-unreadable'],
    ['a path through a file', () => `${write('plan.yaml', GOOD)}/plan.yaml`, 'file-unreadable'],
    ['a name of 5,000 characters', () => 'a'.repeat(5000), 'file-unreadable'],
    ['a link to itself', () => link('loop.yaml', 'loop.yaml'), 'file-unreadable'],
  ];
  if (process.platform === 'linux') {
    cases.push(['/dev/null', () => '/dev/null', 'empty-document']);
    cases.push(['/dev/zero', () => '/dev/zero', 'file-too-large']);
    cases.push(['a link to /dev/zero', () => link('/dev/zero', 'zero.yaml'), 'file-too-large']);
    cases.push(['/dev/urandom', () => '/dev/urandom', 'file-too-large']);
    cases.push(['/proc/self/mem', () => '/proc/self/mem', 'file-unreadable']);
  }
  if (process.platform !== 'win32' && process.getuid?.() !== 0)
    cases.push([
      'a file that may not be read',
      () => {
        writeFileSync(join(scratch, 'secret.yaml'), GOOD, { mode: 0o000 });
        return 'secret.yaml';
      },
      'file-unreadable',
    ]);

  it.each(cases)(
    '%s: is refused at its first line',
    async (_, file, code) => {
      const run = await check([file()]);
      expectRefused(run);
      expect(run.lines.map(({ at }) => at)).toEqual([`${code}@1:1`]);
    },
    20_000,
  );

  it('keeps a file name with control characters from writing to the terminal', async () => {
    const run = await check([write('evil\u001b[31m\u202e\nforged.yaml', 'keelson: 2\n')]);
    expect(run.exit).toBe(2);
    expectDecent(run.out);
    expect(run.out).not.toMatch(/^forged/m);
  }, 20_000);
});

/** Said by serve alone, and met in src/serve/servable.test.ts. */
const OF_SERVE: readonly string[] = [
  'route-without-url',
  'route-ambiguous',
  'nothing-to-serve',
  'nothing-to-steer',
  'too-many-members',
];

/** Met below, in broken-incidents.test.ts, in broken-models.test.ts or in src/guard/contract.test.ts. */
const OF_INCIDENTS_AND_CATALOGUE: readonly string[] = [
  'effect-names-nothing',
  'unknown-incident-event',
  ...INCIDENT_CODES,
  ...MODEL_CODES,
  ...CONTRACT_CODES,
  ...IMPORT_CODES,
  ...SECTOR_CODES,
];

describe('a broken incident or catalogue file', () => {
  const incident = (change: (text: string) => string, file = 'acme-2026-01-01.yaml'): string[] =>
    parseIncident(
      change(`schema: 1
id: acme-2026-01-01
title: Acme went down
kind: availability
provider: acme
cause_class: config-push
root_cause: A push.
window:
  start: 2026-01-01T10:00:00Z
effects:
  - capability: acme/cdn
    scope: global
    phases:
      - {from: 2026-01-01T10:00:00Z, to: 2026-01-01T12:00:00Z, severity: 1, mode: http-5xx}
counts: {event: acme/cdn, from: 2026-01-01T10:00:00Z, to: 2026-01-01T12:00:00Z, reach: 1, basis: All.}
sources:
  - {id: a, url: null, title: A, what: All of it.}
`),
      file,
    ).problems.map(({ code, line, column }) => `${code}@${line}:${column}`);

  it('is not broken before it is changed', () => {
    expect(incident((text) => text)).toEqual([]);
  });

  it('says that a time is not a time', () => {
    expect(
      incident((text) => text.replace('start: 2026-01-01T10:00:00Z', 'start: 10 in the morning')),
    ).toEqual(['wrong-type@9:10']);
    expect(
      incident((text) => text.replace('start: 2026-01-01T10:00:00Z', 'start: 2026-02-30T10:00:00Z')),
    ).toEqual(['wrong-type@9:10']);
  });

  it('says that a phase ends before it begins', () => {
    const swapped = (text: string): string =>
      text.replace('to: 2026-01-01T12:00:00Z, severity', 'to: 2026-01-01T09:00:00Z, severity');
    expect(incident(swapped)).toEqual(['time-order@14:9']);
  });

  it('says that a file is not named after what it holds', () => {
    expect(incident((text) => text, 'somewhere/other.yaml')).toEqual(['file-name@1:1']);
  });

  const catalogue = (provider: string, events: readonly string[] = []): string[] => {
    const counted = events.map((event) => {
      const found = parseIncident('', '').incident;
      return {
        ...found,
        id: 'x-2026-01-01',
        title: 'x',
        window: [],
        counts: { event, from: null, to: null, reach: null, basis: 'x', offset: 0 },
      };
    });
    const library = { file: 'library.yaml', text: 'watchedUntil: 2026-11-01\n' };
    return compileCatalog(
      library,
      [{ file: 'providers/acme.yaml', text: provider }],
      counted as never,
    ).problems.map(({ code, line, column }) => `${code}@${line}:${column}`);
  };

  it('says that an incident counts towards what the catalogue does not record', () => {
    expect(catalogue('provider: acme\nwatchedSince: null\n', ['acme/cdn'])).toEqual([
      'unknown-incident-event@1:1',
    ]);
  });

  it('says that a provider needs what is not there, and is not named after its file', () => {
    const text = 'provider: acne\nwatchedSince: null\ncapabilities:\n  cdn: {needs: [acne/dns, other/dns]}\n';
    expect(catalogue(text)).toEqual(['file-name@1:1', 'unknown-capability@4:17', 'unknown-provider@4:27']);
  });
});
