import { describe, expect, test } from 'vitest';
import type { Try } from '../plan/index.ts';
import type { Answer } from './ask.ts';
import { fieldOf, judge, saidMode } from './judge.ts';

const TRY: Try = { offset: 0, send: { method: 'GET', path: '/' } };
const answer = (more: Partial<Extract<Answer, { kind: 'answer' }>> = {}): Answer => ({
  kind: 'answer',
  status: 200,
  headers: { 'keelson-mode': 'full;journey=trade' },
  body: '{"price": 1}',
  ms: 10,
  ...more,
});
const wanting = (good: Omit<NonNullable<Try['good']>, 'offset'>): Try => ({
  ...TRY,
  good: { offset: 0, ...good },
});

describe('the mode that an answer says it was given in', () => {
  test('is a token, or a string where a name is none', () => {
    expect(saidMode('post-only;journey=trade')).toEqual({ mode: 'post-only', journey: 'trade' });
    expect(saidMode('"2nd";journey="1st"')).toEqual({ mode: '2nd', journey: '1st' });
    for (const other of [
      undefined,
      '',
      'none',
      'full',
      'full; journey=trade',
      `${'x'.repeat(300)};journey=t`,
    ])
      expect(saidMode(other)).toBeUndefined();
  });
});

describe('an answer', () => {
  test('is good where it is what the user came for', () => {
    expect(judge(answer(), TRY, 'forward', undefined).verdict).toBe('good');
    expect(judge(answer({ status: 201 }), wanting({ status: 201 }), 'forward', undefined).verdict).toBe(
      'good',
    );
    expect(
      judge(answer(), wanting({ contains: 'price', lacks: 'error' }), 'forward', undefined).verdict,
    ).toBe('good');
  });

  test.each([
    [answer({ status: 404 }), TRY, undefined],
    [answer(), wanting({ status: 201 }), 'bad-answer'],
    [answer({ body: '' }), wanting({ contains: 'price' }), 'bad-answer'],
    [answer(), wanting({ lacks: 'price' }), 'bad-answer'],
    [answer({ ms: 2_500 }), wanting({ within: 2 / 3_600 }), 'bad-answer'],
    [{ kind: 'none', why: 'ECONNREFUSED', ms: 1 } as const, TRY, undefined],
  ])('is bad otherwise, and a broken promise where it says that it is good: %#', (found, one, breach) => {
    const judged = judge(found, one, 'forward', undefined);
    expect([judged.verdict, judged.breach?.kind]).toEqual(['bad', breach]);
  });

  test('that stands still is stale', () => {
    expect(judge(answer(), TRY, 'forward', 'at has been the same').breach?.kind).toBe('stale');
  });

  test('to what the mode is to refuse is a breach, and its refusal is not', () => {
    expect(judge(answer(), TRY, 'refused', undefined).breach?.kind).toBe('lets-through');
    const refused = judge(answer({ status: 503 }), TRY, 'refused', undefined);
    expect([refused.verdict, refused.breach]).toEqual(['refused', undefined]);
  });

  test('that refuses what the mode lets through is a breach', () => {
    const problem = answer({ status: 503, body: '{"type":"urn:keelson:problem:mode"}' });
    expect(judge(problem, TRY, 'forward', undefined).breach?.kind).toBe('refuses');
  });
});

test('a field is found by its way through the JSON, and nothing else is', () => {
  const text = '{"result": {"number": "0x10", "at": null, "list": [1]}}';
  expect(fieldOf(text, 'result.number')).toBe('0x10');
  expect(fieldOf(text, 'result.at')).toBe('null');
  for (const path of ['number', 'result.no', 'result.number.x', '__proto__', 'constructor', 'result.list.x'])
    expect(fieldOf(text, path)).toBeUndefined();
  expect(fieldOf('no JSON', 'a')).toBeUndefined();
});
