import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { main, processEnvironment } from '../../src/cli/index.ts';
import type { Experiment } from '../../src/drill/chaos/index.ts';
import { FaultServer, openControl, type Control } from '../../src/faults/index.ts';
import { keelsonLater } from '../e2e/keelson-later.ts';
import { experimentProblems } from '../oracle/chaos-open-api.ts';
import { keelson, root, type Run } from './keelson.ts';

const faults = new FaultServer();
let control: Control;
let controlUrl: string;
let listens: readonly string[];
const scratch = mkdtempSync(join(tmpdir(), 'keelson-chaos-cli-'));
/** Of one test. */
let folder: string;
let folders = 0;

beforeAll(async () => {
  control = await openControl(faults, { port: 0 });
  controlUrl = `http://127.0.0.1:${control.place.port}`;
  const made = ['a', 'b'].map((name) =>
    faults.create({
      name: `site-${name}`,
      listen: '127.0.0.1:0',
      upstream: '127.0.0.1:1',
      // What a drill would take away.
      toxics: [{ name: 'keelson-drill-1', type: 'latency', attributes: { latency: 1 } }],
    }),
  );
  listens = (await Promise.all(made)).map(({ listen }) => listen);
});
afterAll(async () => {
  await control.close();
  await faults.close();
  rmSync(scratch, { recursive: true, force: true });
});
beforeEach(() => {
  folder = join(scratch, String(folders++));
  mkdirSync(folder);
});

const USERS = 'https://harbor.example';

interface PlanParts {
  readonly drill?: string;
  readonly tries?: string;
  readonly at?: readonly string[];
}

/** A plan in the folder of the test. */
function plan({ drill, tries = '{send: GET /orders}', at = listens }: PlanParts = {}): string {
  const file = join(folder, 'plan.yaml');
  const said = drill ?? `{environment: sandbox, control: "${controlUrl}", users: "${USERS}/app"}`;
  writeFileSync(
    file,
    `keelson: 1
platform: {name: Tiny, asOf: 2026-11-01}
catalog: none
journeys:
  trade:
    match: [{path: /orders, to: book}]
    ${tries === '' ? '' : `try: [${tries}]`}
    modes: {full: {needs: [book]}}
  read:
    match: [{path: /read/*, to: book}]
    modes: {full: {needs: [book]}}
services:
  book: {outages: none, any: [site-a, site-b], failover: {detect: 30s, switch: 10s}}
  site-a: {outages: {rate: 1/yr, mean: 1h}, url: "http://${at[0]}", probe: {path: /health, every: 5s}}
  site-b: {outages: {rate: 1/yr, mean: 1h}, url: "http://${at[1]}", probe: {path: /health, every: 5s}}
${said === '' ? '' : `drill: ${said}\n`}`,
  );
  return file;
}

/** In this process: that is quick. */
async function here(words: readonly string[]): Promise<Run> {
  let [out, err] = ['', ''];
  const exit = await main(words, {
    ...processEnvironment(root),
    out: (text) => {
      out += `${text}\n`;
    },
    err: (text) => {
      err += `${text}\n`;
    },
    colour: false,
    progress: false,
    width: 120,
  });
  return { exit, out, err };
}
const drill = (words: readonly string[], file = plan()): Promise<Run> => here(['drill', file, ...words]);
const experimentIn = (...path: readonly string[]): Experiment =>
  JSON.parse(readFileSync(join(...path), 'utf8')) as Experiment; // what was written

describe('keelson drill --chaos-toolkit', () => {
  test('writes an experiment for each fault into a folder, and touches nothing else', async () => {
    const to = join(folder, 'new', 'experiments');
    const before = JSON.stringify(faults.proxies.map((proxy) => proxy.view()));
    const { exit, out, err } = await keelsonLater(['drill', plan(), '--chaos-toolkit', `${to}/`]);
    expect([exit, err]).toEqual([0, '']);
    expect(out.split('\n')).toEqual([
      `${to}/site-a.json  site-a`,
      `${to}/site-b.json  site-b`,
      `${to}/site-a-site-b.json  site-a + site-b`,
      '',
    ]);
    expect(JSON.stringify(faults.proxies.map((proxy) => proxy.view()))).toBe(before);
    expect(readdirSync(folder).sort()).toEqual(['new', 'plan.yaml']);
    expect(readdirSync(to).sort()).toEqual(['site-a-site-b.json', 'site-a.json', 'site-b.json']);
    for (const name of readdirSync(to)) expect(experimentProblems(experimentIn(to, name))).toEqual([]);
    const { method, rollbacks, ...one } = experimentIn(to, 'site-b.json');
    expect(one['steady-state-hypothesis'].probes[0]?.provider.url).toBe(`${USERS}/orders`);
    expect(method[0]?.provider.url).toBe(`${controlUrl}/proxies/site-b/toxics`);
    expect(rollbacks[0]?.provider.url).toBe(`${controlUrl}/proxies/site-b/toxics/keelson-drill-experiment`);
  });

  test('writes into a folder that is there over earlier experiments, and leaves all else alone', async () => {
    const to = join(folder, 'kept');
    mkdirSync(to);
    writeFileSync(join(to, 'notes.json'), 'mine');
    expect((await drill(['--chaos-toolkit', to, '--only', 'site-a'])).exit).toBe(0);
    const first = readFileSync(join(to, 'site-a.json'), 'utf8');
    expect((await drill(['--chaos-toolkit', to, '--only', 'site-a', '--as', 'hang'])).exit).toBe(0);
    const second = readFileSync(join(to, 'site-a.json'), 'utf8');
    expect([first, second].map((text) => /"type": "(down|timeout)"/.exec(text)?.[1])).toEqual([
      'down',
      'timeout',
    ]);
    expect(readFileSync(join(to, 'notes.json'), 'utf8')).toBe('mine');
  });

  test('writes one into a file, at the speed that is said, and names what the environment must hold', async () => {
    const file = join(folder, 'one.json');
    writeFileSync(file, 'an older one');
    const tries =
      '{send: GET /orders, headers: [{name: authorization, value: "Bearer s3cret"}], good: {contains: x}}';
    const words = ['--chaos-toolkit', file, '--only', 'site-a', '--speed', '20x'];
    const { exit, out, err } = await drill(words, plan({ tries }));
    expect([exit, out]).toEqual([0, `${file}  site-a\n`]);
    expect(err.split('\n')).toEqual([
      expect.stringMatching(/^trade: GET \/orders {2}left out: contains of what is good/),
      expect.stringMatching(/^trade: GET \/orders {2}left out: the value of authorization/),
      'To run them, the environment needs KEELSON_AUTHORIZATION.',
      '',
    ]);
    expect(readFileSync(file, 'utf8')).not.toContain('s3cret');
    expect(experimentIn(file).extensions[0]?.speed).toBe(20);
    expect(readdirSync(folder).sort()).toEqual(['one.json', 'plan.yaml']);
  });

  test('leaves out what no fault proxy stands before', async () => {
    const to = `${join(folder, 'some')}/`;
    const at = [listens[0] ?? '', '127.0.0.1:1'];
    const { exit, out, err } = await drill(['--chaos-toolkit', to], plan({ at }));
    expect([exit, out]).toEqual([0, `${to}site-a.json  site-a\n`]);
    expect(err).toMatch(/^site-b {2}left out: no fault proxy stands before 127\.0\.0\.1:1$/m);
    const none = await drill(['--chaos-toolkit', to], plan({ at: ['127.0.0.1:1', '127.0.0.1:2'] }));
    expect([none.exit, none.out]).toEqual([2, '']);
    expect(none.err).toMatch(/No fault proxy stands before anything .*\(drill-incomplete\)/);
  });

  test('writes nothing where one of the files in a folder is something else', async () => {
    const to = join(folder, 'theirs');
    mkdirSync(to);
    const theirs = '{"title":"theirs","extensions":[null,{"name":"keelson"}],"method":[]}';
    writeFileSync(join(to, 'site-b.json'), theirs);
    mkdirSync(join(to, 'site-a.json'));
    const { exit, out, err } = await drill(['--chaos-toolkit', to]);
    expect([exit, out]).toEqual([2, '']);
    expect(err).toMatch(/site-a\.json", ".*site-b\.json", found something else\. Nothing was written\./);
    expect(readdirSync(to).sort()).toEqual(['site-a.json', 'site-b.json']);
    expect(readFileSync(join(to, 'site-b.json'), 'utf8')).toBe(theirs);
  });

  const SANDBOX = 'environment: sandbox';
  const gone = 'control: "http://127.0.0.1:1"';
  test.each<[string, PlanParts, readonly string[], RegExp]>([
    [
      'several faults for one file',
      {},
      ['x.json'],
      /Expected one fault for the file ".*x\.json", found 3.* \(bad-argument\)\n {2}Name a folder/,
    ],
    ['standard output', {}, ['-'], /Expected a file for --chaos-toolkit, or a folder/],
    ['no name', {}, [''], /Expected a file for --chaos-toolkit, or a folder/],
    [
      'the plan itself',
      {},
      ['plan.yaml', '--only', 'site-a'],
      /would be written over what is read.*\(output-is-input\)/,
    ],
    [
      'what drills only take',
      {},
      ['x/', '--dry-run', '--junit', 'j.xml', '--journal', 'j.json'],
      /Expected no --junit, --journal, --dry-run with --chaos-toolkit/,
    ],
    ['an incident', {}, ['x/', '--incident', 'cloudflare-2025-11-18'], /Expected no --incident with/],
    [
      'an unknown fault',
      {},
      ['x/', '--only', 'site-c'],
      /Nothing that "site-c" stands for .*\(drill-unknown\)/,
    ],
    [
      'a folder below a file',
      {},
      ['plan.yaml/x/'],
      /plan\.yaml\/x\/site-a\.json" cannot be written: .*ENOTDIR.*\(file-unwritable\)/,
    ],
    ['a plan that is not to be drilled', { drill: '' }, ['x/'], /\(drill-not-allowed\)/],
    [
      'production, when nobody says so',
      { drill: `{environment: production, control: "${USERS}", users: "${USERS}"}` },
      ['x/'],
      /is production.*\n.*--production/,
    ],
    [
      'a plan without control and users',
      { drill: `{${SANDBOX}}` },
      ['x/'],
      /Expected control and users in drill: of the plan, found no control and no users\. \(drill-incomplete\)/,
    ],
    [
      'a plan without users',
      { drill: `{${SANDBOX}, ${gone}, gateway: "${USERS}"}` },
      ['x/'],
      /found no users\./,
    ],
    ['a plan that does not say what users do', { tries: '' }, ['x/'], /No journey .* says what its users do/],
    [
      'a control API that does not run',
      { drill: `{${SANDBOX}, ${gone}, users: "${USERS}"}` },
      ['x/'],
      /No fault proxy answers at http:\/\/127\.0\.0\.1:1: /,
    ],
  ])('ends with 2 for %s, and writes nothing', async (_, parts, [to = '', ...words], said) => {
    const file = plan(parts);
    const text = readFileSync(file, 'utf8');
    const place = to === '' || to === '-' ? to : join(folder, to);
    const { exit, out, err } = await drill(['--chaos-toolkit', place, ...words], file);
    expect([exit, out]).toEqual([2, '']);
    expect(err).toMatch(said);
    expect(readdirSync(folder)).toEqual(['plan.yaml']);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('ends with 2 where the fault proxy knows no such fault', async () => {
    const toxiproxy = createServer(({ url }, response) => {
      if (url === '/proxies') response.end('{}');
      else response.writeHead(404).end();
    });
    await new Promise<void>((done) => toxiproxy.listen(0, '127.0.0.1', done));
    const { port } = toxiproxy.address() as AddressInfo; // It listens on a port.
    const file = plan({ drill: `{${SANDBOX}, control: "http://127.0.0.1:${port}", users: "${USERS}"}` });
    const { exit, err } = await drill(['--chaos-toolkit', `${folder}/x/`, '--as', 'error'], file);
    toxiproxy.close();
    expect([exit, readdirSync(folder)]).toEqual([2, ['plan.yaml']]);
    expect(err).toMatch(/has no http_status: .*\(drill-incomplete\)/);
  });
});

describe('keelson drill --journal', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['no name', ['--journal', ''], /Expected a file for --journal; - for standard output\. \(bad-argument\)/],
    ['a drill that is none', ['--journal', 'j.json', '--dry-run'], /Expected no --journal with --dry-run/],
    ['what takes away', ['--journal', 'j.json', '--restore'], /Expected no --journal with --restore/],
    ['protections', ['--journal', 'j.json', '--protections'], /Expected no --journal with --protections/],
    [
      'the plan itself',
      ['--journal', 'plan.yaml'],
      /would be written over what is read.*\(output-is-input\)/,
    ],
    [
      'what the drill itself writes down',
      ['--journal', 's/drill.journal', '--state', 's'],
      /\(output-is-input\)/,
    ],
    [
      'a file that is another one too',
      ['--journal', 'j', '--junit', './j'],
      /a file of its own for each of --journal and --junit/,
    ],
    ['a folder', ['--journal', '.'], /cannot be written: it is a directory\. \(file-unwritable\)/],
    ['a folder that is not there', ['--journal', 'absent/j.json'], /cannot be written: .*ENOENT/],
  ])('ends with 2 for %s, and nothing is drilled or written', async (_, words, said) => {
    plan();
    const { exit, out, err } = await drill(
      words.map((word) => (word === '' || word.startsWith('--') ? word : join(folder, word))),
    );
    expect([exit, out]).toEqual([2, '']);
    expect(err).toMatch(said);
    expect(readdirSync(folder)).toEqual(['plan.yaml']);
  });
});

const http = (name: string, url: string, tolerance: unknown = 200): object => ({
  type: 'probe',
  name,
  tolerance,
  provider: { type: 'http', url },
});
const program = (name: string, code: string, more: object = {}): object => ({
  type: 'probe',
  name,
  tolerance: 0,
  provider: { type: 'process', path: process.execPath, arguments: ['-e', code], ...more },
});

describe('keelson drill import', () => {
  const put = (experiment: unknown, name = 'experiment.json'): string => {
    const file = join(folder, name);
    writeFileSync(file, typeof experiment === 'string' ? experiment : JSON.stringify(experiment));
    return file;
  };
  const ran = (): string => join(folder, 'ran');
  const EXPERIMENT = (): object => ({
    title: 'Without \u001b[31mcache',
    'steady-state-hypothesis': {
      title: 'S',
      probes: [
        http('orders', `${USERS}/orders`),
        http('read', `${USERS}/read/1?x=1`, [200, 201]),
        http('lost', 'https://harbor.example:8443/x'),
        program('runs', `require('fs').appendFileSync(${JSON.stringify(ran())}, 'x')`),
        program('fails', 'console.error("a\\n\\u001b[31m\\u202eb" + "c".repeat(9000)); process.exit(3)'),
        program('hangs', 'setInterval(() => 0, 1000)', { timeout: 0.5 }),
        program('by a shell', '', { arguments: '-e 1' }),
      ],
    },
    method: [
      { type: 'action', name: 'kill \u202e', provider: { type: 'python', module: 'm', func: 'f' } },
      http('other', `${USERS}/other`),
    ],
    rollbacks: [{ type: 'action', name: 'back', provider: { type: 'python', module: 'm', func: 'f' } }],
  });

  test('prints tries of a plan, and what was left out and why; nothing is run', () => {
    const { exit, out, err } = keelson(['drill', 'import', put(EXPERIMENT()), '--users', `${USERS}/app`]);
    expect(exit).toBe(0);
    expect(out).toBe(`# Of the Chaos Toolkit experiment "Without \\u001b[31mcache": 3 to try, 7 left out.
# Of which journey these are is not known: paste them under it.
try:
  - send: GET /orders
    good: { status: 200 }
  - send: GET /read/1?x=1
  - send: GET /other
    good: { status: 200 }
`);
    expect(err.split('\n')).toEqual([
      'steady-state-hypothesis.probes[2]  lost  It asks https://harbor.example:8443, and users of this plan come in at https://harbor.example.',
      ...[3, 4, 5].map((i): unknown =>
        expect.stringMatching(new RegExp(`^steady-state-hypothesis\\.probes\\[${i}\\]  \\w+  A program: `)),
      ),
      expect.stringMatching(/^steady-state-hypothesis\.probes\[6\] {2}by a shell {2}A program whose/),
      'method[0]  kill \\u{202e}  An action: what fails in a drill follows from the plan.',
      expect.stringMatching(/^rollbacks {2}A drill takes away/),
      expect.stringMatching(/^steady-state-hypothesis\.probes\[1\] {2}read {2}Taken, and: /),
      '',
    ]);
    expect(readdirSync(folder)).toEqual(['experiment.json']);
  });

  test('finds journeys by the routes of a plan, and users by its drill; both read by a plan again', async () => {
    const file = plan({ tries: '' });
    const { exit, out } = await here(['drill', 'import', put(EXPERIMENT()), '--plan', file]);
    expect(exit).toBe(0);
    const [journeys = '', others] = out.split('# Of which journey these are is not known');
    expect(journeys.split('\n').slice(1)).toEqual([
      'journeys:',
      '  trade:',
      '    try:',
      '      - send: GET /orders',
      '        good: { status: 200 }',
      '  read:',
      '    try:',
      '      - send: GET /read/1?x=1',
      '',
    ]);
    expect(others).toContain('  - send: GET /other\n');
    const more = await here([
      ...['drill', 'import', put({ method: [http('a', 'https://b.example/orders')] })],
      ...['--plan', file, '--users', 'https://b.example', '--users', 'https://c.example'],
    ]);
    expect(more).toMatchObject({ exit: 0, err: '', out: expect.stringContaining('  trade:\n') as string });
  });

  test('runs programs only where that is allowed, once each and bounded, and tells what they say', () => {
    const file = put({ ...EXPERIMENT(), method: [] });
    const words = ['drill', 'import', file, '--users', USERS, '--allow-process'];
    const { exit, out, err } = keelson(words, { cwd: folder });
    expect(exit).toBe(0);
    expect(out).toContain('  - send: GET /orders\n');
    const said = err.split('\n').filter((line) => line.includes('run once'));
    const at = 'steady-state-hypothesis.probes';
    expect(said).toEqual([
      `${at}[3]  runs  A program, run once: well. Expected exit code 0, found 0.`,
      expect.stringMatching(
        /\[4\] {2}fails {2}A program, run once: not well\. Expected exit code 0, found 3: \\u\{1b\}\[31m\\u\{202e\}bc{400,500}$/,
      ),
      `${at}[5]  hangs  A program, run once: not well. Expected an end within 0.5 s, found none.`,
    ]);
    expect(err).not.toContain('--allow-process');
    expect(err).toMatch(/\[6\] {2}by a shell {2}A program whose arguments are one text/);
    expect(readFileSync(ran(), 'utf8')).toBe('x');
  });

  test('reads standard input, and an experiment of which nothing can be taken', () => {
    const input = JSON.stringify({ title: 'T', method: [http('orders', `${USERS}/orders`)] });
    const { exit, out, err } = keelson(['drill', 'import', '-'], { input });
    expect([exit, out]).toEqual([0, '# Of the Chaos Toolkit experiment T: 0 to try, 1 left out.\n']);
    expect(err).toMatch(
      /users of this plan come in at no known place\.\nWhere users come in is not said: --users URL/,
    );
  });

  test('takes what --chaos-toolkit writes', async () => {
    const to = join(folder, 'one.json');
    await drill(['--chaos-toolkit', to, '--only', 'site-a']);
    const { exit, out } = await here(['drill', 'import', to, '--plan', join(folder, 'plan.yaml')]);
    expect(exit).toBe(0);
    expect(out).toMatch(/^journeys:\n {2}trade:\n {4}try:\n {6}- send: GET \/orders\n$/m);
  });

  test.each<[string, readonly string[], RegExp]>([
    ['no file', [], /Expected one experiment, found 0\. \(bad-argument\)\n {2}keelson drill import FILE/],
    ['two files', ['a.json', 'b.json'], /Expected one experiment, found 2/],
    ['a file that is not there', ['\u001b.json'], /^\S*\\u\{1b\}\.json:1:1 {2}file-unreadable/],
    ['a folder', ['.'], /it is a directory/],
    ['no text', ['bytes.json'], /not-text/],
    [
      'what is no JSON',
      ['text.json'],
      /text\.json" is no experiment .* Of YAML make JSON first\. \(bad-experiment\)/,
    ],
    [
      'what is no experiment',
      ['other.json'],
      /a steady-state-hypothesis or a method, found neither\. \(bad-experiment\)/,
    ],
    ['what is huge', ['huge.json'], /at most 1000000 characters, found more\. \(bad-experiment\)/],
    [
      'users that are none',
      ['good.json', '--users', 'harbor\u202e'],
      /Expected an http or https address for --users, found "harbor\\u\{202e\}"/,
    ],
    [
      'a plan that is not there',
      ['good.json', '--plan', 'absent.yaml'],
      /absent\.yaml:1:1 {2}file-unreadable/,
    ],
    ['a plan that is wrong', ['good.json', '--plan', 'good.json'], /good\.json:1:\d+ {2}unknown-key/],
    ['an unknown option', ['good.json', '--alow-process'], /Did you mean --allow-process\?/],
  ])('ends with 2 for %s, and prints nothing', async (_, words, said) => {
    put({ method: [] }, 'good.json');
    put('title: T', 'text.json');
    put({ name: 'p' }, 'other.json');
    put(`{"title":"${'x'.repeat(4_000_001)}"}`, 'huge.json');
    writeFileSync(join(folder, 'bytes.json'), Buffer.from([0xff, 0xfe, 0]));
    const isPlace = (word: string): boolean => /\.(json|yaml)$|^\.$/.test(word);
    const { exit, out, err } = await here([
      'drill',
      'import',
      ...words.map((word) => (isPlace(word) ? join(folder, word) : word)),
    ]);
    expect([exit, out]).toEqual([2, '']);
    expect(err).toMatch(said);
  });
});
