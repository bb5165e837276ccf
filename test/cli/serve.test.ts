import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bin, keelson, root, type Run } from './keelson.ts';

const scratch = mkdtempSync(join(tmpdir(), 'keelson-serve-'));
const plan = join(scratch, 'plan.yaml');
let site: Server;
let sitePort = 0;

beforeAll(async () => {
  site = createServer((_, response) => response.end('site'));
  sitePort = await listening(site);
  writeFileSync(plan, planOf(sitePort));
});
afterAll(() => {
  site.close();
  rmSync(scratch, { recursive: true, force: true });
});

test('the first plan of docs/serve.md is the one in examples, and nothing is wrong with it', () => {
  const file = 'examples/serve/live.yaml';
  const shown = /```yaml\n([\s\S]*?)```/.exec(readFileSync(join(root, 'docs/serve.md'), 'utf8'))?.[1];
  expect(readFileSync(join(root, file), 'utf8').replace(/^#.*\n/, '')).toBe(shown);
  expect(keelson(['check', file])).toMatchObject({
    exit: 0,
    out: expect.stringContaining('0 errors, 0 warnings'),
  });
});

const planOf = (port: number): string => `keelson: 1
platform: {name: Tiny, asOf: 2026-11-01}
journeys:
  trade:
    match: [{path: /api/**, to: book}]
    modes:
      full: {needs: book}
      cancel-only: {worth: 30%, needs: page, allow: [{methods: [GET]}]}
  show:
    match: [{path: /show, to: book}]
    modes: {full: {needs: [book, page]}}
services:
  book: {outages: none, any: [site-a, site-b], state: {writer: single, lag: 1s}, failover: {detect: 2s, approve: 1m}}
  site-a: {outages: none, url: "http://127.0.0.1:${port}"}
  site-b: {outages: none, url: "http://127.0.0.1:${port}/b"}
  page: {outages: none}
catalog: none
`;

function listening(server: Server): Promise<number> {
  return new Promise((resolve) =>
    // It listens on TCP.
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );
}

/** The command while something of this process answers it, so not waited for in one breath. */
function ask(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const child = spawn(process.execPath, [bin, ...words], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return ended(child);
}

async function ended(child: ChildProcess): Promise<Run> {
  let out = '';
  let err = '';
  child.stdout?.on('data', (piece: Buffer) => {
    out += piece.toString();
  });
  child.stderr?.on('data', (piece: Buffer) => {
    err += piece.toString();
  });
  await once(child, 'close');
  return { exit: child.exitCode, out, err };
}

interface Running {
  readonly child: ChildProcess;
  readonly done: Promise<Run>;
  /** The line that says where it is. */
  readonly line: string;
}

/** A gateway once it says that it serves. */
async function running(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Running> {
  const child = spawn(process.execPath, [bin, 'serve', plan, '--listen', '127.0.0.1:0', ...words], {
    cwd: scratch,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const done = ended(child);
  const line = await Promise.race([
    new Promise<string>((resolve) => child.stdout.once('data', (piece: Buffer) => resolve(piece.toString()))),
    done.then(({ err }) => `ended: ${err}`),
  ]);
  return { child, done, line };
}

async function end({ child, done }: Running): Promise<Run> {
  child.kill('SIGTERM');
  return done;
}

test.each(['serve', 'mode', 'approve', 'drain'])(
  '%s says what it does, its defaults and an example',
  (name) => {
    const { exit, out, err } = keelson([name, '--help']);
    expect(exit).toBe(0);
    expect(err).toBe('');
    expect(out).toMatch(new RegExp(`^keelson ${name}`));
    expect(out).toContain('Default');
    expect(out).toContain('Example');
  },
);

describe('wrong input', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['no plan', ['serve'], /Expected one plan file, found 0. \(no-plan\)/],
    ['two plans', ['serve', 'a.yaml', 'b.yaml'], /found 2/],
    ['a plan that is not there', ['serve', '/no/such/plan.yaml'], /file-unreadable/],
    [
      'a place that is none',
      ['serve', 'PLAN', '--listen', '8080'],
      /Expected HOST:PORT for --listen, found 8080/,
    ],
    ['a port that is none', ['serve', 'PLAN', '--listen', '127.0.0.1:70000'], /Expected HOST:PORT/],
    ['an admin that is none', ['serve', 'PLAN', '--admin', 'on'], /Expected HOST:PORT for --admin/],
    ['a share above all', ['serve', 'PLAN', '--share', '101%'], /Expected 0% to 100% for --share/],
    ['a share without %', ['serve', 'PLAN', '--share', '0.5'], /Expected 0% to 100% for --share/],
    ['a time that is none', ['serve', 'PLAN', '--drain-time', 'soon'], /--drain-time, found soon/],
    [
      'a speed that is none',
      ['serve', 'PLAN', '--speed', 'fast'],
      /Expected a speed of 1 to 1000, such as 60x, for --speed, found fast/,
    ],
    ['a speed below 1', ['serve', 'PLAN', '--speed', '0.5'], /--speed, found 0.5/],
    ['a speed above all', ['serve', 'PLAN', '--speed', '1001x'], /--speed, found 1001x/],
    ['a collector that is none', ['serve', 'PLAN', '--spans', 'file:///x'], /--spans, found file/],
    [
      'an authority that is not there',
      ['serve', 'PLAN', '--authority', '/no/such.pem'],
      /such.pem of --authority/,
    ],
    [
      'an authority that is none',
      ['serve', 'PLAN', '--authority', 'README.md'],
      /Expected certificates in PEM in the file README.md of --authority/,
    ],
    ['an option that is none', ['serve', 'PLAN', '--fast'], /--fast/],
    ['a plan without fronts to steer', ['serve', 'PLAN', '--steer'], /nothing-to-steer/],
    ['no reason', ['mode', 'trade', 'full'], /Expected a reason: it is recorded/],
    ['no reason to release', ['mode', 'trade', '--release'], /Expected a reason/],
    ['an empty reason', ['mode', 'trade', 'full', '--reason', ' '], /Expected a reason/],
    ['no reason to approve', ['approve', 'book'], /Expected a reason/],
    [
      'nothing to let back',
      ['drain', '--back', '--reason', 'x'],
      /Expected with --back the part that comes back/,
    ],
    [
      'a lever without a journey',
      ['mode', '--release', '--reason', 'x'],
      /Expected a journey with --reason, --release/,
    ],
    [
      'a pin without a mode',
      ['mode', 'trade', '--pin', '--reason', 'x'],
      /Expected a mode with --reason, --pin/,
    ],
    [
      'a release to a mode',
      ['mode', 'trade', 'full', '--release', '--reason', 'x'],
      /--release a journey alone/,
    ],
    [
      'a release for a time',
      ['mode', 'trade', '--release', '--for', '1h', '--reason', 'x'],
      /--release a journey/,
    ],
    [
      'nobody to move',
      ['approve', '--to', 'site-b', '--reason', 'x'],
      /Expected a service with --reason, --to/,
    ],
    ['no part and a reason', ['drain', '--reason', 'x'], /Expected a part, or --all, with --reason/],
    ['no time at all', ['mode', 'trade', 'full', '--reason', 'x', '--for', '0s'], /above 0s, such as 30m/],
    [
      'a folder that cannot be made',
      ['serve', 'PLAN', '--state', '/proc/keelson/state'],
      /Nothing can be kept in/,
    ],
    ['all of it let back', ['drain', '--all', '--back', '--reason', 'x'], /Expected with --back the part/],
    ['an address that is none', ['mode', '--at', 'localhost:9600'], /for --at, found localhost:9600/],
    ['a time that is none for mode', ['mode', 'trade', 'full', '--reason', 'x', '--for', 'ever'], /--for/],
    [
      'nobody who listens',
      ['mode', '--state', '/no/such/folder'],
      /No gateway answers at \/no\/such\/folder/,
    ],
    ['no steerer', ['approve', '--steer', '--state', '/no/such/folder'], /No steerer answers at/],
  ])('is said, and ends with 2: %s', (_, words, says) => {
    const { exit, out, err } = keelson(words.map((word) => (word === 'PLAN' ? plan : word)));
    expect(exit, err).toBe(2);
    expect(err).toMatch(says);
    expect(err).not.toMatch(/ {2}at .*\.js|node:/);
    expect(out).toBe('');
  });
});

test('--dry-run says what it would do, opens nothing and keeps nothing', () => {
  const { exit, out, err } = keelson(['serve', plan, '--dry-run', '--state', join(scratch, 'dry')]);
  expect(exit, err).toBe(0);
  expect(out).toBe('Nothing moves users here: no service that this role switches says steer.\n');
  expect(existsSync(join(scratch, 'dry'))).toBe(false);
});

describe('where the plan is reached elsewhere', () => {
  const via = join(scratch, 'via.json');
  const serve = (text: string | Buffer, ...more: string[]): Run => {
    writeFileSync(via, text);
    return keelson(['serve', plan, '--via', via, '--state', join(scratch, 'never'), ...more]);
  };
  const entries = (count: number): string =>
    JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`h${i}:80`, '127.0.0.1:1'])));

  test('all that is wrong is said at once, each unknown address with the nearest of the plan', () => {
    const near = `127.0.0.1:${sitePort % 10 === 0 ? sitePort + 1 : sitePort - 1}`;
    const { exit, out, err } = serve(
      JSON.stringify({
        [near]: '127.0.0.1:1',
        'Far.example:80': '127.0.0.1:1',
        'far.example:80': '127.0.0.1:1',
        [`127.0.0.1:${sitePort}`]: 'http://127.0.0.1:1',
        'no port': '127.0.0.1:0',
        '[::1]:7101': 7,
        '\u001b[31m:80': '127.0.0.1:1',
      }),
    );
    expect(exit).toBe(2);
    expect(out).toBe('');
    const lines = err.split('\n').filter((line) => line.startsWith(via));
    expect(lines.map((line) => line.slice(via.length + 2))).toEqual([
      '"far.example:80" stands in it twice.',
      `Expected for "127.0.0.1:${sitePort}" an address such as 127.0.0.1:39001, found "http://127.0.0.1:1".`,
      'Expected an address such as 127.0.0.1:7101, found "no port".',
      'Expected for "no port" an address such as 127.0.0.1:39001, found "127.0.0.1:0".',
      'Expected for "[::1]:7101" an address such as 127.0.0.1:39001, found 7.',
      expect.stringMatching(/^Expected an address such as 127.0.0.1:7101, found ".*31m:80"\.$/),
      `"${near}" is no address that the plan connects to. Did you mean "127.0.0.1:${sitePort}"?`,
      '"far.example:80" is no address that the plan connects to.',
    ]);
    expect(err).toContain(`keelson: The file ${via} of --via cannot be used. (via-unusable)\n`);
    expect(err).not.toContain('\u001b');
    expect(existsSync(join(scratch, 'never'))).toBe(false);
  });

  test.each<[string, string | Buffer, RegExp]>([
    ['no JSON', 'book: 127.0.0.1:1', /Expected JSON\./],
    ['no object', '["127.0.0.1:1"]', /Expected a JSON object of addresses/],
    ['an address twice', '{"a:80": "b:80", "a:80": "c:80"}', /An address stands in it twice/],
    ['no text', Buffer.from([0x7b, 0xff, 0x7d]), /Expected UTF-8 text/],
    ['too many', entries(10_001), /Expected at most 10000 addresses, found 10001/],
    [
      'as many as may be, none of the plan',
      entries(10_000),
      /h19:80" is no.*\n.*via.json: And 9980 more\.\n/,
    ],
    ['too large a file', ' '.repeat(2_000_001), /Expected at most 2000000 bytes\./],
  ])('is said, and ends with 2: %s', (_, text, says) => {
    for (const more of [[], ['--dry-run']]) {
      const { exit, out, err } = serve(text, ...more);
      expect(exit, err).toBe(2);
      expect(err).toMatch(says);
      expect(err).toContain('(via-unusable)');
      expect(err).not.toMatch(/ {2}at .*\.js|node:/);
      expect(out).toBe('');
    }
  });

  test('what is wrong with the plan is said too', () => {
    const { exit, err } = keelson([
      'serve',
      '/no/such/plan.yaml',
      '--via',
      '/no/such/via.json',
      '--state',
      'none',
    ]);
    expect(exit).toBe(2);
    expect(err).toMatch(/plan\.yaml:1:1 {2}file-unreadable/);
    expect(err).toMatch(
      /via\.json: The file cannot be read: there is no such file\.\nkeelson: .*\(via-unusable\)/,
    );
  });
});

describe('a place that is taken', () => {
  let taken: Server;
  let port = 0;
  beforeAll(async () => {
    taken = createServer();
    port = await listening(taken);
  });
  afterAll(() => taken.close());

  test.each<[string, readonly string[]]>([
    ['by the gateway', ['--listen', '127.0.0.1:PORT', '--admin', 'off']],
    ['by the admin', ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:PORT']],
  ])(
    'is said, and the process ends with 2: %s',
    async (_, words) => {
      const { exit, out, err } = await ask([
        'serve',
        plan,
        '--state',
        'none',
        ...words.map((word) => word.replace('PORT', String(port))),
      ]);
      expect(exit, err).toBe(2);
      expect(err).toMatch(/EADDRINUSE.*\((?:listen|admin)-unusable\)/);
      expect(err).not.toMatch(/ {2}at .*\.js/);
      expect(out).toBe('');
    },
    30_000,
  );
});

describe('a gateway that runs', () => {
  const state = join(scratch, 'state');
  let gateway: Running;
  const mode = (...words: string[]): Promise<Run> => ask(['mode', ...words, '--state', state]);
  beforeAll(async () => {
    gateway = await running(['--state', state, '--admin', 'off']);
  });
  afterAll(() => end(gateway));

  test('says where it is, and serves', async () => {
    expect(gateway.line).toMatch(/^Tiny: gateway at http:\/\/127\.0\.0\.1:\d+ {2}\(Ctrl-C ends it\)\n$/);
    const [, url = ''] = /(http:\/\/[^ ]+)/.exec(gateway.line) ?? [];
    const answer = await fetch(`${url}/api/x`);
    expect(await answer.text()).toBe('site');
    expect(answer.headers.get('keelson-mode')).toContain('full');
  });

  test('keeps its socket and its state for one user alone', () => {
    expect(statSync(join(state, 'gateway.sock')).mode & 0o077).toBe(0);
    expect(statSync(join(state, 'gateway')).mode & 0o077).toBe(0);
  });

  test('says in which mode each journey is', async () => {
    const { exit, out, err } = await mode();
    expect({ exit, err }).toEqual({ exit: 0, err: '' });
    expect(out).toMatch(/trade +full/);
    const { out: json } = await mode('--json');
    expect(JSON.parse(json)).toMatchObject({ schema: 'keelson.serve-status/1', role: 'gateway' });
  });

  test('is held in a mode, pinned, and let go; each is recorded', async () => {
    const held = await mode('trade', 'cancel-only', '--reason', 'settlement is late', '--by', 'ann');
    expect(held).toMatchObject({ exit: 0, err: '' });
    expect(held.out).toMatch(/ann has held trade at cancel-only or below until .*: settlement is late/);
    expect((await mode()).out).toMatch(/trade +cancel-only/);
    const pinned = await mode(
      'trade',
      'full',
      '--pin',
      '--for',
      '10m',
      '--reason',
      'tried it',
      '--by',
      'ann',
    );
    expect(pinned.out).toMatch(/ann has pinned trade to full/);
    expect((await mode()).out).toMatch(/trade +full/);
    const free = await mode('trade', '--release', '--reason', 'done', '--by', 'bob');
    expect(free.out).toMatch(/bob has let trade go: done/);
    const journal = readFileSync(join(state, 'gateway', 'journal.ndjson'), 'utf8');
    for (const words of ['settlement is late', 'tried it', 'bob has let trade go'])
      expect(journal).toContain(words);
  });

  test('lets a hold go by itself', async () => {
    expect(await mode('show', 'down', '--for', '1s', '--reason', 'a moment')).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/has held show at down/),
    });
    const [, url = ''] = /(http:\/\/[^ ]+)/.exec(gateway.line) ?? [];
    await expect
      .poll(async () => (await fetch(`${url}/show`)).status, { timeout: 20_000, interval: 100 })
      .toBe(200);
    expect((await mode()).out).toMatch(/show +full/);
  });

  test.each<[string, readonly string[], RegExp]>([
    [
      'a journey',
      ['mode', 'trades', 'full', '--reason', 'x'],
      /There is no journey trades. There are: trade, show./,
    ],
    [
      'a mode',
      ['mode', 'trade', 'half', '--reason', 'x'],
      /trade has no mode half. It has: full, cancel-only, down./,
    ],
    ['a service', ['approve', 'books', '--reason', 'x'], /There is no service books/],
    [
      'an alternative',
      ['approve', 'book', '--to', 'site-c', '--reason', 'x'],
      /has no alternative site-c. It has: site-a, site-b./,
    ],
    ['a switch that waits', ['approve', 'book', '--reason', 'x'], /No switch of book waits for anybody./],
  ])('does not know %s, and says what there is', async (_, words, says) => {
    const { exit, out, err } = await ask([...words, '--state', state]);
    expect(exit).toBe(2);
    expect(err).toMatch(says);
    expect(out).toBe('');
  });

  test('shows that nothing waits for anybody, and moves users where a person says', async () => {
    expect((await ask(['approve', '--state', state])).exit).toBe(0);
    const moved = await ask(['approve', 'book', '--to', 'site-b', '--reason', 'a drill', '--state', state]);
    expect(moved).toMatchObject({ exit: 0, err: '' });
    expect(moved.out).toMatch(/moves book to site-b: a drill/);
  });
});

describe('orders over a port', () => {
  const token = 'a-token-of-this-test-that-is-long-enough-0123456789';
  let gateway: Running;
  let at = '';
  beforeAll(async () => {
    gateway = await running(['--state', 'none', '--admin', '127.0.0.1:0'], { KEELSON_ADMIN_TOKEN: token });
    at = /status at (http:\/\/[^/]+)\/status/.exec(gateway.line)?.[1] ?? '';
  });
  afterAll(() => end(gateway));
  const order = ['mode', 'show', 'down', '--reason', 'x'];

  test('need the token', async () => {
    expect(at).not.toBe('');
    const wrong = await ask([...order, '--at', at], { KEELSON_ADMIN_TOKEN: 'another' });
    expect(wrong.exit).toBe(2);
    expect(wrong.err).toMatch(/order-refused/);
    expect(wrong.err).not.toContain(token);
    const none = await ask([...order, '--at', at], { KEELSON_ADMIN_TOKEN: '' });
    expect(none.exit).toBe(2);
    const right = await ask([...order, '--at', at], { KEELSON_ADMIN_TOKEN: token });
    expect(right).toMatchObject({ exit: 0, err: '' });
  });

  test('leave no secret in what is logged; --state none leaves nothing behind', async () => {
    const { exit, err } = await end(gateway);
    expect(exit).toBe(0);
    expect(err).not.toContain(token);
    expect(existsSync(join(scratch, '.keelson'))).toBe(false);
  });
});

test('modes and pins are as they were after it was ended and begun again', async () => {
  const state = join(scratch, 'again');
  const first = await running(['--state', state, '--admin', 'off']);
  await ask(['mode', 'trade', 'cancel-only', '--pin', '--reason', 'over a restart', '--state', state]);
  expect((await end(first)).exit).toBe(0);
  expect(existsSync(join(state, 'gateway.sock'))).toBe(false);
  const second = await running(['--state', state, '--admin', 'off']);
  const { out } = await ask(['mode', '--state', state]);
  expect(out).toMatch(/trade +cancel-only/);
  expect(out).toContain('over a restart');
  await end(second);
});
