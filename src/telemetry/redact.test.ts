import { describe, expect, test } from 'vitest';
import { expectWithin, secondsOf } from '../../test/pace.ts';
import { hashOf, isSecretField, redactHeader, redactText, redactUrl } from './redact.ts';

const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJqb2UifQ.c2lnbmF0dXJl';

describe('a header', () => {
  test.each([
    'Authorization',
    'proxy-authorization',
    'Cookie',
    'SET-COOKIE',
    'x-api-key',
    'CB-ACCESS-SIGN',
    'X-MBX-APIKEY',
    'x-csrf-token',
    'sec-websocket-protocol',
  ])('%s is hidden', (name) => {
    expect(redactHeader(name, 'a secret')).toBe('[hidden]');
  });

  test('Idempotency-Key is a hash, the same for the same key', () => {
    const shown = redactHeader('Idempotency-Key', 'order-7');
    expect(shown).toMatch(/^sha256:[0-9a-f]{16}$/);
    expect(shown).toBe(hashOf('order-7'));
    expect(redactHeader('idempotency-key', 'order-8')).not.toBe(shown);
  });

  test('of another kind is shown, without tokens and queries in it', () => {
    expect(redactHeader('accept', 'text/html')).toBe('text/html');
    expect(redactHeader('referer', `https://joe:pw@example.com/a?t=${JWT}#x`)).toBe(
      'https://example.com/a?t',
    );
    expect(redactHeader('x-note', `saw ${JWT}`)).toBe('saw [hidden]');
  });
});

describe('an address', () => {
  test.each([
    ['/api/v1/orders', '/api/v1/orders'],
    ['/a?token=secret&side=buy', '/a?token&side'],
    [`/a?${JWT}`, `/a?…${JWT.length}`],
    ['/a?b=1#access_token=secret', '/a?b'],
    ['/v3/9aa3d95b3bc440fa88ea12eaa4456161', '/v3/…32'],
    [`/reset/${JWT}/now`, `/reset/…${JWT.length}/now`],
    [
      '/address/0x00000000219ab540356cBB839Cbe05303d7705Fa',
      '/address/0x00000000219ab540356cBB839Cbe05303d7705Fa',
    ],
    [`/tx/0x${'ab12'.repeat(16)}`, '/tx/…66'],
    ['/cart;jsessionid=1234/pay', '/cart/pay'],
    ['http://joe:pw@example.com/a', 'http://example.com/a'],
    ['http://joe:p@w@example.com/a', 'http://example.com/a'],
    [`/${'x'.repeat(200)}`, '/…200'],
    ['/withdrawal-instructions-for-people', '/withdrawal-instructions-for-people'],
    ['', ''],
    ['*', '*'],
  ])('%s is written as %s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });

  test('without end has one', () => {
    const shown = redactUrl(`/${'a/'.repeat(5000)}?${'k=v&'.repeat(5000)}`);
    expect(shown.length).toBeLessThan(200);
    const many = redactUrl(`/a?${Array.from({ length: 100 }, (_, i) => `k${i}=v`).join('&')}`);
    expect(many.endsWith('k19&…')).toBe(true);
  });
});

test('a text loses what looks like a token, and who signs in by an address', () => {
  expect(redactText(`refused Bearer abc.def for ${JWT}: connect postgres://joe:pw@db/x`)).toBe(
    'refused Bearer [hidden] for [hidden]: connect postgres://db/x',
  );
  expect(redactText('GET https://api.example.com/a?key=secret failed')).toBe(
    'GET https://api.example.com/a?… failed',
  );
  expect(redactText('x'.repeat(10_000))).toHaveLength(2000);
});

test('hostile texts take no time', () => {
  const seconds = secondsOf(() => {
    for (const piece of ['://', 'eyJaaaa.', 'bearer ', '//a?', '@', '://a'])
      for (const hostile of [piece.repeat(100_000), `${piece}${'a'.repeat(100_000)}`]) {
        redactText(hostile);
        redactUrl(hostile);
      }
  });
  expectWithin(seconds, 1);
});

test('fields whose name says that they are secret are known', () => {
  expect(['authorization', 'apiKey', 'setCookie', 'bearerToken', 'dbPassword'].every(isSecretField)).toBe(
    true,
  );
  expect(['journey', 'session', 'by', 'reason', 'service', 'keyId'].some(isSecretField)).toBe(false);
});
