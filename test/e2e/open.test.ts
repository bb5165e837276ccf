import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { createServer, connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generatePlan } from '../../bench/generate-plan.js';
import { keelson, root } from '../cli/keelson.ts';
import { ask, endAll, listen, startOpen, type OpenProcess } from './open-process.ts';

const HARBOR = join(root, 'examples/harbor');
const good = readFileSync(join(HARBOR, 'plan.yaml'), 'utf8');
/** A name in it is wrong, at a place that is known. */
const bad = good.replace('needs: [edge, challenge, identity]', 'needs: [edge, challenge, identiti]');
const changed = good.replace('name: Harbor Exchange', 'name: Harbour');

const scratch = mkdtempSync(join(tmpdir(), 'keelson-open-'));
let folders = 0;
let cwd = '';

beforeEach(() => {
  cwd = join(scratch, String(folders++));
  mkdirSync(cwd);
  for (const name of ['plan.yaml', 'before.yaml']) copyFileSync(join(HARBOR, name), join(cwd, name));
});
afterEach(endAll);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const save = (text: string, name = 'plan.yaml'): void => writeFileSync(join(cwd, name), text);

/** As editors do that never leave half a file. */
function saveByRename(text: string): void {
  save(text, '.plan.yaml.new');
  renameSync(join(cwd, '.plan.yaml.new'), join(cwd, 'plan.yaml'));
}

function placeOf(text: string, word: string): string {
  const before = text.slice(0, text.indexOf(word)).split('\n');
  return `${before.length}:${(before.at(-1) ?? '').length + 1}`;
}

const titleOf = (body: string): string => /<title>(.*?)<\/title>/.exec(body)?.[1] ?? '';

describe('what is served', () => {
  let shared: OpenProcess | undefined;
  const served = async (): Promise<number> => {
    shared ??= await startOpen(['examples/harbor/plan.yaml'], { cwd: root, isKept: true });
    return shared.port;
  };
  afterAll(() => shared?.end('SIGTERM'));

  test('is the page of the plan, at the address that is said', async () => {
    const open = await startOpen(['plan.yaml'], { cwd });
    expect(open.said).toBe(`Harbor Exchange at http://127.0.0.1:${open.port}/  (Ctrl-C ends it)`);
    const { status, body } = await ask(open.port);
    expect(status).toBe(200);
    expect(titleOf(body)).toBe('Harbor Exchange – Keelson');
    expect(body).toContain('"isLive":true');
    expect(await open.end('SIGINT')).toBe(0);
  });

  test('is the page that assess writes, but for being live', async () => {
    const open = await startOpen(['plan.yaml', 'before.yaml', '--without', 'cloudflare'], { cwd });
    const { body } = await ask(open.port);
    const words = ['assess', 'plan.yaml', 'before.yaml', '--without', 'cloudflare', '--html', '-'];
    const written = keelson(words, { cwd }).out.trimEnd();
    expect(
      body
        .replace('"isLive":true', '"isLive":false')
        .replace("connect-src 'self'", "connect-src 'none'")
        .trimEnd(),
    ).toBe(written);
    expect(open.said).toMatch(/^Harbor Exchange · Harbor Exchange \(before\) at /);
  });

  test('has headers that keep it here', async () => {
    const port = await served();
    const { headers, body } = await ask(port);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      'cache-control': 'no-store',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    const policy = String(headers['content-security-policy']);
    expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+';/);
    expect(policy).toMatch(/; connect-src 'self'; .*; frame-ancestors 'none'$/);
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test('is one page and its events, to be read and nothing else', async () => {
    const port = await served();
    const answers = async (paths: readonly string[], method = 'GET'): Promise<number[]> =>
      Promise.all(paths.map(async (path) => (await ask(port, { path, method })).status));
    expect(
      await answers([
        '/plan.yaml',
        '/../plan.yaml',
        '/%2e%2e/plan.yaml',
        '/events/',
        '//',
        '/index.html',
        '*',
      ]),
    ).toEqual(Array(7).fill(404));
    expect(await answers(['/', '/?x', '/?x?y'])).toEqual([200, 200, 200]);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH'])
      expect(await answers(['/', '/events', '/x'], method)).toEqual([405, 405, 405]);
    const { status, headers, body } = await ask(port, { path: '/x' });
    expect([status, headers['content-type'], body]).toEqual([
      404,
      'text/plain; charset=utf-8',
      'There is one page here: /\n',
    ]);
    expect((await ask(port, { method: 'POST' })).headers.allow).toBe('GET, HEAD');
  });

  test('has the same headers when only they are asked for', async () => {
    const port = await served();
    const [whole, head] = [await ask(port), await ask(port, { method: 'HEAD' })];
    expect([head.status, head.body]).toEqual([200, '']);
    expect(head.headers['content-length']).toBe(whole.headers['content-length']);
    expect((await ask(port, { method: 'HEAD', path: '/events' })).headers['content-type']).toBe(
      'text/event-stream',
    );
  });

  test('is refused under another name, which could be another site’s', async () => {
    const port = await served();
    const status = async (host: string): Promise<number> => (await ask(port, { headers: { host } })).status;
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`])
      expect([host, await status(host)]).toEqual([host, 200]);
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1',
      'localhost',
      `127.0.0.1:${port + 1}`,
      `127.0.0.1:${port}.evil.example`,
      `127.0.0.2:${port}`,
    ])
      expect([host, await status(host)]).toEqual([host, 403]);
  });

  test('has no events for pages of other sites', async () => {
    const port = await served();
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await ask(port, { path: '/events', method: 'HEAD', headers })).status;
    expect(await status({ 'sec-fetch-site': 'same-origin', origin: `http://127.0.0.1:${port}` })).toBe(200);
    expect(await status({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await status({ origin: 'http://evil.example' })).toBe(403);
    expect(await status({ origin: 'null' })).toBe(403);
  });

  test('is on this computer alone, at the port that is asked for', async () => {
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
    const { port } = taken.address() as AddressInfo; // it listens on a port
    expect(keelson(['open', 'plan.yaml', '--port', String(port)], { cwd })).toEqual({
      exit: 2,
      out: '',
      err: `keelson: Port ${port} cannot be used: it is in use. (port-unusable)\n  Without --port, any that is free is taken.\n`,
    });
    await new Promise((done) => taken.close(done));
    const open = await startOpen(['plan.yaml', '--port', String(port)], { cwd });
    expect(open.port).toBe(port);
    const elsewhere = connect(port, '127.0.0.2');
    const reached = await new Promise((done) => {
      elsewhere.on('connect', () => done(true)).on('error', () => done(false));
    });
    elsewhere.destroy();
    expect(reached).toBe(false);
  });

  test('is bounded: long headers are refused, and so are more pages than anybody opens', async () => {
    const { port } = await startOpen(['plan.yaml'], { cwd });
    expect((await ask(port, { headers: { 'x-long': 'x'.repeat(20_000) } })).status).toBe(431);
    const pages = await Promise.all(Array.from({ length: 32 }, () => listen(port)));
    expect((await ask(port, { path: '/events' })).status).toBe(503);
    save(changed);
    expect(await Promise.all(pages.map((page) => page.next()))).toEqual(Array(32).fill('saved'));
    expect((await ask(port)).status).toBe(200);
  });
});

describe('when the plan is saved', () => {
  test.each([
    ['over itself', save],
    ['as another file that takes its name', saveByRename],
  ])('%s, pages are told and find the new one', async (_, write) => {
    const open = await startOpen(['plan.yaml'], { cwd });
    const events = await listen(open.port);
    write(changed);
    expect(await events.next()).toBe('saved');
    expect(titleOf((await ask(open.port)).body)).toBe('Harbour – Keelson');
    expect(await open.err()).toBe('plan.yaml saved: All 4 targets met.');
    write(good);
    expect(await events.next()).toBe('saved');
    expect(titleOf((await ask(open.port)).body)).toBe('Harbor Exchange – Keelson');
  });

  test('where a link leads, pages are told too', async () => {
    const far = join(cwd, 'far');
    mkdirSync(far);
    renameSync(join(cwd, 'plan.yaml'), join(far, 'real.yaml'));
    symlinkSync(join(far, 'real.yaml'), join(cwd, 'plan.yaml'));
    const open = await startOpen(['plan.yaml'], { cwd });
    save(changed, 'far/real.yaml');
    expect(await open.err()).toBe('plan.yaml saved: All 4 targets met.');
  });

  test('with nothing changed, or another file is, nobody is told', async () => {
    const open = await startOpen(['plan.yaml', 'before.yaml'], { cwd });
    utimesSync(join(cwd, 'plan.yaml'), new Date(), new Date());
    save(good);
    save('', 'another.yaml');
    // Whatever was seen of the first plan was seen no later than this.
    save(bad, 'before.yaml');
    expect(await open.err()).toMatch(/^before\.yaml saved: 1 error/);
    save(changed);
    expect(await open.err()).toBe('plan.yaml saved: no errors, but another plan has');
  });

  test('with a target missed, that is said', async () => {
    const open = await startOpen(['plan.yaml'], { cwd });
    save(good.replace('slo: 99.9%', 'slo: 99.9999999%'));
    expect(await open.err()).toBe('plan.yaml saved: 1 of 4 targets missed.');
  });

  test('a page that was made of what was there before is told at once, another is not', async () => {
    const open = await startOpen(['plan.yaml'], { cwd });
    const of = /"digest":"(sha256:[0-9a-f]+)"/.exec((await ask(open.port)).body)?.[1] ?? '';
    expect(of).not.toBe('');
    save(changed);
    await open.err();
    expect(await (await listen(open.port, of)).next()).toBe('saved');
    const now = /"digest":"(sha256:[0-9a-f]+)"/.exec((await ask(open.port)).body)?.[1] ?? '';
    const events = await listen(open.port, now);
    save(bad);
    expect(await open.err()).toContain('1 error');
    expect(await events.next()).toBe('saved');
    // What had been sent before would have come first: one event, and no more.
    save(good);
    expect(await events.next()).toBe('saved');
    expect(await open.err()).toContain('All 4');
  });

  test('several times, the last one counts', async () => {
    const open = await startOpen(['plan.yaml'], { cwd });
    for (let i = 0; i < 20; i++) save(changed.replace('Harbour', `Harbour ${i}`));
    const last = async (): Promise<string> => {
      await open.err();
      const title = titleOf((await ask(open.port)).body);
      return title === 'Harbour 19 – Keelson' ? title : last();
    };
    expect(await last()).toBe('Harbour 19 – Keelson');
  });

  test('and it is large, the page before is served meanwhile, and another save overtakes it', async () => {
    const open = await startOpen(['plan.yaml'], { cwd });
    save(generatePlan({ seed: 1 }));
    const begin = performance.now();
    // Longer than it takes to begin, shorter than it takes to solve.
    while (performance.now() - begin < 1000)
      expect(titleOf((await ask(open.port)).body)).toBe('Harbor Exchange – Keelson');
    save(changed);
    expect(await open.err()).toBe('plan.yaml saved: All 4 targets met.');
    expect(titleOf((await ask(open.port)).body)).toBe('Harbour – Keelson');
  });

  test('one of several plans, only that one is spoken of', async () => {
    const open = await startOpen(['plan.yaml', 'before.yaml'], { cwd });
    save(changed);
    expect(await open.err()).toBe('plan.yaml saved: All 4 targets met.');
    save(bad, 'before.yaml');
    expect(await open.err()).toMatch(/^before\.yaml saved: 1 error: before\.yaml:\d+:\d+ {2}unknown-service/);
    save(good);
    expect(await open.err()).toBe('plan.yaml saved: no errors, but another plan has');
    expect(titleOf((await ask(open.port)).body)).toMatch(/^1 error.* in before\.yaml – Keelson$/);
  });
});

describe('a plan that has errors', () => {
  test('is shown with each at its line, and then its report again', async () => {
    const open = await startOpen(['plan.yaml'], { cwd });
    const events = await listen(open.port);
    save(bad);
    const place = placeOf(bad, 'identiti');
    expect(await open.err()).toMatch(
      new RegExp(`^plan\\.yaml saved: 1 error: plan\\.yaml:${place} {2}unknown-service`),
    );
    expect(await events.next()).toBe('saved');
    const { status, headers, body } = await ask(open.port);
    expect(status).toBe(200);
    expect(titleOf(body)).toMatch(/^1 error.* in plan\.yaml – Keelson$/);
    expect(body).toContain(`plan.yaml:${place} <code>unknown-service</code>`);
    expect(body).toContain('<mark>identiti</mark>');
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    save(good);
    expect(await events.next()).toBe('saved');
    expect(titleOf((await ask(open.port)).body)).toBe('Harbor Exchange – Keelson');
    expect(await open.end('SIGTERM')).toBe(0);
  });

  test('at first is served all the same', async () => {
    save(bad);
    const open = await startOpen(['plan.yaml'], { cwd });
    expect(open.said).toMatch(/^plan\.yaml at http/);
    save(good);
    expect(await open.err()).toBe('plan.yaml saved: All 4 targets met.');
  });

  test('of several kinds has the first of them said', async () => {
    const open = await startOpen(['plan.yaml'], { cwd });
    save(bad.replace('tier: core', 'tier: cor'));
    expect(await open.err()).toMatch(
      /^plan\.yaml saved: 2 errors \(first: plan\.yaml:\d+:\d+ {2}\S+ {2}.*\)$/,
    );
  });

  test('and hostile text shows it as text', async () => {
    const open = await startOpen(['plan.yaml'], { cwd });
    save(bad.replace('identiti', '"</pre><script>alert(1)</script>\u202e"'));
    await open.err();
    const { body } = await ask(open.port);
    expect(body.match(/<script/g)).toHaveLength(1);
    expect(body).toContain('&lt;/pre&gt;&lt;script&gt;');
    expect(body).not.toContain('\u202e');
  });

  test('that is gone is said to be, and found when it is back', async () => {
    const open = await startOpen(['plan.yaml'], { cwd });
    rmSync(join(cwd, 'plan.yaml'));
    expect(await open.err()).toBe(
      'plan.yaml:1:1  file-unreadable  The file cannot be read: there is no such file.',
    );
    expect(titleOf((await ask(open.port)).body)).toBe('1 error in plan.yaml – Keelson');
    save(good);
    expect(await open.err()).toBe('plan.yaml saved: All 4 targets met.');
  });

  test('and its folder gone is found when they are back', async () => {
    mkdirSync(join(cwd, 'plans'));
    save(good, 'plans/plan.yaml');
    const open = await startOpen(['plans/plan.yaml'], { cwd });
    rmSync(join(cwd, 'plans'), { recursive: true });
    expect(await open.err()).toContain('file-unreadable');
    mkdirSync(join(cwd, 'plans'));
    save(changed, 'plans/plan.yaml');
    expect(await open.err()).toBe('plans/plan.yaml saved: All 4 targets met.');
  });

  test('of another kind, a name that --without no longer finds, has a page too', async () => {
    const without = ['--without', 'snapshot-store'];
    const open = await startOpen(['plan.yaml', ...without], { cwd });
    save(good.replaceAll('snapshot-store', 'picture-store'));
    expect(await open.err()).toMatch(
      /^plan\.yaml saved: no answer: "snapshot-store" is no event, .*\(unknown-event\)$/,
    );
    const { body } = await ask(open.port);
    expect(titleOf(body)).toBe('No answer – Keelson');
    expect(body).toContain('&quot;snapshot-store&quot; is no event, scope or service');
    save(good);
    expect(await open.err()).toMatch(/targets met\.$/);
  });
});

describe('what cannot be opened', () => {
  test.each([
    ['no plan', [], 'Expected a plan file. (no-plan)'],
    ['a plan that is not there', ['absent.yaml'], 'absent.yaml:1:1  file-unreadable'],
    ['a folder', ['.'], '.:1:1  file-unreadable  The file cannot be read: it is a directory.'],
    ['standard input', ['-'], 'standard input cannot be saved again. (bad-argument)'],
    ['more plans than a page holds', Array(13).fill('plan.yaml'), 'Expected at most 12 plans, found 13.'],
    ['no port', ['plan.yaml', '--port', '65536'], 'a whole number from 0 to 65535'],
    ['a name of nothing', ['plan.yaml', '--without', 'cloudfare'], 'Did you mean'],
    ['no limit', ['plan.yaml', '--max-bytes', '0'], 'Expected --max-bytes'],
    ['another option', ['plan.yaml', '--json'], 'keelson open has no option --json.'],
  ])('is refused: %s', (_, words, says) => {
    const { exit, out, err } = keelson(['open', ...words], { cwd });
    expect([exit, out]).toEqual([2, '']);
    expect(err).toContain(says);
  });
});

test.skipIf(process.platform !== 'linux')(
  '--browser opens the address in the browser of the system',
  async () => {
    const tools = join(cwd, 'tools');
    mkdirSync(tools);
    // Written beside and renamed, so that who sees it sees all of it.
    writeFileSync(
      join(tools, 'xdg-open'),
      '#!/bin/sh\nprintf "%s" "$#:$1" > "$0.part" && mv "$0.part" "$0.opened"\n',
    );
    chmodSync(join(tools, 'xdg-open'), 0o755);
    const opened = new Promise<void>((resolve) => {
      const watcher = watch(tools, (_, name) => {
        if (name !== 'xdg-open.opened') return;
        watcher.close();
        resolve();
      });
    });
    const env = { PATH: `${tools}${delimiter}${process.env.PATH ?? ''}` };
    const open = await startOpen(['plan.yaml', '--browser'], { cwd, env });
    await opened;
    expect(readFileSync(join(tools, 'xdg-open.opened'), 'utf8')).toBe(`1:${open.address}`);
  },
);

test.skipIf(process.platform !== 'linux')('--browser without one says so, and goes on', async () => {
  const open = await startOpen(['plan.yaml', '--browser'], { cwd, env: { PATH: cwd } });
  expect(await open.err()).toBe('No browser was opened: spawn xdg-open ENOENT');
  expect((await ask(open.port)).status).toBe(200);
  expect(await open.end('SIGINT')).toBe(0);
});

test('it is ended cleanly while pages are open and a plan is being solved', async () => {
  const open = await startOpen(['plan.yaml'], { cwd });
  await listen(open.port);
  save(changed);
  expect(await open.end('SIGINT')).toBe(0);
});

test('the whole bundle holds it, and no other', () => {
  const { stdout } = spawnSync(
    'grep',
    ['-lF', 'No browser was opened', '-r', join(root, 'dist'), '--include=*.cjs'],
    {
      encoding: 'utf8',
    },
  );
  expect(stdout.trim()).toBe(join(root, 'dist/keelson.cjs'));
});
