import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

/** For every answer: nobody keeps it, frames it, guesses its type, or reads it from another site. */
export const ALWAYS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

export function json(value: unknown, status = 200): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: `${JSON.stringify(value)}\n`,
  };
}

export function text(words: readonly string[], status = 200): Answer {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: `${words.join('\n')}\n`,
  };
}

/** The page, with the policy it asks for itself and what only a header can say. */
export function html(page: string): Answer {
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1];
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `${policy ?? "default-src 'none'"}; frame-ancestors 'none'`,
    },
    body: page,
  };
}

/** What the types of all problems of the admin begin with. */
export const ADMIN_PROBLEM = 'urn:keelson:admin:';

/** RFC 9457. @param code what kind, for programs */
export function problem(
  status: number,
  code: string,
  detail: string,
  headers: OutgoingHttpHeaders = {},
): Answer {
  return {
    status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8', ...headers },
    body: `${JSON.stringify({ type: ADMIN_PROBLEM + code, title: TITLES[status] ?? 'Refused', status, code, detail })}\n`,
  };
}

export function send({ method }: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const bytes = Buffer.from(answer.body);
  response.writeHead(answer.status, { ...ALWAYS, ...answer.headers, 'content-length': bytes.length });
  response.end(method === 'HEAD' ? undefined : bytes);
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'The order cannot be read',
  401: 'A token is needed',
  403: 'Not allowed',
  404: 'Nothing is here',
  405: 'Not by this method',
  406: 'Nothing of the kind',
  409: 'Refused',
  413: 'Too large',
  415: 'Not JSON',
  429: 'Too many wrong tokens',
  500: 'It failed',
  503: 'Not now',
};
