import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KeelsonError } from '../errors.ts';
import { answerStaticPage, readStaticPage } from './static-pages.ts';

let root: string;
let plan: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'keelson-static-'));
  mkdirSync(join(root, 'plan/pages/..odd'), { recursive: true });
  mkdirSync(join(root, 'plan-of-others'));
  plan = join(root, 'plan/plan.yaml');
  writeFileSync(plan, '');
  writeFileSync(join(root, 'secret.html'), 'secret');
  writeFileSync(join(root, 'plan-of-others/page.html'), 'secret');
  writeFileSync(join(root, 'plan/pages/down.html'), '<p>Back soon.');
  writeFileSync(join(root, 'plan/pages/..odd/page.TXT'), '');
  writeFileSync(join(root, 'plan/page'), '?');
  writeFileSync(join(root, 'plan/large.html'), Buffer.alloc(1_048_577));
  writeFileSync(join(root, 'plan/whole.html'), Buffer.alloc(1_048_576));
  symlinkSync('pages/down.html', join(root, 'plan/link.html'));
  symlinkSync('../secret.html', join(root, 'plan/out.html'));
  symlinkSync('..', join(root, 'plan/up'));
  spawnSync('mkfifo', [join(root, 'plan/pipe.html')]);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a page', () => {
  test.each([
    ['pages/down.html', 'text/html; charset=utf-8', 13],
    ['./pages/../pages/down.html', 'text/html; charset=utf-8', 13],
    ['link.html', 'text/html; charset=utf-8', 13],
    ['pages/..odd/page.TXT', 'text/plain; charset=utf-8', 0],
    ['page', 'application/octet-stream', 1],
    ['whole.html', 'text/html; charset=utf-8', 1_048_576],
  ])('%s is read as %s', (name, contentType, bytes) => {
    const page = readStaticPage(plan, name);
    expect([page.contentType, page.body.length]).toEqual([contentType, bytes]);
    expect(page.etag).toMatch(/^"[\w-]{27}"$/);
  });

  test.each([
    ['../secret.html', 'in the folder'],
    ['pages/../../secret.html', 'in the folder'],
    ['../plan-of-others/page.html', 'in the folder'],
    ['out.html', 'in the folder'],
    ['up/secret.html', 'in the folder'],
    ['up', 'in the folder'],
    ['.', 'in the folder'],
    ['', 'in the folder'],
    ['/etc/passwd', 'in the folder'],
    ['page\0.html', 'in the folder'],
    ['none.html', 'found none'],
    ['page/x', 'found none'],
    ['pages', 'to be a file'],
    ['pipe.html', 'to be a file'],
    ['large.html', 'at most 1 MB'],
  ])('%j is refused', (name, said) => {
    let error: unknown;
    try {
      readStaticPage(plan, name);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(KeelsonError);
    expect(error).toMatchObject({ code: 'bad-static-page', message: expect.stringContaining(said) });
  });
});

describe('its answer', () => {
  const ask = (method: string, ifNoneMatch?: string, status?: number) => {
    const page = readStaticPage(plan, 'pages/down.html');
    return answerStaticPage(page, { method, ifNoneMatch, ...(status === undefined ? {} : { status }) });
  };

  test('to GET has the page, to HEAD all but that', () => {
    const got = ask('GET');
    expect(got).toEqual({
      status: 200,
      headers: {
        etag: expect.any(String),
        'cache-control': 'no-cache',
        'content-type': 'text/html; charset=utf-8',
        'content-length': '13',
        'x-content-type-options': 'nosniff',
      },
      body: Buffer.from('<p>Back soon.'),
    });
    expect(ask('HEAD')).toEqual({ ...got, body: Buffer.alloc(0) });
  });

  test('to who has it already is 304, but for an outage’s 503', () => {
    const { etag } = readStaticPage(plan, 'pages/down.html');
    for (const match of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      expect(ask('GET', match)).toMatchObject({ status: 304, body: Buffer.alloc(0) });
      expect(ask('GET', match, 503)).toMatchObject({ status: 503, body: Buffer.from('<p>Back soon.') });
    }
    expect(ask('GET', '"x"').status).toBe(200);
  });

  test('to any other method says which there are', () => {
    expect(ask('POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });
});
