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

/** What a registry has to say, in the form that was asked for. */
export function metrics({
  contentType,
  text: body,
}: Readonly<Record<'contentType' | 'text', string>>): Answer {
  return { status: 200, headers: { 'content-type': contentType, vary: 'accept' }, body };
}

export function send({ method }: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const bytes = Buffer.from(answer.body);
  response.writeHead(answer.status, { ...ALWAYS, ...answer.headers, 'content-length': bytes.length });
  response.end(method === 'HEAD' ? undefined : bytes);
}
