import { describe, expect, test } from 'vitest';
import { type Reply, readReplies } from './envelope.ts';
import { KNOWN_ANSWERS, type KnownAnswer, MATCHERS } from './failures.corpus.ts';
import { CONSEQUENCES, type FailureRule, type Judgement, RULES, judge, judgeBy } from './failures.ts';

function replyOf(body: string): Reply | undefined {
  const replies = readReplies(body);
  return replies.kind === 'replies' ? replies.replies[0] : undefined;
}

function verdictBy(rules: readonly FailureRule[], { method, status, body }: KnownAnswer): string {
  const judgement = judgeBy(rules, method, status, replyOf(body), undefined, body);
  return judgement.kind === 'answer' ? 'answer' : judgement.why;
}

const real = KNOWN_ANSWERS.filter(
  ({ source }) => source !== 'shape' && !MATCHERS.some((project) => source.startsWith(project)),
);

test('at least 150 real answers of at least 20 clients and providers are known, and each only once', () => {
  expect(real.length).toBeGreaterThanOrEqual(150);
  expect(new Set(real.map(({ by }) => by)).size).toBeGreaterThanOrEqual(20);
  expect(
    new Set(KNOWN_ANSWERS.map(({ by, method, status, body }) => `${by} ${method} ${status} ${body}`)).size,
  ).toBe(KNOWN_ANSWERS.length);
});

describe('every known answer is judged as a person would', () => {
  test.each(KNOWN_ANSWERS)('$verdict: $by $method $status $body', (known) => {
    expect(verdictBy(RULES, known)).toBe(known.verdict);
  });

  test('in whatever case and with whatever punctuation', () => {
    const disguised = (text: string): string => text.toUpperCase().replace(/ /g, ' - ');
    for (const known of KNOWN_ANSWERS) {
      const reply = replyOf(known.body);
      // In hexadecimal data, and in words run together, punctuation would be something else.
      if (reply?.kind !== 'error' || typeof reply.data === 'string') continue;
      const judgement = judge(known.method, known.status, { ...reply, message: disguised(reply.message) });
      expect(judgement.kind === 'answer' ? 'answer' : judgement.why, known.body).toBe(known.verdict);
    }
  });
});

/** The rules without one of them, and without one phrase of one of them. */
function mutants(): [what: string, rules: readonly FailureRule[]][] {
  return RULES.flatMap((rule, at) => {
    const others = (...replaced: FailureRule[]): FailureRule[] => [
      ...RULES.slice(0, at),
      ...replaced,
      ...RULES.slice(at + 1),
    ];
    const { phrases = [] } = rule;
    const fewer = phrases.map((phrase): [string, readonly FailureRule[]] => [
      `${at} ${rule.means} ${phrase}`,
      others({ ...rule, phrases: phrases.filter((other) => other !== phrase) }),
    ]);
    return [[`${at} ${rule.means}`, others()], ...(fewer.length > 1 ? fewer : [])];
  });
}

test.each(mutants())('no rule and no phrase is there for nothing: %s', (_, rules) => {
  expect(KNOWN_ANSWERS.some((known) => verdictBy(rules, known) !== verdictBy(RULES, known))).toBe(true);
});

test('what is no reply is no answer, whatever it says', () => {
  for (const body of ['execution reverted', 'nonce too low', '{"message":"already known"}'])
    expect(judge('eth_call', 200, undefined, undefined, body)).toMatchObject({
      kind: 'failure',
      why: 'broken',
    });
});

test('every kind of failure has consequences, and all are tried elsewhere', () => {
  for (const { restMs } of Object.values(CONSEQUENCES)) {
    expect(restMs).toBeGreaterThanOrEqual(0);
  }
});

describe('how long a node asks to be left alone', () => {
  const waits = (judgement: Judgement): number | undefined =>
    judgement.kind === 'failure' ? judgement.retryAfterMs : undefined;
  const error = (message: string, data?: unknown): Reply => ({
    kind: 'error',
    id: '1',
    error: '{}',
    code: -32005,
    message,
    data,
  });

  test('is read from the header, when it is a number of seconds', () => {
    expect(waits(judge('eth_call', 429, undefined, '7'))).toBe(7_000);
    expect(waits(judge('eth_call', 429, undefined, ' 0.5 '))).toBe(500);
    expect(waits(judge('eth_call', 429, undefined, 'Fri, 31 Dec 1999 23:59:59 GMT'))).toBeUndefined();
    expect(waits(judge('eth_call', 429, undefined, '-1'))).toBeUndefined();
    expect(waits(judge('eth_call', 429, undefined, '999999999'))).toBe(3_600_000);
  });

  test('is read from what the node says', () => {
    expect(waits(judge('eth_call', 200, error('slow', { rate: { backoff_seconds: 30 } })))).toBe(30_000);
    expect(waits(judge('eth_call', 200, error('Rate limited. Try again in 48s')))).toBe(48_000);
    expect(waits(judge('eth_call', 200, error('Rate limit exceeded. Please retry after 1 second.')))).toBe(
      1_000,
    );
    expect(
      waits(judge('eth_call', 200, error('Rate limit exceeded, please wait 1min and retry.'))),
    ).toBeUndefined();
    expect(waits(judge('eth_call', 200, error('rate limit: retry after 250 ms')))).toBe(250);
    expect(
      waits(judge('eth_call', 200, error('limit', { rate: { backoff_seconds: '30' } }))),
    ).toBeUndefined();
    expect(waits(judge('eth_call', 200, error('limit', { rate: null })))).toBeUndefined();
  });
});

test('a message of any length is read in part', () => {
  const long = 'x'.repeat(10_000_000);
  const reply: Reply = {
    kind: 'error',
    id: '1',
    error: '',
    code: -32000,
    message: long,
    data: { message: long },
  };
  expect(judge('eth_call', 200, reply)).toMatchObject({ why: 'internal' });
});
