import type { IncomingMessage } from 'node:http';
import type { GatewayParts } from './parts.ts';

/** Whose share a request is taken from: what a known edge says of its client, else the address that it came from. */
export function clientOf(parts: GatewayParts, request: IncomingMessage): string {
  return lastOf(saidByEdge(parts, request, 'x-forwarded-for')) ?? request.socket.remoteAddress ?? '';
}

/** Says on whose behalf a request goes on, and how it came: what a known edge has said, and then what is seen here. */
export function pushForwarded(headers: string[], parts: GatewayParts, request: IncomingMessage): void {
  const peer = request.socket.remoteAddress ?? 'unknown';
  if (!parts.fronts.areMarked) {
    headers.push('x-forwarded-for', peer);
    return;
  }
  const before = saidByEdge(parts, request, 'x-forwarded-for');
  headers.push('x-forwarded-for', before === undefined ? peer : `${before}, ${peer}`);
  const scheme = saidByEdge(parts, request, 'x-forwarded-proto');
  if (scheme === 'https' || scheme === 'http') headers.push('x-forwarded-proto', scheme);
}

/** What an edge that is known says; nothing is believed of anybody else. */
function saidByEdge(
  { fronts }: GatewayParts,
  { headers }: IncomingMessage,
  name: string,
): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && fronts.areMarked && fronts.isThroughAnEdge(headers) ? value : undefined;
}

/** The last of several addresses in a header: the one that the nearest proxy wrote. */
function lastOf(value: string | undefined): string | undefined {
  return value?.split(',').at(-1)?.trim();
}
