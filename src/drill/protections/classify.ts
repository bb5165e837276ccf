import type { Answer } from '../ask.ts';
import type { SampleOutcome } from './result.ts';

/* What an answer says of what stands before the platform: it blocked, it let through, or it cannot be told. */

export interface Verdict {
  readonly outcome: SampleOutcome;
  readonly how: string;
}

/** Statuses that mean a refusal of this request by what stands before a platform. */
const REFUSALS: ReadonlySet<number> = new Set([403, 406, 418, 429, 451]);

/** Whether a harmless request passed: only then does it say something that the request beside it did not. */
export function twinOf(answer: Answer): {
  readonly kind: 'passed' | 'blocked' | 'silent';
  readonly how: string;
} {
  const how = answerSays(answer);
  if (answer.kind === 'none') return { kind: 'silent', how };
  if (isFromBehind(answer)) return { kind: 'passed', how };
  if (challengeIn(answer)) return { kind: 'blocked', how: 'a challenge' };
  if (REFUSALS.has(answer.status)) return { kind: 'blocked', how };
  return { kind: answer.status >= 500 ? 'silent' : 'passed', how };
}

/** @param twin what the harmless request beside it got, which passed */
export function classify(answer: Answer, twin: Answer): Verdict {
  const how = answerSays(answer);
  if (answer.kind === 'none') return { outcome: 'blocked', how };
  if (isFromBehind(answer)) return { outcome: 'through', how: `${how} of the gateway` };
  if (challengeIn(answer)) return { outcome: 'blocked', how: 'a challenge' };
  if (REFUSALS.has(answer.status)) return { outcome: 'blocked', how };
  const isSame = twin.kind === 'answer' && twin.status === answer.status;
  if (isSame || (answer.status >= 200 && answer.status < 300)) return { outcome: 'through', how };
  // A server that does not understand it, or knows no such path, is no protection, and may be the platform's own.
  return { outcome: 'unclear', how };
}

/** Whether one of many at once was kept away because they were many: to some servers that is "busy". */
export function isHeldBack(answer: Answer): boolean {
  if (answer.kind === 'none') return true;
  if (isFromBehind(answer)) return false;
  return REFUSALS.has(answer.status) || answer.status === 503 || challengeIn(answer);
}

export function answerSays(answer: Answer): string {
  if (answer.kind === 'answer') return `status ${answer.status}`;
  return /ECONNRESET|EPIPE|broke off|connection was closed|socket hang up/.test(answer.why)
    ? 'the connection was cut'
    : answer.why;
}

/** Whether the gateway has answered: what stands before it let the request through. */
function isFromBehind({ headers, body }: Extract<Answer, { kind: 'answer' }>): boolean {
  return headers['keelson-mode'] !== undefined || body.includes('urn:keelson:problem:');
}

/** Headers in which providers say that they ask for proof of a person, or have refused. */
const CHALLENGE_HEADERS = ['cf-mitigated', 'x-amzn-waf-action'];
/** Pages that nobody shows but what has refused, whatever the status is. */
const REFUSAL_PAGES =
  /_Incapsula_Resource|Incapsula incident ID|captcha-delivery\.com|The requested URL was rejected/;
/** What a platform's own pages may hold too: it counts where the status says that this is not the page. */
const CHALLENGE_PAGES =
  /challenge-platform|challenges\.cloudflare\.com|px-captcha|awsWafCookieDomainList|hcaptcha\.com\/1\/api|google\.com\/recaptcha/;
/** Where people are sent to. */
const CHALLENGE_PLACES = /captcha|challenge/i;

function challengeIn({ status, headers, body }: Extract<Answer, { kind: 'answer' }>): boolean {
  if (CHALLENGE_HEADERS.some((name) => headers[name] !== undefined)) return true;
  if (status >= 300 && status < 400) return CHALLENGE_PLACES.test(headers.location ?? '');
  if (!/html/.test(headers['content-type'] ?? '')) return false;
  return REFUSAL_PAGES.test(body) || (status >= 400 && CHALLENGE_PAGES.test(body));
}
