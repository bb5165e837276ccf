import type { IncomingMessage } from 'node:http';
import type { GatewayParts } from './parts.ts';

/** Whose share a request is taken from: what a known edge says of its client, else the address that it came from. */
export function clientOf(parts: GatewayParts, request: IncomingMessage): string {
  return lastOf(saidByEdge(parts, request)?.['x-forwarded-for']) ?? request.socket.remoteAddress ?? '';
}

/** Says on whose behalf a request goes on, and how it came: what a known edge has said, and then what is seen here. */
export function pushForwarded(headers: string[], parts: GatewayParts, request: IncomingMessage): void {
  const peer = request.socket.remoteAddress ?? 'unknown';
  const said = saidByEdge(parts, request);
  const before = said?.['x-forwarded-for'];
  headers.push('x-forwarded-for', typeof before === 'string' ? `${before}, ${peer}` : peer);
  const scheme = said?.['x-forwarded-proto'];
  if (scheme === 'https' || scheme === 'http') headers.push('x-forwarded-proto', scheme);
}

/** The headers of what came through an edge that is known; nothing is believed of anybody else. */
function saidByEdge(
  { fronts }: GatewayParts,
  { headers }: IncomingMessage,
): IncomingMessage['headers'] | undefined {
  return fronts.areMarked && fronts.isThroughAnEdge(headers) ? headers : undefined;
}

/** The last of several addresses in a header: the one that the nearest proxy wrote. */
function lastOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value.split(',').at(-1)?.trim() : undefined;
}
