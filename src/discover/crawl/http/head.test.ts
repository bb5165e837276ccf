import { expect, test } from 'vitest';
import { redirectOf, restMs, withoutFinalDot } from './head.ts';

test.each([
  ['nothing', [], 60_000],
  ['seconds', [['retry-after', '120']], 120_000],
  ['none', [['retry-after', '0']], 1_000],
  ['days', [['retry-after', '999999']], 3_600_000],
  ['words', [['retry-after', 'later']], 60_000],
  [
    'a date',
    [
      ['date', 'Sun, 01 Nov 2026 12:00:00 GMT'],
      ['retry-after', 'Sun, 01 Nov 2026 12:05:00 GMT'],
    ],
    300_000,
  ],
] as const)('a host that asks for fewer requests and says %s is left alone', (_, headers, ms) => {
  expect(restMs({ status: 429, headers })).toBe(ms);
});

test.each([
  ['/a#b', 'https://harbor.example/a'],
  ['https://u:p@harbor.example./', 'https://harbor.example/'],
  ['http://127.1./', 'http://127.0.0.1/'],
  [`https://${'a.'.repeat(4_000)}example/`, undefined],
  ['file:///etc/passwd', undefined],
  ['javascript:alert(1)', undefined],
])('an answer that sends on to %s is followed to %s', (location, to) => {
  const head = { status: 302, headers: [['location', location]] as const };
  expect(redirectOf(head, new URL('https://harbor.example/'))?.href).toBe(to);
});

test('a host with a dot at its end is the same host', () => {
  expect(withoutFinalDot(new URL('https://harbor.example.:8443/a?b')).href).toBe(
    'https://harbor.example:8443/a?b',
  );
});
