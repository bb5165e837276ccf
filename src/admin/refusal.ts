import type { IncomingMessage } from 'node:http';
import { addressOf, isForeign, isOwnHost, type TokenGuard } from './who-asks.ts';

/** Why a request is not answered, for a server to say in the form of its answers. */
export interface Refusal {
  readonly status: number;
  /** What kind, for programs. */
  readonly code: string;
  readonly words: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Of a request for another server, or in which another site has a hand. @param hosts names besides those of this computer */
export function refusalOfOthers(request: IncomingMessage, hosts: readonly string[]): Refusal | undefined {
  if (!isOwnHost(request, hosts))
    return { status: 403, code: 'host', words: 'Ask for it by a name that is its own.', headers: {} };
  if (isForeign(request))
    return { status: 403, code: 'origin', words: 'Other sites have no part in this.', headers: {} };
  return undefined;
}

/** Of a request without the token. */
export function refusalByToken(guard: TokenGuard, request: IncomingMessage): Refusal | undefined {
  const admission = guard.admit(request.headers.authorization, addressOf(request));
  switch (admission.kind) {
    case 'admitted':
      return undefined;
    case 'wait':
      return {
        status: 429,
        code: 'wait',
        words: 'Too many wrong tokens came from there.',
        headers: { 'retry-after': String(admission.retryAfterSeconds) },
      };
    case 'no-token':
    case 'wrong-token': {
      const isMissing = admission.kind === 'no-token';
      return {
        status: 401,
        code: admission.kind,
        words: isMissing ? 'Send Authorization: Bearer TOKEN.' : 'The token is wrong.',
        headers: { 'www-authenticate': 'Bearer realm="keelson"' },
      };
    }
  }
}
