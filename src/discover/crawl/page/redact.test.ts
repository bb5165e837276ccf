import { describe, expect, test } from 'vitest';
import { expectWithin, secondsOf } from '../../../../test/pace.ts';
import { redactHeader, redactPath, redactUrl } from './redact.ts';

describe('of a path is kept what names a place', () => {
  test.each([
    ['/v3/0123456789abcdef0123456789abcdef', '/v3/…'],
    ['/v2/aBcD-eF_1234567890abcdefghijklmn', '/v2/…'],
    ['/v3/', '/v3/'],
    ['/0xdAC17F958D2ee523a2206206994597C13D831ec7/x', '/…/x'],
    ['/3f2b8a1c-9d4e-4f60-8a7b-0c1d2e3f4a5b/', '/…/'],
    ['/analytics.js/v1/Ab3dEf6hIj9kLm2nOp5qRs8t/analytics.min.js', '/analytics.js/v1/…/analytics.min.js'],
    ['/_next/static/chunks/main-0f4a3bd0d0c0a123.js', '/_next/static/chunks/main-0f4a3bd0d0c0a123.js'],
    ['/user:secret@x/y', '/…/y'],
    ['/release-notes-2024/api-version-2', '/release-notes-2024/api-version-2'],
    ['/v1/q7Rk+9sLm2NpT4uVwX8yZaBcDeF', '/v1/…'],
    ['/v1/q7Rk%2B9sLm2NpT4uVwX8yZaBcDeF', '/v1/…'],
    ['/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc', '/…'],
  ])('%s', (path, kept) => {
    expect(redactPath(path)).toBe(kept);
  });

  test('and no more than 512 characters', () => {
    expect(redactPath(`/${'ab/'.repeat(1_000)}`)).toHaveLength(512);
  });
});

test('of a URL neither user nor password, query or fragment is kept', () => {
  expect(redactUrl(new URL('https://user:pass@harbor.example:8443/a?key=1#x'))).toBe(
    'https://harbor.example:8443/a?…',
  );
});

describe('of a header is kept what tells who sent it', () => {
  test.each([
    [
      'set-cookie',
      '__cf_bm=secret.value; path=/; expires=Thu; domain=.x.example; HttpOnly',
      '__cf_bm=…; path=/; domain=.x.example; HttpOnly',
    ],
    ['set-cookie', 'nothing', '=…'],
    ['server', 'cloudflare', 'cloudflare'],
    ['x-session-id', 'abc', '…'],
    [
      'report-to',
      '{"url":"https://a.nel.example/report?s=abc%2B"}',
      '{"url":"https://a.nel.example/report?…"}',
    ],
    [
      'content-security-policy',
      "script-src 'nonce-abc' https://a:b@x.example; report-uri /csp?key=1",
      "script-src 'nonce-…' https://x.example; report-uri /csp?…",
    ],
    [
      'content-security-policy',
      'connect-src https://mainnet.infura.io/v3/0123456789abcdef0123456789abcdef wss://x.example/a/',
      'connect-src https://mainnet.infura.io/v3/… wss://x.example/a/',
    ],
    [
      'link',
      '<https://x.example/v2/aBcD-eF_1234567890abcdefghijklmn>; rel=preload,</a?b>; rel="next"',
      '<https://x.example/v2/…>; rel=preload,</a?…>; rel="next"',
    ],
    ['refresh', '0;url=https://x.example/#access_token=abc', '0;url=https://x.example/#…'],
    ['refresh', '0;url=https://a:b@x.example/', '0;url=https://x.example/'],
    ['x-served-by', 'https://a.example,https://b:c@d.example/e', 'https://a.example,https://d.example/e'],
    ['content-type', 'text/html; charset=utf-8', 'text/html; charset=utf-8'],
    ['server', 'nginx/1.25.3 (Ubuntu)', 'nginx/1.25.3 (Ubuntu)'],
  ])('%s', (name, value, kept) => {
    expect(redactHeader(name, value)).toBe(kept);
  });
});

test.each(['/', 'a/b', 'https://', 'https:', '/?', '@', "'nonce-"])(
  'a header full of %s takes no long time',
  (piece) => {
    expectWithin(
      secondsOf(() => redactHeader('x', piece.repeat(65_536 / piece.length))),
      0.5,
    );
  },
);
