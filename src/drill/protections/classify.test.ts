import { describe, expect, test } from 'vitest';
import type { Answer } from '../ask.ts';
import { classify, isHeldBack, twinOf } from './classify.ts';

const answer = (status: number, headers: Record<string, string> = {}, body = ''): Answer => ({
  kind: 'answer',
  status,
  headers,
  body,
  ms: 1,
});
const none = (why: string): Answer => ({ kind: 'none', why, ms: 1 });
const HTML = { 'content-type': 'text/html' };
const WELL = answer(200);

describe('a sample whose twin got 200', () => {
  test.each([
    ['403', answer(403), 'blocked', 'status 403'],
    ['406, as some edges answer', answer(406), 'blocked', 'status 406'],
    ['429', answer(429), 'blocked', 'status 429'],
    ['a reset', none('ECONNRESET'), 'blocked', 'the connection was cut'],
    ['no answer at all', none('no answer within 4000 ms'), 'blocked', 'no answer within 4000 ms'],
    ['a challenge by its header', answer(403, { 'cf-mitigated': 'challenge' }), 'blocked', 'a challenge'],
    [
      'a challenge by its page',
      answer(503, HTML, '<script src="/cdn-cgi/challenge-platform/x">'),
      'blocked',
      'a challenge',
    ],
    [
      'a page of a refusal under 200',
      answer(200, HTML, 'The requested URL was rejected.'),
      'blocked',
      'a challenge',
    ],
    ['being sent to a captcha', answer(302, { location: '/captcha?x' }), 'blocked', 'a challenge'],
    ['the same', answer(200), 'through', 'status 200'],
    ['another good answer', answer(204), 'through', 'status 204'],
    [
      'a page of the platform with a captcha',
      answer(200, HTML, 'https://www.google.com/recaptcha/api.js'),
      'through',
      'status 200',
    ],
    [
      'a refusal by the gateway, behind the edge',
      answer(403, { 'keelson-mode': 'full;journey=a' }),
      'through',
      'status 403 of the gateway',
    ],
    [
      'a problem of the gateway',
      answer(404, {}, '{"type":"urn:keelson:problem:no-route"}'),
      'through',
      'status 404 of the gateway',
    ],
    ['400, as any server may', answer(400), 'unclear', 'status 400'],
    ['404', answer(404), 'unclear', 'status 404'],
    ['an error', answer(502), 'unclear', 'status 502'],
    ['a redirect', answer(302, { location: '/login' }), 'unclear', 'status 302'],
  ])('gets %s', (_, given, outcome, how) => {
    expect(classify(given, WELL)).toEqual({ outcome, how });
  });
});

test('an answer that the twin got too is let through, whatever it says', () => {
  expect(classify(answer(404), answer(404)).outcome).toBe('through');
  expect(classify(answer(401), answer(401)).outcome).toBe('through');
  expect(classify(answer(403), answer(401)).outcome).toBe('blocked');
});

test('a twin passes unless it is refused, challenged or not answered', () => {
  const kinds = [200, 302, 401, 404].map((status) => twinOf(answer(status)).kind);
  expect(new Set(kinds)).toEqual(new Set(['passed']));
  expect(twinOf(answer(403)).kind).toBe('blocked');
  expect(twinOf(answer(403, { 'keelson-mode': 'full;journey=a' })).kind).toBe('passed');
  expect(twinOf(answer(200, { 'x-amzn-waf-action': 'challenge' })).kind).toBe('blocked');
  expect(twinOf(answer(502)).kind).toBe('silent');
  expect(twinOf(none('ECONNREFUSED'))).toEqual({ kind: 'silent', how: 'ECONNREFUSED' });
});

test('of many at once "busy" is a refusal, unless the gateway says it', () => {
  expect(isHeldBack(answer(503))).toBe(true);
  expect(isHeldBack(answer(429))).toBe(true);
  expect(isHeldBack(none('ECONNRESET'))).toBe(true);
  expect(isHeldBack(answer(200))).toBe(false);
  expect(isHeldBack(answer(503, {}, '{"type":"urn:keelson:problem:busy"}'))).toBe(false);
});
