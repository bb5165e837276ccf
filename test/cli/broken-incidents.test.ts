import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { expectWithin } from '../pace.ts';
import { parseIncident, type ParsedIncident } from '../../src/incidents/index.ts';
import { loadIncident, loadIncidents } from '../../src/incidents/load.ts';
import { severityOf, type ProblemCode } from '../../src/problems.ts';
import { INCIDENT_CODES } from './incident-codes.ts';
import { expectWellSaid, placesOf, timed } from './well-said.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, 'test/cli/broken-incidents');
const names = readdirSync(folder).sort();
const scratch = mkdtempSync(join(tmpdir(), 'keelson-incidents-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What files say that cannot begin with a comment, or whose first bytes are the point. */
const EXPECTED: Readonly<Record<string, string>> = {
  'byte-order-mark-before-an-error.yaml': 'out-of-range@1:9',
  'empty.yaml': 'empty-document@1:1',
  'only-spaces.yaml': 'empty-document@1:1',
  'only-a-byte-order-mark.yaml': 'empty-document@1:1',
  'only-nul-bytes.bin': 'yaml-syntax@1:1',
  'png.bin': 'not-text@1:1',
  'gzip.bin': 'not-text@1:2',
  'latin-1.yaml': 'not-text@3:11',
  'utf-8-cut-off.yaml': 'not-text@39:18',
  'utf-16-little-endian.yaml': 'not-text@1:1',
  'json-array.json': 'wrong-type@1:1',
  'json-null.json': 'wrong-type@1:1',
  'json-cut-off.json': 'yaml-syntax@1:71',
};

/** What a file of the corpus promises in its first line, sorted. */
function promised(name: string): string[] {
  const first =
    EXPECTED[name] ?? /^# expect: ([^\r\n]*)/.exec(readFileSync(join(folder, name), 'utf8'))?.[1] ?? '';
  return first.split(' ').sort();
}

/** What holds for every file, whatever was read. */
function expectDecent({ incident, problems, seconds }: ParsedIncident & { readonly seconds: number }): void {
  expectWithin(seconds, 2);
  expect(incident === undefined).toBe(problems.some(({ severity }) => severity === 'error'));
  expect(problems.length).toBeLessThanOrEqual(300);
  expectWellSaid(problems);
}

describe('a broken incident file', () => {
  it('is one of many', () => {
    expect(names.length).toBeGreaterThanOrEqual(64);
  });

  it.each(names)('%s is refused or warned of for exactly what is wrong, where it is wrong', (name) => {
    const parsed = timed(() => loadIncident(join(folder, name)));
    expect(placesOf(parsed.problems)).toEqual(promised(name));
    expectDecent(parsed);
    for (const { file } of parsed.problems) expect(file).toBe(join(folder, name));
  });

  it('promises an error, but for those that are named as warned of', () => {
    for (const name of names) {
      const codes = promised(name).map((one) => one.split('@')[0] as ProblemCode);
      const refused = codes.some((code) => severityOf(code) === 'error');
      expect([name, refused]).toEqual([name, !name.startsWith('warned-')]);
    }
  });

  it('meets every code of incidents somewhere', () => {
    const met = new Set(names.flatMap(promised).map((one) => one.split('@')[0]));
    expect(INCIDENT_CODES.filter((code) => !met.has(code))).toEqual([]);
  });

  it('says five different problems at once, in the order of the file', () => {
    const { problems } = loadIncident(join(folder, 'five-different-problems.yaml'));
    expect(problems.map(({ code }) => code)).toEqual([
      'wrong-word',
      'time-order',
      'duplicate-id',
      'place-in-capability',
      'unknown-source',
    ]);
  });

  it.each([
    ['capability-with-a-zone', /Write capability: acme\/compute and scope: us-east-1\/use1-az4\.$/],
    ['scope-in-capitals', /^Expected global, a region such as .+, found "Global"\.$/],
    ['source-misspelt', /Did you mean "post-mortem"\?$/],
    ['source-unknown', /Known: post-mortem\.$/],
    ['source-id-twice', /^"post-mortem" is the id of a source before it\./],
    ['window-ends-before-it-starts', /found 2026-01-01T10:00:00Z and 2025-01-01T12:00:00Z\.$/],
    ['empty', /^Expected an incident, found an empty file\.$/],
    ['warned-mode-none-with-severity', /^mode: none says .+ severity is 0\.8\. Write severity: 0/],
    ['warned-cohort-without-effect-or-severity', /^effect: none says .+ severity is not given\./],
    ['title-with-an-escape-sequence', /found "Acme \\u\{1b\}\[31mis down\\u\{1b\}\[0m"\.$/],
  ])('%s: says what was expected, what was found or what to do', (name, message) => {
    const { problems } = loadIncident(join(folder, `${name}.yaml`));
    expect(problems.map((one) => one.message)).toEqual([expect.stringMatching(message)]);
  });
});

const GOOD = `schema: 1
id: acme-2026-01-01
title: Acme answered with errors
kind: availability
provider: acme
cause_class: config-push
root_cause: A push.
window: {start: 2026-01-01T10:00:00Z, detected: null, mitigated: null, end: 2026-01-01T12:00:00Z}
effects:
  - capability: acme/cdn
    scope: global
    phases:
      - {from: 2026-01-01T10:00:00Z, to: 2026-01-01T12:00:00Z, severity: 1, mode: http-5xx}
counts: null
sources:
  - {id: S1, url: null, title: A, what: All of it.}
`;

function codesOf(contents: string, file = 'acme-2026-01-01.yaml'): string[] {
  return placesOf(parseIncident(contents, file).problems);
}

/** With the one place where `old` stands changed. */
function changed(old: string, to: string): string {
  expect(GOOD.split(old)).toHaveLength(2);
  return GOOD.replace(old, () => to);
}

describe('an incident file', () => {
  it('without anything wrong says nothing', () => {
    expect(codesOf(GOOD)).toEqual([]);
  });

  it.each([
    ['a service of the plan', 'capability: acme/cdn', 'capability: order-book'],
    ['a provider with all it offers', 'capability: acme/cdn', 'capability: acme'],
    ['a region', 'scope: global', 'scope: us-east-1'],
    ['a zone', 'scope: global', 'scope: us-east-1/use1-az4'],
    ['a time without seconds', 'to: 2026-01-01T12:00:00Z', 'to: 2026-01-01T12:00Z'],
    ['a time in quotes', 'to: 2026-01-01T12:00:00Z', 'to: "2026-01-01T12:00:00Z"'],
    ['29 February of a leap year', 'detected: null', 'detected: 2028-02-29T10:00:00Z'],
    ['an end nobody knows', 'to: 2026-01-01T12:00:00Z', 'to: null'],
    ['an end after the window', 'to: 2026-01-01T12:00:00Z', 'to: 2026-01-03T12:00:00Z'],
    ['a severity nobody published', 'severity: 1', 'severity: null'],
    ['latency of which nobody failed', 'severity: 1, mode: http-5xx', 'severity: 0, mode: latency'],
    ['what stayed up', 'severity: 1, mode: http-5xx', 'severity: 0, mode: none'],
    [
      'phases one after the other',
      'to: 2026-01-01T12:00:00Z, severity: 1, mode: http-5xx}',
      'to: 2026-01-01T11:00:00Z, severity: 1, mode: http-5xx}\n      - {from: 2026-01-01T11:00:00Z, to: 2026-01-01T12:00:00Z, severity: 0.1, mode: http-5xx}',
    ],
    [
      'phases of different modes at one time',
      'mode: http-5xx}',
      'mode: http-5xx}\n      - {from: 2026-01-01T10:30:00Z, to: 2026-01-01T12:00:00Z, severity: null, mode: latency}',
    ],
    [
      'a severity of 0 beside cohorts',
      'severity: 1, mode: http-5xx}',
      'severity: 0, mode: http-5xx}\n    cohorts: [{id: old, condition: old, effect: http-5xx, severity: 1}]',
    ],
    [
      'an event of a zone',
      'counts: null',
      'counts: {event: acme/cdn@r/z, from: null, to: null, reach: 1, basis: x}',
    ],
    [
      'an event of a provider',
      'counts: null',
      'counts: {event: acme, from: null, to: null, reach: null, basis: x}',
    ],
    ['HTML in a title, which is text', 'title: Acme', 'title: <b>Acme</b>'],
    ['other scripts in a title', 'title: Acme', 'title: 交易所 бiржа 👩‍💻'],
    ['a long text', 'root_cause: A push.', 'root_cause: |\n  A push,\n\n  then\tanother.'],
    ['a link', 'url: null', 'url: "https://acme.example/2026/01/01?lang=en#what"'],
    [
      'the same cohort in two effects',
      'effects:\n',
      `effects:\n${['a', 'b'].map((name) => `  - {capability: acme/${name}, scope: global, phases: [{from: null, to: null, severity: null, mode: timeout}], cohorts: [{id: old, condition: old, effect: timeout}]}\n`).join('')}`,
    ],
  ])('may hold %s', (_, old, to) => {
    expect(codesOf(changed(old, to))).toEqual([]);
  });

  it('may be JSON, begin with a byte order mark, or have the line ends of Windows', () => {
    const { incident } = parseIncident(GOOD, 'acme-2026-01-01.yaml');
    const window = Object.fromEntries((incident?.window ?? []).map(({ name, value }) => [name, value]));
    const json = JSON.stringify({ ...incident, window }).replaceAll(/,"offset":\d+/g, '');
    expect(codesOf(json.replaceAll(/"offset":\d+,/g, ''), 'acme-2026-01-01.json')).toEqual([]);
    expect(codesOf(`\uFEFF${GOOD}`)).toEqual([]);
    expect(codesOf(GOOD.replaceAll('\n', '\r\n'))).toEqual([]);
  });

  it('is named after its id, unless it has no name', () => {
    expect(codesOf(GOOD, 'C:\\incidents\\acme-2026-01-01.yml')).toEqual([]);
    expect(codesOf(GOOD, 'acme.yaml')).toEqual(['file-name@1:1']);
    expect(parseIncident(GOOD, '(standard input)', { checksName: false }).problems).toEqual([]);
  });

  it('with one mistake has nothing else said that follows from it', () => {
    const sources = GOOD.slice(GOOD.indexOf('sources:'));
    const observed =
      'observed:\n  - {platform: p, journey: j, effect: e, from: null, to: null, confidence: low, sources: [S1]}\n';
    const seen = (text: string): string[] => codesOf(text).map((one) => one.split('@')[0] ?? '');
    expect(seen(GOOD.replace(sources, observed))).toEqual(['missing-key']);
    expect(seen(GOOD.replace('id: S1', 'id: []') + observed)).toEqual(['wrong-type']);
    expect(seen(changed('severity: 1, mode: http-5xx', 'severity: x, mode: http-5xx'))).toEqual([
      'wrong-type',
    ]);
    expect(seen(changed('window: {start: 2026', 'window: {start: 20026'))).toEqual(['wrong-type']);
    expect(seen(changed('{from: 2026', '{from: 20026'))).toEqual(['wrong-type']);
  });

  it('cut off anywhere, or with any character changed, comes back with its problems and never as a throw', () => {
    for (let at = 0; at < GOOD.length; at++) {
      for (const text of [
        GOOD.slice(0, at),
        ...['\0', '"', '{', ':', '-', ' ', '\n', '9', 'é', '\u202e'].map(
          (one) => GOOD.slice(0, at) + one + GOOD.slice(at + 1),
        ),
      ])
        expectDecent(timed(() => parseIncident(text, 'acme-2026-01-01.yaml')));
    }
  }, 60_000);
});

describe('an incident file made to be heavy', () => {
  const many = (count: number, make: (i: number) => string): string =>
    Array.from({ length: count }, (_, i) => make(i)).join('');
  const phase = (i: number): string => `{from: null, to: null, severity: ${i}, mode: x${i}},`;

  it.each([
    ['200,000 unknown keys', () => GOOD + many(200_000, (i) => `k${i}: 1\n`)],
    [
      '200 effects of 200 phases, each wrong',
      () =>
        GOOD.replace(
          /effects:\n(?: .*\n)+/,
          `lessons: [&p [${many(200, phase)}]]\neffects: [${many(200, (i) => `{capability: a/c${i}, scope: global, phases: *p},`)}]\n`,
        ),
    ],
    [
      '200 observations of 50 unknown sources',
      () =>
        `${GOOD}${many(100_000, (i) => `k${i}: 1\n`)}observed: [${many(200, (i) => `{platform: p, journey: j, effect: e, from: null, to: null, confidence: low, sources: ${i === 0 ? `&s [${many(50, (k) => `s${k}, `)}]` : '*s'}},`)}]\n`,
    ],
    [
      '500 entries of the timeline backwards',
      () => `${GOOD}timeline: [${many(500, (i) => `{at: ${2999 - i}-01-01T00:00:00Z, event: e},`)}]\n`,
    ],
    ['a title of 3,000,000 letters', () => changed('title: Acme', `title: ${'A'.repeat(3e6)}`)],
    ['an id of 3,000,000 letters and hyphens', () => changed('id: acme', `id: ${'a-'.repeat(1.5e6)}`)],
    ['a capability of 3,000,000 letters', () => changed('acme/cdn', 'a'.repeat(3e6))],
    ['a capability of 1,000,000 dots', () => changed('acme/cdn', `a${'.'.repeat(1e6)}/`)],
    ['a scope of 1,000,000 slashes', () => changed('scope: global', `scope: ${'a/'.repeat(1e6)}`)],
    ['a link of 3,000,000 letters', () => changed('url: null', `url: https://${'a'.repeat(3e6)}`)],
    ['a time of 3,000,000 digits', () => changed('detected: null', `detected: ${'2'.repeat(3e6)}`)],
  ])('%s: is refused or warned of within two seconds', (_, make) => {
    const file = join(scratch, 'acme-2026-01-01.yaml');
    writeFileSync(file, make());
    const parsed = timed(() => loadIncident(file));
    expect(parsed.problems.length).toBeGreaterThan(0);
    expectDecent(parsed);
  });

  it('of 100 MB is refused by its size, unread; a larger limit reads more', () => {
    const file = join(scratch, 'large.yaml');
    writeFileSync(file, '# nothing\n');
    truncateSync(file, 100 * 1024 * 1024);
    const parsed = timed(() => loadIncident(file));
    expect(placesOf(parsed.problems)).toEqual(['file-too-large@1:1']);
    expectDecent(parsed);
    truncateSync(file, 10);
    expect(placesOf(loadIncident(file, { maxBytes: 9 }).problems)).toEqual(['file-too-large@1:1']);
    expect(placesOf(loadIncident(file, { maxBytes: 10 }).problems)).toEqual(['empty-document@1:1']);
  });

  it('that is none, or a folder, is refused at its first line', () => {
    expect(placesOf(loadIncident(join(scratch, 'nowhere.yaml')).problems)).toEqual(['file-unreadable@1:1']);
    expect(placesOf(loadIncident(scratch).problems)).toEqual(['file-unreadable@1:1']);
  });
});

describe('the incident library', () => {
  it('has no problem, and no warning either', () => {
    const { incidents, problems } = loadIncidents(join(root, 'data/incidents'));
    expect(problems).toEqual([]);
    expect(incidents.length).toBeGreaterThanOrEqual(28);
  });
});

describe('docs/add-an-incident.md', () => {
  const page = readFileSync(join(root, 'docs/add-an-incident.md'), 'utf8');
  const examples = [...page.matchAll(/^( *)```yaml\n([\s\S]*?)^ *```$/gm)].map(([, indent = '', body = '']) =>
    body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
  const idOf = (text: string): string => /^id: (\S+)/m.exec(text)?.[1] ?? '';

  it('has an example of an own incident and one of the library', () => {
    expect(examples.map(idOf)).toEqual(['edge-lost-at-peak', 'cirrus-2026-06-03']);
  });

  it.each(examples.map((text) => [idOf(text), text] as const))('%s is a good incident', (id, text) => {
    const file = join(scratch, `${id}.yaml`);
    writeFileSync(file, text);
    const { incident, problems } = loadIncident(file);
    expect(problems).toEqual([]);
    expect(basename(file, '.yaml')).toBe(incident?.id);
  });

  it('shows what is said of mistakes in its first example', () => {
    const wrong = (examples[0] ?? '').replace('cloudflare/cdn', 'cloudflare/cdn@eu').replace('0.8', '80');
    const { problems } = parseIncident(wrong, 'edge-lost-at-peak.yaml');
    expect(problems).toHaveLength(2);
    for (const { file, line, column, code, message } of problems)
      expect(page).toContain(`\n${file}:${line}:${column}  ${code}  ${message}\n`);
  });

  it('begins with an example in which nothing could be left out', () => {
    const [example = ''] = examples;
    const id = idOf(example);
    const lines = example.trimEnd().split('\n');
    for (const [i, line] of lines.entries()) {
      // A list entry takes what is indented below it with it.
      const depth = line.search(/\S/);
      const length = lines.slice(i + 1).findIndex((next) => next.search(/\S/) <= depth);
      const rest = length < 0 ? lines.length : i + 1 + length;
      const without = [...lines.slice(0, i), ...lines.slice(rest)].join('\n');
      expect([line, parseIncident(without, `${id}.yaml`).incident]).toEqual([line, undefined]);
    }
  });
});
