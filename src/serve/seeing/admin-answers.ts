import type { OutgoingHttpHeaders } from 'node:http';
import type { Answer } from '../../admin/answers.ts';

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
