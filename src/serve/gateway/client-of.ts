import type { IncomingMessage } from 'node:http';
import type { GatewayParts } from './parts.ts';

/** Whose share a request is taken from: what a known edge says of its client, else the address that it came from. */
export function clientOf({ fronts }: GatewayParts, { headers, socket }: IncomingMessage): string {
  const forwarded =
    fronts.areMarked && fronts.isThroughAnEdge(headers) ? headers['x-forwarded-for'] : undefined;
  return lastOf(forwarded) ?? socket.remoteAddress ?? '';
}

/** The last of several addresses in a header: the one that the nearest proxy wrote. */
function lastOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value.split(',').at(-1)?.trim() : undefined;
}
