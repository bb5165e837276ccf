import type { ServerResponse } from 'node:http';
import type { PathVerdict } from '../fronts.ts';
import type { Verdict } from '../sessions/index.ts';

/** Why a request is not forwarded, or has no answer: each is a problem of its own (RFC 9457). */
export type Refusal =
  | {
      readonly kind: 'mode';
      readonly journey: string;
      readonly mode: string;
      readonly works: readonly string[];
      readonly retryS: number;
    }
  | { readonly kind: 'down'; readonly journey: string; readonly retryS: number }
  | { readonly kind: 'no-snapshot'; readonly journey: string; readonly mode: string; readonly retryS: number }
  | { readonly kind: 'unprotected'; readonly journey: string; readonly missing: readonly string[] }
  | { readonly kind: 'not-through-an-edge'; readonly journey: string }
  | { readonly kind: 'session'; readonly why: string }
  | { readonly kind: 'session-keys'; readonly retryS: number }
  | { readonly kind: 'no-route' }
  | { readonly kind: 'bad-request'; readonly why: string }
  | { readonly kind: 'no-websocket'; readonly journey: string; readonly status: number }
  | { readonly kind: 'too-large'; readonly limit: number }
  | { readonly kind: 'busy'; readonly journey: string; readonly retryS: number }
  | { readonly kind: 'too-many'; readonly retryS: number }
  | { readonly kind: 'unsupported-body'; readonly why: string }
  | { readonly kind: 'key-in-flight'; readonly key: string }
  | { readonly kind: 'key-reused'; readonly key: string }
  | { readonly kind: 'key-answered'; readonly key: string }
  | { readonly kind: 'no-answer'; readonly journey: string; readonly retryS: number }
  | { readonly kind: 'late'; readonly journey: string; readonly retryS: number }
  | {
      readonly kind: 'outcome-unknown';
      readonly journey: string;
      readonly key: string | null;
      readonly request: string | null;
    };

/** There is no room for it at the moment. */
export function busy(journey: string): Refusal {
  return { kind: 'busy', journey, retryS: BUSY_S };
}

/** One client has had its share. @param retryAfterMs until its next request is let through */
export function tooMany(retryAfterMs: number): Refusal {
  return { kind: 'too-many', retryS: Math.max(1, Math.ceil(retryAfterMs / 1_000)) };
}

/** It came a way on which protections are missing. */
export function refusalOfPath(
  journey: string,
  { isMarked, missing }: Extract<PathVerdict, { kind: 'refused' }>,
): Refusal {
  return isMarked ? { kind: 'unprotected', journey, missing } : { kind: 'not-through-an-edge', journey };
}

/** Its token was refused, or could not be checked. */
export function refusalOfSession({ why }: Extract<Verdict, { kind: 'refused' }>, retryS: number): Refusal {
  return why === 'keys-expired' || why === 'busy'
    ? { kind: 'session-keys', retryS }
    : { kind: 'session', why };
}

/** Room is made as soon as a request ends. @unit s */
const BUSY_S = 2;

interface Words {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** Further members, for programs. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** What a refusal says: the wording lives here. */
export function wordsOf(refusal: Refusal): Words {
  switch (refusal.kind) {
    case 'mode': {
      const { journey, mode, works } = refusal;
      const left = works.length === 0 ? 'Nothing else works.' : `What works: ${works.join('; ')}.`;
      return {
        status: 503,
        title: 'Not in this mode',
        detail: `${journey} is in mode ${mode}, which does not take this request. ${left}`,
        more: { journey, mode, works },
      };
    }
    case 'down':
      return {
        status: 503,
        title: 'Not available',
        detail: `${refusal.journey} is not available at the moment.`,
        more: { journey: refusal.journey, mode: 'down', works: [] },
      };
    case 'no-snapshot':
      return {
        status: 503,
        title: 'No answer is kept',
        detail: `${refusal.journey} is in mode ${refusal.mode}: only answers from before are shown, and there is none to this request.`,
        more: { journey: refusal.journey, mode: refusal.mode },
      };
    case 'unprotected':
      return {
        status: 503,
        title: 'A protection is missing',
        detail: `This path to ${refusal.journey} lacks ${refusal.missing.join(', ')}, and it is not served without.`,
        more: { journey: refusal.journey, missing: refusal.missing },
      };
    case 'not-through-an-edge':
      return {
        status: 403,
        title: 'Not through an edge',
        detail: `${refusal.journey} is reached through its edges only.`,
        more: { journey: refusal.journey },
      };
    case 'session':
      return { status: 401, title: 'No valid session', detail: `The token is refused: ${refusal.why}.` };
    case 'session-keys':
      return {
        status: 503,
        title: 'Sessions cannot be checked',
        detail: 'The keys that tokens are checked with are not to be had.',
      };
    case 'no-route':
      return { status: 404, title: 'Nothing here', detail: 'No journey has this path.' };
    case 'bad-request':
      return { status: 400, title: 'Not understood', detail: refusal.why };
    case 'no-websocket':
      return {
        // Its own refusals are the client's to know: whom it does not let in, or that there is no such path.
        status: refusal.status >= 400 && refusal.status < 500 ? refusal.status : 502,
        title: 'No WebSocket',
        detail: `What answers for ${refusal.journey} does not take this WebSocket: it answered ${refusal.status}.`,
        more: { journey: refusal.journey },
      };
    case 'too-large':
      return {
        status: 413,
        title: 'Too large',
        detail: `At most ${refusal.limit} bytes are taken.`,
        more: { limit: refusal.limit },
      };
    case 'busy':
      return {
        status: 503,
        title: 'Busy',
        detail: `There is more to do than can be done; what is more important than ${refusal.journey} goes first.`,
        more: { journey: refusal.journey },
      };
    case 'too-many':
      return { status: 429, title: 'Too many requests', detail: 'This client asks for more than its share.' };
    case 'unsupported-body':
      return { status: 415, title: 'Body not understood', detail: refusal.why };
    case 'key-in-flight':
      return {
        status: 409,
        title: 'Already on its way',
        detail: 'A request with this Idempotency-Key has not been answered yet.',
        more: { key: refusal.key },
      };
    case 'key-reused':
      return {
        status: 422,
        title: 'Key used for another request',
        detail: 'This Idempotency-Key came with another request before.',
        more: { key: refusal.key },
      };
    case 'key-answered':
      return {
        status: 409,
        title: 'Answered before',
        detail:
          'The request with this Idempotency-Key was carried out and answered; the answer was too large to be kept.',
        more: { key: refusal.key },
      };
    case 'no-answer':
      return {
        status: 502,
        title: 'No answer',
        detail: `No part that answers for ${refusal.journey} could be reached. The request was not carried out.`,
        more: { journey: refusal.journey },
      };
    case 'late':
      return {
        status: 504,
        title: 'No answer in time',
        detail: `What answers for ${refusal.journey} did not do so in time.`,
        more: { journey: refusal.journey },
      };
    default:
      return {
        status: 504,
        title: 'Outcome unknown',
        detail:
          'The request was sent, and no answer came: it may have been carried out. Look before it is sent again.',
        more: { journey: refusal.journey, outcome: 'unknown', key: refusal.key, request: refusal.request },
      };
  }
}

/** A refusal as `application/problem+json`. */
export interface ProblemDocument {
  readonly status: number;
  readonly title: string;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: string;
}

/** @param mode the value of Keelson-Mode */
export function problemDocument(refusal: Refusal, mode: string): ProblemDocument {
  const { status, title, detail, more } = wordsOf(refusal);
  const body = JSON.stringify({
    type: `urn:keelson:problem:${refusal.kind}`,
    title,
    status,
    detail,
    ...more,
  });
  const headers = [
    'content-type',
    'application/problem+json',
    'content-length',
    String(Buffer.byteLength(body)),
    'cache-control',
    'no-store',
    'keelson-mode',
    mode,
  ];
  if ('retryS' in refusal) headers.push('retry-after', String(refusal.retryS));
  if (refusal.kind === 'session') headers.push('www-authenticate', 'Bearer error="invalid_token"');
  return { status, title, headers, body };
}

/** Answers with a refusal. @param mode the value of Keelson-Mode */
export function refuse(response: ServerResponse, refusal: Refusal, mode: string): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { status, headers, body } = problemDocument(refusal, mode);
  response.writeHead(status, headers);
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
